//! What a family's file holds: the operations of one service feature, with their conditions, paths and examples.

use super::enums::{AccessType, Cloud, Evidence, FactorKind, Outcome, Scope, Severity};
use super::list::List;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

pub(super) fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

/// The operations of one service feature, which share an event source.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Family {
    /// Equal to the stem of the file's name, e.g. `aws_ssm_session`.
    pub family: String,
    /// Whose log this is.
    pub cloud: Cloud,
    /// Event sources (`eventSource`, `serviceName`) as globs; empty for Azure, whose names hold the provider.
    #[serde(default, skip_serializing_if = "is_default")]
    pub service: Vec<String>,
    /// Short name for the CIM field `app`.
    pub app: String,
    /// The feature's name in titles, e.g. `AWS SSM Session`.
    pub title: String,
    /// One sentence on the feature.
    pub summary: String,
    /// Log source of its Sigma rule, where it is not the cloud's.
    #[serde(default, skip_serializing_if = "is_default")]
    pub sigma_service: Option<String>,
    /// See [`Operation::raise`]; for operations that say nothing of their own. Empty once it is put in.
    #[serde(default, skip_serializing_if = "is_default")]
    pub raise: Vec<FactorKind>,
    /// Named lists, which the lists of operations refer to as `@name`. Empty once they are put in.
    #[serde(default, skip_serializing_if = "is_default")]
    pub lists: BTreeMap<String, Vec<String>>,
    /// See [`Operation::outcomes`]; asked after the operation's own. Empty once they are put in.
    #[serde(default, rename = "outcome", skip_serializing_if = "is_default")]
    pub outcomes: Vec<OutcomeRule>,
    /// The operations, in the order of the file.
    #[serde(rename = "operation")]
    pub operations: Vec<Operation>,
}

/// One action of a provider's API.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Operation {
    /// Unique in its family; the full id is `<family>.<id>`.
    pub id: String,
    /// The provider's own name in its canonical spelling. A `*` stands for any text.
    pub name: String,
    /// Other names that mean the same, e.g. version prefixes.
    #[serde(default, skip_serializing_if = "is_default")]
    pub aliases: Vec<String>,
    /// Whether events that name no operation can be this one.
    #[serde(default, skip_serializing_if = "is_default")]
    pub unnamed: bool,
    /// Event sources, where they differ from the family's.
    #[serde(default, skip_serializing_if = "is_default")]
    pub service: Vec<String>,
    /// The product that logs it, where it is not the cloud's audit log; CIM `vendor_product`.
    #[serde(default, skip_serializing_if = "is_default")]
    pub product: Option<String>,
    /// What it is called in titles. Default: the end of the provider's name.
    #[serde(default, skip_serializing_if = "is_default")]
    pub title: Option<String>,
    /// What it does, in one sentence.
    pub summary: String,
    /// How it gets one in.
    pub access: AccessType,
    /// Whether it is looked for by default.
    #[serde(default, skip_serializing_if = "is_default")]
    pub scope: Scope,
    /// MITRE ATT&CK technique ids.
    #[serde(default, skip_serializing_if = "is_default")]
    pub technique: Vec<String>,
    /// Severity of a successful call with nothing else known.
    pub severity: Severity,
    /// Severity factors that count for this operation only because it names them: `custom_document`, `person`,
    /// `others_profile`. All others count for every operation.
    #[serde(default, skip_serializing_if = "is_default")]
    pub raise: Vec<FactorKind>,
    /// Conditions that must all hold; otherwise the event is not a finding.
    #[serde(default, skip_serializing_if = "is_default")]
    pub when: Vec<Condition>,
    /// Paths of the machine reached; the first that has a value counts.
    #[serde(default, skip_serializing_if = "is_default")]
    pub target: List,
    /// Fixed kind of target, where the value does not tell.
    #[serde(default, skip_serializing_if = "is_default")]
    pub target_type: Option<String>,
    /// Paths of the session, command or operation id; the first that has a value counts.
    #[serde(default, skip_serializing_if = "is_default")]
    pub session: List,
    /// Paths of the document, runbook or metadata keys; all distinct values count.
    #[serde(default, skip_serializing_if = "is_default")]
    pub document: List,
    /// Azure: the segment of the resource id after which the document's name stands.
    #[serde(default, skip_serializing_if = "is_default")]
    pub document_segment: Option<String>,
    /// Paths of a pushed SSH public key, whose SHA-256 fingerprint becomes the document.
    #[serde(default, skip_serializing_if = "is_default")]
    pub fingerprint: List,
    /// Paths said in the summary sentence.
    #[serde(default, skip_serializing_if = "is_default")]
    pub detail: List,
    /// The part of the name that is searched for before an event is read. Default: the last segment of the name.
    #[serde(default, skip_serializing_if = "is_default")]
    pub literal: Option<String>,
    /// How the event itself says what came of the call, where its status does not; the first whose conditions hold.
    #[serde(default, rename = "outcome", skip_serializing_if = "is_default")]
    pub outcomes: Vec<OutcomeRule>,
    /// The log that has it, as the cloud calls it (`clouds.toml`); the cloud's first one unless it is named.
    #[serde(default, skip_serializing_if = "is_default")]
    pub log: Option<String>,
    /// The day on which it was added, `YYYY-MM-DD`.
    pub created: String,
    /// The day on which what it finds, or how that is judged, last changed.
    #[serde(default, skip_serializing_if = "is_default")]
    pub updated: Option<String>,
    /// How the shape of the event is known.
    pub evidence: Evidence,
    /// What the log does not show.
    pub limits: String,
    /// Who else does this, rightly.
    pub false_positives: String,
    /// What to check first.
    pub triage: String,
    /// How to contain it.
    pub contain: String,
    /// Where this is documented.
    pub references: Vec<String>,
    /// What overrides the above; the first whose conditions hold.
    #[serde(default, rename = "variant", skip_serializing_if = "is_default")]
    pub variants: Vec<Variant>,
    /// Events that are hits, and near misses; not compiled into the program.
    #[serde(default, rename = "example", skip_serializing_if = "is_default")]
    pub examples: Vec<Example>,
}

