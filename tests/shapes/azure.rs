//! An Event Hub entry in the other formats of Azure.

use super::Form;
use serde_json::{Map, Value, json};

pub fn forms(event: &Value) -> Vec<Form> {
    let mut forms = vec![
        Form::new("Event Hub", event.clone()),
        Form::new("records of one", json!({ "records": [event] })),
        Form::new("body", json!({ "body": event })),
        Form::new("body with records", json!({ "body": { "records": [event] } })),
        Form::new(
            "properties and identity as JSON strings",
            texts(event, &["properties", "identity"]),
        ),
    ];
    match event["category"].as_str() {
        Some("BastionAuditLogs") => {
            forms.push(Form::new("Log Analytics, Bastion", bastion_table(event)).folded());
        }
        Some(category) if category.ends_with("SignInLogs") => {
            forms.push(Form::new("Log Analytics, sign-in", sign_in_table(event)).folded());
            forms.push(Form::new("Graph, sign-in", graph(event)).folded().without(GRAPH));
        }
        _ => {
            forms.push(Form::new("REST", rest(event)).folded().without(VOCABULARY));
            let table = activity_table(event);
            let strings = ["Claims", "Authorization", "Properties", "HTTPRequest"];
            let nested = strings.map(|name| (name.to_owned(), format!("{name}_d")));
            forms.push(
                Form::new("Log Analytics, JSON strings", texts(&table, &strings))
                    .folded()
                    .without(VOCABULARY),
            );
            forms.push(
                Form::new("Log Analytics, nested", renamed(&table, &nested))
                    .folded()
                    .without(VOCABULARY),
            );
        }
    }
    forms
}

/// The sub-status is written differently outside Event Hub (`Succeeded.` is not a sub-status, `Accepted.Created` is `Created`),
/// and the CIM field shows it; the id of a record is made of the status unless it is logged.
const VOCABULARY: &[&str] = &["result_id", "dvm_event_id"];

/// Graph does not name the resource, and only the tenant that was queried; its time, of which the id is made, has another form.
const GRAPH: &[&str] = &["object_id", "dvm_account", "vendor_account", "dvm_event_id"];

/// Members as text.
fn texts(event: &Value, names: &[&str]) -> Value {
    let mut event = event.clone();
    for name in names {
        if event[*name].is_object() {
            event[*name] = Value::from(event[*name].to_string());
        }
    }
    event
}

fn renamed(event: &Value, names: &[(String, String)]) -> Value {
    let Value::Object(members) = event else {
        return event.clone();
    };
    let new = |name: &String| {
        names
            .iter()
            .find(|(old, _)| old == name)
            .map_or(name, |(_, new)| new)
            .clone()
    };
    Value::Object(
        members
            .iter()
            .map(|(name, value)| (new(name), value.clone()))
            .collect(),
    )
}

fn status(event: &Value) -> Value {
    match event["resultType"].as_str() {
        Some("Start") => "Started".into(),
        Some("Accept") => "Accepted".into(),
        Some("Success") => "Succeeded".into(),
        Some("Failure") => "Failed".into(),
        _ => event["resultType"].clone(),
    }
}

fn sub_status(event: &Value) -> &str {
    let signature = event["resultSignature"].as_str().unwrap_or_default();
    signature.split_once('.').map_or("", |(_, rest)| rest)
}

fn caller(event: &Value) -> Value {
    let claims = &event["identity"]["claims"];
    let schema = "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/";
    let names = [
        format!("{schema}upn"),
        format!("{schema}name"),
        "appid".to_owned(),
    ];
    let claim = names
        .iter()
        .map(|name| &claims[name])
        .find(|claim| !claim.is_null());
    claim
        .unwrap_or(&event["identity"]["authorization"]["evidence"]["principalId"])
        .clone()
}

/// The operation as `authorization.action` has it, where it is the same.
fn mixed_case(event: &Value) -> Value {
    let upper = event["operationName"].as_str().unwrap_or_default();
    let action = &event["identity"]["authorization"]["action"];
    match action.as_str() {
        Some(mixed) if mixed.eq_ignore_ascii_case(upper) => action.clone(),
        _ => event["operationName"].clone(),
    }
}

const MAPPED: [&str; 10] = [
    "operationName",
    "resultType",
    "resultSignature",
    "identity",
    "callerIpAddress",
    "category",
    "time",
    "resourceId",
    "correlationId",
    "properties",
];

/// The members that have no other name in the tables above.
fn others(event: &Value) -> Map<String, Value> {
    let members = event.as_object().into_iter().flatten();
    let others = members.filter(|(name, _)| !MAPPED.contains(&name.as_str()));
    others
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect()
}

