//! AWS `CloudTrail`: who, on what, from where, and what came of it.

use super::common::{Normalised, address, joined_of, session, target_type};
use crate::catalogue::tables::{CloudInfo, Tables};
use crate::catalogue::{AccessType, Cloud, FactorKind};
use crate::detect::bounds::BoundedList;
use crate::detect::entry::{Entry, FieldRef, fields, first_of};
use crate::detect::finding::{Facts, Outcome};
use crate::detect::glob::fits;
use crate::detect::identity::aws::{AwsIdentity, account, is_instance_id};
use crate::detect::recognise::Recognised;
use crate::detect::refusal::{named_in, resource};
use crate::detect::text::{Text, part, part_of};
use crate::detect::trust::is_providers_document;

fields!(AwsFields, Cloud::Aws, {
    arn = "userIdentity.arn",
    kind = "userIdentity.type",
    caller_account = "userIdentity.accountId",
    mfa = "userIdentity.sessionContext.attributes.mfaAuthenticated",
    from_console = "sessionCredentialFromConsole",
    source = "sourceIPAddress",
    agent = "userAgent",
    account = "recipientAccountId",
    region = "awsRegion",
    error_code = "errorCode",
    error_message = "errorMessage",
    granted = "responseElements.success",
    service = "eventSource",
    time = "eventTime",
    event_id = "eventID",
    status = "outcomeStatus",
});

