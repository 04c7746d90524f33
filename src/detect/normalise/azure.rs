//! Azure Activity, Bastion and Entra sign-in logs: who, on what, from where, and what came of it.

use super::arm;
use super::common::{Normalised, address, joined, session, target_type};
use crate::catalogue::tables::{CloudInfo, ProviderService, ResourceKinds, Tables};
use crate::catalogue::{Cloud, FactorKind};
use crate::detect::bounds::BoundedList;
use crate::detect::entry::{Entry, FieldRef, fields, first_of};
use crate::detect::finding::{Facts, Outcome};
use crate::detect::glob::fits;
use crate::detect::identity::azure::AzureIdentity;
use crate::detect::recognise::Recognised;
use crate::detect::text::{Text, part_of};
use crate::detect::trust::ProvenService;

fields!(AzureFields, Cloud::Azure, {
    app_id = "identity.claims.appid",
    resource = "resourceId",
    entity = "properties.entity",
    scope = "identity.authorization.scope",
    subscription = "subscriptionId",
    bastion_subscription = "properties.subscriptionId",
    event_id = "eventDataId",
    name = "operationName",
    description = "resultDescription",
    source = "callerIpAddress",
    location = "location",
    status = "resultType",
    sub_status = "resultSignature",
    status_code = "properties.statusCode",
    status_message = "properties.statusMessage",
    sign_in_error = "properties.errorCode",
    message = "properties.message",
    agent = "properties.userAgent",
    correlation = "correlationId",
    time = "time",
});

