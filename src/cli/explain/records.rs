//! The records that are explained: a whole text, one record of a file, or all records of an archive or a table.

use crate::cli::output::{open_source, read};
use crate::detect::Detector;
use crate::scan::sources::Sources;
use crate::scan::{Item, Meter, Settings, scan, unpacked};
use std::path::{Path, PathBuf};

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
        let bytes = read(path)?;
        return match unpacked(&bytes) {
            Ok(bytes) if !is_table(&bytes) => Ok(vec![Text {
                label: String::new(),
                bytes,
            }]),
            Ok(_) => records(detector, path, &asked, None),
            Err(fault) => match records(detector, path, &asked, None) {
                Ok(records) if !records.is_empty() => Ok(records),
                _ => Err(format!("{asked}: {fault}")),
            },
        };
    }
    let (name, number) = match asked.rsplit_once(':') {
        Some((name, number)) => match number.parse() {
            Ok(number) => (name, Some(number)),
            Err(_) => (asked.as_str(), None),
        },
        None => (asked.as_str(), None),
    };
    let file = name.split_once("!/").map_or(name, |(file, _)| file);
    if number.is_none() && file == name {
        read(path)?;
    }
    let records = records(detector, &PathBuf::from(file), name, number)?;
    if records.is_empty() {
        let what = number.map_or_else(|| "no record".to_owned(), |number| format!("no record {number}"));
        return Err(format!("{name}: holds {what}"));
    }
    Ok(records)
}

/// Whether a text is no JSON at its beginning, as a table is.
fn is_table(bytes: &[u8]) -> bool {
    let header = bytes.split(|byte| *byte == b'\n').next().unwrap_or_default();
    !header.contains(&b'{') && header.contains(&b',') && bytes.len() > header.len()
}

/// The records of an input under a name, or below it; only the one with a number if there is one.
fn records(detector: &Detector, file: &Path, name: &str, number: Option<u64>) -> Result<Vec<Text>, String> {
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
                        .faults
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
    scan(sources, &open_source, detector, &settings, &meter, &mut sink).map_err(|error| error.to_string())?;
    match (texts.is_empty(), faults.into_iter().next()) {
        (true, Some(fault)) => Err(fault),
        _ => Ok(texts),
    }
}
