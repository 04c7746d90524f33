//! The catalogue as JSON Lines: one object for each operation.

use crate::catalogue::{AccessType, Catalogue, Family, Operation, Scope, Severity, Variant};
use serde_json::{Value, json};

/// The whole text.
pub fn render(catalogue: &Catalogue) -> String {
    let operations = catalogue.operations();
    let lines = operations.map(|(family, operation)| object(catalogue, family, operation).to_string() + "\n");
    lines.collect()
}

fn object(catalogue: &Catalogue, family: &Family, operation: &Operation) -> Value {
    let log = catalogue.tables.log(family.cloud, operation);
    json!({
        "id": family.operation_id(operation),
        "cloud": family.cloud.as_str(),
        "name": operation.name,
        "aliases": operation.aliases,
        "service": family.services(operation),
        "app": family.app,
        "summary": operation.summary,
        "access": operation.access.as_str(),
        "scope": operation.scope.as_str(),
        "severity": operation.severity.as_str(),
        "technique": operation.technique,
        "log": log.id,
        "log_title": log.title,
        "on_by_default": log.on_by_default,
        "created": operation.created,
        "updated": operation.updated,
        "evidence": operation.evidence.as_str(),
        "cases": operation.variants.iter().map(case).collect::<Vec<_>>(),
        "limits": operation.limits,
        "false_positives": operation.false_positives,
        "triage": operation.triage,
        "contain": operation.contain,
        "references": operation.references,
    })
}

/// What a case overrides; `null` where the operation's own value stays.
fn case(variant: &Variant) -> Value {
    json!({
        "reason": variant.reason,
        "access": variant.access.map(AccessType::as_str),
        "scope": variant.scope.map(Scope::as_str),
        "severity": variant.severity.map(Severity::as_str),
        "technique": variant.technique,
    })
}
