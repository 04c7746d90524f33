//! Who made a call in Azure: users, guests, service principals, managed identities, and Microsoft's own applications.

use super::Identity;
use crate::catalogue::Cloud;
use crate::catalogue::tables::ProviderService;
use crate::detect::entry::{Entry, FieldRef, fields, first_of};
use crate::detect::text::{Text, part, part_of};

fields!(AzureIdentity, Cloud::Azure, {
    upn = "identity.claims.http://schemas.xmlsoap.org/ws/2005/05/identity/claims/upn",
    upn_short = "identity.claims.upn",
    mail = "identity.claims.http://schemas.xmlsoap.org/ws/2005/05/identity/claims/emailaddress",
    mail_short = "identity.claims.email",
    caller = "caller",
    name = "identity.claims.http://schemas.xmlsoap.org/ws/2005/05/identity/claims/name",
    unique_name = "identity.claims.unique_name",
    display_name = "identity.claims.name",
    sign_in_upn = "properties.userPrincipalName",
    bastion_mail = "properties.userEmail",
    guest_account = "properties.userName",
    app_name = "properties.servicePrincipalName",
    app_id = "identity.claims.appid",
    sign_in_app = "properties.appId",
    object = "identity.claims.http://schemas.microsoft.com/identity/claims/objectidentifier",
    object_short = "identity.claims.oid",
    sign_in_user = "properties.userId",
    sign_in_app_object = "properties.servicePrincipalId",
    assignee = "identity.authorization.evidence.principalId",
    assignee_type = "identity.authorization.evidence.principalType",
    app_proof = "identity.claims.appidacr",
    permissions = "identity.claims.http://schemas.microsoft.com/identity/claims/scope",
    permissions_short = "identity.claims.scp",
    token_kind = "identity.claims.idtyp",
    identity_resource = "identity.claims.xms_mirid",
    token = "identity.claims.uti",
    category = "category",
    sign_in_types = "properties.signInEventTypes{}",
    sign_in_token = "properties.uniqueTokenIdentifier",
    tenant = "identity.claims.http://schemas.microsoft.com/identity/claims/tenantid",
    tenant_short = "identity.claims.tid",
    issuer = "identity.claims.iss",
    home = "identity.claims.http://schemas.microsoft.com/identity/claims/identityprovider",
    sign_in_home = "properties.homeTenantId",
    sign_in_resource_tenant = "properties.resourceTenantId",
    record_tenant = "tenantId",
    hierarchy = "properties.hierarchy",
});

/// Hosts of Entra before the tenant in the name of an issuer of tokens.
const ISSUERS: [&str; 3] = [
    "https://sts.windows.net/",
    "https://login.microsoftonline.com/",
    "https://login.windows.net/",
];

