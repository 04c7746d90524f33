//! What is decided, pure: no clock, file, environment or logger. The same event, catalogue and tuning rules give the
//! same finding.

pub mod batch;
pub mod bounds;
mod condition;
pub mod finding;
pub mod glob;
pub mod normalise;
pub mod recognise;
mod refusal;
mod severity;
mod summary;
pub mod trace;
pub mod tune;
pub mod view;

use crate::catalogue::{Catalogue, Cloud, Scope, Severity};
use crate::event::name::Names;
use crate::event::shape;
use finding::{Finding, Outcome};
use normalise::Normaliser;
use recognise::{Misses, NearMiss, Recogniser, Rule};
use severity::FactorTable;
use std::collections::HashSet;
use std::hash::Hash;
use std::sync::Arc;
use tune::Tuning;
use view::{Fact, View};

/// Each value once, in order. An event can hold as many as an attacker likes.
fn distinct<T: Clone + Eq + Hash>(values: Vec<T>) -> Vec<T> {
    if values.len() < 2 {
        return values;
    }
    let mut seen = HashSet::new();
    let once = |value: &T| seen.insert(value.clone());
    values.into_iter().filter(once).collect()
}

/// What is looked for.
#[derive(Debug, Clone)]
pub struct Filter {
    /// Providers looked at.
    pub clouds: Vec<Cloud>,
    /// How much is looked for.
    pub scope: Scope,
    /// Findings below are none.
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
    recogniser: Recogniser,
    /// The names of what tells whether an event can be a finding.
    telling: Arc<Names>,
    normaliser: Normaliser,
    factors: FactorTable,
    filter: Filter,
    tuning: Tuning,
}

impl Detector {
    /// Makes `catalogue` ready.
    pub fn new(catalogue: &Catalogue, filter: Filter) -> Self {
        let recogniser = Recogniser::new(catalogue);
        Self {
            telling: telling(&recogniser),
            recogniser,
            normaliser: Normaliser::new(&catalogue.tables),
            factors: FactorTable::new(&catalogue.tables.factors),
            filter,
            tuning: Tuning::default(),
        }
    }

    /// With the customer's rules; without, there are none.
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

    /// The names of an event's members that [`Self::may_find`] asks for, beside those that tell what it is.
    pub fn telling(&self) -> &Arc<Names> {
        &self.telling
    }

    /// Whether the event can be a finding: far fewer of its members tell so than make the finding.
    pub fn may_find(&self, view: &View<'_>) -> bool {
        let rule = self.recogniser.rule(view, None);
        rule.is_some_and(|rule| self.filter.may_let_pass(rule))
    }

    /// The finding that an event is, if it is one.
    pub fn inspect<'d: 'e, 'e>(&'d self, view: &View<'e>) -> Option<Finding<'d, 'e>> {
        self.inspect_noting(view, None)
    }

    /// The finding that an event is, if it is one; `misses` receives every operation whose name the event has but whose conditions fail.
    pub fn inspect_noting<'d: 'e, 'e>(
        &'d self,
        view: &View<'e>,
        mut misses: Misses<'_>,
    ) -> Option<Finding<'d, 'e>> {
        if !self.filter.clouds.contains(&view.cloud()) {
            return None;
        }
        let operation = self.recogniser.recognise(view, misses.as_deref_mut())?;
        if operation.scope() > self.filter.scope {
            if let Some(misses) = misses {
                misses.push(NearMiss {
                    id: operation.rule.id.clone(),
                    failed: "its scope is extended, but core is looked for".into(),
                });
            }
            return None;
        }
        let mut normalised = self.normaliser.normalise(view, &operation);
        normalised.facts.bound();
        let outcome = normalised.outcome.unwrap_or(Outcome::Unknown);
        let judgement = self.factors.judge(&operation, outcome, &normalised.factors);
        let mut finding = Finding {
            rule: operation.rule,
            access: operation.access(),
            techniques: operation.techniques(),
            outcome,
            facts: normalised.facts,
            severity: judgement.severity,
            score: judgement.score,
            reasons: judgement.reasons,
            verdict: judgement.verdict,
            tuning: None,
            summary: String::new(),
        };
        finding.summary = finding.sentence();
        self.tuning.apply(&mut finding);
        finding.tuning = finding.tuning.map(bounds::cut_owned);
        (finding.severity >= self.filter.min_severity).then_some(finding)
    }

    /// Every fact that is asked for in events of `cloud` when `scope` is looked for.
    pub fn facts(&self, cloud: Cloud, scope: Scope) -> Vec<&Fact> {
        let rules = self
            .recogniser
            .rules()
            .iter()
            .filter(|rule| rule.cloud == cloud && rule.scope <= scope);
        let mut facts: Vec<&Fact> = self.recogniser.facts(cloud).to_vec();
        facts.extend(self.normaliser.facts(cloud));
        facts.extend(rules.flat_map(recognise::Rule::every_fact));
        facts
    }

    /// What must stand in an event, in lower case, for it to be worth reading.
    pub fn literals(&self) -> Vec<String> {
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

/// What is read with them never lacks what [`Detector::may_find`] asks for.
fn telling(recogniser: &Recogniser) -> Arc<Names> {
    let mut names = shape::telling_names();
    let paths = recogniser.telling_facts().flat_map(Fact::every_path);
    names.extend(paths.flat_map(|(_, path)| path.names()));
    Arc::new(Names::now().only(&names))
}

#[cfg(test)]
mod tests {
    use super::{Detector, Filter};
    use crate::catalogue::{Catalogue, Scope};
    use crate::event::json::MOST_MEMBERS;
    use crate::event::literals::GOOD_LENGTH;
    use crate::event::name::Name;

    #[test]
    fn literals_are_as_long_as_the_search_likes_them() {
        let catalogue = Catalogue::embedded().unwrap();
        for scope in [Scope::Core, Scope::Extended] {
            let filter = Filter {
                scope,
                ..Filter::default()
            };
            let literals = Detector::new(&catalogue, filter).literals();
            let short: Vec<_> = literals
                .iter()
                .filter(|literal| literal.len() < GOOD_LENGTH)
                .collect();
            assert!(literals.len() > 20 && short.is_empty(), "{scope}: {short:?}");
        }
    }

    #[test]
    fn no_object_has_as_many_members_as_may_be_kept_without_having_some_twice() {
        let filter = Filter {
            scope: Scope::Extended,
            ..Filter::default()
        };
        Detector::new(&Catalogue::embedded().unwrap(), filter);
        crate::event::shape::read(b"{}", &mut |_, _| {});
        let count = Name::new("made last").number() as usize;
        assert!((100..MOST_MEMBERS / 3).contains(&count), "{count}");
    }
}
