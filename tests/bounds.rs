//! What a finding adds is bounded, whatever stands in the event.

use crate::catalogue::detector;
use crate::shapes::{Seen, inspect_raw};
use directvm::detect::bounds::{MAX_LIST_BYTES, MAX_LISTED, MAX_VALUE};
use serde_json::{Value, json};

/// `SendCommand` with these parameters.
fn send_command(parameters: &Value) -> String {
    let event = json!({
        "eventVersion": "1.08",
        "userIdentity": { "type": "IAMUser", "arn": "arn:aws:iam::111122223333:user/dana", "accountId": "111122223333" },
        "eventTime": "2026-03-14T09:26:53Z",
        "eventSource": "ssm.amazonaws.com",
        "eventName": "SendCommand",
        "awsRegion": "eu-west-1",
        "sourceIPAddress": "203.0.113.24",
        "requestParameters": parameters,
        "recipientAccountId": "111122223333",
    });
    event.to_string()
}

fn inspected(event: &str) -> Seen {
    let mut seen = inspect_raw(&detector(), event.as_bytes());
    assert_eq!(seen.len(), 1, "one finding");
    let seen = seen.remove(0);
    for (name, values) in &seen.0 {
        let longest = values.iter().map(String::len).max().unwrap_or_default();
        let bytes: usize = values.iter().map(String::len).sum();
        assert!(longest <= MAX_VALUE, "{name}: a value of {longest} bytes");
        assert!(values.len() <= MAX_LISTED + 1, "{name}: {} values", values.len());
        assert!(bytes <= MAX_LIST_BYTES + 32, "{name}: {bytes} bytes");
    }
    seen
}

#[test]
fn a_target_list_with_a_long_key_is_not_multiplied() {
    for (length, count) in [(60_000, 4_000), (4_000, 20_000), (600, 120), (6, 100_000)] {
        let values: Vec<String> = (0..count).map(|at| at.to_string()).collect();
        let key = format!("tag:{}", "k".repeat(length));
        let targets = json!([{ "key": key, "values": values }]);
        let seen = inspected(&send_command(&json!({ "documentName": "d", "targets": targets })));
        let shown = seen.field("dvm_target");
        let unlisted = count + 1 - shown.len();
        let last = *shown.last().expect("there are targets");
        assert_eq!(last, format!("and {unlisted} more"), "{length} × {count}");
        assert_eq!(shown, seen.field("dest"));
    }
}

#[test]
fn a_small_event_makes_no_large_finding() {
    let values: Vec<String> = (0..100).map(|at| at.to_string()).collect();
    let one_key = json!([{ "key": "k".repeat(600), "values": values }]);
    // As many, and as long, as the API takes.
    let keys =
        (0..5).map(|at| json!({ "key": format!("tag:{at}{}", "k".repeat(158)), "values": values[..50] }));
    let many_keys: Value = keys.collect();
    for targets in [one_key, many_keys] {
        let event = send_command(&json!({ "documentName": "d", "targets": targets }));
        let seen = inspected(&event);
        let bytes: usize = seen
            .0
            .iter()
            .flat_map(|(_, values)| values)
            .map(String::len)
            .sum();
        assert!(bytes <= 40 * event.len(), "{bytes} bytes of {}", event.len());
        let unlisted = seen.field("dvm_target").last().copied().unwrap_or_default();
        assert!(unlisted.starts_with("and "), "{unlisted}");
    }
}

#[test]
fn targets_beyond_a_thousand_are_counted() {
    let ids: Vec<String> = (0..2_500).map(|at| format!("i-{at:08x}")).collect();
    let seen = inspected(&send_command(&json!({ "documentName": "d", "instanceIds": ids })));
    let shown = seen.field("dvm_target");
    assert_eq!((shown.len(), shown[1_000]), (1_001, "and 1500 more"));
    assert_eq!(seen.field("object_id"), shown);
    let summary = seen.field("dvm_summary")[0];
    assert!(
        summary.contains(" on i-00000000 and 2499 more from "),
        "{summary}"
    );
    assert!(
        seen.field("dvm_reasons")
            .iter()
            .any(|reason| reason.contains("2500 machines"))
    );
}

#[test]
fn exactly_a_thousand_targets_are_all_listed() {
    let ids: Vec<String> = (0..1_000).map(|at| format!("i-{at:08x}")).collect();
    let seen = inspected(&send_command(&json!({ "documentName": "d", "instanceIds": ids })));
    assert_eq!(seen.field("dvm_target").last(), Some(&"i-000003e7"));
}

#[test]
fn every_long_value_is_cut_between_characters() {
    let long = "ü".repeat(50_000);
    let parameters = json!({ "documentName": long, "instanceIds": [long], "comment": long });
    let mut event: Value = serde_json::from_str(&send_command(&parameters)).expect("it is JSON");
    event["userIdentity"]["arn"] = json!(format!("arn:aws:iam::111122223333:user/{long}"));
    for name in [
        "userAgent",
        "sourceIPAddress",
        "awsRegion",
        "errorCode",
        "errorMessage",
    ] {
        event[name] = json!(long);
    }
    let seen = inspected(&event.to_string());
    for name in [
        "dvm_actor",
        "dvm_src",
        "dvm_document",
        "dvm_target",
        "dvm_summary",
        "user_agent",
        "reason",
    ] {
        let value = seen.field(name)[0];
        assert!(
            value.ends_with('…') && value.len() > MAX_VALUE - 8,
            "{name}: {}",
            value.len()
        );
    }
}

#[test]
fn azure_and_google_lists_are_bounded_too() {
    let base: Value =
        serde_json::from_str(include_str!("../src/catalogue/base/gcp.json")).expect("it is JSON");
    let mut google = base;
    let names: Vec<Value> = (0..3_000)
        .map(|at| json!({ "resource": format!("projects/acme/zones/z/instances/vm-{at}"), "granted": true }))
        .collect();
    google["protoPayload"]["methodName"] =
        json!("google.cloud.oslogin.controlplane.regional.v1beta.OsLoginRegionalService.SignSshPublicKey");
    google["protoPayload"]["serviceName"] = json!("oslogin.googleapis.com");
    google["protoPayload"]["authorizationInfo"] = json!(names);
    let seen = inspected(&google.to_string());
    assert_eq!(seen.field("dvm_target").last(), Some(&"and 2000 more"));
}