impl AzureIdentity {
    /// The identity of one event; `service` is the provider's own application that its token names.
    pub fn of<'e>(&self, entry: &Entry<'e>, service: Option<&ProviderService>) -> Identity<'e> {
        let sign_in = || first_of(entry, &[&self.app_name, &self.sign_in_app]);
        let is_app_sign_in = self.is_app_sign_in(entry);
        let is_app = is_app_sign_in || self.is_app(entry);
        let mail = self.mail_of(entry).filter(|_| !is_app);
        let name = first_of(entry, &[&self.name, &self.unique_name, &self.display_name]);
        let guest = entry.first(&self.guest_account);
        let is_guest = mail.is_none() && name.is_none() && guest.is_some();
        let is_person = mail.is_some() || name.is_some();
        let app = entry
            .first(&self.app_id)
            .or_else(|| sign_in().filter(|_| is_app_sign_in));
        let actor = mail.clone().or(name).or(guest).or_else(|| app.clone());
        let actor = actor.or_else(|| {
            let objects = [
                &self.assignee,
                &self.object,
                &self.object_short,
                &self.sign_in_user,
            ];
            first_of(entry, &objects)
        });
        let actor = actor.or_else(|| entry.first(&self.caller));
        let actor_type = match () {
            () if actor.is_none() || is_guest => "unknown",
            () => self.kind(entry, is_app, service.is_some(), is_person, actor.as_deref()),
        };
        Identity {
            user: actor.clone(),
            actor_type,
            principal: self.principal(entry, mail.as_deref(), is_app_sign_in),
            person: mail.filter(|_| actor_type == "user"),
            credential: first_of(entry, &[&self.token, &self.sign_in_token]),
            service: service.filter(|_| actor_type == "service").map(|service| {
                let app = entry.first(&self.app_id).unwrap_or_default();
                format!("{app} ({})", service.name).into()
            }),
            actor,
        }
    }

    /// Whether a service principal signs in: it is named, or the kind of sign-in says so where only its application is.
    fn is_app_sign_in(&self, entry: &Entry<'_>) -> bool {
        let is_named = || first_of(entry, &[&self.app_name, &self.sign_in_app_object]).is_some();
        let is_its_kind = || {
            is(entry, &self.category, "ServicePrincipalSignInLogs")
                || is(entry, &self.sign_in_types, "servicePrincipal")
        };
        let is_known = || entry.first(&self.sign_in_app).is_some() && is_its_kind();
        entry.first(&self.sign_in_upn).is_none() && (is_named() || is_known())
    }

    fn is_app(&self, entry: &Entry<'_>) -> bool {
        is(entry, &self.token_kind, "app")
            || is(entry, &self.assignee_type, "serviceprincipal")
            || self.is_token_of_app_alone(entry)
    }

    /// Whether an application proved itself with a secret or a certificate, and the token names no user and no permission
    /// that one has given: older tokens say no more of it.
    fn is_token_of_app_alone(&self, entry: &Entry<'_>) -> bool {
        let has_proved = is(entry, &self.app_proof, "1") || is(entry, &self.app_proof, "2");
        let of_user = [
            &self.permissions,
            &self.permissions_short,
            &self.token_kind,
            &self.assignee_type,
        ];
        has_proved
            && self.mail_of(entry).is_none()
            && first_of(entry, &[&self.name, &self.unique_name, &self.display_name]).is_none()
            && first_of(entry, &of_user).is_none()
    }

    fn kind(
        &self,
        entry: &Entry<'_>,
        is_app: bool,
        is_service: bool,
        is_person: bool,
        actor: Option<&str>,
    ) -> &'static str {
        let is_managed = entry.first(&self.identity_resource).is_some();
        let is_user = || is(entry, &self.token_kind, "user") || is(entry, &self.assignee_type, "user");
        match () {
            () if is_app && is_managed => "managed_identity",
            () if is(entry, &self.assignee_type, "managedidentity") => "managed_identity",
            () if is_app && is_service => "service",
            () if is_app => "service_principal",
            () if is_user() => "user",
            () if is_managed => "managed_identity",
            () if is_person && actor.is_some_and(|actor| !is_guid(actor)) => "user",
            () => "service_principal",
        }
    }

    /// The user's principal name or mail. Of a guest it is the mail, in whichever form the log has it.
    fn mail_of<'e>(&self, entry: &Entry<'e>) -> Option<Text<'e>> {
        let fields = [
            &self.upn,
            &self.upn_short,
            &self.sign_in_upn,
            &self.bastion_mail,
            &self.mail,
            &self.mail_short,
            &self.caller,
            &self.name,
            &self.unique_name,
        ];
        let mut names = fields.into_iter().filter_map(|field| entry.first(field));
        names.find(|name| name.contains('@')).map(without_guest_mark)
    }

    /// The object id of user or principal, else the principal name in lower case, else the application id.
    fn principal<'e>(&self, entry: &Entry<'e>, mail: Option<&str>, is_app_sign_in: bool) -> Option<Text<'e>> {
        let objects = [
            &self.object,
            &self.object_short,
            &self.sign_in_user,
            &self.sign_in_app_object,
        ];
        let assignee = || {
            let id = entry.first(&self.assignee)?;
            // Group, or ForeignGroup of a partner's tenant.
            let kind = entry.first(&self.assignee_type).unwrap_or_default();
            let is_group = kind.to_ascii_lowercase().ends_with("group");
            with_dashes(&id).filter(|_| !is_group)
        };
        let caller = || entry.first(&self.caller).filter(|caller| is_guid(caller));
        let app = || {
            let of_sign_in = || entry.first(&self.sign_in_app).filter(|_| is_app_sign_in);
            entry.first(&self.app_id).or_else(of_sign_in)
        };
        first_of(entry, &objects)
            .or_else(|| assignee().map(Text::Owned))
            .or_else(caller)
            .or_else(|| mail.map(|mail| mail.to_owned().into()))
            .or_else(app)
            .map(lower)
    }

    /// The field that says that a person made the call, with its value.
    pub fn proof_of_user<'e>(&self, entry: &Entry<'e>) -> Option<(&str, Text<'e>)> {
        let said = [&self.token_kind, &self.assignee_type].into_iter();
        let said = said.filter(|field| is(entry, field, "user"));
        let names = [
            &self.upn,
            &self.upn_short,
            &self.sign_in_upn,
            &self.mail,
            &self.mail_short,
        ];
        let others = [&self.caller, &self.name, &self.unique_name];
        let mut fields = said.chain(names).chain(others);
        fields.find_map(|field| Some((field.name(), entry.first(field)?)))
    }

    /// The tenant of the caller where it is not the one of the resource, with the field that says so; or the kind of
    /// assignee that only another tenant has.
    pub fn foreign_tenant<'e>(&self, entry: &Entry<'e>) -> Option<(&str, Text<'e>)> {
        let assignee = entry.first(&self.assignee_type);
        let foreign = assignee.filter(|kind| kind.to_ascii_lowercase().starts_with("foreign"));
        foreign
            .map(|kind| (self.assignee_type.name(), kind))
            .or_else(|| self.other_tenant(entry))
    }

    fn other_tenant<'e>(&self, entry: &Entry<'e>) -> Option<(&str, Text<'e>)> {
        let of_resource = first_of(entry, &[&self.sign_in_resource_tenant, &self.record_tenant]);
        let root = || {
            let root = part(entry.first(&self.hierarchy)?, |path| {
                path.split('/').next().unwrap_or(path)
            });
            Some(root).filter(|root| is_guid(root))
        };
        let here = of_resource
            .or_else(root)
            .or_else(|| first_of(entry, &[&self.tenant, &self.tenant_short]))?;
        let home = |field: &FieldRef| {
            let value = entry.first(field)?;
            if value.contains("://") {
                part_of(value, tenant_of_issuer)
            } else {
                let is_issuer = [&self.home, &self.issuer]
                    .iter()
                    .any(|known| known.name() == field.name());
                Some(value).filter(|value| is_guid(value) || !is_issuer)
            }
        };
        let fields = [
            &self.tenant,
            &self.tenant_short,
            &self.home,
            &self.issuer,
            &self.sign_in_home,
        ];
        let mut homes = fields
            .into_iter()
            .filter_map(|field| Some((field.name(), home(field)?)));
        homes.find(|(_, home)| !home.eq_ignore_ascii_case(&here))
    }
}

