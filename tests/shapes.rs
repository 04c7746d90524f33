//! One event in every shape its provider has.

use directvm::detect::Detector;
use directvm::detect::finding::{FIELDS, Finding};
use directvm::detect::view::View;
use directvm::event::shape;

/// The fields of a finding, by name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen(pub Vec<(&'static str, Vec<String>)>);

impl Seen {
    pub fn of(finding: &Finding<'_>) -> Self {
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
    let mut seen = Vec::new();
    shape::read(raw, &mut |shape, value| {
        seen.extend(
            detector
                .inspect(&View::new(shape, &value))
                .map(|finding| Seen::of(&finding)),
        );
    });
    seen
}
