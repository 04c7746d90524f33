//! The rows of a report, in bounded memory.

use super::texts::Texts;
use crate::catalogue::{Severity, Verdict};
use crate::detect::finding::{FIELDS, Finding, Group};
use crate::detect::tune::time::parse_event_time;
use crate::link::{By, LINK_FIELDS, LinkedRow};
use crate::scan::Found;
use crate::scan::rows::{place, place_of, time};
use rustc_hash::FxHashMap;

/// Findings, sessions or cases that a report shows at most; the gravest.
const MAX_ROWS: usize = 200_000;
/// Bytes of texts up to which findings, then sessions, then cases are kept.
const MAX_BYTES: [usize; 3] = [96 << 20, 112 << 20, 128 << 20];
/// What precedes the fields of a finding in a row.
const LEADING: [&str; 3] = ["time", "file", "record"];

/// A row of a table.
#[derive(Debug, Clone)]
pub struct Row {
    /// Microseconds since 1970 UTC.
    pub time: Option<i64>,
    /// The gravest come last: whether it is reported, its severity, its score.
    pub weight: (bool, Severity, u8),
    /// Number of a field and number of a text; a field with several values stands several times.
    pub cells: Box<[(u8, u32)]>,
}

impl Row {
    /// The values of a field.
    pub fn values(&self, field: u8) -> impl Iterator<Item = u32> + '_ {
        let cells = self.cells.iter().filter(move |cell| cell.0 == field);
        cells.map(|cell| cell.1)
    }
}

/// Names of the fields of findings, sessions and cases, by number.
pub fn fields() -> impl Iterator<Item = &'static str> {
    let own = FIELDS.iter().filter(|field| field.group == Group::Own);
    let own = own.map(|field| field.name);
    let linked = LINK_FIELDS.iter().map(|(name, _)| *name);
    LEADING.into_iter().chain(["AlertType"]).chain(own).chain(linked)
}

/// The number of a field in [`fields`].
///
/// # Panics
/// If there is no such field.
pub fn field(name: &str) -> u8 {
    let at = fields().position(|known| known == name);
    let at = at.and_then(|at| u8::try_from(at).ok());
    at.expect("a field of findings")
}

/// The rows that a report is made of.
#[derive(Debug)]
pub struct ReportRows {
    numbers: FxHashMap<&'static str, u8>,
    /// The texts of all rows.
    pub texts: Texts,
    /// Findings, in the order of time.
    pub findings: Table,
    /// Sessions.
    pub sessions: Table,
    /// Cases with a link.
    pub cases: Table,
}

/// Rows of one kind.
#[derive(Debug, Default)]
pub struct Table {
    /// The rows, up to twice as many as are shown.
    pub rows: Vec<Row>,
    /// Those that were too many.
    pub beyond: u64,
}

impl Default for ReportRows {
    fn default() -> Self {
        Self {
            numbers: fields().zip(0..).collect(),
            texts: Texts::default(),
            findings: Table::default(),
            sessions: Table::default(),
            cases: Table::default(),
        }
    }
}

impl ReportRows {
    /// Adds a row.
    pub fn add(&mut self, by: By, row: &LinkedRow) {
        let row = self.row(row);
        let table = match by {
            By::Request => &mut self.findings,
            By::Session => &mut self.sessions,
            By::Case => &mut self.cases,
        };
        table.rows.push(row);
        if table.rows.len() >= 2 * MAX_ROWS || self.texts.bytes() >= 2 * MAX_BYTES[2] {
            self.keep_gravest(MAX_ROWS, MAX_BYTES);
        }
    }

    /// Adds a finding that was not linked.
    pub fn add_found(&mut self, file: &str, found: &Found<'_>, finding: &Finding<'_, '_>) {
        let own = FIELDS.iter().map(|field| (field.name, field.list(finding)));
        let row = LinkedRow {
            time: found.time.as_deref().and_then(parse_event_time),
            fields: own.collect(),
            place: place_of(file, found.record),
        };
        self.add(By::Request, &row);
    }

