//! The columns of a chunk, and where the fields of a finding go among them.

use super::encoded::{Cells, Encoded};
use crate::csv::cells::{put_cell, split, unquote};
use crate::detect::finding::{FIELDS, Field, Finding, Group};
use crate::event::format::RowFormats;
use crate::event::row::{Columns, Row, TWIN};
use crate::event::{EventReader, without_byte_order_mark};
use std::ops::Range;
use std::rc::Rc;

/// A header, read once for all chunks that have it.
#[derive(Debug)]
pub struct Layout {
    /// The request's columns.
    pub columns: Rc<Columns>,
    /// The column of `_raw`.
    pub raw: Option<usize>,
    /// Where the extracted fields can hold an event.
    pub formats: RowFormats,
    /// What the reply's header has after the request's.
    pub header_tail: Vec<u8>,
    /// What every row that is no finding has after its own cells.
    pub row_tail: Vec<u8>,
    /// The cells of a finding.
    cells: Cells,
    /// Those that are appended to its row, in order.
    tail: Vec<Range<usize>>,
    /// The request's own columns for fields of a finding, in order.
    own: Vec<OwnColumn>,
}

/// Where one field of a finding goes.
#[derive(Debug)]
struct Place {
    field: &'static Field,
    /// The cell of its text.
    text: usize,
    /// The cell of its values.
    values: usize,
    /// The request's own column for it.
    column: Option<usize>,
    /// The request's own column for its values.
    twin: Option<usize>,
}

/// A column of the request that the command can set.
#[derive(Debug, Clone, Copy)]
struct OwnColumn {
    at: usize,
    group: Group,
    /// The cell that it can get.
    cell: usize,
    /// The text of the same field, empty where the finding has none.
    text: usize,
    /// The field's columns, of which any may hold what the event has already.
    columns: [Option<usize>; 2],
}

impl Layout {
    /// Reads the header of a chunk, whose rows `reader` will read; `cim` asks for CIM fields too.
    pub fn new(reader: &EventReader, header: &[u8], cim: bool) -> Self {
        // The `csv` crate passes over a byte-order mark too, so a quoted name may follow it.
        let names = split(without_byte_order_mark(header))
            .into_iter()
            .map(|cell| unquote(cell).into_owned());
        let columns = Rc::new(Columns::new(names.collect()));
        let (places, cells) = places(&columns, cim);
        let plain = places.iter().filter(|place| place.column.is_none());
        let twins = places.iter().filter(|place| place.appends_twin());
        let texts = plain.clone().map(|place| place.text);
        let appended: Vec<usize> = texts.chain(twins.clone().map(|place| place.values)).collect();
        let names = plain.map(|place| place.field.name.to_owned());
        let names = names.chain(twins.map(|place| [TWIN, place.field.name].concat()));
        let mut own: Vec<OwnColumn> = places.iter().flat_map(Place::own_columns).collect();
        own.sort_by_key(|column| column.at);
        Self {
            raw: columns.find("_raw"),
            formats: RowFormats::new(reader, &columns),
            header_tail: header_tail(names),
            row_tail: vec![b','; appended.len()],
            tail: runs(&appended),
            columns,
            cells,
            own,
        }
    }

    /// Writes what a finding's row can show of it, once.
    pub fn encode(&self, finding: &Finding<'_, '_>, encoded: &mut Encoded) {
        encoded.write(&self.cells, finding);
    }

    /// What a finding's row has after its own cells.
    pub fn put_tail(&self, encoded: &Encoded, out: &mut Vec<u8>) {
        for cells in &self.tail {
            out.extend_from_slice(encoded.with_commas(cells));
        }
    }

    /// The cells of a finding's row that the command sets or fills, in order: where each begins in the row, its column, and
    /// the new cell.
    pub fn changes(&self, encoded: &Encoded, cells: &[&[u8]]) -> impl Iterator<Item = (usize, usize, usize)> {
        let (mut at, mut next) = (0, 0);
        let changed = self.own.iter().filter(|own| own.changes(encoded, cells));
        changed.map(move |own| {
            at += cells[next..own.at]
                .iter()
                .map(|cell| cell.len() + 1)
                .sum::<usize>();
            next = own.at;
            (at, own.at, own.cell)
        })
    }

    /// The extracted fields of a row, every name as it is.
    pub fn row<'a>(&'a self, reader: &'a EventReader, cells: &'a [&'a [u8]]) -> Row<'a> {
        Row::new(reader.names(), &self.columns, cells)
    }
}

impl Place {
    fn appends_twin(&self) -> bool {
        let owns_column = self.column.is_none() || self.field.group != Group::Cim;
        self.field.multivalue && self.twin.is_none() && owns_column
    }

    fn own_columns(&self) -> impl Iterator<Item = OwnColumn> {
        let cells = [(self.column, self.text), (self.twin, self.values)];
        cells.into_iter().filter_map(move |(column, cell)| {
            Some(OwnColumn {
                at: column?,
                group: self.field.group,
                cell,
                text: self.text,
                columns: [self.column, self.twin],
            })
        })
    }
}

impl OwnColumn {
    /// Whether it gets another cell.
    fn changes(&self, encoded: &Encoded, cells: &[&[u8]]) -> bool {
        let is_filled = |column: &usize| !cells[*column].is_empty() && cells[*column] != b"\"\"";
        let has_value = self.columns.iter().flatten().any(is_filled);
        let keeps = has_value && self.group == Group::Cim;
        let clears = has_value && self.group == Group::Own;
        !keeps && (clears || !encoded.cell(self.text).is_empty())
    }
}

/// Where the fields go, and the cells that they show; `cim` asks for CIM fields too.
fn places(columns: &Columns, cim: bool) -> (Vec<Place>, Cells) {
    let wanted = FIELDS.iter().filter(|field| cim || field.group != Group::Cim);
    let cells = Cells::new(wanted.clone().map(|field| (field.subject, field.multivalue)));
    let places = wanted.map(|field| Place {
        field,
        text: cells.text(field.subject),
        values: cells.values(field.subject),
        column: columns.find(field.name),
        twin: columns.find_twin(field.name),
    });
    (places.collect(), cells)
}

/// Cells that follow each other, as ranges.
fn runs(cells: &[usize]) -> Vec<Range<usize>> {
    let mut runs: Vec<Range<usize>> = Vec::new();
    for cell in cells {
        match runs.last_mut().filter(|run| run.end == *cell) {
            Some(run) => run.end += 1,
            None => runs.push(*cell..cell + 1),
        }
    }
    runs
}

fn header_tail(names: impl Iterator<Item = String>) -> Vec<u8> {
    let mut tail = Vec::new();
    for name in names {
        tail.push(b',');
        put_cell(&name, &mut tail);
    }
    tail
}
