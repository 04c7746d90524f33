//! The examples of `src/event/formats` and `src/event/wrappers.toml`: each dialect from `_raw` and from extracted fields, and
//! inside every wrapper.

use crate::shapes::extract;
use crate::support::files_below;
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use directvm::catalogue::Cloud;
use directvm::detect::entry::{Entry, FieldTable};
use directvm::event::definitions::{Content, Dialect, FormatFile, WrapperFile};
use directvm::event::extracted::RowFormats;
use directvm::event::row::{Columns, Row};
use directvm::event::{Event, EventReader};
use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::Value;
use std::io::Write;
use std::path::Path;
use std::rc::Rc;

fn root() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/src/event"))
}

pub fn formats() -> Vec<FormatFile> {
    let files = files_below(&root().join("formats"));
    let parse = |file: std::path::PathBuf| {
        let text = std::fs::read_to_string(&file).expect("a format is text");
        toml::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", file.display()))
    };
    files.into_iter().map(parse).collect()
}

pub fn wrappers() -> WrapperFile {
    let text = std::fs::read_to_string(root().join("wrappers.toml")).expect("the wrappers are text");
    toml::from_str(&text).expect("the wrappers are sound")
}

/// A dialect that has an example, and the event of the example.
pub struct Case {
    pub format: FormatFile,
    pub dialect: Dialect,
    pub event: Value,
}

fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    for format in formats() {
        for dialect in format.dialects.clone() {
            let Some(example) = &dialect.example else { continue };
            let event = serde_json::from_str(&example.event)
                .unwrap_or_else(|error| panic!("{}, {}: {error}", format.format, dialect.name));
            cases.push(Case {
                format: format.clone(),
                dialect,
                event,
            });
        }
    }
    cases
}

impl Case {
    fn cloud(&self) -> Cloud {
        Cloud::parse(&self.format.cloud).expect("a cloud")
    }

