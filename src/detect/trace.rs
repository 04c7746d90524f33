//! What was tried on an event and why it came out as it did, for `explain`.

use super::Detector;
use super::bounds::cut_owned;
use super::entry::{Entry, Found};
use super::finding::{FIELDS, Finding};
use super::recognise::NearMiss;
use super::tune::Tried;
use crate::event::Event;
use crate::event::format::FormatId;
use std::cell::RefCell;

/// An event's account of itself.
#[derive(Debug)]
pub struct Explanation<'d> {
    /// Its format.
    pub format: FormatId,
    /// The name of the operation, with the path it lies at.
    pub name: Option<(&'d str, String)>,
    /// What it is, tuning rules applied.
    pub finding: Option<Finding<'d, 'static>>,
    /// Operations whose name it has but whose conditions fail.
    pub misses: Vec<NearMiss>,
    /// Every fact that was asked for and found, in the order of asking.
    pub facts: Vec<Found>,
    /// Every tuning rule, and what came of it.
    pub tuning: Vec<Tried<'d>>,
}

/// Explains an event.
pub fn explain<'d>(detector: &'d Detector, format: FormatId, event: &dyn Event) -> Explanation<'d> {
    let seen = RefCell::new(Vec::new());
    let mut misses = Vec::new();
    let entry = Entry::new(detector.reader(), format, event).noting(Some(&seen));
    let finding = detector.inspect_noting(&entry, Some(&mut misses));
    let finding = finding.map(Finding::into_owned);
    let mut facts = seen.into_inner();
    for fact in &mut facts {
        fact.value = cut_owned(std::mem::take(&mut fact.value));
    }
    let tuning = finding
        .as_ref()
        .map(|finding| detector.tuning().trace(finding))
        .unwrap_or_default();
    Explanation {
        format,
        name: name(detector, format, event),
        finding,
        misses,
        facts,
        tuning,
    }
}

fn name<'d>(detector: &'d Detector, format: FormatId, event: &dyn Event) -> Option<(&'d str, String)> {
    let mut paths = detector.reader().format(format).name_paths().iter();
    paths.find_map(|path| Some((path.text(), event.first(path)?.into_owned())))
}

impl Explanation<'_> {
    /// The fields that a search would show, in the order in which they are written.
    pub fn row(&self) -> Vec<(&'static str, Vec<String>)> {
        let fields = FIELDS.iter().zip(self.finding.as_ref().into_iter().cycle());
        let row = fields.map(|(field, finding)| (field.name, field.list(finding)));
        row.filter(|(_, values)| !values.is_empty()).collect()
    }
}
