//! A recognised event, normalised; and the fields users see of it, in the order in which they are written.

mod field;

use super::bounds::{Listed, MAX_VALUE, cut, cut_owned};
use super::recognise::Rule;
use super::text::Text;
use crate::catalogue::{AccessType, Cloud, Severity, Verdict};
use std::borrow::Cow;

pub use crate::catalogue::Outcome;
pub use field::{FIELDS, Field, Group, JSON, Shown, Subject, Values, put_fields};

/// What the event says, in the words of all three clouds.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Facts<'e> {
    /// The provider's id of the record.
    pub event_id: Option<Text<'e>>,
    /// The part of the identity that its caller cannot choose.
    pub principal: Option<Text<'e>>,
    /// The human behind it, where the provider vouches for one.
    pub person: Option<Text<'e>>,
    /// Which credential was used.
    pub credential: Option<Text<'e>>,
    /// The provider's service that made the call for somebody.
    pub provider_service: Option<Text<'e>>,
    /// Who asked, as logged.
    pub actor: Option<Text<'e>>,
    /// `user`, `role`, `root`, …
    pub actor_type: &'static str,
    /// Short name of the actor, for CIM `user`.
    pub user: Option<Text<'e>>,
    /// Machines reached: ids, names, tags, addresses.
    pub target: Listed<'e>,
    /// Whether the call may reach more machines than the record names.
    pub hides_targets: bool,
    /// The first machine as logged, where the call names one.
    pub machine: Option<Text<'e>>,
    /// `instance`, `tag`, `fleet`, …
    pub target_type: Text<'e>,
    /// Full resource ids.
    pub object_id: Listed<'e>,
    /// Where the request came from, without a port.
    pub src: Option<Text<'e>>,
    /// Account, subscription or project.
    pub account: Option<Text<'e>>,
    /// Region or zone.
    pub region: Option<Text<'e>>,
    /// SSM document, extension, metadata keys, runbook, fingerprint of a key.
    pub document: Option<Text<'e>>,
    /// What joins start, end and results.
    pub session: Option<Text<'e>>,
    /// The client's own name for itself.
    pub user_agent: Option<Text<'e>>,
    /// The provider's error code or status.
    pub result_id: Option<Text<'e>>,
    /// The provider's error text.
    pub reason: Option<Text<'e>>,
    /// The operation's name as logged, where the catalogue's stands for several.
    pub operation_name: Option<Text<'e>>,
    /// The part of the provider that answered.
    pub service: Option<Text<'e>>,
    /// When it happened, as logged.
    pub time: Option<Text<'e>>,
    /// Said in the summary: name=value.
    pub detail: Vec<String>,
}

impl Facts<'_> {
    /// The same, kept for longer than the event.
    pub fn into_owned(self) -> Facts<'static> {
        let one = |text: Option<Text<'_>>| text.map(owned);
        Facts {
            event_id: one(self.event_id),
            principal: one(self.principal),
            person: one(self.person),
            credential: one(self.credential),
            provider_service: one(self.provider_service),
            actor: one(self.actor),
            actor_type: self.actor_type,
            user: one(self.user),
            target: self.target.into_owned(),
            hides_targets: self.hides_targets,
            machine: one(self.machine),
            target_type: owned(self.target_type),
            object_id: self.object_id.into_owned(),
            src: one(self.src),
            account: one(self.account),
            region: one(self.region),
            document: one(self.document),
            session: one(self.session),
            user_agent: one(self.user_agent),
            result_id: one(self.result_id),
            reason: one(self.reason),
            operation_name: one(self.operation_name),
            service: one(self.service),
            time: one(self.time),
            detail: self.detail,
        }
    }
}

