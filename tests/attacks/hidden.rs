//! What decides is pushed out of the record, or spelled so that it is overlooked.

use super::made::{DETECTOR, EXTENSION, ONE, aws, azure, check, findings, google, only, reasons, send};
use crate::searches;
use crate::shapes::{Seen, fields, inspect_raw};
use serde_json::{Value, json};

/// Where Splunk cuts a record unless its sourcetype says otherwise.
const CUT: usize = 10_000;
const SAID: &str = "the record was cut: what stood behind is unknown";

#[track_caller]
fn after_cut(text: &str) -> Vec<Seen> {
    assert!(text.len() > CUT, "{} bytes", text.len());
    inspect_raw(&DETECTOR, &text.as_bytes()[..CUT])
}

#[track_caller]
fn check_cut(text: &str) -> Seen {
    let mut seen = after_cut(text);
    assert_eq!(seen.len(), 1, "{}", &text[..200]);
    let seen = seen.remove(0);
    let reasons = seen.field("dvm_reasons").join("\n");
    assert!(reasons.contains(SAID), "{reasons}");
    assert_eq!(seen.field("dvm_outcome"), ["unknown"]);
    assert_eq!(seen.field("dvm_verdict"), ["report"]);
    seen
}

#[test]
fn a_long_record_is_cut_behind_the_name_of_its_operation() {
    let ids: Vec<String> = (0..900).map(|at| format!("i-{at:017x}")).collect();
    let command = send(&json!({ "documentName": "AWS-RunShellScript", "instanceIds": ids }));
    let whole = only(&command);
    assert!(!reasons(&command).contains("cut"));
    let seen = check_cut(&command.to_string());
    assert_eq!(seen.field("dvm_document"), ["AWS-RunShellScript"]);
    assert_eq!(seen.field("dvm_severity"), whole.field("dvm_severity"));
    let shown = seen.field("dvm_target").len();
    assert!((300..500).contains(&shown), "{shown} targets");
    // The answer, too, stood behind the cut: a denial of which the record does not say is none.
    let mut long_agent = aws("StartSession", &json!({ "requestParameters": { "target": ONE } }));
    long_agent["userAgent"] = "\u{fc}".repeat(CUT).into();
    check_cut(&long_agent.to_string());
    let claims = json!({ "claims": { "idtyp": "user", "groups": "g".repeat(CUT) } });
    let ordered = format!(
        "{{\"operationName\":\"{}\",\"time\":\"2026-04-07T10:20:30Z\",\"category\":\"Administrative\",\"resultType\":\"Success\",\
         \"resourceId\":{},\"identity\":{claims}}}",
        super::made::RUN,
        azure(super::made::RUN, "till-1", &json!({}))["resourceId"]
    );
    assert_eq!(check_cut(&ordered).field("dvm_target"), ["till-1"]);
    let metadata = google(
        "compute.googleapis.com",
        "v1.compute.instances.setMetadata",
        &json!({ "zFingerprint": "f".repeat(CUT), "request": { "a": 1 } }),
    );
    assert_eq!(check_cut(&metadata.to_string()).field("dvm_target"), ["till-1"]);
}

#[test]
fn a_cut_record_inside_a_text_or_a_list_is_read_as_far_as_it_goes() {
    let ids: Vec<String> = (0..900).map(|at| format!("i-{at:017x}")).collect();
    let command = send(&json!({ "documentName": "AWS-RunShellScript", "instanceIds": ids }));
    check_cut(&json!({ "message": command.to_string() }).to_string());
    check_cut(&json!({ "Records": [command] }).to_string());
    let other = aws(
        "DescribeSessions",
        &json!({ "requestParameters": { "x": "y".repeat(CUT) } }),
    );
    assert!(after_cut(&other.to_string()).is_empty());
}

