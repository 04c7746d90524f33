//! The app's saved searches on stories of events, and every use of the command with exactly its options.

use crate::support::{Search, SearchEvent, assert_python, install};
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

#[derive(Clone, Debug, Deserialize)]
struct Sample {
    test: String,
    #[serde(rename = "_raw")]
    raw: String,
    expected_operation: String,
    expected_access: String,
    expected_alert_type: String,
    expected_outcome: String,
    expected_severity: String,
    expected_actor: String,
    expected_target: String,
}

fn app(file: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("splunk_app")
        .join(file)
}

fn samples() -> Vec<Sample> {
    csv::Reader::from_path(app("lookups/directvm_samples.csv"))
        .expect("the samples are there")
        .deserialize()
        .collect::<Result<_, _>>()
        .expect("every sample has its columns")
}

/// The values of one key of a conf file, by stanza, continued lines joined.
pub fn values(file: &str, key: &str) -> BTreeMap<String, String> {
    let text = std::fs::read_to_string(app(file)).expect("the conf file is there");
    let joined = text.replace("\\\n", "\n\u{0}");
    let mut found = BTreeMap::new();
    let mut stanza = String::new();
    for line in joined.split('\n') {
        if let Some(more) = line.strip_prefix('\u{0}') {
            if let Some(value) = found.get_mut(&stanza) {
                *value = format!("{value}\n{more}");
            }
        } else if let Some(name) = line.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
            name.clone_into(&mut stanza);
        } else if let Some(value) = line.strip_prefix(key).and_then(|rest| rest.strip_prefix(" = ")) {
            found.insert(stanza.clone(), value.to_owned());
        }
    }
    found
}

/// The options of each use of the command in a search.
fn uses(search: &str) -> Vec<String> {
    search
        .lines()
        .filter_map(|stage| {
            stage
                .trim()
                .trim_start_matches('|')
                .trim()
                .strip_prefix("directvm ")
        })
        .map(str::to_owned)
        .collect()
}

/// The operations of the findings in the output.
fn operations(options: &str, samples: &[Sample]) -> BTreeSet<String> {
    let events = samples.iter().map(|sample| SearchEvent::from_raw(&sample.raw));
    let outcome = Search::new()
        .spl(options)
        .chunk(events.collect())
        .run()
        .expect_clean();
    outcome
        .events
        .iter()
        .filter_map(|event| event.text("dvm_operation"))
        .collect()
}

#[test]
fn the_collectors_find_every_sample() {
    let samples = samples();
    let wanted: BTreeSet<String> = samples
        .iter()
        .map(|sample| sample.expected_operation.clone())
        .filter(|operation| !operation.is_empty())
        .collect();
    let set = &values("default/macros.conf", "definition")["directvm_options"];
    let searches = values("default/savedsearches.conf", "search");
    let mut collectors = 0;
    for (name, search) in searches
        .iter()
        .filter(|(_, search)| search.contains("`directvm_events`"))
    {
        let [options] = &uses(search)[..] else {
            panic!("{name} uses the command once: {search}")
        };
        let found = operations(&options.replace("`directvm_options`", set), &samples);
        assert_eq!(found, wanted, "{name}");
        collectors += 1;
    }
    assert_eq!(collectors, 2, "nothing but the collectors reads raw events");
}

#[test]
fn every_story_raises_its_searches_and_no_others() {
    let run = app("../scripts/scenarios/run.py");
    let folder = tempfile::tempdir().expect("a folder");
    let program = folder.path().join("directvm");
    install(&program);
    assert_python(&[&run, &program, &app("")]);
}

/// The texts that macros compare with `dvm_reasons`.
fn reasons_looked_for() -> BTreeSet<String> {
    let macros = values("default/macros.conf", "definition");
    let calls = macros
        .values()
        .flat_map(|definition| definition.split("mvfind(dvm_reasons, \"").skip(1));
    calls
        .filter_map(|rest| rest.split('"').next())
        .map(str::to_owned)
        .collect()
}

/// The first sample, with its members at `pointer` replaced.
fn changed(pointer: &str, value: serde_json::Value) -> String {
    let mut event: serde_json::Value = serde_json::from_str(&samples()[0].raw).expect("a sample is JSON");
    *event.pointer_mut(pointer).expect("the sample has it") = value;
    event.to_string()
}

