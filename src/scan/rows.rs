//! Writes findings for programs: one JSON object on each line, or CSV. The columns are always the same, in the same order.

use super::Found;
use super::sanitise::{escape_json, sanitise};
use crate::detect::finding::{FIELDS, Finding};
use serde::Serialize;
use serde::ser::{SerializeMap, Serializer};
use std::io::Write;

/// Columns before the fields of a finding: when, and where the event was read.
pub const LEADING_COLUMNS: [&str; 3] = ["time", "file", "record"];

/// Writes rows.
pub enum Rows<W: Write> {
    /// One JSON object on each line; a field without a value is omitted, a multivalue field is a list.
    Json(W),
    /// CSV with a header; several values in one cell are on separate lines. The flag is set where the output is a
    /// terminal: then cells are sanitised.
    Csv(Box<csv::Writer<W>>, bool),
}

impl<W: Write> Rows<W> {
    /// JSON lines.
    pub fn json(output: W) -> Self {
        Self::Json(output)
    }

    /// CSV; writes the header at once.
    pub fn csv(output: W, is_terminal: bool) -> std::io::Result<Self> {
        let mut writer = csv::Writer::from_writer(output);
        let names = LEADING_COLUMNS
            .into_iter()
            .chain(FIELDS.iter().map(|field| field.name));
        writer.write_record(names).map_err(io_error)?;
        Ok(Self::Csv(Box::new(writer), is_terminal))
    }

    /// Writes one row.
    pub fn write_row(&mut self, file: &str, found: &Found<'_>) -> std::io::Result<()> {
        match self {
            Self::Json(output) => {
                let row = serde_json::to_string(&Row { file, found })?;
                output.write_all(escape_json(&row).as_bytes())?;
                output.write_all(b"\n")
            }
            Self::Csv(writer, is_terminal) => {
                let record = found.record.to_string();
                let leading = [found.time.as_deref().unwrap_or(""), file, &record].map(str::to_owned);
                let cells = FIELDS.iter().map(|field| match &found.finding {
                    Some(finding) => field.list(finding).join("\n"),
                    None => String::new(),
                });
                let safe = leading.into_iter().chain(cells).map(escape_formula);
                let shown = |cell: String| if *is_terminal { sanitise(&cell) } else { cell };
                writer.write_record(safe.map(shown)).map_err(io_error)
            }
        }
    }

    /// Writes what is still buffered.
    pub fn flush(&mut self) -> std::io::Result<()> {
        match self {
            Self::Json(output) => output.flush(),
            Self::Csv(writer, _) => writer.flush(),
        }
    }
}

/// The I/O error inside an error of the `csv` crate: its own conversion hides the kind.
fn io_error(error: csv::Error) -> std::io::Error {
    match error.into_kind() {
        csv::ErrorKind::Io(error) => error,
        other => std::io::Error::other(format!("{other:?}")),
    }
}

/// Puts an apostrophe before a cell that a spreadsheet would take for a formula.
fn escape_formula(cell: String) -> String {
    const FORMULA_STARTS: [char; 11] = ['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠'];
    if cell.starts_with(FORMULA_STARTS) {
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
            row.serialize_entry(LEADING_COLUMNS[0], time)?;
        }
        row.serialize_entry(LEADING_COLUMNS[1], self.file)?;
        row.serialize_entry(LEADING_COLUMNS[2], &self.found.record)?;
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
