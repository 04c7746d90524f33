//! `directvm tuning check`: what it finds, and its exit status.

use super::{event, row, text};
use crate::support::{BINARY, command};
use directvm::detect::tune::time::format_iso;
use std::path::Path;

fn check(list: &Path, more: &[&str]) -> (i32, String) {
    let output = command(BINARY)
        .args(["tuning", "check"])
        .arg(list)
        .args(more)
        .output()
        .expect("the program starts");
    let said = [output.stdout, output.stderr].concat();
    let said = String::from_utf8_lossy(&said).replace(&list.display().to_string(), "LIST");
    (output.status.code().unwrap_or(-1), said)
}

fn check_rows(rows: &[String]) -> (i32, String) {
    let folder = tempfile::tempdir().expect("temporary folder");
    let list = folder.path().join("list.csv");
    std::fs::write(&list, text(rows)).expect("the list is written");
    check(&list, &[])
}

fn rule(id: &str, cells: &[(&str, &str)]) -> String {
    row(&[&[("id", id)], cells].concat())
}

/// The date this number of days from now.
fn in_days(days: u64) -> String {
    let since = std::time::SystemTime::now()
        .duration_since(std::time::UNIX_EPOCH)
        .expect("after 1970");
    let moment = i64::try_from((since.as_secs() + days * 86_400) * 1_000_000).expect("not so late");
    format_iso(moment)[..10].to_owned()
}

#[test]
fn the_exit_status_is_0_without_findings_1_with_a_warning_2_without_a_list() {
    let narrow = rule("a", &[("actor", "*/deploy/*"), ("expires", &in_days(200))]);
    let (status, said) = check_rows(&[narrow]);
    assert_eq!(
        (status, said.as_str()),
        (0, "LIST: 1 rule, 0 errors, 0 warnings\n")
    );
    assert_eq!(check_rows(&[rule("a", &[])]).0, 1);
    let (status, said) = check(Path::new("no/such/list.csv"), &[]);
    assert!(status == 2 && said.contains("LIST"), "{said}");
}

#[test]
fn each_warning_is_given() {
    let lower = (("action", "severity"), ("value", "-1"));
    let wide = ("actor", "*/deploy/*");
    let cases: &[(&[String], &str)] = &[
        (
            &[rule("a", &[wide, ("expires", "2020-01-01")])],
            "line 2, rule a: expired at 2020-01-01",
        ),
        (
            &[rule("a", &[("operation", "StartSesion")])],
            "line 2, rule a: the catalogue has no operation called startsesion",
        ),
        (
            &[rule("a", &[("operation", "SendCommand"), ("cloud", "gcp")])],
            "line 2, rule a: no operation in the catalogue has this combination of cloud",
        ),
        (
            &[rule("a", &[("operation", "SendCommand"), ("access", "tunnel")])],
            "line 2, rule a: no operation in the catalogue has this combination of cloud",
        ),
        (
            &[rule("a", &[("user_agent", "Boto3*"), ("action", "suppress")])],
            "line 2, rule a: suppresses by user_agent or document alone",
        ),
        (
            &[rule(
                "a",
                &[
                    ("document", "Patch"),
                    ("operation", "SendCommand"),
                    ("action", "suppress"),
                ],
            )],
            "line 2, rule a: suppresses by",
        ),
        (
            &[rule("a", &[("user_agent", "Boto3*")])],
            "line 2, rule a: expects by user_agent or document alone, which the caller can choose; add principal",
        ),
        (
            &[rule("a", &[("document", "Patch*"), lower.0, lower.1])],
            "line 2, rule a: lowers by user_agent or document alone",
        ),
        (
            &[rule("a", &[("document", "Patch*"), lower.0, ("value", "low")])],
            "line 2, rule a: lowers by user_agent or document alone",
        ),
        (
            &[rule("a", &[("principal", "arn:*"), ("document", "Patch*")])],
            "line 2, rule a: expects by user_agent or document alone",
        ),
        (
            &[rule("a", &[("principal", "arn:aws:sts::*:assumed-role/*")])],
            "line 2, rule a: names nobody: it fits every caller on every machine; add principal",
        ),
        (
            &[rule(
                "a",
                &[("principal", "arn:aws:iam::111122223333:role/ops/Patching")],
            )],
            "line 2, rule a: no principal is an ARN of IAM's for a role; write arn:aws:sts::<account>:assumed-role/patching",
        ),
        (
            &[rule(
                "a",
                &[("principal", "kim@example.com|*@*"), ("action", "suppress")],
            )],
            "line 2, rule a: names nobody",
        ),
        (
            &[rule(
                "a",
                &[("cloud", "aws"), lower.0, ("value", "informational")],
            )],
            "line 2, rule a: names nobody",
        ),
        (
            &[rule("a", &[("operation", "StartSession")])],
            "line 2, rule a: names nobody",
        ),
        (
            &[rule("a", &[("document", "x"), ("src", "0.0.0.0/0")])],
            "line 2, rule a: expects by user_agent or document alone",
        ),
        (
            &[rule("a", &[("document", "x"), ("target", "i-*")])],
            "line 2, rule a: expects by user_agent or document alone",
        ),
        (
            &[rule("a", &[("actor", "*/jenkins"), ("action", "suppress")])],
            "line 2, rule a: suppresses by the name of a session, which the caller can choose; use principal",
        ),
        (
            &[rule("a", &[("actor", "*/jenkins"), ("src", "10.0.0.0/8")])],
            "line 2, rule a: expects by the name of a session",
        ),
        (
            &[rule("a", &[("actor", "ana@example.com|*-ci"), lower.0, lower.1])],
            "line 2, rule a: lowers by the name of a session",
        ),
        (
            &[rule("a", &[("cloud", "amazon")])],
            "line 2, column 3 (cloud): \"amazon\" is unknown",
        ),
    ];
    expect_messages(cases);
}

