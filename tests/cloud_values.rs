//! What a finding of Azure and Google Cloud says: who, which machine, from where, with which answer.

use crate::catalogue::detector;
use crate::shapes::{Seen, inspect_raw};
use directvm::detect::Detector;
use serde_json::{Value, json};

const MACHINE: &str = "/subscriptions/5ab50000-0000-4000-8000-000000000001/resourceGroups/ops/providers/Microsoft.Compute/virtualMachines/Db-Core-3";
const UPN: &str = "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/upn";
const MAIL: &str = "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/emailaddress";
const NAME: &str = "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/name";
const OBJECT: &str = "http://schemas.microsoft.com/identity/claims/objectidentifier";
pub const TENANT: &str = "http://schemas.microsoft.com/identity/claims/tenantid";
const PROVIDER: &str = "http://schemas.microsoft.com/identity/claims/identityprovider";

pub fn only(detector: &Detector, event: &Value) -> Seen {
    let mut seen = inspect_raw(detector, event.to_string().as_bytes());
    assert_eq!(seen.len(), 1, "{event}");
    seen.remove(0)
}

#[track_caller]
pub fn check(event: &Value, wanted: &[(&str, &str)]) {
    let seen = only(&detector(), event);
    for (name, value) in wanted {
        let has = seen.field(name).join(" ");
        assert_eq!(has, *value, "{name} of {event}");
    }
}

/// A run command by a caller with these claims.
pub fn azure(claims: Value) -> Value {
    let mut event = json!({
        "time": "2026-07-03T04:05:06Z", "category": "Administrative", "resultType": "Success",
        "operationName": "MICROSOFT.COMPUTE/VIRTUALMACHINES/RUNCOMMAND/ACTION", "resourceId": MACHINE,
        "callerIpAddress": "203.0.113.50", "correlationId": "77777777-0000-4000-8000-000000000009",
        "tenantId": "7e4a0000-0000-4000-8000-000000000001",
    });
    event["identity"] = json!({});
    event["identity"]["claims"] = claims;
    event
}

/// An OS Login check, or another call, with this authenticationInfo.
fn google(method: &str, service: &str, authentication: Value) -> Value {
    let mut event = json!({
        "timestamp": "2026-07-03T04:05:06Z", "insertId": "q1w2e3",
        "logName": "projects/plant-9/logs/cloudaudit.googleapis.com%2Factivity",
        "protoPayload": {
            "serviceName": service, "methodName": method,
            "resourceName": "projects/plant-9/zones/europe-north1-a/instances/press-4",
            "metadata": { "instanceMetadataDelta": { "addedMetadataKeys": ["startup-script"] } },
            "requestMetadata": { "callerIp": "203.0.113.50" },
        },
    });
    event["protoPayload"]["authenticationInfo"] = authentication;
    event
}

pub fn script(authentication: Value) -> Value {
    google(
        "v1.compute.instances.setMetadata",
        "compute.googleapis.com",
        authentication,
    )
}

#[test]
fn every_kind_of_identity_of_azure_is_told_apart() {
    let user = json!({ "idtyp": "user", UPN: "Kim@Example.org", OBJECT: "0B1EC700-0000-4000-8000-000000000005", "uti": "t0ken" });
    check(
        &azure(user),
        &[
            ("dvm_actor", "Kim@Example.org"),
            ("dvm_actor_type", "user"),
            ("dvm_principal", "0b1ec700-0000-4000-8000-000000000005"),
            ("dvm_person", "Kim@Example.org"),
            ("dvm_credential", "t0ken"),
        ],
    );
    check(
        &azure(json!({ "idtyp": "user", UPN: "Kim@Example.org" })),
        &[("dvm_principal", "kim@example.org")],
    );
    let app = json!({ "idtyp": "app", "appid": "a9900000-0000-4000-8000-000000000002", OBJECT: "0b1ec700-0000-4000-8000-000000000006" });
    check(
        &azure(app.clone()),
        &[
            ("dvm_actor", "a9900000-0000-4000-8000-000000000002"),
            ("dvm_actor_type", "service_principal"),
            ("dvm_principal", "0b1ec700-0000-4000-8000-000000000006"),
            ("dvm_person", ""),
        ],
    );
    let mut managed = app;
    managed["xms_mirid"] = "/subscriptions/s/resourceGroups/r/providers/Microsoft.ManagedIdentity/x".into();
    check(
        &azure(managed),
        &[("dvm_actor_type", "managed_identity"), ("dvm_person", "")],
    );
    let only_app = json!({ "idtyp": "app", "appid": "A9900000-0000-4000-8000-000000000002" });
    check(
        &azure(only_app),
        &[("dvm_principal", "a9900000-0000-4000-8000-000000000002")],
    );
}

