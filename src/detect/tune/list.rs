//! Parses a tuning list into rules, and faults by line and column.
//!
//! A row with a fault is refused, the others apply. Nothing is guessed that could make a rule wider than its author meant: a
//! header that lacks a column other than a condition refuses the whole list, a value in an unknown column refuses its row.

use super::header::{COLUMNS, Fault, Header};
use super::row::{self, Row};
use super::rule::TuningRule;
use crate::event::without_byte_order_mark;
use std::collections::HashMap;

/// A parsed list.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct List {
    /// Rules without faults, in the order of the file.
    pub rules: Vec<TuningRule>,
    /// The faults of the refused rows.
    pub faults: Vec<Fault>,
}

/// Parses a list.
pub fn parse(bytes: &[u8]) -> List {
    let text = without_byte_order_mark(bytes);
    if bytes.starts_with(b"\xFF\xFE") || bytes.starts_with(b"\xFE\xFF") {
        return refused(1, "the list is UTF-16; save it as UTF-8".to_owned());
    }
    let mut records = Records::new(text);
    let Some(header) = records.next() else {
        return refused(
            1,
            format!("the list is empty; its header must be {}", COLUMNS.join(",")),
        );
    };
    match Header::new(header.line, &header.cells) {
        Ok((header, faults)) => rules(&header, records, faults),
        Err(fault) => List {
            rules: Vec::new(),
            faults: vec![fault],
        },
    }
}

fn refused(line: u64, text: String) -> List {
    let fault = Fault {
        line,
        column: None,
        text,
    };
    List {
        rules: Vec::new(),
        faults: vec![fault],
    }
}

fn rules(header: &Header, records: Records<'_>, faults: Vec<Fault>) -> List {
    let mut list = List {
        rules: Vec::new(),
        faults,
    };
    let mut ids: HashMap<String, u64> = HashMap::new();
    for record in records {
        let read = cells(header, &record).and_then(|cells| {
            let row = Row {
                line: record.line,
                header,
                cells,
            };
            row::parse_rule(&row, &ids)
        });
        match read {
            Ok(rule) => {
                ids.insert(rule.id.to_ascii_lowercase(), rule.line);
                list.rules.push(rule);
            }
            Err(faults) => list.faults.extend(faults),
        }
    }
    list
}

/// The cells of a row as text; a fault where the row is not complete.
fn cells(header: &Header, record: &Record) -> Result<Vec<String>, Vec<Fault>> {
    let whole = |text: String| {
        vec![Fault {
            line: record.line,
            column: None,
            text,
        }]
    };
    if let Some(line) = record.open_quote {
        return Err(whole(format!(
            "the quote opened in line {line} is never closed; nothing after it can be read"
        )));
    }
    let (has, wanted) = (record.cells.len(), header.len());
    if has != wanted {
        return Err(whole(format!("{has} cells, but the header has {wanted}")));
    }
    let mut faults = Vec::new();
    let mut cells = Vec::with_capacity(has);
    for (at, cell) in record.cells.iter().enumerate() {
        match std::str::from_utf8(cell) {
            Ok(text) => cells.push(text.trim().to_owned()),
            Err(_) => faults.push(header.fault(record.line, at, "the text is not UTF-8")),
        }
    }
    if faults.is_empty() { Ok(cells) } else { Err(faults) }
}

/// A row as bytes.
#[derive(Debug)]
struct Record {
    line: u64,
    cells: Vec<Vec<u8>>,
    /// The line of a quote that is never closed.
    open_quote: Option<u64>,
}

/// The rows of a list, each with the line it begins in.
struct Records<'t> {
    text: &'t [u8],
    reader: csv::Reader<&'t [u8]>,
    counted: usize,
    line: u64,
}

impl<'t> Records<'t> {
    fn new(text: &'t [u8]) -> Self {
        let reader = csv::ReaderBuilder::new()
            .has_headers(false)
            .flexible(true)
            .from_reader(text);
        Self {
            text,
            reader,
            counted: 0,
            line: 1,
        }
    }

    /// Returns the line of the byte at `to`. Must be called with rising offsets.
    fn line_at(&mut self, to: usize) -> u64 {
        self.line += line_ends(&self.text[self.counted..to]);
        self.counted = to;
        self.line
    }
}

impl Iterator for Records<'_> {
    type Item = Record;

    fn next(&mut self) -> Option<Record> {
        let mut record = csv::ByteRecord::new();
        // Reading from memory does not fail, and rows of any length are accepted.
        if !self.reader.read_byte_record(&mut record).unwrap_or(false) {
            return None;
        }
        let start = usize::try_from(record.position()?.byte()).ok()?;
        let end = usize::try_from(self.reader.position().byte()).ok()?;
        let blank = self.text[start..]
            .iter()
            .take_while(|b| matches!(b, b'\r' | b'\n'))
            .count();
        let line = self.line_at(start + blank);
        let is_open = end == self.text.len() && is_unterminated(&self.text[start..]);
        let last_cell = record.iter().next_back().unwrap_or_default();
        Some(Record {
            line,
            cells: record.iter().map(<[u8]>::to_vec).collect(),
            open_quote: is_open.then(|| self.line_at(end) - line_ends(last_cell)),
        })
    }
}

/// Whether the last row of a list ends inside quotes: then a row appended to it becomes part of its last cell.
fn is_unterminated(row: &[u8]) -> bool {
    let longer = [row, b"\nnext"].concat();
    let rows = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .from_reader(longer.as_slice());
    rows.into_byte_records().count() < 2
}

/// Counts line ends: LF, CR LF, and CR alone.
fn line_ends(text: &[u8]) -> u64 {
    let is_end =
        |(at, byte): &(usize, &u8)| **byte == b'\n' || (**byte == b'\r' && text.get(at + 1) != Some(&b'\n'));
    text.iter().enumerate().filter(is_end).count() as u64
}