#[test]
fn rules_without_effect_are_found() {
    let wide = ("actor", "*/deploy/*");
    expect_messages(&[
        (
            &[
                rule("a", &[wide]),
                rule(
                    "b",
                    &[
                        ("actor", "arn:aws:sts::1:assumed-role/deploy/x"),
                        ("cloud", "aws"),
                    ],
                ),
            ],
            "line 3, rule b: has no effect: rule a in line 2 (expect) takes precedence",
        ),
        (
            &[
                rule("a", &[("src", "10.1.0.0/16")]),
                rule("b", &[("src", "10.0.0.0/8"), ("action", "suppress")]),
            ],
            "line 2, rule a: has no effect: rule b in line 3 (suppress) takes precedence",
        ),
        (
            &[
                rule("a", &[wide, ("src", "10.0.0.0/8")]),
                rule("b", &[("src", "10.0.0.0/8"), wide]),
            ],
            "line 3, rule b: does the same as rule a in line 2",
        ),
    ]);
}

/// Checks that the first message about each list begins with the wanted text.
fn expect_messages(cases: &[(&[String], &str)]) {
    for (rows, wanted) in cases {
        let (status, said) = check_rows(rows);
        assert_eq!(status, 1, "{wanted}: {said}");
        assert!(said.starts_with(&format!("LIST: {wanted}")), "{wanted}: {said}");
    }
}

#[test]
fn sound_rules_give_no_warning() {
    let suppress = ("action", "suppress");
    let raise = (("action", "severity"), ("value", "+1"));
    let cases: &[&[String]] = &[
        &[rule(
            "a",
            &[("user_agent", "Boto3*"), suppress, ("src", "10.0.0.0/8")],
        )],
        &[rule("a", &[("user_agent", "Boto3*"), raise.0, raise.1])],
        &[rule(
            "a",
            &[("actor", "*/jenkins"), raise.0, ("value", "critical")],
        )],
        &[rule("a", &[("actor", "*/jenkins"), ("principal", "*/Deploy")])],
        &[rule("a", &[("actor", "*@example.com"), ("cloud", "azure|gcp")])],
        &[rule(
            "a",
            &[("actor", "*@example.com"), ("operation", "azure_bastion.*")],
        )],
        &[rule(
            "a",
            &[("document", "Patch*"), ("service", "ssm.amazonaws.com")],
        )],
        &[rule("a", &[("account", "a?c")]), rule("b", &[("account", "a*c")])],
        &[
            rule("a", &[("actor", "x"), ("expires", "2090-01-01")]),
            rule("b", &[("actor", "x")]),
        ],
        &[
            rule(
                "a",
                &[
                    ("actor", "x"),
                    suppress,
                    ("enabled", "0"),
                    ("expires", "2020-01-01"),
                ],
            ),
            rule("b", &[("actor", "x")]),
        ],
        &[
            rule("a", &[("actor", "*"), ("src", "10.0.0.0/8")]),
            rule("b", &[("src", "10.0.0.0/7")]),
        ],
        &[
            rule("a", &[("actor", "x"), ("action", "severity"), ("value", "+1")]),
            rule("b", &[("actor", "x")]),
        ],
    ];
    for rows in cases {
        let (status, said) = check_rows(rows);
        assert_eq!(status, 0, "{rows:?}: {said}");
    }
}

