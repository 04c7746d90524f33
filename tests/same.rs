//! The sessions that `make same` sends to two programs: every example of the catalogue in every format, and generated
//! ones. They are written below the folder that `SAME_FOLDER` names; `SAME_SESSIONS` says how many are generated.

use std::collections::BTreeMap;
use std::env;
use std::path::Path;

use directvm::catalogue::Cloud;
use serde_json::Value;

use crate::catalogue::each_example;
use crate::sessions;
use crate::shapes::{forms, writings};
use crate::support::{Search, SearchEvent, assert_python, wire};

/// Takes the path of a file below the folder, and what it holds.
type Keep<'k> = dyn FnMut(String, Vec<u8>) + 'k;

#[test]
fn sessions_are_well_formed_and_written_where_asked() {
    let number = |name: &str| env::var(name).ok().and_then(|text| text.parse::<u64>().ok());
    let folder = env::var_os("SAME_FOLDER");
    let mut count = 0;
    let mut keep = |path: String, bytes: Vec<u8>| {
        count += 1;
        if path.ends_with(".session") && !path.starts_with("generated/") {
            assert_frames(&path, &bytes);
        }
        if let Some(folder) = &folder {
            write(&Path::new(folder).join(path), &bytes);
        }
    };
    examples(&mut keep);
    for seed in 1..=number("SAME_SESSIONS").unwrap_or(50) {
        for (fields, bytes) in sessions::requests(seed) {
            keep(format!("generated/{seed}_{fields}.session"), bytes);
        }
    }
    assert!(count > 200, "{count} files");
}

#[test]
fn the_comparison_finds_every_planted_difference() {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("scripts/same/test_same.py");
    assert_python(&[&script]);
}

fn assert_frames(path: &str, mut bytes: &[u8]) {
    let mut frames = 0;
    while wire::read_frame(&mut bytes)
        .unwrap_or_else(|fault| panic!("{path}: {fault}"))
        .is_some()
    {
        frames += 1;
    }
    assert!(frames > 2, "{path} has {frames} frames");
}

fn write(path: &Path, bytes: &[u8]) {
    let folder = path.parent().expect("a file is in a folder");
    std::fs::create_dir_all(folder).expect("the folder can be made");
    std::fs::write(path, bytes).expect("the file can be written");
}

/// The events of one operation, each under the name of its example and format.
#[derive(Default)]
struct Events {
    /// Texts for `_raw`.
    raw: Vec<(String, Vec<u8>)>,
    /// What Splunk extracts fields from.
    extracted: Vec<(String, Value)>,
}

/// Keeps three sessions of each operation (`_raw` alone, fields alone, both), and two files of each cloud for `scan`: JSON
/// Lines, and all writings one after the other.
fn examples(keep: &mut Keep<'_>) {
    let mut operations: BTreeMap<String, Events> = BTreeMap::new();
    let mut files: BTreeMap<String, Vec<u8>> = BTreeMap::new();
    each_example(&mut |family, operation, example| {
        let event = example.whole(family, operation).expect("an example is JSON");
        let cloud = cloud_name(family.cloud);
        let events = operations.entry(family.operation_id(operation)).or_default();
        for form in forms(family.cloud, &event) {
            let name = format!("{}, {}", example.what, form.name);
            let mut texts = writings(&form.value);
            let is_first = events
                .raw
                .iter()
                .all(|(known, _)| !known.ends_with(&format!(", {}", form.name)));
            texts.truncate(if is_first { texts.len() } else { 1 });
            for (at, (writing, text)) in texts.into_iter().enumerate() {
                let file = if at == 0 { "plain" } else { "writings" };
                let lines = files.entry(format!("events/{cloud}_{file}.json")).or_default();
                lines.extend_from_slice(&text);
                lines.push(b'\n');
                // The format stands last, so that the next example of the operation finds that it was written already.
                events.raw.push((format!("{writing}: {name}"), text));
            }
            if !form.raw_only {
                events.extracted.push((name, form.value));
            }
        }
    });
    for (id, events) in &operations {
        operation_sessions(id, events, keep);
    }
    files.into_iter().for_each(|(path, bytes)| keep(path, bytes));
}

fn cloud_name(cloud: Cloud) -> &'static str {
    match cloud {
        Cloud::Aws => "aws",
        Cloud::Azure => "azure",
        Cloud::Gcp => "gcp",
    }
}

/// One event a chunk: then the header holds the fields of this event and no others.
fn operation_sessions(id: &str, events: &Events, keep: &mut Keep<'_>) {
    let search = |options: &str| Search::new().spl("scope=extended").spl(options);
    let raw = events
        .raw
        .iter()
        .map(|(name, text)| SearchEvent::from_raw(text).with("example", name));
    let fields = events
        .extracted
        .iter()
        .map(|(name, value)| SearchEvent::from_json(value).with("example", name));
    let both = events
        .extracted
        .iter()
        .map(|(name, value)| SearchEvent::from_json_with_raw(value).with("example", name));
    let sessions = [
        (
            "raw",
            raw.fold(search("input=raw"), |search, event| search.chunk(vec![event])),
        ),
        (
            "fields",
            fields.fold(search("input=fields"), |search, event| search.chunk(vec![event])),
        ),
        (
            "both",
            both.fold(search("input=auto"), |search, event| search.chunk(vec![event])),
        ),
    ];
    for (group, search) in sessions {
        keep(format!("{group}/{id}.session"), search.requests(None));
    }
}
