//! The tables beside the families: clouds, trusted services, severity factors, techniques.

use super::enums::{Cloud, Evidence, FactorKind, Severity, Trust, Verdict};
use serde::{Deserialize, Serialize};

/// `clouds.toml`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CloudFile {
    /// One entry for each cloud.
    #[serde(rename = "cloud")]
    pub clouds: Vec<CloudInfo>,
}

/// What holds for every operation of a cloud.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CloudInfo {
    /// The cloud.
    pub id: Cloud,
    /// Its name in titles.
    pub title: String,
    /// Path of the operation's name.
    pub name: String,
    /// Path of the event source.
    pub service: String,
    /// Whether the spelling of names varies in letter case.
    #[serde(default)]
    pub folds_case: bool,
    /// Log source of its Sigma rules.
    pub sigma: SigmaSource,
    /// Where Splunk keeps its events.
    pub splunk: SplunkSource,
    /// Paths of lists whose items are objects with a `key` and its `values`.
    #[serde(default)]
    pub pair_lists: Vec<String>,
    /// Ends of the host names that only the provider's services have.
    #[serde(default)]
    pub service_domains: Vec<String>,
    /// Error codes, as globs, by which the provider says that the caller lacks a right.
    pub denied: Vec<String>,
    /// What the error text of a refused call names.
    #[serde(default)]
    pub refusal: Refusal,
    /// Kinds of resources in resource ids.
    #[serde(default)]
    pub resources: ResourceKinds,
}

/// Log source of a Sigma rule.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SigmaSource {
    /// Sigma's `product`.
    pub product: String,
    /// Sigma's `service`.
    pub service: String,
}

/// Where Splunk keeps events.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SplunkSource {
    /// Indexes that are searched unless the user names others.
    pub index: Vec<String>,
    /// Sourcetypes.
    pub sourcetypes: Vec<String>,
    /// The sourcetype of the samples.
    pub sample: String,
}

/// A refused call whose parameters are not logged, but whose error text names the resource.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Refusal {
    /// What stands before the name of a machine.
    pub target: Vec<String>,
    /// What stands before the name of a document; the first that is there counts.
    pub document: Vec<String>,
    /// Path of the error text.
    pub message: String,
    /// Paths of a document's name which conditions look at: where they have no value, the error text is asked.
    pub document_paths: Vec<String>,
}

/// Azure's kinds of resources, as they stand in a resource id before a name.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ResourceKinds {
    /// Kinds of machines.
    pub machine: Vec<String>,
    /// Kinds of sets of machines.
    pub machine_set: Vec<String>,
    /// Kinds that lead to a machine and are never the target themselves.
    pub not_target: Vec<String>,
}

/// `trust.toml`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TrustFile {
    /// Services of the providers, the first entry that fits counts.
    #[serde(rename = "service")]
    pub services: Vec<TrustedService>,
    /// Documents whose names only the provider can give.
    pub documents: ProviderDocuments,
}

/// Services of a provider, and what a call of theirs means.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TrustedService {
    /// Whose service.
    pub cloud: Cloud,
    /// Its name for readers.
    pub name: String,
    /// What it is called in the event, in full or `*` and the end of it.
    pub identity: Vec<String>,
    /// Whether its calls are routine.
    pub trust: Trust,
    /// The fields that prove it, which the provider fills in.
    pub fields: Vec<String>,
    /// How this is known.
    pub evidence: Evidence,
    /// Where it is documented.
    pub references: Vec<String>,
}

/// Names of documents that no customer can give.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProviderDocuments {
    /// Whole names, in lower case.
    pub names: Vec<String>,
    /// Beginnings of names, in lower case.
    pub prefixes: Vec<String>,
    /// How this is known.
    pub evidence: Evidence,
    /// Where it is documented.
    pub references: Vec<String>,
}

/// `severity.toml`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SeverityFile {
    /// One entry for each factor.
    #[serde(rename = "factor")]
    pub factors: Vec<FactorInfo>,
}

/// What a factor does to the severity of a finding.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FactorInfo {
    /// The factor.
    pub id: FactorKind,
    /// Levels up; 0 says only that it is so.
    #[serde(default)]
    pub levels: i8,
    /// It counts only where the severity is not above this one.
    #[serde(default)]
    pub at_most: Option<Severity>,
    /// The severity that it sets, after all other steps.
    #[serde(default)]
    pub sets: Option<Severity>,
    /// The verdict that it sets.
    #[serde(default)]
    pub verdict: Option<Verdict>,
    /// Whether it counts for the end of a session too.
    #[serde(default)]
    pub at_session_end: bool,
    /// Why, in the words of `dvm_reasons`.
    pub words: String,
}

/// `techniques.toml`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TechniqueFile {
    /// Techniques without their sub-techniques.
    #[serde(rename = "technique")]
    pub techniques: Vec<Technique>,
}

/// An ATT&CK technique that operations name.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Technique {
    /// Its id, without a sub-technique.
    pub id: String,
    /// The tactic that it serves here; none where an operation merely ends or hides access.
    #[serde(default)]
    pub tactic: Option<String>,
}

/// All tables.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Tables {
    /// One entry for each cloud, in the order of [`Cloud::ALL`].
    pub clouds: Vec<CloudInfo>,
    /// Whom the providers' own services are known by.
    pub trust: TrustFile,
    /// One entry for each factor.
    pub factors: Vec<FactorInfo>,
    /// Every technique that operations name.
    pub techniques: Vec<Technique>,
}

impl Tables {
    /// What holds for every operation of `cloud`.
    pub fn cloud(&self, cloud: Cloud) -> &CloudInfo {
        let info = self.clouds.iter().find(|info| info.id == cloud);
        info.expect("clouds.toml has every cloud: checked when it was read")
    }

    /// The tactic that a technique, or the one that it is a part of, serves.
    pub fn tactic(&self, technique: &str) -> Option<&str> {
        let base = technique.split('.').next().unwrap_or_default();
        let known = self.techniques.iter().find(|known| known.id == base)?;
        known.tactic.as_deref()
    }
}

impl ProviderDocuments {
    /// Whether a document of this name, in lower case, is the provider's.
    pub fn has(&self, name: &str) -> bool {
        let mut prefixes = self.prefixes.iter();
        self.names.iter().any(|known| known == name)
            || prefixes.any(|prefix| name.starts_with(prefix.as_str()))
    }
}

impl TrustedService {
    /// Whether `identity` is that of this service.
    pub fn is(&self, identity: &str) -> bool {
        self.identity.iter().any(|known| match known.strip_prefix('*') {
            Some(end) => identity.ends_with(end),
            None => known.eq_ignore_ascii_case(identity),
        })
    }
}

impl TrustFile {
    /// The service of `cloud` that `identity` is.
    pub fn service(&self, cloud: Cloud, identity: &str) -> Option<&TrustedService> {
        let mut services = self.services.iter().filter(|service| service.cloud == cloud);
        services.find(|service| service.is(identity))
    }
}
