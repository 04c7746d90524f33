//! Who made a call in AWS: users, roles and their sessions, federated identities, and services.

use super::Identity;
use crate::catalogue::Cloud;
use crate::detect::entry::{Entry, fields, first_of};
use crate::detect::text::part_of;

fields!(AwsIdentity, Cloud::Aws, {
    arn = "userIdentity.arn",
    kind = "userIdentity.type",
    principal = "userIdentity.principalId",
    user_name = "userIdentity.userName",
    invoked_by = "userIdentity.invokedBy",
    issuer = "userIdentity.sessionContext.sessionIssuer.arn",
    role_delivery = "userIdentity.sessionContext.ec2RoleDelivery",
    on_behalf_of = "userIdentity.onBehalfOf.userId",
});

impl AwsIdentity {
    /// The identity of one event.
    pub fn of<'e>(&self, entry: &Entry<'e>) -> Identity<'e> {
        let mut identity = Identity::default();
        let kind = entry.first(&self.kind).unwrap_or_default();
        let arn = entry.first(&self.arn);
        let role = arn.as_deref().and_then(assumed_role);
        let session = arn.as_deref().and_then(session_name);
        let issuer = (kind == "AssumedRole").then(|| entry.first(&self.issuer));
        let issuer = issuer.flatten().unwrap_or_default();
        let is_instance =
            || session.is_some_and(is_instance_id) || entry.first(&self.role_delivery).is_some();
        identity.actor_type = match kind.as_ref() {
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
        let user = entry.first(&self.user_name);
        identity.user = user.or_else(|| part_of(arn.clone()?, session_name));
        let others = [
            &self.on_behalf_of,
            &self.principal,
            &self.user_name,
            &self.invoked_by,
        ];
        identity.actor = arn.or_else(|| first_of(entry, &others));
        if identity.user.is_none() {
            let last = |actor| part_of(actor, |arn| arn.rsplit(['/', ':']).next());
            identity.user = identity.actor.clone().and_then(last);
        }
        identity
    }
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

#[cfg(test)]
mod tests {
    use super::{is_instance_id, kind_from_arn};

    #[test]
    fn instance_ids_are_not_taken_on_trust() {
        assert!(is_instance_id("i-0a1b2c3d4e5f60718") && !is_instance_id("i-am-dana"));
        assert_eq!(
            kind_from_arn(Some("arn:aws:iam::111122223333:user/ops/dana")),
            "user"
        );
    }
}
