//! The columns of a chunk, and where the fields of a finding go among them.

use crate::detect::finding::{FIELDS, Field, Finding, Group};
use crate::event::cells::{self, put_cell, put_lines, split, unquote};
use crate::event::row::{Columns, Row};
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
        // The `csv` crate passes over a byte-order mark too, so a quoted name may follow it.
        let names = split(without_byte_order_mark(header))
            .into_iter()
            .map(|cell| unquote(cell).into_owned());
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
            shapes: RowShapes::new(&columns),
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
        for place in self.places.iter().filter(|place| place.column.is_none()) {
            out.push(b',');
            put_text(place.field, finding, out);
        }
        for place in self.places.iter().filter(|place| place.appends_twin()) {
            out.push(b',');
            put_values(place.field, finding, out);
        }
    }

    /// A finding's row: its cells, with those that the command sets or fills.
    pub fn put_row(&self, finding: &Finding<'_>, cells: &[&[u8]], out: &mut Vec<u8>) {
        let mut changed: Vec<(usize, std::ops::Range<usize>)> = Vec::new();
        let mut texts = Vec::new();
        for place in &self.places {
            let own = [place.column, place.twin];
            let has_value = own
                .iter()
                .flatten()
                .any(|at| !cells[*at].is_empty() && cells[*at] != b"\"\"");
            let keeps = has_value && place.field.group == Group::Cim;
            let clears = has_value && place.field.group == Group::Own;
            if keeps || own == [None, None] || !(clears || place.field.count(finding) > 0) {
                continue;
            }
            for (column, put) in own.into_iter().zip([put_text, put_values]) {
                let from = texts.len();
                put(place.field, finding, &mut texts);
                changed.extend(column.map(|column| (column, from..texts.len())));
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

/// The cell of a field: its value, or its values line by line.
fn put_text(field: &Field, finding: &Finding<'_>, out: &mut Vec<u8>) {
    if !field.multivalue || field.count(finding) < 2 {
        return field.values(finding, &mut |value| put_cell(value, out));
    }
    put_lines(|put| field.values(finding, put), out);
}

/// The cell of a field's values: empty where there are not several.
fn put_values(field: &Field, finding: &Finding<'_>, out: &mut Vec<u8>) {
    if field.multivalue && field.count(finding) > 1 {
        cells::put_values(|put| field.values(finding, put), out);
    }
}
