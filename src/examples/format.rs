//! Examples of log formats and wrappers.

use super::outcome::{Outcome, difference, outcome};
use crate::catalogue::{Catalogue, Cloud, Expected};
use crate::detect::entry::{Entry, FieldRef, FieldTable};
use crate::event::EventReader;
use crate::event::definitions::{Dialect, FormatFile, Wrapper, WrapperFile};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::Value;
use std::io::Write;

/// The example of each dialect of a format.
pub fn of_format(reader: impl Fn() -> EventReader, file: &FormatFile) -> Vec<Outcome> {
    let with_example = file.dialects.iter().filter(|dialect| dialect.example.is_some());
    let tried = with_example.map(|dialect| {
        let faults = dialect_faults(reader(), file, dialect);
        outcome(&file.format, &dialect.name, faults)
    });
    let mut outcomes: Vec<Outcome> = tried.collect();
    if outcomes.is_empty() {
        let fault = "no dialect has an example".to_owned();
        outcomes.push(outcome(&file.format, "examples", vec![fault]));
    }
    outcomes
}

fn dialect_faults(reader: EventReader, file: &FormatFile, dialect: &Dialect) -> Vec<String> {
    let (Some(example), Some(cloud)) = (&dialect.example, Cloud::parse(&file.cloud)) else {
        return Vec::new();
    };
    let event: Value = match serde_json::from_str(&example.event) {
        Ok(event) => event,
        Err(error) => return vec![format!("the event is not JSON: {error}")],
    };
    let mut table = FieldTable::new(reader);
    let fields: Vec<(FieldRef, &String)> = example
        .expect
        .iter()
        .map(|(name, wanted)| (table.field(cloud, name), wanted))
        .collect();
    let reader = table.into_reader();
    let text = event.to_string();
    let document = reader.read(text.as_bytes());
    let entries = document.entries(&reader);
    let [entry] = &entries[..] else {
        return vec![format!("{} entries are found in it, not 1", entries.len())];
    };
    let format = reader.format(entry.format).id();
    if format != file.format {
        return vec![format!("it is taken for the format {format}")];
    }
    let entry = Entry::found(&reader, entry);
    let of_field = |(field, wanted): &(FieldRef, &String)| {
        let has: Vec<String> = entry
            .first(field)
            .map(std::borrow::Cow::into_owned)
            .into_iter()
            .collect();
        difference(field.name(), &has, &[(*wanted).clone()])
    };
    fields.iter().filter_map(of_field).collect()
}

/// The example of each wrapper, with an entry of every cloud in it.
pub fn of_wrappers(
    reader: impl Fn() -> EventReader,
    file: &WrapperFile,
    catalogue: &Catalogue,
) -> Vec<Outcome> {
    let reader = reader();
    let events: Vec<Value> = Cloud::ALL
        .iter()
        .filter_map(|cloud| event_of(catalogue, *cloud))
        .collect();
    let outcomes = file.wrappers.iter().map(|wrapper| {
        let faults = events
            .iter()
            .filter_map(|event| wrapper_fault(&reader, wrapper, event));
        outcome(&wrapper.member, &wrapper.what, faults.collect())
    });
    outcomes.collect()
}

/// The base event of a cloud with the name of its first operation.
fn event_of(catalogue: &Catalogue, cloud: Cloud) -> Option<Value> {
    let mut operations = catalogue.operations();
    let (family, operation) = operations.find(|(family, _)| family.cloud == cloud)?;
    let example = crate::catalogue::Example {
        verdict: Expected::Hit,
        what: String::new(),
        event: "{}".to_owned(),
        expect: toml::Table::new(),
    };
    example.whole(family, operation).ok()
}

fn wrapper_fault(reader: &EventReader, wrapper: &Wrapper, event: &Value) -> Option<String> {
    let text = event.to_string();
    let quoted = |text: &str| Value::from(text).to_string();
    let wrapped = wrapper
        .example
        .replace("ENTRY", &text)
        .replace("\"TEXT\"", &quoted(&text))
        .replace("\"BASE64_GZIP\"", &quoted(&BASE64_STANDARD.encode(gzip(&text))))
        .replace("\"BASE64\"", &quoted(&BASE64_STANDARD.encode(&text)));
    let document = reader.read(wrapped.as_bytes());
    let count = document.entries(reader).len();
    let cloud = event.get("eventSource").map_or("an", |_| "a CloudTrail");
    (count != 1).then(|| format!("{count} entries are found in it with {cloud} entry, not 1"))
}

fn gzip(text: &str) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    let written = encoder.write_all(text.as_bytes());
    written.and_then(|()| encoder.finish()).unwrap_or_default()
}
