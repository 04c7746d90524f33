//! The fields that splunkd is asked for. Naming them keeps the chunks slim.

use super::options::{Input, Options};
use crate::detect::finding::{FIELDS, Group};

/// `<cloud> <scope> <field>` a line; generated from the catalogue's paths, so that getinfo need not read the catalogue.
pub const EXTRACTED: &str = include_str!("fields.txt");

/// `_raw` comes first, so that the rows begin with it.
const DEFAULTS: [&str; 3] = ["_raw", "_time", "sourcetype"];

/// The list for one search. The command's own fields are on it, since a column that splunkd did not send would clear
/// what an event has under that name already: CIM fields are filled only where there is none, and an event that is no
/// finding keeps all it has. With `input=raw` only what is needed to read `_raw` is asked for, so that Splunk extracts
/// nothing.
pub fn required(options: &Options) -> Vec<&'static str> {
    let mut fields: Vec<&'static str> = DEFAULTS.to_vec();
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
    let ours = FIELDS.iter().filter(|field| match field.group {
        Group::Cim => options.cim,
        Group::Seed | Group::Own => options.input != Input::Raw,
    });
    fields.extend(ours.map(|field| field.name));
    let mut seen = std::collections::HashSet::with_capacity(fields.len());
    fields.retain(|field| seen.insert(*field));
    fields
}
