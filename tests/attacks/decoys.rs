//! Decoys: a second call or name that draws attention away from the first.

use super::made::{ONE, RUN, TWO, aws, azure, check, only};
use crate::link::requests;
use serde_json::{Value, json};

/// A record of a run command at a moment of one morning.
fn record(time: &str, result: &str, members: &Value) -> Value {
    let mut event = azure(RUN, "till-1", members);
    event["time"] = format!("2026-04-07T{time}Z").into();
    event["resultType"] = result.into();
    if result == "Failure" {
        event["resultSignature"] = "Failed.Forbidden".into();
    }
    event
}

fn honest() -> [Value; 3] {
    let none = json!({});
    [
        record("09:00:00", "Start", &none),
        record("09:00:01", "Accept", &none),
        record("09:00:40", "Success", &none),
    ]
}

/// Outcome and number of records of each request.
fn rows(events: &[Value]) -> Vec<(String, String)> {
    let text = |row: &directvm::link::LinkedRow, name| row.value(name).to_owned();
    let requests = requests(events);
    let rows = requests
        .iter()
        .map(|row| (text(row, "dvm_outcome"), text(row, "dvm_records")));
    rows.collect()
}

fn success() -> (String, String) {
    ("success".to_owned(), "3".to_owned())
}

#[test]
fn a_denial_under_the_same_correlation_id_hides_the_success() {
    assert_eq!(rows(&honest()), [success()]);
    let claims = |upn: &str| json!({ "claims": { "idtyp": "user", "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/upn": upn } });
    let other_machine = azure(RUN, "till-2", &json!({}))["resourceId"].clone();
    for decoy in [
        json!({}),
        json!({ "identity": claims("sam@example.com") }),
        json!({ "callerIpAddress": "203.0.113.9" }),
        json!({ "callerIpAddress": "" }),
        json!({ "resourceId": other_machine }),
    ] {
        for time in ["08:59:59", "09:00:20", "09:00:50", "09:30:00"] {
            let mut events = honest().to_vec();
            events.push(record(time, "Failure", &decoy));
            let rows = rows(&events);
            assert_eq!(rows.len(), 2, "{time} {decoy}");
            assert!(rows.contains(&success()), "{time} {decoy}: {rows:?}");
            assert!(
                rows.contains(&("denied".to_owned(), "1".to_owned())),
                "{time} {decoy}: {rows:?}"
            );
        }
    }
}

#[test]
fn a_success_elsewhere_under_the_same_correlation_id_takes_no_records() {
    let mut decoy = record("09:00:20", "Success", &json!({}));
    decoy["resourceId"] = azure(RUN, "till-2", &json!({}))["resourceId"].clone();
    let mut events = honest().to_vec();
    events.push(decoy);
    let mut rows = rows(&events);
    rows.sort();
    assert_eq!(rows, [("success".to_owned(), "1".to_owned()), success()]);
}

#[test]
fn an_answer_of_another_caller_is_not_the_answer_to_a_start() {
    let claims = json!({ "claims": { "idtyp": "user", "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/upn": "sam@example.com" } });
    let events = [
        record("09:00:00", "Start", &json!({})),
        record("09:00:10", "Failure", &json!({ "identity": claims })),
    ];
    let mut rows = rows(&events);
    rows.sort();
    let one = |outcome: &str| (outcome.to_owned(), "1".to_owned());
    assert_eq!(rows, [one("denied"), one("started")]);
}

#[test]
fn a_runbook_shows_a_decoy_where_the_machine_is_looked_for() {
    let targets = |parameters: &Value| {
        let request = json!({ "documentName": "AWS-RestartEC2Instance", "parameters": parameters });
        only(&aws(
            "StartAutomationExecution",
            &json!({ "requestParameters": request }),
        ))
        .field("dvm_target")
        .join(" ")
    };
    assert_eq!(targets(&json!({ "InstanceId": [ONE] })), ONE);
    let managed = "mi-0123456789abc0003";
    for (more, real) in [
        (json!([TWO]), TWO),
        (json!([managed]), managed),
        (json!(TWO), TWO),
        (json!({ "deeper": [{ "still": TWO }] }), TWO),
        (json!([format!("{{\"as\":[\"text\",\"{TWO}\"]}}")]), TWO),
        (
            json!([format!("arn:aws:ec2:eu-central-1:111122223333:instance/{TWO}")]),
            TWO,
        ),
        (json!([format!("first, {TWO}; last")]), TWO),
    ] {
        let parameters = json!({ "InstanceId": [ONE], "Zebra": more });
        assert_eq!(targets(&parameters), format!("{ONE} {real}"), "{parameters}");
    }
    // What only resembles an id is none.
    for other in [
        "ami-0123456789abc0002",
        "vol-0123456789abc0002",
        "eni-0123456789abc0002",
    ] {
        assert_eq!(
            targets(&json!({ "InstanceId": [ONE], "Other": [other] })),
            ONE,
            "{other}"
        );
    }
}

#[test]
fn many_denied_tries_are_no_fan_out_that_a_later_success_is_counted_with() {
    let session = |at: usize, code: &str| {
        let mut event = aws(
            "StartSession",
            &json!({
                "eventTime": format!("2026-04-07T09:{at:02}:00Z"), "eventID": format!("5ca1ab1e-0000-4000-8000-{at:012}"),
                "requestParameters": { "target": format!("i-{at:017x}") },
            }),
        );
        if !code.is_empty() {
            event["errorCode"] = code.into();
        }
        event
    };
    let reached = |code: &str| {
        let events: Vec<Value> = (0..8).map(|at| session(at, code)).collect();
        requests(&events)
            .iter()
            .any(|row| row.values("dvm_link").contains(&"fan_out".to_owned()))
    };
    assert!(reached(""));
    assert!(!reached("AccessDenied"));
    check(
        &session(1, "AccessDenied"),
        &[("dvm_outcome", "denied"), ("dvm_severity", "low")],
    );
    check(
        &session(1, ""),
        &[("dvm_outcome", "success"), ("dvm_severity", "medium")],
    );
}
