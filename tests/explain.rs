//! `directvm explain`: every example of the catalogue, and the whole output.

use crate::catalogue::{catalogue, each_example};
use crate::support::{BINARY, command, golden};
use crate::tuning;
use directvm::catalogue::Expected;
use directvm::cli::explain::{Format, detector, head, of_text};
use directvm::detect::trace::explain;
use directvm::detect::tune::Tuning;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::Write as _;
use std::process::Stdio;

#[test]
fn each_example_names_its_operation_and_each_near_miss_what_failed() {
    let detector = detector(&catalogue(), Tuning::default());
    let mut accounts: BTreeMap<String, String> = BTreeMap::new();
    let mut faults = Vec::new();
    each_example(&mut |family, operation, example| {
        let id = family.operation_id(operation);
        let event = example
            .whole(family, operation)
            .expect("an example is JSON")
            .to_string();
        let account = accounts.entry(family.family.clone()).or_default();
        let kind = format!("{:?}", example.verdict).to_lowercase();
        let _infallible = writeln!(account, "## {id}, {kind}: {}", example.what);
        let document = detector.reader().read(event.as_bytes());
        let entries = document.entries(detector.reader());
        for entry in &entries {
            let explanation = explain(&detector, entry.format, &entry.value);
            let named = explanation
                .finding
                .as_ref()
                .map(|finding| finding.rule.id.as_str());
            let missed = explanation
                .misses
                .iter()
                .any(|miss| miss.id == id && !miss.failed.is_empty());
            // A near miss may also have a name other than that of the operation.
            let has_name = explanation
                .name
                .as_ref()
                .is_some_and(|(_, name)| name.eq_ignore_ascii_case(&operation.name));
            let is_named = named == Some(id.as_str());
            let is_right = match example.verdict {
                Expected::Hit => is_named,
                Expected::Miss => !is_named && (missed || !has_name),
            };
            if !is_right {
                faults.push(format!("{id} ({})", example.what));
            }
            account.push_str(&head(&detector, &explanation));
        }
        if entries.is_empty() {
            account.push_str("format: unknown\n");
        }
        account.push('\n');
    });
    assert!(faults.is_empty(), "not explained: {}", faults.join("; "));
    let names: Vec<String> = accounts
        .keys()
        .map(|family| format!("explain/family/{family}.txt"))
        .collect();
    for (name, account) in names.iter().zip(accounts.values()) {
        golden::check(name, account);
    }
    golden::assert_no_orphans(
        "explain/family",
        &names.iter().map(String::as_str).collect::<Vec<_>>(),
    );
}

/// One event and one list, with a rule for each possible result.
fn whole(format: Format) -> String {
    let rules = [
        tuning::row(&[
            ("id", "patching"),
            ("document", "AWS-*"),
            ("src", "203.0.113.0/24"),
            ("reason", "Patch pipeline"),
        ]),
        tuning::row(&[("id", "later"), ("account", "111122223333")]),
        tuning::row(&[
            ("id", "raise"),
            ("target", "i-0fff*"),
            ("action", "severity"),
            ("value", "+1"),
            ("reason", "Crown jewels"),
        ]),
        tuning::row(&[
            ("id", "ended"),
            ("account", "111122223333"),
            ("expires", "2026-01-01"),
        ]),
        tuning::row(&[("id", "off"), ("account", "111122223333"), ("enabled", "0")]),
        tuning::row(&[("id", "elsewhere"), ("account", "444455556666")]),
        tuning::row(&[("id", "refused"), ("owner", ""), ("account", "1")]),
    ];
    let detector = detector(&catalogue(), tuning::list(&rules));
    of_text(&detector, tuning::event().to_string().as_bytes(), format).expect("it is JSON")
}

#[test]
fn a_whole_explanation_as_text() {
    golden::check("explain/whole.txt", &whole(Format::Text));
}

#[test]
fn a_whole_explanation_as_json() {
    let account = whole(Format::Json);
    assert_eq!(account.lines().count(), 1, "one line an event");
    let value: serde_json::Value = serde_json::from_str(&account).expect("it is JSON");
    golden::check("explain/whole.json", &format!("{value:#}\n"));
}

fn run(args: &[&str], input: &str) -> (i32, String, String) {
    let mut child = command(BINARY)
        .arg("explain")
        .args(args)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program starts");
    let mut stdin = child.stdin.take().expect("a pipe");
    // The program may end before it has read anything.
    let _gone = stdin.write_all(input.as_bytes());
    drop(stdin);
    let output = child.wait_with_output().expect("the program ends");
    let text = |bytes| String::from_utf8(bytes).expect("text");
    (
        output.status.code().unwrap_or(-1),
        text(output.stdout),
        text(output.stderr),
    )
}

#[test]
fn events_come_from_a_file_or_standard_input() {
    let event = tuning::event().to_string();
    let folder = tempfile::tempdir().expect("temporary folder");
    let file = folder.path().join("event.json");
    std::fs::write(&file, &event).expect("the event is written");
    let from_file = run(&[&file.display().to_string()], "");
    assert_eq!(from_file.0, 0);
    assert!(
        from_file.1.contains("operation: aws_ssm_command.send_command"),
        "{}",
        from_file.1
    );
    assert_eq!(run(&[], &event), from_file);
    assert_eq!(run(&["-"], &event), from_file);
    let batch = format!("{{\"Records\":[{event},{event}]}}");
    let lines = run(&["--format", "json"], &batch).1;
    assert_eq!(
        lines
            .lines()
            .filter(|line| line.contains("aws_ssm_command.send_command"))
            .count(),
        2
    );
}

#[test]
fn input_that_cannot_be_explained_is_reported() {
    let (status, out, _) = run(&[], "{\"hello\":1}");
    assert!(status == 0 && out.starts_with("format: unknown"), "{out}");
    for (args, input) in [
        (&["no-such-file.json"][..], ""),
        (&[], "no JSON"),
        (&["--tuning", "no-such-list.csv"], "{}"),
    ] {
        let (status, out, err) = run(args, input);
        assert!(
            status == 2 && out.is_empty() && err.starts_with("directvm: "),
            "{args:?}: {out}{err}"
        );
    }
}

#[test]
fn an_event_cannot_forge_lines_of_its_explanation() {
    let mut event = tuning::event();
    event["userAgent"] = "x\ntuning: no rules\noperation: none".into();
    let (_, out, _) = run(&[], &event.to_string());
    assert_eq!(
        out.lines().filter(|line| line.starts_with("operation:")).count(),
        1,
        "{out}"
    );
}
