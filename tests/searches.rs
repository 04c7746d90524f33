//! Every use of the command in the app's saved searches, run with exactly its options.

use crate::support::{Search, SearchEvent};
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// The operations that a search must find, by its name after `DirectVM - `. All are among the samples.
const RAISED_BY: &[(&str, &[&str])] = &[
    (
        "Direct cloud VM connection of high severity",
        &[
            "aws_ssm_command.send_command",
            "aws_serial_console.send_serial_console_ssh_public_key",
            "azure_vm_extension.write",
        ],
    ),
    (
        "Serial console access",
        &[
            "aws_serial_console.send_serial_console_ssh_public_key",
            "azure_serial_console.connect",
            "gcp_serial_port.connect",
        ],
    ),
    (
        "Key push followed by tunnel or login",
        &[
            "aws_instance_connect.send_ssh_public_key",
            "aws_ssm_session.start_session",
            "gcp_iap_tunnel.authorize_user",
            "gcp_metadata.set_metadata",
        ],
    ),
    (
        "Access enabled and then used",
        &[
            "aws_ssm_access.create_activation",
            "azure_jit.initiate",
            "azure_serial_console.connect",
        ],
    ),
    (
        "One actor reaches many machines",
        &[
            "aws_ssm_command.send_command",
            "azure_run_command.run_command",
            "gcp_os_config.create_os_policy_assignment",
        ],
    ),
    (
        "One key pushed to many machines",
        &["aws_instance_connect.send_ssh_public_key"],
    ),
    (
        "Actor on a machine for the first time",
        &[
            "aws_ssm_session.start_session",
            "azure_run_command.run_command",
            "gcp_serial_port.connect",
        ],
    ),
    (
        "Denied on several access paths",
        &[
            "aws_ec2_credentials.get_password_data",
            "aws_ssm_session.start_session",
        ],
    ),
    (
        "Denied and then allowed",
        &["aws_ssm_session.start_session", "azure_run_command.run_command"],
    ),
    ("Actor of another account", &["aws_ssm_session.start_session"]),
    (
        "Credentials of a machine used to reach machines",
        &["aws_ssm_command.send_command"],
    ),
    (
        "Session left open",
        &["aws_ssm_session.start_session", "gcp_serial_port.connect"],
    ),
    (
        "Session ended by somebody else",
        &["aws_ssm_session.start_session"],
    ),
    (
        "Hunt - Rare documents",
        &["aws_ssm_command.send_command", "azure_arc.run_command_write"],
    ),
    ("Hunt - Rare source networks", &["aws_ssm_session.start_session"]),
    (
        "Hunt - Sessions with duration",
        &["aws_ssm_session.start_session", "gcp_serial_port.connect"],
    ),
    (
        "State - Known pairs",
        &[
            "aws_ssm_session.start_session",
            "azure_run_command.run_command",
            "gcp_metadata.set_metadata",
        ],
    ),
    (
        "State - Summary of findings",
        &[
            "aws_ssm_session.start_session",
            "azure_run_command.run_command",
            "gcp_metadata.set_metadata",
        ],
    ),
    (
        "State - Summary of counts",
        &[
            "aws_ssm_document.create_document",
            "azure_boot_diagnostics.retrieve",
        ],
    ),
];

/// Searches that read a lookup, or use the command through a macro.
const WITHOUT_COMMAND: [&str; 2] = ["Hunt - First use of an access path in an account", "Self test"];

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
fn values(file: &str, key: &str) -> BTreeMap<String, String> {
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
fn every_search_finds_its_operations() {
    let samples = samples();
    let mut searches = values("default/savedsearches.conf", "search");
    for (name, wanted) in RAISED_BY {
        let search = searches
            .remove(&format!("DirectVM - {name}"))
            .unwrap_or_else(|| panic!("no saved search {name}"));
        let uses = uses(&search);
        assert!(!uses.is_empty(), "{name} does not use the command");
        for options in uses {
            let seen = operations(&options, &samples);
            for operation in *wanted {
                assert!(
                    seen.contains(*operation),
                    "{name} ({options}) does not see {operation}"
                );
            }
        }
    }
    for name in WITHOUT_COMMAND {
        let search = searches
            .remove(&format!("DirectVM - {name}"))
            .expect("it is there");
        assert!(
            uses(&search).is_empty(),
            "{name} uses the command: say what it is there for"
        );
    }
    assert!(
        searches.is_empty(),
        "nothing says what these are there for: {:?}",
        searches.keys()
    );
}

/// The texts that searches compare with `dvm_reasons`.
fn reasons_looked_for() -> BTreeSet<String> {
    let searches = values("default/savedsearches.conf", "search");
    let calls = searches
        .values()
        .flat_map(|search| search.split("mvfind(dvm_reasons, \"").skip(1));
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

/// The same call with the credentials of an instance profile.
fn with_machine_credentials() -> String {
    let identity = serde_json::json!({
        "type": "AssumedRole",
        "principalId": "AROAEXAMPLEEXAMPLE09:i-0c1d2e3f405162738",
        "arn": "arn:aws:sts::111122223333:assumed-role/WebServer/i-0c1d2e3f405162738",
        "accountId": "111122223333",
    });
    changed("/userIdentity", identity)
}

#[test]
fn reasons_that_searches_look_for_are_given_by_the_command() {
    let detector = crate::catalogue::detector();
    let from_elsewhere = changed("/recipientAccountId", "444455556666".into());
    let given: Vec<String> = [with_machine_credentials(), from_elsewhere]
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
    assert_eq!(wanted.len(), 2, "{wanted:?}");
    for text in wanted {
        assert!(
            given.iter().any(|reason| reason.contains(&text)),
            "neither event is given the reason {text:?}"
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
