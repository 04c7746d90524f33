//! The fields that users see of a finding, in the order in which they are written, and what each of them shows.

use super::Finding;
use crate::catalogue::Cloud;
use crate::detect::text::Text;
use crate::detect::tune::time::parse_event_time;
use serde::Serialize;
use serde::ser::{SerializeMap, Serializer};

/// Why a finding has a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Group {
    /// Named by the searches that this command replaces, e.g. `UserARN`.
    Seed,
    /// Our own, `dvm_*`.
    Own,
    /// Of Splunk's Common Information Model; filled only where the event has none.
    Cim,
}

/// A field of a finding.
#[derive(Debug, Clone, Copy)]
pub struct Field {
    /// Its name.
    pub name: &'static str,
    /// Why it is there.
    pub group: Group,
    /// Whether it can hold several values.
    pub multivalue: bool,
    /// What it shows.
    pub subject: Subject,
}

impl Field {
    /// All values.
    pub fn list(&self, finding: &Finding<'_, '_>) -> Vec<String> {
        let mut values = Vec::new();
        let all = self.subject.values(finding);
        all.each(|value| values.push(value.to_owned()));
        values
    }
}

/// What a field shows; several fields can show the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "each shows the fact or the field of this name")]
pub enum Subject {
    AlertType,
    EventId,
    Principal,
    Person,
    Credential,
    ProviderService,
    Actor,
    ActorOf(Cloud),
    ActorType,
    User,
    Target,
    VmName,
    Instance,
    TargetType,
    ObjectId,
    ObjectCategory,
    Src,
    Cloud,
    Operation,
    OperationName,
    Access,
    Outcome,
    Action,
    App,
    Service,
    Account,
    Region,
    Document,
    Session,
    Severity,
    RiskScore,
    Reasons,
    Verdict,
    Tuning,
    Technique,
    Summary,
    Reason,
    ResultId,
    UserAgent,
    VendorProduct,
    Json,
}

impl Subject {
    /// What the finding has of it.
    pub fn values<'f>(self, finding: &'f Finding<'_, '_>) -> Values<'f> {
        let facts = &finding.facts;
        let cloud = finding.rule.cloud;
        let some = |text: &'f Option<Text<'_>>| Values::One(text.as_deref().unwrap_or_default());
        match self {
            Self::AlertType => Values::One(finding.alert_type()),
            Self::EventId => some(&facts.event_id),
            Self::Principal => some(&facts.principal),
            Self::Person => some(&facts.person),
            Self::Credential => some(&facts.credential),
            Self::ProviderService => some(&facts.provider_service),
            Self::Actor => some(&facts.actor),
            Self::ActorOf(wanted) if wanted == cloud => some(&facts.actor),
            Self::ActorType => Values::One(facts.actor_type),
            Self::User => some(&facts.user),
            Self::Target => Values::Texts(&facts.target),
            Self::VmName if cloud == Cloud::Azure => some(&facts.machine),
            Self::ActorOf(_) | Self::VmName => Values::One(""),
            Self::Instance => instances(finding),
            Self::TargetType => Values::One(&facts.target_type),
            Self::ObjectId => Values::Texts(&facts.object_id),
            Self::ObjectCategory => Values::One(finding.object_category()),
            Self::Src => some(&facts.src),
            Self::Cloud => Values::One(cloud.as_str()),
            Self::Operation => Values::One(&finding.rule.id),
            Self::OperationName => Values::One(finding.operation_name()),
            Self::Access => Values::One(finding.access.as_str()),
            Self::Outcome => Values::One(finding.outcome.as_str()),
            Self::Action => Values::One(finding.action()),
            Self::App => Values::One(&finding.rule.app),
            Self::Service => some(&facts.service),
            Self::Account => some(&facts.account),
            Self::Region => some(&facts.region),
            Self::Document => some(&facts.document),
            Self::Session => some(&facts.session),
            Self::Severity => Values::One(finding.severity.as_str()),
            Self::RiskScore => Values::Number(finding.score),
            Self::Reasons => Values::Texts(&finding.reasons),
            Self::Verdict => Values::One(finding.verdict.as_str()),
            Self::Tuning => Values::One(finding.tuning.as_deref().unwrap_or_default()),
            Self::Technique => Values::Words(finding.techniques),
            Self::Summary => Values::One(&finding.summary),
            Self::Reason => some(&facts.reason),
            Self::ResultId => some(&facts.result_id),
            Self::UserAgent => some(&facts.user_agent),
            Self::VendorProduct => Values::One(finding.vendor_product()),
            Self::Json => Values::Json(finding),
        }
    }
}

/// Machines, not what stands for many of them.
fn instances<'f>(finding: &'f Finding<'_, '_>) -> Values<'f> {
    let whole = ["account", "project", "unknown"].contains(&finding.facts.target_type.as_ref());
    if finding.rule.cloud == Cloud::Azure || whole {
        Values::One("")
    } else {
        Values::Texts(&finding.facts.target)
    }
}

/// The values of a field.
#[derive(Debug, Clone, Copy)]
pub enum Values<'f> {
    /// One; none where it is empty.
    One(&'f str),
    /// A number.
    Number(u8),
    /// Any number, of the event or made of it.
    Texts(&'f [Text<'f>]),
    /// Any number, of the catalogue.
    Words(&'f [String]),
    /// All of the finding, as one line of JSON.
    Json(&'f Finding<'f, 'f>),
}

impl Values<'_> {
    /// How many there are.
    pub fn count(&self) -> usize {
        match self {
            Self::One(value) => usize::from(!value.is_empty()),
            Self::Number(_) | Self::Json(_) => 1,
            Self::Texts(values) => values.len(),
            Self::Words(values) => values.len(),
        }
    }

    /// Calls `put` with each.
    pub fn each(&self, mut put: impl FnMut(&str)) {
        match self {
            Self::One("") => {}
            Self::One(value) => put(value),
            Self::Number(number) => put(&number.to_string()),
            Self::Json(finding) => put(&serde_json::to_string(&Line(finding)).unwrap_or_default()),
            Self::Texts(values) => values.iter().for_each(|value| put(value)),
            Self::Words(values) => values.iter().for_each(|value| put(value)),
        }
    }
}

