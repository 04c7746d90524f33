//! The files, compiled and as they are written. The build script makes both lists from the folder.

use super::Cloud;

/// All families without their examples, and the tables, in JSON.
pub const COMPILED: &str = include_str!(concat!(env!("OUT_DIR"), "/catalogue.json"));

/// (stem, text) of every family's file, in the order of their names.
pub const FAMILIES: &[(&str, &str)] = include!(concat!(env!("OUT_DIR"), "/families.rs"));

/// The text of a table by its file's name.
pub fn table(name: &str) -> String {
    let text = match name {
        "clouds.toml" => include_str!("clouds.toml"),
        "trust.toml" => include_str!("trust.toml"),
        "severity.toml" => include_str!("severity.toml"),
        "techniques.toml" => include_str!("techniques.toml"),
        _ => "",
    };
    text.to_owned()
}

/// The event that the examples of `cloud` are merged onto.
pub fn base(cloud: Cloud) -> &'static str {
    match cloud {
        Cloud::Aws => include_str!("base/aws.json"),
        Cloud::Azure => include_str!("base/azure.json"),
        Cloud::Gcp => include_str!("base/gcp.json"),
    }
}

/// Where an event of `cloud` has the operation's name and event source: JSON with the placeholders `{name}`, `{NAME}` (in
/// capitals) and `{service}`.
pub fn name(cloud: Cloud) -> &'static str {
    match cloud {
        Cloud::Aws => include_str!("base/aws_name.json"),
        Cloud::Azure => include_str!("base/azure_name.json"),
        Cloud::Gcp => include_str!("base/gcp_name.json"),
    }
}
