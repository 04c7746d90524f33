//! Each kind of link: what makes it, and what is near but does not.

use super::{aws, azure, kinds, requests};
use serde_json::{Value, json};

const MACHINE: &str = "i-0c0ffee0c0ffee001";
const OTHER: &str = "i-0c0ffee0c0ffee002";

fn key(time: &str, caller: &str, machine: &str) -> Value {
    let parameters = json!({ "instanceId": machine, "instanceOSUser": "ec2-user", "sSHPublicKey": format!("ssh-ed25519 AAAA{machine} x") });
    aws(
        time,
        "ec2-instance-connect",
        "SendSSHPublicKey",
        caller,
        &json!({ "requestParameters": parameters }),
    )
}

fn shell(time: &str, caller: &str, machine: &str) -> Value {
    let members = json!({
        "requestParameters": { "target": machine },
        "responseElements": { "sessionId": format!("{caller}-{}{machine}", time.replace(':', "")) },
    });
    aws(time, "ssm", "StartSession", caller, &members)
}

fn refused(mut event: Value) -> Value {
    event["errorCode"] = "AccessDeniedException".into();
    event["responseElements"] = Value::Null;
    event
}

#[track_caller]
fn check(events: &[Value], wanted: &[&str]) {
    assert_eq!(kinds(&requests(events)), wanted);
}

#[test]
fn a_key_and_then_access_to_the_same_machine() {
    check(
        &[key("09:00:00", "kim", MACHINE), shell("09:05:00", "kim", MACHINE)],
        &["key_then_access"],
    );
    check(
        &[
            key("09:00:00", "kim", MACHINE),
            key("09:01:00", "kim", OTHER),
            shell("09:05:00", "kim", MACHINE),
        ],
        &["key_then_access"],
    );
    check(
        &[key("09:00:00", "kim", MACHINE), shell("09:05:00", "kim", OTHER)],
        &[],
    );
    check(
        &[key("09:00:00", "kim", MACHINE), shell("09:05:00", "lee", MACHINE)],
        &[],
    );
    check(
        &[key("09:00:00", "kim", MACHINE), shell("09:10:01", "kim", MACHINE)],
        &[],
    );
    check(
        &[shell("08:59:00", "kim", MACHINE), key("09:00:00", "kim", MACHINE)],
        &[],
    );
    check(
        &[
            refused(key("09:00:00", "kim", MACHINE)),
            shell("09:05:00", "kim", MACHINE),
        ],
        &[],
    );
}

#[test]
fn denied_and_then_granted() {
    check(
        &[
            refused(shell("09:00:00", "kim", MACHINE)),
            shell("09:30:00", "kim", MACHINE),
        ],
        &["denied_then_granted"],
    );
    check(
        &[
            refused(shell("09:00:00", "kim", MACHINE)),
            shell("09:30:00", "kim", OTHER),
        ],
        &[],
    );
    check(
        &[
            refused(shell("09:00:00", "kim", MACHINE)),
            shell("10:30:00", "kim", MACHINE),
        ],
        &[],
    );
    check(
        &[
            refused(shell("09:00:00", "kim", MACHINE)),
            refused(shell("09:30:00", "kim", MACHINE)),
        ],
        &[],
    );
}

#[test]
fn records_of_one_request_are_one_row_and_a_decoy_is_another() {
    let run = "MICROSOFT.COMPUTE/VIRTUALMACHINES/RUNCOMMAND/ACTION";
    let started = azure("09:00:00", run, "web", "kim@example.org", "Start", "c-1");
    let done = azure("09:00:40", run, "web", "kim@example.org", "Success", "c-1");
    let mut decoy = azure("09:01:00", run, "web", "kim@example.org", "Failure", "c-1");
    decoy["resultSignature"] = "Failed.Forbidden".into();
    let rows = requests(&[done.clone(), started.clone()]);
    assert_eq!(rows.len(), 1);
    assert_eq!(rows[0].value("dvm_records"), "2");
    assert_eq!(rows[0].value("dvm_outcome"), "success");
    let rows = requests(&[decoy, done, started]);
    let outcomes: Vec<&str> = rows.iter().map(|row| row.value("dvm_outcome")).collect();
    assert_eq!(outcomes, ["success", "denied"]);
    assert_eq!(rows[0].value("dvm_records"), "2");
}
