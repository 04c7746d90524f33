//! Findings linked into requests, sessions and cases.

mod command;
mod hostile;
mod kinds;
mod names;
mod review;
mod routes;
mod scenarios;

use crate::catalogue::detector;
use directvm::link::{By, LinkOptions, Linked, LinkedRow, Record, rows};
use serde_json::{Value, json};

/// The findings in some events, as records.
pub fn records(events: &[Value]) -> Vec<Record> {
    let detector = detector();
    let findings = events.iter().flat_map(|event| {
        let findings = detector.findings(event.to_string().as_bytes());
        let records = findings.iter().map(|finding| Record::of_finding(finding, ""));
        records.collect::<Vec<_>>()
    });
    findings.collect()
}

/// The rows of some events, one for each request.
pub fn requests(events: &[Value]) -> Vec<LinkedRow> {
    rows(
        &Linked::new(records(events), &LinkOptions::default()),
        By::Request,
    )
}

/// Kinds of links in rows, in the order of the rows.
pub fn kinds(rows: &[LinkedRow]) -> Vec<String> {
    rows.iter()
        .flat_map(|row| row.values("dvm_link").to_vec())
        .collect()
}

/// Checks which links the rows of some events have, by every route.
#[track_caller]
pub fn check(events: &[Value], wanted: &[&str]) {
    let rows = requests(events);
    assert_eq!(kinds(&rows), wanted);
    routes::check_same(events, &rows);
}

/// A call to AWS at a moment of one day.
pub fn aws(time: &str, source: &str, name: &str, caller: &str, members: &Value) -> Value {
    let mut event = json!({
        "eventVersion": "1.11", "eventTime": format!("2026-05-02T{time}Z"), "eventSource": format!("{source}.amazonaws.com"),
        "eventName": name, "awsRegion": "eu-north-1", "sourceIPAddress": "198.51.100.7", "userAgent": "aws-cli/2.31.0",
        "recipientAccountId": "222233334444",
        "eventID": format!("{name}-{time}-{caller}"),
        "userIdentity": {
            "type": "IAMUser", "arn": format!("arn:aws:iam::222233334444:user/{caller}"), "userName": caller,
            "accountId": "222233334444",
        },
    });
    for (member, value) in members.as_object().expect("members") {
        event[member] = value.clone();
    }
    event
}

/// A run command of Azure on a machine, by a user, with this status.
pub fn azure(
    time: &str,
    operation: &str,
    machine: &str,
    user: &str,
    status: &str,
    correlation: &str,
) -> Value {
    const SUBSCRIPTION: &str = "/subscriptions/5ab50000-0000-4000-8000-000000000001";
    json!({
        "time": format!("2026-05-02T{time}Z"), "category": "Administrative", "resultType": status,
        "operationName": operation, "correlationId": correlation, "callerIpAddress": "203.0.113.50",
        "resourceId": format!("{SUBSCRIPTION}/resourceGroups/ops/providers/Microsoft.Compute/virtualMachines/{machine}"),
        "identity": { "claims": {
            "idtyp": "user",
            "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/upn": user,
        } },
    })
}
