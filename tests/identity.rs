//! Who is counted, which human is named, and which credential was used, for every kind of identity.

use crate::catalogue::detector;
use crate::cloud_values;
use crate::shapes::{Seen, inspect_raw};
use serde_json::{Value, json};

/// A session on a machine, asked for by this identity.
fn asked_by(identity: &Value) -> Seen {
    let event = json!({
        "eventVersion": "1.11", "eventTime": "2026-05-02T07:11:00Z", "eventID": "a1b2c3d4-0000-4000-8000-00000000000a",
        "eventSource": "ssm.amazonaws.com", "eventName": "StartSession", "sourceIPAddress": "203.0.113.77",
        "recipientAccountId": "222233334444", "requestParameters": { "target": "i-0c0ffee0c0ffee001" },
        "userIdentity": identity,
    });
    let mut seen = inspect_raw(&detector(), event.to_string().as_bytes());
    assert_eq!(seen.len(), 1, "{event}");
    seen.remove(0)
}

/// An identity, and its actor type, principal, person and credential.
fn check(identity: &Value, wanted: [&str; 4]) {
    let seen = asked_by(identity);
    let names = ["dvm_actor_type", "dvm_principal", "dvm_person", "dvm_credential"];
    for (name, wanted) in names.into_iter().zip(wanted) {
        assert_eq!(seen.field(name).concat(), wanted, "{name} of {identity}");
    }
    assert_eq!(
        seen.field("dvm_event_id"),
        ["a1b2c3d4-0000-4000-8000-00000000000a"]
    );
}

fn role(name: &str, session: &str, issuer: Option<&str>) -> Value {
    let mut identity = json!({
        "type": "AssumedRole", "principalId": format!("AROATESTTESTTESTTEST1:{session}"), "accountId": "222233334444",
        "arn": format!("arn:aws:sts::222233334444:assumed-role/{name}/{session}"), "accessKeyId": "ASIATESTTESTTESTTEST",
    });
    if let Some(path) = issuer {
        let arn = format!("arn:aws:iam::222233334444:role/{path}{name}");
        identity["sessionContext"] =
            json!({ "sessionIssuer": { "type": "Role", "arn": arn, "userName": name } });
    }
    identity
}

const SSO: &str = "AWSReservedSSO_Operators_00112233aabbccdd";
const KEY: &str = "ASIATESTTESTTESTTEST";

#[test]
fn users_and_root() {
    let user = "arn:aws:iam::222233334444:user/ops/kim";
    check(
        &json!({ "type": "IAMUser", "arn": user, "userName": "kim", "accountId": "222233334444", "accessKeyId": "AKIATESTTESTTESTTEST" }),
        ["user", user, "", "AKIATESTTESTTESTTEST"],
    );
    let root = "arn:aws:iam::222233334444:root";
    check(
        &json!({ "type": "Root", "arn": root, "accountId": "222233334444" }),
        ["root", root, "", ""],
    );
}

#[test]
fn a_role_is_one_whoever_names_the_session_and_with_or_without_its_issuer() {
    let deploy = "arn:aws:sts::222233334444:assumed-role/deploy";
    check(&role("deploy", "kim", Some("ci/")), ["role", deploy, "", KEY]);
    check(
        &role("deploy", "lee@corp.example", None),
        ["role", deploy, "", KEY],
    );
    let mut without_arn = role("deploy", "x", Some("ci/"));
    without_arn["arn"] = Value::Null;
    check(
        &without_arn,
        ["role", deploy, "", KEY].map(|v| if v == "role" { "role" } else { v }),
    );
    let mut sourced = role("deploy", "x", Some(""));
    sourced["sessionContext"]["sourceIdentity"] = "kim@corp.example".into();
    check(&sourced, ["role", deploy, "kim@corp.example", KEY]);
    let mut behalf = role("deploy", "x", Some(""));
    behalf["onBehalfOf"] = json!({ "userId": "94482488-3041-7000-8000-000000000001", "identityStoreArn": "arn:aws:identitystore::222233334444:identitystore/d-1" });
    check(
        &behalf,
        ["role", deploy, "94482488-3041-7000-8000-000000000001", KEY],
    );
}

#[test]
fn the_path_of_a_role_proves_identity_center_and_its_name_does_not() {
    let whole = format!("arn:aws:sts::222233334444:assumed-role/{SSO}/kim");
    let up_to_role = format!("arn:aws:sts::222233334444:assumed-role/{SSO}");
    let proven = role(SSO, "kim", Some("aws-reserved/sso.amazonaws.com/eu-north-1/"));
    check(&proven, ["federated", &whole, "kim", KEY]);
    check(&role(SSO, "kim", None), ["federated", &up_to_role, "kim", KEY]);
    check(&role(SSO, "kim", Some("")), ["role", &up_to_role, "", KEY]);
    // A service's role, and one that only bears its name.
    let name = "AWSServiceRoleForAmazonSSM";
    let principal = format!("arn:aws:sts::222233334444:assumed-role/{name}");
    let proven = role(name, "Run", Some("aws-service-role/ssm.amazonaws.com/"));
    check(&proven, ["service", &principal, "", KEY]);
    check(&role(name, "Run", Some("")), ["role", &principal, "", KEY]);
    check(&role(name, "Run", None), ["role", &principal, "", KEY]);
}

