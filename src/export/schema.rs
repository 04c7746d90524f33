//! What the command declares, for the app's linter: its fields, its options, and its own judgement of options.

use crate::catalogue::{AccessType, Cloud, Outcome, Severity, Verdict};
use crate::detect::finding::{FIELDS, Group};
use crate::splunk::options::{Options, TABLE};
use serde_json::json;

/// The fields that findings carry, and the options, as one JSON object.
pub fn schema() -> String {
    let fields: Vec<_> = FIELDS
        .iter()
        .map(|field| {
            json!({
                "name": field.name,
                "group": group(field.group),
                "multivalue": field.multivalue,
                "values": words(field.name),
            })
        })
        .collect();
    let options: Vec<_> = TABLE
        .iter()
        .map(|row| json!({ "name": row.name, "default": row.default, "allowed": row.allowed() }))
        .collect();
    format!("{:#}\n", json!({ "fields": fields, "options": options }))
}

/// What is wrong with the options of a search, in the words its user would read.
pub fn option_faults(arguments: &[String]) -> Option<String> {
    Options::parse(arguments).err()
}

/// Every word that a field can hold, where they are few; nothing where it is free.
fn words(field: &str) -> Vec<&'static str> {
    match field {
        "dvm_cloud" => Cloud::ALL.iter().map(|word| word.as_str()).collect(),
        "dvm_access" => AccessType::ALL.iter().map(|word| word.as_str()).collect(),
        "dvm_severity" => Severity::ALL.iter().map(|word| word.as_str()).collect(),
        "dvm_verdict" => Verdict::ALL.iter().map(|word| word.as_str()).collect(),
        "dvm_outcome" => Outcome::ALL.iter().map(|word| word.as_str()).collect(),
        _ => Vec::new(),
    }
}

const fn group(group: Group) -> &'static str {
    match group {
        Group::Seed => "seed",
        Group::Own => "own",
        Group::Cim => "cim",
    }
}
