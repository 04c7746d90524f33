//! Who made a call in Google Cloud: users, service accounts, federated identities, and Google's own service agents.

use super::Identity;
use crate::catalogue::Cloud;
use crate::catalogue::tables::{ProviderService, TrustFile};
use crate::detect::entry::{Entry, fields, first_of};
use crate::detect::text::{Text, part};
use rustc_hash::FxHashSet;

fields!(GcpIdentity, Cloud::Gcp, {
    email = "protoPayload.authenticationInfo.principalEmail",
    subject = "protoPayload.authenticationInfo.principalSubject",
    guest = "protoPayload.request.username",
    key = "protoPayload.authenticationInfo.serviceAccountKeyName",
    delegates = "protoPayload.authenticationInfo.serviceAccountDelegationInfo{}.firstPartyPrincipal.principalEmail",
    delegate_subjects = "protoPayload.authenticationInfo.serviceAccountDelegationInfo{}.principalSubject",
    chain = "protoPayload.authenticationInfo.serviceAccountDelegationInfo{}.*",
});

/// The domain of accounts that software uses.
const ACCOUNTS: &str = ".gserviceaccount.com";

impl GcpIdentity {
    /// The identity of one event.
    pub fn of<'e>(&self, entry: &Entry<'e>, trust: &TrustFile) -> Identity<'e> {
        let vouched = first_of(entry, &[&self.email, &self.subject]);
        let actor_type = match vouched.as_deref() {
            None => "unknown",
            Some(_) if self.agent(entry, trust).is_some() => "service",
            Some(name) => kind(name),
        };
        let principal = vouched.clone().map(principal);
        let actor = vouched.or_else(|| entry.first(&self.guest));
        Identity {
            user: actor.clone(),
            actor,
            actor_type,
            person: match actor_type {
                "user" => principal.clone(),
                _ => self.delegating_user(entry),
            },
            principal,
            credential: entry.first(&self.key),
            service: entry.first(&self.email).filter(|_| actor_type == "service"),
        }
    }

    /// The service agent that made the call for nobody else: told by the account's e-mail, which Google fills in. A
    /// subject comes from the caller's identity provider. Google's agents have no keys that anybody could hold.
    pub fn agent<'t>(&self, entry: &Entry<'_>, trust: &'t TrustFile) -> Option<&'t ProviderService> {
        let email = entry.first(&self.email).filter(|email| is_email(email))?;
        let others = [&self.delegates, &self.delegate_subjects, &self.chain, &self.key];
        let is_alone = first_of(entry, &others).is_none();
        trust
            .service(Cloud::Gcp, &email.to_ascii_lowercase())
            .filter(|_| is_alone)
    }

    /// The first user of a chain of identities that act for one another, in the order of the chain: it has e-mails and
    /// subjects. Extracted fields do not tell the order; there e-mails go first.
    fn delegating_user<'e>(&self, entry: &Entry<'e>) -> Option<Text<'e>> {
        let mut names = entry.all(&self.delegates);
        names.extend(entry.all(&self.delegate_subjects));
        names.retain(|name| kind(name) == "user");
        let first = if names.len() > 1 {
            let users: FxHashSet<&str> = names.iter().map(AsRef::as_ref).collect();
            let mut chain = entry.all(&self.chain).into_iter();
            chain.find(|value| users.contains(value.as_ref()))
        } else {
            None
        };
        first.or_else(|| names.into_iter().next()).map(principal)
    }

    /// The project that keeps the caller's service account, where it is not the one of the call.
    pub fn foreign_project(&self, entry: &Entry<'_>, trust: &TrustFile, account: &str) -> Option<String> {
        let caller = first_of(entry, &[&self.email, &self.subject])?.to_ascii_lowercase();
        let project = project_of_account(&caller)?;
        let is_known = account.bytes().any(|byte| byte.is_ascii_alphabetic());
        let is_foreign = is_known && project != account && trust.service(Cloud::Gcp, &caller).is_none();
        is_foreign.then_some(project)
    }
}

/// The project that the name of a service account, in lower case, says it is of.
fn project_of_account(name: &str) -> Option<String> {
    let name = name.strip_prefix("serviceaccount:").unwrap_or(name);
    // A workload of Kubernetes: project.svc.id.goog[namespace/account].
    if let Some((project, _)) = name.split_once(".svc.id.goog[") {
        return Some(project.to_owned());
    }
    let (local, domain) = name.split_once('@').filter(|_| is_email(name))?;
    if domain == "appspot.gserviceaccount.com" {
        return Some(local.to_owned());
    }
    let domain = domain.strip_suffix(ACCOUNTS)?.strip_suffix(".iam")?;
    // A project of a domain is called example.com:project.
    Some(match domain.split_once('.') {
        Some((project, domain)) => format!("{domain}:{project}"),
        None => domain.to_owned(),
    })
}

fn is_email(text: &str) -> bool {
    text.contains('@') && !text.contains([':', '/'])
}

/// Whether software uses the account of this e-mail, in any letter case.
fn is_account(email: &str) -> bool {
    let domain = email.len().checked_sub(ACCOUNTS.len());
    let domain = domain.and_then(|start| email.get(start..));
    domain.is_some_and(|domain| domain.eq_ignore_ascii_case(ACCOUNTS))
}

/// The kind of a principal's e-mail or subject.
fn kind(name: &str) -> &'static str {
    match name {
        n if n.starts_with("principal:") || n.starts_with("principalSet:") => "federated",
        n if n.starts_with("serviceAccount:") || is_account(n) => "service_account",
        _ => "user",
    }
}

/// A principal's e-mail, without the kind that stands before it in a subject; other subjects whole.
fn principal(name: Text<'_>) -> Text<'_> {
    let name = part(name, |name| {
        let rest = name
            .strip_prefix("user:")
            .or_else(|| name.strip_prefix("serviceAccount:"));
        rest.unwrap_or(name)
    });
    if is_email(&name) && name.bytes().any(|byte| byte.is_ascii_uppercase()) {
        return name.to_ascii_lowercase().into();
    }
    name
}

#[cfg(test)]
mod tests {
    use super::{is_email, kind, principal};

    #[test]
    fn the_kind_stands_before_a_subject_or_at_the_end_of_an_email() {
        let cases = [
            ("ada@example.com", "user"),
            ("user:ada@example.com", "user"),
            ("deploy@acme.iam.gserviceaccount.com", "service_account"),
            ("Deploy@Acme.iam.GServiceAccount.com", "service_account"),
            ("serviceAccount:acme.svc.id.goog[ns/app]", "service_account"),
            (
                "principal://iam.googleapis.com/x/subject/1@system.gserviceaccount.com",
                "federated",
            ),
            ("principalSet://iam.googleapis.com/x/*", "federated"),
        ];
        for (name, wanted) in cases {
            assert_eq!(kind(name), wanted, "{name}");
        }
        assert_eq!(principal("user:Ada@Example.com".into()), "ada@example.com");
        assert!(!is_email(
            "principal://iam.googleapis.com/x/subject/1@system.gserviceaccount.com"
        ));
    }
}