#[test]
fn machines_federated_identities_and_services() {
    let node = "arn:aws:sts::222233334444:assumed-role/nodes";
    check(
        &role("nodes", "i-0c0ffee0c0ffee009", Some("")),
        ["instance", node, "", KEY],
    );
    let user = "arn:aws:iam::222233334444:user/broker";
    check(
        &json!({
            "type": "FederatedUser", "principalId": "222233334444:guest-7", "accountId": "222233334444",
            "arn": "arn:aws:sts::222233334444:federated-user/guest-7", "accessKeyId": KEY,
            "sessionContext": { "sessionIssuer": { "type": "IAMUser", "arn": user, "userName": "broker" } },
        }),
        ["federated", user, "", KEY],
    );
    check(
        &json!({ "type": "FederatedUser", "arn": "arn:aws:sts::222233334444:federated-user/guest-7" }),
        ["federated", "arn:aws:sts::222233334444:federated-user", "", ""],
    );
    check(
        &json!({
            "type": "WebIdentityUser", "principalId": "token.example:aud:repo:acme/app", "userName": "repo:acme/app",
            "identityProvider": "token.actions.example",
        }),
        ["federated", "token.actions.example", "", ""],
    );
    check(
        &json!({
            "type": "SAMLUser", "principalId": "d1x2Qw=:kim", "userName": "kim",
            "identityProvider": "d1x2Qw=",
        }),
        ["federated", "d1x2Qw=", "", ""],
    );
    check(
        &json!({
            "type": "IdentityCenterUser", "accountId": "222233334444", "credentialId": "cred-77",
            "onBehalfOf": { "userId": "94482488-3041-7000-8000-000000000001", "identityStoreArn": "arn:aws:identitystore::222233334444:identitystore/d-1" },
        }),
        [
            "federated",
            "94482488-3041-7000-8000-000000000001",
            "94482488-3041-7000-8000-000000000001",
            "cred-77",
        ],
    );
    check(
        &json!({ "type": "AWSService", "invokedBy": "backup.amazonaws.com" }),
        ["service", "backup.amazonaws.com", "", ""],
    );
    check(
        &json!({ "type": "AWSAccount", "principalId": "AROATESTTESTTESTTEST2:kim", "accountId": "888877776666" }),
        ["unknown", "AROATESTTESTTESTTEST2", "", ""],
    );
}

#[test]
fn a_caller_of_another_account_is_a_step() {
    let mut foreign = role("deploy", "kim", Some(""));
    foreign["accountId"] = "888877776666".into();
    let reasons = asked_by(&foreign).field("dvm_reasons").join("\n");
    assert!(reasons.contains("another account"), "{reasons}");
    let own = asked_by(&role("deploy", "kim", Some("")))
        .field("dvm_reasons")
        .join("\n");
    assert!(!own.contains("another account"), "{own}");
}

#[test]
fn a_second_factor_is_missed_of_users_and_root_only() {
    let with_console = |mut identity: Value| {
        identity["sessionContext"]["attributes"] = json!({ "mfaAuthenticated": "false" });
        let event = json!({
            "eventVersion": "1.11", "eventSource": "ssm.amazonaws.com", "eventName": "StartSession",
            "sessionCredentialFromConsole": "true", "userIdentity": identity,
            "requestParameters": { "target": "i-0c0ffee0c0ffee001" },
        });
        let seen = inspect_raw(&detector(), event.to_string().as_bytes());
        seen[0].field("dvm_severity").concat()
    };
    let user = json!({ "type": "IAMUser", "arn": "arn:aws:iam::222233334444:user/kim", "userName": "kim" });
    assert_eq!(with_console(user), "high");
    let center = role(SSO, "kim", Some("aws-reserved/sso.amazonaws.com/"));
    assert_eq!(with_console(center), "medium");
    assert_eq!(with_console(role("saml-admins", "kim", Some(""))), "medium");
}

