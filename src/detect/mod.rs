//! What is decided, pure: no clock, file, environment or logger. The same event, catalogue and tuning rules give the
//! same finding.

pub mod batch;
pub mod bounds;
mod clock;
mod composed;
mod condition;
pub mod entry;
pub mod finding;
pub mod glob;
pub mod identity;
pub mod normalise;
pub mod recognise;
mod refusal;
mod severity;
mod summary;
pub mod text;
pub mod trace;
pub mod trust;
pub mod tune;

use crate::catalogue::{Catalogue, Cloud, Scope, Severity};
use crate::event::EventReader;
use entry::{Entry, FieldRef, FieldTable};
use finding::{Facts, Finding, Outcome};
use normalise::Normaliser;
use recognise::{Misses, NearMiss, Recogniser, Rule};
use severity::FactorTable;
use std::borrow::Cow;
use tune::Tuning;

/// What is looked for.
#[derive(Debug, Clone)]
pub struct Filter {
    /// Providers looked at.
    pub clouds: Vec<Cloud>,
    /// How much is looked for.
    pub scope: Scope,
    /// Events of a lower severity are not reported.
    pub min_severity: Severity,
}

impl Filter {
    /// From words that were checked where they were typed; a word that is none means the default.
    pub fn from_words(clouds: &[String], scope: &str, min_severity: &str) -> Self {
        let named: Vec<Cloud> = clouds.iter().filter_map(|name| Cloud::parse(name)).collect();
        let otherwise = Self::default();
        Self {
            clouds: if named.is_empty() { otherwise.clouds } else { named },
            scope: Scope::parse(scope).unwrap_or(otherwise.scope),
            min_severity: Severity::parse(min_severity).unwrap_or(otherwise.min_severity),
        }
    }

    /// Whether a finding of the operation, in whichever case, can be looked for.
    fn may_let_pass(&self, rule: &Rule) -> bool {
        self.clouds.contains(&rule.cloud) && rule.least_scope() <= self.scope
    }
}

impl Default for Filter {
    fn default() -> Self {
        Self {
            clouds: Cloud::ALL.to_vec(),
            scope: Scope::Core,
            min_severity: Severity::Informational,
        }
    }
}

/// The catalogue made ready for asking, with what is looked for.
#[derive(Debug)]
pub struct Detector {
    reader: EventReader,
    recogniser: Recogniser,
    normaliser: Normaliser,
    factors: FactorTable,
    filter: Filter,
    tuning: Tuning,
}

impl Detector {
    /// Makes `catalogue` ready.
    pub fn new(catalogue: &Catalogue, filter: Filter) -> Self {
        Self::with_reader(catalogue, EventReader::embedded(), filter)
    }

    /// The same for entries that `reader` reads.
    pub fn with_reader(catalogue: &Catalogue, reader: EventReader, filter: Filter) -> Self {
        let mut fields = FieldTable::new(reader);
        Self {
            recogniser: Recogniser::new(catalogue, &mut fields),
            normaliser: Normaliser::new(&catalogue.tables, &mut fields),
            factors: FactorTable::new(&catalogue.tables.factors),
            reader: fields.into_reader(),
            filter,
            tuning: Tuning::default(),
        }
    }

    /// Applies the customer's rules. A detector has no rules until this is called.
    #[must_use]
    pub fn tuned(mut self, tuning: Tuning) -> Self {
        self.tuning = tuning;
        self
    }

    /// The customer's rules.
    pub fn tuning(&self) -> &Tuning {
        &self.tuning
    }

    /// What is looked for.
    pub fn filter(&self) -> &Filter {
        &self.filter
    }

    /// What reads the entries that are inspected.
    pub fn reader(&self) -> &EventReader {
        &self.reader
    }

    /// Every finding in the text of an event, which may hold several entries, in wrappers or not.
    pub fn findings(&self, text: &[u8]) -> Vec<Finding<'_, 'static>> {
        let document = self.reader.read(text);
        let entries = document.entries(&self.reader).into_iter();
        let inspected = entries.map(|entry| {
            let finding = self.inspect(&Entry::found(&self.reader, &entry));
            finding.map(Finding::into_owned)
        });
        inspected.flatten().collect()
    }