impl AwsFields {
    /// The facts of one event.
    pub fn normalise<'e>(
        &self,
        entry: &Entry<'e>,
        operation: &Recognised<'e>,
        identity: &AwsIdentity,
        tables: &Tables,
    ) -> Normalised<'e> {
        let cloud = tables.cloud(Cloud::Aws);
        let mut normalised = Normalised {
            facts: self.plain(entry, cloud),
            ..Normalised::default()
        };
        normalised.outcome = Some(self.outcome(entry, operation, cloud, &normalised.facts));
        let facts = &mut normalised.facts;
        let refusal = &cloud.refusal;
        let in_message =
            |markers: &[String]| part_of(facts.reason.clone()?, |text| named_in(refusal, text, markers));
        let mut target = targets(entry, operation.target(), cloud);
        if target.is_empty() {
            let last = |name| part(name, |name| name.rsplit('/').next().unwrap_or(name));
            target.extend(in_message(&refusal.target).map(last));
        }
        if target.is_empty() && operation.target_type() == Some("account") {
            target.extend(facts.account.clone());
        }
        let names_document = !operation.document().is_empty();
        let refused_document = || Self::refused_document(facts, tables).filter(|_| names_document);
        let document = document(entry, operation.document()).or_else(refused_document);
        let has_session = !operation.rule.fields.session.is_empty();
        let refused_session = || in_message(&refusal.session).filter(|_| has_session);
        facts.session = session(entry, operation).or_else(refused_session);
        facts.document = document;
        facts.target = target.into_texts();
        facts.target_type = if refers(&facts.target, &cloud.reference_keys) {
            "unknown".into()
        } else {
            target_type(&facts.target, operation.target_type(), "unknown")
        };
        facts.object_id.clone_from(&facts.target);
        let (identity, service) = identity.of(entry, cloud);
        identity.put_into(facts);
        normalised.service = service;
        self.factors(entry, operation, tables, &mut normalised);
        normalised
    }

    /// The document that the error text names; its whole ARN where another account's has a name of the provider's.
    fn refused_document<'e>(facts: &Facts<'e>, tables: &Tables) -> Option<Text<'e>> {
        let refusal = &tables.cloud(Cloud::Aws).refusal;
        let message = facts.reason.clone()?;
        let name = part_of(message.clone(), |text| named_in(refusal, text, &refusal.document))?;
        let arn = part_of(message, |text| resource(refusal, text))?;
        let known = &tables.trust.documents;
        let is_foreign = is_providers_document(known, &name) && !is_providers_document(known, &arn);
        Some(if is_foreign { arn } else { name })
    }

    /// Who made a call, from where, and its id.
    pub fn outline<'e>(&self, entry: &Entry<'e>, identity: &AwsIdentity, tables: &Tables) -> Facts<'e> {
        let cloud = tables.cloud(Cloud::Aws);
        let mut facts = self.plain(entry, cloud);
        let (identity, _) = identity.of(entry, cloud);
        identity.put_into(&mut facts);
        facts
    }

    fn plain<'e>(&self, entry: &Entry<'e>, cloud: &CloudInfo) -> Facts<'e> {
        let is_none = |text: &str| {
            cloud
                .no_error
                .iter()
                .any(|none| none.eq_ignore_ascii_case(text.trim()))
        };
        Facts {
            event_id: entry.first(&self.event_id),
            src: entry.first(&self.source).and_then(address),
            account: first_of(entry, &[&self.account, &self.caller_account]),
            region: entry.first(&self.region),
            user_agent: entry.first(&self.agent),
            result_id: entry.first(&self.error_code).filter(|code| !is_none(code)),
            reason: entry.first(&self.error_message).filter(|text| !is_none(text)),
            service: entry.first(&self.service),
            time: entry.first(&self.time),
            ..Facts::default()
        }
    }

    fn outcome(
        &self,
        entry: &Entry<'_>,
        operation: &Recognised<'_>,
        cloud: &CloudInfo,
        facts: &Facts<'_>,
    ) -> Outcome {
        match facts.result_id.as_deref() {
            Some(code) if is_refusal(cloud, code) => Outcome::Denied,
            Some(_) => Outcome::Error,
            None if facts.reason.is_some() => Outcome::Error,
            None if entry.first(&self.status).is_some_and(|s| s == "Failure") => Outcome::Error,
            None if entry
                .first(&self.granted)
                .is_some_and(|granted| granted == "false") =>
            {
                Outcome::Error
            }
            None => operation.outcome(entry).unwrap_or(Outcome::Success),
        }
    }

    fn factors(
        &self,
        entry: &Entry<'_>,
        operation: &Recognised<'_>,
        tables: &Tables,
        normalised: &mut Normalised<'_>,
    ) {
        match normalised.facts.actor_type {
            "root" => normalised.factor(FactorKind::Root, self.kind.name(), "Root"),
            "instance" => {
                let arn = normalised.facts.actor.clone().unwrap_or_default();
                normalised.factor(FactorKind::InstanceCredentials, self.arn.name(), &arn);
            }
            _ => {}
        }
        Self::document_and_fleet(operation, tables, normalised);
        let arn = normalised.facts.actor.clone();
        let of_arn = || part_of(arn?, account);
        if let Some(caller) = entry.first(&self.caller_account).or_else(of_arn)
            && let Some(owner) = entry.first(&self.account)
            && caller != owner
        {
            let proof = format!("{caller} and {}={owner}", self.account.name());
            normalised.factor(FactorKind::CrossAccount, self.caller_account.name(), &proof);
        }
        let is_interactive = matches!(
            operation.access(),
            AccessType::ShellSession | AccessType::RemoteDesktop
        );
        let is_console = entry
            .first(&self.from_console)
            .is_some_and(|value| value == "true");
        // Of a federated session CloudTrail does not know the second factor: it always says false.
        let knows_mfa = matches!(normalised.facts.actor_type, "user" | "root");
        if knows_mfa
            && is_interactive
            && is_console
            && entry.first(&self.mfa).is_some_and(|mfa| mfa == "false")
        {
            normalised.factor(FactorKind::NoMfa, self.mfa.name(), "false");
        }
    }

    fn document_and_fleet(operation: &Recognised<'_>, tables: &Tables, normalised: &mut Normalised<'_>) {
        let runs = !matches!(
            operation.access(),
            AccessType::Preparation | AccessType::SessionEnd
        );
        if let Some(document) = normalised.facts.document.clone()
            && operation.raises(FactorKind::CustomDocument)
            && runs
            && !is_providers_document(&tables.trust.documents, &document)
        {
            normalised.factor(FactorKind::CustomDocument, "document", &document);
        }
        let targets = &normalised.facts.target;
        let wide = normalised.facts.target_type == "fleet" || normalised.facts.target_type == "tag";
        if wide || targets.total() >= 3 {
            let proof = if wide {
                targets.join(", ")
            } else {
                format!("{} machines", targets.total())
            };
            normalised.factor(FactorKind::Fleet, "target", &proof);
        }
    }
}

