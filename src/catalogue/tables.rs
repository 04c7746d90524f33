//! The tables beside the families: clouds, trusted services, severity factors, techniques.

use super::enums::{Cloud, Evidence, FactorKind, Severity, Verdict};
use super::operation::{Condition, Expected, Operation, is_default};
use serde::{Deserialize, Serialize};

/// `clouds.toml`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CloudFile {
    /// One entry for each cloud.
    #[serde(rename = "cloud")]
    pub clouds: Vec<CloudInfo>,
    /// Where the object around an entry has the time, if the entry has none.
    pub envelope_times: Vec<String>,
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
    /// Path of the operation's name where the other path holds a name for people, in their language.
    #[serde(default)]
    pub name_behind_label: Option<String>,
    /// Path of the event source.
    pub service: String,
    /// Whether the spelling of names varies in letter case.
    #[serde(default)]
    pub folds_case: bool,
    /// Its logs that have operations; the first is the one that most of them are in.
    #[serde(rename = "log")]
    pub logs: Vec<LogInfo>,
    /// Log source of its Sigma rules.
    pub sigma: SigmaSource,
    /// Where Splunk keeps its events.
    pub splunk: SplunkSource,
    /// Paths of lists whose items are objects with a `key` and its `values`.
    #[serde(default)]
    pub pair_lists: Vec<String>,
    /// Keys of such lists that refer to machines which were chosen before: no tags.
    #[serde(default)]
    pub reference_keys: Vec<String>,
    /// Ends of the host names that only the provider's services have.
    #[serde(default)]
    pub service_domains: Vec<String>,
    /// Error codes that stand for none.
    #[serde(default)]
    pub no_error: Vec<String>,
    /// Conditions by which a record is the copy of another one, which tells more; only a refused copy is a finding.
    #[serde(default, rename = "copy")]
    pub copies: Vec<Condition>,
    /// Conditions by which it is a finding all the same: nothing else tells of the call.
    #[serde(default, rename = "original")]
    pub originals: Vec<Condition>,
    /// Beginnings of targets that hold the id of a machine at their end.
    #[serde(default)]
    pub node_prefixes: Vec<String>,
    /// Conditions by which a record does not hold the parameters of its call.
    #[serde(default)]
    pub omitted: Vec<Condition>,
    /// Conditions by which a record does not hold the answer to its call.
    #[serde(default)]
    pub omitted_answer: Vec<Condition>,
    /// Conditions by which a call reaches machines that its record does not name.
    #[serde(default)]
    pub elsewhere: Vec<Condition>,
    /// Paths of roles that no customer can make.
    #[serde(default)]
    pub role_paths: RolePaths,
    /// Error codes, as globs, by which the provider says that the caller lacks a right.
    pub denied: Vec<String>,
    /// What the error text of a refused call names.
    #[serde(default)]
    pub refusal: Refusal,
    /// Kinds of resources in resource ids.
    #[serde(default)]
    pub resources: ResourceKinds,
}

/// A log of a provider, which is switched on or off as a whole.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LogInfo {
    /// What operations call it.
    pub id: String,
    /// Its name in the provider's words.
    pub title: String,
    /// Whether it is written unless somebody switches it off.
    pub on_by_default: bool,
}

/// Paths in the ARNs of roles that only the provider makes.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RolePaths {
    /// Of roles that only a service of the provider can take.
    pub service: String,
    /// Of roles whose sessions bear the name of a person, which the provider puts there.
    pub person: String,
    /// How the names of those begin, as a glob: where no ARN of the role is logged, it names the person, but proves nothing.
    pub person_name: String,
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
    /// What stands before the refused resource.
    pub resource: String,
    /// What stands before the name of a machine.
    pub target: Vec<String>,
    /// What stands before the name of a document; the first that is there counts.
    pub document: Vec<String>,
    /// What stands before the id of a session.
    pub session: Vec<String>,
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
    pub services: Vec<ProviderService>,
    /// What services do as a routine. Whatever else a service does is a standing order.
    #[serde(rename = "routine")]
    pub routines: Vec<Routine>,
    /// Documents whose names only the provider can give.
    pub documents: ProviderDocuments,
}

/// Services of a provider, and how events prove that they made a call.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProviderService {
    /// Whose service.
    pub cloud: Cloud,
    /// Its name for readers.
    pub name: String,
    /// What it is called in the event, in full or `*` and the end of it.
    pub identity: Vec<String>,
    /// The fields that prove it, which the provider fills in.
    pub fields: Vec<String>,
    /// How this is known.
    pub evidence: Evidence,
    /// Where it is documented.
    pub references: Vec<String>,
}

