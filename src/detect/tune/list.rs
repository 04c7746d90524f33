//! The text of a tuning list → rules, and every fault by line and column.
//!
//! A faulty row is refused, the others stay. Nothing is guessed that could make a rule wider than its author meant: a
//! header that lacks a column refuses the whole list, a cell under a column that nobody knows refuses its row.

use super::row::{self, Row};
use super::rule::TuningRule;
use crate::event::without_byte_order_mark;
use std::collections::HashMap;

/// The header of a list.
pub const COLUMNS: [&str; 16] = [
    "id",
    "enabled",
    "cloud",
    "operation",
    "access",
    "actor",
    "target",
    "account",
    "src",
    "document",
    "user_agent",
    "action",
    "value",
    "expires",
    "reason",
    "owner",
];

/// What is wrong in a list, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// From 1.
    pub line: u64,
    /// Number, from 1, and name of the column; none where the whole row or list is meant.
    pub column: Option<(usize, String)>,
    /// What is wrong, and what is allowed.
    pub text: String,
}

impl std::fmt::Display for Fault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.column {
            Some((number, name)) => write!(f, "line {}, column {number} ({name}): {}", self.line, self.text),
            None => write!(f, "line {}: {}", self.line, self.text),
        }
    }
}

/// A list as read.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct List {
    /// Sound rules, in the order of the file.
    pub rules: Vec<TuningRule>,
    /// What was refused, and why.
    pub faults: Vec<Fault>,
}

/// Reads a list.
pub fn read(bytes: &[u8]) -> List {
    let text = without_byte_order_mark(bytes);
    if bytes.starts_with(b"\xFF\xFE") || bytes.starts_with(b"\xFE\xFF") {
        return refused(1, "the list is UTF-16; save it as UTF-8".to_owned());
    }
    let mut records = Records::new(text);
    let Some(header) = records.next() else {
        return refused(
            1,
            format!("the list is empty; its header is {}", COLUMNS.join(",")),
        );
    };
    match Header::new(&header) {
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
            row::rule(&row, &ids)
        });
        match read {
            Ok(rule) => {
                ids.insert(rule.id.to_lowercase(), rule.line);
                list.rules.push(rule);
            }
            Err(faults) => list.faults.extend(faults),
        }
    }
    list
}

/// The cells of a row as text, once it is known to be whole.
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
            "a quote is opened in line {line} and never closed; nothing after it could be read"
        )));
    }
    let (has, wanted) = (record.cells.len(), header.names.len());
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

/// Which column is what.
#[derive(Debug)]
pub struct Header {
    names: Vec<String>,
    known: HashMap<&'static str, usize>,
    /// Columns that mean nothing, or are there a second time.
    strange: Vec<usize>,
}

impl Header {
    fn new(record: &Record) -> Result<(Self, Vec<Fault>), Fault> {
        let name = |cell: &Vec<u8>| String::from_utf8_lossy(cell).trim().to_ascii_lowercase();
        let mut header = Self {
            names: record.cells.iter().map(name).collect(),
            known: HashMap::new(),
            strange: Vec::new(),
        };
        let mut faults = Vec::new();
        for (at, name) in header.names.iter().enumerate() {
            let text = match COLUMNS.into_iter().find(|known| known == name) {
                Some(known) if !header.known.contains_key(known) => {
                    header.known.insert(known, at);
                    continue;
                }
                Some(_) => {
                    "the column is there a second time; rows with a value in it are refused".to_owned()
                }
                None => format!(
                    "unknown column; rows with a value in it are refused; columns are {}",
                    COLUMNS.join(",")
                ),
            };
            header.strange.push(at);
            faults.push(header.fault(record.line, at, &text));
        }
        header.complete(record.line)?;
        Ok((header, faults))
    }

    fn complete(&self, line: u64) -> Result<(), Fault> {
        let is_missing = |name: &&str| !self.known.contains_key(name);
        let missing: Vec<&str> = COLUMNS.into_iter().filter(is_missing).collect();
        if missing.is_empty() {
            return Ok(());
        }
        Err(Fault {
            line,
            column: None,
            text: format!(
                "the header lacks {}, so that no rule can be read; it is {}",
                missing.join(", "),
                COLUMNS.join(",")
            ),
        })
    }

    /// Where the column called `name` is.
    pub fn at(&self, name: &str) -> usize {
        self.known.get(name).copied().unwrap_or(usize::MAX)
    }

    /// Columns that mean nothing.
    pub fn strange(&self) -> &[usize] {
        &self.strange
    }

    /// A fault in column number `at`, from 0.
    pub fn fault(&self, line: u64, at: usize, text: &str) -> Fault {
        Fault {
            line,
            column: self.names.get(at).map(|name| (at + 1, name.clone())),
            text: text.to_owned(),
        }
    }
}

/// A row as bytes.
#[derive(Debug)]
struct Record {
    line: u64,
    cells: Vec<Vec<u8>>,
    /// The line in which a quote is opened that nothing closes.
    open_quote: Option<u64>,
}

/// The rows of a list, each with the line it begins in.
struct Records<'t> {
    text: &'t [u8],
    reader: csv::Reader<&'t [u8]>,
    open_quote: Option<usize>,
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
            open_quote: open_quote(text),
            counted: 0,
            line: 1,
        }
    }

    /// The line of the byte at `to`; asked in rising order.
    fn line_at(&mut self, to: usize) -> u64 {
        let counted = &self.text[self.counted..to];
        let is_end = |(at, byte): (usize, &u8)| {
            *byte == b'\n' || (*byte == b'\r' && self.text.get(self.counted + at + 1) != Some(&b'\n'))
        };
        let ends = counted.iter().enumerate().filter(|end| is_end(*end)).count();
        self.line += ends as u64;
        self.counted = to;
        self.line
    }
}

impl Iterator for Records<'_> {
    type Item = Record;

    fn next(&mut self) -> Option<Record> {
        let mut record = csv::ByteRecord::new();
        // Reading from memory and taking rows of any length, the reader has nothing to fail at.
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
        let open = self.open_quote.filter(|quote| (start..end).contains(quote));
        Some(Record {
            line,
            cells: record.iter().map(<[u8]>::to_vec).collect(),
            open_quote: open.map(|quote| self.line_at(quote)),
        })
    }
}

/// Where a quote is opened that nothing closes.
fn open_quote(text: &[u8]) -> Option<usize> {
    let (mut at, mut starts_cell) = (0, true);
    while at < text.len() {
        if starts_cell && text[at] == b'"' {
            at = match closing_quote(text, at + 1) {
                Some(end) => end + 1,
                None => return Some(at),
            };
            starts_cell = false;
        } else {
            starts_cell = matches!(text[at], b',' | b'\n' | b'\r');
            at += 1;
        }
    }
    None
}

/// The quote that ends a cell; two in a row stand for one and end nothing.
fn closing_quote(text: &[u8], mut at: usize) -> Option<usize> {
    loop {
        at += memchr::memchr(b'"', &text[at..])?;
        if text.get(at + 1) != Some(&b'"') {
            return Some(at);
        }
        at += 2;
    }
}
