//! Who made a call in Google Cloud: users, service accounts, federated identities, and Google's own service agents.

use super::Identity;
use crate::catalogue::Cloud;
use crate::catalogue::tables::TrustFile;
use crate::detect::entry::{Entry, fields, first_of};

fields!(GcpIdentity, Cloud::Gcp, {
    email = "protoPayload.authenticationInfo.principalEmail",
    subject = "protoPayload.authenticationInfo.principalSubject",
    guest = "protoPayload.request.username",
});

impl GcpIdentity {
    /// The identity of one event.
    pub fn of<'e>(&self, entry: &Entry<'e>, trust: &TrustFile) -> Identity<'e> {
        let mut identity = Identity {
            actor: first_of(entry, &[&self.email, &self.subject, &self.guest]),
            ..Identity::default()
        };
        let actor = identity.actor.as_deref().unwrap_or_default();
        identity.actor_type = match actor {
            "" => "unknown",
            a if is_routine(trust, a) => "service",
            a if a.ends_with(".gserviceaccount.com") || a.starts_with("serviceAccount:") => "service_account",
            a if a.starts_with("principal://") || a.starts_with("principalSet://") => "federated",
            _ => "user",
        };
        identity.user.clone_from(&identity.actor);
        identity
    }
}

/// Whether Google keeps the account for a service of its own.
fn is_routine(trust: &TrustFile, email: &str) -> bool {
    trust.service(Cloud::Gcp, email).is_some()
}

#[cfg(test)]
mod tests {
    use super::is_routine;
    use crate::catalogue::Catalogue;

    #[test]
    fn googles_own_agents_are_told_by_domains_nobody_else_can_use() {
        let trust = Catalogue::embedded().unwrap().tables.trust;
        let is_providers_agent = |email| is_routine(&trust, email);
        assert!(is_providers_agent("1234@cloudservices.gserviceaccount.com"));
        assert!(!is_providers_agent(
            "service-1@container-engine-robot.iam.gserviceaccount.com.evil.example"
        ));
        assert!(!is_providers_agent(
            "container-engine-robot@acme.iam.gserviceaccount.com"
        ));
    }
}
