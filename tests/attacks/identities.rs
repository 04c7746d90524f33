//! Names that are made up to look like somebody who is trusted.

use super::made::{ONE, aws, check, google, only, send};
use crate::tuning::{row, sound, verdict};
use serde_json::{Value, json};

/// Accounts that no customer can make.
const AGENT: &str = "service-7@container-engine-robot.iam.gserviceaccount.com";
const AGENTS: [&str; 4] = [
    AGENT,
    "x@system.gserviceaccount.com",
    "7@cloudservices.gserviceaccount.com",
    "system@google.com",
];

/// SSH keys set by this caller.
fn keys(authentication: &Value) -> Value {
    google(
        "compute.googleapis.com",
        "v1.compute.instances.setMetadata",
        &json!({
            "authenticationInfo": authentication,
            "metadata": { "instanceMetadataDelta": { "addedMetadataKeys": ["ssh-keys"] } },
        }),
    )
}

#[test]
fn a_federated_subject_never_passes_for_googles_own_service() {
    check(
        &keys(&json!({ "principalEmail": AGENT })),
        &[("dvm_verdict", "expected"), ("dvm_service", AGENT)],
    );
    let base = keys(&json!({ "principalEmail": "robin@example.com" }));
    let level = only(&base).field("dvm_severity").concat();
    let pools = [
        "principal://iam.googleapis.com/locations/global/workforcePools/p/subject/",
        "principal://iam.googleapis.com/projects/7/locations/global/workloadIdentityPools/p/subject/",
        "principalSet://iam.googleapis.com/locations/global/workforcePools/p/group/",
        "principalSet://iam.googleapis.com/projects/7/locations/global/workloadIdentityPools/p/attribute.a/",
    ];
    for agent in AGENTS {
        for pool in pools {
            let subject = format!("{pool}{agent}");
            for authentication in [
                json!({ "principalSubject": subject }),
                json!({ "principalSubject": subject, "principalEmail": "" }),
                json!({ "principalSubject": subject, "principalEmail": null }),
                json!({ "principalEmail": subject }),
            ] {
                check(
                    &keys(&authentication),
                    &[
                        ("dvm_verdict", "report"),
                        ("dvm_severity", &level),
                        ("dvm_service", ""),
                        ("dvm_actor_type", "federated"),
                        ("dvm_person", ""),
                    ],
                );
            }
        }
        // A subject is never an agent, however it is written.
        for subject in [
            agent.to_owned(),
            format!("serviceAccount:{agent}"),
            format!("user:{agent}"),
        ] {
            check(
                &keys(&json!({ "principalSubject": subject })),
                &[
                    ("dvm_verdict", "report"),
                    ("dvm_severity", &level),
                    ("dvm_service", ""),
                ],
            );
        }
    }
}

#[test]
fn a_domain_that_only_resembles_googles_is_a_strangers() {
    for email in [
        "x@system.gserviceaccount.com.example.com",
        "x@my-container-engine-robot.iam.gserviceaccount.com",
        "container-engine-robot.iam.gserviceaccount.com@example.com",
        "x@container-engine-robot.iam.gserviceaccount.com@example.com",
        "system@google.com.example.org",
        "x.system@google.com",
    ] {
        check(
            &keys(&json!({ "principalEmail": email })),
            &[("dvm_verdict", "report"), ("dvm_service", "")],
        );
    }
}

/// A connection to a serial port under the name of a guest, by a proven caller if there is one.
fn serial(guest: &str, authentication: &Value) -> Value {
    google(
        "ssh-serialport.googleapis.com",
        "google.ssh-serialport.v1.connect",
        &json!({
            "authenticationInfo": authentication, "request": { "username": guest },
            "resourceName": "projects/example-shop/zones/europe-west4-a/instances/till-1/SerialPort/1",
            "status": { "message": "Connection succeeded." },
        }),
    )
}

#[test]
fn a_guest_of_the_serial_console_names_itself_after_a_service() {
    for guest in AGENTS.into_iter().chain(["root", "robin@example.com"]) {
        check(
            &serial(guest, &Value::Null),
            &[
                ("dvm_verdict", "report"),
                ("dvm_severity", "high"),
                ("dvm_actor", guest),
                ("dvm_actor_type", "unknown"),
                ("dvm_service", ""),
                ("dvm_principal", ""),
                ("dvm_person", ""),
            ],
        );
    }
}

#[test]
fn a_guest_names_itself_after_somebody_whom_a_rule_expects() {
    let rules = [
        row(&[("actor", "robin@example.com")]),
        row(&[("id", "r2"), ("actor", "*robin*"), ("cloud", "gcp")]),
        row(&[("id", "r3"), ("principal", "robin@example.com")]),
        row(&[("id", "r4"), ("person", "robin@example.com")]),
    ];
    for rule in &rules {
        let tuning = sound(std::slice::from_ref(rule));
        let proven = serial("x", &json!({ "principalEmail": "robin@example.com" }));
        assert_eq!(verdict(&tuning, &proven), "expected", "{rule}");
        let guest = serial("robin@example.com", &Value::Null);
        assert_eq!(verdict(&tuning, &guest), "report", "{rule}");
    }
}

