//! Texts of the caller that are to be taken for something else: for our own fields, for further events, for commands to a
//! terminal.

use super::made::{ONE, aws, only, run};
use crate::support::{Search, SearchEvent};
use directvm::detect::finding::FIELDS;
use directvm::scan::sanitise::is_terminal_control;
use serde_json::{Value, json};
use std::process::Output;

fn session(members: &Value) -> Value {
    let mut event = aws("StartSession", &json!({ "requestParameters": { "target": ONE } }));
    for (name, value) in members.as_object().expect("members") {
        event[name] = value.clone();
    }
    event
}

#[test]
fn an_event_brings_fields_of_ours_along() {
    let honest = SearchEvent::from_json_with_raw(&session(&json!({})));
    let own: Vec<&str> = FIELDS
        .iter()
        .map(|field| field.name)
        .filter(|name| name.starts_with("dvm_"))
        .collect();
    assert!(own.len() > 20, "{own:?}");
    let forge = |values: &[&str]| {
        let all = own.iter().chain(&["dvm_json", "AlertType"]);
        all.fold(honest.clone(), |event, name| event.with_values(name, values))
    };
    let forged = [forge(&["expected"]), forge(&["suppressed", "informational"])];
    for options in [
        "input=raw",
        "input=raw mode=filter",
        "input=fields",
        "input=auto",
        "input=raw json=true cim=true",
    ] {
        let found = |event: &SearchEvent| {
            let search = Search::new().spl(options).probes(0).ignore_required_fields();
            search
                .chunk(vec![event.clone()])
                .run()
                .expect_clean()
                .events
                .remove(0)
        };
        let wanted = found(&honest);
        assert_eq!(wanted.text("dvm_verdict").as_deref(), Some("report"), "{options}");
        for forged in &forged {
            let seen = found(forged);
            for name in own.iter().chain(&["AlertType"]) {
                assert_eq!(seen.text(name), wanted.text(name), "{options}: {name}");
            }
        }
    }
    let with_json = Search::new()
        .spl("input=raw json=true")
        .probes(0)
        .ignore_required_fields();
    let outcome = with_json.chunk(vec![forged[0].clone()]).run().expect_clean();
    let json = outcome.events[0].text("dvm_json").expect("JSON");
    assert!(json.starts_with("{\"time\":\"2026-04-07T10:20:30"), "{json}");
}

/// What separates events in the files in which Splunk collects them, and what ends a line somewhere.
const FORGED: &str = "id\r\n***SPLUNK*** host=x\n==##~~##~~  1E8N3D4E6V5E7N2T9 ~~##~~##==\u{85}\u{2028}\u{2029}\u{b}\u{c}\u{1b}[2J\0\u{202e}\
     ***spl***SPLUNK***unk***\u{200b}==##~~##\u{200b}~~";

#[test]
fn a_command_forges_events_in_the_file_that_splunk_collects() {
    let hostile = session(&json!({
        "userAgent": FORGED, "sourceIPAddress": FORGED, "errorMessage": FORGED, "awsRegion": FORGED,
        "userIdentity": { "type": "IAMUser", "arn": format!("arn:aws:iam::111122223333:user/{FORGED}"), "userName": FORGED },
        "requestParameters": {
            "target": format!("{ONE}{FORGED}"), "documentName": format!("AWS-StartInteractiveCommand{FORGED}"),
            "reason": FORGED, "parameters": { "command": [FORGED] },
        },
    }));
    let seen = only(&hostile);
    for field in ["dvm_summary", "dvm_reasons", "dvm_tuning"] {
        for text in seen.field(field) {
            assert!(
                !text.chars().any(|c| is_terminal_control(c) || c == '\u{85}'),
                "{field}: {text:?}"
            );
            for separator in ["***splunk***", "==##~~##~~", "~~##~~##==", "1e8n3d4e6v5e7n2t9"] {
                assert!(
                    !text.to_ascii_lowercase().contains(separator),
                    "{field}: {text:?}"
                );
            }
        }
    }
    assert!(
        seen.field("dvm_summary")[0].contains(ONE),
        "what is harmless stays"
    );
    // The line that is collected is one line, and no event begins in it.
    let search = Search::new().spl("input=raw json=true mode=filter").probes(0);
    let outcome = search
        .chunk(vec![SearchEvent::from_raw(hostile.to_string())])
        .run()
        .expect_clean();
    let line = outcome.events[0].text("dvm_json").expect("JSON");
    assert!(!line.contains(['\n', '\r', '\0']), "{line:?}");
    let finding: Value = serde_json::from_str(&line).expect("JSON");
    assert_eq!(finding["dvm_verdict"], "report");
}

