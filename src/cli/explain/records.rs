//! The records that are explained: a whole text, one record of a file, or all records of an archive or a table.

use crate::cli::output::{file_and_record, open_source, read};
use crate::detect::Detector;
use crate::event::json::MAX_VALUES;
use crate::scan::archive::Opened;
use crate::scan::sanitise::sanitise;
use crate::scan::sources::{Source, Sources};
use crate::scan::{Item, Meter, Open, Settings, is_table, scan, unpacked};
use std::io::Cursor;
use std::path::Path;

/// A text with events, and what it is called.
pub struct Text {
    /// `FILE:RECORD`; empty for a whole text.
    pub label: String,
    /// The text.
    pub bytes: Vec<u8>,
}

/// The texts that a path names: `FILE`, `FILE:RECORD`, `ARCHIVE!/MEMBER:RECORD`, `ARCHIVE!/MEMBER`.
pub fn texts(detector: &Detector, path: &Path) -> Result<Vec<Text>, String> {
    let asked = path.display().to_string();
    if path.exists() || asked == "-" {
        return whole(detector, path, &asked);
    }
    let (name, number) = match file_and_record(&asked) {
        Some((name, number)) => (name, Some(number)),
        None => (asked.as_str(), None),
    };
    let file = name.split_once("!/").map_or(name, |(file, _)| file);
    if number.is_none() && file == name {
        read(path)?;
    }
    let records = records(detector, Path::new(file), name, number, &open_source)?;
    if records.is_empty() {
        let what = number.map_or_else(|| "no record".to_owned(), |number| format!("no record {number}"));
        return Err(format!("{name}: holds {what}"));
    }
    Ok(records)
}

/// The text of a whole input; its records where it is an archive or a table.
fn whole(detector: &Detector, path: &Path, asked: &str) -> Result<Vec<Text>, String> {
    let bytes = read(path)?;
    let unpacked = unpacked(&bytes);
    if let Ok(text) = &unpacked
        && !is_table(detector, text)
        && is_read_whole(detector, text)
    {
        return Ok(vec![Text {
            label: String::new(),
            bytes: text.clone(),
        }]);
    }
    // Standard input has been read.
    let length = bytes.len() as u64;
    let open = |_: &Source| Ok(Opened::File(Box::new(Cursor::new(bytes.clone())), length));
    match (records(detector, path, asked, None, &open), unpacked) {
        (Ok(records), _) if !records.is_empty() => Ok(records),
        (_, Err(fault)) => Err(format!("{asked}: {fault}")),
        (Err(fault), Ok(_)) => Err(fault),
        (Ok(_), Ok(_)) => Err(format!("{asked}: holds no record")),
    }
}

/// Whether a text is read at once: those with too many bytes or values are not.
fn is_read_whole(detector: &Detector, text: &[u8]) -> bool {
    text.len() <= MAX_VALUES || detector.reader().read(text).roots().next().is_some()
}

/// The records of an input under a name, or below it; only the one with a number if there is one.
fn records(
    detector: &Detector,
    file: &Path,
    name: &str,
    number: Option<u64>,
    open: &Open<'_>,
) -> Result<Vec<Text>, String> {
    let settings = Settings {
        every: true,
        since: None,
        until: None,
        threads: 1,
        texts: true,
        part: 0,
    };
    let mut texts = Vec::new();
    let mut faults = Vec::new();
    let mut sink = |source: &str, item: Item<'_>| {
        match item {
            Item::Text(record, bytes) => {
                let is_below = source
                    .strip_prefix(name)
                    .is_some_and(|rest| rest.is_empty() || rest.starts_with("!/"));
                if is_below && number.is_none_or(|number| number == record) {
                    texts.push(Text {
                        label: format!("{source}:{record}"),
                        bytes,
                    });
                }
            }
            Item::End(counts) if source.starts_with(name) => {
                faults.extend(
                    counts
                        .into_faults()
                        .into_iter()
                        .map(|fault| format!("{source}: {fault}")),
                );
            }
            Item::End(_) | Item::Part(_) | Item::Found(_) => {}
        }
        Ok(())
    };
    let sources = Sources::new(vec![file.to_path_buf()]);
    let meter = Meter::default();
    scan(sources, open, detector, &settings, &meter, &mut sink).map_err(|error| error.to_string())?;
    match (texts.is_empty(), faults.into_iter().next()) {
        (true, Some(fault)) => Err(fault),
        _ => Ok(texts),
    }
}

/// The record as it was read, indented where it is JSON.
pub fn raw(bytes: &[u8]) -> String {
    let text = match serde_json::from_slice::<serde_json::Value>(bytes) {
        Ok(value) => format!("{value:#}"),
        Err(_) => String::from_utf8_lossy(bytes).trim_end().to_owned(),
    };
    let lines = text.lines().map(|line| format!("  {}\n", sanitise(line)));
    format!("raw:\n{}", lines.collect::<String>())
}