#[test]
fn events_are_counted_rule_by_rule() {
    let folder = tempfile::tempdir().expect("temporary folder");
    let list = folder.path().join("list.csv");
    let rows = [
        rule("a", &[("account", "111122223333"), ("expires", &in_days(99))]),
        rule("b", &[("src", "203.0.113.0/24"), ("expires", &in_days(99))]),
        rule("c", &[("actor", "nobody")]),
    ];
    std::fs::write(&list, text(&rows)).expect("the list is written");
    let events = folder.path().join("events");
    std::fs::create_dir_all(events.join("deep")).expect("a folder");
    let one = event();
    std::fs::write(events.join("lines.json"), format!("{one}\n{{broken}}\n{one}\n")).expect("events");
    std::fs::write(events.join("deep/pretty.json"), format!("{one:#}")).expect("events");
    let (status, said) = check(&list, &["--events", &events.display().to_string()]);
    assert_eq!(status, 1, "{said}");
    for wanted in [
        "3 findings",
        "rule a (expect): matched 3 findings (3 ",
        "); 0 were decided by another rule",
        "rule b (expect): matched 3 findings (3 ",
        "); 3 were decided by another rule",
        "rule c (expect): warning: matched 0 findings; nearest, 3 findings: the actor is not nobody",
        "lines.json: record 2 cannot be read as JSON",
    ] {
        assert!(said.contains(wanted), "{wanted}: {said}");
    }
    let compressed = folder.path().join("events.json.gz");
    std::fs::write(&compressed, crate::scan::gzip(one.to_string().as_bytes())).expect("events");
    std::fs::write(&list, text(&rows[..1])).expect("the list is written");
    let (status, said) = check(&list, &["--events", &compressed.display().to_string()]);
    assert!(status == 0 && said.contains("matched 1 finding ("), "{said}");
    assert_eq!(check(&list, &["--events", "no/such/folder"]).0, 2);
    std::fs::write(&compressed, "no log").expect("it is written");
    let (status, said) = check(&list, &["--events", &compressed.display().to_string()]);
    assert!(
        status == 2 && said.contains("no events to try the rules on"),
        "{said}"
    );
}

#[test]
fn a_rule_that_will_expire_is_a_note() {
    let near = [rule(
        "a",
        &[("account", "111122223333"), ("expires", &in_days(5))],
    )];
    let (status, said) = check_rows(&near);
    assert!(
        status == 0 && said.contains("rule a: note: expires at ") && said.contains("0 warnings, 1 note"),
        "{said}"
    );
    let far = [rule(
        "a",
        &[("account", "111122223333"), ("expires", &in_days(30))],
    )];
    assert!(!check_rows(&far).1.contains("note"));
}

#[test]
fn the_rules_of_the_guide_have_no_faults() {
    let pages = crate::docs::page::all();
    let guide = pages.iter().find(|page| page.name == "docs/tuning.md");
    let blocks = guide.expect("the guide is there").blocks();
    let rows = blocks.iter().filter(|block| block.language == "csv");
    let list: String = rows.map(|block| block.text.as_str()).collect();
    let tuning = directvm::detect::tune::Tuning::parse(list.as_bytes());
    assert_eq!(tuning.faults(), []);
    assert_eq!(tuning.rules().len(), 5);
    let catalogue = crate::catalogue::catalogue();
    let warnings = directvm::detect::tune::check::find_warnings(&tuning, &catalogue, 0, 0);
    assert_eq!(warnings, []);
}
