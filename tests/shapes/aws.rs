//! A CloudTrail record in the other formats of AWS.

use super::Form;
use serde_json::{Map, Value, json};

pub fn forms(event: &Value) -> Vec<Form> {
    let text = |name: &str| event[name].as_str().unwrap_or_default();
    let bridge = json!({
        "version": "0", "id": "6a7e8feb-b491-4cf7-a9f1-bf3703467718", "detail-type": "AWS API Call via CloudTrail",
        "source": "aws.ssm", "account": "111122223333", "time": text("eventTime"), "region": text("awsRegion"),
        "resources": [], "detail": event,
    });
    let lookup = json!({ "Events": [{
        "EventId": text("eventID"), "EventName": text("eventName"), "EventSource": text("eventSource"), "Username": "dana",
        "Resources": [], "CloudTrailEvent": event.to_string(),
    }] });
    let mut forms = vec![
        Form::new("CloudTrail", event.clone()),
        Form::new("EventBridge", bridge),
        Form::new("Records of one", json!({ "Records": [event] })),
        Form::new("LookupEvents", lookup).raw_only(),
    ];
    let ocsf = [
        ("OCSF, unmapped nested", Unmapped::Nested),
        ("OCSF, unmapped flattened", Unmapped::Flattened),
        ("OCSF, unmapped flattened to text", Unmapped::Texts),
        ("OCSF, parameters as a JSON string", Unmapped::Typed),
    ];
    forms.extend(ocsf.map(|(name, unmapped)| Form::new(name, to_ocsf(event, unmapped))));
    forms
}

/// Where OCSF puts members without an attribute of their own.
#[derive(Clone, Copy, PartialEq)]
enum Unmapped {
    Nested,
    Flattened,
    Texts,
    Typed,
}

/// As Security Lake maps a record to API Activity.
fn to_ocsf(event: &Value, unmapped: Unmapped) -> Value {
    let caller = &event["userIdentity"];
    let session = &caller["sessionContext"];
    let source = event["sourceIPAddress"].as_str().unwrap_or_default();
    let side = if source.parse::<std::net::IpAddr>().is_ok() {
        "ip"
    } else {
        "domain"
    };
    let typed = |name: &str| match &event[name] {
        parameters if unmapped == Unmapped::Typed && !parameters.is_null() => {
            Value::from(parameters.to_string())
        }
        _ => Value::Null,
    };
    let mut entry = json!({
        "metadata": {
            "product": { "name": "CloudTrail", "vendor_name": "AWS", "feature": { "name": event["eventCategory"] } },
            "uid": event["eventID"], "profiles": ["cloud", "datetime"], "version": "1.1.0",
        },
        "class_name": "API Activity", "class_uid": 6003, "severity": "Informational", "severity_id": 1,
        "time": 1_773_480_413_000_u64, "time_dt": event["eventTime"],
        "cloud": { "region": event["awsRegion"], "provider": "AWS" },
        "api": {
            "operation": event["eventName"], "service": { "name": event["eventSource"] }, "version": null,
            "request": { "uid": event["requestID"], "data": typed("requestParameters") },
            "response": { "error": event["errorCode"], "message": event["errorMessage"], "data": typed("responseElements") },
        },
        "actor": {
            "user": {
                "type": caller["type"], "name": caller["userName"], "uid": caller["arn"], "uid_alt": caller["principalId"],
                "account": { "uid": caller["accountId"] }, "credential_uid": caller["accessKeyId"],
            },
            "session": { "is_mfa": session["attributes"]["mfaAuthenticated"], "issuer": session["sessionIssuer"]["arn"] },
            "invoked_by": caller["invokedBy"],
        },
        "http_request": { "user_agent": event["userAgent"] },
        "src_endpoint": { side: source },
        "status": "Success", "type_name": "API Activity: Other",
    });
    entry["unmapped"] = match unmapped {
        Unmapped::Nested => {
            entry["cloud"]["account"] = json!({ "uid": event["recipientAccountId"] });
            rest(event, &["requestParameters", "responseElements"])
        }
        Unmapped::Flattened => flat(
            &rest(event, &["requestParameters", "responseElements"]),
            &Clone::clone,
        ),
        Unmapped::Texts => flat(&rest(event, &["requestParameters", "responseElements"]), &as_text),
        Unmapped::Typed => flat(&rest(event, &[]), &Clone::clone),
    };
    entry
}

/// The members without an attribute in OCSF, and the named ones.
fn rest(event: &Value, more: &[&str]) -> Value {
    const OWN: [&str; 8] = [
        "recipientAccountId",
        "eventType",
        "readOnly",
        "managementEvent",
        "sessionCredentialFromConsole",
        "resources",
        "additionalEventData",
        "eventCategory",
    ];
    let wanted = OWN.iter().chain(more).filter(|name| !event[**name].is_null());
    let mut rest: Map<String, Value> = wanted
        .map(|name| ((*name).to_owned(), event[*name].clone()))
        .collect();
    let caller = &event["userIdentity"];
    let of_caller = ["sessionContext", "onBehalfOf"]
        .into_iter()
        .filter(|name| !caller[*name].is_null());
    let of_caller: Map<String, Value> = of_caller
        .map(|name| (name.to_owned(), caller[name].clone()))
        .collect();
    if !of_caller.is_empty() {
        rest.insert("userIdentity".to_owned(), Value::Object(of_caller));
    }
    Value::Object(rest)
}

/// One object whose names contain dots.
fn flat(value: &Value, leaf: &dyn Fn(&Value) -> Value) -> Value {
    let mut flat = Map::new();
    level(value, "", leaf, &mut flat);
    Value::Object(flat)
}

fn level(value: &Value, name: &str, leaf: &dyn Fn(&Value) -> Value, flat: &mut Map<String, Value>) {
    let Value::Object(members) = value else {
        flat.insert(name.to_owned(), leaf(value));
        return;
    };
    let dot = if name.is_empty() { "" } else { "." };
    for (member, value) in members {
        level(value, &format!("{name}{dot}{member}"), leaf, flat);
    }
}

/// A map of text values has its lists as JSON.
fn as_text(value: &Value) -> Value {
    Value::from(value.as_str().map_or_else(|| value.to_string(), str::to_owned))
}