fn owned(text: Text<'_>) -> Text<'static> {
    Cow::Owned(text.into_owned())
}

impl Facts<'_> {
    /// Whether the provider vouches for the actor. The name of a serial console's guest is whatever the guest typed.
    pub fn proves_actor(&self) -> bool {
        self.principal.is_some() || self.actor_type != "unknown"
    }

    /// Cuts every value that is too long; the lists are bounded when they are made.
    pub(super) fn bound(&mut self) {
        let texts = [
            &mut self.event_id,
            &mut self.principal,
            &mut self.person,
            &mut self.credential,
            &mut self.provider_service,
            &mut self.actor,
            &mut self.user,
            &mut self.machine,
            &mut self.src,
            &mut self.account,
            &mut self.region,
            &mut self.document,
            &mut self.session,
            &mut self.user_agent,
            &mut self.result_id,
            &mut self.reason,
            &mut self.operation_name,
            &mut self.service,
            &mut self.time,
        ];
        for text in texts.into_iter().flatten() {
            if text.len() > MAX_VALUE {
                *text = cut(std::mem::take(text));
            }
        }
        for text in &mut self.detail {
            *text = cut_owned(std::mem::take(text));
        }
    }
}

/// A recognised event: what the detector knows of it lives as long as the detector, what the event says as long as the
/// event.
#[derive(Debug, Clone)]
pub struct Finding<'d, 'e> {
    /// The operation.
    pub rule: &'d Rule,
    /// How it gets one in.
    pub access: AccessType,
    /// ATT&CK techniques.
    pub techniques: &'d [String],
    /// The provider's answer.
    pub outcome: Outcome,
    /// What the event says.
    pub facts: Facts<'e>,
    /// How much it matters.
    pub severity: Severity,
    /// How much it matters without tuning rules.
    pub untuned_severity: Severity,
    /// 0 to 100.
    pub score: u8,
    /// Each step that moved the severity, with the field that proved it.
    pub reasons: Vec<Text<'d>>,
    /// Judgement after tuning.
    pub verdict: Verdict,
    /// `<rule id>: <reason>` of the tuning rule that applied.
    pub tuning: Option<String>,
    /// One sentence.
    pub summary: String,
}

impl<'d> Finding<'d, '_> {
    /// The same, kept for longer than the event.
    pub fn into_owned(self) -> Finding<'d, 'static> {
        Finding {
            rule: self.rule,
            access: self.access,
            techniques: self.techniques,
            outcome: self.outcome,
            facts: self.facts.into_owned(),
            severity: self.severity,
            untuned_severity: self.untuned_severity,
            score: self.score,
            reasons: self.reasons,
            verdict: self.verdict,
            tuning: self.tuning,
            summary: self.summary,
        }
    }
}

impl Finding<'_, '_> {
    /// The seed's `AlertType`.
    pub fn alert_type(&self) -> &'static str {
        match self.rule.cloud {
            Cloud::Aws => "AWS_DirectVMConnection",
            Cloud::Azure => "Azure_DirectVMConnection",
            Cloud::Gcp => "GCP_DirectVMConnection",
        }
    }

    /// The provider's own name of the operation.
    pub fn operation_name(&self) -> &str {
        self.facts
            .operation_name
            .as_deref()
            .unwrap_or(&self.rule.operation.name)
    }

    /// How grave it is among the findings of a batch.
    pub(super) fn weight(&self) -> (bool, Severity, u8) {
        (self.verdict == Verdict::Report, self.severity, self.score)
    }

    fn vendor_product(&self) -> &str {
        if let Some(product) = &self.rule.operation.product {
            return product;
        }
        match self.rule.cloud {
            Cloud::Aws => "AWS CloudTrail",
            Cloud::Azure => "Azure Activity Log",
            Cloud::Gcp => "Google Cloud Audit Logs",
        }
    }

    /// CIM `action`: of the Authentication model where somebody gets in, of the Change model where something is set.
    fn action(&self) -> &'static str {
        use AccessType::{
            AccessEnablement, CredentialReset, CredentialRetrieval, Preparation, RunCommand, SshKeyPush,
        };
        match (self.access, self.outcome) {
            (_, Outcome::Denied | Outcome::Error) => "failure",
            (SshKeyPush | CredentialReset | AccessEnablement, _) => "modified",
            (RunCommand | Preparation, _) => "created",
            (CredentialRetrieval, _) => "read",
            (_, Outcome::Started) => "pending",
            (_, Outcome::Success) => "success",
            (_, Outcome::Unknown) => "unknown",
        }
    }

    fn object_category(&self) -> &str {
        match self.facts.target_type.as_ref() {
            "account" | "project" => "account",
            "container" => "container",
            _ => "instance",
        }
    }
}