    /// Asks the one entry that `each` finds for every field that the example expects.
    #[track_caller]
    fn check(&self, how: &str, each: impl Fn(&EventReader, &mut dyn FnMut(&Entry<'_>))) {
        self.check_with(EventReader::embedded(), how, each);
    }

    /// Does so with a reader of its own.
    #[track_caller]
    pub fn check_with(
        &self,
        reader: EventReader,
        how: &str,
        each: impl Fn(&EventReader, &mut dyn FnMut(&Entry<'_>)),
    ) {
        let mut table = FieldTable::new(reader);
        let example = self.dialect.example.as_ref().expect("an example");
        let fields = example.expect.iter();
        let fields: Vec<_> = fields
            .map(|(name, wanted)| (table.field(self.cloud(), name), wanted))
            .collect();
        assert!(
            fields.len() > 2 || self.dialect.fields.len() < 2,
            "{}: expects too little",
            self.dialect.name
        );
        let reader = table.into_reader();
        let name = format!("{}, {how}", self.dialect.name);
        let mut count = 0;
        each(&reader, &mut |entry| {
            count += 1;
            assert_eq!(reader.format(entry.format).id(), self.format.format, "{name}");
            for (field, wanted) in &fields {
                let value = entry.first(field);
                assert_eq!(
                    value.as_deref(),
                    Some(wanted.as_str()),
                    "{name}: {}",
                    field.name()
                );
            }
        });
        assert_eq!(count, 1, "{name}: {count} entries");
    }
}

pub fn each_entry(reader: &EventReader, text: &str, look: &mut dyn FnMut(&Entry<'_>)) {
    let document = reader.read(text.as_bytes());
    for entry in &document.entries(reader) {
        look(&Entry::new(reader, entry.format, &entry.value));
    }
}

fn each_row_entry(reader: &EventReader, event: &Value, look: &mut dyn FnMut(&Entry<'_>)) {
    let fields = extract(event);
    let names = fields.keys().map(|name| name.clone().into_bytes());
    let columns = Rc::new(Columns::new(names.collect()));
    let quoted = fields
        .values()
        .map(|values| format!("\"{}\"", values.join("\n").replace('"', "\"\"")));
    let cells: Vec<String> = quoted.collect();
    let cells: Vec<&[u8]> = cells.iter().map(String::as_bytes).collect();
    let formats = RowFormats::new(reader, &columns);
    for entry in &formats.entries(reader, &cells) {
        look(&Entry::new(reader, entry.format, &entry.row));
    }
}

#[test]
fn each_dialect_is_read_from_raw_and_from_extracted_fields() {
    let cases = cases();
    assert!(cases.len() > 6, "{} examples", cases.len());
    for case in &cases {
        case.check("from _raw", |reader, look| {
            each_entry(reader, &case.event.to_string(), look);
        });
        case.check("from fields", |reader, look| {
            each_row_entry(reader, &case.event, look);
        });
        for prefix in &case.format.prefixes {
            if case.dialect.unwrapped || prefix.is_empty() {
                continue;
            }
            let wrapped = below(prefix, &case.event);
            case.check(prefix, |reader, look| each_row_entry(reader, &wrapped, look));
        }
    }
}

/// `event` at the place that a prefix of extracted fields stands for.
fn below(prefix: &str, event: &Value) -> Value {
    let segments = prefix.split_terminator('.').rev();
    segments.fold(event.clone(), |inner, segment| match segment.strip_suffix("{}") {
        Some(name) => serde_json::json!({ name: [inner] }),
        None => serde_json::json!({ segment: inner }),
    })
}

fn gzip(text: &str) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(text.as_bytes()).expect("memory takes all");
    encoder.finish().expect("memory takes all")
}

#[test]
fn each_dialect_is_read_inside_every_wrapper() {
    for wrapper in wrappers().wrappers {
        let holes = ["ENTRY", "\"TEXT\"", "\"BASE64\"", "\"BASE64_GZIP\""];
        let has_hole = holes.iter().any(|hole| wrapper.example.contains(hole));
        assert!(
            has_hole,
            "{}: the example has no place for an entry",
            wrapper.member
        );
        for case in cases() {
            let entry = case.event.to_string();
            let text = wrapper
                .example
                .replace("\"TEXT\"", &Value::from(entry.as_str()).to_string())
                .replace(
                    "\"BASE64_GZIP\"",
                    &format!("\"{}\"", BASE64_STANDARD.encode(gzip(&entry))),
                )
                .replace("\"BASE64\"", &format!("\"{}\"", BASE64_STANDARD.encode(&entry)))
                .replace("ENTRY", &entry);
            let how = format!("in {}", wrapper.member);
            case.check(&how, |reader, look| each_entry(reader, &text, look));
        }
    }
}

#[test]
fn each_content_of_each_wrapper_is_read() {
    let case = cases().remove(0);
    let entry = case.event.to_string();
    for wrapper in wrappers().wrappers {
        for content in &wrapper.holds {
            let value = match content {
                Content::Object => case.event.clone(),
                Content::List => Value::from(vec![case.event.clone()]),
                Content::Text => Value::from(entry.as_str()),
                Content::Base64 => Value::from(BASE64_STANDARD.encode(&entry)),
                Content::Base64Gzip => Value::from(BASE64_STANDARD.encode(gzip(&entry))),
            };
            let held = serde_json::json!({ wrapper.member.clone(): value });
            let text = match &wrapper.below {
                Some(above) => serde_json::json!({ above.clone(): held }).to_string(),
                None => held.to_string(),
            };
            let how = format!("as {content:?} in {}", wrapper.member);
            case.check(&how, |reader, look| each_entry(reader, &text, look));
        }
    }
}

#[test]
fn members_that_are_not_wrappers_are_not_looked_into() {
    let reader = EventReader::embedded();
    let entry = cases().remove(0).event;
    for text in [
        serde_json::json!({ "other": entry }),
        serde_json::json!({ "event": entry, "eventType": "x" }),
        serde_json::json!({ "Events": entry }),
    ] {
        let text = text.to_string();
        assert!(reader.read(text.as_bytes()).entries(&reader).is_empty(), "{text}");
    }
}

#[test]
fn the_names_of_add_ons_fill_what_an_entry_lacks() {
    for format in formats() {
        for dialect in format.dialects.iter().filter(|dialect| dialect.add_on) {
            for (canonical, names) in &dialect.fields {
                let mut table = FieldTable::new(EventReader::embedded());
                let field = table.field(Cloud::parse(&format.cloud).expect("a cloud"), canonical);
                let reader = table.into_reader();
                let (id, _) = reader
                    .formats()
                    .find(|(_, known)| known.id() == format.format)
                    .expect("a format");
                for name in names {
                    let columns = Columns::new(vec![name.clone().into_bytes()]);
                    let cells: [&[u8]; 1] = [b"value"];
                    let row = Row::new(reader.names(), &columns, &cells);
                    let empty = Columns::new(Vec::new());
                    let entry = Row::new(reader.names(), &empty, &[]);
                    let entry =
                        Entry::new(&reader, id, &entry).with_fallbacks(None, Some(&row as &dyn Event));
                    assert_eq!(
                        entry.first(&field).as_deref(),
                        Some("value"),
                        "{canonical} as {name}"
                    );
                }
            }
        }
    }
}

#[test]
fn each_dialect_and_wrapper_says_where_it_is_documented() {
    let dialects = formats().into_iter().flat_map(|format| format.dialects);
    for dialect in dialects {
        assert!(
            dialect.source.starts_with("https://"),
            "{}: {}",
            dialect.name,
            dialect.source
        );
        assert!(
            dialect.add_on || dialect.example.is_some(),
            "{} has no example",
            dialect.name
        );
    }
    for wrapper in wrappers().wrappers {
        assert!(
            wrapper.source.starts_with("https://"),
            "{}: {}",
            wrapper.member,
            wrapper.source
        );
        assert!(wrapper.what.len() > 5, "{}", wrapper.member);
    }
}

#[test]
fn paths_with_empty_names_are_refused() {
    for path in ["a..b", "a.", ".a", ""] {
        let mut file = formats().remove(0);
        let id = file.format.clone();
        file.check(&id).expect("the file is sound");
        file.dialects[0].name_paths.push(path.to_owned());
        let error = file.check(&id).expect_err("the path is refused");
        assert!(error.message.contains("empty name"), "{error:?}");
        assert_eq!(error.near, format!("\"{path}\""));
    }
}

#[test]
fn a_wrapper_shows_where_its_entry_lies() {
    let text = "[[wrapper]]\nmember = \"m\"\nholds = [\"object\"]\nwhat = \"X\"\nevidence = \"inferred\"\nsource = \"s\"\nexample = '{\"m\":{}}'\n";
    let file: WrapperFile = toml::from_str(text).expect("it has the right members");
    let error = file.check().expect_err("the example is refused");
    assert!(error.message.contains("without an entry"), "{error:?}");
    assert!(text.contains(&error.near), "{error:?}");
}
