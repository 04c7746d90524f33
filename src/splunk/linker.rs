//! Rows of findings → rows of requests, sessions or cases: what the command `directvmlink` holds until the input ends.

use super::link_options::Asked;
use crate::csv::cells::{put_cell, put_values, split_values};
use crate::detect::finding::FIELDS;
use crate::link::{By, LINK_FIELDS, Linked, LinkedRow, MAX_RECORDS, Record, count, each_row, field_number};
use serde_json::Value;
use std::borrow::Cow;
use std::ops::Range;

/// Rows of one reply: what splunkd sends in one chunk at most.
const MAX_ROWS: usize = 50_000;

/// The fields that are not those of a finding.
const TIME: &str = "_time";
const RAW: &str = "_raw";
const TWIN: &str = "__mv_";

/// Collects findings, then gives rows.
#[derive(Debug)]
pub struct Linker {
    asked: Asked,
    records: Vec<Record>,
    /// Rows that are no findings.
    others: u64,
    /// Findings beyond the limit.
    beyond: u64,
    /// Findings without a time that can be read.
    undated: u64,
    /// What came of it, once the input has ended, and how many rows were sent.
    result: Option<(Linked, usize)>,
}

/// A reply: its body, and whether it is the last.
pub struct Piece {
    /// CSV; empty while findings are collected.
    pub body: Vec<u8>,
    /// Whether nothing follows.
    pub is_last: bool,
}

/// The fields that splunkd is asked for.
pub fn required() -> Vec<&'static str> {
    let names = FIELDS.iter().map(|field| field.name);
    [RAW, TIME].into_iter().chain(names).collect()
}

impl Linker {
    /// Nothing collected yet.
    pub fn new(asked: Asked) -> Self {
        Self {
            asked,
            records: Vec::new(),
            others: 0,
            beyond: 0,
            undated: 0,
            result: None,
        }
    }

    /// Takes the rows of a request. A row with `dvm_operation` is a finding; so is one whose `_raw` is one, as it was
    /// collected.
    pub fn add(&mut self, body: &[u8]) {
        let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(body);
        let Ok(header) = reader.byte_headers() else { return };
        let columns = Columns::new(header);
        let mut row = csv::ByteRecord::new();
        while reader.read_byte_record(&mut row).unwrap_or(false) {
            match columns.record(&row) {
                None => self.others += 1,
                Some(_) if self.records.len() >= MAX_RECORDS => self.beyond += 1,
                Some(record) => {
                    self.undated += u64::from(record.time().is_none());
                    self.records.push(record);
                }
            }
        }
    }

    /// The next reply; `is_input_finished` as the last request says.
    pub fn reply(&mut self, is_input_finished: bool) -> Piece {
        if self.result.is_none() && !is_input_finished {
            return Piece {
                body: Vec::new(),
                is_last: false,
            };
        }
        let (linked, sent) = self.result.get_or_insert_with(|| {
            let records = std::mem::take(&mut self.records);
            (Linked::new(records, &self.asked.options), 0)
        });
        let all = count(linked, self.asked.by);
        let range = *sent..all.min(*sent + MAX_ROWS);
        *sent = range.end;
        Piece {
            is_last: range.end == all,
            body: body(linked, self.asked.by, range),
        }
    }

    /// What the user must know, at the end.
    pub fn warnings(&self) -> Vec<String> {
        let (others, beyond, undated) = (self.others, self.beyond, self.undated);
        let mut texts = Vec::new();
        if others > 0 {
            let rows = if others == 1 {
                "1 row is not a finding".to_owned()
            } else {
                format!("{others} rows are not findings")
            };
            texts.push(format!(
                "directvmlink: {rows} of directvm: neither a dvm_operation nor a dvm_json in _raw"
            ));
        }
        if undated > 0 {
            let findings = if undated == 1 {
                "1 finding has".to_owned()
            } else {
                format!("{undated} findings have")
            };
            texts.push(format!(
                "directvmlink: {findings} no time in _time, and so no links"
            ));
        }
        if beyond > 0 {
            texts.push(format!(
                "directvmlink: more than {MAX_RECORDS} findings; {beyond} were left out. Search a shorter time, or fewer findings."
            ));
        }
        texts
    }
}

/// Where a header has what is asked for.
struct Columns {
    time: Option<usize>,
    raw: Option<usize>,
    operation: Option<usize>,
    /// Of each field of a finding that is there: its number, its column and its twin.
    fields: Vec<(usize, Option<usize>, Option<usize>)>,
}

