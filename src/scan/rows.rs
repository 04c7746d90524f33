//! Findings for machines: one JSON object a line, or CSV. The columns are always the same, in the same order.

use super::Found;
use super::color::{harmless, is_obeyed};
use crate::detect::finding::{FIELDS, Finding};
use serde::Serialize;
use serde::ser::{SerializeMap, Serializer};
use std::borrow::Cow;
use std::io::Write;

/// What stands before the fields of a finding.
pub const PLACE: [&str; 3] = ["time", "file", "record"];

/// Writes rows.
pub enum Rows<W: Write> {
    /// One JSON object a line; a field without a value is left out, one that can hold several is a list.
    Json(W),
    /// CSV with a header; several values in one cell stand on lines of their own. On a terminal, without what it would obey.
    Csv(Box<csv::Writer<W>>, bool),
}

impl<W: Write> Rows<W> {
    /// JSON lines.
    pub fn json(output: W) -> Self {
        Self::Json(output)
    }

    /// CSV; the header is written at once.
    pub fn csv(output: W, is_terminal: bool) -> std::io::Result<Self> {
        let mut writer = csv::Writer::from_writer(output);
        let names = PLACE.into_iter().chain(FIELDS.iter().map(|field| field.name));
        writer.write_record(names).map_err(in_writing)?;
        Ok(Self::Csv(Box::new(writer), is_terminal))
    }

    /// Writes one row.
    pub fn put(&mut self, file: &str, found: &Found<'_>) -> std::io::Result<()> {
        match self {
            Self::Json(output) => {
                let row = serde_json::to_string(&Row { file, found })?;
                output.write_all(escaped(&row).as_bytes())?;
                output.write_all(b"\n")
            }
            Self::Csv(writer, is_terminal) => {
                let record = found.record.to_string();
                let place = [found.time.as_deref().unwrap_or(""), file, &record].map(str::to_owned);
                let cells = FIELDS.iter().map(|field| match &found.finding {
                    Some(finding) => field.list(finding).join("\n"),
                    None => String::new(),
                });
                let safe = place.into_iter().chain(cells).map(disarmed);
                let shown = |cell: String| if *is_terminal { harmless(&cell) } else { cell };
                writer.write_record(safe.map(shown)).map_err(in_writing)
            }
        }
    }

    /// Writes what is still held back.
    pub fn flush(&mut self) -> std::io::Result<()> {
        match self {
            Self::Json(output) => output.flush(),
            Self::Csv(writer, _) => writer.flush(),
        }
    }
}

/// JSON says by `\u` what a terminal would obey; a reader of JSON gets the same value.
fn escaped(row: &str) -> Cow<'_, str> {
    if !row.contains(is_obeyed) {
        return Cow::Borrowed(row);
    }
    let escape = |c: char| {
        if is_obeyed(c) {
            format!("\\u{:04x}", u32::from(c))
        } else {
            c.to_string()
        }
    };
    Cow::Owned(row.chars().map(escape).collect())
}

/// What failed beneath the `csv` crate, as its own conversion does not tell.
fn in_writing(error: csv::Error) -> std::io::Error {
    match error.into_kind() {
        csv::ErrorKind::Io(error) => error,
        other => std::io::Error::other(format!("{other:?}")),
    }
}

/// A cell that a spreadsheet would take for a formula gets an apostrophe before it.
fn disarmed(cell: String) -> String {
    const BEGINNINGS: [char; 11] = ['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠'];
    if cell.starts_with(BEGINNINGS) {
        format!("'{cell}")
    } else {
        cell
    }
}

struct Row<'r, 'd> {
    file: &'r str,
    found: &'r Found<'d>,
}

impl Serialize for Row<'_, '_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut row = serializer.serialize_map(None)?;
        if let Some(time) = &self.found.time {
            row.serialize_entry(PLACE[0], time)?;
        }
        row.serialize_entry(PLACE[1], self.file)?;
        row.serialize_entry(PLACE[2], &self.found.record)?;
        if let Some(finding) = &self.found.finding {
            fields(finding, &mut row)?;
        }
        row.end()
    }
}

fn fields<M: SerializeMap>(finding: &Finding<'_, '_>, row: &mut M) -> Result<(), M::Error> {
    for field in FIELDS {
        let values = field.list(finding);
        match values.as_slice() {
            [] => {}
            all if field.multivalue => row.serialize_entry(field.name, all)?,
            [first, ..] if field.name == "dvm_risk_score" => {
                row.serialize_entry(field.name, &first.parse::<u8>().unwrap_or(0))?;
            }
            [first, ..] => row.serialize_entry(field.name, first)?,
        }
    }
    Ok(())
}
