//! Examples of operations, as whole events.

use super::tables::RoutineExample;
use super::{Catalogue, Example, Family, Operation, embedded};
use serde_json::Value;

impl Example {
    /// The whole event: the cloud's base event with the operation's name and source, and the example merged onto it.
    pub fn whole(&self, family: &Family, operation: &Operation) -> Result<Value, serde_json::Error> {
        whole(family, operation, &self.event)
    }
}

impl RoutineExample {
    /// The same of a routine's example; nothing where no operation has its id.
    pub fn whole(&self, catalogue: &Catalogue) -> Option<Result<Value, serde_json::Error>> {
        let mut operations = catalogue.operations();
        let (family, operation) =
            operations.find(|(family, operation)| family.operation_id(operation) == self.operation)?;
        Some(whole(family, operation, &self.event))
    }
}

fn whole(family: &Family, operation: &Operation, own: &str) -> Result<Value, serde_json::Error> {
    let mut event: Value = serde_json::from_str(embedded::base(family.cloud))?;
    merge(&mut event, &identity(family, operation)?);
    merge(&mut event, &serde_json::from_str(own)?);
    Ok(event)
}

/// Name and event source where an event of the cloud has them; a `*` of the name becomes a version, one of the source
/// nothing.
fn identity(family: &Family, operation: &Operation) -> Result<Value, serde_json::Error> {
    let name = operation.name.replace('*', "v1");
    let service = family
        .services(operation)
        .first()
        .map(|glob| glob.trim_start_matches("*-"))
        .unwrap_or_default();
    let text = embedded::name(family.cloud)
        .replace("{name}", &name)
        .replace("{NAME}", &name.to_ascii_uppercase())
        .replace("{service}", service);
    serde_json::from_str(&text)
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
