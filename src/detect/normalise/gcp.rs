//! Google Cloud audit logs: who, on what, from where, and what came of it.

use super::common::{Normalised, address, joined, session, target_type};
use crate::catalogue::tables::{CloudInfo, Tables, TrustFile};
use crate::catalogue::{Cloud, FactorKind};
use crate::detect::bounds::BoundedList;
use crate::detect::entry::{Entry, FieldRef, fields, first_of};
use crate::detect::finding::{Facts, Outcome};
use crate::detect::identity::gcp::GcpIdentity;
use crate::detect::recognise::Recognised;
use crate::detect::text::{Text, part_of};
use crate::detect::trust::ProvenService;

fields!(GcpFields, Cloud::Gcp, {
    email = "protoPayload.authenticationInfo.principalEmail",
    delegate = "protoPayload.authenticationInfo.serviceAccountDelegationInfo{}.firstPartyPrincipal.principalEmail",
    delegate_subject = "protoPayload.authenticationInfo.serviceAccountDelegationInfo{}.principalSubject",
    source = "protoPayload.requestMetadata.callerIp",
    agent = "protoPayload.requestMetadata.callerSuppliedUserAgent",
    resource = "protoPayload.resourceName",
    instance_id = "resource.labels.instance_id",
    instance_label = "labels.instance_id",
    project_label = "resource.labels.project_id",
    zone_label = "resource.labels.zone",
    zone = "labels.zone",
    location = "resource.labels.location",
    log_name = "logName",
    event_id = "insertId",
    code = "protoPayload.status.code",
    message = "protoPayload.status.message",
    granted = "protoPayload.authorizationInfo{}.granted",
    severity = "severity",
    operation = "operation.id",
    service = "protoPayload.serviceName",
    time = "timestamp",
    method = "protoPayload.methodName",
});

impl GcpFields {
    /// The facts of one event.
    pub fn normalise<'e>(
        &self,
        entry: &Entry<'e>,
        operation: &Recognised<'e>,
        identity: &GcpIdentity,
        tables: &Tables,
    ) -> Normalised<'e> {
        let mut normalised = Normalised {
            facts: self.plain(entry),
            ..Normalised::default()
        };
        normalised.outcome = Some(self.outcome(entry, operation, tables.cloud(Cloud::Gcp)));
        let otherwise = [
            self.resource.clone(),
            self.instance_id.clone(),
            self.instance_label.clone(),
        ];
        let fixed = operation.target_type();
        let own = operation.target();
        let facts = &mut normalised.facts;
        let (target, kind) = targets(entry, if own.is_empty() { &otherwise } else { own }, fixed);
        facts.target = target.into_texts();
        facts.target_type = target_type(&facts.target, fixed, kind);
        let mut ids: BoundedList<'_> = entry.all(&self.resource).into_iter().collect();
        // Other logs give only the number.
        let number = entry.first(&self.instance_id);
        let is_named = facts.target_type == "instance" && facts.target.total() == 1;
        ids.extend(number.filter(|number| is_named && facts.target.values() != [number.clone()]));
        facts.object_id = ids.into_texts();
        facts.document = joined(entry, operation.document());
        facts.session = session(entry, operation).or_else(|| entry.first(&self.operation));
        facts.operation_name = entry
            .first(&self.method)
            .filter(|_| operation.stands_for_several());
        identity.of(entry, &tables.trust).put_into(facts);
        self.factors(entry, operation, identity, &tables.trust, &mut normalised);
        normalised
    }

    /// Who made a call, from where, and its id.
    pub fn outline<'e>(&self, entry: &Entry<'e>, identity: &GcpIdentity, tables: &Tables) -> Facts<'e> {
        let mut facts = self.plain(entry);
        identity.of(entry, &tables.trust).put_into(&mut facts);
        facts
    }

    fn plain<'e>(&self, entry: &Entry<'e>) -> Facts<'e> {
        let resource = entry.first(&self.resource);
        let named = |text: &Option<Text<'e>>, name: &str| part_of(text.clone()?, |text| after(text, name));
        let is_number = |id: &Text<'_>| id.bytes().all(|b| b.is_ascii_digit());
        let project = named(&resource, "projects/");
        let account = project
            .clone()
            .filter(|id| !is_number(id))
            .or_else(|| named(&entry.first(&self.log_name), "projects/"))
            .or_else(|| entry.first(&self.project_label));
        let zone = first_of(entry, &[&self.zone_label, &self.zone]).or_else(|| named(&resource, "zones/"));
        Facts {
            event_id: entry.first(&self.event_id),
            src: entry.first(&self.source).and_then(address),
            account: account.or(project),
            region: zone
                .or_else(|| entry.first(&self.location))
                .or_else(|| named(&resource, "locations/")),
            user_agent: entry.first(&self.agent),
            result_id: entry.first(&self.code),
            reason: entry.first(&self.message),
            service: entry.first(&self.service),
            time: entry.first(&self.time),
            ..Facts::default()
        }
    }

    fn outcome(&self, entry: &Entry<'_>, operation: &Recognised<'_>, cloud: &CloudInfo) -> Outcome {
        match entry.first(&self.code).as_deref() {
            Some(code) if cloud.denied.iter().any(|denied| denied == code) => return Outcome::Denied,
            Some(code) if code != "0" => return Outcome::Error,
            _ => {}
        }
        let answer = operation.outcome(entry);
        if answer.is_none() && self.is_refused(entry) {
            return Outcome::Denied;
        }
        let is_error = || {
            entry
                .first(&self.severity)
                .is_some_and(|severity| severity == "ERROR")
        };
        answer.unwrap_or_else(|| {
            if is_error() {
                Outcome::Error
            } else {
                Outcome::Success
            }
        })
    }

    /// Whether no permission was granted. Each is answered by itself, and a call can do with some of them.
    fn is_refused(&self, entry: &Entry<'_>) -> bool {
        let granted = entry.all(&self.granted);
        let is = |answer: &str| granted.iter().any(|granted| granted == answer);
        is("false") && !is("true") && entry.first(&self.code).is_none()
    }

    fn factors(
        &self,
        entry: &Entry<'_>,
        operation: &Recognised<'_>,
        identity: &GcpIdentity,
        trust: &TrustFile,
        normalised: &mut Normalised<'_>,
    ) {
        let actor = normalised.facts.principal.clone().unwrap_or_default();
        let delegates = [&self.delegate, &self.delegate_subject];
        let mut delegates = delegates.into_iter();
        let delegate = delegates.find_map(|field| Some((field.name(), entry.first(field)?)));
        if let Some(service) = identity.agent(entry, trust) {
            normalised.service = Some(ProvenService {
                proof: format!("{}={actor}, {}", self.email.name(), service.name),
                identity: actor.clone().into_owned(),
                has_own_identity: true,
            });
        }
        let account = normalised.facts.account.as_deref().unwrap_or_default();
        if let Some(project) = identity.foreign_project(entry, trust, account) {
            let proof = format!("{actor}, of project {project}");
            normalised.factor(FactorKind::CrossAccount, self.email.name(), &proof);
        }
        if is_compute_default(&actor) {
            normalised.factor(FactorKind::InstanceCredentials, self.email.name(), &actor);
        }
        if let Some((field, delegate)) = delegate {
            normalised.factor(FactorKind::Impersonation, field, &delegate);
        }
        let profile = entry.first(&self.resource).unwrap_or_default();
        if let Some(owner) = profile
            .strip_prefix("users/")
            .and_then(|rest| rest.split('/').next())
            && operation.raises(FactorKind::OthersProfile)
            && !actor.is_empty()
            && !owner.eq_ignore_ascii_case(&actor)
            && owner.contains('@')
        {
            normalised.factor(FactorKind::OthersProfile, self.resource.name(), &profile);
        }
        let machines = normalised.facts.target.total();
        if machines >= 3 {
            let proof = format!("{machines} machines");
            normalised.factor(FactorKind::Fleet, "target", &proof);
        }
    }
}

