//! Who made a call in AWS: users, roles and their sessions, federated identities, and services.

use super::Identity;
use crate::catalogue::Cloud;
use crate::catalogue::tables::{CloudInfo, RolePaths};
use crate::detect::entry::{Entry, fields, first_of};
use crate::detect::glob::fits;
use crate::detect::text::{Text, part_of};
use crate::detect::trust::ProvenService;

fields!(AwsIdentity, Cloud::Aws, {
    arn = "userIdentity.arn",
    kind = "userIdentity.type",
    principal = "userIdentity.principalId",
    user_name = "userIdentity.userName",
    invoked_by = "userIdentity.invokedBy",
    provider = "userIdentity.identityProvider",
    access_key = "userIdentity.accessKeyId",
    token = "userIdentity.credentialId",
    issuer = "userIdentity.sessionContext.sessionIssuer.arn",
    source_identity = "userIdentity.sessionContext.sourceIdentity",
    role_delivery = "userIdentity.sessionContext.ec2RoleDelivery",
    on_behalf_of = "userIdentity.onBehalfOf.userId",
    source = "sourceIPAddress",
});

/// What an event says of its caller.
struct Caller<'e> {
    kind: Text<'e>,
    arn: Option<Text<'e>>,
    issuer: Option<Text<'e>>,
    /// Whether the path of the issuer says that only a service can have the role.
    is_service_role: bool,
    /// Whether the path of the issuer says that Identity Center made the role.
    is_identity_center: bool,
    /// The same, or the role's name alone says so, where no issuer is logged.
    names_person: bool,
}

