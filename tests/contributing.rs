//! The worked example of CONTRIBUTING.md works: an operation, in one file.

use crate::catalogue::catalogue;
use crate::shapes::inspect_raw;
use directvm::catalogue::{Expected, Family};
use directvm::detect::{Detector, Filter};
use std::path::Path;

fn read(path: &str) -> String {
    std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).expect("the file can be read")
}

/// The first block of TOML.
fn worked_example() -> String {
    let text = read("CONTRIBUTING.md");
    let (_, rest) = text.split_once("```toml\n").expect("there is an example");
    let (example, _) = rest.split_once("```").expect("it ends");
    example.to_owned()
}

#[test]
fn the_worked_example_is_short_and_its_examples_hold() {
    let example = worked_example();
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
