//! The other kinds of links, and what a review found to be near them.

use super::{aws, azure, check, kinds, requests};
use crate::catalogue::detector;
use directvm::detect::tune::Tuning;
use directvm::link::{By, LinkOptions, Linked, LinkedRow, Record, rows};
use serde_json::{Value, json};

const MACHINE: &str = "i-0c0ffee0c0ffee001";

fn by_service(mut event: Value) -> Value {
    event["userIdentity"] = json!({
        "type": "AssumedRole", "invokedBy": "ssm.amazonaws.com", "accountId": "222233334444",
        "arn": "arn:aws:sts::222233334444:assumed-role/Ops/Run",
    });
    event["sourceIPAddress"] = "ssm.amazonaws.com".into();
    event
}

fn order(time: &str, document: &str, machine: &str) -> Value {
    let parameters = json!({ "name": document, "instanceId": machine });
    aws(
        time,
        "ssm",
        "CreateAssociation",
        "kim",
        &json!({ "requestParameters": parameters }),
    )
}

fn run(time: &str, document: &str, machine: &str) -> Value {
    let parameters = json!({ "documentName": document, "instanceIds": [machine] });
    by_service(aws(
        time,
        "ssm",
        "SendCommand",
        "service",
        &json!({ "requestParameters": parameters }),
    ))
}

fn shell(time: &str, caller: &str, machine: &str) -> Value {
    let members = json!({ "requestParameters": { "target": machine }, "responseElements": { "sessionId": format!("{caller}-{time}") } });
    aws(time, "ssm", "StartSession", caller, &members)
}

#[test]
fn an_order_and_the_run_of_its_document() {
    check(
        &[
            order("09:00:00", "tidy", MACHINE),
            run("15:00:00", "tidy", MACHINE),
        ],
        &["order_then_run"],
    );
    let arn = "arn:aws:ssm:eu-north-1:222233334444:document/tidy:3";
    check(
        &[order("09:00:00", "tidy", MACHINE), run("15:00:00", arn, MACHINE)],
        &["order_then_run"],
    );
    check(
        &[
            order("09:00:00", "tidy", MACHINE),
            run("15:00:00", "other", MACHINE),
        ],
        &[],
    );
    check(
        &[
            order("09:00:00", "tidy", MACHINE),
            run("15:00:00", "tidy", "i-0c0ffee0c0ffee009"),
        ],
        &[],
    );
    check(
        &[
            run("08:00:00", "tidy", MACHINE),
            order("09:00:00", "tidy", MACHINE),
        ],
        &[],
    );
    let mut removed = order("09:00:00", "tidy", MACHINE);
    removed["eventName"] = "DeleteAssociation".into();
    check(&[removed, run("15:00:00", "tidy", MACHINE)], &[]);
}

#[test]
fn recording_switched_off_and_then_a_session() {
    let off = |time: &str, document: &str| {
        aws(
            time,
            "ssm",
            "DeleteDocument",
            "lee",
            &json!({ "requestParameters": { "name": document } }),
        )
    };
    check(
        &[
            off("09:00:00", "SSM-SessionManagerRunShell"),
            shell("12:00:00", "kim", MACHINE),
        ],
        &["recording_off_then_session"],
    );
    check(
        &[off("09:00:00", "other"), shell("12:00:00", "kim", MACHINE)],
        &[],
    );
    check(
        &[
            shell("08:00:00", "kim", MACHINE),
            off("09:00:00", "SSM-SessionManagerRunShell"),
        ],
        &[],
    );
    let mut elsewhere = shell("12:00:00", "kim", MACHINE);
    elsewhere["awsRegion"] = "us-east-1".into();
    check(&[off("09:00:00", "SSM-SessionManagerRunShell"), elsewhere], &[]);
}

#[test]
fn access_switched_on_and_then_used() {
    let on = |time: &str, caller: &str| aws(time, "ec2", "EnableSerialConsoleAccess", caller, &json!({}));
    let serial = |time: &str, caller: &str| {
        let parameters =
            json!({ "instanceId": MACHINE, "serialPort": 0, "sSHPublicKey": "ssh-ed25519 AAAA x" });
        aws(
            time,
            "ec2-instance-connect",
            "SendSerialConsoleSSHPublicKey",
            caller,
            &json!({ "requestParameters": parameters }),
        )
    };
    check(
        &[on("09:00:00", "kim"), serial("10:00:00", "kim")],
        &["enabled_then_used"],
    );
    check(&[on("09:00:00", "kim"), serial("10:00:00", "lee")], &[]);
    check(&[on("09:00:00", "kim"), serial("14:00:00", "kim")], &[]);
    check(&[on("09:00:00", "kim"), shell("10:00:00", "kim", MACHINE)], &[]);
}

