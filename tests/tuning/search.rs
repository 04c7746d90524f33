//! A search with the list in the folder of its app.
#![cfg(unix)]

use super::{event, row, text};
use crate::support::{BINARY, Outcome, Search, SearchEvent};
use std::path::Path;
use tempfile::TempDir;

/// An unpacked app: the program in `bin`, lists in `lookups`.
fn app(lists: &[(&str, &[u8])]) -> TempDir {
    let app = tempfile::tempdir().expect("temporary folder");
    std::fs::create_dir(app.path().join("bin")).expect("bin");
    std::fs::create_dir(app.path().join("lookups")).expect("lookups");
    // With a link, the program would find its own folder.
    std::fs::copy(BINARY, program(app.path())).expect("the program is copied");
    for (name, text) in lists {
        std::fs::write(app.path().join("lookups").join(name), text).expect("a list is written");
    }
    app
}

fn program(app: &Path) -> std::path::PathBuf {
    app.join("bin/directvm-x86_64")
}

fn search(app: &TempDir, options: &str) -> Search {
    let event = || SearchEvent::from_json_with_raw(&event());
    Search::new()
        .launcher(program(app.path()))
        .probes(1)
        .spl(options)
        .chunk(vec![event()])
        .chunk(vec![event()])
}

fn verdicts(outcome: &Outcome) -> Vec<Option<String>> {
    outcome
        .events
        .iter()
        .map(|event| event.text("dvm_verdict"))
        .collect()
}

fn both(verdict: &str) -> Vec<Option<String>> {
    vec![Some(verdict.to_owned()); 2]
}

#[test]
fn the_apps_own_list_applies_unless_another_is_named() {
    let own = text(&[row(&[("account", "111122223333")])]);
    let other = text(&[row(&[
        ("id", "s"),
        ("account", "111122223333"),
        ("action", "suppress"),
    ])]);
    let app = app(&[
        ("directvm_tuning.csv", own.as_bytes()),
        ("other.csv", other.as_bytes()),
    ]);
    for (options, verdict) in [
        ("", "expected"),
        ("tuning=other.csv", "suppressed"),
        ("tuning=none", "report"),
        ("input=fields", "expected"),
    ] {
        let outcome = search(&app, options).run().expect_clean();
        assert_eq!(verdicts(&outcome), both(verdict), "{options}");
        assert_eq!(outcome.messages, [], "{options}");
    }
    let outcome = search(&app, "mode=filter").run().expect_clean();
    assert_eq!(
        outcome.events[0].text("dvm_tuning").as_deref(),
        Some("r1: Known work")
    );
}

#[test]
fn suppressed_findings_still_come_out_of_a_filter() {
    let list = text(&[row(&[("account", "111122223333"), ("action", "suppress")])]);
    let app = app(&[("directvm_tuning.csv", list.as_bytes())]);
    let outcome = search(&app, "mode=filter min_severity=low").run().expect_clean();
    assert_eq!(verdicts(&outcome), both("suppressed"));
}

#[test]
fn a_default_list_that_is_missing_is_one_warning() {
    let outcome = search(&app(&[]), "").run().expect_clean();
    assert_eq!(verdicts(&outcome), both("report"));
    let [(level, text)] = outcome.messages.as_slice() else {
        panic!("{:?}", outcome.messages)
    };
    assert!(
        level == "WARN" && text.contains("directvm_tuning.csv: there is no such file"),
        "{text}"
    );
    let outcome = search(&app(&[]), "tuning=none").run().expect_clean();
    assert_eq!(outcome.messages, []);
}

#[test]
fn a_named_list_that_is_missing_or_elsewhere_ends_the_search() {
    let app = app(&[]);
    std::fs::write(app.path().join("secret.csv"), "x").expect("a file");
    std::fs::create_dir(app.path().join("lookups/folder.csv")).expect("a folder");
    for (file, said) in [
        (
            "nothere.csv",
            "there is no such file; allowed: none, or the name of a file without a path in the app's lookups folder",
        ),
        ("folder.csv", "it is not a file"),
        ("directvm_tuning.csv", "there is no such file"),
        ("../secret.csv", "allowed: none, or the name of a file"),
        ("/etc/passwd", "allowed: none, or the name of a file"),
    ] {
        let outcome = search(&app, &format!("tuning=\"{file}\"")).run();
        let error = outcome.expect_error();
        assert!(error.contains(file) && error.contains(said), "{error}");
    }
}

#[test]
fn a_broken_list_is_one_warning_and_its_sound_rules_apply() {
    let good = row(&[("account", "111122223333")]);
    let bad = |id: &str| row(&[("id", id), ("owner", ""), ("account", "1")]);
    let sound_and_not = text(&[good.clone(), bad("b"), bad("c"), bad("d"), bad("e")]);
    let cut = text(&[good.clone(), good.replace("r1", "r2")]);
    let cut = &cut.as_bytes()[..cut.len() - 4];
    let cases: [(&[u8], &str, &str); 5] = [
        (
            sound_and_not.as_bytes(),
            "expected",
            "4 faults; the rows with them do not apply, 1 rule does: line 3, column 19 (owner)",
        ),
        (
            cut,
            "expected",
            "1 fault; the row with it does not apply, 1 rule does: line 3: the quote opened",
        ),
        (b"", "report", "the list is empty"),
        (
            b"id,enabled,clo",
            "report",
            "line 1: the header lacks action, value, expires, reason, owner",
        ),
        (b"\x00\xff\xfe\x80", "report", "line 1: the header lacks"),
    ];
    for (list, verdict, said) in cases {
        let app = app(&[("directvm_tuning.csv", list)]);
        let outcome = search(&app, "").run().expect_clean();
        assert_eq!(verdicts(&outcome), both(verdict), "{said}");
        let [(level, text)] = outcome.messages.as_slice() else {
            panic!("{said}: {:?}", outcome.messages)
        };
        assert!(level == "WARN" && text.contains(said), "{text}");
    }
}

#[test]
fn a_suppression_by_caller_chosen_values_applies_with_a_warning() {
    let list = text(&[row(&[("user_agent", "Boto3*"), ("action", "suppress")])]);
    let outcome = search(&app(&[("directvm_tuning.csv", list.as_bytes())]), "")
        .run()
        .expect_clean();
    assert_eq!(verdicts(&outcome), both("suppressed"));
    assert!(
        outcome.messages[0]
            .1
            .contains("which the caller can choose (first: r1, line 2)"),
        "{:?}",
        outcome.messages
    );
}
