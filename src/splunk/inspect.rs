//! A row → its finding: from `_raw`, from the extracted fields, or from both.

use super::layout::Layout;
use super::options::Input;
use crate::detect::Detector;
use crate::detect::batch::gravest;
use crate::detect::finding::Finding;
use crate::detect::view::View;
use crate::event::Event;
use crate::event::cells::unquote_into;
use crate::event::json::LARGEST;
use crate::event::row::Row;
use crate::event::shape::{self, Reading, Shape};

/// What a row turned out to be.
#[derive(Debug)]
pub enum Inspected<'d> {
    /// A finding.
    Finding(Box<Finding<'d>>),
    /// No finding.
    Event,
    /// There is a `_raw`, but neither it nor the fields hold an event of a known shape.
    Unreadable,
}

/// Inspects a row. `room` is for its `_raw`.
pub fn inspect<'d>(
    detector: &'d Detector,
    input: Input,
    layout: &Layout,
    cells: &[&[u8]],
    room: &mut Vec<u8>,
) -> Inspected<'d> {
    let mut findings = Vec::new();
    let mut entries = 0;
    let mut has_raw = false;
    if input != Input::Fields
        && let Some(cell) = layout.raw.map(|column| cells[column])
    {
        // Quotes are doubled in a cell. What is too large is not even copied.
        has_raw = cell.len() > 2 * LARGEST;
        if !has_raw {
            let raw = unquote_into(cell, room);
            has_raw = !raw.trim_ascii().is_empty();
            entries = from_raw(detector, input, layout, cells, raw, &mut findings).entries;
        }
    }
    if entries == 0 && input != Input::Raw {
        let add_on = layout.row(cells);
        entries = layout.shapes.read(cells, &mut |shape, row, has_others| {
            let add_on = Some(&add_on as &dyn Event).filter(|_| !has_others);
            let view = View::new(shape, row).filled_from(None, add_on);
            findings.extend(detector.inspect(&view));
        });
    }
    match gravest(findings, entries) {
        Some(finding) => Inspected::Finding(finding),
        None if entries == 0 && has_raw => Inspected::Unreadable,
        None => Inspected::Event,
    }
}

fn from_raw<'d>(
    detector: &'d Detector,
    input: Input,
    layout: &Layout,
    cells: &[&[u8]],
    raw: &[u8],
    findings: &mut Vec<Box<Finding<'d>>>,
) -> Reading {
    let add_on = layout.row(cells);
    shape::read_in_company(raw, &mut |shape, value, has_others| {
        let alone = View::new(shape, &value);
        // Of several entries in a text, Splunk extracts the fields of all: whose they are cannot be told.
        if input == Input::Auto && !has_others() {
            let row = fields(layout, cells, shape);
            let row = row.as_ref().map(|row| row as &dyn Event);
            findings.extend(detector.inspect(&alone.filled_from(row, Some(&add_on))));
        } else {
            findings.extend(detector.inspect(&alone));
        }
    })
}

/// The extracted fields of the same entry.
fn fields<'a>(layout: &'a Layout, cells: &'a [&'a [u8]], shape: Shape) -> Option<Row<'a>> {
    let columns = layout.shapes.columns_of(shape)?;
    Some(Row::new(columns, cells))
}
