//! The operations of AWS that are looked for by default, for peers that know a table of names and no more.

use anyhow::Result;
use directvm::catalogue::{Catalogue, Cloud, Operation, Scope};
use serde_json::{Map, Value, json};

/// Whether an event is a finding, with default options, whatever else than name and source it holds.
pub fn is_told_by_name(operation: &Operation) -> bool {
    let scopes = operation.variants.iter().filter_map(|variant| variant.scope);
    operation.when.is_empty() && scopes.chain([operation.scope]).all(|scope| scope == Scope::Core)
}

/// Prints name → what a finding of it says, of operations told by name.
pub fn print() -> Result<()> {
    let catalogue = Catalogue::embedded()?;
    let mut names: Map<String, Value> = Map::new();
    for (family, operation) in catalogue.operations().filter(|(f, _)| f.cloud == Cloud::Aws) {
        if !is_told_by_name(operation) {
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
