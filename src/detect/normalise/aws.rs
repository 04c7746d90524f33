//! AWS `CloudTrail`: who, on what, from where, and what came of it.

use super::{
    Facts, MarkKind, Normalised, Outcome, Text, facts, first_of, joined, part, part_of, session, target_type,
    without_port,
};
use crate::catalogue::{AccessType, Cloud};
use crate::detect::distinct;
use crate::detect::recognise::Recognised;
use crate::detect::refusal::{document_in, named_in};
use crate::detect::view::{Fact, View};

facts!(AwsFacts, Cloud::Aws, {
    arn = "userIdentity.arn",
    kind = "userIdentity.type",
    principal = "userIdentity.principalId",
    user_name = "userIdentity.userName",
    caller_account = "userIdentity.accountId",
    invoked_by = "userIdentity.invokedBy",
    issuer = "userIdentity.sessionContext.sessionIssuer.arn",
    role_delivery = "userIdentity.sessionContext.ec2RoleDelivery",
    mfa = "userIdentity.sessionContext.attributes.mfaAuthenticated",
    from_console = "sessionCredentialFromConsole",
    on_behalf_of = "userIdentity.onBehalfOf.userId",
    source = "sourceIPAddress",
    agent = "userAgent",
    account = "recipientAccountId",
    region = "awsRegion",
    error_code = "errorCode",
    error_message = "errorMessage",
    granted = "responseElements.success",
    service = "eventSource",
    time = "eventTime",
    status = "outcomeStatus",
});

impl AwsFacts {
    /// The facts of one event.
    pub fn normalise<'e>(&self, view: &View<'e>, operation: &Recognised<'e>) -> Normalised<'e> {
        let mut normalised = Normalised {
            facts: self.plain(view),
            ..Normalised::default()
        };
        normalised.outcome = Some(self.outcome(view, &normalised.facts));
        let facts = &mut normalised.facts;
        let in_message = |cut: fn(&str) -> Option<&str>| part_of(facts.reason.clone()?, cut);
        let refused = || in_message(|message| named_in(message, "instance/"));
        let mut target = targets(view, operation.target());
        if target.is_empty() {
            target.extend(refused());
        }
        if target.is_empty() && operation.target_type() == Some("account") {
            target.extend(facts.account.clone());
        }
        let document = joined(view, operation.document());
        let names_document = !operation.document().is_empty();
        let refused_document = || in_message(document_in).filter(|_| names_document);
        facts.document = document.or_else(refused_document);
        facts.target_type = target_type(&target, operation.target_type(), "unknown");
        facts.object_id.clone_from(&target);
        facts.target = target;
        facts.session = session(view, operation);
        self.actor(view, facts);
        self.marks(view, operation, &mut normalised);
        normalised
    }

