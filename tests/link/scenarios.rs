//! Each kind of link: what makes it, and what is near but does not.

use super::{aws, azure, check, requests};
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

#[test]
fn stories_are_told_in_the_order_of_time() {
    use crate::support::{BINARY, command};
    let folder = tempfile::tempdir().expect("a folder");
    let events = [shell("09:05:00", "kim", MACHINE), key("09:00:00", "kim", MACHINE)];
    let text = events.clone().map(|event| event.to_string() + "\n").concat();
    std::fs::write(folder.path().join("a.jsonl"), text).expect("it is written");
    let case = requests(&events)[0].value("dvm_case").to_owned();
    let told = |words: &[&str]| {
        let output = command(BINARY)
            .current_dir(folder.path())
            .args(words)
            .output()
            .expect("it runs");
        let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).expect("text");
        (output.status.code(), text(&output.stdout) + &text(&output.stderr))
    };
    let (status, story) = told(&["explain", "--case", &case, "."]);
    assert_eq!(status, Some(0), "{story}");
    let at = |part: &str| story.find(part).unwrap_or_else(|| panic!("{part} in {story}"));
    assert!(at("SendSSHPublicKey") < at("StartSession") && at("StartSession") < at("key_then_access: "));
    assert!(
        story.contains("record 1)") && story.contains("record 2)"),
        "{story}"
    );
    let session = format!("kim-090500{MACHINE}");
    let (status, story) = told(&["explain", "--session", &session, "a.jsonl"]);
    assert!(
        status == Some(0) && story.contains("this kind of session often logs none"),
        "{story}"
    );
    let (status, story) = told(&["explain", "--case", "case-0", "a.jsonl"]);
    assert!(
        status == Some(2) && story.contains("no finding has the dvm_case case-0"),
        "{story}"
    );
}
