//! The same findings in any order give the same rows, and many of them cost no more than their number.

use super::{aws, records, requests};
use directvm::link::{By, LinkOptions, Linked, rows};
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