impl AzureFields {
    /// The facts of one event.
    pub fn normalise<'e>(
        &self,
        entry: &Entry<'e>,
        operation: &Recognised<'e>,
        identity: &AzureIdentity,
        tables: &Tables,
    ) -> Normalised<'e> {
        let cloud = tables.cloud(Cloud::Azure);
        let kinds = &cloud.resources;
        let outcome = self.outcome(entry, cloud);
        let mut normalised = Normalised {
            facts: self.plain(entry, outcome),
            outcome: Some(outcome),
            ..Normalised::default()
        };
        let otherwise = [self.resource.clone(), self.entity.clone(), self.scope.clone()];
        let own = operation.target();
        let ids = ids(entry, if own.is_empty() { &otherwise } else { own }, kinds);
        let facts = &mut normalised.facts;
        let machines = Machines::of(kinds, &ids, !own.is_empty());
        facts.target = machines.targets.into_texts();
        facts.target_type = target_type(&facts.target, operation.target_type(), machines.kind);
        facts.machine = machines.first;
        facts.account = self.account(entry, &ids);
        if operation.target_type() == Some("account") {
            let account = facts.account.iter().cloned();
            facts.target = account.collect::<BoundedList<'_>>().into_texts();
            facts.machine = None;
        }
        facts.document = self.document(entry, operation, &ids);
        let ids = ids.into_iter().filter(|id| id.starts_with('/'));
        facts.object_id = ids.collect::<BoundedList<'_>>().into_texts();
        facts.event_id = self.event_id(entry);
        let provider = operation.rule.operation.name.split_once('/');
        facts.service = provider.map(|(provider, _)| provider.into());
        facts.session = session(entry, operation).or_else(|| entry.first(&self.correlation));
        let app = entry.first(&self.app_id);
        let service = app.and_then(|app| tables.trust.service(Cloud::Azure, &app));
        identity.of(entry, service).put_into(facts);
        let is_own_call = normalised.facts.actor_type == "service";
        if let Some((field, tenant)) = identity.foreign_tenant(entry).filter(|_| !is_own_call) {
            normalised.factor(FactorKind::CrossAccount, field, &tenant);
        }
        self.put_service(entry, service, &mut normalised);
        if operation.raises(FactorKind::Person)
            && normalised.facts.actor_type == "user"
            && let Some((field, value)) = identity.proof_of_user(entry)
        {
            normalised.factor(FactorKind::Person, field, &value);
        }
        normalised
    }

    /// Who made a call, from where, and its id.
    pub fn outline<'e>(&self, entry: &Entry<'e>, identity: &AzureIdentity, tables: &Tables) -> Facts<'e> {
        let mut facts = self.plain(entry, self.outcome(entry, tables.cloud(Cloud::Azure)));
        facts.event_id = self.event_id(entry);
        let app = entry.first(&self.app_id);
        let service = app.and_then(|app| tables.trust.service(Cloud::Azure, &app));
        identity.of(entry, service).put_into(&mut facts);
        facts
    }

    fn plain<'e>(&self, entry: &Entry<'e>, outcome: Outcome) -> Facts<'e> {
        let is_status = |status: &Text<'_>| !status.eq_ignore_ascii_case("none");
        let status = [&self.status_code, &self.sub_status, &self.status]
            .into_iter()
            .find_map(|fact| entry.first(fact).filter(is_status));
        let name = entry.first(&self.name).unwrap_or_default();
        let message = || {
            entry
                .first(&self.message)
                .filter(|message| !is_operation(message, &name))
        };
        let reason = first_of(entry, &[&self.status_message, &self.description]).or_else(message);
        Facts {
            src: entry.first(&self.source).and_then(address),
            region: entry.first(&self.location),
            user_agent: entry.first(&self.agent),
            result_id: status,
            reason: reason.filter(|_| outcome.is_failure()),
            time: entry.first(&self.time),
            ..Facts::default()
        }
    }

    /// The provider's id of the record, else what tells records of one request apart.
    fn event_id<'e>(&self, entry: &Entry<'e>) -> Option<Text<'e>> {
        let made = || {
            let correlation = entry.first(&self.correlation)?;
            let further = [&self.status, &self.time].map(|field| entry.first(field).unwrap_or_default());
            Some(
                [
                    correlation.as_ref(),
                    &further[0].to_ascii_lowercase(),
                    &further[1],
                ]
                .join("/")
                .into(),
            )
        };
        entry.first(&self.event_id).or_else(made)
    }

    /// The subscription; of what lies in none, the tenant.
    fn account<'e>(&self, entry: &Entry<'e>, ids: &[Text<'e>]) -> Option<Text<'e>> {
        let of_resource = |name: &str| segment(entry.first(&self.resource)?, name);
        among(ids, "subscriptions")
            .or_else(|| entry.first(&self.subscription))
            .or_else(|| of_resource("subscriptions"))
            .or_else(|| entry.first(&self.bastion_subscription))
            .or_else(|| among(ids, "tenants"))
            .or_else(|| of_resource("tenants"))
    }

    fn document<'e>(
        &self,
        entry: &Entry<'e>,
        operation: &Recognised<'_>,
        ids: &[Text<'e>],
    ) -> Option<Text<'e>> {
        let named = |name: &str| {
            let everywhere = || {
                let facts = [&self.resource, &self.entity, &self.scope].into_iter();
                let mut values = facts.flat_map(|fact| entry.all(fact));
                values.find_map(|id| segment(id, name))
            };
            among(ids, name).or_else(everywhere)
        };
        let named = operation
            .rule
            .operation
            .document_segment
            .as_deref()
            .and_then(named);
        match (named, joined(entry, operation.document())) {
            (Some(name), Some(rest)) if name != rest => Some(format!("{name}, {rest}").into()),
            (name, rest) => name.or(rest),
        }
    }

    /// The sub-status may hold a status text, an HTTP status or both (`Failed.Forbidden`).
    fn outcome(&self, entry: &Entry<'_>, cloud: &CloudInfo) -> Outcome {
        let status = entry
            .first(&self.status)
            .unwrap_or_default()
            .trim_end_matches('.')
            .to_ascii_lowercase();
        let sub = [&self.sub_status, &self.status_code]
            .map(|fact| entry.first(fact).unwrap_or_default().to_ascii_lowercase());
        let refused = sub.iter().any(|text| is_refusal(text));
        match status.as_str() {
            "start" | "started" | "accept" | "accepted" | "in progress" | "inprogress" | "running" => {
                Outcome::Started
            }
            "success" | "succeeded" | "0" => Outcome::Success,
            "failure" | "failed" | "fail" if refused || self.is_refusal_text(entry) => Outcome::Denied,
            "failure" | "failed" | "fail" | "error" | "canceled" | "cancelled" | "timeout" => Outcome::Error,
            "" | "none" => self.outcome_without_status(entry, cloud, &sub, refused),
            code if is_refused_sign_in(cloud, code) => Outcome::Denied,
            code if code.bytes().all(|b| b.is_ascii_digit()) => Outcome::Error,
            _ if refused => Outcome::Denied,
            _ => Outcome::Unknown,
        }
    }

    fn is_refusal_text(&self, entry: &Entry<'_>) -> bool {
        let text = entry.first(&self.status_message).unwrap_or_default();
        text.contains("AuthorizationFailed") || text.contains("does not have authorization")
    }

    fn outcome_without_status(
        &self,
        entry: &Entry<'_>,
        cloud: &CloudInfo,
        sub: &[String; 2],
        refused: bool,
    ) -> Outcome {
        if let Some(code) = entry.first(&self.sign_in_error) {
            return match code.as_ref() {
                "0" => Outcome::Success,
                code if is_refused_sign_in(cloud, code) => Outcome::Denied,
                _ => Outcome::Error,
            };
        }
        let message = entry
            .first(&self.message)
            .unwrap_or_default()
            .to_ascii_lowercase();
        let begins = |words: &[&str]| {
            sub.iter()
                .any(|text| words.iter().any(|word| text.starts_with(word)))
        };
        match () {
            () if refused => Outcome::Denied,
            () if begins(&["succe"]) => Outcome::Success,
            () if begins(&["fail"]) => Outcome::Error,
            () if begins(&["start", "accept"]) => Outcome::Started,
            () if message.contains("unauthorized") => Outcome::Denied,
            () if message.contains("unsuccessful")
                || message.contains("fail")
                || message.contains("error") =>
            {
                Outcome::Error
            }
            () if message.contains("successfully") => Outcome::Success,
            () => Outcome::Unknown,
        }
    }

    fn put_service(
        &self,
        entry: &Entry<'_>,
        service: Option<&ProviderService>,
        normalised: &mut Normalised<'_>,
    ) {
        if let Some(service) = service.filter(|_| normalised.facts.actor_type == "service") {
            let app = entry.first(&self.app_id).unwrap_or_default();
            normalised.service = Some(ProvenService {
                proof: format!("{}={app}, {}", self.app_id.name(), service.name),
                identity: app.into_owned(),
                has_own_identity: true,
            });
        }
    }
}

