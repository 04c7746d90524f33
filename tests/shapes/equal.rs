//! Every example of the catalogue gives the same finding, or none, in every format and every spelling of JSON.

use super::{Form, Seen, fields, forms, inspect_raw, text};
use crate::catalogue::{detector, each_example};
use directvm::catalogue::{Cloud, Expected, Operation};
use directvm::detect::Detector;

/// An example in one format and spelling.
struct Case<'c> {
    form: &'c Form,
    /// The finding in the main format.
    wanted: Option<&'c Seen>,
    name: String,
    /// Whether it is the first example of its operation.
    is_first: bool,
    /// Whether the operation looks at members whose names the caller chooses.
    asks_for_any_name: bool,
    /// Whether it looks into JSON in a string, which a dialect that flattens members leaves as it is.
    reads_texts: bool,
}

/// Whether an operation looks at members whose names the caller chooses. Where a dialect flattens them into longer names,
/// they are not found; nor among extracted fields, since splunkd cannot be asked for them.
fn asks_for_any_name(operation: &Operation) -> bool {
    let asked = operation.when.iter().flat_map(|condition| condition.path.iter());
    let mut paths = asked.chain(operation.target.iter());
    paths.any(|path| path.ends_with(".*"))
}

/// Calls `judge` with each example in each format and spelling.
fn each_form(cloud: Cloud, detector: &Detector, judge: &mut dyn FnMut(&Case<'_>)) {
    let mut last_id = String::new();
    each_example(&mut |family, operation, example| {
        if family.cloud != cloud {
            return;
        }
        let event = example.whole(family, operation).expect("an example is JSON");
        let wanted = inspect_raw(detector, event.to_string().as_bytes()).pop();
        let id = family.operation_id(operation);
        let is_it = wanted
            .as_ref()
            .is_some_and(|seen| seen.field("dvm_operation") == [id.as_str()]);
        assert_eq!(is_it, example.verdict == Expected::Hit, "{id} ({})", example.what);
        let is_first = id != last_id;
        for form in &forms(cloud, &event) {
            let name = format!("{id} ({}), {}", example.what, form.name);
            let asks_for_any_name = asks_for_any_name(operation);
            judge(&Case {
                form,
                wanted: wanted.as_ref(),
                name,
                is_first,
                asks_for_any_name,
                reads_texts: operation.target.iter().any(|path| path.contains(".input.")),
            });
        }
        last_id = id;
    });
}

/// The differences between a finding and the expected one.
fn differences(case: &Case<'_>, has: Option<&Seen>) -> Vec<String> {
    let form = case.form;
    let (wanted, has) = match (case.wanted, has) {
        (Some(wanted), Some(has)) => (wanted, has),
        (None, None) => return Vec::new(),
        (Some(_), None) => return vec!["no finding".to_owned()],
        (None, Some(has)) => return vec![format!("is found to be {:?}", has.field("dvm_operation"))],
    };
    let fold = |values: &[String]| -> Vec<String> {
        let folded = |value: &String| {
            if form.folded {
                value.to_ascii_lowercase()
            } else {
                value.clone()
            }
        };
        values.iter().map(folded).collect()
    };
    let pairs = wanted
        .0
        .iter()
        .zip(&has.0)
        .filter(|(wanted, _)| !form.lost.contains(&wanted.0));
    let differing = pairs.filter(|(wanted, has)| fold(&wanted.1) != fold(&has.1));
    differing
        .map(|(wanted, has)| format!("{} is {:?}, not {:?}", wanted.0, has.1, wanted.1))
        .collect()
}

/// A sample of the faults, evenly spread over the list.
fn report(faults: &[String]) {
    let step = faults.len().div_ceil(40).max(1);
    let shown = faults
        .iter()
        .step_by(step)
        .map(String::as_str)
        .collect::<Vec<_>>()
        .join("\n");
    assert!(faults.is_empty(), "{} faults, such as:\n{shown}", faults.len());
}

/// Every spelling of every format of an operation's first example, and every format of the others.
fn raw_is_equal(cloud: Cloud) {
    let detector = detector();
    let mut faults = Vec::new();
    each_form(cloud, &detector, &mut |case| {
        if case.form.is_flattened && (case.asks_for_any_name || case.reads_texts) {
            return;
        }
        let writings = text::writings(&case.form.value);
        let count = if case.is_first { writings.len() } else { 1 };
        for (writing, raw) in &writings[..count] {
            let has = inspect_raw(&detector, raw).pop();
            let differences = differences(case, has.as_ref());
            faults.extend(
                differences
                    .iter()
                    .map(|difference| format!("{}, {writing}: {difference}", case.name)),
            );
        }
    });
    report(&faults);
}

fn fields_are_equal(cloud: Cloud) {
    let detector = detector();
    let mut faults = Vec::new();
    each_form(cloud, &detector, &mut |case| {
        if case.form.raw_only || case.asks_for_any_name {
            return;
        }
        let has = fields::inspect(&detector, &fields::extract(&case.form.value));
        let differences = differences(case, has.as_ref());
        faults.extend(
            differences
                .iter()
                .map(|difference| format!("{}: {difference}", case.name)),
        );
    });
    report(&faults);
}

#[test]
fn aws_from_raw() {
    raw_is_equal(Cloud::Aws);
}

#[test]
fn azure_from_raw() {
    raw_is_equal(Cloud::Azure);
}

#[test]
fn gcp_from_raw() {
    raw_is_equal(Cloud::Gcp);
}

#[test]
fn aws_from_extracted_fields() {
    fields_are_equal(Cloud::Aws);
}

#[test]
fn azure_from_extracted_fields() {
    fields_are_equal(Cloud::Azure);
}

#[test]
fn gcp_from_extracted_fields() {
    fields_are_equal(Cloud::Gcp);
}
