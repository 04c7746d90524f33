//! Whom a verdict trusts: pairs of service and call, and nothing else.

use crate::catalogue::{catalogue, detector};
use crate::cloud_values;
use crate::shapes::{Seen, inspect_raw};
use directvm::catalogue::Expected;
use directvm::detect::Detector;
use serde_json::{Value, json};

#[test]
fn every_example_of_a_routine_is_what_it_says() {
    let (catalogue, detector) = (catalogue(), detector());
    let mut faults = Vec::new();
    for routine in &catalogue.tables.trust.routines {
        for example in &routine.examples {
            let event = example.whole(&catalogue).expect("the operation is known");
            let event = event.expect("an example is JSON").to_string();
            let seen = inspect_raw(&detector, event.as_bytes());
            let verdict = seen.iter().find_map(|seen| {
                let is_it = seen.field("dvm_operation") == [example.operation.as_str()];
                is_it.then(|| seen.field("dvm_verdict").concat())
            });
            let wanted = match example.verdict {
                Expected::Hit => "expected",
                Expected::Miss => "report",
            };
            if verdict.as_deref() != Some(wanted) {
                faults.push(format!(
                    "{} ({}): {verdict:?}, not {wanted}",
                    routine.id, example.what
                ));
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

/// A call of a service under a service-linked role.
fn call(service: &str, name: &str, parameters: &Value) -> Value {
    let host = format!("{service}.amazonaws.com");
    json!({
        "eventVersion": "1.11", "eventTime": "2026-05-02T07:11:00Z", "eventID": "3e0c6b1a-93c2-4c4e-8a53-0b6a9a4f1d20",
        "eventSource": "ssm.amazonaws.com", "eventName": name, "awsRegion": "eu-north-1", "sourceIPAddress": host,
        "userAgent": host, "recipientAccountId": "222233334444", "requestParameters": parameters,
        "userIdentity": {
            "type": "AssumedRole", "accountId": "222233334444", "invokedBy": host,
            "principalId": "AROATESTTESTTESTTEST1:Run",
            "arn": "arn:aws:sts::222233334444:assumed-role/AWSServiceRoleForX/Run",
            "sessionContext": { "sessionIssuer": {
                "type": "Role", "userName": "AWSServiceRoleForX",
                "arn": format!("arn:aws:iam::222233334444:role/aws-service-role/{host}/AWSServiceRoleForX"),
            } },
        },
    })
}

fn only(detector: &Detector, event: &Value) -> Seen {
    let mut seen = inspect_raw(detector, event.to_string().as_bytes());
    assert_eq!(seen.len(), 1, "{event}");
    seen.remove(0)
}

fn verdict(detector: &Detector, event: &Value) -> String {
    only(detector, event).field("dvm_verdict").concat()
}

/// Service, call, document, and whether the provider's own service role makes it routine.
const CALLS: [(&str, &str, &str, bool); 24] = [
    ("ssm", "SendCommand", "AWS-RunPatchBaseline", true),
    ("ssm", "SendCommand", "AWS-GatherSoftwareInventory", true),
    ("ssm", "SendCommand", "AWS-UpdateSSMAgent", true),
    ("ssm", "SendCommand", "AWS-ConfigureAWSPackage", false),
    (
        "ssm",
        "SendCommand",
        "arn:aws:ssm:eu-north-1::document/AWS-RunPatchBaseline",
        true,
    ),
    (
        "inspector2",
        "SendCommand",
        "AmazonInspector2-InvokeInspectorSsmPlugin",
        true,
    ),
    (
        "inspector2",
        "CreateAssociation",
        "AmazonInspector2-InvokeInspectorSsmPlugin",
        true,
    ),
    ("ssm-guiconnect", "SendCommand", "AWSSSO-CreateSSOUser", true),
    (
        "ssm-guiconnect",
        "StartSession",
        "AWS-StartPortForwardingSession",
        true,
    ),
    ("ssm", "SendCommand", "AWS-RunShellScript", false),
    ("ssm", "SendCommand", "AWS-RunPatchBaselineWithHooks", false),
    ("ssm", "SendCommand", "AWS-ApplyAnsiblePlaybooks", false),
    ("ssm", "SendCommand", "patch-all", false),
    (
        "ssm",
        "SendCommand",
        "arn:aws:ssm:eu-north-1:555566667777:document/AWS-RunPatchBaseline",
        false,
    ),
    ("ssm", "CreateAssociation", "AWS-GatherSoftwareInventory", false),
    ("ssm", "StartSession", "AWS-StartPortForwardingSession", false),
    (
        "ssm-guiconnect",
        "StartSession",
        "SSM-SessionManagerRunShell",
        false,
    ),
    ("fis", "SendCommand", "AWSFIS-Run-CPU-Stress", false),
    ("fis", "SendCommand", "AWS-RunPatchBaseline", false),
    (
        "config",
        "StartAutomationExecution",
        "AWS-RestartEC2Instance",
        false,
    ),
    ("events", "SendCommand", "AWS-RunPatchBaseline", false),
    ("scheduler", "SendCommand", "AWS-UpdateSSMAgent", false),
    ("cloudformation", "CreateAssociation", "AWS-UpdateSSMAgent", false),
    ("lambda", "StartSession", "SSM-SessionManagerRunShell", false),
];

fn parameters(name: &str, document: &str) -> Value {
    let machine = "i-0c0ffee0c0ffee001";
    match name {
        "CreateAssociation" => json!({ "name": document, "instanceId": machine }),
        "StartSession" => json!({ "documentName": document, "target": machine }),
        "StartAutomationExecution" => {
            json!({ "documentName": document, "parameters": { "InstanceId": [machine] } })
        }
        _ => json!({ "documentName": document, "instanceIds": [machine] }),
    }
}

#[test]
fn a_service_is_trusted_for_the_calls_that_are_listed_and_no_other() {
    let detector = detector();
    for (service, name, document, is_routine) in CALLS {
        let case = format!("{service} {name} {document}");
        let event = call(service, name, &parameters(name, document));
        let seen = only(&detector, &event);
        let wanted = if is_routine { "expected" } else { "report" };
        assert_eq!(seen.field("dvm_verdict"), [wanted], "{case}");
        let host = format!("{service}.amazonaws.com");
        assert_eq!(seen.field("dvm_service"), [host.as_str()], "{case}");
        let reasons = seen.field("dvm_reasons").join("\n");
        let says = reasons.contains("set up by a customer") && reasons.contains(&host);
        assert_eq!(says, !is_routine, "{case}: {reasons}");
    }
}

#[test]
fn a_routine_is_none_from_an_address_or_under_a_role_that_a_customer_can_make() {
    let detector = detector();
    for (service, name, document, _) in CALLS.into_iter().filter(|call| call.3) {
        let case = format!("{service} {name} {document}");
        let event = call(service, name, &parameters(name, document));
        let changed = |pointer: &str, value: &str| {
            let mut event = event.clone();
            *event.pointer_mut(pointer).expect("it is there") = value.into();
            event
        };
        for (pointer, value) in [
            ("/sourceIPAddress", "203.0.113.77"),
            ("/sourceIPAddress", "AWS Internal"),
            ("/sourceIPAddress", "fis.amazonaws.com"),
            ("/userIdentity/invokedBy", "fis.amazonaws.com"),
            ("/userIdentity/invokedBy", "203.0.113.77"),
        ] {
            let seen = only(&detector, &changed(pointer, value));
            assert_eq!(
                seen.field("dvm_verdict"),
                ["report"],
                "{case}: {pointer} = {value}"
            );
            assert_eq!(
                seen.field("dvm_service"),
                <[&str; 0]>::default(),
                "{case}: {value}"
            );
        }
        let own_role = changed(
            "/userIdentity/sessionContext/sessionIssuer/arn",
            "arn:aws:iam::222233334444:role/AWSServiceRoleForX",
        );
        // Fleet Manager acts in the name of its caller, whoever that is.
        let wanted = if service == "ssm-guiconnect" {
            "expected"
        } else {
            "report"
        };
        assert_eq!(verdict(&detector, &own_role), wanted, "{case}");
    }
}

#[test]
fn a_standing_order_is_low_unless_document_owner_or_fleet_raises_it() {
    let detector = detector();
    let machine = json!(["i-0c0ffee0c0ffee001"]);
    for (document, machines, wanted) in [
        ("AWS-InstallApplication", machine.clone(), "low"),
        ("AWS-RunShellScript", machine.clone(), "medium"),
        ("patch-all", machine.clone(), "medium"),
        ("AWS-InstallApplication", json!(["*"]), "medium"),
        ("AWS-RunShellScript", json!(["*"]), "high"),
    ] {
        let parameters = json!({ "documentName": document, "instanceIds": machines });
        let seen = only(&detector, &call("events", "SendCommand", &parameters));
        assert_eq!(seen.field("dvm_severity"), [wanted], "{document} {machines}");
    }
}

#[test]
fn a_document_of_aws_lowers_nothing_for_a_person() {
    let detector = detector();
    for document in [
        "AWS-ConfigureAWSPackage",
        "AWS-RunPatchBaseline",
        "AWS-UpdateSSMAgent",
    ] {
        let mut event = call("ssm", "SendCommand", &parameters("SendCommand", document));
        event["sourceIPAddress"] = "203.0.113.77".into();
        event["userIdentity"] = json!({
            "type": "IAMUser", "arn": "arn:aws:iam::222233334444:user/kim", "userName": "kim", "accountId": "222233334444",
        });
        let seen = only(&detector, &event);
        assert_eq!(seen.field("dvm_severity"), ["medium"], "{document}");
        assert_eq!(seen.field("dvm_verdict"), ["report"], "{document}");
    }
}

#[test]
fn a_routine_allows_every_key_that_it_lists_and_no_other() {
    let detector = detector();
    for (keys, wanted) in [
        (json!(["ssh-keys"]), "expected"),
        (json!(["ssh-keys", "enable-oslogin"]), "expected"),
        (json!(["ssh-keys", "user-data"]), "report"),
        (json!(["sshKeys", "gce-container-declaration"]), "report"),
        (json!(["ssh-keys", "startup-script "]), "report"),
        (json!(["startup-script"]), "report"),
    ] {
        let event = json!({
            "timestamp": "2026-07-03T04:05:06Z", "insertId": "k3y5",
            "protoPayload": {
                "serviceName": "compute.googleapis.com", "methodName": "v1.compute.instances.setMetadata",
                "resourceName": "projects/plant-9/zones/europe-north1-a/instances/press-4",
                "authenticationInfo": { "principalEmail": "service-9@container-engine-robot.iam.gserviceaccount.com" },
                "metadata": { "instanceMetadataDelta": { "modifiedMetadataKeys": keys } },
            },
        });
        assert_eq!(verdict(&detector, &event), wanted, "{keys}");
    }
}

#[test]
fn a_routine_needs_every_value_of_a_list() {
    let detector = detector();
    for (kind, publisher, wanted) in [
        (
            json!("MDE.Linux"),
            json!("Microsoft.Azure.AzureDefenderForServers"),
            "expected",
        ),
        (
            json!(["CustomScript", "MDE.Linux"]),
            json!("Microsoft.Azure.AzureDefenderForServers"),
            "report",
        ),
        (
            json!("MDE.Linux"),
            json!(["Microsoft.Azure.AzureDefenderForServers", "Plant"]),
            "report",
        ),
        (
            json!([]),
            json!("Microsoft.Azure.AzureDefenderForServers"),
            "report",
        ),
    ] {
        let body = json!({ "properties": { "publisher": publisher, "type": kind } }).to_string();
        let event = json!({
            "time": "2026-07-03T04:05:06Z", "category": "Administrative", "resultType": "Accept",
            "operationName": "MICROSOFT.COMPUTE/VIRTUALMACHINES/EXTENSIONS/WRITE",
            "resourceId": "/subscriptions/s/resourceGroups/r/providers/Microsoft.Compute/virtualMachines/db-3/extensions/agent",
            "identity": { "claims": { "idtyp": "app", "appid": "8edd93e1-2103-40b4-bd70-6e34e586362d" } },
            "properties": { "responseBody": body },
        });
        assert_eq!(verdict(&detector, &event), wanted, "{body}");
    }
}

#[test]
fn an_agent_that_acts_for_somebody_or_by_a_key_is_not_the_providers_service() {
    let agent = "service-9@container-engine-robot.iam.gserviceaccount.com";
    let said = |more: Value| {
        let mut authentication = json!({ "principalEmail": agent });
        for (name, value) in more.as_object().expect("members") {
            authentication[name] = value.clone();
        }
        let mut event = cloud_values::script(authentication);
        event["protoPayload"]["metadata"] =
            json!({ "instanceMetadataDelta": { "modifiedMetadataKeys": ["ssh-keys"] } });
        event
    };
    for alone in [json!({}), json!({ "serviceAccountDelegationInfo": [] })] {
        cloud_values::check(
            &said(alone),
            &[("dvm_verdict", "expected"), ("dvm_service", agent)],
        );
    }
    let third = json!([{ "thirdPartyPrincipal": { "thirdPartyClaims": { "sub": "x" } } }]);
    let service = json!([{ "firstPartyPrincipal": { "serviceMetadata": { "job": 7 } } }]);
    for more in [
        json!({ "serviceAccountDelegationInfo": third }),
        json!({ "serviceAccountDelegationInfo": service }),
        json!({ "serviceAccountKeyName": "//iam.googleapis.com/projects/p/serviceAccounts/s/keys/1f" }),
    ] {
        cloud_values::check(
            &said(more),
            &[
                ("dvm_verdict", "report"),
                ("dvm_service", ""),
                ("dvm_actor_type", "service_account"),
            ],
        );
    }
}

#[test]
fn a_record_that_is_cut_or_leaves_parameters_out_is_never_expected() {
    let parameters =
        json!({ "documentName": "AWS-RunPatchBaseline", "instanceIds": ["i-0c0ffee0c0ffee001"] });
    let event = call("ssm", "SendCommand", &parameters);
    assert_eq!(verdict(&detector(), &event), "expected");
    let text = event.to_string();
    for at in 0..text.len() {
        for seen in inspect_raw(&detector(), &text.as_bytes()[..at]) {
            assert_eq!(seen.field("dvm_verdict"), ["report"], "{}", &text[..at]);
        }
    }
    let mut omitted = event;
    omitted["requestParameters"] = json!({ "omitted": true, "documentName": "AWS-RunPatchBaseline" });
    assert_eq!(verdict(&detector(), &omitted), "report");
}
