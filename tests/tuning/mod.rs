//! The tuning list: conditions, precedence, expiry, faults, and the search that uses it.

mod check;
mod conditions;
mod faults;
mod precedence;
mod properties;
mod search;

use crate::catalogue::catalogue;
use crate::shapes::Seen;
use directvm::catalogue::Scope;
use directvm::detect::tune::{COLUMNS, TryResult, Tuning};
use directvm::detect::{Detector, Filter};
use serde_json::{Value, json};
use std::sync::LazyLock;

/// A command on two machines.
pub fn event() -> Value {
    json!({
        "eventVersion": "1.11",
        "userIdentity": {
            "type": "AssumedRole",
            "arn": "arn:aws:sts::111122223333:assumed-role/Deploy/Dana",
            "accountId": "111122223333"
        },
        "eventTime": "2026-03-14T09:26:53Z",
        "eventSource": "ssm.amazonaws.com",
        "eventName": "SendCommand",
        "awsRegion": "eu-west-1",
        "sourceIPAddress": "203.0.113.24",
        "userAgent": "Boto3/1.38.14 m\u{fc}nchen",
        "requestParameters": {
            "documentName": "AWS-RunShellScript",
            "instanceIds": ["i-0a1b2c3d4e5f60718", "i-0ffffffffffffffff"]
        },
        "responseElements": null,
        "recipientAccountId": "111122223333"
    })
}

/// The event with one member set.
pub fn with(name: &str, value: impl Into<Value>) -> Value {
    let mut event = event();
    event[name] = value.into();
    event
}

/// A row without faults, and without a condition unless one is given. If a column is given twice, the last value counts.
pub fn row(cells: &[(&str, &str)]) -> String {
    let default = |name: &str| match name {
        "id" => "r1",
        "enabled" => "1",
        "action" => "expect",
        "reason" => "Known work",
        "owner" => "soc",
        _ => "",
    };
    let cell = |name: &str| {
        let given = cells.iter().rev().find(|(known, _)| *known == name);
        let text = given.map_or_else(|| default(name), |(_, text)| text);
        format!("\"{}\"", text.replace('"', "\"\""))
    };
    COLUMNS.map(cell).join(",")
}

/// A list with this header line and these rows.
pub fn text(rows: &[String]) -> String {
    format!("{}\n{}\n", COLUMNS.join(","), rows.join("\n"))
}

pub fn list(rows: &[String]) -> Tuning {
    Tuning::parse(text(rows).as_bytes())
}

/// A list without faults.
#[track_caller]
pub fn sound(rows: &[String]) -> Tuning {
    let tuning = list(rows);
    assert_eq!(tuning.faults(), [], "{rows:?}");
    tuning
}

pub fn detector(tuning: Tuning) -> Detector {
    let filter = Filter {
        scope: Scope::Extended,
        ..Filter::default()
    };
    Detector::new(&catalogue(), filter).tuned(tuning)
}

/// The only finding of an event, and the rules that apply to it when each one is tried.
#[track_caller]
pub fn tag_tracing(tuning: &Tuning, event: &Value) -> (Seen, Vec<String>) {
    static UNTUNED: LazyLock<Detector> = LazyLock::new(|| detector(Tuning::default()));
    let mut seen = Vec::new();
    for mut finding in UNTUNED.findings(event.to_string().as_bytes()) {
        tuning.apply(&mut finding);
        let applied = tuning
            .trace(&finding)
            .into_iter()
            .filter(|tried| tried.result == TryResult::Applied);
        let applied = applied.map(|tried| tried.rule.id.clone()).collect();
        seen.push((Seen::of(&finding), applied));
    }
    assert_eq!(seen.len(), 1, "{event}");
    seen.remove(0)
}

/// The only finding of an event.
#[track_caller]
pub fn tag(tuning: &Tuning, event: &Value) -> Seen {
    tag_tracing(tuning, event).0
}

#[track_caller]
pub fn verdict(tuning: &Tuning, event: &Value) -> String {
    tag(tuning, event).field("dvm_verdict").concat()
}

pub fn faults(text: &[u8]) -> Vec<String> {
    Tuning::parse(text)
        .faults()
        .iter()
        .map(ToString::to_string)
        .collect()
}