    fn plain<'e>(&self, view: &View<'e>) -> Facts<'e> {
        Facts {
            src: view.first(&self.source).map(|source| part(source, without_port)),
            account: first_of(view, &[&self.account, &self.caller_account]),
            region: view.first(&self.region),
            user_agent: view.first(&self.agent),
            // Splunk's add-on for AWS says so in the field of the error.
            result_id: view
                .first(&self.error_code)
                .filter(|code| !code.eq_ignore_ascii_case("success")),
            reason: view.first(&self.error_message),
            service: view.first(&self.service),
            time: view.first(&self.time),
            ..Facts::default()
        }
    }

    fn outcome(&self, view: &View<'_>, facts: &Facts<'_>) -> Outcome {
        match facts.result_id.as_deref() {
            Some(code) if is_refusal(code) => Outcome::Denied,
            Some(_) => Outcome::Error,
            None if facts.reason.is_some() => Outcome::Error,
            None if view.first(&self.status).is_some_and(|s| s == "Failure") => Outcome::Error,
            None if view
                .first(&self.granted)
                .is_some_and(|granted| granted == "false") =>
            {
                Outcome::Error
            }
            None => Outcome::Success,
        }
    }

    fn actor<'e>(&self, view: &View<'e>, facts: &mut Facts<'e>) {
        let kind = view.first(&self.kind).unwrap_or_default();
        let arn = view.first(&self.arn);
        let role = arn.as_deref().and_then(assumed_role);
        let session = arn.as_deref().and_then(session_name);
        let issuer = (kind == "AssumedRole").then(|| view.first(&self.issuer));
        let issuer = issuer.flatten().unwrap_or_default();
        let is_instance = || session.is_some_and(is_instance_id) || view.first(&self.role_delivery).is_some();
        facts.actor_type = match kind.as_ref() {
            "AWSService" => "service",
            "AssumedRole" if is_service_role(&issuer, role) => "service",
            "AssumedRole" | "Role" if is_instance() => "instance",
            "AssumedRole" if is_sso(&issuer, role) => "federated",
            "AssumedRole" | "Role" => "role",
            "Root" => "root",
            "IAMUser" => "user",
            "FederatedUser" | "WebIdentityUser" | "SAMLUser" | "IdentityCenterUser" => "federated",
            _ => kind_from_arn(arn.as_deref()),
        };
        let user = view.first(&self.user_name);
        facts.user = user.or_else(|| part_of(arn.clone()?, session_name));
        let others = [
            &self.on_behalf_of,
            &self.principal,
            &self.user_name,
            &self.invoked_by,
        ];
        facts.actor = arn.or_else(|| first_of(view, &others));
        if facts.user.is_none() {
            let last = |actor| part_of(actor, |arn| arn.rsplit(['/', ':']).next());
            facts.user = facts.actor.clone().and_then(last);
        }
    }

    fn marks(&self, view: &View<'_>, operation: &Recognised<'_>, normalised: &mut Normalised<'_>) {
        if let Some(invoked_by) = view.first(&self.invoked_by)
            && is_service_name(&invoked_by)
            && let Some(source) = view.first(&self.source)
            && is_service_name(&source)
        {
            let kind = if is_agent(&invoked_by) {
                MarkKind::StandingOrder
            } else {
                MarkKind::TrustedService
            };
            let proof = format!("{invoked_by} and {}={source}", self.source.name());
            normalised.mark(kind, self.invoked_by.name(), &proof);
        }
        match normalised.facts.actor_type {
            "root" => normalised.mark(MarkKind::Root, self.kind.name(), "Root"),
            "instance" => {
                let arn = normalised.facts.actor.clone().unwrap_or_default();
                normalised.mark(MarkKind::InstanceCredentials, self.arn.name(), &arn);
            }
            _ => {}
        }
        Self::document_and_fleet(operation, normalised);
        if let Some(caller) = view.first(&self.caller_account)
            && let Some(owner) = view.first(&self.account)
            && caller != owner
        {
            let proof = format!("{caller} and {}={owner}", self.account.name());
            normalised.mark(MarkKind::CrossAccount, self.caller_account.name(), &proof);
        }
        let is_interactive = matches!(
            operation.access(),
            AccessType::ShellSession | AccessType::RemoteDesktop
        );
        let is_console = view
            .first(&self.from_console)
            .is_some_and(|value| value == "true");
        if is_interactive && is_console && view.first(&self.mfa).is_some_and(|mfa| mfa == "false") {
            normalised.mark(MarkKind::NoMfa, self.mfa.name(), "false");
        }
    }

    fn document_and_fleet(operation: &Recognised<'_>, normalised: &mut Normalised<'_>) {
        let is_ssm = operation.rule.app == "ssm" && operation.rule.facts.fingerprint.is_empty();
        let runs = !matches!(
            operation.access(),
            AccessType::Preparation | AccessType::SessionEnd
        );
        if let Some(document) = normalised.facts.document.clone()
            && is_ssm
            && runs
            && !is_providers_document(&document)
        {
            normalised.mark(MarkKind::CustomDocument, "document", &document);
        }
        let targets = &normalised.facts.target;
        let wide = normalised.facts.target_type == "fleet" || normalised.facts.target_type == "tag";
        if wide || targets.len() >= 3 {
            let proof = if wide {
                targets.join(", ")
            } else {
                format!("{} machines", targets.len())
            };
            normalised.mark(MarkKind::Fleet, "target", &proof);
        }
    }
}

/// Instance ids, addresses, or an SSM target list as `key=value`.
fn targets<'e>(view: &View<'e>, facts: &[Fact]) -> Vec<Text<'e>> {
    for fact in facts {
        let mut values = if fact.name().ends_with("argets{}") {
            groups(view, fact)
        } else {
            Vec::new()
        };
        if values.is_empty() {
            values = view.all(fact);
        }
        if !values.is_empty() {
            return distinct(values);
        }
    }
    Vec::new()
}

fn groups<'e>(view: &View<'e>, fact: &Fact) -> Vec<Text<'e>> {
    let spell = |(key, values): (String, Vec<String>)| -> Vec<String> {
        let by_id = key.eq_ignore_ascii_case("InstanceIds") || key.eq_ignore_ascii_case("ParameterValues");
        match (by_id, values.is_empty()) {
            (true, _) => values,
            (false, true) => vec![key],
            (false, false) => values.iter().map(|value| format!("{key}={value}")).collect(),
        }
    };
    let spelled = view.pairs(fact).into_iter().flat_map(spell);
    spelled.map(Text::from).collect()
}

/// An authorisation error, with or without EC2's `Client.` before it.
fn is_refusal(code: &str) -> bool {
    let code = code.rsplit('.').next().unwrap_or(code).to_ascii_lowercase();
    [
        "accessdenied",
        "unauthorized",
        "forbidden",
        "notauthorized",
        "authorizationerror",
    ]
    .iter()
    .any(|r| code.starts_with(r))
}

/// What an ARN names, without partition, service, region and account.
fn resource(arn: &str) -> Option<&str> {
    let before = memchr::memchr_iter(b':', arn.as_bytes()).nth(4)?;
    arn.get(before + 1..)
}

/// The role that was assumed, with the part behind a slash that its caller chose.
fn assumed_role(arn: &str) -> Option<&str> {
    resource(arn)?.strip_prefix("assumed-role/")
}

