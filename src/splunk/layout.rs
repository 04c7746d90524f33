//! The columns of a chunk, and where the fields of a finding go among them.

use super::encoded::{Encoded, text_of, values_of};
use crate::detect::finding::{FIELDS, Field, Finding, Group, Source};
use crate::event::cells::{put_cell, split, unquote};
use crate::event::row::{Columns, Row, TWIN};
use crate::event::shape::RowShapes;
use crate::event::without_byte_order_mark;
use std::rc::Rc;

/// A header, read once for all chunks that have it.
#[derive(Debug)]
pub struct Layout {
    /// The request's columns.
    pub columns: Rc<Columns>,
    /// The column of `_raw`.
    pub raw: Option<usize>,
    /// Where the extracted fields can hold an event.
    pub shapes: RowShapes,
    /// What the reply's header has after the request's.
    pub header_tail: Vec<u8>,
    /// What every row that is no finding has after its own cells.
    pub row_tail: Vec<u8>,
    /// What the fields show, each once.
    sources: Vec<Source>,
    /// The cells that are appended to a finding's row, in order.
    tail: Vec<usize>,
    /// The request's own columns for fields of a finding, in order.
    own: Vec<OwnColumn>,
}

/// Where one field of a finding goes.
#[derive(Debug)]
struct Place {
    field: &'static Field,
    /// Which of the layout's sources it shows.
    source: usize,
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
    /// Reads the header of a chunk; `cim` asks for CIM fields too.
    pub fn new(header: &[u8], cim: bool) -> Self {
        // The `csv` crate passes over a byte-order mark too, so a quoted name may follow it.
        let names = split(without_byte_order_mark(header))
            .into_iter()
            .map(|cell| unquote(cell).into_owned());
        let columns = Rc::new(Columns::new(names.collect()));
        let (places, sources) = places(&columns, cim);
        let plain = places.iter().filter(|place| place.column.is_none());
        let twins = places.iter().filter(|place| place.appends_twin());
        let texts = plain.clone().map(|place| text_of(place.source));
        let values = twins.clone().map(|place| values_of(place.source));
        let tail: Vec<usize> = texts.chain(values).collect();
        let names = plain.map(|place| place.field.name.to_owned());
        let names = names.chain(twins.map(|place| [TWIN, place.field.name].concat()));
        let mut own: Vec<OwnColumn> = places.iter().flat_map(Place::own_columns).collect();
        own.sort_by_key(|column| column.at);
        Self {
            raw: columns.find("_raw"),
            shapes: RowShapes::new(&columns),
            header_tail: header_tail(names),
            row_tail: vec![b','; tail.len()],
            sources,
            columns,
            tail,
            own,
        }
    }

    /// Whether the cells of a finding's own row can change, so that the row must be written anew.
    pub fn rewrites(&self) -> bool {
        !self.own.is_empty()
    }

    /// Writes what a finding's row can show of it, once.
    pub fn encode(&self, finding: &Finding<'_, '_>, encoded: &mut Encoded) {
        encoded.write(&self.sources, finding);
    }

    /// What a finding's row has after its own cells.
    pub fn put_tail(&self, encoded: &Encoded, out: &mut Vec<u8>) {
        for cell in &self.tail {
            match encoded.with_comma(*cell) {
                // Half of them are empty.
                [comma] => out.push(*comma),
                cell => out.extend_from_slice(cell),
            }
        }
    }

    /// A finding's row, whose `cells` are joined in `row`: with those that the command sets or fills.
    pub fn put_row(&self, encoded: &Encoded, row: &[u8], cells: &[&[u8]], out: &mut Vec<u8>) {
        // What has not changed is written in one piece.
        let (mut written, mut at, mut next) = (0, 0, 0);
        for own in &self.own {
            at += cells[next..own.at]
                .iter()
                .map(|cell| cell.len() + 1)
                .sum::<usize>();
            next = own.at;
            if own.changes(encoded, cells) {
                out.extend_from_slice(&row[written..at]);
                out.extend_from_slice(encoded.cell(own.cell));
                written = at + cells[own.at].len();
            }
        }
        out.extend_from_slice(&row[written..]);
        self.put_tail(encoded, out);
    }

    /// The extracted fields of a row, every name as it is.
    pub fn row<'a>(&'a self, cells: &'a [&'a [u8]]) -> Row<'a> {
        Row::new(&self.columns, cells)
    }
}

impl Place {
    fn appends_twin(&self) -> bool {
        let owns_column = self.column.is_none() || self.field.group != Group::Cim;
        self.field.multivalue && self.twin.is_none() && owns_column
    }

    fn own_columns(&self) -> impl Iterator<Item = OwnColumn> {
        let text = text_of(self.source);
        let cells = [(self.column, text), (self.twin, values_of(self.source))];
        cells.into_iter().filter_map(move |(column, cell)| {
            Some(OwnColumn {
                at: column?,
                group: self.field.group,
                cell,
                text,
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

/// Where the fields go, and what they show, each once; `cim` asks for CIM fields too.
fn places(columns: &Columns, cim: bool) -> (Vec<Place>, Vec<Source>) {
    let wanted = FIELDS.iter().filter(|field| cim || field.group != Group::Cim);
    let mut sources: Vec<Source> = Vec::new();
    let place = |field: &'static Field| {
        let known = sources.iter().position(|source| *source == field.source);
        let source = known.unwrap_or(sources.len());
        sources.extend(known.is_none().then_some(field.source));
        Place {
            field,
            source,
            column: columns.find(field.name),
            twin: columns.find_twin(field.name),
        }
    };
    (wanted.map(place).collect(), sources)
}

fn header_tail(names: impl Iterator<Item = String>) -> Vec<u8> {
    let mut tail = Vec::new();
    for name in names {
        tail.push(b',');
        put_cell(&name, &mut tail);
    }
    tail
}