/// A case inside an operation, told apart by what the event says.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Variant {
    /// Conditions that must all hold.
    pub when: Vec<Condition>,
    /// Short words for `dvm_reasons`.
    pub reason: String,
    /// See [`Operation::access`].
    #[serde(skip_serializing_if = "is_default")]
    pub access: Option<AccessType>,
    /// See [`Operation::scope`].
    #[serde(skip_serializing_if = "is_default")]
    pub scope: Option<Scope>,
    /// See [`Operation::technique`].
    #[serde(skip_serializing_if = "is_default")]
    pub technique: Option<Vec<String>>,
    /// See [`Operation::severity`].
    #[serde(skip_serializing_if = "is_default")]
    pub severity: Option<Severity>,
    /// See [`Operation::target`].
    #[serde(skip_serializing_if = "is_default")]
    pub target: Option<List>,
    /// See [`Operation::target_type`].
    #[serde(skip_serializing_if = "is_default")]
    pub target_type: Option<String>,
    /// See [`Operation::document`].
    #[serde(skip_serializing_if = "is_default")]
    pub document: Option<List>,
    /// See [`Operation::detail`].
    #[serde(skip_serializing_if = "is_default")]
    pub detail: Option<List>,
}

/// An outcome that the event's own fields tell.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OutcomeRule {
    /// Conditions that must all hold.
    pub when: Vec<Condition>,
    /// What came of the call.
    pub is: Outcome,
}

/// A test on the values at one or several paths. Letter case never counts.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Condition {
    /// Where to look; of several paths, the values of all are taken together.
    pub path: List,
    /// One value equals one of these.
    #[serde(default, skip_serializing_if = "is_default")]
    pub is: List,
    /// One value fits one of these globs.
    #[serde(default, skip_serializing_if = "is_default")]
    pub like: List,
    /// No value equals one of these.
    #[serde(default, skip_serializing_if = "is_default")]
    pub not: List,
    /// Every value equals one of these, if there are any.
    #[serde(default, skip_serializing_if = "is_default")]
    pub only: List,
    /// There is a value.
    #[serde(default, skip_serializing_if = "is_default")]
    pub present: bool,
    /// There is no value.
    #[serde(default, skip_serializing_if = "is_default")]
    pub absent: bool,
}

