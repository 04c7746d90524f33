//! Writes findings for programs: one JSON object on each line, or CSV. The same columns, in the same order, whatever is found.

use super::Found;
use super::sanitise::{escape_json, sanitise};
use crate::detect::finding::{FIELDS, put_fields};
use crate::detect::tune::time::format_iso;
use crate::link::{LINK_FIELDS, LinkedRow};
use crate::words::nearest;
use serde::Serialize;
use serde::ser::{SerializeMap, Serializer};
use std::io::Write;

/// Columns before the fields of a finding: when, and where the event was read.
pub const LEADING_COLUMNS: [&str; 4] = ["time", "file", "record", "format"];

/// The columns of rows, as they are asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Columns {
    /// Name as written, and name of the field.
    columns: Vec<(String, &'static str)>,
}

/// Short names of the most telling columns, and what they show.
const TELLING: [(&str, &str); 16] = [
    ("time", "time"),
    ("severity", "dvm_severity"),
    ("outcome", "dvm_outcome"),
    ("actor", "dvm_actor"),
    ("principal", "dvm_principal"),
    ("access", "dvm_access"),
    ("target", "dvm_target"),
    ("src", "dvm_src"),
    ("account", "dvm_account"),
    ("region", "dvm_region"),
    ("document", "dvm_document"),
    ("summary", "dvm_summary"),
    ("reasons", "dvm_reasons"),
    ("file", "file"),
    ("record", "record"),
    ("event_id", "dvm_event_id"),
];

impl Columns {
    /// Every column.
    pub fn all() -> Self {
        let names = LEADING_COLUMNS.into_iter().chain(columns());
        Self {
            columns: names.map(|name| (name.to_owned(), name)).collect(),
        }
    }

    /// The most telling ones.
    pub fn telling() -> Self {
        let names = TELLING.into_iter();
        Self {
            columns: names.map(|(name, field)| (name.to_owned(), field)).collect(),
        }
    }

    /// `all`, or names separated by commas: of fields, with or without `dvm_`.
    pub fn parse(text: &str) -> Result<Self, String> {
        if text.eq_ignore_ascii_case("all") {
            return Ok(Self::all());
        }
        let known: Vec<&'static str> = LEADING_COLUMNS.into_iter().chain(columns()).collect();
        let column = |name: &str| {
            let short = TELLING.iter().find(|(short, _)| short.eq_ignore_ascii_case(name));
            let prefixed = format!("dvm_{name}");
            let field = short.map(|(_, field)| *field).or_else(|| {
                let named = |wanted: &str| {
                    known
                        .iter()
                        .copied()
                        .find(|field| field.eq_ignore_ascii_case(wanted))
                };
                named(name).or_else(|| named(&prefixed))
            });
            let short = || TELLING.iter().map(|(short, _)| *short);
            let nearest = || nearest(name, short().chain(known.iter().copied()));
            field
                .map(|field| (name.to_owned(), field))
                .ok_or_else(|| match nearest() {
                    _ if name.eq_ignore_ascii_case("all") => {
                        "all stands alone: it has every field".to_owned()
                    }
                    Some(near) => format!("there is no field {name:?}; did you mean {near}?"),
                    None => format!("there is no field {name:?}"),
                })
        };
        let names = text.split(',').map(str::trim).filter(|name| !name.is_empty());
        let columns: Vec<_> = names.map(column).collect::<Result<_, _>>()?;
        if columns.is_empty() {
            return Err("name at least one field, or all".to_owned());
        }
        Ok(Self { columns })
    }

    fn is_all(&self) -> bool {
        self.columns.len() == LEADING_COLUMNS.len() + columns().count()
    }
}

/// Writes rows.
pub enum Rows<W: Write> {
    /// One JSON object on each line; a field without a value is omitted, a multivalue field is a list.
    Json(W, Columns),
    /// CSV with a header; several values in one cell are separated by semicolons. The flag is set where the output is a
    /// terminal: then cells are sanitised.
    Csv(Box<csv::Writer<W>>, Columns, bool),
}

/// Between the values of a cell.
const SEPARATOR: &str = "; ";

impl<W: Write> Rows<W> {
    /// JSON lines.
    pub fn json(output: W, columns: Columns) -> Self {
        Self::Json(output, columns)
    }

