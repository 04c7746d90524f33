//! What each fact of an event decides: the event is judged again without it.

use crate::detect::Detector;
use crate::detect::entry::{Entry, Found};
use crate::detect::finding::{FIELDS, Finding};
use crate::event::format::FormatId;
use crate::event::{Event, Path, TargetGroup};
use std::borrow::Cow;

/// An event as if it had no value at one path.
struct Without<'e> {
    event: &'e dyn Event,
    path: &'e str,
}

impl Without<'_> {
    fn hides(&self, path: &Path) -> bool {
        path.text() == self.path
    }
}

impl Event for Without<'_> {
    fn all<'s>(&'s self, path: &Path) -> Vec<Cow<'s, str>> {
        if self.hides(path) {
            return Vec::new();
        }
        self.event.all(path)
    }

    fn first<'s>(&'s self, path: &Path) -> Option<Cow<'s, str>> {
        self.event.first(path).filter(|_| !self.hides(path))
    }

    fn has(&self, path: &Path) -> bool {
        !self.hides(path) && self.event.has(path)
    }

    fn is_cut(&self) -> bool {
        self.event.is_cut()
    }

    fn groups(&self, path: &Path) -> Vec<TargetGroup> {
        if self.hides(path) {
            return Vec::new();
        }
        self.event.groups(path)
    }
}

/// For each fact, the names of the fields whose values change when the fact is removed. None for a fact that decides
/// the operation: removing it leaves no finding, or a finding of another operation.
pub fn of_facts(
    detector: &Detector,
    format: FormatId,
    event: &dyn Event,
    finding: Option<&Finding<'_, '_>>,
    facts: &[Found],
) -> Vec<Vec<&'static str>> {
    let Some(finding) = finding else {
        return vec![Vec::new(); facts.len()];
    };
    let values: Vec<Vec<String>> = FIELDS.iter().map(|field| field.list(finding)).collect();
    let changed = |fact: &Found| {
        let path = fact.path.as_str();
        let without = Without { event, path };
        let entry = Entry::new(detector.reader(), format, &without);
        let other = detector.inspect(&entry);
        let Some(other) = other.filter(|other| other.rule.id.eq(&finding.rule.id)) else {
            return Vec::new();
        };
        let fields = FIELDS.iter().zip(&values);
        let changed = fields.filter(|(field, values)| field.list(&other) != **values);
        changed.map(|(field, _)| field.name).collect()
    };
    facts.iter().map(changed).collect()
}
