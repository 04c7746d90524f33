//! Who made a call in Azure: users, service principals, managed identities, and Microsoft's own applications.

use super::Identity;
use crate::catalogue::Cloud;
use crate::catalogue::tables::ProviderService;
use crate::detect::entry::{Entry, FieldRef, fields, first_of};

fields!(AzureIdentity, Cloud::Azure, {
    upn = "identity.claims.http://schemas.xmlsoap.org/ws/2005/05/identity/claims/upn",
    upn_short = "identity.claims.upn",
    caller = "caller",
    name = "identity.claims.http://schemas.xmlsoap.org/ws/2005/05/identity/claims/name",
    display_name = "identity.claims.name",
    sign_in_upn = "properties.userPrincipalName",
    bastion_email = "properties.userEmail",
    bastion_user = "properties.userName",
    app_id = "identity.claims.appid",
    principal = "identity.authorization.evidence.principalId",
    object = "identity.claims.http://schemas.microsoft.com/identity/claims/objectidentifier",
    sign_in_object = "properties.userId",
    principal_type = "identity.authorization.evidence.principalType",
    token_kind = "identity.claims.idtyp",
    identity_resource = "identity.claims.xms_mirid",
});

impl AzureIdentity {
    /// The identity of one event; `service` is the provider's own application that its token names.
    pub fn of<'e>(&self, entry: &Entry<'e>, service: Option<&ProviderService>) -> Identity<'e> {
        let mut identity = Identity::default();
        let caller = entry.first(&self.caller);
        let upn = first_of(
            entry,
            &[&self.upn, &self.upn_short, &self.sign_in_upn, &self.bastion_email],
        );
        let upn = upn.or_else(|| caller.clone().filter(|caller| caller.contains('@')));
        let name = first_of(entry, &[&self.name, &self.display_name, &self.bastion_user]);
        let app = entry.first(&self.app_id);
        let ids = || first_of(entry, &[&self.principal, &self.object, &self.sign_in_object]);
        let is_person = upn.is_some() || name.is_some();
        identity.actor = upn.or(name).or(app).or_else(ids).or(caller);
        identity.user.clone_from(&identity.actor);
        let is_managed = entry.first(&self.identity_resource).is_some();
        let is = |fact: &FieldRef, wanted: &str| {
            let value = entry.first(fact);
            value.is_some_and(|value| value.eq_ignore_ascii_case(wanted))
        };
        let is_routine = service.is_some();
        let is_app = is(&self.token_kind, "app") || is(&self.principal_type, "serviceprincipal");
        identity.actor_type = match () {
            () if identity.actor.is_none() => "unknown",
            () if is_app && is_managed => "managed_identity",
            () if is(&self.principal_type, "managedidentity") => "managed_identity",
            () if is_app && is_routine => "service",
            () if is_app => "service_principal",
            () if is(&self.token_kind, "user") || is(&self.principal_type, "user") => "user",
            () if is_managed => "managed_identity",
            () if is_person && identity.actor.as_deref().is_some_and(|actor| !is_guid(actor)) => "user",
            () => "service_principal",
        };
        identity
    }
}

fn is_guid(text: &str) -> bool {
    text.len() == 36 && text.bytes().all(|b| b.is_ascii_hexdigit() || b == b'-')
}
