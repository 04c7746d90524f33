//! Examples of operations, as whole events.

use super::{Cloud, Example, Family, Operation, files};
use serde_json::Value;

impl Example {
    /// The whole event: the cloud's base event with the operation's name and source, and the example merged onto it.
    pub fn whole(&self, family: &Family, operation: &Operation) -> Result<Value, serde_json::Error> {
        let mut event: Value = serde_json::from_str(files::base(family.cloud))?;
        merge(&mut event, &identity(family, operation));
        merge(&mut event, &serde_json::from_str(&self.event)?);
        Ok(event)
    }
}

fn identity(family: &Family, operation: &Operation) -> Value {
    let name = operation.name.replace('*', "v1");
    let service = family
        .services(operation)
        .first()
        .map(|glob| glob.trim_start_matches("*-"))
        .unwrap_or_default();
    match family.cloud {
        Cloud::Aws => serde_json::json!({ "eventName": name, "eventSource": service }),
        Cloud::Gcp => serde_json::json!({ "protoPayload": { "methodName": name, "serviceName": service } }),
        Cloud::Azure => serde_json::json!({
            "operationName": name.to_ascii_uppercase(),
            "identity": { "authorization": { "action": name } },
            "properties": { "message": name },
        }),
    }
}

/// JSON Merge Patch (RFC 7386): objects are merged, `null` removes, all else replaces.
fn merge(target: &mut Value, patch: &Value) {
    let Value::Object(patch) = patch else {
        *target = patch.clone();
        return;
    };
    if !target.is_object() {
        *target = Value::Object(serde_json::Map::new());
    }
    let Value::Object(members) = target else { return };
    for (name, value) in patch {
        if value.is_null() {
            members.remove(name);
        } else {
            merge(members.entry(name.clone()).or_insert(Value::Null), value);
        }
    }
}