    /// When an event happened, as logged.
    pub fn time<'e>(&self, entry: &Entry<'e>) -> Option<Cow<'e, str>> {
        self.normaliser.time(entry)
    }

    /// Who made a call, from where, and its id, whether it is a finding or not.
    pub fn outline<'e>(&self, entry: &Entry<'e>) -> Facts<'e> {
        self.normaliser.outline(entry)
    }

    /// The finding that an event is, if it is one.
    pub fn inspect<'d: 'e, 'e>(&'d self, entry: &Entry<'e>) -> Option<Finding<'d, 'e>> {
        self.inspect_noting(entry, None)
    }

    /// The finding that an event is, if it is one; `misses` receives every operation whose name the event has but whose conditions fail.
    pub fn inspect_noting<'d: 'e, 'e>(
        &'d self,
        entry: &Entry<'e>,
        mut misses: Misses<'_>,
    ) -> Option<Finding<'d, 'e>> {
        if !self.filter.clouds.contains(&entry.cloud()) {
            return None;
        }
        let operation = self.recogniser.recognise(entry, misses.as_deref_mut())?;
        if operation.scope() > self.filter.scope {
            if let Some(misses) = misses {
                misses.push(NearMiss {
                    id: operation.rule.id.clone(),
                    failed: "its scope is extended, but core is looked for".into(),
                });
            }
            return None;
        }
        let mut normalised = self.normaliser.normalise(entry, &operation);
        normalised.facts.bound();
        let outcome = normalised.outcome.unwrap_or(Outcome::Unknown);
        if let Some(copy) = normalised.copy {
            if let Some(misses) = misses {
                misses.push(NearMiss {
                    id: operation.rule.id.clone(),
                    failed: format!("the record is a copy of the call's own record ({copy})"),
                });
            }
            return None;
        }
        let judgement = self.factors.judge(&operation, outcome, &normalised.factors);
        let mut finding = Finding {
            rule: operation.rule,
            access: operation.access(),
            techniques: operation.techniques(),
            outcome,
            facts: normalised.facts,
            severity: judgement.severity,
            untuned_severity: judgement.severity,
            score: judgement.score,
            reasons: composed::lines(judgement.reasons),
            verdict: judgement.verdict,
            tuning: None,
            summary: String::new(),
        };
        finding.summary = composed::one_line(finding.sentence());
        self.tuning.apply(&mut finding);
        finding.tuning = finding
            .tuning
            .map(|text| composed::one_line(bounds::cut_owned(text)));
        (finding.severity >= self.filter.min_severity).then_some(finding)
    }

    /// Every field that is asked for in events of `cloud` when `scope` is looked for.
    pub fn fields(&self, cloud: Cloud, scope: Scope) -> Vec<&FieldRef> {
        let rules = self
            .recogniser
            .rules()
            .iter()
            .filter(|rule| rule.cloud == cloud && rule.scope <= scope);
        let mut fields: Vec<&FieldRef> = self.recogniser.fields(cloud);
        fields.extend(self.normaliser.fields(cloud));
        fields.extend(rules.flat_map(recognise::Rule::every_field));
        fields
    }

    /// The literals of which every row or record that can hold a finding has at least one, in lower case: the names of
    /// operations, and how JSON begins in the encodings in which wrappers hold it.
    pub fn literals(&self) -> Vec<String> {
        let mut literals = self.operation_literals();
        literals.extend(self.reader.wrappers().encoded_literals());
        literals
    }

    /// The literals of operations, without those that hold another one.
    pub fn operation_literals(&self) -> Vec<String> {
        let rules = self.recogniser.rules().iter();
        let wanted = rules.filter(|rule| self.filter.may_let_pass(rule));
        let mut literals: Vec<String> = wanted.flat_map(|rule| rule.operation.search_literals()).collect();
        literals.sort_by_key(String::len);
        let mut needed: Vec<String> = Vec::new();
        for literal in literals {
            if !needed.iter().any(|known| literal.contains(known.as_str())) {
                needed.push(literal);
            }
        }
        needed
    }
}

#[cfg(test)]
mod tests {
    use super::{Detector, Filter};
    use crate::catalogue::{Catalogue, Scope};
    use crate::event::json::MAX_MEMBERS;

    #[test]
    fn an_object_may_keep_several_times_the_members_that_are_asked_for() {
        let filter = Filter {
            scope: Scope::Extended,
            ..Filter::default()
        };
        let detector = Detector::new(&Catalogue::embedded().unwrap(), filter);
        let names = detector.reader().names().len();
        assert!((100..MAX_MEMBERS / 3).contains(&names), "{names}");
    }
}