fn is(entry: &Entry<'_>, field: &FieldRef, wanted: &str) -> bool {
    let value = entry.first(field);
    value.is_some_and(|value| value.eq_ignore_ascii_case(wanted))
}

/// The tenant in the name of an issuer of tokens, e.g. `https://sts.windows.net/<tenant>/`.
fn tenant_of_issuer(issuer: &str) -> Option<&str> {
    let rest = ISSUERS.iter().find_map(|host| issuer.strip_prefix(host))?;
    rest.split('/').next().filter(|tenant| !tenant.is_empty())
}

/// The mail in the names that Entra gives to guests: `live.com#ada@example.com`, `ada_example.com#EXT#@tenant`.
fn without_guest_mark(name: Text<'_>) -> Text<'_> {
    if let Some(at) = name.to_ascii_uppercase().find("#EXT#@")
        && let Some((local, domain)) = name[..at].rsplit_once('_')
    {
        return format!("{local}@{domain}").into();
    }
    part(name, |name| match name.rsplit_once('#') {
        Some((_, mail)) if mail.contains('@') && !mail.starts_with('@') => mail,
        _ => name,
    })
}

fn lower(text: Text<'_>) -> Text<'_> {
    if text.bytes().any(|byte| byte.is_ascii_uppercase()) {
        text.to_ascii_lowercase().into()
    } else {
        text
    }
}

/// An object id with its dashes: Azure logs it without them as evidence of a role.
fn with_dashes(id: &str) -> Option<String> {
    let digits: String = id.chars().filter(|letter| *letter != '-').collect();
    let is_id = digits.len() == 32 && digits.bytes().all(|byte| byte.is_ascii_hexdigit());
    is_id.then(|| {
        let ends = [0, 8, 12, 16, 20, 32];
        let groups = ends.windows(2).map(|ends| &digits[ends[0]..ends[1]]);
        groups.collect::<Vec<_>>().join("-")
    })
}

fn is_guid(text: &str) -> bool {
    text.len() == 36 && text.bytes().all(|b| b.is_ascii_hexdigit() || b == b'-')
}

#[cfg(test)]
mod tests {
    use super::{tenant_of_issuer, with_dashes, without_guest_mark};

    #[test]
    fn a_guest_is_known_by_mail() {
        let cases = [
            ("live.com#ada@example.com", "ada@example.com"),
            ("ada_example.com#EXT#@contoso.onmicrosoft.com", "ada@example.com"),
            (
                "ada_l_example.com#ext#@contoso.onmicrosoft.com",
                "ada_l@example.com",
            ),
            ("ada@example.com", "ada@example.com"),
            (
                "odd#EXT#@contoso.onmicrosoft.com",
                "odd#EXT#@contoso.onmicrosoft.com",
            ),
        ];
        for (name, mail) in cases {
            assert_eq!(without_guest_mark(name.into()), mail);
        }
    }

    #[test]
    fn object_ids_have_one_form() {
        let id = "c0ffee00-1a2b-4c3d-8e4f-5a6b7c8d9e0f";
        assert_eq!(with_dashes(id).as_deref(), Some(id));
        assert_eq!(with_dashes(&id.replace('-', "")).as_deref(), Some(id));
        assert_eq!(with_dashes("{ID}"), None);
    }

    #[test]
    fn an_issuer_names_its_tenant() {
        assert_eq!(tenant_of_issuer("https://sts.windows.net/t-1/"), Some("t-1"));
        assert_eq!(
            tenant_of_issuer("https://sts.windows.net.evil.example/t-1/"),
            None
        );
        assert_eq!(tenant_of_issuer("live.com"), None);
    }
}