/// A finding as one line of JSON.
struct Line<'f>(&'f Finding<'f, 'f>);

impl Serialize for Line<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut object = serializer.serialize_map(None)?;
        let time = self.0.facts.time.as_deref();
        // It comes first: an index that stores the line takes the first time in it.
        if let Some(time) = time.filter(|time| parse_event_time(time).is_some()) {
            object.serialize_entry("time", time)?;
        }
        put_fields(self.0, &mut object)?;
        object.end()
    }
}

/// Adds every field that has a value to an object, lists as arrays.
pub fn put_fields<M: SerializeMap>(finding: &Finding<'_, '_>, object: &mut M) -> Result<(), M::Error> {
    for field in FIELDS {
        let values = field.list(finding);
        match values.as_slice() {
            [] => {}
            all if field.multivalue => object.serialize_entry(field.name, all)?,
            [first, ..] if field.name == "dvm_risk_score" => {
                object.serialize_entry(field.name, &first.parse::<u8>().unwrap_or(0))?;
            }
            [first, ..] => object.serialize_entry(field.name, first)?,
        }
    }
    Ok(())
}

/// Which fields a finding gets in a search, beside those that it always has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shown {
    /// Those of the Common Information Model.
    pub cim: bool,
    /// All of it as JSON.
    pub json: bool,
}

impl Shown {
    /// What a search shows by default.
    pub const DEFAULT: Self = Self {
        cim: true,
        json: false,
    };

    /// The fields.
    pub fn fields(self) -> impl Iterator<Item = &'static Field> + Clone {
        let listed = FIELDS
            .iter()
            .filter(move |field| self.cim || field.group != Group::Cim);
        listed.chain(Some(&JSON).filter(|_| self.json))
    }
}

const fn field(name: &'static str, group: Group, subject: Subject) -> Field {
    Field {
        name,
        group,
        multivalue: false,
        subject,
    }
}

const fn list(name: &'static str, group: Group, subject: Subject) -> Field {
    Field {
        multivalue: true,
        ..field(name, group, subject)
    }
}

use Group::{Cim, Own, Seed};

/// The finding as one line of JSON, which a search gets on request; it holds every field below that has a value.
pub static JSON: Field = field("dvm_json", Own, Subject::Json);

/// Every field, in the order in which they are written.
pub static FIELDS: &[Field] = &[
    field("AlertType", Seed, Subject::AlertType),
    field("UserARN", Seed, Subject::ActorOf(Cloud::Aws)),
    list("TargetInstance", Seed, Subject::Instance),
    field("CallerUPN", Seed, Subject::ActorOf(Cloud::Azure)),
    field("VMName", Seed, Subject::VmName),
    field("PrincipalEmail", Seed, Subject::ActorOf(Cloud::Gcp)),
    field("SourceIP", Seed, Subject::Src),
    field("dvm_event_id", Own, Subject::EventId),
    field("dvm_cloud", Own, Subject::Cloud),
    field("dvm_operation", Own, Subject::Operation),
    field("dvm_operation_name", Own, Subject::OperationName),
    field("dvm_access", Own, Subject::Access),
    field("dvm_principal", Own, Subject::Principal),
    field("dvm_person", Own, Subject::Person),
    field("dvm_credential", Own, Subject::Credential),
    field("dvm_service", Own, Subject::ProviderService),
    field("dvm_actor", Own, Subject::Actor),
    field("dvm_actor_type", Own, Subject::ActorType),
    list("dvm_target", Own, Subject::Target),
    field("dvm_target_type", Own, Subject::TargetType),
    field("dvm_src", Own, Subject::Src),
    field("dvm_outcome", Own, Subject::Outcome),
    field("dvm_account", Own, Subject::Account),
    field("dvm_region", Own, Subject::Region),
    field("dvm_document", Own, Subject::Document),
    field("dvm_session", Own, Subject::Session),
    field("dvm_severity", Own, Subject::Severity),
    field("dvm_risk_score", Own, Subject::RiskScore),
    list("dvm_reasons", Own, Subject::Reasons),
    field("dvm_verdict", Own, Subject::Verdict),
    field("dvm_tuning", Own, Subject::Tuning),
    list("dvm_technique", Own, Subject::Technique),
    field("dvm_summary", Own, Subject::Summary),
    field("action", Cim, Subject::Action),
    field("app", Cim, Subject::App),
    list("dest", Cim, Subject::Target),
    field("dvc", Cim, Subject::Service),
    list("object", Cim, Subject::Target),
    field("object_category", Cim, Subject::ObjectCategory),
    list("object_id", Cim, Subject::ObjectId),
    field("reason", Cim, Subject::Reason),
    field("result_id", Cim, Subject::ResultId),
    field("signature", Cim, Subject::OperationName),
    field("signature_id", Cim, Subject::Operation),
    field("src", Cim, Subject::Src),
    field("user", Cim, Subject::User),
    field("user_agent", Cim, Subject::UserAgent),
    field("user_type", Cim, Subject::ActorType),
    field("vendor_account", Cim, Subject::Account),
    field("vendor_product", Cim, Subject::VendorProduct),
    field("vendor_region", Cim, Subject::Region),
    list("mitre_technique_id", Cim, Subject::Technique),
];
