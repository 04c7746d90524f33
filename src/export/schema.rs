//! What the command declares, for the app's linter: its fields, its options, and its own judgement of options.

use crate::catalogue::{AccessType, Cloud, Outcome, Severity, Verdict};
use crate::detect::finding::{FIELDS, Field, Group, JSON};
use crate::link::{LINK_FIELDS, LINKS};
use crate::splunk::link_options::{self, Asked};
use crate::splunk::options::{OptionRow, Options, TABLE};
use serde_json::json;

/// The fields that findings carry, and the options, as one JSON object.
pub fn schema() -> String {
    let field = |field: &Field, group: &str| {
        json!({
            "name": field.name,
            "group": group,
            "multivalue": field.multivalue,
            "values": words(field.name),
        })
    };
    let listed = FIELDS.iter().map(|each| field(each, group(each.group)));
    let fields: Vec<_> = listed.chain([field(&JSON, "json")]).collect();
    let options = |table: &[OptionRow]| -> Vec<_> {
        let option =
            |row: &OptionRow| json!({ "name": row.name, "default": row.default, "allowed": row.allowed() });
        table.iter().map(option).collect()
    };
    let added = LINK_FIELDS.iter();
    let added: Vec<_> = added
        .map(|(name, multivalue)| json!({ "name": name, "group": "link", "multivalue": multivalue, "values": words(name) }))
        .collect();
    let link = json!({ "fields": added, "options": options(link_options::TABLE) });
    format!(
        "{:#}\n",
        json!({ "fields": fields, "options": options(TABLE), "link": link })
    )
}

/// What is wrong with the options of a search, in the words its user would read; `of_link` is of the command that links.
pub fn option_faults(arguments: &[String], of_link: bool) -> Option<String> {
    if of_link {
        Asked::parse(arguments).err()
    } else {
        Options::parse(arguments).err()
    }
}

/// Every word that a field can hold, where they are few; nothing where it is free.
fn words(field: &str) -> Vec<&'static str> {
    match field {
        "dvm_cloud" => Cloud::ALL.iter().map(|word| word.as_str()).collect(),
        "dvm_access" => AccessType::ALL.iter().map(|word| word.as_str()).collect(),
        "dvm_severity" => Severity::ALL.iter().map(|word| word.as_str()).collect(),
        "dvm_session_state" => vec!["open", "closed", "unlogged"],
        "dvm_link" => LINKS.to_vec(),
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
