//! What linking once got wrong, and what the logs of a provider leave out.

use super::{aws, azure, check, kinds, requests};
use serde_json::{Value, json};

const MACHINE: &str = "i-0c0ffee0c0ffee001";

fn shell(time: &str, caller: &str, machine: &str) -> Value {
    let members = json!({
        "requestParameters": { "target": machine },
        "responseElements": { "sessionId": format!("{caller}-{}{machine}", time.replace(':', "")) },
    });
    aws(time, "ssm", "StartSession", caller, &members)
}

fn sign_in(time: &str, code: &str, device: &str) -> Value {
    json!({
        "time": format!("2026-05-02T{time}Z"), "operationName": "Sign-in activity", "category": "SignInLogs",
        "resourceId": "/tenants/9f3b2c1d-0e4f-4a5b-9c6d-7e8f90a1b2c3/providers/Microsoft.aadiam",
        "tenantId": "9f3b2c1d-0e4f-4a5b-9c6d-7e8f90a1b2c3", "resultType": code, "correlationId": "s-1",
        "callerIpAddress": "203.0.113.50",
        "properties": {
            "id": format!("e-{time}"), "createdDateTime": format!("2026-05-02T{time}Z"),
            "userPrincipalName": "kim@example.org", "ipAddress": "203.0.113.50", "status": { "errorCode": code.parse::<u32>().expect("a number") },
            "appDisplayName": "Azure Windows VM Sign-In", "appId": "372140e0-b3b7-4226-8ef9-d57986796201",
            "deviceDetail": { "displayName": device }, "authenticationRequirement": "multiFactorAuthentication",
        },
    })
}

#[test]
fn a_second_factor_that_is_asked_for_is_no_answer() {
    let rows = requests(&[
        sign_in("09:00:00", "50074", "web"),
        sign_in("09:00:20", "0", "web"),
    ]);
    assert_eq!(rows.len(), 1, "{rows:?}");
    assert_eq!(
        (rows[0].value("dvm_outcome"), rows[0].value("dvm_records")),
        ("success", "2")
    );
    // A wrong password is one.
    let rows = requests(&[
        sign_in("09:00:00", "50126", "web"),
        sign_in("09:00:20", "0", "web"),
    ]);
    assert_eq!(rows.len(), 2, "{rows:?}");
    check(
        &[
            sign_in("09:00:00", "50074", "web"),
            sign_in("09:00:20", "0", "web"),
        ],
        &[],
    );
}

#[test]
fn twelve_session_names_of_one_role_are_one_caller() {
    let under = |at: usize| {
        let mut event = shell(
            &format!("09:{at:02}:00"),
            "x",
            &format!("i-0c0ffee0c0ffee0{at:02}"),
        );
        event["userIdentity"] = json!({
            "type": "AssumedRole", "accountId": "222233334444",
            "arn": format!("arn:aws:sts::222233334444:assumed-role/Deploy/name-{at}"),
        });
        event
    };
    let events: Vec<Value> = (0..12).map(under).collect();
    let rows = requests(&events);
    assert!(
        kinds(&rows).iter().all(|kind| kind == "fan_out") && kinds(&rows).len() == 8,
        "{rows:?}"
    );
    assert!(
        rows.iter()
            .all(|row| row.value("dvm_case") == rows[0].value("dvm_case"))
    );
}

#[test]
fn each_of_two_pushed_keys_leads_to_its_machine_and_a_plain_exit_is_no_open_session() {
    let key = |time: &str, machine: &str| {
        let parameters = json!({ "instanceId": machine, "instanceOSUser": "ec2-user", "sSHPublicKey": format!("ssh-ed25519 AAAA{machine} x") });
        aws(
            time,
            "ec2-instance-connect",
            "SendSSHPublicKey",
            "kim",
            &json!({ "requestParameters": parameters }),
        )
    };
    let other = "i-0c0ffee0c0ffee002";
    let events = [
        key("09:00:00", MACHINE),
        key("09:00:30", other),
        shell("09:02:00", "kim", MACHINE),
        shell("09:03:00", "kim", other),
    ];
    check(&events, &["key_then_access", "key_then_access"]);
    let rows = requests(&events);
    assert_eq!(rows[2].value("dvm_link_event_id"), rows[0].value("dvm_event_id"));
    assert_eq!(rows[3].value("dvm_link_event_id"), rows[1].value("dvm_event_id"));
    assert_eq!(rows[2].value("dvm_session_state"), "unlogged");
}

#[test]
fn of_events_in_one_second_the_order_is_the_same_live_and_collected() {
    let refused = |mut event: Value, id: &str| {
        event["errorCode"] = "AccessDeniedException".into();
        event["responseElements"] = Value::Null;
        event["eventID"] = id.into();
        event
    };
    let command =
        json!({ "requestParameters": { "documentName": "AWS-RunShellScript", "instanceIds": [MACHINE] } });
    let command = aws("09:00:00", "ssm", "SendCommand", "kim", &command);
    check(
        &[
            refused(shell("09:00:00", "kim", MACHINE), "e1"),
            refused(command, "e2"),
            shell("09:00:05", "kim", MACHINE),
        ],
        &["paths_denied", "denied_then_granted"],
    );
}