#[test]
fn a_guest_is_one_person_in_every_log() {
    let guests = [
        azure(json!({ "idtyp": "user", MAIL: "lee@partner.example", NAME: "live.com#lee@partner.example" })),
        azure(json!({ "idtyp": "user", NAME: "live.com#lee@partner.example" })),
        azure(json!({ "idtyp": "user", UPN: "lee_partner.example#EXT#@plant.onmicrosoft.com" })),
        json!({
            "operationName": { "value": "Microsoft.Compute/virtualMachines/runCommand/action" }, "resourceId": MACHINE,
            "eventTimestamp": "2026-07-03T04:05:06Z", "caller": "live.com#lee@partner.example", "status": { "value": "Succeeded" },
        }),
        json!({
            "OperationNameValue": "MICROSOFT.COMPUTE/VIRTUALMACHINES/RUNCOMMAND/ACTION", "_ResourceId": MACHINE,
            "TimeGenerated": "2026-07-03T04:05:06Z", "Caller": "lee@partner.example", "ActivityStatusValue": "Success",
            "Claims": json!({ "idtyp": "user", NAME: "live.com#lee@partner.example" }).to_string(),
        }),
        json!({
            "createdDateTime": "2026-07-03T04:05:06Z", "appId": "372140e0-b3b7-4226-8ef9-d57986796201",
            "userPrincipalName": "lee_partner.example#EXT#@plant.onmicrosoft.com", "status": { "errorCode": 0 },
        }),
    ];
    for guest in guests {
        check(
            &guest,
            &[
                ("dvm_actor", "lee@partner.example"),
                ("dvm_person", "lee@partner.example"),
                ("dvm_actor_type", "user"),
            ],
        );
    }
}

#[test]
fn a_caller_of_another_tenant_or_project_is_a_step() {
    let says = |event: &Value| {
        let reasons = only(&detector(), event).field("dvm_reasons").join("\n");
        reasons.contains("another account")
    };
    let home = "7e4a0000-0000-4000-8000-000000000001";
    let away = "7e4a0000-0000-4000-8000-0000000000ff";
    assert!(!says(&azure(
        json!({ "idtyp": "user", UPN: "kim@example.org", TENANT: home })
    )));
    assert!(says(&azure(
        json!({ "idtyp": "user", UPN: "kim@example.org", TENANT: away })
    )));
    let behalf = format!("https://sts.windows.net/{away}/");
    assert!(says(&azure(
        json!({ "idtyp": "user", UPN: "kim@example.org", TENANT: home, PROVIDER: behalf })
    )));
    assert!(!says(&azure(
        json!({ "idtyp": "user", UPN: "kim@example.org", TENANT: home, PROVIDER: "live.com" })
    )));
    assert!(!says(&script(
        json!({ "principalEmail": "ci@plant-9.iam.gserviceaccount.com" })
    )));
    assert!(says(&script(
        json!({ "principalEmail": "ci@tools-1.iam.gserviceaccount.com" })
    )));
    assert!(!says(&script(
        json!({ "principalEmail": "service-1@gcp-sa-osconfig.iam.gserviceaccount.com" })
    )));
}

#[test]
fn every_kind_of_identity_of_google_cloud_is_told_apart() {
    let pool = "principal://iam.googleapis.com/locations/global/workforcePools/staff/subject/kim";
    let cases = [
        (
            json!({ "principalEmail": "Kim@example.org" }),
            "user",
            "kim@example.org",
            "kim@example.org",
        ),
        (
            json!({ "principalSubject": "user:kim@example.org" }),
            "user",
            "kim@example.org",
            "kim@example.org",
        ),
        (json!({ "principalSubject": pool }), "federated", pool, ""),
        (
            json!({
                "principalEmail": "ci@plant-9.iam.gserviceaccount.com",
                "serviceAccountDelegationInfo": [
                    { "firstPartyPrincipal": { "principalEmail": "hop@plant-9.iam.gserviceaccount.com" } },
                    { "firstPartyPrincipal": { "principalEmail": "kim@example.org" } },
                ],
            }),
            "service_account",
            "ci@plant-9.iam.gserviceaccount.com",
            "kim@example.org",
        ),
    ];
    for (authentication, kind, principal, person) in cases {
        let wanted = [
            ("dvm_actor_type", kind),
            ("dvm_principal", principal),
            ("dvm_person", person),
        ];
        check(&script(authentication), &wanted);
    }
    let key =
        "//iam.googleapis.com/projects/plant-9/serviceAccounts/ci@plant-9.iam.gserviceaccount.com/keys/1f";
    let account =
        json!({ "principalEmail": "ci@plant-9.iam.gserviceaccount.com", "serviceAccountKeyName": key });
    check(
        &script(account),
        &[("dvm_credential", key), ("dvm_event_id", "q1w2e3")],
    );
}