    /// CSV; writes the header at once, behind a byte-order mark if it is to have one.
    pub fn csv(mut output: W, columns: Columns, is_terminal: bool, has_mark: bool) -> std::io::Result<Self> {
        if has_mark {
            output.write_all("\u{feff}".as_bytes())?;
        }
        let mut writer = csv::Writer::from_writer(output);
        let names = columns.columns.iter().map(|(name, _)| name);
        writer.write_record(names).map_err(io_error)?;
        Ok(Self::Csv(Box::new(writer), columns, is_terminal))
    }

    /// Writes one row.
    pub fn write_row(&mut self, file: &str, found: &Found<'_>) -> std::io::Result<()> {
        match self {
            Self::Json(output, columns) => write_json(output, &Row { file, found }, columns),
            Self::Csv(writer, columns, is_terminal) => {
                let cells = columns.columns.iter().map(|(_, field)| match *field {
                    "time" => found.time.clone().unwrap_or_default(),
                    "file" => file.to_owned(),
                    "record" => found.record.to_string(),
                    name => value_of(found, name),
                });
                write_cells(writer, cells, *is_terminal)
            }
        }
    }

    /// Writes the row of a request.
    pub fn write_linked(&mut self, row: &LinkedRow) -> std::io::Result<()> {
        match self {
            Self::Json(output, columns) => write_json(output, &Linked(row), columns),
            Self::Csv(writer, columns, is_terminal) => {
                let (file, record) = place(row);
                let cells = columns.columns.iter().map(|(_, field)| match *field {
                    "time" => time(row).unwrap_or_default(),
                    "file" => file.to_owned(),
                    "record" => record.to_owned(),
                    name => row.values(name).join(SEPARATOR),
                });
                write_cells(writer, cells, *is_terminal)
            }
        }
    }

    /// Writes what is still buffered.
    pub fn flush(&mut self) -> std::io::Result<()> {
        match self {
            Self::Json(output, _) => output.flush(),
            Self::Csv(writer, ..) => writer.flush(),
        }
    }
}

/// What a row shows of an event in a column.
fn value_of(found: &Found<'_>, name: &str) -> String {
    let field = FIELDS.iter().find(|field| field.name == name);
    if let Some((field, finding)) = field.zip(found.finding.as_ref()) {
        return field.list(finding).join(SEPARATOR);
    }
    let Some(told) = &found.told else {
        return String::new();
    };
    match name {
        "format" => told.format.clone(),
        name => {
            let known = told.fields.iter().find(|(known, _)| *known == name);
            known.map(|(_, value)| value.clone()).unwrap_or_default()
        }
    }
}

/// Writes an object with the columns that are asked for, under the names that were asked for.
fn write_json(output: &mut impl Write, row: &impl Serialize, columns: &Columns) -> std::io::Result<()> {
    let text = if columns.is_all() {
        serde_json::to_string(row)?
    } else {
        let row = serde_json::to_value(row)?;
        let wanted = columns.columns.iter();
        let members = wanted.filter_map(|(name, field)| Some(format!("{:?}:{}", name, row.get(*field)?)));
        format!("{{{}}}", members.collect::<Vec<_>>().join(","))
    };
    output.write_all(escape_json(&text).as_bytes())?;
    output.write_all(b"\n")
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
    let safe = cells.map(safe_for_spreadsheets);
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

/// More digits than a spreadsheet keeps.
const MAX_DIGITS: usize = 15;

/// Puts an apostrophe before a cell that a spreadsheet would take for a formula, or for a number that it rounds or whose zeros it
/// drops.
fn safe_for_spreadsheets(cell: String) -> String {
    const FORMULA_STARTS: [char; 11] = ['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠'];
    let is_number = !cell.is_empty() && cell.bytes().all(|byte| byte.is_ascii_digit());
    let is_changed = is_number && (cell.len() > MAX_DIGITS || cell.len() > 1 && cell.starts_with('0'));
    if cell.starts_with(FORMULA_STARTS) || is_changed {
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
        if let Some(told) = &self.found.told {
            row.serialize_entry(LEADING_COLUMNS[3], &told.format)?;
        }
        match (&self.found.finding, &self.found.told) {
            (Some(finding), _) => put_fields(finding, &mut row)?,
            (None, Some(told)) => {
                for (name, value) in &told.fields {
                    row.serialize_entry(name, value)?;
                }
            }
            (None, None) => {}
        }
        row.end()
    }
}
