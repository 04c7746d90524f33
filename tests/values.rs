//! Values of AWS records as they are met in the field: refused, copied, omitted, cut, and written by forwarders.

use crate::catalogue::detector;
use crate::shapes::{Seen, inspect_raw};
use directvm::detect::entry::Entry;
use serde_json::{Value, json};
use std::borrow::Cow;

fn seen(event: &Value) -> Vec<Seen> {
    inspect_raw(&detector(), event.to_string().as_bytes())
}

/// A record of Systems Manager with these members.
/// A record by an IAM user, with more members.
pub fn record(name: &str, members: &Value) -> Value {
    let mut event = json!({
        "eventVersion": "1.11", "eventTime": "2026-05-02T07:11:00Z", "eventSource": "ssm.amazonaws.com", "eventName": name,
        "userIdentity": { "type": "IAMUser", "arn": "arn:aws:iam::222233334444:user/kim", "userName": "kim" },
    });
    for (member, value) in members.as_object().expect("members") {
        event[member] = value.clone();
    }
    event
}

fn refused(source: &str, name: &str, text: &str) -> Seen {
    let event = record(
        name,
        &json!({ "eventSource": source, "errorCode": "AccessDeniedException", "errorMessage": text }),
    );
    let mut seen = seen(&event);
    assert_eq!(seen.len(), 1, "{text}");
    seen.remove(0)
}

/// Event source, call, what was refused, and a field with its value.
const REFUSED: [(&str, &str, &str, &str, &str); 9] = [
    (
        "ssm.amazonaws.com",
        "SendCommand",
        "ssm:SendCommand on resource: arn:aws:ec2:eu-north-1:222233334444:instance/i-0c0ffee0c0ffee001",
        "dvm_target",
        "i-0c0ffee0c0ffee001",
    ),
    (
        "ssm.amazonaws.com",
        "SendCommand",
        "ssm:SendCommand on resource: arn:aws:ssm:eu-north-1:222233334444:managed-instance/mi-0c0ffee0c0ffee001",
        "dvm_target",
        "mi-0c0ffee0c0ffee001",
    ),
    (
        "ssm.amazonaws.com",
        "SendCommand",
        "ssm:SendCommand",
        "dvm_target",
        "",
    ),
    (
        "ssm.amazonaws.com",
        "SendCommand",
        "ssm:SendCommand on resource: *",
        "dvm_target",
        "",
    ),
    (
        "ssm.amazonaws.com",
        "SendCommand",
        "ssm:SendCommand on resource: arn:aws:ssm:eu-north-1:222233334444:document/tidy-up because no policy",
        "dvm_document",
        "tidy-up",
    ),
    (
        "ssm.amazonaws.com",
        "ResumeSession",
        "ssm:ResumeSession on resource: arn:aws:ssm:eu-north-1:222233334444:session/lee-0123456789abcdef1",
        "dvm_session",
        "lee-0123456789abcdef1",
    ),
    (
        "ssm.amazonaws.com",
        "TerminateSession",
        "ssm:TerminateSession on resource: arn:aws:ssm:eu-north-1:222233334444:session/lee-0123456789abcdef1",
        "dvm_session",
        "lee-0123456789abcdef1",
    ),
    (
        "ec2-instance-connect.amazonaws.com",
        "OpenTunnel",
        "ec2-instance-connect:OpenTunnel on resource: arn:aws:ec2:eu-north-1:222233334444:instance-connect-endpoint/eice-0c0ffee0c0ffee001",
        "dvm_target",
        "eice-0c0ffee0c0ffee001",
    ),
    (
        "ecs.amazonaws.com",
        "ExecuteCommand",
        "ecs:ExecuteCommand on resource: arn:aws:ecs:eu-north-1:222233334444:task/web/0f9de17a6465404e8b1b2356dc13c2f8",
        "dvm_target",
        "0f9de17a6465404e8b1b2356dc13c2f8",
    ),
];