    /// Keeps as many as are shown, in the order of time.
    pub fn finish(&mut self) {
        let tables = [&self.findings, &self.sessions, &self.cases];
        let is_over = tables.iter().any(|table| table.rows.len() > MAX_ROWS);
        if is_over || self.texts.bytes() > MAX_BYTES[2] {
            self.keep_gravest(MAX_ROWS, MAX_BYTES);
        }
        for table in [&mut self.findings, &mut self.sessions, &mut self.cases] {
            table.rows.sort_by_key(|row| (row.time.is_none(), row.time));
        }
    }

    fn row(&mut self, row: &LinkedRow) -> Row {
        let mut cells = Vec::with_capacity(row.fields.len());
        let (file, record) = place(row);
        let time_text = time(row).unwrap_or_default();
        for (name, value) in LEADING.into_iter().zip([time_text.as_str(), file, record]) {
            self.put(&mut cells, name, value);
        }
        for (name, values) in &row.fields {
            for value in values {
                self.put(&mut cells, name, value);
            }
        }
        let score = row.value("dvm_risk_score").parse().unwrap_or(0);
        let severity = Severity::parse(row.value("dvm_severity")).unwrap_or(Severity::Informational);
        let is_reported = row.value("dvm_verdict") == Verdict::Report.as_str();
        Row {
            time: row.time,
            weight: (is_reported, severity, score),
            cells: cells.into(),
        }
    }

    fn put(&mut self, cells: &mut Vec<(u8, u32)>, name: &str, value: &str) {
        if let (Some(number), false) = (self.numbers.get(name), value.is_empty()) {
            cells.push((*number, self.texts.number(value)));
        }
    }

    fn keep_gravest(&mut self, max_rows: usize, max_bytes: [usize; 3]) {
        let old = std::mem::take(&mut self.texts);
        let tables = [&mut self.findings, &mut self.sessions, &mut self.cases];
        for (table, max) in tables.into_iter().zip(max_bytes) {
            table.keep_gravest(&old, &mut self.texts, (max_rows, max));
        }
    }
}

impl Table {
    fn keep_gravest(&mut self, old: &Texts, texts: &mut Texts, (max_rows, max_bytes): (usize, usize)) {
        let mut rows = std::mem::take(&mut self.rows);
        rows.sort_by_key(|row| std::cmp::Reverse(row.weight));
        for mut row in rows {
            if self.rows.len() >= max_rows || texts.bytes() >= max_bytes {
                self.beyond += 1;
                continue;
            }
            for (_, number) in &mut row.cells {
                *number = texts.number(old.text(*number));
            }
            self.rows.push(row);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::ReportRows;
    use crate::link::{By, LinkedRow};

    fn row(time: i64, severity: &str) -> LinkedRow {
        let name = format!("machine {time}");
        LinkedRow {
            time: Some(time),
            fields: vec![
                ("dvm_severity", vec![severity.to_owned()]),
                ("dvm_target", vec![name]),
            ],
            place: String::new(),
        }
    }

    #[test]
    fn the_gravest_rows_stay_where_there_are_too_many() {
        let mut rows = ReportRows::default();
        for (time, severity) in [(3, "high"), (2, "low"), (1, "critical"), (4, "high")] {
            rows.add(By::Request, &row(time, severity));
        }
        rows.keep_gravest(3, [1000; 3]);
        rows.finish();
        let times: Vec<_> = rows.findings.rows.iter().filter_map(|row| row.time).collect();
        assert_eq!((times, rows.findings.beyond), (vec![1, 3, 4], 1));
        let target = super::field("dvm_target");
        let texts = rows.findings.rows.iter().flat_map(|row| row.values(target));
        let texts: Vec<_> = texts.map(|number| rows.texts.text(number)).collect();
        assert_eq!(texts, ["machine 1", "machine 3", "machine 4"]);
    }

    #[test]
    fn texts_are_bounded_too() {
        let mut rows = ReportRows::default();
        (0..100).for_each(|time| rows.add(By::Request, &row(time, "high")));
        rows.keep_gravest(1000, [200; 3]);
        assert!(rows.texts.bytes() < 300);
        assert_eq!(rows.findings.rows.len() as u64 + rows.findings.beyond, 100);
    }
}
