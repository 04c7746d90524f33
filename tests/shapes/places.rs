//! The name of an operation in any other field is not a finding.

use super::quiet::{assert_quiet, aws, azure, gcp};
use super::{Seen, inspect_raw};
use crate::catalogue::detector;
use directvm::catalogue::Cloud;
use serde_json::{Value, json};

fn seen(raw: &str) -> Vec<Seen> {
    inspect_raw(&detector(), raw.as_bytes())
}

/// A complete event of the operation, as a nested copy.
fn session() -> Value {
    aws(&json!({
        "eventSource": "ssm.amazonaws.com", "eventName": "StartSession", "requestParameters": { "target": "i-0a1b2c3d4e5f60718" },
    }))
}

#[test]
fn aws_names_out_of_place() {
    assert_eq!(
        seen(&session().to_string()).len(),
        1,
        "the copy itself is a finding"
    );
    let places = [
        json!({ "userAgent": "aws-cli/2 md/command#ssm.start-session StartSession ssm.amazonaws.com" }),
        json!({ "errorCode": "AccessDenied", "errorMessage": "not authorized to perform: ssm:StartSession" }),
        json!({ "requestParameters": { "eventName": "StartSession", "eventSource": "ssm.amazonaws.com" } }),
        json!({ "requestParameters": { "lookupAttributes": [{ "attributeKey": "EventName", "attributeValue": "StartSession" }] } }),
        json!({ "requestParameters": session() }),
        json!({ "responseElements": { "detail": session(), "event": session(), "Records": [session()] } }),
        json!({ "additionalEventData": session().to_string() }),
        json!({ "eventType": "StartSession", "requestID": "SendCommand" }),
        json!({ "userIdentity": { "sessionContext": { "eventName": "StartSession" } } }),
    ];
    for place in &places {
        assert_quiet(Cloud::Aws, &aws(place));
    }
}

#[test]
fn azure_names_out_of_place() {
    let name = "Microsoft.Compute/virtualMachines/runCommand/action";
    let quiet = json!({ "operationName": "MICROSOFT.RESOURCES/TAGS/WRITE", "identity": { "authorization": { "action": name } } });
    let places = [
        json!({ "properties": { "message": name, "operationName": name } }),
        json!({ "properties": { "requestbody": azure(&json!({})).to_string() } }),
        json!({ "properties": { "records": [azure(&json!({}))] } }),
        json!({ "identity": { "claims": { "name": name } } }),
        json!({ "resourceId": format!("/SUBSCRIPTIONS/S/RESOURCEGROUPS/{name}") }),
    ];
    for place in &places {
        let mut event = azure(&quiet);
        for (member, value) in place.as_object().expect("a place is an object") {
            event[member] = value.clone();
        }
        assert_quiet(Cloud::Azure, &event);
    }
}

#[test]
fn gcp_names_out_of_place() {
    let name = "google.ssh-serialport.v1.connect";
    let service = "ssh-serialport.googleapis.com";
    let copy = gcp(&json!({ "protoPayload": { "methodName": name, "serviceName": service } }));
    let places = [
        json!({ "requestMetadata": { "callerSuppliedUserAgent": name } }),
        json!({ "request": { "methodName": name, "serviceName": service, "protoPayload": copy["protoPayload"] } }),
        json!({ "response": copy, "metadata": { "data": copy } }),
        json!({ "authorizationInfo": [{ "permission": "compute.instances.setMetadata", "granted": true }] }),
        json!({ "status": { "code": 7, "message": format!("no right to call {name}") } }),
    ];
    for place in &places {
        assert_quiet(Cloud::Gcp, &gcp(&json!({ "protoPayload": place })));
    }
}

#[test]
fn the_last_of_two_members_with_one_name_counts() {
    let text = session().to_string();
    let twice = |first: &str, last: &str| {
        let first = text.replace("\"StartSession\"", &format!("\"{first}\""));
        format!(
            "{},\"eventName\":\"{last}\"}}",
            first.strip_suffix('}').expect("an object")
        )
    };
    assert_eq!(seen(&twice("DescribeSessions", "StartSession")).len(), 1);
    assert!(seen(&twice("StartSession", "DescribeSessions")).is_empty());
}

#[test]
fn the_last_of_two_parameters_with_one_name_counts() {
    let event = session().to_string().replace(
        r#""target":"i-0a1b2c3d4e5f60718""#,
        r#""target":"i-0aaaaaaaaaaaaaaaa","target":"i-0bbbbbbbbbbbbbbbb""#,
    );
    assert_eq!(seen(&event)[0].field("dvm_target"), ["i-0bbbbbbbbbbbbbbbb"]);
}

#[test]
fn a_hec_envelope_around_something_else_is_not_a_wrapper() {
    let foreign = json!({ "event": session(), "alert": "somebody started a session", "severity": 3 });
    assert!(seen(&foreign.to_string()).is_empty());
}
