//! The fields that splunkd is asked for. Naming them keeps the chunks slim.

use super::options::{Input, Options};

/// `<cloud> <scope> <field>` a line; generated from the catalogue's paths, so that getinfo need not read the catalogue.
pub const EXTRACTED: &str = include_str!("fields.txt");

/// CIM fields, which are filled only where the event has none: to know that, they must be asked for.
pub const CIM: [&str; 19] = [
    "action",
    "app",
    "dest",
    "dvc",
    "object",
    "object_category",
    "object_id",
    "reason",
    "result_id",
    "signature",
    "signature_id",
    "src",
    "user",
    "user_agent",
    "user_type",
    "vendor_account",
    "vendor_product",
    "vendor_region",
    "mitre_technique_id",
];

/// `_raw` comes first, so that the rows begin with it.
const DEFAULTS: [&str; 3] = ["_raw", "_time", "sourcetype"];

/// The list for one search.
pub fn required(options: &Options) -> Vec<String> {
    let mut fields: Vec<&str> = DEFAULTS.to_vec();
    if options.input == Input::Fields {
        fields.remove(0);
    }
    if options.input != Input::Raw {
        let is_wanted = |cloud: &str| options.clouds.is_empty() || options.clouds.iter().any(|c| c == cloud);
        let in_scope = |scope: &str| scope == "core" || scope == options.scope;
        for line in EXTRACTED.lines() {
            let mut words = line.splitn(3, ' ');
            if let (Some(cloud), Some(scope), Some(field)) = (words.next(), words.next(), words.next())
                && is_wanted(cloud)
                && in_scope(scope)
            {
                fields.push(field);
            }
        }
    }
    if options.cim {
        fields.extend(CIM);
    }
    let mut seen = std::collections::HashSet::new();
    fields
        .into_iter()
        .filter(|field| seen.insert(*field))
        .map(str::to_owned)
        .collect()
}