#[test]
fn reasons_that_searches_look_for_are_given_by_the_command() {
    let detector = crate::catalogue::detector();
    let from_elsewhere = changed("/recipientAccountId", "444455556666".into());
    let given: Vec<String> = [from_elsewhere]
        .iter()
        .flat_map(|event| crate::shapes::inspect_raw(&detector, event.as_bytes()))
        .flat_map(|seen| {
            seen.field("dvm_reasons")
                .iter()
                .map(ToString::to_string)
                .collect::<Vec<_>>()
        })
        .collect();
    let wanted = reasons_looked_for();
    assert_eq!(wanted.len(), 1, "{wanted:?}");
    for text in wanted {
        assert!(
            given.iter().any(|reason| reason.contains(&text)),
            "the event is not given the reason {text:?}"
        );
    }
}

/// The failures of the macro `directvm_self_test`, computed from the output of the command in the same way.
fn self_test(samples: &[Sample]) -> Vec<String> {
    let definition = &values("default/macros.conf", "definition")["directvm_self_test"];
    let [options] = &uses(definition)[..] else {
        panic!("the macro uses the command once: {definition}")
    };
    let events = samples
        .iter()
        .map(|sample| SearchEvent::from_raw(&sample.raw).with("test", &sample.test));
    let outcome = Search::new()
        .spl(options)
        .chunk(events.collect())
        .run()
        .expect_clean();
    let by_test: BTreeMap<String, &Sample> = samples
        .iter()
        .map(|sample| (sample.test.clone(), sample))
        .collect();
    assert_eq!(
        outcome.events.len(),
        by_test.len(),
        "one row a test, and every test has a name of its own"
    );
    let mut failed = Vec::new();
    for event in &outcome.events {
        let name = event
            .text("test")
            .expect("the other columns of a sample pass through");
        let sample = by_test[&name];
        for (field, expected) in compared(sample) {
            let got = event.text(field).unwrap_or_default().replace('\n', ",");
            if got != *expected {
                failed.push(format!("{name}: {field} is {got:?}, not {expected:?}"));
            }
        }
    }
    failed
}

fn compared(sample: &Sample) -> [(&'static str, &String); 7] {
    [
        ("dvm_operation", &sample.expected_operation),
        ("dvm_access", &sample.expected_access),
        ("AlertType", &sample.expected_alert_type),
        ("dvm_outcome", &sample.expected_outcome),
        ("dvm_severity", &sample.expected_severity),
        ("dvm_actor", &sample.expected_actor),
        ("dvm_target", &sample.expected_target),
    ]
}

#[test]
fn the_self_test_passes() {
    assert_eq!(self_test(&samples()), Vec::<String>::new());
}

#[test]
fn the_self_test_fails_on_every_expected_value_that_is_changed() {
    let good = samples();
    let changes: [fn(&mut Sample); 7] = [
        |sample| sample.expected_operation.push('x'),
        |sample| sample.expected_access.push('x'),
        |sample| sample.expected_alert_type.push('x'),
        |sample| sample.expected_outcome.push('x'),
        |sample| sample.expected_severity.push('x'),
        |sample| sample.expected_actor.push('x'),
        |sample| sample.expected_target.push('x'),
    ];
    for (at, change) in changes.iter().enumerate() {
        let mut samples = good.clone();
        change(&mut samples[at]);
        assert_eq!(self_test(&samples).len(), 1, "change {at}");
    }
}

#[test]
fn the_self_test_compares_every_expected_column() {
    let definition = &values("default/macros.conf", "definition")["directvm_self_test"];
    let header = std::fs::read_to_string(app("lookups/directvm_samples.csv")).expect("the samples are there");
    let expected = header.lines().next().unwrap_or_default().split(',');
    let expected: Vec<&str> = expected.filter(|name| name.starts_with("expected_")).collect();
    assert_eq!(expected.len(), 7);
    for (column, (field, _)) in expected.iter().zip(compared(&samples()[0])) {
        let is_compared = definition
            .split("if(")
            .any(|part| part.contains(&format!("{field},")) && part.contains(column));
        assert!(is_compared, "{column} is not compared with {field}");
    }
}

#[test]
fn the_four_public_tests_and_every_family_are_among_the_samples() {
    let samples = samples();
    for number in ["1", "2", "3a", "3b", "4"] {
        let start = format!("Seed {number}: ");
        assert!(
            samples.iter().any(|sample| sample.test.starts_with(&start)),
            "no test {start}"
        );
    }
    for family in &crate::catalogue::catalogue().families {
        let id = format!("{}.", family.family);
        let count = samples
            .iter()
            .filter(|sample| sample.test.starts_with(&id))
            .count();
        assert_eq!(count, 1, "samples of {id}");
    }
}
