//! The columns of a chunk, and where the fields of a finding go among them.

use crate::detect::finding::{FIELDS, Field, Finding, Group};
use crate::event::cells::{split, unquote};
use crate::event::row::{Columns, Row, push_value};
use crate::event::shape::{RowShape, row_shapes};
use std::rc::Rc;

/// A header, read once for all chunks that have it.
#[derive(Debug)]
pub struct Layout {
    /// The request's columns.
    pub columns: Rc<Columns>,
    /// The column of `_raw`.
    pub raw: Option<usize>,
    /// Where the extracted fields can hold an event.
    pub shapes: Vec<RowShape>,
    /// What the reply's header has after the request's.
    pub header_tail: Vec<u8>,
    /// What every row that is no finding has after its own cells.
    pub row_tail: Vec<u8>,
    places: Vec<Place>,
    rewrites: bool,
}

/// Where one field of a finding goes.
#[derive(Debug)]
struct Place {
    field: &'static Field,
    /// The request's own column for it.
    column: Option<usize>,
    /// The request's own column for its values.
    twin: Option<usize>,
}

impl Layout {
    /// Reads the header of a chunk; `cim` asks for CIM fields too.
    pub fn new(header: &[u8], cim: bool) -> Self {
        let mut cells = Vec::new();
        split(header, &mut cells);
        let names = cells.into_iter().map(|cell| unquote(cell).into_owned());
        let columns = Rc::new(Columns::new(names.collect()));
        let wanted = FIELDS.iter().filter(|field| cim || field.group != Group::Cim);
        let place = |field: &'static Field| {
            let column = columns.find(field.name);
            Place {
                field,
                column,
                twin: columns.find_twin(field.name),
            }
        };
        let places: Vec<Place> = wanted.map(place).collect();
        let mut header_tail = Vec::new();
        let plain = places
            .iter()
            .filter(|p| p.column.is_none())
            .map(|p| p.field.name.to_owned());
        let twins = places
            .iter()
            .filter(|p| p.appends_twin())
            .map(|p| format!("__mv_{}", p.field.name));
        for name in plain.chain(twins) {
            header_tail.push(b',');
            put_cell(&name, &mut header_tail);
        }
        let appended = header_tail.iter().filter(|byte| **byte == b',').count();
        Self {
            raw: columns.find("_raw"),
            shapes: row_shapes(&columns),
            row_tail: vec![b','; appended],
            rewrites: places.iter().any(|place| place.column.or(place.twin).is_some()),
            columns,
            header_tail,
            places,
        }
    }

    /// Whether the cells of a finding's own row can change, so that the row must be written anew.
    pub fn rewrites(&self) -> bool {
        self.rewrites
    }

    /// What a finding's row has after its own cells.
    pub fn put_tail(&self, finding: &Finding<'_>, out: &mut Vec<u8>) {
        let mut twins = Vec::new();
        let mut cell = Cell::default();
        for place in &self.places {
            let appended = place.column.is_none();
            if appended {
                out.push(b',');
            }
            let is_list = place.field.multivalue && place.field.count(finding) > 1;
            if is_list && (appended || place.appends_twin()) {
                cell.take(place.field, finding);
                put_cell(if appended { &cell.plain } else { "" }, out);
            } else if appended {
                place.field.values(finding, &mut |value| put_cell(value, out));
            }
            if place.appends_twin() {
                twins.push(b',');
                put_cell(if is_list { &cell.twin } else { "" }, &mut twins);
            }
        }
        out.extend_from_slice(&twins);
    }

    /// A finding's row: its cells, with those that the command sets or fills.
    pub fn put_row(&self, finding: &Finding<'_>, cells: &[&[u8]], out: &mut Vec<u8>) {
        let mut changed: Vec<(usize, std::ops::Range<usize>)> = Vec::new();
        let mut texts = Vec::new();
        let mut cell = Cell::default();
        for place in &self.places {
            let own = [place.column, place.twin];
            let has_value = own
                .iter()
                .flatten()
                .any(|at| !cells[*at].is_empty() && cells[*at] != b"\"\"");
            let keeps = has_value && place.field.group == Group::Cim;
            if keeps || own == [None, None] {
                continue;
            }
            cell.take(place.field, finding);
            if cell.is_set || (has_value && place.field.group == Group::Own) {
                for (column, text) in own.into_iter().zip([&cell.plain, &cell.twin]) {
                    let from = texts.len();
                    put_cell(text, &mut texts);
                    changed.extend(column.map(|column| (column, from..texts.len())));
                }
            }
        }
        // Of two fields for one column the first counts, as the sort is stable.
        changed.sort_by_key(|(column, _)| *column);
        let mut changed = changed.into_iter().peekable();
        for (at, old) in cells.iter().enumerate() {
            if at > 0 {
                out.push(b',');
            }
            let new = changed.next_if(|(column, _)| *column == at);
            while changed.next_if(|(column, _)| *column == at).is_some() {}
            out.extend_from_slice(new.map_or(*old, |(_, range)| &texts[range]));
        }
        self.put_tail(finding, out);
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
}

/// The values of one field, as its two cells hold them.
#[derive(Debug, Default)]
struct Cell {
    plain: String,
    twin: String,
    is_set: bool,
}

impl Cell {
    fn take(&mut self, field: &Field, finding: &Finding<'_>) {
        self.plain.clear();
        self.twin.clear();
        let mut values = 0;
        field.values(finding, &mut |value| {
            if values > 0 {
                self.plain.push('\n');
            }
            self.plain.push_str(value);
            values += 1;
        });
        self.is_set = values > 0;
        if values > 1 && field.multivalue {
            field.values(finding, &mut |value| push_value(value, &mut self.twin));
        }
    }
}

/// Writes a cell by splunkd's own rule: bare if it holds only ASCII letters and digits.
fn put_cell(text: &str, out: &mut Vec<u8>) {
    let text = text.as_bytes();
    if text.iter().all(u8::is_ascii_alphanumeric) {
        out.extend_from_slice(text);
        return;
    }
    out.reserve(text.len() + 2);
    out.push(b'"');
    put_doubling_quotes(text, out);
    out.push(b'"');
}

fn put_doubling_quotes(text: &[u8], out: &mut Vec<u8>) {
    // Most cells are short and hold none: looking at all bytes at once costs less than the search for the first.
    if text.iter().fold(0, |found, byte| found | u8::from(*byte == b'"')) == 0 {
        out.extend_from_slice(text);
        return;
    }
    let mut from = 0;
    for at in memchr::memchr_iter(b'"', text) {
        out.extend_from_slice(&text[from..=at]);
        from = at;
    }
    out.extend_from_slice(&text[from..]);
}

#[cfg(test)]
mod tests {
    use super::put_cell;

    #[test]
    fn cells_are_quoted_as_splunkd_does() {
        for (text, cell) in [
            ("abc9", "abc9"),
            ("", ""),
            ("a_b", "\"a_b\""),
            ("a\"b", "\"a\"\"b\""),
            ("ä", "\"ä\""),
        ] {
            let mut out = Vec::new();
            put_cell(text, &mut out);
            assert_eq!(out, cell.as_bytes());
        }
    }
}
