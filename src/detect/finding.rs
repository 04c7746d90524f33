//! A recognised event, normalised; and the fields users see of it, in the order of the contract.

use super::recognise::Rule;
use crate::catalogue::{AccessType, Cloud, Severity, Verdict};

/// The provider's answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// Granted.
    Success,
    /// Refused for want of a right.
    Denied,
    /// Failed otherwise.
    Error,
    /// Begun or accepted; another event says how it ended.
    Started,
    /// Nothing to tell by.
    Unknown,
}

impl Outcome {
    /// The word as users see it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Success => "success",
            Self::Denied => "denied",
            Self::Error => "error",
            Self::Started => "started",
            Self::Unknown => "unknown",
        }
    }

    /// Whether the call did not have its effect.
    pub const fn is_failure(self) -> bool {
        matches!(self, Self::Denied | Self::Error)
    }
}

/// What the event says, in the words of all three clouds.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Facts {
    /// Who asked, as logged.
    pub actor: Option<String>,
    /// `user`, `role`, `root`, …
    pub actor_type: &'static str,
    /// Short name of the actor, for CIM `user`.
    pub user: Option<String>,
    /// Machines reached: ids, names, tags, addresses.
    pub target: Vec<String>,
    /// `instance`, `tag`, `fleet`, …
    pub target_type: String,
    /// Full resource ids.
    pub object_id: Vec<String>,
    /// Where the request came from, without a port.
    pub src: Option<String>,
    /// Account, subscription or project.
    pub account: Option<String>,
    /// Region or zone.
    pub region: Option<String>,
    /// SSM document, extension, metadata keys, runbook, fingerprint of a key.
    pub document: Option<String>,
    /// What joins start, end and results.
    pub session: Option<String>,
    /// The client's own name for itself.
    pub user_agent: Option<String>,
    /// The provider's error code or status.
    pub result_id: Option<String>,
    /// The provider's error text.
    pub reason: Option<String>,
    /// The operation's name as logged, where the catalogue's stands for several.
    pub operation_name: Option<String>,
    /// The part of the provider that answered.
    pub service: Option<String>,
    /// When it happened, as logged.
    pub time: Option<String>,
    /// Said in the summary: name=value.
    pub detail: Vec<String>,
}

/// A recognised event.
#[derive(Debug, Clone)]
pub struct Finding<'d> {
    /// The operation.
    pub rule: &'d Rule,
    /// How it gets one in.
    pub access: AccessType,
    /// ATT&CK techniques.
    pub techniques: &'d [String],
    /// The provider's answer.
    pub outcome: Outcome,
    /// What the event says.
    pub facts: Facts,
    /// How much it matters.
    pub severity: Severity,
    /// 0 to 100.
    pub score: u8,
    /// Each step that moved the severity, with the field that proved it.
    pub reasons: Vec<String>,
    /// Judgement after tuning.
    pub verdict: Verdict,
    /// `<rule id>: <reason>` of the tuning rule that applied.
    pub tuning: Option<String>,
    /// One sentence.
    pub summary: String,
}

/// Which part of the contract a field belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Group {
    /// Part 3.1: the seed's names.
    Seed,
    /// Part 3.2: own fields.
    Own,
    /// Part 3.3: filled only where the event has none.
    Cim,
}

/// Hands a finding's values for one field to the function given.
type Value = fn(&Finding<'_>, Put<'_>);

/// A field of a finding.
#[derive(Debug, Clone, Copy)]
pub struct Field {
    /// Its name.
    pub name: &'static str,
    /// Where the contract lists it.
    pub group: Group,
    /// Whether it can hold several values.
    pub multivalue: bool,
    value: Value,
}

impl Field {
    /// Calls `put` with each value the finding has for this field.
    pub fn values(&self, finding: &Finding<'_>, put: &mut dyn FnMut(&str)) {
        (self.value)(finding, put);
    }

    /// How many values the finding has for this field.
    pub fn count(&self, finding: &Finding<'_>) -> usize {
        let mut count = 0;
        self.values(finding, &mut |_| count += 1);
        count
    }

    /// All values.
    pub fn list(&self, finding: &Finding<'_>) -> Vec<String> {
        let mut values = Vec::new();
        self.values(finding, &mut |value| values.push(value.to_owned()));
        values
    }
}

type Put<'p> = &'p mut dyn FnMut(&str);

fn some(value: Option<&str>, put: Put<'_>) {
    if let Some(value) = value.filter(|value| !value.is_empty()) {
        put(value);
    }
}

fn many(values: &[String], put: Put<'_>) {
    values.iter().for_each(|value| put(value));
}

fn only(cloud: Cloud, finding: &Finding<'_>, value: Option<&str>, put: Put<'_>) {
    if finding.rule.cloud == cloud {
        some(value, put);
    }
}

