//! Writes findings for programs: one JSON object on each line, or CSV. The columns are always the same, in the same order.

use super::Found;
use super::sanitise::{escape_json, sanitise};
use crate::detect::finding::{FIELDS, put_fields};
use crate::detect::tune::time::format_iso;
use crate::link::{LINK_FIELDS, LinkedRow};
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
        let names = LEADING_COLUMNS.into_iter().chain(columns());
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
                let of_links = LINK_FIELDS.iter().map(|_| String::new());
                let cells = leading.into_iter().chain(cells).chain(of_links);
                write_cells(writer, cells, *is_terminal)
            }
        }
    }

    /// Writes the row of a request.
    pub fn write_linked(&mut self, row: &LinkedRow) -> std::io::Result<()> {
        match self {
            Self::Json(output) => {
                let row = serde_json::to_string(&Linked(row))?;
                output.write_all(escape_json(&row).as_bytes())?;
                output.write_all(b"\n")
            }
            Self::Csv(writer, is_terminal) => {
                let (file, record) = place(row);
                let leading = [time(row).unwrap_or_default(), file.to_owned(), record.to_owned()];
                let cells = columns().map(|name| row.values(name).join("\n"));
                write_cells(writer, leading.into_iter().chain(cells), *is_terminal)
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

/// The fields of a finding, and those that linking adds.
fn columns() -> impl Iterator<Item = &'static str> {
    let own = FIELDS.iter().map(|field| field.name);
    own.chain(LINK_FIELDS.iter().map(|(name, _)| *name))
}

fn write_cells<W: Write>(
    writer: &mut csv::Writer<W>,
    cells: impl Iterator<Item = String>,
    is_terminal: bool,
) -> std::io::Result<()> {
    let safe = cells.map(escape_formula);
    let shown = |cell: String| if is_terminal { sanitise(&cell) } else { cell };
    writer.write_record(safe.map(shown)).map_err(io_error)
}

/// Separates file and record in the place of a finding; no file name holds it on its own line.
const PLACE: char = '\u{1f}';

/// Where a finding was read, for [`crate::link::Record`].
pub fn place_of(file: &str, record: u64) -> String {
    format!("{file}{PLACE}{record}")
}

/// File and record of a row.
pub fn place(row: &LinkedRow) -> (&str, &str) {
    row.place.rsplit_once(PLACE).unwrap_or((&row.place, ""))
}

/// The time of a row in UTC, with the fraction of a second if there is one.
pub fn time(row: &LinkedRow) -> Option<String> {
    let moment = row.time?;
    let text = format_iso(moment);
    let fraction = moment.rem_euclid(1_000_000);
    if fraction == 0 {
        return Some(text);
    }
    let fraction = format!("{fraction:06}");
    let whole = text.trim_end_matches('Z');
    Some(format!("{whole}.{}Z", fraction.trim_end_matches('0')))
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

/// A row of a request, as JSON.
struct Linked<'r>(&'r LinkedRow);

impl Serialize for Linked<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        if let Some(time) = time(self.0) {
            map.serialize_entry(LEADING_COLUMNS[0], &time)?;
        }
        let (file, record) = place(self.0);
        map.serialize_entry(LEADING_COLUMNS[1], file)?;
        map.serialize_entry(LEADING_COLUMNS[2], &record.parse::<u64>().unwrap_or(0))?;
        for (name, values) in &self.0.fields {
            let is_number = ["dvm_risk_score", "dvm_records", "dvm_session_seconds"].contains(name);
            match values.as_slice() {
                [one] if is_number => map.serialize_entry(name, &one.parse::<i64>().unwrap_or(0))?,
                [one] if !is_list(name) => map.serialize_entry(name, one)?,
                several => map.serialize_entry(name, several)?,
            }
        }
        map.end()
    }
}

/// Whether a field is a list, even of one value.
fn is_list(name: &str) -> bool {
    let of_links = LINK_FIELDS.iter().find(|(known, _)| *known == name);
    of_links.map_or_else(
        || FIELDS.iter().any(|field| field.name == name && field.multivalue),
        |(_, is_list)| *is_list,
    )
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
            put_fields(finding, &mut row)?;
        }
        row.end()
    }
}