/// Instance ids, addresses, or an SSM target list as `key=value`: from the first fact that has a value and from every list
/// of the request, since a call can name some of its machines in each; and the machines among values whose names nobody
/// knows.
fn targets<'e>(entry: &Entry<'e>, facts: &[FieldRef], cloud: &CloudInfo) -> BoundedList<'e> {
    let mut targets = BoundedList::default();
    for fact in facts {
        if fact.is_of_any_name() {
            let texts = entry.all(fact);
            let machines = texts.iter().flat_map(|text| machines_in(text));
            targets.extend(machines.map(|id| id.to_owned().into()));
            continue;
        }
        let is_list = cloud.pair_lists.iter().any(|path| path == fact.name());
        if !(targets.is_empty() || is_list && !is_answer(fact)) {
            continue;
        }
        let met = targets.met();
        if is_list {
            add_groups(&entry.pairs(fact), &mut targets);
        }
        if targets.met() == met {
            let node = |value| machine_of_node(value, &cloud.node_prefixes);
            targets.extend(entry.all(fact).into_iter().map(node));
        }
    }
    targets
}

/// Every instance id in a text.
fn machines_in(text: &str) -> impl Iterator<Item = &str> {
    let words = text.split(|c: char| !c.is_ascii_alphanumeric() && c != '-');
    words.filter(|word| is_instance_id(word))
}

/// The machine that a node of a cluster is; any other target stays as it is.
fn machine_of_node<'e>(target: Text<'e>, prefixes: &[String]) -> Text<'e> {
    if !prefixes.iter().any(|prefix| target.starts_with(prefix.as_str())) {
        return target;
    }
    let mut starts = target.rmatch_indices("i-").map(|(start, _)| start);
    match starts.find(|start| is_instance_id(&target[*start..])) {
        Some(start) => part(target, |target| &target[start..]),
        None => target,
    }
}

/// The documents that the caller asked for; those of the response where the record does not say.
fn document<'e>(entry: &Entry<'e>, fields: &[FieldRef]) -> Option<Text<'e>> {
    let asked = fields.iter().filter(|field| !is_answer(field));
    let answered = || fields.iter().filter(|field| is_answer(field));
    joined_of(entry, asked).or_else(|| joined_of(entry, answered()))
}

/// Whether a field is one of the response, not of the request.
fn is_answer(field: &FieldRef) -> bool {
    field.name().starts_with("responseElements.")
}

fn add_groups(groups: &[(String, Vec<String>)], targets: &mut BoundedList<'_>) {
    for (key, values) in groups {
        let by_id = key.eq_ignore_ascii_case("InstanceIds") || key.eq_ignore_ascii_case("ParameterValues");
        match (by_id, values.is_empty()) {
            (true, _) => targets.extend(values.iter().map(|value| value.clone().into())),
            (false, true) => targets.add(key.clone().into()),
            (false, false) => targets.add_group(key, values.iter().map(String::as_str)),
        }
    }
}

/// Whether all targets refer to machines that were chosen before.
fn refers(targets: &[Text<'_>], keys: &[String]) -> bool {
    let is_reference = |target: &Text<'_>| {
        let key = target.split_once('=').map(|(key, _)| key);
        key.is_some_and(|key| keys.iter().any(|known| known.eq_ignore_ascii_case(key)))
    };
    !targets.is_empty() && targets.iter().all(is_reference)
}

/// An authorisation error, with or without EC2's `Client.` before it.
fn is_refusal(cloud: &CloudInfo, code: &str) -> bool {
    let code = code.rsplit('.').next().unwrap_or(code);
    cloud.denied.iter().any(|glob| fits(glob, code))
}

#[cfg(test)]
mod tests {
    use crate::catalogue::tables::Tables;
    use crate::catalogue::{Catalogue, Cloud};

    fn tables() -> Tables {
        Catalogue::embedded().unwrap().tables
    }

    fn is_refusal(code: &str) -> bool {
        super::is_refusal(tables().cloud(Cloud::Aws), code)
    }

    #[test]
    fn refusals_are_told_from_other_errors() {
        for code in [
            "AccessDenied",
            "AccessDeniedException",
            "Client.UnauthorizedOperation",
            "ForbiddenException",
        ] {
            assert!(is_refusal(code), "{code}");
        }
        for code in [
            "InvalidInstanceId",
            "ThrottlingException",
            "TargetNotConnected",
            "Client.InvalidInstanceID.NotFound",
        ] {
            assert!(!is_refusal(code), "{code}");
        }
    }
}