#[test]
fn what_was_refused_stands_behind_on_resource() {
    let caller = "User: arn:aws:sts::222233334444:assumed-role/nightly-instance/i-0c0ffee0c0ffee009 is not authorized to perform";
    for (source, name, what, field, wanted) in REFUSED {
        let seen = refused(source, name, &format!("{caller}: {what}"));
        assert_eq!(seen.field(field).concat(), wanted, "{name}: {what}");
        assert_eq!(seen.field("dvm_outcome"), ["denied"], "{name}");
        let reasons = seen.field("dvm_reasons").join("\n");
        assert_eq!(
            reasons.contains("not one of the provider's"),
            what.contains("tidy-up"),
            "{reasons}"
        );
    }
}

#[test]
fn codes_that_deny_and_codes_that_say_nothing() {
    let outcome = |code: Value| {
        let members = json!({ "errorCode": code, "requestParameters": { "target": "i-0c0ffee0c0ffee001" } });
        seen(&record("StartSession", &members))[0]
            .field("dvm_outcome")
            .concat()
    };
    for code in [
        "AuthException",
        "AuthFailure",
        "Client.AuthFailure",
        "VpceAccessDenied",
        "AccessDenied",
    ] {
        assert_eq!(outcome(code.into()), "denied", "{code}");
    }
    for code in [
        "0", "-", "None", "NULL", "null", "N/A", "nan", "NaN", " none ", "Success",
    ] {
        assert_eq!(outcome(code.into()), "success", "{code}");
    }
    assert_eq!(outcome("TargetNotConnected".into()), "error");
}

#[test]
fn a_copy_is_silent_unless_it_was_refused() {
    for parameters in [json!({ "target": "i-0c0ffee0c0ffee001" }), Value::Null] {
        let copy = json!({
            "eventType": "AwsVpceEvent", "eventCategory": "NetworkActivity", "vpcEndpointId": "vpce-0c0ffee0c0ffee001",
            "requestParameters": parameters,
        });
        let mut event = record("StartSession", &copy);
        assert!(seen(&event).is_empty());
        event["errorCode"] = "VpceAccessDenied".into();
        assert_eq!(seen(&event)[0].field("dvm_outcome"), ["denied"]);
    }
}

