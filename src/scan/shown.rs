//! A finding as the table and the report show it.

use super::Found;
use crate::catalogue::{AccessType, Cloud, Severity, Verdict};
use crate::detect::finding::Finding;
use crate::detect::tune::time::parse_event_time;

/// Longer values are cut, in characters.
const MAX_LENGTH: usize = 400;

/// A finding as the table and the report show it.
#[derive(Debug, Clone)]
pub struct Shown {
    /// The time, as logged.
    pub time: String,
    /// The same in microseconds since 1970 UTC.
    pub moment: Option<i64>,
    /// The file.
    pub file: String,
    /// Number of the record in it.
    pub record: u64,
    /// `dvm_cloud`
    pub cloud: Cloud,
    /// `dvm_severity`
    pub severity: Severity,
    /// `dvm_risk_score`
    pub score: u8,
    /// `dvm_verdict`
    pub verdict: Verdict,
    /// `dvm_access`
    pub access: AccessType,
    /// `dvm_operation`
    pub operation: String,
    /// `dvm_operation_name`
    pub name: String,
    /// `dvm_actor`
    pub actor: String,
    /// `dvm_target`
    pub target: Vec<String>,
    /// `dvm_target_type`
    pub target_type: String,
    /// `dvm_src`
    pub src: String,
    /// `dvm_outcome`
    pub outcome: &'static str,
    /// `dvm_session`
    pub session: String,
    /// `dvm_summary`
    pub summary: String,
    /// `dvm_reasons`
    pub reasons: Vec<String>,
    /// `dvm_technique`
    pub techniques: Vec<String>,
    /// `dvm_tuning`
    pub tuning: String,
    /// `dvm_principal`
    pub principal: String,
    /// `dvm_person`
    pub person: String,
    /// `dvm_document`
    pub document: String,
    /// `dvm_account`
    pub account: String,
    /// `dvm_region`
    pub region: String,
    /// `dvm_link`
    pub links: Vec<String>,
    /// `dvm_case`
    pub case: String,
}

impl Shown {
    /// Takes from a finding what is shown.
    pub fn of(file: &str, found: &Found<'_>, finding: &Finding<'_, '_>) -> Self {
        let facts = &finding.facts;
        let clipped = |text: Option<&str>| text.map(clip).unwrap_or_default();
        Self {
            time: clipped(found.time.as_deref()),
            moment: found.time.as_deref().and_then(parse_event_time),
            file: file.to_owned(),
            record: found.record,
            cloud: finding.rule.cloud,
            severity: finding.severity,
            score: finding.score,
            verdict: finding.verdict,
            access: finding.access,
            operation: finding.rule.id.clone(),
            name: finding.rule.operation.name.clone(),
            actor: clipped(facts.actor.as_deref()),
            target: facts.target.iter().map(|target| clip(target)).collect(),
            target_type: facts.target_type.to_string(),
            src: clipped(facts.src.as_deref()),
            outcome: finding.outcome.as_str(),
            session: clipped(facts.session.as_deref()),
            summary: clip(&finding.summary),
            reasons: finding
                .reasons
                .iter()
                .take(20)
                .map(|reason| clip(reason))
                .collect(),
            techniques: finding.techniques.to_vec(),
            tuning: clipped(finding.tuning.as_deref()),
            principal: clipped(facts.principal.as_deref()),
            person: clipped(facts.person.as_deref()),
            document: clipped(facts.document.as_deref()),
            account: clipped(facts.account.as_deref()),
            region: clipped(facts.region.as_deref()),
            links: Vec::new(),
            case: String::new(),
        }
    }

    /// The day in UTC; nothing where there is no time.
    pub fn day(&self) -> &str {
        let day = self.time.get(..10).filter(|_| self.moment.is_some());
        day.unwrap_or("no time")
    }

    /// Where its event lies.
    pub fn place(&self) -> String {
        format!("{}:{}", self.file, self.record)
    }

    /// How grave it is among others.
    pub fn weight(&self) -> (bool, Severity, u8) {
        (self.verdict == Verdict::Report, self.severity, self.score)
    }
}

/// The beginning of a text that is too long to be kept.
pub fn clip(text: &str) -> String {
    let mut chars = text.chars();
    let mut clipped: String = chars.by_ref().take(MAX_LENGTH).collect();
    if chars.next().is_some() {
        clipped.push('…');
    }
    clipped
}