impl AwsIdentity {
    /// The identity of one event, and the service of AWS that made the call, where the event proves one.
    pub fn of<'e>(&self, entry: &Entry<'e>, cloud: &CloudInfo) -> (Identity<'e>, Option<ProvenService>) {
        let caller = self.caller(entry, &cloud.role_paths);
        let others = [
            &self.on_behalf_of,
            &self.principal,
            &self.user_name,
            &self.invoked_by,
        ];
        let actor = caller.arn.clone().or_else(|| first_of(entry, &others));
        let session = || part_of(caller.arn.clone()?, session_name);
        let last = |actor| part_of(actor, |arn| arn.rsplit(['/', ':']).next());
        let user = entry.first(&self.user_name).or_else(session);
        let proven = self.proven_service(entry, &caller, &cloud.service_domains);
        let identity = Identity {
            actor_type: self.actor_type(entry, &caller),
            user: user.or_else(|| actor.clone().and_then(last)),
            actor,
            principal: self.principal(entry, &caller),
            person: self.person(entry, &caller),
            credential: first_of(entry, &[&self.access_key, &self.token]),
            service: proven.as_ref().and_then(|_| entry.first(&self.invoked_by)),
        };
        (identity, proven)
    }

    fn caller<'e>(&self, entry: &Entry<'e>, paths: &RolePaths) -> Caller<'e> {
        // OCSF has an ARN in one of two members, and an id in the other.
        let arn = entry.first_where(&self.arn, is_arn);
        let arn = arn.or_else(|| entry.first(&self.arn));
        let issuer = entry.first(&self.issuer);
        let role = arn.as_deref().and_then(assumed_role);
        let has_path = |path: &str| {
            let below = issuer.as_deref().and_then(|issuer| role_below(issuer, path));
            below.is_some_and(|name| role.is_none_or(|role| role == name))
        };
        let is_identity_center = has_path(&paths.person);
        let has_name = || role.is_some_and(|role| fits(&paths.person_name, role));
        Caller {
            names_person: is_identity_center || (issuer.is_none() && has_name()),
            is_identity_center,
            kind: entry.first(&self.kind).unwrap_or_default(),
            is_service_role: has_path(&paths.service),
            arn,
            issuer,
        }
    }

    fn actor_type(&self, entry: &Entry<'_>, caller: &Caller<'_>) -> &'static str {
        let arn = caller.arn.as_deref();
        let session = arn.and_then(session_name);
        let is_instance =
            || session.is_some_and(is_instance_id) || entry.first(&self.role_delivery).is_some();
        match caller.kind.as_ref() {
            "AWSService" => "service",
            "AssumedRole" if caller.is_service_role => "service",
            "AssumedRole" | "Role" if is_instance() => "instance",
            "AssumedRole" if caller.names_person => "federated",
            "AssumedRole" | "Role" => "role",
            "Root" => "root",
            "IAMUser" => "user",
            "FederatedUser" | "WebIdentityUser" | "SAMLUser" | "IdentityCenterUser" => "federated",
            _ if is_instance() => "instance",
            _ => kind_from_arn(arn),
        }
    }

    /// The ARN without what its bearer chose: the name of a role's session, of a federated user, of a subject.
    fn principal<'e>(&self, entry: &Entry<'e>, caller: &Caller<'e>) -> Option<Text<'e>> {
        let without_session = |id: Text<'e>| {
            if is_arn(&id) {
                return Some(fixed_part(&id).map_or_else(|| id.clone(), Into::into));
            }
            part_of(id, |id| id.split(':').next().filter(|id| !id.is_empty()))
        };
        let of_id = || entry.first(&self.principal).and_then(without_session);
        match caller.kind.as_ref() {
            "FederatedUser" => {
                let user = caller.issuer.clone();
                user.or_else(|| caller.arn.as_deref().and_then(fixed_part).map(Into::into))
                    .or_else(of_id)
            }
            "WebIdentityUser" | "SAMLUser" => entry
                .first(&self.provider)
                .or_else(|| caller.arn.as_deref().and_then(fixed_part).map(Into::into)),
            "IdentityCenterUser" => entry.first(&self.on_behalf_of).or_else(of_id),
            "AWSService" => entry.first(&self.invoked_by).or_else(of_id),
            _ => {
                if caller.is_identity_center
                    && let Some(arn) = caller.arn.clone().filter(|arn| assumed_role(arn).is_some())
                {
                    return Some(arn);
                }
                let arn = caller.arn.as_deref().filter(|arn| resource(arn).is_some());
                let arn = arn.or(caller.issuer.as_deref());
                let of_arn = arn.and_then(fixed_part).map(Into::into);
                of_arn
                    .or_else(of_id)
                    .or_else(|| entry.first(&self.user_name))
                    .or_else(|| entry.first(&self.invoked_by))
            }
        }
    }

    /// The human whom AWS names; never a session name that the caller chose.
    fn person<'e>(&self, entry: &Entry<'e>, caller: &Caller<'e>) -> Option<Text<'e>> {
        let of_session = || part_of(caller.arn.clone()?, session_name).filter(|_| caller.names_person);
        let source = entry.first(&self.source_identity);
        source
            .or_else(of_session)
            .or_else(|| entry.first(&self.on_behalf_of))
    }

    /// The service that AWS itself names twice.
    fn proven_service(
        &self,
        entry: &Entry<'_>,
        caller: &Caller<'_>,
        domains: &[String],
    ) -> Option<ProvenService> {
        let invoked_by = entry.first(&self.invoked_by)?;
        let source = entry.first(&self.source)?;
        let service = first_label(service_host(domains, &invoked_by)?);
        let at_source = first_label(service_host(domains, &source)?);
        let (named, at) = (self.invoked_by.name(), self.source.name());
        service.eq_ignore_ascii_case(at_source).then(|| ProvenService {
            identity: service.to_ascii_lowercase(),
            proof: format!("{named}={invoked_by} and {at}={source}"),
            has_own_identity: caller.kind == "AWSService" || caller.is_service_role,
        })
    }
}

fn is_arn(text: &str) -> bool {
    text.starts_with("arn:")
}

/// What an ARN names, without partition, service, region and account.
fn resource(arn: &str) -> Option<&str> {
    if !is_arn(arn) {
        return None;
    }
    let before = memchr::memchr_iter(b':', arn.as_bytes()).nth(4)?;
    arn.get(before + 1..)
}

/// The account of an ARN.
pub fn account(arn: &str) -> Option<&str> {
    let account = arn.strip_prefix("arn:")?.split(':').nth(3);
    account.filter(|account| !account.is_empty())
}

/// The role of a session, without the name of the session.
fn assumed_role(arn: &str) -> Option<&str> {
    resource(arn)?.strip_prefix("assumed-role/")?.split('/').next()
}

/// The part of an assumed role's ARN that its caller chose.
fn session_name(arn: &str) -> Option<&str> {
    let (_, session) = resource(arn)?.strip_prefix("assumed-role/")?.split_once('/')?;
    session.rsplit('/').next().filter(|name| !name.is_empty())
}

