//! The fields that splunkd is asked for. Naming them keeps the chunks slim.

use super::options::{Input, Options};
use crate::detect::finding::{Group, Shown};
use rustc_hash::{FxBuildHasher, FxHashSet};

/// `<cloud> <scope>`, then its fields, each on a line and indented; generated from the catalogue's paths, so that getinfo
/// need not read the catalogue.
const EXTRACTED: &str = include_str!("required_fields.txt");

/// `_raw` comes first, so that the rows begin with it.
const DEFAULTS: [&str; 3] = ["_raw", "_time", "sourcetype"];

/// The fields of a finding that a search asks for.
pub const fn shown(options: &Options) -> Shown {
    Shown {
        cim: options.cim,
        json: options.json,
    }
}

/// The list for one search. The command's own fields are on it, since a column that splunkd did not send would clear
/// what an event has under that name already: CIM fields are filled only where there is none, and an event that is not a
/// finding keeps all it has. With `input=raw` only what is needed to read `_raw` is asked for, so that Splunk extracts
/// nothing.
pub fn required(options: &Options) -> Vec<&'static str> {
    let mut fields: Vec<&'static str> = DEFAULTS.to_vec();
    if options.input == Input::Fields {
        fields.remove(0);
    }
    if options.input != Input::Raw {
        let mut is_wanted = false;
        for line in EXTRACTED.lines() {
            match line.strip_prefix(' ') {
                Some(field) if is_wanted => fields.push(field),
                Some(_) => {}
                None => is_wanted = is_asked(line, options),
            }
        }
    }
    let ours = shown(options).fields();
    let ours = ours.filter(|field| field.group == Group::Cim || options.input != Input::Raw);
    fields.extend(ours.map(|field| field.name));
    let mut seen = FxHashSet::with_capacity_and_hasher(fields.len(), FxBuildHasher);
    fields.retain(|field| seen.insert(*field));
    fields
}

/// Whether a search asks for the fields of `<cloud> <scope>`.
fn is_asked(group: &str, options: &Options) -> bool {
    let (cloud, scope) = group.split_once(' ').unwrap_or((group, ""));
    let is_wanted = options.clouds.is_empty() || options.clouds.iter().any(|c| c == cloud);
    is_wanted && (scope == "core" || scope == options.scope)
}
