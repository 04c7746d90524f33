//! The operations of AWS that are looked for by default, for peers that know a table of names and no more.

use anyhow::Result;
use directvm::catalogue::{Catalogue, Cloud, Scope};
use serde_json::{Map, Value, json};

/// Prints name → what a finding of it says. Of operations that share a name the first counts.
pub fn print() -> Result<()> {
    let catalogue = Catalogue::embedded()?;
    let mut names: Map<String, Value> = Map::new();
    for (family, operation) in catalogue.operations().filter(|(f, _)| f.cloud == Cloud::Aws) {
        let is_core =
            operation.scope == Scope::Core || operation.variants.iter().any(|v| v.scope == Some(Scope::Core));
        if !is_core {
            continue;
        }
        for name in operation.names() {
            names.entry(name).or_insert_with(|| {
                json!({
                    "services": family.services(operation),
                    "dvm_operation": family.operation_id(operation),
                    "dvm_operation_name": operation.name,
                    "dvm_access": operation.access.as_str(),
                    "dvm_severity": operation.severity.as_str(),
                    "dvm_technique": operation.technique,
                })
            });
        }
    }
    println!("{}", serde_json::to_string(&names)?);
    Ok(())
}
