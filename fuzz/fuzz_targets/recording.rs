//! Any bytes as a recording, any metadata, any key: read or refused, written again as it was, and no key is kept.
#![no_main]

use directvm::splunk::recording::redact::Keys;
use directvm::splunk::recording::{Reader, Writer};
use libfuzzer_sys::fuzz_target;
use serde_json::{Value, json};

fn read_and_written_again(input: &[u8]) {
    let Ok(reader) = Reader::new(input) else { return };
    let Ok(mut writer) = Writer::new(Vec::new(), reader.program()) else { return };
    let program_is_text = !reader.program().contains('\u{fffd}');
    let mut records = Vec::new();
    for record in reader {
        match record {
            Ok(record) => records.push(record),
            Err(error) => assert!(error.offset <= input.len() as u64 && error.to_string().starts_with("byte ")),
        }
    }
    for record in &records {
        writer.put(record).expect("what was read fits");
    }
    let written = writer.into_inner();
    assert!(!program_is_text || input.starts_with(&written));
    let again: Vec<_> = Reader::new(written.as_slice()).expect("it was just written").map(Result::unwrap).collect();
    assert_eq!(again, records);
}

/// No `session_key` in a value has anything but blanks.
fn shows_key(value: &Value) -> bool {
    match value {
        Value::Array(items) => items.iter().any(shows_key),
        Value::Object(members) => members.iter().any(|(name, value)| {
            let is_blank = value == 0 || value.as_str().is_some_and(|text| text.trim().is_empty());
            name == "session_key" && !is_blank || shows_key(value)
        }),
        _ => false,
    }
}

fn blanked(metadata: &[u8]) {
    let text = Keys::default().blank_metadata(metadata);
    assert_eq!(text.len(), metadata.len());
    if let Ok(value) = serde_json::from_slice::<Value>(&text) {
        assert!(!shows_key(&value));
    }
}

fuzz_target!(|input: &[u8]| {
    read_and_written_again(input);
    blanked(input);
    let Some(text) = std::str::from_utf8(input).ok().filter(|text| !text.contains("K3y!")) else { return };
    let mut metadata = json!({"a": text, "searchinfo": {"session_key": format!("K3y!{text}!K3y"), "b": text}}).to_string();
    blanked(metadata.as_bytes());
    metadata.truncate(metadata.floor_char_boundary(metadata.len() - 3));
    let text = Keys::default().blank_metadata(metadata.as_bytes());
    assert!(!text.windows(4).any(|window| window == b"K3y!"), "{metadata}");
});
