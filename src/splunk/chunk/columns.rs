//! The columns of a chunk, and where the fields of a finding go among them.

use crate::csv::cells::{put_cell, put_lines, put_values, split, unquote};
use crate::detect::finding::{FIELDS, Field, Finding, Group, Subject, Values};
use crate::event::row::{Columns, Row, TWIN};
use crate::event::shape::RowShapes;
use crate::event::without_byte_order_mark;
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
    pub shapes: RowShapes,
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
    /// Reads the header of a chunk; `cim` asks for CIM fields too.
    pub fn new(header: &[u8], cim: bool) -> Self {
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
            shapes: RowShapes::new(&columns),
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

/// Which cells are written: the texts of all subjects, and after them the values of those that can have several. Cells
/// that follow each other can be copied as one.
#[derive(Debug, Default)]
pub struct Cells {
    texts: Vec<Subject>,
    values: Vec<Subject>,
}

impl Cells {
    /// The cells of `subjects`, each once, in their order; with each, whether it can have several values.
    pub fn new(subjects: impl Iterator<Item = (Subject, bool)>) -> Self {
        let mut cells = Self::default();
        for (subject, has_several) in subjects {
            add(subject, &mut cells.texts);
            if has_several {
                add(subject, &mut cells.values);
            }
        }
        cells
    }

    /// The number of the cell that holds a subject's text.
    pub fn text(&self, subject: Subject) -> usize {
        place(subject, &self.texts)
    }

    /// The number of the cell that holds a subject's values: empty where there are not several.
    pub fn values(&self, subject: Subject) -> usize {
        self.texts.len() + place(subject, &self.values)
    }
}

fn add(subject: Subject, list: &mut Vec<Subject>) {
    if !list.contains(&subject) {
        list.push(subject);
    }
}

fn place(subject: Subject, list: &[Subject]) -> usize {
    list.iter()
        .position(|known| *known == subject)
        .unwrap_or(list.len())
}

/// So many bytes are kept for the next finding.
const MOST_SPARE: usize = 64 << 10;

/// The cells of one finding, with a comma before each.
#[derive(Debug, Default)]
pub struct Encoded {
    bytes: Vec<u8>,
    /// Cell → where it begins; and where the last one ends.
    begins: Vec<usize>,
}

impl Encoded {
    /// Writes the cells of a finding.
    pub fn write(&mut self, cells: &Cells, finding: &Finding<'_, '_>) {
        if self.bytes.capacity() > MOST_SPARE {
            self.bytes = Vec::new();
        }
        self.bytes.clear();
        self.begins.clear();
        for subject in &cells.texts {
            self.begin();
            put_text(&subject.values(finding), &mut self.bytes);
        }
        for subject in &cells.values {
            self.begin();
            let values = subject.values(finding);
            if values.count() > 1 {
                put_values(|put| values.each(put), &mut self.bytes);
            }
        }
        // One more, always empty.
        self.begin();
        self.begins.push(self.bytes.len());
    }

    fn begin(&mut self) {
        self.begins.push(self.bytes.len());
        self.bytes.push(b',');
    }

    /// Cells that follow each other, with a comma before each.
    pub fn with_commas(&self, cells: &Range<usize>) -> &[u8] {
        &self.bytes[self.begins[cells.start]..self.begins[cells.end]]
    }

    /// One cell: a subject's value, or its values line by line, or as splunkd writes several.
    pub fn cell(&self, cell: usize) -> &[u8] {
        &self.with_commas(&(cell..cell + 1))[1..]
    }
}

fn put_text(values: &Values<'_>, out: &mut Vec<u8>) {
    match values {
        Values::One(value) => put_cell(value, out),
        values if values.count() < 2 => values.each(|value| put_cell(value, out)),
        values => put_lines(|put| values.each(put), out),
    }
}