/// The part of an assumed role's ARN that its caller chose.
fn session_name(arn: &str) -> Option<&str> {
    assumed_role(arn)?.rsplit('/').next()
}

fn is_instance_id(name: &str) -> bool {
    let id = name.strip_prefix("i-").or_else(|| name.strip_prefix("mi-"));
    id.is_some_and(|hex| hex.len() >= 8 && hex.bytes().all(|b| b.is_ascii_hexdigit()))
}

fn is_service_role(issuer: &str, role: Option<&str>) -> bool {
    let issuer = resource(issuer).unwrap_or_default();
    issuer.starts_with("role/aws-service-role/")
        || role.is_some_and(|role| role.starts_with("AWSServiceRoleFor"))
}

/// Whether IAM Identity Center made the role. Where no issuer is logged, the name in the caller's ARN tells.
fn is_sso(issuer: &str, role: Option<&str>) -> bool {
    issuer.contains("/AWSReservedSSO_") || role.is_some_and(|role| role.starts_with("AWSReservedSSO_"))
}

fn kind_from_arn(arn: Option<&str>) -> &'static str {
    let resource = arn.and_then(resource).unwrap_or_default();
    match resource.split('/').next().unwrap_or_default() {
        "user" => "user",
        "assumed-role" | "role" => "role",
        "root" => "root",
        "federated-user" => "federated",
        _ => "unknown",
    }
}

/// Services that call whatever a customer has told them to, so that going through them vouches for nothing (EventBridge
/// rules, pipes and schedules, CloudFormation, Step Functions; from their documentation).
const AGENTS: [&str; 5] = ["events", "pipes", "scheduler", "cloudformation", "states"];

/// Whether a service is one of those, in whatever region.
fn is_agent(name: &str) -> bool {
    let service = stem(name).split('.').next().unwrap_or_default();
    AGENTS.iter().any(|agent| agent.eq_ignore_ascii_case(service))
}

/// `ssm.amazonaws.com` and its like: names that AWS fills in itself.
fn is_service_name(name: &str) -> bool {
    let stem = stem(name);
    !stem.is_empty()
        && stem.len() < name.len()
        && stem
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'.')
}

/// The name of a service without the provider's domain; all of what is none.
fn stem(name: &str) -> &str {
    let domains = [".amazonaws.com", ".amazonaws.com.cn"];
    domains
        .iter()
        .find_map(|domain| name.strip_suffix(domain))
        .unwrap_or(name)
}

/// Whether AWS owns the document: customers cannot choose names that begin like this (SSM, `CreateDocument`).
fn is_providers_document(document: &str) -> bool {
    let is_own = |part: &str| {
        let name = part.rsplit('/').next().unwrap_or(part);
        let name = name.split(':').next().unwrap_or(name).to_ascii_lowercase();
        name == "ssm-sessionmanagerrunshell"
            || ["aws", "amazon", "amzn"]
                .iter()
                .any(|prefix| name.starts_with(prefix))
    };
    document.split(", ").all(is_own)
}

#[cfg(test)]
mod tests {
    use super::{
        is_agent, is_instance_id, is_providers_document, is_refusal, is_service_name, kind_from_arn,
    };

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

    #[test]
    fn only_names_that_aws_reserves_are_its_documents() {
        for name in [
            "AWS-RunShellScript",
            "arn:aws:ssm:eu-west-1::document/AWS-RunPatchBaseline",
            "AmazonCloudWatch-ManageAgent",
            "SSM-SessionManagerRunShell",
            "arn:aws:ssm:eu-west-1::automation-definition/AWSSupport-X:$DEFAULT",
        ] {
            assert!(is_providers_document(name), "{name}");
        }
        for name in [
            "patch-all",
            "arn:aws:ssm:eu-west-1:444455556666:document/tools",
            "My-AWS-RunShellScript",
        ] {
            assert!(!is_providers_document(name), "{name}");
        }
    }

    #[test]
    fn services_that_do_what_they_are_told_vouch_for_nothing_in_any_region() {
        for name in [
            "events.amazonaws.com",
            "states.eu-west-1.amazonaws.com",
            "Events.cn-north-1.amazonaws.com.cn",
        ] {
            assert!(is_service_name(name) && is_agent(name), "{name}");
        }
        assert!(!is_agent("ssm.amazonaws.com") && !is_agent("eventsource.amazonaws.com"));
    }

    #[test]
    fn service_names_and_instance_ids_are_not_taken_on_trust() {
        assert!(is_service_name("ssm.amazonaws.com") && is_service_name("ssm.amazonaws.com.cn"));
        assert!(
            !is_service_name("amazonaws.com")
                && !is_service_name("203.0.113.9")
                && !is_service_name("x amazonaws.com")
        );
        assert!(is_instance_id("i-0a1b2c3d4e5f60718") && !is_instance_id("i-am-dana"));
        assert_eq!(
            kind_from_arn(Some("arn:aws:iam::111122223333:user/ops/dana")),
            "user"
        );
    }
}