/// As the REST API of Azure Monitor lists events.
fn rest(event: &Value) -> Value {
    let identity = &event["identity"];
    let named = |value: Value| json!({ "value": value, "localizedValue": value });
    let mut entry = others(event);
    let mut put = |name: &str, value: Value| entry.insert(name.to_owned(), value);
    put(
        "operationName",
        json!({ "value": mixed_case(event), "localizedValue": "Do Something on Virtual Machine" }),
    );
    put("status", named(status(event)));
    put("subStatus", named(sub_status(event).into()));
    put("category", named(event["category"].clone()));
    put("eventName", named("EndRequest".into()));
    put("eventTimestamp", event["time"].clone());
    put("submissionTimestamp", "2026-06-10T08:17:02.0000000Z".into());
    put("caller", caller(event));
    put("claims", identity["claims"].clone());
    put("authorization", identity["authorization"].clone());
    put("resourceId", event["resourceId"].clone());
    put("correlationId", event["correlationId"].clone());
    put("operationId", event["correlationId"].clone());
    put("eventDataId", "44ade6b4-3813-45e6-ae27-7420a95fa2f8".into());
    put("properties", event["properties"].clone());
    put(
        "httpRequest",
        json!({
            "clientRequestId": "27003b25-91d3-418f-8eb1-29e537dcb249", "clientIpAddress": event["callerIpAddress"], "method": "POST",
        }),
    );
    Value::Object(entry)
}

/// The table AzureActivity.
fn activity_table(event: &Value) -> Value {
    let identity = &event["identity"];
    let lower = event["resourceId"]
        .as_str()
        .unwrap_or_default()
        .to_ascii_lowercase();
    json!({
        "TimeGenerated": event["time"], "OperationNameValue": event["operationName"], "ActivityStatusValue": event["resultType"],
        "ActivitySubstatusValue": sub_status(event), "Caller": caller(event), "CallerIpAddress": event["callerIpAddress"],
        "CategoryValue": event["category"], "CorrelationId": event["correlationId"], "_ResourceId": lower,
        "Claims": identity["claims"], "Authorization": identity["authorization"], "Properties": event["properties"],
        "HTTPRequest": { "clientIpAddress": event["callerIpAddress"], "method": "POST" },
        "Level": "Informational", "Type": "AzureActivity", "location": event["location"],
        "SubscriptionId": event["resourceId"].as_str().and_then(subscription),
    })
}

/// Members of `properties` under capitalised names.
fn pascal(properties: &Value) -> Map<String, Value> {
    let members = properties.as_object().into_iter().flatten();
    members
        .map(|(name, value)| (name[..1].to_uppercase() + &name[1..], value.clone()))
        .collect()
}

/// The table MicrosoftAzureBastionAuditLogs.
fn bastion_table(event: &Value) -> Value {
    let mut row = pascal(&event["properties"]);
    let id = event["resourceId"]
        .as_str()
        .unwrap_or_default()
        .to_ascii_lowercase();
    let more = [
        ("TimeGenerated", event["time"].clone()),
        ("OperationName", event["operationName"].clone()),
        ("Category", event["category"].clone()),
        ("_ResourceId", id.into()),
        ("location", event["location"].clone()),
    ];
    row.extend(more.map(|(name, value)| (name.to_owned(), value)));
    Value::Object(row)
}

/// The table SigninLogs.
fn sign_in_table(event: &Value) -> Value {
    let properties = &event["properties"];
    let mut row = pascal(properties);
    let id = row.remove("ResourceId").unwrap_or_default();
    let more = [
        ("TimeGenerated", event["time"].clone()),
        ("OperationName", event["operationName"].clone()),
        ("Category", event["category"].clone()),
        ("ResultType", event["resultType"].clone()),
        ("ResultSignature", event["resultSignature"].clone()),
        ("ResultDescription", event["resultDescription"].clone()),
        ("CorrelationId", event["correlationId"].clone()),
        ("IPAddress", properties["ipAddress"].clone()),
        ("ResourceId", event["resourceId"].clone()),
        ("ResourceIdentity", id),
        ("Status", properties["status"].clone()),
        ("TenantId", event["tenantId"].clone()),
    ];
    row.extend(more.map(|(name, value)| (name.to_owned(), value)));
    row.remove("IpAddress");
    Value::Object(row)
}

/// A sign-in as Graph lists it: the properties alone.
fn graph(event: &Value) -> Value {
    let mut entry = event["properties"].clone();
    entry["correlationId"] = event["correlationId"].clone();
    if let Some(text) = event.get("resultDescription") {
        entry["status"]["failureReason"] = text.clone();
    }
    entry
}

/// `/subscriptions/<id>/…`
fn subscription(id: &str) -> Option<&str> {
    let mut segments = id.split('/').skip(1);
    segments
        .next()
        .filter(|kind| kind.eq_ignore_ascii_case("subscriptions"))?;
    segments.next()
}
