//! Who made a call: the identity as logged, and the part of it that its caller cannot choose.

pub mod aws;
pub mod azure;
pub mod gcp;

use super::finding::Facts;
use super::text::Text;

/// The identity of one event.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Identity<'e> {
    /// As logged.
    pub actor: Option<Text<'e>>,
    /// `user`, `role`, `root`, …
    pub actor_type: &'static str,
    /// Short name, for CIM `user`.
    pub user: Option<Text<'e>>,
    /// The part that its caller cannot choose.
    pub principal: Option<Text<'e>>,
    /// The human behind it, where the provider vouches for one.
    pub person: Option<Text<'e>>,
    /// Which credential was used.
    pub credential: Option<Text<'e>>,
    /// The provider's service that made the call for somebody.
    pub service: Option<Text<'e>>,
}

impl<'e> Identity<'e> {
    /// Fills the facts about the identity.
    pub fn put_into(self, facts: &mut Facts<'e>) {
        facts.actor = self.actor;
        facts.actor_type = self.actor_type;
        facts.user = self.user;
        facts.principal = self.principal;
        facts.person = self.person;
        facts.credential = self.credential;
        facts.provider_service = self.service;
    }
}
