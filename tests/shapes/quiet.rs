//! Events that must never be findings, in every format of their cloud.

use super::{fields, forms, inspect_raw};
use crate::catalogue::detector;
use directvm::catalogue::Cloud;
use serde_json::{Value, json};

fn merged(base: &str, changes: &Value) -> Value {
    let mut event = serde_json::from_str(base).expect("a base event is JSON");
    merge(&mut event, changes);
    event
}

fn merge(target: &mut Value, patch: &Value) {
    match (target, patch) {
        (Value::Object(target), Value::Object(patch)) => {
            for (name, value) in patch {
                merge(target.entry(name.clone()).or_insert(Value::Null), value);
            }
        }
        (target, patch) => *target = patch.clone(),
    }
}

pub fn aws(changes: &Value) -> Value {
    merged(include_str!("../../src/catalogue/base/aws.json"), changes)
}

pub fn azure(changes: &Value) -> Value {
    merged(include_str!("../../src/catalogue/base/azure.json"), changes)
}

pub fn gcp(changes: &Value) -> Value {
    merged(include_str!("../../src/catalogue/base/gcp.json"), changes)
}

/// The event is not a finding in any format, neither from `_raw` nor from extracted fields.
#[track_caller]
pub fn assert_quiet(cloud: Cloud, event: &Value) {
    let detector = detector();
    for form in forms(cloud, event) {
        let seen = inspect_raw(&detector, form.value.to_string().as_bytes());
        assert!(seen.is_empty(), "{}, from raw: {seen:?}", form.name);
        let seen = fields::inspect(&detector, &fields::extract(&form.value));
        assert!(seen.is_none(), "{}, from fields: {seen:?}", form.name);
    }
}

fn aws_call(source: &str, name: &str, parameters: &Value) {
    assert_quiet(
        Cloud::Aws,
        &aws(&json!({ "eventSource": source, "eventName": name, "requestParameters": parameters })),
    );
}

fn azure_call(name: &str, changes: &Value) {
    let mut event = azure(&json!({
        "operationName": name.to_uppercase(), "identity": { "authorization": { "action": name } }, "properties": { "message": name },
    }));
    merge(&mut event, changes);
    assert_quiet(Cloud::Azure, &event);
}

fn gcp_call(service: &str, name: &str, payload: &Value) {
    let mut event = gcp(&json!({ "protoPayload": { "serviceName": service, "methodName": name } }));
    merge(&mut event["protoPayload"], payload);
    assert_quiet(Cloud::Gcp, &event);
}

#[test]
fn sessions_of_other_services() {
    let target =
        json!({ "target": "i-0a1b2c3d4e5f60718", "sessionId": "a2c1ebba-ad01-865f-ed2d-a142b7451f7e" });
    for source in [
        "athena.amazonaws.com",
        "emr-serverless.amazonaws.com",
        "bedrock-agentcore.amazonaws.com",
    ] {
        aws_call(source, "StartSession", &target);
        aws_call(source, "TerminateSession", &target);
    }
    aws_call(
        "iot.amazonaws.com",
        "OpenTunnel",
        &json!({ "privateIpAddress": "10.0.0.7", "remotePort": "22" }),
    );
    aws_call(
        "qldb.amazonaws.com",
        "SendCommand",
        &json!({ "instanceIds": ["i-0a1b2c3d4e5f60718"] }),
    );
    aws_call(
        "workspaces.amazonaws.com",
        "StartConnection",
        &json!({ "InstanceId": "i-0a1b2c3d4e5f60718" }),
    );
}

#[test]
fn control_channels_of_the_agent() {
    for (name, class) in [
        ("OpenControlChannel", "Data"),
        ("OpenControlChannel", "Management"),
        ("CreateControlChannel", "Data"),
    ] {
        let channel = json!({
            "eventSource": "ssm.amazonaws.com", "eventName": name, "eventCategory": class,
            "requestParameters": { "targetId": "i-0a1b2c3d4e5f60718" },
            "resources": [{ "type": "AWS::SSMMessages::ControlChannel" }],
        });
        assert_quiet(Cloud::Aws, &aws(&channel));
    }
}

