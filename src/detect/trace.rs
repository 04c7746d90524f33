//! What was tried on an event and why it came out as it did, for `explain`.

mod effects;
mod sources;

pub use sources::Shown;

use super::Detector;
use super::bounds::cut_owned;
use super::entry::{Entry, Found};
use super::finding::{FIELDS, Finding};
use super::normalise::common::SeverityFactor;
use super::recognise::NearMiss;
use super::tune::Tried;
use crate::catalogue::{FactorKind, Scope};
use crate::event::Event;
use crate::event::format::FormatId;
use std::cell::RefCell;

/// Longer texts are not misspelt names of operations.
const MAX_NAME: usize = 256;
/// How many letters of an operation's name can be wrong. `read` and `write` differ by more.
const MAX_DISTANCE: usize = 3;

/// An event's account of itself.
#[derive(Debug)]
pub struct Explanation<'d> {
    /// Its format.
    pub format: FormatId,
    /// The name of the operation, with the path it lies at.
    pub name: Option<(&'d str, String)>,
    /// The known operation whose name is nearest to that of the event.
    pub suggestion: Option<String>,
    /// What it is, tuning rules applied.
    pub finding: Option<Finding<'d, 'static>>,
    /// Whether only a search of this scope finds it.
    pub scope: Scope,
    /// Operations whose name it has but whose conditions fail.
    pub misses: Vec<NearMiss>,
    /// Every fact that was asked for and found, in the order of asking.
    pub facts: Vec<Found>,
    /// Of each fact, the fields of the finding that would have other values without it.
    effects: Vec<Vec<&'static str>>,
    /// What the table of trusted services says of the caller.
    pub trust: TrustAnswer,
    /// Every tuning rule, and what came of it.
    pub tuning: Vec<Tried<'d>>,
}

/// What the table of trusted services says of the caller.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TrustAnswer {
    /// The provider did not make the call for anybody.
    NotAService,
    /// The provider's service made the call, which the table does not list as routine.
    NotListed(String),
    /// The call is routine: why, and the fields that prove it.
    Routine(String, String),
    /// The service carried out what a customer told it: why, and the fields that prove it.
    StandingOrder(String, String),
}

/// Explains an event.
pub fn explain<'d>(detector: &'d Detector, format: FormatId, event: &dyn Event) -> Explanation<'d> {
    let seen = RefCell::new(Vec::new());
    let mut misses = Vec::new();
    let entry = Entry::new(detector.reader(), format, event).noting(Some(&seen));
    let finding = detector.inspect_noting(&entry, Some(&mut misses));
    let finding = finding.map(Finding::into_owned);
    let quiet = Entry::new(detector.reader(), format, event);
    let recognised = detector.recogniser.recognise(&quiet, None);
    let factors = recognised.map(|operation| detector.normaliser.normalise(&quiet, &operation).factors);
    let mut facts = seen.into_inner();
    for fact in &mut facts {
        fact.value = cut_owned(std::mem::take(&mut fact.value));
    }
    let tuning = finding
        .as_ref()
        .map(|finding| detector.tuning().trace(finding))
        .unwrap_or_default();
    let name = name(detector, format, event);
    Explanation {
        format,
        suggestion: suggestion(detector, &quiet, name.as_ref().map(|(_, name)| name.as_str())),
        name,
        scope: recognised.map(|operation| operation.scope()).unwrap_or_default(),
        trust: trust(detector, finding.as_ref(), &factors.unwrap_or_default()),
        effects: effects::of_facts(detector, format, event, finding.as_ref(), &facts),
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

fn suggestion(detector: &Detector, entry: &Entry<'_>, name: Option<&str>) -> Option<String> {
    let name = name.filter(|name| name.len() <= MAX_NAME)?.to_ascii_lowercase();
    let rules = detector.recogniser.rules().iter();
    let known = rules
        .filter(|rule| rule.cloud == entry.cloud())
        .map(|rule| rule.operation.name.as_str());
    let distance = |known: &str| strsim::damerau_levenshtein(&name, &known.to_ascii_lowercase());
    let (distance, known) = known.map(|known| (distance(known), known)).min()?;
    (distance <= MAX_DISTANCE && distance * 3 <= name.len()).then(|| known.to_owned())
}

fn trust(detector: &Detector, finding: Option<&Finding<'_, '_>>, factors: &[SeverityFactor]) -> TrustAnswer {
    let of = |kind| factors.iter().find(|factor| factor.kind == kind);
    let words = |kind| detector.factors.words(kind).to_owned();
    let service = finding.and_then(|finding| finding.facts.provider_service.clone());
    if let Some(factor) = of(FactorKind::StandingOrder) {
        TrustAnswer::StandingOrder(words(factor.kind), factor.proof.clone())
    } else if let Some(factor) = of(FactorKind::TrustedService) {
        TrustAnswer::Routine(words(factor.kind), factor.proof.clone())
    } else {
        service.map_or(TrustAnswer::NotAService, |service| {
            TrustAnswer::NotListed(service.into_owned())
        })
    }
}

impl Explanation<'_> {
    /// The fields that a search would show, in the order in which they are written.
    pub fn row(&self) -> Vec<(&'static str, Vec<String>)> {
        let fields = FIELDS.iter().zip(self.finding.as_ref().into_iter().cycle());
        let row = fields.map(|(field, finding)| (field.name, field.list(finding)));
        row.filter(|(_, values)| !values.is_empty()).collect()
    }

    /// The same, each value once, with the paths that it was read from.
    pub fn shown(&self) -> Vec<Shown<'_>> {
        self.finding.as_ref().map_or_else(Vec::new, |finding| {
            sources::shown(finding, &self.facts, &self.effects)
        })
    }
}
