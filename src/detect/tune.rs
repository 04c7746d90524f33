//! The customer's rules: a finding they apply to gets another verdict or severity, and says by which rule and why.
//!
//! Nothing is dropped here. The first `suppress` wins, and then nothing else applies; else the first `expect`, and
//! then every `severity` in the order of the file. A rule with an end applies only to events whose time is readable and
//! lies before it: where an event cannot show that a rule was still in force, it is reported.

pub mod check;
mod index;
mod list;
mod row;
pub mod rule;
pub mod time;
mod values;

pub use list::{COLUMNS, Fault};

use super::finding::Finding;
use super::severity::score;
use crate::catalogue::Verdict;
use index::Index;
use rule::{Action, Refusal, TuningRule};
use values::Values;

/// A list made ready for asking. The default has no rules.
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
    /// What came of it.
    pub result: TryResult<'t>,
}

/// What came of trying a rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TryResult<'t> {
    /// It applied.
    Applied,
    /// Its conditions hold, but another rule comes first.
    Outranked(&'t TuningRule),
    /// It does not apply.
    Refused(Refusal),
}

/// The rules that apply to a finding.
#[derive(Debug, Default)]
struct Chosen<'t> {
    verdict: Option<&'t TuningRule>,
    steps: Vec<&'t TuningRule>,
}

impl Tuning {
    /// Reads a list. Faulty rows are refused, the others apply.
    pub fn parse(text: &[u8]) -> Self {
        let list = list::read(text);
        Self {
            index: Index::new(&list.rules),
            rules: list.rules,
            faults: list.faults,
        }
    }

    /// The sound rules, in the order of the file.
    pub fn rules(&self) -> &[TuningRule] {
        &self.rules
    }

    /// What was refused, and why.
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
        let applying = candidates
            .into_iter()
            .map(|at| &self.rules[at])
            .filter(|rule| rule.refusal(&values).is_none());
        for rule in Chosen::of(applying).in_order() {
            follow(rule, finding);
        }
    }

    /// What came of each rule, for a finding whether or not the rules were applied to it.
    pub fn trace(&self, finding: &Finding<'_, '_>) -> Vec<Tried<'_>> {
        let values = Values::new(finding);
        let refusals: Vec<_> = self.rules.iter().map(|rule| rule.refusal(&values)).collect();
        let applying = self
            .rules
            .iter()
            .zip(&refusals)
            .filter(|(_, refusal)| refusal.is_none());
        let chosen = Chosen::of(applying.map(|(rule, _)| rule));
        let applied = chosen.in_order();
        let result = |rule: &TuningRule, refusal: Option<Refusal>| match (refusal, chosen.verdict) {
            (Some(refusal), _) => TryResult::Refused(refusal),
            (None, Some(first)) if !applied.iter().any(|known| known.id == rule.id) => {
                TryResult::Outranked(first)
            }
            (None, _) => TryResult::Applied,
        };
        let rules = self.rules.iter().zip(refusals);
        rules
            .map(|(rule, refusal)| Tried {
                rule,
                result: result(rule, refusal),
            })
            .collect()
    }
}

impl<'t> Chosen<'t> {
    /// Of all rules that could apply, in the order of the file.
    fn of(applying: impl Iterator<Item = &'t TuningRule>) -> Self {
        let mut chosen = Self::default();
        for rule in applying {
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

fn follow(rule: &TuningRule, finding: &mut Finding<'_, '_>) {
    let words = match rule.action {
        Action::Suppress => {
            finding.verdict = Verdict::Suppressed;
            "suppressed by".to_owned()
        }
        Action::Expect => {
            finding.verdict = Verdict::Expected;
            "expected by".to_owned()
        }
        Action::Level(level) => {
            finding.severity = level;
            format!("{level} by")
        }
        Action::Step(step) => {
            finding.severity = finding.severity.moved(step);
            format!("{step:+} by")
        }
    };
    finding.score = score(finding.severity, finding.outcome);
    let account = format!("{}: {}", rule.id, rule.reason);
    finding
        .reasons
        .push(format!("{words} tuning rule {account}").into());
    finding.tuning = Some(match finding.tuning.take() {
        Some(before) => format!("{before}; {account}"),
        None => account,
    });
}
