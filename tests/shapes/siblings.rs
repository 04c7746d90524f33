//! Several events in one text, with the fields that Splunk extracts from all of them: no event is rated by the fields of
//! another.

use super::quiet::{aws, azure, gcp};
use crate::protocol::example;
use crate::support::{Search, SearchEvent};
use base64::Engine;
use serde_json::{Value, json};

const TOLD: [&str; 6] = [
    "dvm_operation",
    "dvm_outcome",
    "dvm_severity",
    "dvm_verdict",
    "dvm_src",
    "dvm_actor",
];

/// The finding of the command for an event with its extracted fields.
fn told(input: &str, event: &Value) -> Vec<Option<String>> {
    let search = Search::new().spl(&format!("input={input} tuning=none"));
    let outcome = search.chunk(vec![SearchEvent::from_json_with_raw(event)]).run();
    TOLD.map(|name| outcome.events[0].text(name)).into()
}

/// The finding among the events is rated as if it were alone.
#[track_caller]
fn assert_apart(finding: &Value, other: &Value, batch: impl Fn(&[Value]) -> Value) {
    let alone = told("raw", finding);
    assert!(alone[0].is_some(), "a finding: {finding}");
    for events in [[finding, other], [other, finding]] {
        let batch = batch(&events.map(Clone::clone));
        assert_eq!(told("auto", &batch), alone, "{batch}");
    }
}

#[test]
fn anothers_refusal_or_service_lowers_nothing() {
    let finding = example("aws_ssm_command.send_command");
    let refused = aws(&json!({ "errorCode": "AccessDenied", "errorMessage": "no" }));
    let mut by_service = aws(&json!({ "sourceIPAddress": "ssm.amazonaws.com" }));
    by_service["userIdentity"]["invokedBy"] = "ssm.amazonaws.com".into();
    for other in [refused, by_service] {
        assert_apart(&finding, &other, |events| json!({ "Records": events }));
        assert_apart(
            &finding,
            &other,
            |events| json!({ "data": { "Records": events } }),
        );
        assert_apart(
            &finding,
            &other,
            |events| json!({ "message": json!(events).to_string() }),
        );
    }
}

#[test]
fn anothers_address_and_name_are_not_taken_over() {
    let mut finding = example("azure_run_command.run_command");
    finding
        .as_object_mut()
        .expect("an object")
        .remove("callerIpAddress");
    let other = azure(&json!({
        "operationName": "MICROSOFT.RESOURCES/TAGS/WRITE", "callerIpAddress": "198.51.100.9",
    }));
    assert_apart(&finding, &other, |events| json!({ "records": events }));
    let mut finding = example("gcp_serial_port.connect");
    let payload = finding["protoPayload"].as_object_mut().expect("an object");
    payload.remove("authenticationInfo");
    let other = gcp(&json!({ "protoPayload": { "status": { "code": 7 } } }));
    assert_apart(&finding, &other, |events| json!({ "data": events }));
}

#[test]
fn of_fields_alone_only_what_each_event_has_is_attributed() {
    let finding = example("aws_ssm_command.send_command");
    let mut other = aws(&json!({ "errorCode": "AccessDenied", "errorMessage": "no" }));
    other["userIdentity"]["invokedBy"] = "ssm.amazonaws.com".into();
    let batch = json!({ "Records": [finding, other] });
    let told = told("fields", &batch);
    assert_eq!(told[0].as_deref(), Some("aws_ssm_command.send_command"));
    assert_eq!(told[1].as_deref(), Some("success"));
    assert_eq!(told[3].as_deref(), Some("report"));
}

#[test]
fn the_machine_of_the_most_severe_finding_comes_first() {
    let [grave, slight] = [
        ("azure_run_command.run_command", "BETA"),
        ("azure_vm_extension.delete", "ALPHA"),
    ]
    .map(|(id, name)| {
        let event = example(id)
            .to_string()
            .replace("WEB-01", name)
            .replace("web-01", name);
        serde_json::from_str::<Value>(&event).expect("JSON")
    });
    let batch = json!({ "records": [slight, grave] });
    let outcome = Search::new()
        .spl("tuning=none")
        .chunk(vec![SearchEvent::from_json_with_raw(&batch)])
        .run();
    assert_eq!(outcome.events[0].text("VMName").as_deref(), Some("BETA"));
    assert_eq!(
        outcome.events[0].text("dvm_target").as_deref(),
        Some("beta\nalpha")
    );
}

#[test]
fn a_packed_event_is_found_wherever_it_stands_or_nowhere() {
    let event = example("gcp_serial_port.connect").to_string();
    let packed = |start: &str| {
        let text = format!("{start}{}", &event[2..]);
        let data = base64::engine::general_purpose::STANDARD.encode(text);
        SearchEvent::from_raw(json!({ "message": { "data": data, "messageId": "1" } }).to_string())
    };
    for start in ["{\"", "{ \"", "{\n\"", "{\r\n\"", "{\t\"", "\n{\"", " {\""] {
        let mut rows = vec![packed(start)];
        rows.extend((0..300).map(|_| SearchEvent::from_raw(aws(&json!({})).to_string())));
        rows.push(packed(start));
        let outcome = Search::new().spl("input=raw tuning=none").chunk(rows).run();
        let [first, last] = [0, 301].map(|at| outcome.events[at].text("dvm_operation"));
        assert_eq!(first, last, "{start:?}");
        assert_eq!(first.is_some(), start.starts_with('{'), "{start:?}");
    }
}