#[test]
fn reading_and_polling_of_systems_manager() {
    let names = [
        "DescribeInstanceInformation",
        "GetCommandInvocation",
        "ListCommands",
        "ListCommandInvocations",
        "DescribeSessions",
        "GetConnectionStatus",
        "UpdateInstanceInformation",
        "UpdateInstanceAssociationStatus",
        "PutInventory",
    ];
    for name in names {
        aws_call(
            "ssm.amazonaws.com",
            name,
            &json!({ "instanceId": "i-0a1b2c3d4e5f60718", "documentName": "AWS-RunShellScript" }),
        );
    }
}

#[test]
fn an_instance_modified_without_user_data() {
    let parameters =
        json!({ "instanceId": "i-0a1b2c3d4e5f60718", "disableApiTermination": { "value": true } });
    aws_call("ec2.amazonaws.com", "ModifyInstanceAttribute", &parameters);
    let older =
        json!({ "instanceId": "i-0a1b2c3d4e5f60718", "attribute": "instanceType", "value": "m5.large" });
    aws_call("ec2.amazonaws.com", "ModifyInstanceAttribute", &older);
}

#[test]
fn a_firewall_opened() {
    let rule = json!({ "groupId": "sg-1", "ipPermissions": { "items": [{ "fromPort": 22, "toPort": 22 }] } });
    aws_call("ec2.amazonaws.com", "AuthorizeSecurityGroupIngress", &rule);
    aws_call(
        "ec2.amazonaws.com",
        "AttachVolume",
        &json!({ "instanceId": "i-0a1b2c3d4e5f60718" }),
    );
}

#[test]
fn metadata_with_unrelated_keys_only() {
    let delta = json!({ "metadata": { "instanceMetadataDelta": { "addedMetadataKeys": ["team"], "modifiedMetadataKeys": ["cost"] } } });
    gcp_call(
        "compute.googleapis.com",
        "v1.compute.instances.setMetadata",
        &delta,
    );
    let removed = json!({ "metadata": { "instanceMetadataDelta": { "deletedMetadataKeys": ["ssh-keys"] } } });
    gcp_call(
        "compute.googleapis.com",
        "v1.compute.instances.setMetadata",
        &removed,
    );
    let project = json!({ "metadata": { "projectMetadataDelta": { "addedMetadataKeys": ["google-compute-default-region"] } } });
    gcp_call(
        "compute.googleapis.com",
        "v1.compute.projects.setCommonInstanceMetadata",
        &project,
    );
}

#[test]
fn an_instance_created() {
    let permissions = json!({ "authorizationInfo": [
        { "granted": true, "permission": "compute.instances.create" },
        { "granted": true, "permission": "compute.instances.setMetadata" },
    ] });
    gcp_call(
        "compute.googleapis.com",
        "v1.compute.instances.insert",
        &permissions,
    );
    gcp_call(
        "compute.googleapis.com",
        "v1.compute.instances.bulkInsert",
        &permissions,
    );
}

#[test]
fn the_web_proxy_of_iap() {
    let web = json!({ "authorizationInfo": [{ "granted": true, "permission": "iap.webServiceVersions.accessViaIAP" }] });
    gcp_call("iap.googleapis.com", "AuthorizeUser", &web);
}

#[test]
fn machines_written_started_and_stopped_in_azure() {
    for name in [
        "write",
        "start/action",
        "restart/action",
        "deallocate/action",
        "powerOff/action",
        "redeploy/action",
        "read",
    ] {
        azure_call(&format!("Microsoft.Compute/virtualMachines/{name}"), &json!({}));
    }
}

#[test]
fn azure_policys_copies_of_an_operation() {
    for name in ["audit", "auditIfNotExists", "deployIfNotExists"] {
        let changes = json!({
            "category": "Policy",
            "identity": { "authorization": { "action": "Microsoft.Compute/virtualMachines/runCommand/action" } },
            "properties": { "message": "Microsoft.Compute/virtualMachines/runCommand/action" },
        });
        azure_call(
            &format!("Microsoft.Authorization/policies/{name}/action"),
            &changes,
        );
    }
}