#[test]
fn what_a_caller_can_choose_is_never_trusted_and_never_who_is_counted() {
    let agents = [
        "1@system.gserviceaccount.com",
        "9@cloudservices.gserviceaccount.com",
        "system@google.com",
    ];
    for agent in agents {
        let subject = format!(
            "principal://iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/p/subject/{agent}"
        );
        for authentication in [
            json!({ "principalSubject": subject }),
            json!({ "principalEmail": subject }),
            json!({ "principalSubject": format!("serviceAccount:{agent}") }),
        ] {
            check(
                &script(authentication),
                &[
                    ("dvm_verdict", "report"),
                    ("dvm_severity", "high"),
                    ("dvm_service", ""),
                ],
            );
        }
        let mut guest = google(
            "google.ssh-serialport.v1.connect",
            "ssh-serialport.googleapis.com",
            json!(null),
        );
        guest["protoPayload"]["request"] = json!({ "username": agent });
        check(
            &guest,
            &[
                ("dvm_verdict", "report"),
                ("dvm_actor", agent),
                ("dvm_actor_type", "unknown"),
                ("dvm_principal", ""),
                ("dvm_person", ""),
            ],
        );
    }
    let agent = json!({ "principalEmail": "9@cloudservices.gserviceaccount.com" });
    check(
        &script(agent),
        &[
            ("dvm_verdict", "report"),
            ("dvm_service", "9@cloudservices.gserviceaccount.com"),
        ],
    );
}

#[test]
fn what_azure_policy_deploys_is_a_standing_order() {
    let policy = "1d78a85d-813d-46f0-b496-dd72f50a3ec0";
    let mut event = azure(json!({ "idtyp": "app", "appid": policy }));
    event["operationName"] = "MICROSOFT.COMPUTE/VIRTUALMACHINES/EXTENSIONS/WRITE".into();
    event["resourceId"] = format!("{MACHINE}/extensions/AzureMonitorLinuxAgent").into();
    let service = format!("{policy} (Microsoft Azure Policy Insights)");
    check(
        &event,
        &[
            ("dvm_verdict", "report"),
            ("dvm_severity", "low"),
            ("dvm_service", &service),
        ],
    );
}

#[test]
fn a_name_for_people_does_not_hide_the_operation() {
    let told = json!({
        "OperationName": "Befehl auf virtuellem Computer ausführen", "ResourceId": MACHINE, "Caller": "kim@example.org",
        "EventTimestamp": "2026-07-03T04:05:06Z", "Status": "Succeeded",
        "Authorization": { "Action": "Microsoft.Compute/virtualMachines/runCommand/action", "Scope": MACHINE },
    });
    check(
        &told,
        &[
            ("dvm_operation", "azure_run_command.run_command"),
            ("dvm_outcome", "success"),
        ],
    );
    let table = json!({
        "TimeGenerated": "2026-07-03T04:05:06Z", "OperationName": "Run Command on Virtual Machine", "ResourceId": MACHINE,
        "Category": "Administrative", "ActivityStatus": "Succeeded",
        "Authorization_d": { "action": "Microsoft.Compute/virtualMachines/runCommand/action" },
    });
    check(
        &table,
        &[
            ("dvm_operation", "azure_run_command.run_command"),
            ("dvm_outcome", "success"),
        ],
    );
    let other = json!({
        "OperationName": "Microsoft.Authorization/policies/audit/action", "ResourceId": MACHINE, "EventTimestamp": "2026-07-03T04:05:06Z",
        "Authorization": { "Action": "Microsoft.Compute/virtualMachines/runCommand/action" },
    });
    assert!(inspect_raw(&detector(), other.to_string().as_bytes()).is_empty());
}