/// A patch run under this role, which says of itself that this service called.
fn patched(path: &str, service: &str, source: &str) -> Value {
    let mut event = send(&json!({ "documentName": "AWS-RunPatchBaseline", "instanceIds": [ONE] }));
    event["sourceIPAddress"] = source.into();
    event["userAgent"] = "ssm.amazonaws.com".into();
    event["userIdentity"] = json!({
        "type": "AssumedRole", "accountId": "111122223333", "invokedBy": service,
        "arn": "arn:aws:sts::111122223333:assumed-role/AWSServiceRoleForAmazonSSM/StateManagerService",
        "sessionContext": { "sessionIssuer": {
            "type": "Role", "userName": "AWSServiceRoleForAmazonSSM",
            "arn": format!("arn:aws:iam::111122223333:role/{path}AWSServiceRoleForAmazonSSM"),
        } },
    });
    event
}

#[test]
fn a_role_and_a_user_agent_are_named_after_a_service_of_aws() {
    const PATH: &str = "aws-service-role/ssm.amazonaws.com/";
    let host = "ssm.amazonaws.com";
    check(
        &patched(PATH, host, host),
        &[("dvm_verdict", "expected"), ("dvm_service", host)],
    );
    for event in [
        patched("", host, host),
        patched("x/aws-service-role/ssm.amazonaws.com/", host, host),
        patched(PATH, host, "198.51.100.20"),
        patched(PATH, "", host),
        patched(PATH, "fis.amazonaws.com", host),
        patched(
            PATH,
            "ssm.amazonaws.com.example.com",
            "ssm.amazonaws.com.example.com",
        ),
    ] {
        check(&event, &[("dvm_verdict", "report")]);
    }
}

#[test]
fn a_harmless_document_of_aws_brings_the_attackers_package() {
    for document in [
        "AWS-ConfigureAWSPackage",
        "AWS-RunPatchBaseline",
        "AWS-UpdateSSMAgent",
        "arn:aws:ssm:eu-central-1::document/AWS-RunPatchBaseline",
        "arn:aws:ssm:eu-central-1::document/AWS-ConfigureAWSPackage",
    ] {
        check(
            &send(&json!({ "documentName": document, "instanceIds": [ONE] })),
            &[
                ("dvm_severity", "medium"),
                ("dvm_verdict", "report"),
                ("dvm_service", ""),
            ],
        );
    }
}

#[test]
fn a_document_of_another_account_bears_the_name_of_the_accounts_own() {
    let session = |document: &str| {
        let parameters = json!({ "target": ONE, "documentName": document });
        only(&aws("StartSession", &json!({ "requestParameters": parameters })))
    };
    for own in [
        "SSM-SessionManagerRunShell",
        "arn:aws:ssm:eu-central-1::document/SSM-SessionManagerRunShell",
    ] {
        assert_eq!(session(own).field("dvm_severity"), ["medium"], "{own}");
    }
    for other in [
        "arn:aws:ssm:eu-central-1:222233334444:document/SSM-SessionManagerRunShell",
        "ARN:aws:ssm:eu-central-1:222233334444:document/SSM-SessionManagerRunShell",
        "arn:aws-cn:ssm:cn-north-1:222233334444:document/SSM-SessionManagerRunShell",
        "222233334444:document/SSM-SessionManagerRunShell",
        "document/SSM-SessionManagerRunShell",
        "SSM-SessionManagerRunShell ",
        "SSM-SessionManagerRunShel1",
    ] {
        let seen = session(other);
        assert_eq!(seen.field("dvm_severity"), ["high"], "{other}");
        let reasons = seen.field("dvm_reasons").join("\n");
        assert!(
            reasons.contains("+1 the document is not one of the provider's"),
            "{reasons}"
        );
    }
}

/// A check of OS Login with this answer, of which one permission was granted and one was refused.
fn login(response: &Value) -> Value {
    google(
        "oslogin.googleapis.com",
        "google.cloud.oslogin.dataplane.OsLoginDataPlaneService.CheckPolicy",
        &json!({
            "request": { "policy": "ADMIN_LOGIN", "instance": "till-1" }, "response": response,
            "authorizationInfo": [
                { "permission": "compute.instances.osLogin", "granted": true },
                { "permission": "compute.instances.osAdminLogin", "granted": false },
            ],
        }),
    )
}

#[test]
fn a_refused_permission_makes_a_login_look_denied() {
    check(&login(&json!({ "success": true })), &[("dvm_outcome", "success")]);
    check(&login(&json!({ "success": false })), &[("dvm_outcome", "denied")]);
    check(&login(&json!({})), &[("dvm_outcome", "denied")]);
}