/// The machines that a call names.
#[derive(Default)]
struct Machines<'e> {
    targets: BoundedList<'e>,
    kind: &'static str,
    /// The first machine, as logged.
    first: Option<Text<'e>>,
}

impl<'e> Machines<'e> {
    /// Those that `ids` name; `with_names` also takes names and addresses that are not resource ids.
    fn of(kinds: &ResourceKinds, ids: &[Text<'e>], with_names: bool) -> Self {
        let mut machines = Self {
            kind: "instance",
            ..Self::default()
        };
        for id in ids {
            if let Some(machine) = arm::machine(kinds, id) {
                machines.kind = machine.kind;
                let is_machine = machine.kind != "unknown";
                machines.add(machine.name, is_machine);
            } else if with_names && !id.contains('/') {
                machines.add(id.clone(), id.parse::<std::net::IpAddr>().is_err());
            }
        }
        machines
    }

    /// The provider's logs spell one name in several cases.
    fn add(&mut self, name: Text<'e>, is_machine: bool) {
        if is_machine && self.first.is_none() {
            self.first = Some(name.clone());
        }
        let is_lower = !name.bytes().any(|byte| byte.is_ascii_uppercase());
        self.targets.add(if is_lower {
            name
        } else {
            name.to_ascii_lowercase().into()
        });
    }
}

/// Whether a message only repeats the name of an operation.
fn is_operation(message: &str, name: &str) -> bool {
    let is_name = message.contains('/') && !message.contains(char::is_whitespace);
    is_name || message.eq_ignore_ascii_case(name)
}

/// Forbidden and Unauthorized, in words or as an HTTP status, alone or after `Failed.`.
fn is_refusal(sub_status: &str) -> bool {
    let is_word = |word: &str| word.starts_with("forbidden") || word.starts_with("unauthorized");
    sub_status
        .split(|c: char| !c.is_ascii_alphanumeric())
        .any(|word| is_word(word) || word == "401" || word == "403")
}

/// Whether Entra's error code says that the user lacks the right to sign in.
fn is_refused_sign_in(cloud: &CloudInfo, code: &str) -> bool {
    cloud.denied.iter().any(|glob| fits(glob, code))
}

/// Resource ids, from the first place that names a machine or another resource.
fn ids<'e>(entry: &Entry<'e>, facts: &[FieldRef], kinds: &ResourceKinds) -> Vec<Text<'e>> {
    let mut first = Vec::new();
    for fact in facts {
        let ids = entry.all(fact);
        if ids.iter().any(|id| arm::machine(kinds, id).is_some()) {
            return ids;
        }
        if first.is_empty() {
            first = ids;
        }
    }
    first
}

fn segment<'e>(id: Text<'e>, name: &str) -> Option<Text<'e>> {
    part_of(id, |id| arm::segment(id, name))
}

/// The first segment of that name in any of the ids.
fn among<'e>(ids: &[Text<'e>], name: &str) -> Option<Text<'e>> {
    ids.iter().find_map(|id| segment(id.clone(), name))
}
