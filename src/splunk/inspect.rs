//! A row → its finding: from `_raw`, from the extracted fields, or from both.

use super::chunk::columns::Layout;
use super::options::Input;
use crate::csv::cells::without_outer_quotes;
use crate::detect::Detector;
use crate::detect::batch::Batch;
use crate::detect::finding::Finding;
use crate::detect::view::View;
use crate::event::Event;
use crate::event::json::LARGEST;
use crate::event::row::Row;
use crate::event::shape::{self, Company, Shape};

/// What a row turned out to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Inspected {
    /// A finding.
    Finding,
    /// No finding.
    Event,
    /// There is a `_raw`, but neither it nor the fields hold an event of a known shape.
    Unreadable,
}

/// Receives a finding.
pub type Put<'p> = &'p mut dyn FnMut(&Finding<'_, '_>);

/// Inspects a row and calls `put` with the finding that it is, if it is one.
pub fn inspect(
    detector: &Detector,
    input: Input,
    layout: &Layout,
    cells: &[&[u8]],
    put: Put<'_>,
) -> Inspected {
    let mut row = RowFindings {
        detector,
        input,
        put,
        is_put: false,
        several: None,
    };
    let raw = layout.raw.filter(|_| input != Input::Fields);
    let raw = raw.map(|column| cells[column]);
    // Quotes are doubled in a cell.
    let readable = raw.filter(|cell| cell.len() <= 2 * LARGEST);
    let mut entries = readable.map_or(0, |cell| row.of_raw(layout, cells, cell));
    if entries == 0 && input != Input::Raw {
        entries = row.of_fields(layout, cells);
    }
    match row.finish(entries) {
        true => Inspected::Finding,
        false if entries == 0 && raw.is_some_and(has_text) => Inspected::Unreadable,
        false => Inspected::Event,
    }
}

/// Whether there is more in a cell than white space.
fn has_text(cell: &[u8]) -> bool {
    !without_outer_quotes(cell).0.trim_ascii().is_empty()
}

/// What was found in one row.
struct RowFindings<'d, 'p> {
    detector: &'d Detector,
    input: Input,
    put: Put<'p>,
    is_put: bool,
    /// The findings among several events, of which the row shows the gravest.
    several: Option<Batch<'d>>,
}

impl RowFindings<'_, '_> {
    fn add(&mut self, view: &View<'_>, has_others: bool) {
        let Some(finding) = self.detector.inspect(view) else {
            return;
        };
        if has_others {
            self.several.get_or_insert_default().add(finding);
        } else {
            (self.put)(&finding);
            self.is_put = true;
        }
    }

    /// Reads the JSON of a row; how many events it holds.
    fn of_raw(&mut self, layout: &Layout, cells: &[&[u8]], raw: &[u8]) -> usize {
        // Most texts with an operation's name are no finding, which a few of their members tell. A glance at those sees every
        // event that reading all would see, so that its *no* holds; it sees also events that are faulty elsewhere.
        let (detector, input) = (self.detector, self.input);
        let mut may_find = false;
        let entries = shape::glance(raw, detector.telling(), &mut |shape, value, has_others| {
            let mut look = |view: &View<'_>| may_find |= detector.may_find(view);
            filled(input, layout, cells, (shape, &value), has_others(), &mut look);
        });
        if let Some(entries) = entries
            && !may_find
        {
            return entries;
        }
        let reading = shape::read_cell(raw, &mut |shape, value, has_others| {
            let has_others = has_others();
            let mut add = |view: &View<'_>| self.add(view, has_others);
            filled(input, layout, cells, (shape, &value), has_others, &mut add);
        });
        reading.entries
    }

    /// Reads the extracted fields of a row; how many events they hold.
    fn of_fields(&mut self, layout: &Layout, cells: &[&[u8]]) -> usize {
        let add_on = layout.row(cells);
        layout.shapes.read(cells, &mut |shape, row, company| {
            let add_on = Some(&add_on as &dyn Event).filter(|_| company != Company::Known);
            let view = View::new(shape, row).filled_from(None, add_on);
            self.add(&view, company != Company::None);
        })
    }

    /// Whether the row is a finding. Of several, the gravest is chosen now.
    fn finish(self, entries: usize) -> bool {
        if let Some(finding) = self.several.and_then(|several| several.gravest(entries)) {
            (self.put)(&finding);
            return true;
        }
        self.is_put
    }
}

/// Calls `look` with an entry of a row's text, its gaps filled from the row's fields.
fn filled(
    input: Input,
    layout: &Layout,
    cells: &[&[u8]],
    (shape, value): (Shape, &dyn Event),
    has_others: bool,
    look: &mut dyn FnMut(&View<'_>),
) {
    let alone = View::new(shape, value);
    // Of several entries in a text, Splunk extracts the fields of all: whose they are cannot be told.
    if input != Input::Auto || has_others {
        return look(&alone);
    }
    let row = fields(layout, cells, shape);
    let row = row.as_ref().map(|row| row as &dyn Event);
    look(&alone.filled_from(row, Some(&layout.row(cells))));
}

/// The extracted fields of the same entry.
fn fields<'a>(layout: &'a Layout, cells: &'a [&'a [u8]], shape: Shape) -> Option<Row<'a>> {
    let columns = layout.shapes.columns_of(shape)?;
    Some(Row::new(columns, cells))
}
