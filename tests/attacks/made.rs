//! Events that are made for the attacks, each of the same person from the same address.

use crate::catalogue::detector;
use crate::shapes::{Seen, inspect_raw};
use crate::support::{BINARY, command};
use directvm::detect::Detector;
use serde_json::{Value, json};
use std::io::Write;
use std::path::Path;
use std::process::{Output, Stdio};
use std::sync::LazyLock;

pub static DETECTOR: LazyLock<Detector> = LazyLock::new(detector);

pub const ONE: &str = "i-0123456789abc0001";
pub const TWO: &str = "i-0123456789abc0002";

const SUBSCRIPTION: &str = "/subscriptions/0aa00000-0000-4000-8000-00000000000a";
pub const RUN: &str = "MICROSOFT.COMPUTE/VIRTUALMACHINES/RUNCOMMAND/ACTION";
pub const EXTENSION: &str = "MICROSOFT.COMPUTE/VIRTUALMACHINES/EXTENSIONS/WRITE";

fn set(event: &mut Value, members: &Value) {
    for (member, value) in members.as_object().expect("members") {
        event[member] = value.clone();
    }
}

/// A call to AWS by an IAM user, with these members.
pub fn aws(name: &str, members: &Value) -> Value {
    let mut event = json!({
        "eventVersion": "1.11", "eventTime": "2026-04-07T10:20:30Z", "eventSource": "ssm.amazonaws.com", "eventName": name,
        "awsRegion": "eu-central-1", "sourceIPAddress": "198.51.100.20", "userAgent": "aws-cli/2.31.0",
        "recipientAccountId": "111122223333", "eventID": "5ca1ab1e-0000-4000-8000-000000000001",
        "userIdentity": {
            "type": "IAMUser", "arn": "arn:aws:iam::111122223333:user/robin", "userName": "robin", "accountId": "111122223333",
        },
    });
    set(&mut event, members);
    event
}

/// `SendCommand` with these parameters.
pub fn send(parameters: &Value) -> Value {
    aws("SendCommand", &json!({ "requestParameters": parameters }))
}

/// A record of Azure about a machine or what is below it, with these members.
pub fn azure(operation: &str, resource: &str, members: &Value) -> Value {
    let mut event = json!({
        "time": "2026-04-07T10:20:30Z", "category": "Administrative", "resultType": "Success", "operationName": operation,
        "correlationId": "c0110000-0000-4000-8000-000000000001", "callerIpAddress": "198.51.100.20",
        "resourceId": format!("{SUBSCRIPTION}/resourceGroups/shop/providers/Microsoft.Compute/virtualMachines/{resource}"),
        "identity": { "claims": {
            "idtyp": "user",
            "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/upn": "robin@example.com",
        } },
        "properties": {},
    });
    set(&mut event, members);
    event
}

/// A call to a service of Google Cloud, with these members of its payload.
pub fn google(service: &str, method: &str, payload: &Value) -> Value {
    let mut event = json!({
        "insertId": "a77ac4", "timestamp": "2026-04-07T10:20:30Z",
        "logName": "projects/example-shop/logs/cloudaudit.googleapis.com%2Factivity",
        "resource": { "type": "gce_instance", "labels": { "project_id": "example-shop", "zone": "europe-west4-a" } },
        "protoPayload": {
            "@type": "type.googleapis.com/google.cloud.audit.AuditLog", "serviceName": service, "methodName": method,
            "resourceName": "projects/example-shop/zones/europe-west4-a/instances/till-1",
            "requestMetadata": { "callerIp": "198.51.100.20" },
            "authenticationInfo": { "principalEmail": "robin@example.com" },
        },
    });
    set(&mut event["protoPayload"], payload);
    event
}

pub fn findings(event: &Value) -> Vec<Seen> {
    inspect_raw(&DETECTOR, event.to_string().as_bytes())
}

/// An event, or the beginning of a long one.
fn beginning(event: &Value) -> String {
    event.to_string().chars().take(3_000).collect()
}

/// The only finding of an event.
#[track_caller]
pub fn only(event: &Value) -> Seen {
    let mut seen = findings(event);
    assert_eq!(seen.len(), 1, "{}", beginning(event));
    seen.remove(0)
}

/// Checks fields of the only finding of an event; several values are joined by blanks.
#[track_caller]
pub fn check(event: &Value, wanted: &[(&str, &str)]) {
    let seen = only(event);
    for (name, value) in wanted {
        assert_eq!(
            seen.field(name).join(" "),
            *value,
            "{name} of {}",
            beginning(event)
        );
    }
}

#[track_caller]
pub fn reasons(event: &Value) -> String {
    only(event).field("dvm_reasons").join("\n")
}

/// Runs the program in a folder, with `input` on its standard input.
pub fn run(folder: &Path, args: &[&str], input: &[u8]) -> Output {
    let mut child = command(BINARY)
        .args(args)
        .current_dir(folder)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program starts");
    let mut stdin = child.stdin.take().expect("there is a pipe");
    let input = input.to_vec();
    let writer = std::thread::spawn(move || stdin.write_all(&input));
    let output = child.wait_with_output().expect("it ends");
    // A program that ends early closes the pipe.
    let _gone = writer.join();
    output
}