/// Names of instances, or what the operation is about as a whole, and their kind.
fn targets<'e>(
    entry: &Entry<'e>,
    facts: &[FieldRef],
    fixed: Option<&str>,
) -> (BoundedList<'e>, &'static str) {
    let named = |value: Text<'e>| {
        part_of(value, |value| match after(value, "instances/") {
            None if value.contains('/') => fixed.and_then(|_| whole(value)).or_else(|| project(value)),
            None => Some(value),
            name => name,
        })
    };
    for fact in facts {
        let values = entry.all(fact);
        let is_project = values.iter().all(|value| project(value).is_some());
        let targets: BoundedList<'e> = values.into_iter().filter_map(named).collect();
        if !targets.is_empty() {
            return (targets, if is_project { "project" } else { "instance" });
        }
    }
    (BoundedList::default(), "instance")
}

/// The project of a name that is a project's and nothing more.
fn project(value: &str) -> Option<&str> {
    let name = value.strip_prefix("projects/")?;
    Some(name).filter(|name| !name.is_empty() && !name.contains('/'))
}

fn whole(value: &str) -> Option<&str> {
    let kinds = ["users/", "projects/"];
    kinds
        .into_iter()
        .find_map(|kind| after(value, kind))
        .or_else(|| value.rsplit('/').next())
}

/// The segment after `name`, which ends in a slash.
fn after<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    let at = if text.starts_with(name) {
        0
    } else {
        text.find(&format!("/{name}"))? + 1
    };
    text[at + name.len()..]
        .split('/')
        .next()
        .filter(|segment| !segment.is_empty())
}

/// The account that machines have unless told otherwise: `<project number>-compute@developer.gserviceaccount.com`.
fn is_compute_default(email: &str) -> bool {
    let number = email.strip_suffix("-compute@developer.gserviceaccount.com");
    number.is_some_and(|number| !number.is_empty() && number.bytes().all(|b| b.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use super::{after, is_compute_default};

    #[test]
    fn segments_are_found_only_at_their_own_place() {
        let name = "projects/acme/zones/eu-b/instances/web-01/SerialPort/1";
        assert_eq!(after(name, "instances/"), Some("web-01"));
        assert_eq!(after(name, "projects/"), Some("acme"));
        assert_eq!(after("projects/myinstances/x", "instances/"), None);
    }

    #[test]
    fn the_default_account_of_machines_begins_with_a_project_number() {
        assert!(is_compute_default("123456-compute@developer.gserviceaccount.com"));
        assert!(!is_compute_default("dana-compute@developer.gserviceaccount.com"));
    }
}
