//! How much a finding matters: the operation's base, moved by named steps, each with the field that proves it.
//!
//! Names that a caller can choose only ever raise it. What lowers it is set by the provider: the outcome, and the
//! identity of its own services.

use super::bounds::cut_owned;
use super::finding::Outcome;
use super::normalise::common::SeverityFactor;
use super::recognise::Recognised;
use super::text::Text;
use crate::catalogue::tables::FactorInfo;
use crate::catalogue::{AccessType, FactorKind, Severity, Verdict};

/// A severity with its account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Judgement<'d> {
    /// The level.
    pub severity: Severity,
    /// 0 to 100.
    pub score: u8,
    /// Each step in words.
    pub reasons: Vec<Text<'d>>,
    /// `expected` where the provider's own service made the call.
    pub verdict: Verdict,
}

/// What each severity factor does, from `severity.toml`.
#[derive(Debug)]
pub struct FactorTable(Vec<FactorInfo>);

impl FactorTable {
    /// Of all factors.
    pub fn new(factors: &[FactorInfo]) -> Self {
        Self(factors.to_vec())
    }

    fn info(&self, kind: FactorKind) -> &FactorInfo {
        let info = self.0.iter().find(|info| info.id == kind);
        info.expect("severity.toml has every factor: checked when it was read")
    }

    /// Why a factor counts, in the words of `dvm_reasons`.
    pub fn words(&self, kind: FactorKind) -> &str {
        &self.info(kind).words
    }

    /// Judges an operation with what is known of the event.
    pub fn judge<'d>(
        &self,
        operation: &Recognised<'d>,
        outcome: Outcome,
        factors: &[SeverityFactor],
    ) -> Judgement<'d> {
        let mut steps = Steps::from_base(operation);
        let is_end = operation.access() == AccessType::SessionEnd;
        let with_info = factors.iter().map(|factor| (self.info(factor.kind), factor));
        let counted = with_info.filter(|(info, _)| !is_end || info.at_session_end);
        let (setting, moving): (Vec<_>, Vec<_>) = counted.partition(|(info, _)| info.sets.is_some());
        moving
            .iter()
            .filter_map(|(info, factor)| Some((info.holds?, info, factor)))
            .for_each(|(most, info, factor)| steps.hold(operation, most, info, factor));
        let moving = moving.into_iter().filter(|(info, _)| info.holds.is_none());
        moving.for_each(|(info, factor)| steps.raise(info, factor));
        if outcome == Outcome::Denied {
            steps.refused();
        }
        if let Some((info, factor)) = setting.first() {
            steps.set(info, factor);
        }
        steps.judgement(outcome)
    }
}

/// The score of a level; a call that failed counts half.
pub fn score(severity: Severity, outcome: Outcome) -> u8 {
    if outcome.is_failure() {
        severity.score() / 2
    } else {
        severity.score()
    }
}

struct Steps<'d> {
    severity: Severity,
    reasons: Vec<Text<'d>>,
    verdict: Verdict,
}

impl<'d> Steps<'d> {
    fn from_base(operation: &Recognised<'d>) -> Self {
        Self {
            severity: operation.severity(),
            reasons: vec![operation.base().into()],
            verdict: Verdict::Report,
        }
    }

    fn say(&mut self, words: &[&str]) {
        self.reasons.push(cut_owned(words.concat()).into());
    }

    /// Holds the operation's own severity down to `most`. What the case of the operation has above it, stays above.
    fn hold(
        &mut self,
        operation: &Recognised<'_>,
        most: Severity,
        info: &FactorInfo,
        factor: &SeverityFactor,
    ) {
        let plain = operation.rule.operation.severity;
        let levels = operation.severity().levels_above(plain).max(0);
        let held = plain.min(most).moved(levels).min(self.severity);
        let words = if held < self.severity {
            [held.as_str(), ": "]
        } else {
            [""; 2]
        };
        self.severity = held;
        self.say(&[words[0], words[1], &info.words, " (", &factor.proof, ")"]);
    }

    fn raise(&mut self, info: &FactorInfo, factor: &SeverityFactor) {
        if info.at_most.is_some_and(|most| self.severity > most) {
            return;
        }
        self.severity = self.severity.moved(info.levels);
        match info.levels {
            0 => self.say(&[&info.words, " (", &factor.proof, ")"]),
            levels => self.say(&[
                "+",
                &levels.to_string(),
                " ",
                &info.words,
                " (",
                &factor.proof,
                ")",
            ]),
        }
    }

    /// One level lower, never below low, never up.
    fn refused(&mut self) {
        let lower = self.severity.moved(-1).max(Severity::Low).min(self.severity);
        let step = if lower < self.severity { "-1 " } else { "" };
        self.severity = lower;
        self.say(&[step, "the provider denied the call"]);
    }

    fn set(&mut self, info: &FactorInfo, factor: &SeverityFactor) {
        if let Some(severity) = info.sets {
            self.severity = severity;
            self.say(&[severity.as_str(), ": ", &info.words, " (", &factor.proof, ")"]);
        }
        self.verdict = info.verdict.unwrap_or(self.verdict);
    }

    fn judgement(self, outcome: Outcome) -> Judgement<'d> {
        let Self {
            severity,
            reasons,
            verdict,
        } = self;
        Judgement {
            severity,
            score: score(severity, outcome),
            reasons,
            verdict,
        }
    }
}