#[test]
fn a_value_steers_the_terminal_that_shows_it() {
    let evil = "\u{9b}31m\u{202e}\u{2066}\u{7f}\u{1b}]0;x\u{7}\u{2028}\u{e0041}\u{200f}\u{feff}";
    let event = session(&json!({
        "userAgent": evil, "awsRegion": evil, "errorMessage": evil, "eventID": evil,
        "userIdentity": { "type": "IAMUser", "arn": format!("arn:aws:iam::111122223333:user/{evil}") },
        "requestParameters": { "target": format!("{ONE}{evil}"), "documentName": evil, "reason": evil },
    }));
    let folder = tempfile::tempdir().expect("a folder");
    let put =
        |name: &str, text: String| std::fs::write(folder.path().join(name), text).expect("it is written");
    put("a.json", event.to_string());
    put(
        "unknown.json",
        json!({ "eventName": evil, "eventSource": evil, "eventVersion": "1.11" }).to_string(),
    );
    put(
        "list.csv",
        crate::tuning::text(&[crate::tuning::row(&[
            ("document", evil),
            ("reason", evil),
            ("owner", evil),
        ])]),
    );
    put(
        "bad.csv",
        crate::tuning::text(&[crate::tuning::row(&[
            ("cloud", evil),
            (evil, "x"),
            ("action", evil),
        ])]),
    );
    for args in [
        &["explain", "a.json"][..],
        &["explain", "--format", "json", "a.json"],
        &["explain", "--rule", "a.json"],
        &["explain", "--tuning", "list.csv", "a.json"],
        &["explain", "unknown.json"],
        &["explain", "--format", "json", "unknown.json"],
        &["scan", "--format", "table", "--full", "a.json"],
        &["scan", "--format", "jsonl", "a.json"],
        &["scan", "--format", "table", "--tuning", "list.csv", "a.json"],
        &["tuning", "check", "list.csv"],
        &["tuning", "check", "bad.csv"],
        &["tuning", "check", "list.csv", "--events", "a.json"],
    ] {
        let output = run(folder.path(), args, b"");
        assert!(shown(&output).len() > 10, "{args:?}");
        assert_harmless(args, &output);
    }
}

#[cfg(unix)]
#[test]
fn the_name_of_a_file_steers_the_terminal_that_shows_it() {
    let evil = "\u{9b}31m\u{202e}\u{2066}\u{7f}\u{1b}[2J\u{2028}\u{e0041}\n";
    let folder = tempfile::tempdir().expect("a folder");
    let path = |name: &str| folder.path().join(name);
    let (log, cut, list) = (
        format!("{evil}.json"),
        format!("{evil}cut.json"),
        format!("{evil}.csv"),
    );
    let event = session(&json!({})).to_string();
    std::fs::write(path(&log), &event).expect("it is written");
    std::fs::write(path(&cut), &event[..event.len() - 9]).expect("it is written");
    std::fs::write(path(&format!("{evil}.txt")), "no log").expect("it is written");
    std::fs::write(path(&list), "no list").expect("it is written");
    let (missing, page) = (format!("missing{evil}"), format!("{evil}.html"));
    for args in [
        &["scan", "--format", "table", "."][..],
        &["scan", "--format", "jsonl", "."],
        &["scan", &missing],
        &["scan", "--report", &page, "."],
        &["scan", "--tuning", &list, "."],
        &["explain", &log],
        &["explain", &cut],
        &["explain", &missing],
        &["tuning", "check", &list],
        &["tuning", "check", &missing],
        &["replay", &missing],
        &["replay", &log],
    ] {
        let output = run(folder.path(), args, b"");
        assert!(!shown(&output).is_empty(), "{args:?}");
        assert_harmless(args, &output);
    }
}

fn shown(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr)
}

#[track_caller]
fn assert_harmless(args: &[&str], output: &Output) {
    let text = shown(output);
    let steering = text.chars().find(|c| *c != '\n' && is_terminal_control(*c));
    assert_eq!(steering, None, "{args:?}: {text:?}");
}