#[test]
fn every_machine_among_a_runbooks_parameters_is_a_target() {
    let targets = |parameters: Value| {
        let event = record(
            "StartAutomationExecution",
            &json!({ "requestParameters": parameters }),
        );
        let seen = seen(&event).remove(0);
        assert_eq!(seen.field("dvm_target_type"), ["instance"]);
        seen.field("dvm_target").join(" ")
    };
    let (one, two) = ("i-0c0ffee0c0ffee001", "mi-0c0ffee0c0ffee002");
    let both = format!("{one} {two}");
    let document = "AWS-RestartEC2Instance";
    for parameters in [
        json!({ "documentName": document, "parameters": { "InstanceId": [one], "RescueNode": [two] } }),
        json!({ "documentName": document, "parameters": { "Machines": [format!("{one},{two}")], "ImageId": ["ami-0c0ffee0"] } }),
        json!({ "documentName": document, "parameters": format!(r#"{{"Odd":["{one}"],"Names":{{"x":"{two}"}}}}"#) }),
        json!({ "documentName": document, "targetMaps": [{ "InstanceId": [one] }, { "Node": [two] }] }),
        json!({ "documentName": document, "parameters": { "InstanceId": [one] }, "targetMaps": [{ "Any": [two] }] }),
    ] {
        assert_eq!(targets(parameters.clone()), both, "{parameters}");
    }
}

#[test]
fn an_object_that_only_names_an_operation_is_not_a_record() {
    let plain = json!({ "eventName": "StartSession", "eventSource": "ssm.amazonaws.com", "description": "opens a session" });
    assert!(seen(&plain).is_empty());
    let mut empty = plain.clone();
    empty["requestParameters"] = json!({});
    assert!(seen(&empty).is_empty());
    for (member, value) in [
        ("eventTime", json!("2026-05-02T07:11:00Z")),
        ("userIdentity", json!({ "type": "Root" })),
        ("requestParameters", json!({ "unheardOf": 1 })),
        ("@timestamp", json!("2026-05-02T07:11:00Z")),
    ] {
        let mut event = plain.clone();
        event[member] = value;
        assert_eq!(seen(&event).len(), 1, "{member}");
    }
}

#[test]
fn omitted_parameters_raise_and_the_response_is_read() {
    let omitted =
        json!({ "omitted": true, "originalSize": 120_000, "reason": "requestParameters too large" });
    let response = json!({ "command": {
        "commandId": "c-1", "documentName": "tidy-up", "instanceIds": ["i-0c0ffee0c0ffee001"],
    } });
    let event = record(
        "SendCommand",
        &json!({ "requestParameters": omitted, "responseElements": response }),
    );
    let seen = seen(&event).remove(0);
    assert_eq!(seen.field("dvm_document"), ["tidy-up"]);
    assert_eq!(seen.field("dvm_target"), ["i-0c0ffee0c0ffee001"]);
    let reasons = seen.field("dvm_reasons").join("\n");
    assert!(reasons.contains("+1 parameters omitted"), "{reasons}");
    assert_eq!(seen.field("dvm_severity"), ["critical"]);
}

#[test]
fn what_stands_before_a_cut_is_read() {
    let parameters = json!({ "documentName": "AWS-RunShellScript", "instanceIds": ["i-0c0ffee0c0ffee001", "i-0c0ffee0c0ffee002"] });
    let text = record(
        "SendCommand",
        &json!({ "zResponse": "x", "requestParameters": parameters }),
    )
    .to_string();
    // Members are in the order of their names: the name of the operation comes before the parameters.
    let name_at = text.find("ssm.amazonaws.com\"").expect("it is there") + 20;
    let mut seen_targets = Vec::new();
    for at in name_at..text.len() {
        let found = inspect_raw(&detector(), &text.as_bytes()[..at]);
        let Some(seen) = found.first() else { continue };
        let reasons = seen.field("dvm_reasons").join("\n");
        assert!(reasons.contains("the record was cut"), "{at}: {reasons}");
        assert_eq!(seen.field("dvm_outcome"), ["unknown"], "{at}");
        let targets = seen.field("dvm_target").join(" ");
        assert!(
            [
                "",
                "i-0c0ffee0c0ffee001",
                "i-0c0ffee0c0ffee001 i-0c0ffee0c0ffee002"
            ]
            .contains(&targets.as_str()),
            "{targets}"
        );
        seen_targets.push(targets);
    }
    assert!(seen_targets.iter().any(|targets| targets.ends_with("002")));
    let whole = inspect_raw(&detector(), text.as_bytes());
    assert!(!whole[0].field("dvm_reasons").join("\n").contains("cut"));
    // In a batch only the last record is cut, and the others stay whole.
    let batch = format!("{{\"Records\":[{text},{}", &text[..text.len() - 30]);
    let found = inspect_raw(&detector(), batch.as_bytes());
    let cut: Vec<bool> = found
        .iter()
        .map(|seen| seen.field("dvm_reasons").join("").contains("was cut"))
        .collect();
    assert_eq!(cut, [false, true]);
    // In a text inside another record, too.
    let wrapped = json!({ "message": text }).to_string();
    let found = inspect_raw(&detector(), &wrapped.as_bytes()[..wrapped.len() - 40]);
    assert_eq!(found.len(), 1);
}

#[test]
fn composed_texts_are_one_line() {
    let event = record(
        "StartSession",
        &json!({
            "requestParameters": {
                "target": "i-0c0ffee0c0ffee001\n***SPLUNK*** host=x", "documentName": "AWS-StartInteractiveCommand",
                "parameters": { "command": ["id\n==##~~##~~  1E8N3D4E6V5E7N2T9 ~~##~~##==\u{2028}\u{1b}[2J"] },
            },
        }),
    );
    let seen = seen(&event).remove(0);
    let composed = [seen.field("dvm_summary"), seen.field("dvm_reasons")].concat();
    for text in composed {
        assert!(
            !text.chars().any(|c| c.is_control() || c == '\u{2028}'),
            "{text:?}"
        );
        assert!(
            !text.contains("***SPLUNK***") && !text.contains("1E8N3D4E6V5E7N2T9"),
            "{text:?}"
        );
    }
}

/// The time of the only entry in a text.
fn time(event: &Value) -> String {
    let (detector, text) = (detector(), event.to_string());
    let reader = detector.reader();
    let document = reader.read(text.as_bytes());
    let entries = document.entries(reader);
    assert_eq!(entries.len(), 1, "{event}");
    let entry = Entry::found(reader, &entries[0]);
    detector.time(&entry).map(Cow::into_owned).unwrap_or_default()
}

#[test]
fn the_time_is_in_utc_wherever_it_stands() {
    let mut plain = record(
        "StartSession",
        &json!({ "requestParameters": { "target": "i-0c0ffee0c0ffee001" } }),
    );
    plain["eventTime"] = "2026-05-02T09:11:00+02:00".into();
    assert_eq!(time(&plain), "2026-05-02T07:11:00Z");
    plain["eventTime"] = 1_777_705_860_123_i64.into();
    assert_eq!(time(&plain), "2026-05-02T07:11:00.123Z");
    plain["eventTime"] = Value::Null;
    assert_eq!(time(&plain), "");
    let bridge = json!({
        "version": "0", "detail-type": "AWS API Call via CloudTrail", "source": "aws.ssm", "time": "2026-05-02T07:11:00Z",
        "detail": plain,
    });
    assert_eq!(time(&bridge), "2026-05-02T07:11:00Z");
    plain["@timestamp"] = "2026-05-02T07:11:00.000Z".into();
    assert_eq!(time(&plain), "2026-05-02T07:11:00.000Z");
}

#[test]
fn a_version_behind_the_name_of_a_document_changes_no_severity() {
    let severity = |name: &str, member: &str, document: &str| {
        let parameters = json!({ member: document, "target": "i-0c0ffee0c0ffee001" });
        let event = record(name, &json!({ "requestParameters": parameters }));
        let seen = seen(&event);
        assert_eq!(seen.len(), 1, "{event}");
        (
            seen[0].field("dvm_severity").concat(),
            seen[0].field("dvm_access").concat(),
        )
    };
    for (name, member, document) in [
        ("SendCommand", "documentName", "AWS-RunShellScript"),
        ("SendCommand", "documentName", "AWS-RunRemoteScript"),
        ("SendCommand", "documentName", "AWS-ApplyAnsiblePlaybooks"),
        (
            "StartSession",
            "documentName",
            "AWS-StartPortForwardingSessionToRemoteHost",
        ),
        ("StartSession", "documentName", "AWS-StartSSHSession"),
        ("StartSession", "documentName", "AWS-PasswordReset"),
        (
            "StartAutomationExecution",
            "documentName",
            "AWSSupport-ResetAccess",
        ),
        (
            "StartAutomationExecution",
            "documentName",
            "AWSSupport-ExecuteEC2Rescue",
        ),
        ("CreateAssociation", "name", "AWS-RunPowerShellScript"),
    ] {
        let plain = severity(name, member, document);
        for version in [":1", ":$LATEST", ":$DEFAULT"] {
            let versioned = format!("{document}{version}");
            assert_eq!(severity(name, member, &versioned), plain, "{name} {versioned}");
        }
    }
}

#[test]
fn an_address_that_was_made_unreadable_is_absent() {
    for hidden in ["<Redacted>", "REDACTED", "***", "x.x.x.x", "PII Removed"] {
        let event = record(
            "StartSession",
            &json!({ "sourceIPAddress": hidden, "requestParameters": { "target": "i-0c0ffee0c0ffee001" } }),
        );
        assert_eq!(seen(&event)[0].field("dvm_src").concat(), "", "{hidden}");
    }
}
