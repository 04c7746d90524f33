//! The worked example of CONTRIBUTING.md works: an operation, in one file.

use crate::catalogue::catalogue;
use crate::formats::{Case, each_entry, formats, wrappers};
use crate::shapes::inspect_raw;
use directvm::catalogue::{Expected, Family};
use directvm::detect::{Detector, Filter};
use directvm::event::EventReader;
use directvm::event::definitions::{FormatFile, WrapperFile};
use std::path::Path;

fn read(path: &str) -> String {
    std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).expect("the file can be read")
}

/// The block of TOML that holds `mark`.
fn worked_example(mark: &str) -> String {
    let text = read("CONTRIBUTING.md");
    let mut blocks = text.split("```toml\n").skip(1);
    let block = blocks
        .find(|block| block.contains(mark))
        .expect("there is an example");
    let (example, _) = block.split_once("```").expect("it ends");
    example.to_owned()
}

#[test]
fn the_worked_example_is_short_and_its_examples_hold() {
    let example = worked_example("[[operation]]");
    assert!(
        example.lines().count() < 40,
        "the example has {} lines",
        example.lines().count()
    );
    let before = read("src/catalogue/data/gcp_os_config.toml");
    let family =
        Family::parse("gcp_os_config", &format!("{before}\n{example}")).expect("the file stays sound");
    let mut catalogue = catalogue();
    let place = catalogue
        .families
        .iter_mut()
        .find(|known| known.family == family.family);
    *place.expect("the family is there") = family.clone();
    let detector = Detector::new(&catalogue, Filter::default());
    let operation = family.operations.last().expect("the new operation");
    for example in &operation.examples {
        let event = example
            .whole(&family, operation)
            .expect("an example is JSON")
            .to_string();
        let seen = inspect_raw(&detector, event.as_bytes());
        assert_eq!(
            !seen.is_empty(),
            example.verdict == Expected::Hit,
            "{}",
            example.what
        );
        for (name, wanted) in &example.expect {
            let wanted = wanted.as_str().expect("the example expects texts");
            assert_eq!(seen[0].field(&format!("dvm_{name}")), [wanted], "{name}");
        }
    }
}

#[test]
fn the_dialect_of_the_worked_example_is_read_everywhere() {
    let before = read("src/event/formats/azure.toml");
    let example = worked_example("[[dialect]]");
    let (head, add_on) = before.rsplit_once("[[dialect]]").expect("the add-on comes last");
    let azure: FormatFile =
        toml::from_str(&format!("{head}\n{example}\n[[dialect]]{add_on}")).expect("the file stays sound");
    azure.check("azure").expect("the file stays sound");
    let dialect = azure.dialects[azure.dialects.len() - 2].clone();
    let event = &dialect.example.as_ref().expect("an example").event;
    let event = serde_json::from_str(event).expect("the example is JSON");
    let mut all: Vec<FormatFile> = formats();
    all.retain(|format| format.format != "azure");
    all.push(azure.clone());
    let case = Case {
        format: azure,
        dialect,
        event,
    };
    let text = case.event.to_string();
    for text in [text.clone(), format!("{{\"records\":[{text}]}}")] {
        let reader = EventReader::new(all.clone(), wrappers());
        case.check_with(reader, "from _raw", |reader, look| {
            each_entry(reader, &text, look);
        });
    }
}

#[test]
fn the_wrapper_of_the_worked_example_is_looked_into() {
    let mut all = wrappers();
    let example: WrapperFile = toml::from_str(&worked_example("[[wrapper]]")).expect("the example is sound");
    let wrapper = example.wrappers[0].clone();
    assert!(all.wrappers.iter().all(|known| known.member != wrapper.member));
    all.wrappers.push(wrapper.clone());
    all.check().expect("the file stays sound");
    let entry = r#"{"eventName":"StartSession","eventSource":"ssm.amazonaws.com","awsRegion":"eu-west-1"}"#;
    let text = wrapper
        .example
        .replace("\"TEXT\"", &serde_json::Value::from(entry).to_string());
    let reader = EventReader::new(formats(), all);
    assert_eq!(reader.read(text.as_bytes()).entries(&reader).len(), 1);
    let without = EventReader::new(formats(), wrappers());
    assert!(without.read(text.as_bytes()).entries(&without).is_empty());
}
