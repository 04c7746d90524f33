//! One machine, one person, one request, under different names.

use super::{aws, azure, check, kinds, requests};
use serde_json::{Value, json};

const NUMBER: &str = "4567890123456789012";

fn gcp(time: &str, service: &str, method: &str, number: &str, payload: &Value) -> Value {
    let mut event = json!({
        "insertId": format!("{method}-{time}"), "timestamp": format!("2026-05-02T{time}Z"),
        "logName": "projects/plant-9/logs/cloudaudit.googleapis.com%2Factivity",
        "resource": { "type": "gce_instance", "labels": { "instance_id": number, "project_id": "plant-9" } },
        "protoPayload": {
            "serviceName": format!("{service}.googleapis.com"), "methodName": method,
            "authenticationInfo": { "principalEmail": "kim@example.org" }, "status": {},
        },
    });
    for (member, value) in payload.as_object().expect("members") {
        event["protoPayload"][member] = value.clone();
    }
    event
}

fn key(time: &str, name: &str, number: &str) -> Value {
    let payload = json!({
        "resourceName": format!("projects/plant-9/zones/eu-b/instances/{name}"),
        "metadata": { "instanceMetadataDelta": { "addedMetadataKeys": ["ssh-keys"] } },
    });
    gcp(
        time,
        "compute",
        "v1.compute.instances.setMetadata",
        number,
        &payload,
    )
}

fn tunnel(time: &str, number: &str) -> Value {
    let payload = json!({
        "resourceName": number,
        "authorizationInfo": [{ "permission": "iap.tunnelInstances.accessViaIAP", "granted": true }],
    });
    gcp(time, "iap", "AuthorizeUser", number, &payload)
}

#[test]
fn a_machine_of_google_cloud_is_one_by_name_and_by_number() {
    check(
        &[key("09:00:00", "build-7", NUMBER), tunnel("09:01:00", NUMBER)],
        &["key_then_access"],
    );
    check(
        &[
            key("09:00:00", "build-7", NUMBER),
            tunnel("09:01:00", "4567890123456789013"),
        ],
        &[],
    );
    // The name of a number is known from another record, too.
    let mut without_number = key("09:00:00", "build-7", NUMBER);
    without_number["resource"]["labels"] = json!({ "project_id": "plant-9" });
    check(&[without_number.clone(), tunnel("09:01:00", NUMBER)], &[]);
    check(
        &[
            without_number,
            tunnel("09:01:00", NUMBER),
            key("15:00:00", "build-7", NUMBER),
        ],
        &["key_then_access"],
    );
    let rows = requests(&[key("09:00:00", "build-7", NUMBER)]);
    assert_eq!(rows[0].values("dvm_target"), ["build-7"]);
    assert_eq!(
        rows[0].values("object_id"),
        ["projects/plant-9/zones/eu-b/instances/build-7", NUMBER]
    );
}

#[test]
fn a_later_run_under_an_earlier_correlation_id_is_another_request() {
    let run = "MICROSOFT.COMPUTE/VIRTUALMACHINES/RUNCOMMAND/ACTION";
    let record = |time: &str, status: &str| azure(time, run, "web", "kim@example.org", status, "c-1");
    let first = [record("09:00:00", "Start"), record("09:00:40", "Success")];
    let second = [record("15:00:00", "Start"), record("15:01:00", "Success")];
    check(&[first.clone(), second].concat(), &[]);
    let counts = |events: &[Value]| {
        let rows = requests(events);
        rows.iter()
            .map(|row| row.value("dvm_records").to_owned())
            .collect::<Vec<_>>()
    };
    let all = [
        &first[..],
        &[record("15:00:00", "Start"), record("15:01:00", "Success")],
    ]
    .concat();
    assert_eq!(counts(&all), ["2", "2"]);
    // A run may take hours; its answer is of it.
    assert_eq!(
        counts(&[record("09:00:00", "Start"), record("13:00:00", "Success")]),
        ["2"]
    );
    // The answer that another export has a little later.
    assert_eq!(
        counts(&[&first[..], &[record("09:10:00", "Success")]].concat()),
        ["3"]
    );
}

/// A call under a role, for a person whom the provider vouches for.
fn under(role: &str, person: &str, mut event: Value) -> Value {
    event["userIdentity"] = json!({
        "type": "AssumedRole", "accountId": "222233334444", "arn": format!("arn:aws:sts::222233334444:assumed-role/{role}/x"),
        "sessionContext": { "sourceIdentity": person },
    });
    event
}

#[test]
fn one_person_under_several_roles_is_one_caller() {
    let denied = |time: &str, source: &str, name: &str, parameters: Value| {
        aws(
            time,
            source,
            name,
            "x",
            &json!({ "errorCode": "AccessDenied", "requestParameters": parameters }),
        )
    };
    let shell = denied(
        "09:00:00",
        "ssm",
        "StartSession",
        json!({ "target": "i-0c0ffee0c0ffee001" }),
    );
    let command = denied(
        "09:05:00",
        "ssm",
        "SendCommand",
        json!({ "documentName": "AWS-RunShellScript", "instanceIds": ["i-0c0ffee0c0ffee001"] }),
    );
    check(
        &[
            under("One", "kim", shell.clone()),
            under("Two", "Kim", command.clone()),
        ],
        &["paths_denied"],
    );
    check(
        &[
            under("One", "kim", shell.clone()),
            under("Two", "lee", command.clone()),
        ],
        &[],
    );
    check(
        &[under("One", "kim", shell), under("Two", "kim", command.clone())],
        &["paths_denied"],
    );
    let sessions = |person: fn(u8) -> &'static str| -> Vec<Value> {
        let session = |at: u8| {
            let members = json!({
                "requestParameters": { "target": format!("i-0c0ffee0c0ffee00{at}") },
                "responseElements": { "sessionId": format!("s-{at}") },
            });
            let event = aws(&format!("09:0{at}:00"), "ssm", "StartSession", "x", &members);
            under(&format!("Role{at}"), person(at), event)
        };
        (1..=5).map(session).collect()
    };
    let rows = requests(&sessions(|_| "kim"));
    assert_eq!(kinds(&rows), ["fan_out"]);
    assert!(
        rows[4].value("dvm_link_reason").contains("by one dvm_person"),
        "{rows:?}"
    );
    check(&sessions(|at| if at == 3 { "lee" } else { "kim" }), &[]);
}