/// An event with the expected result: documentation and test at once.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Example {
    /// Whether it is recognised as this operation.
    pub verdict: Expected,
    /// What it shows.
    pub what: String,
    /// JSON, merged (RFC 7386) onto the cloud's base event with the operation's name and event source set.
    pub event: String,
    /// Fields of the finding, by their short names.
    #[serde(default)]
    pub expect: toml::Table,
}

/// Result expected of an example.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Expected {
    /// Recognised.
    Hit,
    /// A near neighbour that must not be recognised as this operation.
    Miss,
}

impl Family {
    /// Event sources that count for `operation`.
    pub fn services<'a>(&'a self, operation: &'a Operation) -> &'a [String] {
        if operation.service.is_empty() {
            &self.service
        } else {
            &operation.service
        }
    }

    /// The full id, `<family>.<operation>`.
    pub fn operation_id(&self, operation: &Operation) -> String {
        format!("{}.{}", self.family, operation.id)
    }
}

impl Variant {
    /// What it overrides, without its conditions and paths.
    #[must_use]
    pub fn overrides(&self) -> Self {
        Self {
            when: Vec::new(),
            reason: String::new(),
            access: self.access,
            scope: self.scope,
            technique: self.technique.clone(),
            severity: self.severity,
            target: None,
            target_type: self.target_type.clone(),
            document: None,
            detail: None,
        }
    }
}

impl Operation {
    /// The operation without its conditions, paths, variants and examples.
    #[must_use]
    pub fn described(&self) -> Self {
        Self {
            id: self.id.clone(),
            name: self.name.clone(),
            aliases: self.aliases.clone(),
            unnamed: self.unnamed,
            product: self.product.clone(),
            service: self.service.clone(),
            title: self.title.clone(),
            summary: self.summary.clone(),
            access: self.access,
            scope: self.scope,
            technique: self.technique.clone(),
            severity: self.severity,
            raise: self.raise.clone(),
            when: Vec::new(),
            target: List::default(),
            target_type: self.target_type.clone(),
            session: List::default(),
            document: List::default(),
            document_segment: self.document_segment.clone(),
            fingerprint: List::default(),
            detail: List::default(),
            literal: self.literal.clone(),
            outcomes: Vec::new(),
            log: self.log.clone(),
            created: self.created.clone(),
            updated: self.updated.clone(),
            evidence: self.evidence,
            limits: self.limits.clone(),
            false_positives: self.false_positives.clone(),
            triage: self.triage.clone(),
            contain: self.contain.clone(),
            references: self.references.clone(),
            variants: Vec::new(),
            examples: Vec::new(),
        }
    }

    /// The techniques that it or one of its cases names; some of them more than once.
    pub fn every_technique(&self) -> impl Iterator<Item = &String> {
        let of_cases = self.variants.iter().filter_map(|case| case.technique.as_ref());
        self.technique.iter().chain(of_cases.flatten())
    }

    /// The provider's name and every alias.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        std::iter::once(self.name.as_str()).chain(self.aliases.iter().map(String::as_str))
    }

    /// Letters in lower case, one of which every event that is this operation holds.
    pub fn search_literals(&self) -> impl Iterator<Item = String> {
        let first = self
            .literal
            .as_deref()
            .unwrap_or_else(|| last_segment(&self.name));
        let first = first.to_ascii_lowercase();
        let aliases = self.aliases.iter().map(|name| name.to_ascii_lowercase());
        let further: Vec<String> = aliases
            .filter(|name| !name.contains(&first))
            .map(|name| last_segment(&name).to_owned())
            .collect();
        std::iter::once(first).chain(further)
    }
}

fn last_segment(name: &str) -> &str {
    name.rsplit(['.', '/']).next().unwrap_or(name)
}