impl Columns {
    fn new(header: &csv::ByteRecord) -> Self {
        let find = |name: &str| header.iter().position(|known| known == name.as_bytes());
        let fields = FIELDS.iter().enumerate().map(|(number, field)| {
            let twin = [TWIN, field.name].concat();
            (number, find(field.name), find(&twin))
        });
        Self {
            time: find(TIME),
            raw: find(RAW),
            operation: find("dvm_operation"),
            fields: fields
                .filter(|(_, own, twin)| own.is_some() || twin.is_some())
                .collect(),
        }
    }

    fn record(&self, row: &csv::ByteRecord) -> Option<Record> {
        let cell = |column: Option<usize>| column.and_then(|column| row.get(column)).unwrap_or_default();
        let time = String::from_utf8_lossy(cell(self.time));
        let time = Some(time.as_ref()).filter(|time| !time.is_empty());
        if cell(self.operation).is_empty() {
            return collected(cell(self.raw), time);
        }
        let mut values: Vec<(usize, Cow<'_, str>)> = Vec::new();
        for (number, own, twin) in &self.fields {
            let several = split_values(cell(*twin));
            if several.is_empty() {
                values.push((*number, String::from_utf8_lossy(cell(*own))));
            }
            let texts = several
                .into_iter()
                .map(|value| String::from_utf8_lossy(&value).into_owned());
            values.extend(texts.map(|text| (*number, Cow::Owned(text))));
        }
        Some(record(time, &values))
    }
}

fn record(time: Option<&str>, values: &[(usize, Cow<'_, str>)]) -> Record {
    let values = values.iter().map(|(number, value)| (*number, value.as_ref()));
    Record::new(time, values, "")
}

/// A finding in the form of `dvm_json`: its fields, lists as arrays.
fn collected(raw: &[u8], time: Option<&str>) -> Option<Record> {
    if raw.first() != Some(&b'{') {
        return None;
    }
    let finding: Value = serde_json::from_slice(raw).ok()?;
    let members = finding
        .as_object()
        .filter(|members| members.contains_key("dvm_operation"))?;
    let mut values: Vec<(usize, Cow<'_, str>)> = Vec::new();
    for (name, value) in members {
        let Some(number) = field_number(name) else {
            continue;
        };
        match value {
            Value::Array(items) => values.extend(items.iter().filter_map(text).map(|text| (number, text))),
            one => values.extend(text(one).map(|text| (number, text))),
        }
    }
    let own = ["_time", "time"]
        .iter()
        .find_map(|name| members.get(*name).and_then(text));
    // An index may have guessed its `_time`.
    Some(record(own.as_deref().or(time), &values))
}

fn text(value: &Value) -> Option<Cow<'_, str>> {
    match value {
        Value::String(text) => Some(text.into()),
        Value::Number(number) => Some(number.to_string().into()),
        _ => None,
    }
}

/// The rows as splunkd reads them: all columns, then the twins of those with several values.
fn body(linked: &Linked, by: By, range: Range<usize>) -> Vec<u8> {
    let names: Vec<&str> = FIELDS
        .iter()
        .map(|field| field.name)
        .chain(LINK_FIELDS.iter().map(|(name, _)| *name))
        .collect();
    let mut out = Vec::new();
    put_cell(TIME, &mut out);
    for name in &names {
        out.push(b',');
        put_cell(name, &mut out);
    }
    for name in &names {
        out.push(b',');
        put_cell(&[TWIN, name].concat(), &mut out);
    }
    out.push(b'\n');
    each_row(linked, by, range, &mut |row| put_row(row, &names, &mut out));
    out
}

fn put_row(row: &LinkedRow, names: &[&str], out: &mut Vec<u8>) {
    if let Some(time) = row.time {
        let seconds = format!("{}.{:06}", time.div_euclid(1_000_000), time.rem_euclid(1_000_000));
        put_cell(&seconds, out);
    }
    each_cell(row, names, &mut |values| {
        out.push(b',');
        match values {
            [] => {}
            [one] => put_cell(one, out),
            several => put_cell(&several.join("\n"), out),
        }
    });
    each_cell(row, names, &mut |values| {
        out.push(b',');
        if values.len() > 1 {
            put_values(|put| values.iter().for_each(|value| put(value)), out);
        }
    });
    out.push(b'\n');
}

/// The values of each column; the fields of a row are in the order of the columns, but not all are there.
fn each_cell(row: &LinkedRow, names: &[&str], put: &mut dyn FnMut(&[String])) {
    let mut fields = row.fields.iter().peekable();
    for name in names {
        let has_it = fields.next_if(|(known, _)| known == name);
        put(has_it.map_or(&[], |(_, values)| values));
    }
}
