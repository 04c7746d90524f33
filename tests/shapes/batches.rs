//! Batches that the input did not split into events.

use super::quiet::{aws, azure};
use super::{Seen, fields};
use crate::catalogue::detector;
use directvm::detect::batch::Batch;
use directvm::detect::entry::Entry;
use serde_json::{Value, json};

fn whole(event: &Value) -> Option<Seen> {
    let detector = detector();
    let mut batch = Batch::default();
    let raw = event.to_string();
    let reader = detector.reader();
    let document = reader.read(raw.as_bytes());
    let entries = document.entries(reader);
    for entry in &entries {
        let finding = detector.inspect(&Entry::new(reader, entry.format, &entry.value));
        finding.into_iter().for_each(|finding| batch.add(finding));
    }
    batch.gravest(entries.len()).map(|finding| Seen::of(&finding))
}

fn reason(seen: &Seen) -> String {
    seen.field("dvm_reasons")
        .last()
        .copied()
        .unwrap_or_default()
        .to_owned()
}

fn key_push(instance: &str) -> Value {
    aws(&json!({
        "eventSource": "ec2-instance-connect.amazonaws.com", "eventName": "SendSSHPublicKey",
        "requestParameters": { "instanceId": instance, "instanceOSUser": "ubuntu", "sSHPublicKey": "ssh-ed25519 AAAA" },
        "responseElements": { "success": true },
    }))
}

fn serial_key(instance: &str) -> Value {
    let mut event = key_push(instance);
    event["eventName"] = "SendSerialConsoleSSHPublicKey".into();
    event
}

fn harmless() -> Value {
    aws(&json!({}))
}

#[test]
fn a_finding_among_two_harmless_events() {
    let alone = whole(&key_push("i-0aaaaaaaaaaaaaaaa")).expect("a finding");
    for at in 0..3 {
        let mut records = vec![harmless(), harmless()];
        records.insert(at, key_push("i-0aaaaaaaaaaaaaaaa"));
        for batch in [
            json!({ "Records": records }),
            json!(records),
            json!({ "event": { "Records": records } }),
        ] {
            let seen = whole(&batch).expect("a finding");
            assert_eq!(
                reason(&seen),
                "the gravest of 1 findings among 3 events of one unsplit batch"
            );
            let others = |seen: &Seen| -> Vec<_> {
                let fields = seen.0.iter().filter(|field| field.0 != "dvm_reasons");
                fields.cloned().collect()
            };
            assert_eq!(others(&seen), others(&alone));
        }
    }
}

#[test]
fn a_batch_gives_its_most_severe_finding_with_the_targets_of_all() {
    let records = [
        key_push("i-0aaaaaaaaaaaaaaaa"),
        harmless(),
        serial_key("i-0bbbbbbbbbbbbbbbb"),
        key_push("i-0cccccccccccccccc"),
    ];
    let batch = json!({ "Records": records });
    let [a, b, c] = [
        "i-0aaaaaaaaaaaaaaaa",
        "i-0bbbbbbbbbbbbbbbb",
        "i-0cccccccccccccccc",
    ];
    // With extracted fields, it is unknown which machine belongs to which event, since one event has none.
    for (seen, targets) in [
        (whole(&batch), [b, a, c]),
        (fields::inspect(&detector(), &fields::extract(&batch)), [a, b, c]),
    ] {
        let seen = seen.expect("a finding");
        assert_eq!(
            seen.field("dvm_operation"),
            ["aws_serial_console.send_serial_console_ssh_public_key"]
        );
        assert_eq!(seen.field("dvm_target"), targets);
        assert_eq!(
            reason(&seen),
            "the gravest of 3 findings among 4 events of one unsplit batch"
        );
    }
}

#[test]
fn a_batch_of_azure() {
    let quiet = |name: &str| azure(&json!({ "operationName": name }));
    let records = [
        quiet("MICROSOFT.COMPUTE/VIRTUALMACHINES/WRITE"),
        azure(&json!({})),
        quiet("MICROSOFT.RESOURCES/TAGS/WRITE"),
    ];
    for batch in [
        json!({ "records": records }),
        json!({ "body": { "records": records } }),
    ] {
        for seen in [
            whole(&batch),
            fields::inspect(&detector(), &fields::extract(&batch)),
        ] {
            let seen = seen.expect("a finding");
            assert_eq!(seen.field("dvm_operation"), ["azure_run_command.run_command"]);
            assert_eq!(seen.field("VMName"), ["WEB-01"]);
            assert!(
                reason(&seen).contains("1 findings among 3 events"),
                "{}",
                reason(&seen)
            );
        }
    }
}

#[test]
fn a_batch_without_a_finding_is_not_a_finding() {
    let batch = json!({ "Records": [harmless(), harmless(), harmless()] });
    assert!(whole(&batch).is_none());
    assert!(fields::inspect(&detector(), &fields::extract(&batch)).is_none());
}

#[test]
fn several_values_one_after_the_other_are_a_batch() {
    let text = format!("{}\n{}\n", harmless(), key_push("i-0aaaaaaaaaaaaaaaa"));
    let detector = detector();
    let document = detector.reader().read(text.as_bytes());
    assert_eq!(document.entries(detector.reader()).len(), 2);
}

#[test]
fn what_json_forbids_in_one_event_of_a_batch_hides_no_other() {
    let mark = |text: &str, with: &str| text.replacen('{', &format!("{{\"note\":\"{with}\","), 1);
    let (quiet, key) = (
        harmless().to_string(),
        key_push("i-0aaaaaaaaaaaaaaaa").to_string(),
    );
    let agent = |text: &str, with: &str| text.replace("ssh-ed25519", with);
    for second in [
        key.clone(),
        mark(&key, "\\ud800"),
        mark(&key, "a\u{1}b"),
        agent(&key, "\\ud800"),
        agent(&key, "\u{1}"),
    ] {
        for first in [quiet.clone(), mark(&quiet, "\\ud800"), mark(&quiet, "\u{1}")] {
            let text = format!("{first}\n{second}\n");
            let detector = detector();
            assert_eq!(detector.findings(text.as_bytes()).len(), 1, "{text}");
        }
    }
}
