//! What is not proven is not believed, what is not read is not clean, and letter case proves nothing.

use crate::catalogue::detector;
use crate::cloud_values::{TENANT, azure, check, only, script};
use crate::shapes::inspect_raw;
use crate::tuning;
use crate::values::record;
use serde_json::{Value, json};

const UPN: &str = "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/upn";
const OBJECT: &str = "http://schemas.microsoft.com/identity/claims/objectidentifier";
const HOME: &str = "7e4a0000-0000-4000-8000-000000000001";
const AWAY: &str = "a3a90000-0000-4000-8000-00000000000a";
/// Azure Policy.
const POLICY: &str = "1d78a85d-813d-46f0-b496-dd72f50a3ec0";

#[track_caller]
fn reasons(event: &Value) -> String {
    only(&detector(), event).field("dvm_reasons").join("\n")
}

#[test]
fn a_record_that_is_cut_before_what_its_operation_asks_for_is_a_finding() {
    let google = r#"{"insertId":"q1","logName":"projects/plant-9/logs/cloudaudit.googleapis.com%2Factivity","protoPayload":{
        "authenticationInfo":{"principalEmail":"ada@example.org"},"serviceName":"compute.googleapis.com",
        "methodName":"v1.compute.instances.setMetadata",
        "resourceName":"projects/plant-9/zones/europe-north1-a/instances/press-4","request":{"fingerprint":"aaaa"#;
    let user_data = record(
        "ModifyInstanceAttribute",
        &json!({ "eventSource": "ec2.amazonaws.com", "requestParameters": { "attribute": "userData" } }),
    );
    let user_data = user_data.to_string();
    let (user_data, _) = user_data
        .split_once("{\"attribute\"")
        .expect("the members stand in the order of their names");
    for cut in [google, user_data] {
        let found = inspect_raw(&detector(), cut.as_bytes());
        assert_eq!(found.len(), 1, "{cut}");
        let reasons = found[0].field("dvm_reasons").join("");
        assert!(reasons.contains("the record was cut"), "{cut}: {reasons}");
        assert_eq!(found[0].field("dvm_verdict"), ["report"]);
        assert_eq!(found[0].field("dvm_outcome"), ["unknown"]);
    }
    // Another value than the one that is asked for is no finding, cut or not.
    let other = user_data.to_owned() + r#"{"attribute":"disableApiTermination","value":"x"#;
    assert!(inspect_raw(&detector(), other.as_bytes()).is_empty());
}

#[test]
fn an_answer_that_is_left_out_is_said_but_raises_nothing() {
    let parameters = json!({ "documentName": "AWS-RunShellScript", "instanceIds": ["i-0c0ffee0c0ffee001"] });
    let plain = record("SendCommand", &json!({ "requestParameters": parameters }));
    let omitted = record(
        "SendCommand",
        &json!({ "requestParameters": parameters, "responseElements": { "omitted": true } }),
    );
    assert!(
        reasons(&omitted).contains("answer omitted"),
        "{}",
        reasons(&omitted)
    );
    let level = |event| only(&detector(), event).field("dvm_severity").concat();
    assert_eq!(level(&omitted), level(&plain));
}

#[test]
fn of_the_copies_of_an_endpoint_only_its_own_refusals_are_findings() {
    let copy = |code: &str| {
        let more =
            json!({ "eventType": "AwsVpceEvent", "eventCategory": "NetworkActivity", "errorCode": code });
        let event = record("StartSession", &more);
        inspect_raw(&detector(), event.to_string().as_bytes()).len()
    };
    assert_eq!(copy("VpceAccessDenied"), 1);
    for code in ["AccessDenied", "AccessDeniedException", "ThrottlingException"] {
        assert_eq!(copy(code), 0, "{code}");
    }
}

#[test]
fn an_application_of_the_providers_behind_a_user_proves_nothing() {
    let foreign = |application: &str| {
        let mut event =
            azure(json!({ "idtyp": "user", UPN: "x@evil.example", TENANT: AWAY, "appid": application }));
        event["tenantId"] = HOME.into();
        only(&detector(), &event).field("dvm_severity").concat()
    };
    assert_eq!(foreign(POLICY), foreign("00000000-1111-4000-8000-000000000000"));
    check(
        &azure(
            json!({ "appid": POLICY, "appidacr": "2", OBJECT: "0B1EC700-0000-4000-8000-000000000005", TENANT: HOME }),
        ),
        &[
            ("dvm_actor_type", "service"),
            ("dvm_verdict", "report"),
            ("dvm_severity", "low"),
        ],
    );
    check(
        &azure(json!({ "appid": POLICY, "appidacr": "2", UPN: "kim@example.org", TENANT: HOME })),
        &[
            ("dvm_actor_type", "user"),
            ("dvm_person", "kim@example.org"),
            ("dvm_service", ""),
        ],
    );
}

#[test]
fn a_group_of_a_partner_is_not_the_person_and_is_foreign() {
    let by = |name: &str| {
        let mut event = azure(json!({ UPN: name }));
        event["identity"]["authorization"] = json!({ "evidence": {
            "principalType": "ForeignGroup", "principalId": "deadbeef000000000000000000000001",
        } });
        event
    };
    for name in ["dana@partner.example", "eve@partner.example"] {
        check(&by(name), &[("dvm_principal", name), ("dvm_person", name)]);
        assert!(reasons(&by(name)).contains("belongs to another account"));
    }
}

#[test]
fn accounts_of_google_are_told_by_their_project_in_any_letter_case() {
    let of = |email: &str| only(&detector(), &script(json!({ "principalEmail": email })));
    let is_foreign = |email: &str| {
        of(email)
            .field("dvm_reasons")
            .join("")
            .contains("belongs to another account")
    };
    for own in [
        "deploy@plant-9.iam.gserviceaccount.com",
        "Deploy@Plant-9.iam.gserviceaccount.com",
        "plant-9@appspot.gserviceaccount.com",
    ] {
        assert!(!is_foreign(own), "{own}");
    }
    for other in [
        "deploy@plant-8.iam.gserviceaccount.com",
        "plant-8@appspot.gserviceaccount.com",
    ] {
        assert!(is_foreign(other), "{other}");
    }
    for agent in [
        "service-481@gcf-admin-robot.iam.gserviceaccount.com",
        "service-481@gcp-sa-notebooks.iam.gserviceaccount.com",
        "Service-481@Container-Engine-Robot.iam.gserviceaccount.com",
    ] {
        let seen = of(agent);
        assert_eq!(seen.field("dvm_actor_type"), ["service"], "{agent}");
        assert!(!is_foreign(agent), "{agent}");
    }
    let workload = script(json!({ "principalSubject": "serviceAccount:plant-8.svc.id.goog[shop/api]" }));
    assert!(reasons(&workload).contains("plant-8"), "{}", reasons(&workload));
}

#[test]
fn fleet_manager_ends_its_own_tunnel() {
    let end = |host: &str| {
        let more = json!({
            "userIdentity": { "invokedBy": "ssm-guiconnect.amazonaws.com" }, "sourceIPAddress": host,
            "requestParameters": { "sessionId": "lee-0f3e9c1b2a4d5e6f7" },
        });
        only(&detector(), &record("TerminateSession", &more))
            .field("dvm_verdict")
            .concat()
    };
    assert_eq!(end("ssm-guiconnect.amazonaws.com"), "expected");
    assert_eq!(end("198.51.100.7"), "report");
}

#[test]
fn a_long_key_hides_neither_that_it_is_a_tag_nor_the_fleet() {
    let with = |key: String| {
        let targets = json!([{ "key": key, "values": ["prod"] }]);
        let more =
            json!({ "requestParameters": { "documentName": "AWS-RunShellScript", "targets": targets } });
        only(&detector(), &record("SendCommand", &more))
    };
    let (short, long) = (
        with("tag:stage".to_owned()),
        with(format!("tag:{}", "x".repeat(5_000))),
    );
    for field in ["dvm_target_type", "dvm_severity"] {
        assert_eq!(long.field(field), short.field(field), "{field}");
    }
}

#[test]
fn a_rule_that_raises_may_mean_a_target_that_is_not_kept() {
    let finding = |count: usize| {
        let machines: Vec<String> = (0..count).map(|at| format!("i-{at:017x}")).collect();
        let more = json!({ "requestParameters": { "documentName": "AWS-RunPatchBaseline", "instanceIds": machines } });
        let rule = tuning::row(&[
            ("id", "crown"),
            ("target", "i-0ffffffffffffffff"),
            ("action", "severity"),
            ("value", "+1"),
            ("reason", "Crown jewels"),
        ]);
        let detector = detector().tuned(tuning::list(&[rule]));
        only(&detector, &record("SendCommand", &more))
            .field("dvm_tuning")
            .concat()
    };
    assert_eq!(finding(900), "");
    assert!(finding(1_100).contains("crown"));
}
