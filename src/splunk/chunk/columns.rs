//! The columns of a chunk, and where the fields of a finding go among them.

use crate::csv::cells::{put_cell, put_lines, put_values, split, unquote};
use crate::detect::finding::{Field, Finding, Group, Shown, Subject, Values};
use crate::event::extracted::RowFormats;
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
    /// What a row that is not a finding has after its own cells.
    pub row_tail: Vec<u8>,
    /// The cells of a finding.
    cells: CellList,
    /// The cells that are appended to its row, in order.
    tail: Vec<Range<usize>>,
    /// The request's own columns for fields of a finding, in order.
    own: Vec<OwnColumn>,
}

/// The cells and columns of one field of a finding.
#[derive(Debug)]
struct FieldColumns {
    field: &'static Field,
    /// The cell of its text.
    text: usize,
    /// The cell of its multivalue twin.
    values: usize,
    /// The request's own column for it.
    column: Option<usize>,
    /// The request's own column for its multivalue twin.
    twin: Option<usize>,
}

/// A column of the request that the command can set.
#[derive(Debug, Clone, Copy)]
struct OwnColumn {
    column: usize,
    group: Group,
    /// The cell that it can get.
    cell: usize,
    /// The text of the same field, empty where the finding has none.
    text: usize,
    /// The field's columns, of which any may hold what the event has already.
    columns: [Option<usize>; 2],
}

impl Layout {
    /// Reads the header of a chunk, whose rows `reader` will read; findings get the fields that are `shown`.
    pub fn new(reader: &EventReader, header: &[u8], shown: Shown) -> Self {
        // The `csv` crate skips a byte-order mark too, so a quoted name may follow it.
        let names = split(without_byte_order_mark(header)).into_iter();
        let columns = Rc::new(Columns::new(
            names.map(|cell| unquote(cell).into_owned()).collect(),
        ));
        let wanted = shown.fields();
        let cells = CellList::new(wanted.clone());
        let fields = wanted.map(|field| FieldColumns {
            field,
            text: cells.text(field.subject),
            values: cells.values(field.subject),
            column: columns.find(field.name),
            twin: columns.find_twin(field.name),
        });
        let fields: Vec<FieldColumns> = fields.collect();
        let plain = fields.iter().filter(|field| field.column.is_none());
        let twins = fields.iter().filter(|field| field.appends_twin());
        let plain = plain.map(|field| (field.field.name.to_owned(), field.text));
        let twins = twins.map(|field| ([TWIN, field.field.name].concat(), field.values));
        let (names, appended): (Vec<String>, Vec<usize>) = plain.chain(twins).unzip();
        let mut own: Vec<OwnColumn> = fields.iter().flat_map(FieldColumns::own_columns).collect();
        own.sort_by_key(|own| own.column);
        Self {
            raw: columns.find("_raw"),
            formats: RowFormats::new(reader, &columns),
            header_tail: header_tail(&names),
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
        let (mut offset, mut next) = (0, 0);
        let changed = self.own.iter().filter(|own| own.changes(encoded, cells));
        changed.map(move |own| {
            let passed = cells[next..own.column].iter();
            offset += passed.map(|cell| cell.len() + 1).sum::<usize>();
            next = own.column;
            (offset, own.column, own.cell)
        })
    }

    /// The extracted fields of a row, every name as it is.
    pub fn row<'a>(&'a self, reader: &'a EventReader, cells: &'a [&'a [u8]]) -> Row<'a> {
        Row::new(reader.names(), &self.columns, cells)
    }
}

impl FieldColumns {
    fn appends_twin(&self) -> bool {
        let owns_column = self.column.is_none() || self.field.group != Group::Cim;
        self.field.multivalue && self.twin.is_none() && owns_column
    }

    fn own_columns(&self) -> impl Iterator<Item = OwnColumn> {
        let cells = [(self.column, self.text), (self.twin, self.values)];
        cells.into_iter().filter_map(move |(column, cell)| {
            Some(OwnColumn {
                column: column?,
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

/// Cells that follow each other, as ranges.
fn runs(cells: &[usize]) -> Vec<Range<usize>> {
    let chunks = cells.chunk_by(|cell, next| cell + 1 == *next);
    chunks.map(|run| run[0]..run[0] + run.len()).collect()
}

fn header_tail(names: &[String]) -> Vec<u8> {
    let mut tail = Vec::new();
    for name in names {
        tail.push(b',');
        put_cell(name, &mut tail);
    }
    tail
}

/// The cells that are written of a finding: the texts of all subjects, and after them the multivalue twins of those that can
/// have several values. Cells that follow each other can be copied as one.
#[derive(Debug, Default)]
struct CellList {
    texts: Vec<Subject>,
    twins: Vec<Subject>,
}

impl CellList {
    /// The cells of fields, in their order; fields of the same subject share one.
    fn new(fields: impl Iterator<Item = &'static Field>) -> Self {
        let mut list = Self::default();
        let add = |subject: Subject, to: &mut Vec<Subject>| {
            if !to.contains(&subject) {
                to.push(subject);
            }
        };
        for field in fields {
            add(field.subject, &mut list.texts);
            if field.multivalue {
                add(field.subject, &mut list.twins);
            }
        }
        list
    }

    /// The number of the cell that holds a subject's text.
    fn text(&self, subject: Subject) -> usize {
        index_of(subject, &self.texts)
    }

    /// The number of the cell that holds a subject's values: the cell that is always empty where there are never several.
    fn values(&self, subject: Subject) -> usize {
        self.texts.len() + index_of(subject, &self.twins)
    }
}

fn index_of(subject: Subject, list: &[Subject]) -> usize {
    let index = list.iter().position(|known| *known == subject);
    index.unwrap_or(list.len())
}

/// A buffer of more bytes is not kept for the next finding.
const MAX_KEPT: usize = 64 << 10;

/// The cells of one finding, with a comma before each.
#[derive(Debug, Default)]
pub struct Encoded {
    bytes: Vec<u8>,
    /// Cell → where it begins; and where the last one ends.
    begins: Vec<usize>,
}

impl Encoded {
    fn write(&mut self, cells: &CellList, finding: &Finding<'_, '_>) {
        if self.bytes.capacity() > MAX_KEPT {
            self.bytes = Vec::new();
        }
        self.bytes.clear();
        self.begins.clear();
        for subject in &cells.texts {
            self.begin_cell();
            put_text(&subject.values(finding), &mut self.bytes);
        }
        for subject in &cells.twins {
            self.begin_cell();
            let values = subject.values(finding);
            if values.count() > 1 {
                put_values(|put| values.each(put), &mut self.bytes);
            }
        }
        // One more, always empty.
        self.begin_cell();
        self.begins.push(self.bytes.len());
    }

    fn begin_cell(&mut self) {
        self.begins.push(self.bytes.len());
        self.bytes.push(b',');
    }

    /// Cells that follow each other, with a comma before each.
    fn with_commas(&self, cells: &Range<usize>) -> &[u8] {
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
