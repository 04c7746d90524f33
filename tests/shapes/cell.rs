//! The text of a cell is read like any other, whether or not its quotes stand in pairs.

use super::{inspect_raw, text};
use crate::catalogue::{detector, each_example};
use crate::support::csvtext::quote;
use directvm::csv::cells::unquote;

#[test]
fn a_cell_holds_the_same_findings_as_its_text() {
    let detector = detector();
    let mut hits = 0;
    each_example(&mut |family, operation, example| {
        let event = example.whole(family, operation).expect("an example is JSON");
        for (writing, raw) in text::writings(&event) {
            let seen = inspect_raw(&detector, &unquote(&quote(&raw)));
            let name = format!("{} ({}), {writing}", family.operation_id(operation), example.what);
            assert_eq!(seen, inspect_raw(&detector, &raw), "{name}");
            hits += seen.len();
        }
    });
    assert!(hits > 100, "{hits}");
}

#[test]
fn a_cell_whose_quotes_are_not_doubled_is_read_too() {
    let detector = detector();
    let text = r#"{"eventName":"StartSession","eventSource":"ssm.amazonaws.com","awsRegion":"eu-west-1"}"#;
    let wanted = inspect_raw(&detector, text.as_bytes());
    assert_eq!(wanted.len(), 1);
    for cell in [format!("\"{text}\"").into_bytes(), quote(text.as_bytes())] {
        assert_eq!(inspect_raw(&detector, &unquote(&cell)), wanted);
    }
}
