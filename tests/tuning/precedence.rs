//! Which of several rules applies, and what it changes.

use super::{detector, event, row, sound, tag, with};
use directvm::catalogue::Severity;
use directvm::detect::{Detector, Filter};

fn rule(id: &str, action: &str, value: &str) -> String {
    row(&[
        ("id", id),
        ("action", action),
        ("value", value),
        ("cloud", "aws"),
        ("reason", "Why"),
    ])
}

/// Rules by action and value, and the verdict, severity and `dvm_tuning` that they give.
type Case = (
    &'static [(&'static str, &'static str)],
    &'static str,
    &'static str,
    &'static str,
);

const CASES: &[Case] = &[
    (
        &[("expect", ""), ("severity", "low"), ("suppress", "")],
        "suppressed",
        "high",
        "3: Why",
    ),
    (
        &[("suppress", ""), ("suppress", "")],
        "suppressed",
        "high",
        "1: Why",
    ),
    (
        &[("severity", "+1"), ("expect", ""), ("expect", "")],
        "expected",
        "critical",
        "2: Why; 1: Why",
    ),
    (
        &[("severity", "low"), ("severity", "+1"), ("severity", "+1")],
        "report",
        "high",
        "1: Why; 2: Why; 3: Why",
    ),
    (
        &[("severity", "+1"), ("severity", "low")],
        "report",
        "low",
        "1: Why; 2: Why",
    ),
    (
        &[("severity", "+1"), ("severity", "+1")],
        "report",
        "critical",
        "1: Why; 2: Why",
    ),
    (
        &[("severity", "informational"), ("severity", "-1")],
        "report",
        "informational",
        "1: Why; 2: Why",
    ),
];

#[test]
fn the_first_suppress_wins_else_the_first_expect_and_then_all_severities() {
    for (actions, verdict, severity, tuned_by) in CASES {
        let rules: Vec<String> = actions
            .iter()
            .enumerate()
            .map(|(at, (action, value))| rule(&(at + 1).to_string(), action, value))
            .collect();
        let seen = tag(&sound(&rules), &event());
        let base = tag(&sound(&[]), &event());
        assert_eq!(
            base.field("dvm_severity"),
            ["high"],
            "the event was chosen for it"
        );
        assert_eq!(seen.field("dvm_verdict"), [*verdict], "{actions:?}");
        assert_eq!(seen.field("dvm_severity"), [*severity], "{actions:?}");
        assert_eq!(seen.field("dvm_tuning"), [*tuned_by], "{actions:?}");
        let score = Severity::parse(severity).unwrap().score().to_string();
        assert_eq!(seen.field("dvm_risk_score"), [score], "{actions:?}");
    }
}

#[test]
fn each_rule_that_applied_is_named_among_the_reasons() {
    let seen = tag(
        &sound(&[
            rule("a", "expect", ""),
            rule("b", "severity", "+1"),
            rule("c", "severity", "low"),
        ]),
        &event(),
    );
    let reasons = seen.field("dvm_reasons");
    assert_eq!(
        reasons[reasons.len() - 3..],
        [
            "expected by tuning rule a: Why",
            "+1 by tuning rule b: Why",
            "low by tuning rule c: Why"
        ]
    );
}

#[test]
fn a_failed_call_keeps_half_the_score_of_its_new_level() {
    let seen = tag(
        &sound(&[rule("a", "severity", "high")]),
        &with("errorCode", "AccessDenied"),
    );
    assert_eq!(
        (seen.field("dvm_severity"), seen.field("dvm_risk_score")),
        (vec!["high"], vec!["30"])
    );
}

#[test]
fn min_severity_applies_after_tuning() {
    let tagged = |rules: &[String], min_severity| {
        let filter = Filter {
            min_severity,
            ..Filter::default()
        };
        let detector = Detector::new(&crate::catalogue::catalogue(), filter).tuned(sound(rules));
        crate::shapes::inspect_raw(&detector, event().to_string().as_bytes()).len()
    };
    assert_eq!(tagged(&[], Severity::Critical), 0);
    assert_eq!(
        tagged(&[rule("a", "severity", "critical")], Severity::Critical),
        1
    );
    assert_eq!(tagged(&[], Severity::Low), 1);
    assert_eq!(
        tagged(&[rule("a", "severity", "informational")], Severity::Low),
        0
    );
    assert_eq!(
        tagged(&[rule("a", "suppress", "")], Severity::Low),
        1,
        "it comes out, suppressed"
    );
}

/// A column, and its cell in rule number `n`.
type Kind = (&'static str, fn(usize) -> String);

#[test]
fn among_ten_thousand_rules_the_right_ones_are_found() {
    let kinds: [Kind; 6] = [
        ("actor", |at| {
            format!("arn:aws:sts::111122223333:assumed-role/role-{at}/dana")
        }),
        ("actor", |at| format!("*/role-{at}/*")),
        ("target", |at| format!("i-{at:017x}")),
        ("src", |at| format!("10.{}.{}.0/24", at / 256, at % 256)),
        ("account", |at| format!("{at:012}|x{at}")),
        ("document", |at| format!("Doc?{at}-*")),
    ];
    let mut rules: Vec<String> = (0..10_000)
        .map(|at| {
            let (column, cell) = kinds[at % kinds.len()];
            row(&[
                ("id", &format!("r{at}")),
                ("action", "severity"),
                ("value", "+1"),
                ("operation", "SendCommand"),
                (column, &cell(at)),
            ])
        })
        .collect();
    rules.push(row(&[
        ("id", "last"),
        ("actor", "*/role-7/*"),
        ("action", "severity"),
        ("value", "low"),
    ]));
    let mut event = with("sourceIPAddress", "10.36.83.9");
    event["userIdentity"]["arn"] = "arn:aws:sts::111122223333:assumed-role/role-7/dana".into();
    event["requestParameters"]["instanceIds"][1] = format!("i-{:017x}", 9998).into();
    event["requestParameters"]["documentName"] = "Doc-5-x".into();
    event["recipientAccountId"] = "x4".into();
    let seen = tag(&sound(&rules), &event);
    // 36 * 256 + 83 = 9299 is not a rule on src (9299 % 6 = 5); 9998 is one on target (9998 % 6 = 2).
    let wanted = "r4: Known work; r5: Known work; r7: Known work; r9998: Known work; last: Known work";
    assert_eq!(seen.field("dvm_tuning"), [wanted]);
}

#[test]
fn the_trace_shows_the_rules_that_were_applied() {
    let detector = detector(sound(&[
        rule("a", "severity", "low"),
        rule("b", "expect", ""),
        rule("c", "expect", ""),
    ]));
    let findings = detector.findings(event().to_string().as_bytes());
    let traces = findings
        .iter()
        .flat_map(|finding| detector.tuning().trace(finding));
    let lines: Vec<String> = traces.map(|tried| format!("{:?}", tried.result)).collect();
    assert_eq!(lines[..2], ["Applied", "Applied"]);
    assert!(lines[2].starts_with("Outranked"), "{}", lines[2]);
}
