//! The log of a fleet: a thousand findings of a month, as a responder gets them.

use serde_json::{Value, json};

const ACCOUNT: &str = "111122223333";
const ROLES: [&str; 5] = ["PlatformAdmin", "Deploy", "Support", "DataTeam", "BreakGlass"];
const PERSONS: [&str; 7] = [
    "ana.ruiz",
    "kim.oh",
    "lee.park",
    "morgan.lee",
    "noor.ali",
    "sam.fox",
    "tom.ray",
];

/// A number that looks like chance and is the same every time.
fn chance(at: usize, salt: usize, below: usize) -> usize {
    let mixed = (at * 2_654_435_761 + salt * 40_503) ^ ((at + salt) << 7);
    (mixed >> 5) % below
}

/// The records, in the order of time.
pub fn records() -> Vec<Value> {
    (0..1000).map(record).collect()
}

fn record(at: usize) -> Value {
    let minutes = at * 43;
    let time = format!(
        "2026-05-{:02}T{:02}:{:02}:{:02}Z",
        minutes / 1440 + 1,
        minutes / 60 % 24,
        minutes % 60,
        chance(at, 1, 60)
    );
    let (role, person) = (ROLES[chance(at, 2, 5)], PERSONS[chance(at, 3, 7)]);
    let machine = format!("i-0a1b2c3d4e5f6{:04}", chance(at, 4, 150) + 1);
    let (service, name, asked, answer) = match chance(at, 5, 6) {
        0..=2 => (
            "ssm",
            "StartSession",
            json!({ "target": machine }),
            json!({ "sessionId": format!("{person}-{:017x}", at + 1) }),
        ),
        3 => (
            "ssm",
            "SendCommand",
            json!({ "documentName": "AWS-RunShellScript", "instanceIds": [machine] }),
            json!({ "command": { "commandId": format!("00000000-0000-4000-8000-{at:012x}") } }),
        ),
        _ => (
            "ec2-instance-connect",
            "SendSSHPublicKey",
            json!({ "instanceId": machine, "instanceOSUser": "ec2-user" }),
            json!({ "success": true }),
        ),
    };
    let is_denied = chance(at, 6, 9) == 0;
    let mut record = json!({
        "eventVersion": "1.10",
        "eventTime": time,
        "eventSource": format!("{service}.amazonaws.com"),
        "eventName": name,
        "awsRegion": "eu-central-1",
        "sourceIPAddress": format!("198.51.100.{}", chance(at, 7, 200) + 1),
        "userAgent": "aws-cli/2.15.0",
        "userIdentity": {
            "type": "AssumedRole",
            "arn": format!("arn:aws:sts::{ACCOUNT}:assumed-role/{role}/{person}@example.com"),
            "accountId": ACCOUNT,
            "sessionContext": { "sessionIssuer": {
                "type": "Role", "userName": role, "accountId": ACCOUNT, "arn": format!("arn:aws:iam::{ACCOUNT}:role/{role}")
            } },
        },
        "requestParameters": asked,
        "responseElements": answer,
        "eventID": format!("00000000-0000-4000-9000-{at:012x}"),
        "eventType": "AwsApiCall",
        "recipientAccountId": ACCOUNT,
    });
    if is_denied {
        record["errorCode"] = "AccessDenied".into();
        record["responseElements"] = Value::Null;
    }
    record
}