#[test]
fn cut_records_are_watched_and_the_settings_against_it_are_named() {
    let search =
        &searches::values("default/savedsearches.conf", "search")["DirectVM - Watch - Records arrive cut"];
    let said = SAID.split(':').next().expect("words");
    assert!(
        search.contains(&format!("mvfind(dvm_reasons, \"{said}\")")),
        "{search}"
    );
    let page =
        std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/admin.md")).expect("the page");
    for sourcetype in ["aws:cloudtrail", "mscs:azure:audit", "azure:monitor:activity"] {
        assert!(
            page.contains(&format!("[{sourcetype}]\nTRUNCATE = 0\n")),
            "{sourcetype}"
        );
    }
}

fn omitted() -> Value {
    json!({ "omitted": true, "originalSize": 131_072, "reason": "requestParameters too large" })
}

#[test]
fn parameters_that_are_too_large_to_be_logged_hide_a_script_for_the_fleet() {
    let answer = json!({ "command": {
        "commandId": "c0ffee00-0000-4000-8000-000000000001", "documentName": "AWS-RunShellScript", "instanceIds": [],
        "targets": [{ "key": "tag:Shop", "values": ["till"] }],
    } });
    let plain = json!({ "documentName": "AWS-RunShellScript", "targets": [{ "key": "tag:Shop", "values": ["till"] }] });
    check(
        &send(&plain),
        &[("dvm_severity", "critical"), ("dvm_target", "tag:Shop=till")],
    );
    let event = aws(
        "SendCommand",
        &json!({ "requestParameters": omitted(), "responseElements": answer }),
    );
    check(
        &event,
        &[
            ("dvm_severity", "critical"),
            ("dvm_target", "tag:Shop=till"),
            ("dvm_target_type", "tag"),
            ("dvm_document", "AWS-RunShellScript"),
        ],
    );
    // Without an answer nothing is known, so it is graver than a plain command.
    check(
        &send(&omitted()),
        &[("dvm_severity", "high"), ("dvm_target_type", "unknown")],
    );
    check(
        &send(&json!({ "documentName": "AWS-RunPatchBaseline", "instanceIds": [ONE] })),
        &[("dvm_severity", "medium")],
    );
    for event in [event, send(&omitted())] {
        let reasons = reasons(&event);
        assert!(reasons.contains("+1 parameters omitted"), "{reasons}");
    }
}

#[test]
fn parameters_that_are_too_large_to_be_logged_hide_new_user_data() {
    let modify = |parameters: Value| {
        aws(
            "ModifyInstanceAttribute",
            &json!({ "eventSource": "ec2.amazonaws.com", "requestParameters": parameters }),
        )
    };
    check(
        &modify(omitted()),
        &[
            ("dvm_operation", "aws_ec2_user_data.modify_user_data"),
            ("dvm_severity", "high"),
        ],
    );
    assert!(
        findings(&modify(
            json!({ "instanceId": ONE, "attribute": "disableApiTermination" })
        ))
        .is_empty()
    );
}

/// An extension with a harmless name, whose body was logged under this name.
fn extension(name: &str, body: &Value) -> Value {
    azure(
        EXTENSION,
        "till-1/extensions/helper",
        &json!({ "resultType": "Accept", "properties": { name: body } }),
    )
}

#[test]
fn blanks_and_escapes_in_a_body_hide_a_reset_of_access() {
    let plain = r#"{"properties":{"publisher":"Microsoft.OSTCExtensions","type":"VMAccessForLinux"}}"#;
    let spellings = [
        plain.to_owned(),
        plain.replace(':', " \t:\n\r "),
        format!(" \n{plain}\n "),
        plain.replace("VMAcce", "\\u0056MAcc\\u0065"),
        plain.replace("\"type\"", "\"t\\u0079pe\""),
        plain.replace("\"properties\"", "\"\\u0070roperties\""),
        plain.replace("VMAccessForLinux", "VMAccess\\u0046orLinux"),
        r#"{"properties":{"type":"MDE.Linux","type":"VMAccessForLinux"}}"#.to_owned(),
    ];
    for name in ["requestbody", "requestBody", "responseBody"] {
        for body in &spellings {
            check(
                &extension(name, &body.as_str().into()),
                &[
                    ("dvm_access", "credential_reset"),
                    ("dvm_severity", "high"),
                    ("dvm_verdict", "report"),
                ],
            );
        }
        // Words in another place are no type.
        for body in [
            plain.replace("VMAccessForLinux", "MDE.Linux"),
            r#"{"properties":{"type":"MDE.Linux","settings":{"note":"\"type\":\"VMAccessForLinux\""}}}"#
                .to_owned(),
            r#"{"tags":{"type":"VMAccessForLinux"},"properties":{"type":"MDE.Linux"}}"#.to_owned(),
        ] {
            check(
                &extension(name, &body.into()),
                &[("dvm_access", "run_command"), ("dvm_severity", "medium")],
            );
        }
    }
}

