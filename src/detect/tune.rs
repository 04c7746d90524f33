//! The customer's tuning rules: they change the verdict or severity of a finding, which then names the rule and its reason.
//!
//! No rule drops a finding. The first matching `suppress` rule applies alone; without one, the first `expect` rule applies,
//! and then every `severity` rule in the order of the file. A rule with an expiry matches only events with a readable time
//! before it: an event that cannot prove that the rule was still in force is reported. A rule that lowers a finding needs each
//! of its targets to match, one that raises it any of them.

mod caller_chosen;
pub mod check;
pub mod field;
mod header;
mod index;
mod list;
mod row;
pub mod rule;
pub mod time;
mod values;

pub use caller_chosen::caller_chosen;
pub use header::{COLUMNS, Fault};

use super::finding::Finding;
use super::severity::score;
use crate::catalogue::{Severity, Verdict};
use index::Index;
use rule::{Action, Refusal, TuningRule};
use values::Values;

/// A tuning list, indexed. The default has no rules.
#[derive(Debug, Default)]
pub struct Tuning {
    rules: Vec<TuningRule>,
    faults: Vec<Fault>,
    index: Index,
}

/// A rule that was tried on a finding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tried<'t> {
    /// The rule.
    pub rule: &'t TuningRule,
    /// The result.
    pub result: TryResult<'t>,
}

/// Whether a rule applied to a finding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TryResult<'t> {
    /// It applied.
    Applied,
    /// It matches, but this rule takes precedence.
    Outranked(&'t TuningRule),
    /// It does not match.
    Refused(Refusal),
}

/// The rules that apply to a finding.
#[derive(Debug, Default)]
struct Chosen<'t> {
    verdict: Option<&'t TuningRule>,
    steps: Vec<&'t TuningRule>,
}

impl Tuning {
    /// Parses a list. Rows with faults are refused, the others apply.
    pub fn parse(text: &[u8]) -> Self {
        let list = list::parse(text);
        Self {
            index: Index::new(&list.rules),
            rules: list.rules,
            faults: list.faults,
        }
    }

    /// The rules without faults, in the order of the file.
    pub fn rules(&self) -> &[TuningRule] {
        &self.rules
    }

    /// The faults of the refused rows.
    pub fn faults(&self) -> &[Fault] {
        &self.faults
    }

    /// Applies the rules to a finding.
    pub fn apply(&self, finding: &mut Finding<'_, '_>) {
        if self.rules.is_empty() {
            return;
        }
        let values = Values::new(finding);
        let candidates = self.index.candidates(&values);
        let tried = try_rules(
            candidates.into_iter().map(|at| &self.rules[at]),
            &values,
            finding.untuned_severity,
        );
        let matching = tried.filter(|(_, refusal)| refusal.is_none());
        for rule in Chosen::of(matching.map(|(rule, _)| rule)).in_order() {
            apply_rule(rule, finding);
        }
    }

    /// The result of each rule on a finding, whether or not the rules were already applied to it.
    pub fn trace(&self, finding: &Finding<'_, '_>) -> Vec<Tried<'_>> {
        let values = Values::new(finding);
        let tried: Vec<_> = try_rules(self.rules.iter(), &values, finding.untuned_severity).collect();
        let matching = tried.iter().filter(|(_, refusal)| refusal.is_none());
        let chosen = Chosen::of(matching.map(|(rule, _)| *rule));
        let applied = chosen.in_order();
        let result = |rule: &TuningRule, refusal: Option<Refusal>| match (refusal, chosen.verdict) {
            (Some(refusal), _) => TryResult::Refused(refusal),
            (None, Some(first)) if !applied.iter().any(|known| known.id == rule.id) => {
                TryResult::Outranked(first)
            }
            (None, _) => TryResult::Applied,
        };
        let tried = tried.into_iter().map(|(rule, refusal)| Tried {
            rule,
            result: result(rule, refusal),
        });
        tried.collect()
    }
}

/// Tries rules in the order of the file on a finding of this severity, which the severity rules among them move: whether a
/// rule lowers the finding depends on those before it.
fn try_rules<'t>(
    rules: impl Iterator<Item = &'t TuningRule>,
    values: &Values,
    mut severity: Severity,
) -> impl Iterator<Item = (&'t TuningRule, Option<Refusal>)> {
    rules.map(move |rule| {
        let refusal = rule.refusal(values, severity);
        if refusal.is_none() {
            severity = rule.action.moved(severity);
        }
        (rule, refusal)
    })
}

impl<'t> Chosen<'t> {
    /// Chooses from all matching rules, which come in the order of the file.
    fn of(matching: impl Iterator<Item = &'t TuningRule>) -> Self {
        let mut chosen = Self::default();
        for rule in matching {
            match (rule.action, chosen.verdict) {
                (Action::Suppress, _) => {
                    return Self {
                        verdict: Some(rule),
                        steps: Vec::new(),
                    };
                }
                (Action::Expect, None) => chosen.verdict = Some(rule),
                (Action::Expect, Some(_)) => {}
                (Action::Level(_) | Action::Step(_), _) => chosen.steps.push(rule),
            }
        }
        chosen
    }

    fn in_order(&self) -> Vec<&'t TuningRule> {
        self.verdict.iter().chain(&self.steps).copied().collect()
    }
}

fn apply_rule(rule: &TuningRule, finding: &mut Finding<'_, '_>) {
    let change = match rule.action {
        Action::Suppress => {
            finding.verdict = Verdict::Suppressed;
            "suppressed by".to_owned()
        }
        Action::Expect => {
            finding.verdict = Verdict::Expected;
            "expected by".to_owned()
        }
        Action::Level(level) => format!("{level} by"),
        Action::Step(step) => format!("{step:+} by"),
    };
    finding.severity = rule.action.moved(finding.severity);
    finding.score = score(finding.severity, finding.outcome);
    let account = format!("{}: {}", rule.id, rule.reason);
    finding
        .reasons
        .push(format!("{change} tuning rule {account}").into());
    finding.tuning = Some(match finding.tuning.take() {
        Some(before) => format!("{before}; {account}"),
        None => account,
    });
}