fn instances(finding: &Finding<'_>, put: Put<'_>) {
    let whole = ["account", "project", "unknown"].contains(&finding.facts.target_type.as_str());
    if finding.rule.cloud != Cloud::Azure && !whole {
        many(&finding.facts.target, put);
    }
}

const fn one(name: &'static str, group: Group, value: Value) -> Field {
    Field {
        name,
        group,
        multivalue: false,
        value,
    }
}

const fn list(name: &'static str, group: Group, value: Value) -> Field {
    Field {
        name,
        group,
        multivalue: true,
        value,
    }
}

use Group::{Cim, Own, Seed};

/// Every field, in the order of the contract.
pub static FIELDS: &[Field] = &[
    one("AlertType", Seed, |f, put| put(f.alert_type())),
    one("UserARN", Seed, |f, put| {
        only(Cloud::Aws, f, f.facts.actor.as_deref(), put);
    }),
    list("TargetInstance", Seed, instances),
    one("CallerUPN", Seed, |f, put| {
        only(Cloud::Azure, f, f.facts.actor.as_deref(), put);
    }),
    one("VMName", Seed, |f, put| {
        only(Cloud::Azure, f, f.facts.target.first().map(String::as_str), put);
    }),
    one("PrincipalEmail", Seed, |f, put| {
        only(Cloud::Gcp, f, f.facts.actor.as_deref(), put);
    }),
    one("SourceIP", Seed, |f, put| some(f.facts.src.as_deref(), put)),
    one("dvm_cloud", Own, |f, put| put(f.rule.cloud.as_str())),
    one("dvm_operation", Own, |f, put| put(&f.rule.id)),
    one("dvm_operation_name", Own, |f, put| put(f.operation_name())),
    one("dvm_access", Own, |f, put| put(f.access.as_str())),
    one("dvm_actor", Own, |f, put| some(f.facts.actor.as_deref(), put)),
    one("dvm_actor_type", Own, |f, put| put(f.facts.actor_type)),
    list("dvm_target", Own, |f, put| many(&f.facts.target, put)),
    one("dvm_target_type", Own, |f, put| put(&f.facts.target_type)),
    one("dvm_src", Own, |f, put| some(f.facts.src.as_deref(), put)),
    one("dvm_outcome", Own, |f, put| put(f.outcome.as_str())),
    one("dvm_account", Own, |f, put| some(f.facts.account.as_deref(), put)),
    one("dvm_region", Own, |f, put| some(f.facts.region.as_deref(), put)),
    one("dvm_document", Own, |f, put| {
        some(f.facts.document.as_deref(), put);
    }),
    one("dvm_session", Own, |f, put| some(f.facts.session.as_deref(), put)),
    one("dvm_severity", Own, |f, put| put(f.severity.as_str())),
    one("dvm_risk_score", Own, |f, put| put(&f.score.to_string())),
    list("dvm_reasons", Own, |f, put| many(&f.reasons, put)),
    one("dvm_verdict", Own, |f, put| put(f.verdict.as_str())),
    one("dvm_tuning", Own, |f, put| some(f.tuning.as_deref(), put)),
    list("dvm_technique", Own, |f, put| many(f.techniques, put)),
    one("dvm_summary", Own, |f, put| put(&f.summary)),
    one("action", Cim, |f, put| put(f.action())),
    one("app", Cim, |f, put| put(&f.rule.app)),
    list("dest", Cim, |f, put| many(&f.facts.target, put)),
    one("dvc", Cim, |f, put| some(f.facts.service.as_deref(), put)),
    list("object", Cim, |f, put| many(&f.facts.target, put)),
    one("object_category", Cim, |f, put| put(f.object_category())),
    list("object_id", Cim, |f, put| many(&f.facts.object_id, put)),
    one("reason", Cim, |f, put| some(f.facts.reason.as_deref(), put)),
    one("result_id", Cim, |f, put| some(f.facts.result_id.as_deref(), put)),
    one("signature", Cim, |f, put| put(f.operation_name())),
    one("signature_id", Cim, |f, put| put(&f.rule.id)),
    one("src", Cim, |f, put| some(f.facts.src.as_deref(), put)),
    one("user", Cim, |f, put| some(f.facts.user.as_deref(), put)),
    one("user_agent", Cim, |f, put| {
        some(f.facts.user_agent.as_deref(), put);
    }),
    one("user_type", Cim, |f, put| put(f.facts.actor_type)),
    one("vendor_account", Cim, |f, put| {
        some(f.facts.account.as_deref(), put);
    }),
    one("vendor_product", Cim, |f, put| put(f.vendor_product())),
    one("vendor_region", Cim, |f, put| {
        some(f.facts.region.as_deref(), put);
    }),
    list("mitre_technique_id", Cim, |f, put| many(f.techniques, put)),
];

impl Finding<'_> {
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

    fn vendor_product(&self) -> &'static str {
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
        match self.facts.target_type.as_str() {
            "account" | "project" => "account",
            "container" => "container",
            _ => "instance",
        }
    }
}