/// The part of an ARN that its bearer cannot choose. A role has one form, whether a session or the role itself is named.
fn fixed_part(arn: &str) -> Option<String> {
    let resource = resource(arn)?;
    let head = &arn[..arn.len() - resource.len()];
    let partition = head.split(':').nth(1)?;
    let of_role = |role: &str| {
        let account = account(arn).unwrap_or_default();
        format!("arn:{partition}:sts::{account}:assumed-role/{role}")
    };
    let kind = resource.split('/').next().unwrap_or(resource);
    Some(match kind {
        "assumed-role" => of_role(resource.split('/').nth(1)?),
        "role" => of_role(resource.rsplit('/').next()?),
        "federated-user" => [head, kind].concat(),
        _ => arn.to_owned(),
    })
}

/// The name of a role whose ARN has this path.
fn role_below<'a>(issuer: &'a str, path: &str) -> Option<&'a str> {
    let below = resource(issuer)?.strip_prefix("role/")?.strip_prefix(path)?;
    below.rsplit('/').next().filter(|_| !path.is_empty())
}

/// Whether a name is the id of an EC2 instance or of a hybrid node.
pub fn is_instance_id(name: &str) -> bool {
    let id = name.strip_prefix("i-").or_else(|| name.strip_prefix("mi-"));
    id.is_some_and(|hex| hex.len() >= 8 && hex.bytes().all(|b| b.is_ascii_hexdigit()))
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

/// What stands before the provider's domain in the host name of a service, e.g. `ssm` or `states.eu-west-1`: names that
/// AWS fills in itself.
fn service_host<'n>(domains: &[String], name: &'n str) -> Option<&'n str> {
    let host = domains
        .iter()
        .find_map(|domain| name.strip_suffix(domain.as_str()))?;
    let is_host = |host: &str| {
        let mut bytes = host.bytes();
        bytes.all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'.')
    };
    Some(host).filter(|host| !host.is_empty() && is_host(host))
}

/// The service itself, in whatever region.
fn first_label(host: &str) -> &str {
    host.split('.').next().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::{first_label, fixed_part, is_instance_id, kind_from_arn, service_host};
    use crate::catalogue::{Catalogue, Cloud};

    #[test]
    fn instance_ids_are_not_taken_on_trust() {
        assert!(is_instance_id("i-0a1b2c3d4e5f60718") && !is_instance_id("i-am-dana"));
        assert_eq!(
            kind_from_arn(Some("arn:aws:iam::111122223333:user/ops/dana")),
            "user"
        );
    }

    #[test]
    fn what_a_bearer_chooses_is_cut_off() {
        let role = "arn:aws-cn:sts::111122223333:assumed-role/deploy";
        for (arn, wanted) in [
            ("arn:aws-cn:sts::111122223333:assumed-role/deploy/dana", role),
            ("arn:aws-cn:sts::111122223333:assumed-role/deploy", role),
            ("arn:aws-cn:iam::111122223333:role/ops/deploy", role),
            (
                "arn:aws:sts::111122223333:federated-user/dana",
                "arn:aws:sts::111122223333:federated-user",
            ),
            (
                "arn:aws:iam::111122223333:user/ops/dana",
                "arn:aws:iam::111122223333:user/ops/dana",
            ),
            ("arn:aws:iam::111122223333:root", "arn:aws:iam::111122223333:root"),
        ] {
            assert_eq!(fixed_part(arn).as_deref(), Some(wanted), "{arn}");
        }
        assert_eq!(fixed_part("dana"), None);
    }

    #[test]
    fn service_names_are_not_taken_on_trust() {
        let tables = Catalogue::embedded().unwrap().tables;
        let domains = &tables.cloud(Cloud::Aws).service_domains;
        let service = |name| service_host(domains, name).map(first_label);
        assert_eq!(service("ssm.amazonaws.com"), Some("ssm"));
        assert_eq!(service("states.eu-west-1.amazonaws.com"), Some("states"));
        assert_eq!(service("Events.cn-north-1.amazonaws.com.cn"), Some("Events"));
        for name in ["amazonaws.com", "203.0.113.9", "x amazonaws.com", "AWS Internal"] {
            assert_eq!(service(name), None, "{name}");
        }
    }
}
