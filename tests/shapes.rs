//! One event in every log format of its provider.

mod aws;
mod azure;
mod batches;
mod cell;
mod equal;
pub mod fields;
mod gcp;
mod places;
mod quiet;
mod siblings;
mod text;

use directvm::catalogue::Cloud;
use directvm::detect::Detector;
use directvm::detect::finding::{FIELDS, Finding};

pub use fields::extract;
pub use text::writings;

/// The fields of a finding, by name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen(pub Vec<(&'static str, Vec<String>)>);

impl Seen {
    pub fn of(finding: &Finding<'_, '_>) -> Self {
        Self(
            FIELDS
                .iter()
                .map(|field| (field.name, field.list(finding)))
                .collect(),
        )
    }

    pub fn field(&self, name: &str) -> Vec<&str> {
        let values = self.0.iter().find(|(known, _)| *known == name);
        values
            .map(|(_, values)| values.iter().map(String::as_str).collect())
            .unwrap_or_default()
    }
}

/// The findings in the text of an event.
pub fn inspect_raw(detector: &Detector, raw: &[u8]) -> Vec<Seen> {
    detector.findings(raw).iter().map(Seen::of).collect()
}

/// An event in one log format.
pub struct Form {
    /// The name of the format.
    pub name: &'static str,
    /// The event.
    pub value: serde_json::Value,
    /// The format changes letter case, as in Azure resource ids.
    pub folded: bool,
    /// Fields that the format does not have.
    pub lost: &'static [&'static str],
    /// Splunk extracts no useful fields from it.
    pub raw_only: bool,
    /// The format puts members of objects under longer names.
    pub is_flattened: bool,
}

impl Form {
    fn new(name: &'static str, value: serde_json::Value) -> Self {
        Self {
            name,
            value,
            folded: false,
            lost: &[],
            raw_only: false,
            is_flattened: name.contains("flattened"),
        }
    }

    fn folded(self) -> Self {
        Self { folded: true, ..self }
    }

    fn without(self, lost: &'static [&'static str]) -> Self {
        Self { lost, ..self }
    }

    fn raw_only(self) -> Self {
        Self {
            raw_only: true,
            ..self
        }
    }
}

/// `event`, which is in the main format of `cloud`, in every format.
pub fn forms(cloud: Cloud, event: &serde_json::Value) -> Vec<Form> {
    match cloud {
        Cloud::Aws => aws::forms(event),
        Cloud::Azure => azure::forms(event),
        Cloud::Gcp => gcp::forms(event),
    }
}
