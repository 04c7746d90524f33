//! Examples of operations and of trusted routines.

use super::outcome::{Outcome, difference, outcome};
use crate::catalogue::{Catalogue, Example, Expected, Family, Operation};
use crate::detect::Detector;
use crate::detect::finding::{FIELDS, Finding};

/// The examples of every operation of a family.
pub fn of_family(detector: &Detector, family: &Family) -> Vec<Outcome> {
    let of_operation = |operation: &Operation| {
        let id = family.operation_id(operation);
        let examples = operation.examples.iter().map(|example| {
            let faults = faults(detector, family, operation, example);
            outcome(&id, &example.what, faults)
        });
        let mut outcomes: Vec<Outcome> = examples.collect();
        for (verdict, noun) in [(Expected::Hit, "hit"), (Expected::Miss, "near miss")] {
            if operation
                .examples
                .iter()
                .all(|example| example.verdict != verdict)
            {
                outcomes.push(outcome(&id, "examples", vec![format!("it has no {noun}")]));
            }
        }
        outcomes
    };
    family.operations.iter().flat_map(of_operation).collect()
}

fn faults(detector: &Detector, family: &Family, operation: &Operation, example: &Example) -> Vec<String> {
    let event = match example.whole(family, operation) {
        Ok(event) => event.to_string(),
        Err(error) => return vec![format!("the event is not JSON: {error}")],
    };
    let findings = detector.findings(event.as_bytes());
    let id = family.operation_id(operation);
    let hit = findings.iter().find(|finding| finding.rule.id == id);
    match (example.verdict, hit) {
        (Expected::Hit, Some(finding)) => differences(finding, &example.expect),
        (Expected::Hit, None) => vec!["it is not recognised".to_owned()],
        (Expected::Miss, Some(_)) => vec!["it is recognised, but is a near miss".to_owned()],
        (Expected::Miss, None) => Vec::new(),
    }
}

fn differences(finding: &Finding<'_, '_>, expect: &toml::Table) -> Vec<String> {
    let text = |value: &toml::Value| match value {
        toml::Value::String(text) => text.clone(),
        toml::Value::Integer(number) => number.to_string(),
        toml::Value::Boolean(is_true) => is_true.to_string(),
        other => format!("{other:?}"),
    };
    let wanted = expect.iter().map(|(name, wanted)| match wanted {
        toml::Value::Array(list) => (name, list.iter().map(text).collect()),
        one => (name, vec![text(one)]),
    });
    let of_field = |(name, wanted): (&String, Vec<String>)| {
        let own = format!("dvm_{name}");
        let Some(field) = FIELDS.iter().find(|field| field.name == own) else {
            return Some(format!("there is no field {own}"));
        };
        difference(name, &field.list(finding), &wanted)
    };
    wanted.filter_map(of_field).collect()
}

/// The examples of every routine.
pub fn of_trust(detector: &Detector, catalogue: &Catalogue) -> Vec<Outcome> {
    let routines = catalogue.tables.trust.routines.iter();
    let examples =
        routines.flat_map(|routine| routine.examples.iter().map(move |example| (routine, example)));
    let outcomes = examples.map(|(routine, example)| {
        let event = example.whole(catalogue).and_then(Result::ok).unwrap_or_default();
        let event = event.to_string();
        let findings = detector.findings(event.as_bytes());
        let finding = findings
            .iter()
            .find(|finding| finding.rule.id == example.operation);
        let wanted = match example.verdict {
            Expected::Hit => "expected",
            Expected::Miss => "report",
        };
        let has = finding.map(|finding| finding.verdict.as_str().to_owned());
        let has: Vec<String> = has.into_iter().collect();
        let faults = difference("verdict", &has, &[wanted.to_owned()]);
        outcome(&routine.id, &example.what, faults.into_iter().collect())
    });
    outcomes.collect()
}
