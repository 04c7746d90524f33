//! A recording for people: one paragraph a record.

use super::Ended;
use crate::scan::color::harmless;
use crate::splunk::recording::redact::Keys;
use crate::splunk::recording::{Kind, Reader, Record};
use std::io::{Read, Result, Write};

/// Longer metadata is cut, in characters.
const LONGEST_METADATA: usize = 4000;
/// Longer cells are cut, in characters.
const LONGEST_CELL: usize = 100;

/// Writes every record, up to the first that cannot be read.
pub fn decode(reader: Reader<impl Read>, rows: usize, output: &mut dyn Write) -> Result<Ended> {
    let program = harmless(reader.program());
    writeln!(
        output,
        "a session of directvm {program}; times are from getinfo on"
    )?;
    let mut keys = Keys::default();
    let mut asked = None;
    for (number, record) in (1..).zip(reader) {
        let mut record = match record {
            Ok(record) => record,
            Err(error) => return Ok(Ended::Unreadable(error.to_string())),
        };
        record.metadata = keys.blank_metadata(&record.metadata);
        keys.blank(&mut record.body);
        write!(output, "\n#{number} {} s ", seconds(record.at))?;
        match record.kind {
            Kind::Request => {
                asked = Some(record.at);
                frame("request", &record, rows, output)?;
            }
            Kind::Reply => {
                frame("reply", &record, rows, output)?;
                if let Some(asked) = asked.take() {
                    let took = seconds(record.at.saturating_sub(asked));
                    writeln!(output, "  answered after {took} s")?;
                }
            }
            _ => other(&record, output)?,
        }
    }
    Ok(Ended::Well)
}

/// Microseconds as seconds.
fn seconds(micros: u64) -> String {
    format!("{}.{:06}", micros / 1_000_000, micros % 1_000_000)
}

fn other(record: &Record, output: &mut dyn Write) -> Result<()> {
    let name = cut(&record.metadata, LONGEST_CELL);
    let text = cut(&record.body, LONGEST_CELL);
    match record.kind {
        Kind::List => writeln!(output, "tuning list {name}: {} bytes", record.body.len()),
        Kind::NoList if text.is_empty() => writeln!(output, "tuning list {name}: there was no such file"),
        Kind::NoList => writeln!(output, "tuning list {name} could not be read: {text}"),
        _ => writeln!(output, "the recording ends early: {text}"),
    }
}

fn frame(what: &str, record: &Record, most: usize, output: &mut dyn Write) -> Result<()> {
    let (metadata, body) = (record.metadata.len(), record.body.len());
    writeln!(
        output,
        "{what}: metadata of {metadata} bytes, body of {body} bytes"
    )?;
    writeln!(output, "  {}", cut(&record.metadata, LONGEST_METADATA))?;
    if record.body.is_empty() {
        return Ok(());
    }
    rows(&record.body, most, output)
}

fn rows(body: &[u8], most: usize, output: &mut dyn Write) -> Result<()> {
    let reader = csv::ReaderBuilder::new()
        .flexible(true)
        .has_headers(false)
        .from_reader(body);
    // Reading from memory does not fail, and rows of any length are taken.
    let mut records = reader.into_byte_records().filter_map(std::result::Result::ok);
    let header = records.next().unwrap_or_default();
    let mut count = 0;
    for row in records {
        count += 1;
        if count > most {
            continue;
        }
        writeln!(output, "  row {count}")?;
        for (at, cell) in row.iter().enumerate().filter(|(_, cell)| !cell.is_empty()) {
            let name = header
                .get(at)
                .map_or_else(|| "(no column)".to_owned(), |name| cut(name, LONGEST_CELL));
            writeln!(output, "    {name} = {}", cut(cell, LONGEST_CELL))?;
        }
    }
    writeln!(
        output,
        "  {count} rows, {} columns; {} rows shown",
        header.len(),
        count.min(most)
    )
}

/// The beginning of a text, without what a terminal would obey.
fn cut(bytes: &[u8], most: usize) -> String {
    // No character has more than four bytes.
    let text = String::from_utf8_lossy(&bytes[..bytes.len().min(most * 4)]);
    let mut kept: String = text.chars().take(most).collect();
    if kept.len() < bytes.len() && text.chars().count() >= most {
        kept.push_str(" …");
    }
    harmless(&kept)
}