#[test]
fn of_two_ids_of_ocsf_the_arn_is_the_actor() {
    let arn = "arn:aws:iam::222233334444:user/kim";
    for user in [
        json!({ "type": "IAMUser", "uid": "AIDATESTTEST", "uuid": arn }),
        json!({ "type": "IAMUser", "uid": arn, "uuid": "AIDATESTTEST" }),
        json!({ "type": "IAMUser", "uid": "AIDATESTTEST", "uid_alt": arn }),
        json!({ "type": "IAMUser", "uid": arn, "uid_alt": "AIDATESTTEST" }),
    ] {
        let event = json!({
            "metadata": { "version": "1.0.0-rc.2", "uid": "e-1" }, "time": 1_777_705_860_000_i64,
            "api": { "operation": "StartSession", "service": { "name": "ssm.amazonaws.com" } },
            "actor": { "user": user }, "unmapped": { "requestParameters.target": "i-0c0ffee0c0ffee001" },
        });
        let seen = inspect_raw(&detector(), event.to_string().as_bytes());
        for field in ["dvm_actor", "dvm_principal", "UserARN"] {
            assert_eq!(seen[0].field(field), [arn], "{field}");
        }
        assert_eq!(seen[0].field("dvm_event_id"), ["e-1"]);
    }
}

#[test]
fn an_arn_in_place_of_the_id_names_the_role() {
    let event = json!({
        "eventVersion": "1.11", "eventTime": "2026-05-02T07:11:00Z", "eventSource": "ssm.amazonaws.com",
        "eventName": "StartSession", "requestParameters": { "target": "i-0c0ffee0c0ffee001" }, "userIdentity": {
            "type": "AssumedRole", "principalId": "arn:aws:sts::222233334444:assumed-role/deploy/anything",
        },
    });
    let seen = inspect_raw(&detector(), event.to_string().as_bytes());
    let role = "arn:aws:sts::222233334444:assumed-role/deploy";
    assert_eq!(seen[0].field("dvm_principal"), [role]);
}

#[test]
fn the_first_of_a_chain_of_delegates_is_the_person() {
    let subject = json!({ "principalSubject": "user:Lee@example.org" });
    let email = json!({ "firstPartyPrincipal": { "principalEmail": "kim@example.org" } });
    let account =
        json!({ "firstPartyPrincipal": { "principalEmail": "hop@plant-9.iam.gserviceaccount.com" } });
    let claims = json!({ "thirdPartyPrincipal": { "thirdPartyClaims": { "sub": "mallory" } } });
    for (chain, person) in [
        (json!([subject, email]), "lee@example.org"),
        (json!([email, subject]), "kim@example.org"),
        (json!([account, claims, subject, email]), "lee@example.org"),
        (json!([claims]), ""),
    ] {
        let authentication = json!({
            "principalEmail": "ci@plant-9.iam.gserviceaccount.com", "serviceAccountDelegationInfo": chain,
        });
        cloud_values::check(&cloud_values::script(authentication), &[("dvm_person", person)]);
    }
}

#[test]
fn a_service_principal_without_a_name_is_its_application() {
    let machines = "ce6ff14a-7fdc-4685-bbe0-f6afdfcfa8e0";
    let app = "A9900000-0000-4000-8000-000000000002";
    for names in [
        json!({}),
        json!({ "servicePrincipalName": "", "servicePrincipalId": "" }),
    ] {
        let mut properties = names;
        properties["appId"] = app.into();
        properties["resourceId"] = machines.into();
        let event = json!({
            "time": "2026-07-03T04:05:06Z", "category": "ServicePrincipalSignInLogs", "operationName": "Sign-in activity",
            "resultType": "0", "resourceId": "/tenants/t/providers/Microsoft.aadiam", "properties": properties,
        });
        cloud_values::check(
            &event,
            &[
                ("dvm_actor", app),
                ("dvm_actor_type", "service_principal"),
                ("dvm_principal", "a9900000-0000-4000-8000-000000000002"),
                ("dvm_person", ""),
            ],
        );
    }
}

#[test]
fn short_claims_tell_tenant_and_principal_as_long_ones_do() {
    let (home, away) = (
        "7e4a0000-0000-4000-8000-000000000001",
        "7e4a0000-0000-4000-8000-0000000000ff",
    );
    let issuer = |tenant: &str| format!("https://sts.windows.net/{tenant}/");
    for (claims, is_foreign) in [
        (json!({ "tid": home }), false),
        (json!({ "tid": away }), true),
        (json!({ "iss": issuer(home) }), false),
        (json!({ "iss": issuer(away) }), true),
        (json!({ "iss": "live.com" }), false),
        (
            json!({ cloud_values::TENANT: home, "tid": home, "iss": issuer(home) }),
            false,
        ),
    ] {
        let mut claims = claims;
        claims["idtyp"] = "user".into();
        claims["upn"] = "kim@example.org".into();
        claims["oid"] = "0B1EC700-0000-4000-8000-000000000005".into();
        let event = cloud_values::azure(claims);
        cloud_values::check(
            &event,
            &[
                ("dvm_actor", "kim@example.org"),
                ("dvm_principal", "0b1ec700-0000-4000-8000-000000000005"),
            ],
        );
        let reasons = cloud_values::only(&detector(), &event)
            .field("dvm_reasons")
            .join("\n");
        assert_eq!(reasons.contains("another account"), is_foreign, "{event}");
    }
}
