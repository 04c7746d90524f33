//! Prints a recording for people: one paragraph for each record.

use super::outcome::Outcome;
use crate::scan::sanitise::sanitise;
use crate::splunk::recording::redact::Keys;
use crate::splunk::recording::{Kind, Reader, Record};
use std::io::{Read, Result, Write};

/// Longer metadata is cut, in characters.
const MAX_METADATA: usize = 4000;
/// Longer cells are cut, in characters.
const MAX_CELL: usize = 100;

/// Writes every record, up to the first one that cannot be read.
pub fn decode(reader: Reader<impl Read>, rows: usize, output: &mut dyn Write) -> Result<Outcome> {
    let program = sanitise(reader.program());
    writeln!(
        output,
        "a session of directvm {program}; times count from getinfo"
    )?;
    let mut keys = Keys::default();
    let mut requested_at = None;
    for (number, record) in (1..).zip(reader) {
        let mut record = match record {
            Ok(record) => record,
            Err(error) => return Ok(Outcome::Unreadable(error.to_string())),
        };
        record.metadata = keys.blank_metadata(&record.metadata);
        keys.blank(&mut record.body);
        write!(output, "\n#{number} {} s ", seconds(record.at))?;
        match record.kind {
            Kind::Request => {
                requested_at = Some(record.at);
                frame("request", &record, rows, output)?;
            }
            Kind::Reply => {
                frame("reply", &record, rows, output)?;
                if let Some(requested_at) = requested_at.take() {
                    let took = seconds(record.at.saturating_sub(requested_at));
                    writeln!(output, "  answered after {took} s")?;
                }
            }
            _ => list_or_note(&record, output)?,
        }
    }
    Ok(Outcome::Same)
}

/// Microseconds as seconds.
fn seconds(micros: u64) -> String {
    format!("{}.{:06}", micros / 1_000_000, micros % 1_000_000)
}

fn list_or_note(record: &Record, output: &mut dyn Write) -> Result<()> {
    let name = cut(&record.metadata, MAX_CELL);
    let text = cut(&record.body, MAX_CELL);
    match record.kind {
        Kind::List => writeln!(output, "tuning list {name}: {} bytes", record.body.len()),
        Kind::NoList if text.is_empty() => writeln!(output, "tuning list {name}: no such file"),
        Kind::NoList => writeln!(output, "tuning list {name} could not be read: {text}"),
        _ => writeln!(output, "the recording ends early: {text}"),
    }
}

fn frame(what: &str, record: &Record, max_rows: usize, output: &mut dyn Write) -> Result<()> {
    let (metadata, body) = (record.metadata.len(), record.body.len());
    writeln!(
        output,
        "{what}: metadata of {metadata} bytes, body of {body} bytes"
    )?;
    writeln!(output, "  {}", cut(&record.metadata, MAX_METADATA))?;
    if record.body.is_empty() {
        return Ok(());
    }
    rows(&record.body, max_rows, output)
}

fn rows(body: &[u8], max_rows: usize, output: &mut dyn Write) -> Result<()> {
    let reader = csv::ReaderBuilder::new()
        .flexible(true)
        .has_headers(false)
        .from_reader(body);
    // Reading from memory does not fail, and rows of any length are accepted.
    let mut records = reader.into_byte_records().filter_map(std::result::Result::ok);
    let header = records.next().unwrap_or_default();
    let mut count = 0;
    for row in records {
        count += 1;
        if count > max_rows {
            continue;
        }
        writeln!(output, "  row {count}")?;
        for (at, cell) in row.iter().enumerate().filter(|(_, cell)| !cell.is_empty()) {
            let name = header
                .get(at)
                .map_or_else(|| "(no column)".to_owned(), |name| cut(name, MAX_CELL));
            writeln!(output, "    {name} = {}", cut(cell, MAX_CELL))?;
        }
    }
    writeln!(
        output,
        "  {count} rows, {} columns; {} rows shown",
        header.len(),
        count.min(max_rows)
    )
}

/// The first `max` characters of a text, without terminal control characters.
fn cut(bytes: &[u8], max: usize) -> String {
    // No character has more than four bytes.
    let text = String::from_utf8_lossy(&bytes[..bytes.len().min(max * 4)]);
    let mut kept: String = text.chars().take(max).collect();
    if kept.len() < bytes.len() && text.chars().count() >= max {
        kept.push_str(" …");
    }
    sanitise(&kept)
}
