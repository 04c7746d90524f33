//! How much a finding matters: the operation's base, moved by named steps, each with the field that proves it.
//!
//! Names that a caller can choose only ever raise it. What lowers it is set by the provider: the outcome, and the
//! identity of its own services.

use super::finding::{Outcome, Text};
use super::normalise::{Mark, MarkKind};
use super::recognise::Recognised;
use crate::catalogue::{AccessType, Severity, Verdict};

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

/// Judges an operation with what is known of the event.
pub fn judge<'d>(operation: &Recognised<'d>, outcome: Outcome, marks: &[Mark]) -> Judgement<'d> {
    let mut steps = Steps::from_base(operation);
    let is_end = operation.access() == AccessType::SessionEnd;
    for mark in marks
        .iter()
        .filter(|mark| !is_end || mark.kind == MarkKind::TrustedService)
    {
        steps.take(mark);
    }
    if outcome == Outcome::Denied {
        steps.refused();
    }
    if let Some(service) = marks.iter().find(|mark| mark.kind == MarkKind::TrustedService) {
        steps.trusted(service);
    }
    steps.judgement(outcome)
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
        self.reasons.push(words.concat().into());
    }

    fn take(&mut self, mark: &Mark) {
        let (steps, words) = effect(mark.kind);
        if mark.kind == MarkKind::PersonalExtension && self.severity > Severity::Low {
            return;
        }
        if steps > 0 {
            self.severity = self.severity.moved(steps);
            self.say(&["+", &steps.to_string(), " ", words, " (", &mark.proof, ")"]);
        } else if mark.kind != MarkKind::TrustedService {
            self.say(&[words, " (", &mark.proof, ")"]);
        }
    }

    /// One level lower, never below low, never up.
    fn refused(&mut self) {
        let lower = self.severity.moved(-1).max(Severity::Low).min(self.severity);
        let step = if lower < self.severity { "-1 " } else { "" };
        self.severity = lower;
        self.say(&[step, "the provider denied the call"]);
    }

    fn trusted(&mut self, service: &Mark) {
        self.severity = Severity::Informational;
        self.verdict = Verdict::Expected;
        let (_, words) = effect(service.kind);
        self.say(&["informational: ", words, " (", &service.proof, ")"]);
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

/// Levels up, and why.
fn effect(kind: MarkKind) -> (i8, &'static str) {
    match kind {
        MarkKind::TrustedService => (0, "a service of the provider made the call"),
        MarkKind::StandingOrder => (0, "a service did what a customer has set up"),
        MarkKind::CustomDocument => (1, "the document is not one of the provider's"),
        MarkKind::Fleet => (1, "many machines at once"),
        MarkKind::Root => (1, "the account's root user"),
        MarkKind::InstanceCredentials => (1, "credentials of a machine are used"),
        MarkKind::CrossAccount => (1, "the caller belongs to another account"),
        MarkKind::NoMfa => (1, "a console session without a second factor"),
        MarkKind::PersonalExtension => (1, "a person, not automation, wrote the extension"),
        MarkKind::OthersProfile => (1, "the key goes into somebody else's profile"),
        MarkKind::Impersonation => (0, "through another identity"),
    }
}