#[test]
fn a_credential_that_was_read_and_then_access() {
    let read = |time: &str, machine: &str| {
        aws(
            time,
            "ec2",
            "GetPasswordData",
            "kim",
            &json!({ "requestParameters": { "instanceId": machine } }),
        )
    };
    check(
        &[read("09:00:00", MACHINE), shell("09:30:00", "kim", MACHINE)],
        &["credential_then_access"],
    );
    check(
        &[read("09:00:00", MACHINE), shell("09:30:00", "lee", MACHINE)],
        &[],
    );
    check(
        &[
            read("09:00:00", "i-0c0ffee0c0ffee009"),
            shell("09:30:00", "kim", MACHINE),
        ],
        &[],
    );
}

#[test]
fn many_machines_and_many_denials() {
    let many = |minutes: usize, count: usize| -> Vec<Value> {
        let one = |at: usize| {
            shell(
                &format!("{:02}:{:02}:00", 9 + at * minutes / 60, at * minutes % 60),
                "kim",
                &format!("i-{at:017x}"),
            )
        };
        (0..count).map(one).collect()
    };
    check(&many(5, 6), &["fan_out", "fan_out"]);
    check(&many(5, 4), &[]);
    check(&many(20, 8), &[]);
    let refused = |mut event: Value| {
        event["errorCode"] = "AccessDenied".into();
        event
    };
    let command = aws(
        "09:10:00",
        "ssm",
        "SendCommand",
        "kim",
        &json!({ "requestParameters": { "documentName": "AWS-RunShellScript", "instanceIds": [MACHINE] } }),
    );
    check(
        &[
            refused(shell("09:00:00", "kim", MACHINE)),
            refused(command.clone()),
        ],
        &["paths_denied"],
    );
    check(&[refused(shell("09:00:00", "kim", MACHINE)), command], &[]);
}

#[test]
fn a_session_that_another_ended_and_a_machine_that_reaches_another() {
    let end = |time: &str, caller: &str| {
        aws(
            time,
            "ssm",
            "TerminateSession",
            caller,
            &json!({ "requestParameters": { "sessionId": "kim-09:00:00" } }),
        )
    };
    check(
        &[shell("09:00:00", "kim", MACHINE), end("09:20:00", "lee")],
        &["ended_by_other"],
    );
    check(&[shell("09:00:00", "kim", MACHINE), end("09:20:00", "kim")], &[]);
    let hop = |machine: &str, own: &str| {
        let mut event = shell("10:00:00", "x", machine);
        event["userIdentity"] = json!({ "type": "AssumedRole", "arn": format!("arn:aws:sts::222233334444:assumed-role/Web/{own}") });
        event
    };
    check(
        &[
            shell("09:00:00", "kim", MACHINE),
            hop("i-0c0ffee0c0ffee009", MACHINE),
        ],
        &["machine_hop"],
    );
    check(&[shell("09:00:00", "kim", MACHINE), hop(MACHINE, MACHINE)], &[]);
    check(
        &[
            shell("09:00:00", "kim", MACHINE),
            hop("i-0c0ffee0c0ffee009", "i-0c0ffee0c0ffee008"),
        ],
        &[],
    );
}

#[test]
fn records_without_an_id_of_their_own_are_no_copies_of_other_callers() {
    let run = "MICROSOFT.COMPUTE/VIRTUALMACHINES/RUNCOMMAND/ACTION";
    let events = [
        azure("09:00:00", run, "web-01", "kim@example.org", "Success", "c-1"),
        azure("09:00:00", run, "db-01", "eve@example.org", "Success", "c-1"),
    ];
    let rows = requests(&events);
    assert_eq!(rows.len(), 2);
    assert_ne!(rows[0].value("dvm_case"), rows[1].value("dvm_case"));
    let copies = [events[0].clone(), events[0].clone()];
    assert_eq!(requests(&copies).len(), 1);
}

#[test]
fn folded_records_are_the_same_in_any_order() {
    let write = "MICROSOFT.COMPUTE/VIRTUALMACHINES/EXTENSIONS/WRITE";
    let events = ["Start", "Accept", "Success"]
        .map(|status| azure("09:00:00", write, "web-01", "kim@example.org", status, "c-1"));
    let wanted = requests(&events);
    assert_eq!(wanted.len(), 1);
    for order in [[1, 0, 2], [2, 1, 0], [2, 0, 1], [0, 2, 1], [1, 2, 0]] {
        assert_eq!(requests(&order.map(|at| events[at].clone())), wanted);
    }
}

