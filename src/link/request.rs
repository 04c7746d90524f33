//! A request: the records that the provider logged of it.

use super::record::{KNOWN, Record};
use crate::catalogue::{AccessType, Outcome, Severity};
use crate::detect::glob::fits;
use std::hash::{Hash, Hasher};

/// Records of one request, by their numbers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// In the order of time.
    pub records: Vec<usize>,
    /// The one that decides severity, access, document and reasons.
    pub gravest: usize,
    /// The one that decides the outcome.
    pub newest: usize,
    /// The time of the earliest, in microseconds since 1970 UTC.
    pub time: Option<i64>,
}

impl Request {
    /// Of records that are sorted by time; `answer` gives the answer of a record that has one.
    pub fn new(records: Vec<usize>, all: &[Record], answer: &dyn Fn(&Record) -> Option<Outcome>) -> Self {
        // Of equals the last in the order of time, whatever the order in which they came.
        let gravest = records.iter().max_by_key(|number| weight(&all[**number]));
        let gravest = *gravest.expect("a request has a record");
        let is_answer = |number: &&usize| answer(&all[**number]).is_some();
        let newest = records.iter().rev().find(is_answer).or(records.last());
        Self {
            gravest,
            newest: *newest.expect("a request has a record"),
            time: records.iter().filter_map(|number| all[*number].time()).min(),
            records,
        }
    }

    /// Every value of a field in any record, the gravest first, each once.
    pub fn union<'r>(&self, all: &'r [Record], field: usize) -> Vec<&'r str> {
        let mut values: Vec<&str> = all[self.gravest].all(field).collect();
        for number in &self.records {
            let others = all[*number].all(field);
            if *number != self.gravest {
                values.extend(others);
            }
        }
        let mut seen = rustc_hash::FxHashSet::default();
        values.retain(|value| seen.insert(*value));
        values
    }

    /// The value of a field in the gravest record, else in any other.
    pub fn value<'r>(&self, all: &'r [Record], field: usize) -> &'r str {
        let own = all[self.gravest].first(field);
        if !own.is_empty() {
            return own;
        }
        let mut others = self.records.iter().map(|number| all[*number].first(field));
        others.find(|value| !value.is_empty()).unwrap_or_default()
    }

    /// The operation's id.
    pub fn operation<'r>(&self, all: &'r [Record]) -> &'r str {
        all[self.gravest].first(KNOWN.operation)
    }

    /// Whether it is one of the operations that these globs name.
    pub fn is_one_of(&self, all: &[Record], globs: &[String]) -> bool {
        let operation = self.operation(all);
        globs.iter().any(|glob| fits(glob, operation))
    }

    /// How it gets one in.
    pub fn access(&self, all: &[Record]) -> Option<AccessType> {
        AccessType::parse(all[self.gravest].first(KNOWN.access))
    }

    /// What came of it.
    pub fn outcome(&self, all: &[Record]) -> Outcome {
        outcome(&all[self.newest]).unwrap_or(Outcome::Unknown)
    }

    /// Whether nobody refused it, as far as it is known.
    pub fn is_granted(&self, all: &[Record]) -> bool {
        matches!(
            self.outcome(all),
            Outcome::Success | Outcome::Started | Outcome::Unknown
        )
    }

    /// Whether nobody has said that it is as it should be.
    pub fn is_reported(&self, all: &[Record]) -> bool {
        all[self.gravest].first(KNOWN.verdict) == "report"
    }

    /// Whether a service of the provider made it.
    pub fn is_of_service(&self, all: &[Record]) -> bool {
        !self.value(all, KNOWN.service).is_empty() || self.value(all, KNOWN.actor_type) == "service"
    }

    /// The names under which its caller is counted: the principal, and the person behind it.
    pub fn callers<'r>(&self, all: &'r [Record]) -> impl Iterator<Item = Caller<'r>> {
        let principal = Caller::Principal(self.value(all, KNOWN.principal));
        let person = Caller::Person(self.value(all, KNOWN.person));
        [principal, person]
            .into_iter()
            .filter(|caller| !caller.name().is_empty())
    }

    /// The provider's ids of its records.
    pub fn event_ids<'r>(&self, all: &'r [Record]) -> Vec<&'r str> {
        let ids = self
            .records
            .iter()
            .map(|number| all[*number].first(KNOWN.event_id));
        let mut ids: Vec<&str> = ids.filter(|id| !id.is_empty()).collect();
        ids.dedup();
        ids
    }
}

/// Who is counted as one. Of a person the letter case does not matter: one cloud's logs spell a mail address in several.
#[derive(Debug, Clone, Copy, Eq)]
pub enum Caller<'r> {
    Principal(&'r str),
    Person(&'r str),
    /// Of a request whose record names none.
    Unnamed,
}

impl PartialEq for Caller<'_> {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Principal(name), Self::Principal(other)) => name == other,
            (Self::Person(name), Self::Person(other)) => name.eq_ignore_ascii_case(other),
            (Self::Unnamed, Self::Unnamed) => true,
            _ => false,
        }
    }
}

impl Hash for Caller<'_> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        match self {
            Self::Principal(name) => name.hash(state),
            Self::Person(name) => name
                .bytes()
                .for_each(|byte| byte.to_ascii_lowercase().hash(state)),
            Self::Unnamed => {}
        }
    }
}

impl<'r> Caller<'r> {
    /// The name.
    pub fn name(self) -> &'r str {
        match self {
            Self::Principal(name) | Self::Person(name) => name,
            Self::Unnamed => "",
        }
    }

    /// The field that has it.
    pub fn field(self) -> Option<&'static str> {
        match self {
            Self::Principal(_) => Some("dvm_principal"),
            Self::Person(_) => Some("dvm_person"),
            Self::Unnamed => None,
        }
    }
}

/// What a record says came of its request.
pub fn outcome(record: &Record) -> Option<Outcome> {
    Outcome::parse(record.first(KNOWN.outcome))
}

/// Whether no other answer follows.
pub fn is_final(outcome: Outcome) -> bool {
    matches!(outcome, Outcome::Success | Outcome::Denied | Outcome::Error)
}

/// How grave a record is among those of its request.
fn weight(record: &Record) -> (bool, Option<Severity>, u8, bool) {
    let score = record.first(KNOWN.score).parse().unwrap_or(0);
    (
        record.first(KNOWN.verdict) == "report",
        Severity::parse(record.first(KNOWN.severity)),
        score,
        outcome(record).is_some_and(is_final),
    )
}