#[test]
fn parameters_that_are_too_large_to_be_logged_hide_what_is_set_up() {
    for (source, name, wanted) in [
        ("events", "PutTargets", "aws_standing_order.put_targets"),
        (
            "scheduler",
            "CreateSchedule",
            "aws_standing_order.create_schedule",
        ),
        (
            "scheduler",
            "UpdateSchedule",
            "aws_standing_order.update_schedule",
        ),
        (
            "ec2",
            "CreateLaunchTemplate",
            "aws_ec2_user_data.create_launch_template",
        ),
        (
            "ssm",
            "UpdateServiceSetting",
            "aws_ssm_access.update_service_setting",
        ),
    ] {
        let call = |parameters: Value| {
            let source = format!("{source}.amazonaws.com");
            aws(
                name,
                &json!({ "eventSource": source, "requestParameters": parameters }),
            )
        };
        check(&call(omitted()), &[("dvm_operation", wanted)]);
        let said = reasons(&call(omitted()));
        assert!(said.contains("parameters omitted"), "{name}: {said}");
        // The same call about something else is none.
        for parameters in [json!({ "name": "other" }), json!({}), json!({ "omitted": false })] {
            assert_eq!(
                findings(&call(parameters.clone())).len(),
                0,
                "{name} {parameters}"
            );
        }
    }
}

/// An extension that a person writes, as its request's body names it; the answer is not logged.
fn accepted(body: &str) -> Value {
    let members = json!({ "resultType": "Accept", "properties": { "requestbody": body } });
    azure(EXTENSION, "web/extensions/agent", &members)
}

#[test]
fn the_case_of_letters_in_a_body_hides_a_reset_of_access() {
    let reset = [("dvm_access", "credential_reset"), ("dvm_severity", "high")];
    for body in [
        r#"{"properties":{"type":"VMAccessForLinux"}}"#,
        r#"{"Properties":{"Type":"VMAccessForLinux"}}"#,
        r#"{"PROPERTIES":{"tYPE":"VMAccessForLinux"}}"#,
        r#"{"properties":{"type":"MDE.Linux","Type":"VMAccessForLinux"}}"#,
        r#"{"properties":{"Type":"VMAccessForLinux","type":"MDE.Linux"}}"#,
        r#"{"properties":{"type":"MDE.Linux"},"Properties":{"TYPE":"VMAccessForLinux"}}"#,
    ] {
        check(&accepted(body), &reset);
        // As Splunk extracts it.
        let extracted = fields::inspect(&DETECTOR, &fields::extract(&accepted(body)));
        let access = extracted.expect("a finding").field("dvm_access").join(" ");
        assert_eq!(access, "credential_reset", "{body}");
    }
    let harmless = accepted(r#"{"Properties":{"Type":"MDE.Linux"}}"#);
    assert_ne!(only(&harmless).field("dvm_access"), ["credential_reset"]);
    // Outside bodies, names are those of the provider.
    let foreign = azure(
        EXTENSION,
        "web/extensions/agent",
        &json!({ "resultType": "Accept", "Properties": { "RequestBody2": {} } }),
    );
    assert_ne!(only(&foreign).field("dvm_access"), ["credential_reset"]);
}
