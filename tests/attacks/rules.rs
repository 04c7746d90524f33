//! A tuning list turned against its owner.

use super::made::{ONE, TWO, aws, run, send};
use crate::searches;
use crate::tuning::{row, sound, tag, text, verdict};
use directvm::detect::tune::Tuning;
use serde_json::{Value, json};

const ACTIONS: [(&str, &str); 4] = [
    ("suppress", ""),
    ("expect", ""),
    ("severity", "-1"),
    ("severity", "low"),
];

fn command(machines: &Value) -> Value {
    send(&json!({ "documentName": "AWS-RunShellScript", "instanceIds": machines }))
}

#[test]
fn a_call_names_the_harmless_target_of_a_rule_and_another_one() {
    let rule =
        |action: (&str, &str)| sound(&[row(&[("target", ONE), ("action", action.0), ("value", action.1)])]);
    let is_tuned = |tuning: &Tuning, event: &Value| !tag(tuning, event).field("dvm_tuning").is_empty();
    let crowd: Vec<String> = (0..1_200).map(|at| format!("i-{at:017x}")).collect();
    for action in ACTIONS {
        let tuning = rule(action);
        assert!(is_tuned(&tuning, &command(&json!([ONE]))), "{action:?}");
        for machines in [
            json!([ONE, TWO]),
            json!([TWO, ONE]),
            json!([ONE, "*"]),
            json!([ONE, crowd]),
        ] {
            assert!(!is_tuned(&tuning, &command(&machines)), "{action:?} {machines}");
        }
        let mut tagged = command(&json!([ONE]));
        tagged["requestParameters"]["targets"] = json!([{ "key": "tag:Shop", "values": ["till"] }]);
        assert!(!is_tuned(&tuning, &tagged), "{action:?}");
    }
    // A rule that raises needs one.
    for action in [("severity", "+1"), ("severity", "critical")] {
        let tuning = rule(action);
        assert!(is_tuned(&tuning, &command(&json!([ONE, TWO]))), "{action:?}");
        assert!(!is_tuned(&tuning, &command(&json!([TWO]))), "{action:?}");
    }
}

#[test]
fn a_runbook_names_the_harmless_target_of_a_rule_and_another_one_elsewhere() {
    let tuning = sound(&[row(&[("target", ONE)])]);
    let runbook = |parameters: Value| {
        aws(
            "StartAutomationExecution",
            &json!({ "requestParameters": { "documentName": "tidy-up", "parameters": parameters } }),
        )
    };
    assert_eq!(
        verdict(&tuning, &runbook(json!({ "InstanceId": [ONE] }))),
        "expected"
    );
    for parameters in [
        json!({ "InstanceId": [ONE], "Rescue": [TWO] }),
        json!({ "InstanceId": [ONE], "Note": [format!("see {TWO}.")] }),
    ] {
        assert_eq!(
            verdict(&tuning, &runbook(parameters.clone())),
            "report",
            "{parameters}"
        );
    }
}

/// What `tuning check` says of a rule with these cells.
fn checked(cells: &[(&str, &str)]) -> (Option<i32>, String) {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join("list.csv"), text(&[row(cells)])).expect("it is written");
    let output = run(folder.path(), &["tuning", "check", "list.csv"], b"");
    (
        output.status.code(),
        String::from_utf8_lossy(&output.stdout).into_owned(),
    )
}

#[test]
fn a_rule_silences_by_what_the_caller_chooses() {
    let by = [
        (&[("document", "tidy-*")][..], "by user_agent or document alone"),
        (
            &[("user_agent", "Terraform/*")],
            "by user_agent or document alone",
        ),
        (
            &[
                ("document", "tidy-*"),
                ("cloud", "aws"),
                ("access", "run_command"),
            ],
            "by user_agent or document alone",
        ),
        (
            &[("document", "tidy-*"), ("principal", "*")],
            "by user_agent or document alone",
        ),
        (&[("actor", "*/jenkins")], "by the name of a session"),
        (
            &[("actor", "*jenkins*"), ("principal", "*")],
            "by the name of a session",
        ),
        (
            &[("actor", "arn:aws:sts::111122223333:assumed-role/*/jenkins")],
            "by the name of a session",
        ),
    ];
    for (cells, said) in by {
        for (action, value) in ACTIONS {
            let whole = [cells, &[("action", action), ("value", value)]].concat();
            let (status, text) = checked(&whole);
            assert!(status == Some(1) && text.contains(said), "{whole:?}: {text}");
            let named = [&whole[..], &[("principal", "*:assumed-role/ci")]].concat();
            assert_eq!(checked(&named).0, Some(0), "{named:?}");
        }
        // To raise is harmless.
        assert_eq!(
            checked(&[cells, &[("action", "severity"), ("value", "+1")]].concat()).0,
            Some(0)
        );
    }
}

#[test]
fn a_rule_that_names_nobody_is_watched() {
    let search = &searches::values("default/savedsearches.conf", "search")["DirectVM - Watch - The tuning list has wide rules"];
    for part in [
        "in(lower(action), \"suppress\", \"expect\")",
        "lower(action)=\"severity\"",
        "named=\"\"",
        "network=\"\"",
    ] {
        assert!(search.contains(part), "{part} in {search}");
    }
    for column in ["principal", "person", "actor", "src"] {
        assert!(search.contains(&format!(" {column}")), "{column} in {search}");
    }
}