/// A named pair: services, and the calls of theirs that nobody but the provider has thought of.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Routine {
    /// Its name, which stands in the reason of findings.
    pub id: String,
    /// Whose services.
    pub cloud: Cloud,
    /// What the services do, and why this runs nobody else's code.
    pub what: String,
    /// The services, as in [`ProviderService::identity`].
    pub service: Vec<String>,
    /// Ids of operations, as globs.
    pub operations: Vec<String>,
    /// Names of documents, as globs: every document of the call must fit one, and be the provider's.
    #[serde(default, skip_serializing_if = "is_default")]
    pub documents: Vec<String>,
    /// Further conditions, which must all hold.
    #[serde(default, skip_serializing_if = "is_default")]
    pub when: Vec<Condition>,
    /// Whether the service acts in the name of its caller, not under an identity of its own.
    #[serde(default, skip_serializing_if = "is_default")]
    pub for_caller: bool,
    /// The fields that prove service and call.
    pub fields: Vec<String>,
    /// How this is known.
    pub evidence: Evidence,
    /// Where it is documented.
    pub references: Vec<String>,
    /// Calls that are routine, and near misses; not compiled into the program.
    #[serde(default, rename = "example", skip_serializing_if = "is_default")]
    pub examples: Vec<RoutineExample>,
}

/// A call of a service: documentation and test at once.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RoutineExample {
    /// Whether its verdict is `expected`.
    pub verdict: Expected,
    /// What it shows.
    pub what: String,
    /// The operation's id.
    pub operation: String,
    /// JSON, merged (RFC 7386) onto the cloud's base event with the operation's name and event source set.
    pub event: String,
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
    /// The severity that the operation's own is held down to, before all other steps.
    #[serde(default)]
    pub holds: Option<Severity>,
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
    /// The version of ATT&CK.
    pub attack_version: String,
    /// Techniques and sub-techniques.
    #[serde(rename = "technique")]
    pub techniques: Vec<Technique>,
}

/// An ATT&CK technique that operations name.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Technique {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// The short name of the tactic that it serves here.
    pub tactic: String,
}

/// All tables.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Tables {
    /// One entry for each cloud, in the order of [`Cloud::ALL`].
    pub clouds: Vec<CloudInfo>,
    /// Where the object around an entry has the time, if the entry has none.
    pub envelope_times: Vec<String>,
    /// Whom the providers' own services are known by.
    pub trust: TrustFile,
    /// One entry for each factor.
    pub factors: Vec<FactorInfo>,
    /// The version of ATT&CK whose techniques they are.
    pub attack_version: String,
    /// Every technique that operations name.
    pub techniques: Vec<Technique>,
}

impl Tables {
    /// What holds for every operation of `cloud`.
    pub fn cloud(&self, cloud: Cloud) -> &CloudInfo {
        let info = self.clouds.iter().find(|info| info.id == cloud);
        info.expect("clouds.toml has every cloud: checked when it was read")
    }

    /// What is known of a technique.
    pub fn technique(&self, id: &str) -> Option<&Technique> {
        self.techniques.iter().find(|known| known.id == id)
    }

    /// The log that has an operation.
    pub fn log(&self, cloud: Cloud, operation: &Operation) -> &LogInfo {
        let logs = &self.cloud(cloud).logs;
        let named = operation.log.as_ref();
        let named = named.and_then(|id| logs.iter().find(|log| log.id == *id));
        named
            .or_else(|| logs.first())
            .expect("clouds.toml has it: checked when it was read")
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

/// Whether `identity` is one of `known`, which are whole identities or `*` and the end of them.
fn is_among(known: &[String], identity: &str) -> bool {
    known.iter().any(|known| match known.strip_prefix('*') {
        Some(end) => identity.ends_with(end),
        None => known.eq_ignore_ascii_case(identity),
    })
}

impl ProviderService {
    /// Whether `identity` is that of this service.
    pub fn is(&self, identity: &str) -> bool {
        is_among(&self.identity, identity)
    }
}

impl Routine {
    /// Whether `identity` is that of one of the services.
    pub fn is_of(&self, identity: &str) -> bool {
        is_among(&self.service, identity)
    }
}

impl TrustFile {
    /// The service of `cloud` that `identity` is.
    pub fn service(&self, cloud: Cloud, identity: &str) -> Option<&ProviderService> {
        let mut services = self.services.iter().filter(|service| service.cloud == cloud);
        services.find(|service| service.is(identity))
    }
}
