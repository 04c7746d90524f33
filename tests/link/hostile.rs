//! The same findings in any order give the same rows, and many of them cost no more than their number.

use super::{aws, records, requests};
use directvm::link::{By, LinkOptions, Linked, Record, count, field_number, rows};
use serde_json::{Value, json};

/// Events of several kinds, made from a number.
fn event(at: usize) -> Value {
    let (caller, machine) = (["kim", "lee", "ana"][at % 3], format!("i-{:017x}", at % 7));
    let time = format!("{:02}:{:02}:{:02}", at / 360 % 24, at / 6 % 60, at * 10 % 60);
    let target = json!({ "requestParameters": { "target": machine }, "responseElements": { "sessionId": format!("s-{}", at / 2) } });
    let key = json!({ "requestParameters": { "instanceId": machine, "sSHPublicKey": "ssh-ed25519 AAAA x" } });
    let end = json!({ "requestParameters": { "sessionId": format!("s-{}", at / 3) } });
    match at % 5 {
        0 => aws(&time, "ec2-instance-connect", "SendSSHPublicKey", caller, &key),
        1 => aws(&time, "ssm", "TerminateSession", caller, &end),
        _ => aws(&time, "ssm", "StartSession", caller, &target),
    }
}

/// Some of them.
pub fn events(count: usize) -> Vec<Value> {
    (0..count).map(event).collect()
}

#[test]
fn the_order_of_the_findings_does_not_matter() {
    let events = events(300);
    let wanted = requests(&events);
    assert!(wanted.iter().any(|row| !row.values("dvm_link").is_empty()));
    let mut shuffled = events;
    for round in 1..6_usize {
        let count = shuffled.len();
        for at in 0..count {
            shuffled.swap(at, (at * 31 + round * 17) % count);
        }
        assert_eq!(requests(&shuffled), wanted, "round {round}");
    }
}

#[test]
fn what_stands_in_place_of_an_id_makes_no_copies() {
    let at = |time: &str, machine: &str| {
        aws(
            time,
            "ssm",
            "StartSession",
            "kim",
            &json!({ "eventID": "-", "requestParameters": { "target": machine } }),
        )
    };
    let events = [
        at("09:00:00", "i-0a1b2c3d4e5f60001"),
        at("09:00:00", "i-0a1b2c3d4e5f60001"),
        at("09:00:00", "i-0a1b2c3d4e5f60002"),
        at("09:00:05", "i-0a1b2c3d4e5f60002"),
    ];
    assert_eq!(requests(&events).len(), 3);
}

#[test]
fn every_record_is_in_one_request_and_every_link_has_an_earlier_one() {
    let mut events = events(300);
    events.push(event(7));
    let linked = Linked::new(records(&events), &LinkOptions::default());
    let rows = rows(&linked, By::Request);
    let count: usize = rows
        .iter()
        .map(|row| row.value("dvm_records").parse::<usize>().expect("a number"))
        .sum();
    // One event was given twice.
    assert_eq!(count, 300);
    for row in rows.iter().filter(|row| !row.values("dvm_link").is_empty()) {
        let earlier = row.values("dvm_link_event_id");
        let times = earlier.iter().filter_map(|id| {
            let before = rows.iter().find(|other| other.value("dvm_event_id") == id)?;
            before.time
        });
        assert!(!earlier.is_empty() && times.into_iter().all(|time| Some(time) <= row.time));
    }
}

/// A finding that began a session, as its fields.
fn finding(at: usize, principal: &str, machine: &str, session: &str) -> Record {
    let seconds = 1_777_705_200 + at / 4;
    let fields = [
        ("dvm_cloud", "aws"),
        ("dvm_operation", "aws_ssm_session.start_session"),
        ("dvm_access", "shell_session"),
        ("dvm_outcome", "success"),
        ("dvm_verdict", "report"),
        ("dvm_severity", "medium"),
        ("dvm_account", "222233334444"),
        ("dvm_target_type", "instance"),
        ("dvm_event_id", &format!("e-{at}")),
        ("dvm_principal", principal),
        ("dvm_target", machine),
        ("dvm_session", session),
    ];
    let values = fields.map(|(name, value)| (field_number(name).expect("a field"), value));
    Record::new(Some(&seconds.to_string()), values, "")
}

#[test]
fn many_findings_of_one_principal_machine_or_session_are_linked_too() {
    const MANY: usize = 200_000;
    let other = |what: &str, at: usize| format!("{what}-{at}");
    let of_principal = |at| finding(at, "kim", &other("i", at), &other("s", at));
    let of_machine = |at| finding(at, &other("p", at), "i-1", &other("s", at));
    let of_session = |at| finding(at, &other("p", at), &other("i", at), "s-1");
    let linked = |records: Vec<Record>| Linked::new(records, &LinkOptions::default());
    let counts = |linked: &Linked| [By::Request, By::Session, By::Case].map(|by| count(linked, by));
    assert_eq!(
        counts(&linked((0..MANY).map(of_principal).collect())),
        [MANY, MANY, 1]
    );
    assert_eq!(
        counts(&linked((0..MANY).map(of_machine).collect())),
        [MANY, MANY, MANY]
    );
    assert_eq!(counts(&linked((0..MANY).map(of_session).collect())), [MANY, 1, 1]);
}