#[test]
fn values_of_azure_are_those_of_the_record() {
    check(
        &azure(json!({ "idtyp": "user", UPN: "kim@example.org" })),
        &[
            ("VMName", "Db-Core-3"),
            ("dvm_target", "db-core-3"),
            ("vendor_product", "Azure Activity Log"),
            (
                "dvm_event_id",
                "77777777-0000-4000-8000-000000000009/success/2026-07-03T04:05:06Z",
            ),
        ],
    );
    let mut refused = azure(json!({ "idtyp": "user", UPN: "kim@example.org" }));
    refused["resultType"] = "Failure".into();
    refused["callerIpAddress"] = "<Redacted>".into();
    refused["properties"] = json!({ "message": "Microsoft.Compute/virtualMachines/runCommand/action" });
    check(
        &refused,
        &[
            ("dvm_outcome", "error"),
            ("reason", ""),
            ("SourceIP", ""),
            ("dvm_src", ""),
        ],
    );
    for name in [
        "Microsoft.Network/bastionHosts/createshareablelinks/action",
        "Microsoft.ContainerService/managedClusters/runCommand/action",
    ] {
        let mut event = azure(json!({ "idtyp": "user", UPN: "kim@example.org" }));
        event["operationName"] = name.into();
        event["resourceId"] =
            "/subscriptions/s/resourceGroups/r/providers/Microsoft.Network/bastionHosts/Gate".into();
        check(&event, &[("VMName", ""), ("dvm_target", "gate")]);
    }
}

#[test]
fn sign_ins_and_bastion_sessions_name_the_machine() {
    let sign_in = json!({
        "time": "2026-07-03T04:05:06Z", "category": "SignInLogs", "operationName": "Sign-in activity", "resultType": "0",
        "properties": { "appId": "372140e0-b3b7-4226-8ef9-d57986796201", "userPrincipalName": "kim@example.org", "deviceDetail": { "displayName": "DESK-8" } },
    });
    check(
        &sign_in,
        &[
            ("VMName", "DESK-8"),
            ("dvm_target", "desk-8"),
            ("dvm_target_type", "instance"),
            ("vendor_product", "Microsoft Entra ID"),
        ],
    );
    let bastion = json!({
        "time": "2026-07-03T04:05:06Z", "category": "BastionAuditLogs", "operationName": "Microsoft.Network/BastionHost/connect",
        "resourceId": "/SUBSCRIPTIONS/SUB-7/RESOURCEGROUPS/R/PROVIDERS/MICROSOFT.NETWORK/BASTIONHOSTS/GATE",
        "properties": { "targetResourceId": "", "targetVMIPAddress": "10.9.0.4", "userName": "root", "message": "Login Failed" },
    });
    check(
        &bastion,
        &[
            ("dvm_target", "10.9.0.4"),
            ("dvm_target_type", "address"),
            ("dvm_account", "SUB-7"),
            ("VMName", ""),
            ("vendor_product", "Azure Bastion"),
            ("dvm_principal", ""),
            ("reason", "Login Failed"),
        ],
    );
}

#[test]
fn the_call_is_answered_by_its_status_and_response_before_its_permissions() {
    let mut event = google(
        "google.cloud.oslogin.v1.OsLoginService.SignSshPublicKey",
        "oslogin.googleapis.com",
        json!({ "principalEmail": "kim@example.org" }),
    );
    let granted = |answers: &[bool]| {
        Value::from(
            answers
                .iter()
                .map(|answer| json!({ "granted": answer }))
                .collect::<Vec<_>>(),
        )
    };
    event["protoPayload"]["authorizationInfo"] = granted(&[true, false]);
    check(&event, &[("dvm_outcome", "success")]);
    event["protoPayload"]["authorizationInfo"] = granted(&[false, false]);
    check(&event, &[("dvm_outcome", "denied")]);
    event["protoPayload"]["status"] = json!({ "code": 0 });
    check(&event, &[("dvm_outcome", "success")]);
    event["protoPayload"]["status"] = json!({ "code": 7 });
    event["protoPayload"]["authorizationInfo"] = granted(&[true]);
    check(&event, &[("dvm_outcome", "denied")]);
    let mut asked = google(
        "google.cloud.oslogin.dataplane.OsLoginDataPlaneService.CheckPolicy",
        "oslogin.googleapis.com",
        json!({ "principalEmail": "kim@example.org" }),
    );
    asked["protoPayload"]["authorizationInfo"] = granted(&[true, false]);
    asked["protoPayload"]["response"] = json!({ "success": true });
    check(&asked, &[("dvm_outcome", "success")]);
}

#[test]
fn a_resource_group_can_be_called_as_a_type_is() {
    for (group, kind) in [
        ("virtualMachines", "instance"),
        ("virtualMachineScaleSets", "instance"),
        ("machines", "instance"),
    ] {
        let mut event = azure(json!({ "idtyp": "user", UPN: "kim@example.org" }));
        event["resourceId"] = format!(
            "/subscriptions/s/resourceGroups/{group}/providers/Microsoft.Compute/virtualMachines/Press-1"
        )
        .into();
        let wanted = [
            ("VMName", "Press-1"),
            ("dvm_target", "press-1"),
            ("dvm_target_type", kind),
        ];
        check(&event, &wanted);
    }
}