#[test]
fn the_start_and_end_of_one_operation_are_a_session() {
    let tunnel = |time: &str, last: bool| {
        json!({
            "insertId": format!("q-{time}"), "timestamp": format!("2026-05-02T{time}Z"),
            "logName": "projects/plant-9/logs/cloudaudit.googleapis.com%2Fdata_access",
            "operation": { "id": "t-1" },
            "resource": { "type": "gce_instance", "labels": { "instance_id": "4567890123456789012", "project_id": "plant-9" } },
            "protoPayload": {
                "metadata": { "iap_tcp_session_info": { "phase": if last { "SESSION_END" } else { "SESSION_START" } } },
                "serviceName": "iap.googleapis.com", "methodName": "AuthorizeUser", "resourceName": "4567890123456789012",
                "authenticationInfo": { "principalEmail": "kim@example.org" },
                "authorizationInfo": [{ "permission": "iap.tunnelInstances.accessViaIAP", "granted": true }],
            },
        })
    };
    let rows = requests(&[tunnel("09:00:00", false), tunnel("09:30:00", true)]);
    let ends: Vec<&str> = rows.iter().map(|row| row.value("dvm_access")).collect();
    assert_eq!(ends, ["tunnel", "session_end"]);
    assert_eq!(rows[0].value("dvm_session_state"), "closed", "{rows:?}");
    assert_eq!(rows[0].value("dvm_session_seconds"), "1800");
}

#[test]
fn two_extensions_under_one_correlation_id_are_two_requests() {
    let write = "MICROSOFT.COMPUTE/VIRTUALMACHINES/EXTENSIONS/WRITE";
    let extension = |name: &str, status: &str| {
        azure(
            "09:00:00",
            write,
            &format!("web-01/extensions/{name}"),
            "kim@example.org",
            status,
            "c-1",
        )
    };
    let events = [
        extension("alpha", "Start"),
        extension("beta", "Start"),
        extension("alpha", "Success"),
        extension("beta", "Success"),
    ];
    let rows = requests(&events);
    let documents: Vec<&str> = rows.iter().map(|row| row.value("dvm_document")).collect();
    assert_eq!(documents, ["alpha", "beta"]);
    assert!(rows.iter().all(|row| row.value("dvm_records") == "2"), "{rows:?}");
}

/// Records of events; the findings of those whose operation is among `expected` are expected, as by a tuning rule.
fn tuned(events: &[Value], expected: &str) -> Vec<LinkedRow> {
    let rule = format!(
        "id,enabled,cloud,operation,access,actor,target,account,src,action,value,expires,reason,owner\n\
         known,true,,{expected},,,,,,expect,,,planned,tests\n"
    );
    let tuning = Tuning::parse(rule.as_bytes());
    let detector = detector();
    let findings = events
        .iter()
        .flat_map(|event| detector.findings(event.to_string().as_bytes()))
        .map(|mut finding| {
            tuning.apply(&mut finding);
            Record::of_finding(&finding, "")
        });
    let linked = Linked::new(findings.collect(), &LinkOptions::default());
    rows(&linked, By::Request)
}

#[test]
fn nothing_follows_from_what_is_expected() {
    let key = json!({ "requestParameters": { "instanceId": MACHINE, "instanceOSUser": "ec2-user", "sSHPublicKey": "ssh-ed25519 AAAA" } });
    let off = json!({ "requestParameters": { "name": "SSM-SessionManagerRunShell" } });
    let events = [
        aws("09:00:00", "ssm", "UpdateDocument", "lee", &off),
        aws(
            "09:01:00",
            "ec2-instance-connect",
            "SendSSHPublicKey",
            "kim",
            &key,
        ),
        shell("09:02:00", "kim", MACHINE),
    ];
    let both = ["key_then_access", "recording_off_then_session"];
    let mut found = kinds(&tuned(&events, "no_such_operation"));
    found.sort();
    assert_eq!(found, both);
    assert_eq!(kinds(&tuned(&events, "UpdateDocument")), both[..1]);
    assert_eq!(kinds(&tuned(&events, "SendSSHPublicKey")), both[1..]);
    assert_eq!(kinds(&tuned(&events, "StartSession")), both);
}
