//! A second engine, `sigma-rust`, applies the generated Sigma rules to every example of the catalogue: it must find the same
//! operations.

use crate::catalogue::{catalogue, detector, each_example};
use crate::shapes::{extract, inspect_raw};
use directvm::catalogue::{Catalogue, Cloud, Family, Operation};
use directvm::export::sigma;
use sigma_rust::{Event, Rule};
use std::collections::BTreeSet;

/// The rule of an operation, parsed by the second engine.
struct SigmaRule {
    operation: String,
    cloud: Cloud,
    rule: Rule,
    text: String,
    /// It cannot say all that the operation asks for.
    is_wider: bool,
}

fn rules(catalogue: &Catalogue) -> Vec<SigmaRule> {
    let files = sigma::files(catalogue);
    let rule = |((family, operation), (path, text)): ((&Family, &Operation), (String, String))| SigmaRule {
        operation: family.operation_id(operation),
        cloud: family.cloud,
        is_wider: sigma::is_wider(operation),
        rule: sigma_rust::rule_from_yaml(&text).unwrap_or_else(|error| panic!("{path}: {error}")),
        text,
    };
    catalogue.operations().zip(files).map(rule).collect()
}

impl SigmaRule {
    /// Splunk compares numbers as texts and the engine does not: the event counts with either.
    fn is_hit(&self, fields: &[(String, Vec<String>)]) -> bool {
        [false, true]
            .into_iter()
            .any(|has_numbers| self.is_hit_by(fields, has_numbers))
    }

    /// The engine does not support lists: an event whose lists have several items is tested once for each item.
    fn is_hit_by(&self, fields: &[(String, Vec<String>)], has_numbers: bool) -> bool {
        let asked: Vec<_> = fields
            .iter()
            .filter(|(name, _)| self.text.contains(name.as_str()))
            .collect();
        let turns = asked.iter().map(|(_, values)| values.len()).product();
        (0..turns).any(|turn| {
            let mut event = Event::new();
            let mut rest: usize = turn;
            for (name, values) in &asked {
                let value = values[rest % values.len()].as_str();
                match value.parse::<i64>() {
                    Ok(number) if has_numbers => event.insert(name.clone(), number),
                    _ => event.insert(name.clone(), value),
                }
                rest /= values.len();
            }
            self.rule.is_match(&event)
        })
    }
}

/// The fields as the rules name them: without the `{}` of lists, without null.
fn fields(event: &serde_json::Value) -> Vec<(String, Vec<String>)> {
    let mut fields: std::collections::BTreeMap<String, Vec<String>> = std::collections::BTreeMap::new();
    for (name, values) in extract(event) {
        let values = values
            .into_iter()
            .filter(|value| !value.is_empty() && value != "null");
        fields.entry(name.replace("{}", "")).or_default().extend(values);
    }
    fields
        .into_iter()
        .filter(|(_, values)| !values.is_empty())
        .collect()
}

#[test]
fn a_second_engine_gives_the_same_verdicts() {
    let rules = rules(&catalogue());
    let detector = detector();
    let mut faults = Vec::new();
    let mut hits = 0;
    each_example(&mut |family, operation, example| {
        let event = example.whole(family, operation).expect("an example is JSON");
        let seen = inspect_raw(&detector, event.to_string().as_bytes());
        let ours: BTreeSet<String> = seen
            .iter()
            .map(|seen| seen.field("dvm_operation").concat())
            .collect();
        let fields = fields(&event);
        let theirs = rules
            .iter()
            .filter(|rule| rule.cloud == family.cloud && rule.is_hit(&fields));
        let theirs = theirs.filter(|rule| !rule.is_wider || ours.contains(&rule.operation));
        let theirs: BTreeSet<String> = theirs.map(|rule| rule.operation.clone()).collect();
        hits += theirs.len();
        if ours != theirs {
            let id = family.operation_id(operation);
            faults.push(format!(
                "{id} ({}): ours {ours:?}, theirs {theirs:?}",
                example.what
            ));
        }
    });
    assert!(
        faults.is_empty(),
        "{} faults:\n{}",
        faults.len(),
        faults.join("\n")
    );
    assert!(hits > 100, "the second engine saw next to nothing: {hits} hits");
}