#[test]
fn a_console_that_logs_no_caller_is_joined_by_its_machine() {
    let record = |time: &str, service: &str, method: &str, name: &str, payload: &Value| {
        let mut event = json!({
            "insertId": format!("{method}-{time}"), "timestamp": format!("2026-05-02T{time}Z"),
            "logName": "projects/plant-9/logs/cloudaudit.googleapis.com%2Factivity",
            "resource": { "type": "gce_instance", "labels": { "project_id": "plant-9", "zone": "eu-b" } },
            "protoPayload": { "serviceName": service, "methodName": method, "resourceName": name },
        });
        for (member, value) in payload.as_object().expect("members") {
            event["protoPayload"][member] = value.clone();
        }
        event
    };
    let name = "projects/plant-9/zones/eu-b/instances/web";
    let opened = record(
        "09:00:00",
        "compute.googleapis.com",
        "v1.compute.instances.setMetadata",
        name,
        &json!({
            "authenticationInfo": { "principalEmail": "kim@example.org" },
            "metadata": { "instanceMetadataDelta": { "addedMetadataKeys": ["serial-port-enable"] } },
        }),
    );
    let connected = |machine: &str| {
        let name = format!("projects/plant-9/zones/eu-b/instances/{machine}/SerialPort/1");
        record(
            "09:03:00",
            "eu-ssh-serialport.googleapis.com",
            "google.ssh-serialport.v1.connect",
            &name,
            &json!({
                "request": { "@type": "type.googleapis.com/google.compute.SerialConsoleSessionBegin", "username": "kim_example_org" },
                "status": { "message": "Connection succeeded." },
            }),
        )
    };
    check(&[opened.clone(), connected("web")], &["enabled_then_used"]);
    let rows = requests(&[opened.clone(), connected("web")]);
    assert!(
        rows[1]
            .value("dvm_link_reason")
            .contains("the record names no caller"),
        "{rows:?}"
    );
    check(&[opened, connected("db")], &[]);
}

#[test]
fn access_that_was_switched_off_again_is_not_what_was_used() {
    let switch = |time: &str, name: &str, caller: &str| {
        aws(time, "ec2", name, caller, &json!({ "requestParameters": {} }))
    };
    let key = |time: &str| {
        let parameters =
            json!({ "instanceId": MACHINE, "serialPort": 0, "sSHPublicKey": "ssh-ed25519 AAAA x" });
        aws(
            time,
            "ec2-instance-connect",
            "SendSerialConsoleSSHPublicKey",
            "kim",
            &json!({ "requestParameters": parameters }),
        )
    };
    let on = switch("09:00:00", "EnableSerialConsoleAccess", "kim");
    let off = switch("09:10:00", "DisableSerialConsoleAccess", "lee");
    check(&[on.clone(), key("09:20:00")], &["enabled_then_used"]);
    check(&[on.clone(), off.clone(), key("09:20:00")], &[]);
    check(&[on, key("09:05:00"), off], &["enabled_then_used"]);
}

#[test]
fn a_run_is_joined_to_the_order_that_names_it_and_to_none_of_another_service() {
    let experiment = json!({
        "requestParameters": { "experimentTemplateId": "EXT1" },
        "responseElements": { "experiment": {
            "id": "EXP1", "experimentTemplateId": "EXT1",
            "actions": { "one": { "actionId": "aws:ssm:send-command", "parameters": { "documentArn": "arn:aws:ssm:eu-north-1::document/AWS-RunShellScript" } } },
            "targets": { "x": { "resourceType": "aws:ec2:instance", "resourceArns": [format!("arn:aws:ec2:eu-north-1:222233334444:instance/{MACHINE}")] } },
        } },
    });
    let start = aws("09:00:00", "fis", "StartExperiment", "kim", &experiment);
    let run = |run: &str, service: &str| {
        let parameters = json!({ "documentName": "AWS-RunShellScript", "instanceIds": [MACHINE] });
        let mut event = aws(
            "09:01:00",
            "ssm",
            "SendCommand",
            "x",
            &json!({ "requestParameters": parameters }),
        );
        event["userIdentity"] = json!({
            "type": "AssumedRole", "invokedBy": service, "accountId": "222233334444",
            "arn": format!("arn:aws:sts::222233334444:assumed-role/Fis/{run}"),
        });
        event["sourceIPAddress"] = service.into();
        event
    };
    check(
        &[start.clone(), run("EXP1", "fis.amazonaws.com")],
        &["order_then_run"],
    );
    check(&[start.clone(), run("EXP2", "fis.amazonaws.com")], &[]);
    check(&[start, run("EXP1", "events.amazonaws.com")], &[]);
}

#[test]
fn a_sign_in_that_names_the_machine_belongs_to_the_one_machine_of_that_name() {
    let extension = |machine: &str, correlation: &str| {
        let operation = "MICROSOFT.COMPUTE/VIRTUALMACHINES/EXTENSIONS/WRITE";
        let mut event = azure(
            "08:55:00",
            operation,
            &format!("{machine}/extensions/VMAccessAgent"),
            "kim@example.org",
            "Success",
            correlation,
        );
        event["properties"] = json!({ "responseBody": "{\"properties\":{\"publisher\":\"Microsoft.Compute\",\"type\":\"VMAccessAgent\"}}" });
        event
    };
    check(
        &[extension("web", "c-1"), sign_in("09:00:00", "0", "web")],
        &["credential_then_access"],
    );
    check(&[extension("db", "c-1"), sign_in("09:00:00", "0", "web")], &[]);
    let mut other = extension("web", "c-2");
    other["resourceId"] = Value::from(
        other["resourceId"]
            .as_str()
            .expect("an id")
            .replace("/ops/", "/other/"),
    );
    check(
        &[extension("web", "c-1"), other, sign_in("09:00:00", "0", "web")],
        &[],
    );
}
