//! AWS `CloudTrail`: who, on what, from where, and what came of it.

use super::common::{Normalised, joined, session, target_type, without_port};
use crate::catalogue::tables::{CloudInfo, Tables};
use crate::catalogue::{AccessType, Cloud, FactorKind};
use crate::detect::bounds::BoundedList;
use crate::detect::entry::{Entry, FieldRef, fields, first_of};
use crate::detect::finding::{Facts, Outcome};
use crate::detect::glob::fits;
use crate::detect::identity::aws::AwsIdentity;
use crate::detect::recognise::Recognised;
use crate::detect::refusal::named_in;
use crate::detect::text::{part, part_of};
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
            facts: self.plain(entry),
            ..Normalised::default()
        };
        normalised.outcome = Some(self.outcome(entry, operation, cloud, &normalised.facts));
        let facts = &mut normalised.facts;
        let refusal = &cloud.refusal;
        let in_message = |markers: &[String]| part_of(facts.reason.clone()?, |text| named_in(text, markers));
        let mut target = targets(entry, operation.target(), cloud);
        if target.is_empty() {
            target.extend(in_message(&refusal.target));
        }
        if target.is_empty() && operation.target_type() == Some("account") {
            target.extend(facts.account.clone());
        }
        let document = joined(entry, operation.document());
        let names_document = !operation.document().is_empty();
        let refused_document = || in_message(&refusal.document).filter(|_| names_document);
        facts.document = document.or_else(refused_document);
        facts.target = target.into_texts();
        facts.target_type = target_type(&facts.target, operation.target_type(), "unknown");
        facts.object_id.clone_from(&facts.target);
        facts.session = session(entry, operation);
        let (identity, service) = identity.of(entry, cloud);
        identity.put_into(facts);
        normalised.service = service;
        self.factors(entry, operation, tables, &mut normalised);
        normalised
    }

    fn plain<'e>(&self, entry: &Entry<'e>) -> Facts<'e> {
        Facts {
            event_id: entry.first(&self.event_id),
            src: entry.first(&self.source).map(|source| part(source, without_port)),
            account: first_of(entry, &[&self.account, &self.caller_account]),
            region: entry.first(&self.region),
            user_agent: entry.first(&self.agent),
            // Splunk's add-on for AWS says so in the field of the error.
            result_id: entry
                .first(&self.error_code)
                .filter(|code| !code.eq_ignore_ascii_case("success")),
            reason: entry.first(&self.error_message),
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
        if let Some(caller) = entry.first(&self.caller_account)
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

/// Instance ids, addresses, or an SSM target list as `key=value`, from the first fact that has a value.
fn targets<'e>(entry: &Entry<'e>, facts: &[FieldRef], cloud: &CloudInfo) -> BoundedList<'e> {
    for fact in facts {
        let mut targets = BoundedList::default();
        if cloud.pair_lists.iter().any(|path| path == fact.name()) {
            add_groups(&entry.pairs(fact), &mut targets);
        }
        if targets.is_empty() {
            targets.extend(entry.all(fact));
        }
        if !targets.is_empty() {
            return targets;
        }
    }
    BoundedList::default()
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
