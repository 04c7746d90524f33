//! Where each shape has a fact that the provider's main shape has at a canonical path.

use super::Path;
use super::shape::Shape;

/// The places where an entry of `shape` may have the fact that lies at `canonical` in the provider's main shape
/// (`CloudTrail`, Event Hub, `LogEntry`), best first.
pub fn alternatives(shape: Shape, canonical: &str) -> Vec<Path> {
    match shape {
        Shape::CloudTrail => vec![Path::new(canonical)],
        Shape::Gcp => with_table(GCP, canonical, |canonical| vec![Path::new(canonical)]),
        Shape::Ocsf => with_table(OCSF, canonical, ocsf_elsewhere),
        Shape::Azure => with_table(AZURE, canonical, azure_elsewhere),
    }
}

fn with_table(table: &[(&str, &[&str])], canonical: &str, otherwise: fn(&str) -> Vec<Path>) -> Vec<Path> {
    match table.iter().find(|(name, _)| *name == canonical) {
        Some((_, paths)) => paths.iter().map(|path| Path::new(path)).collect(),
        None => otherwise(canonical),
    }
}

/// Names that `add-ons` give to a fact; asked of extracted fields only, after everything else.
pub fn add_on_names(canonical: &str) -> &'static [&'static str] {
    match canonical {
        "userIdentity.arn" => &["user_arn"],
        "sourceIPAddress" | "callerIpAddress" | "protoPayload.requestMetadata.callerIp" => &["src_ip", "src"],
        "userAgent" | "protoPayload.requestMetadata.callerSuppliedUserAgent" => {
            &["user_agent", "http_user_agent"]
        }
        "awsRegion" => &["vendor_region", "aws_region", "region"],
        "recipientAccountId" => &["aws_account_id", "vendor_account"],
        _ => &[],
    }
}

const GCP: &[(&str, &[&str])] = &[(
    "protoPayload.requestMetadata.callerIp",
    &[
        "protoPayload.requestMetadata.callerIp",
        "protoPayload.requestMetadata.callerIP",
    ],
)];

/// OCSF API Activity, as Security Lake maps `CloudTrail`.
const OCSF: &[(&str, &[&str])] = &[
    ("eventName", &["api.operation"]),
    ("eventSource", &["api.service.name"]),
    ("eventTime", &["time_dt", "time"]),
    ("eventID", &["metadata.uid"]),
    (
        "eventCategory",
        &["metadata.product.feature.name", "unmapped.eventCategory"],
    ),
    (
        "userIdentity.arn",
        &[
            "actor.user.uid",
            "actor.user.uuid",
            "identity.user.uuid",
            "identity.user.uid",
        ],
    ),
    ("userIdentity.type", &["actor.user.type", "identity.user.type"]),
    (
        "userIdentity.userName",
        &["actor.user.name", "identity.user.name"],
    ),
    ("userIdentity.principalId", &["actor.user.uid_alt"]),
    (
        "userIdentity.accountId",
        &["actor.user.account.uid", "actor.user.account_uid"],
    ),
    (
        "userIdentity.accessKeyId",
        &["actor.user.credential_uid", "identity.user.credential_uid"],
    ),
    (
        "userIdentity.invokedBy",
        &["actor.invoked_by", "actor.idp.name", "identity.invoked_by"],
    ),
    (
        "userIdentity.sessionContext.sessionIssuer.arn",
        &["actor.session.issuer"],
    ),
    (
        "userIdentity.sessionContext.attributes.mfaAuthenticated",
        &["actor.session.is_mfa", "actor.session.mfa"],
    ),
    (
        "userIdentity.sessionContext.ec2RoleDelivery",
        &["unmapped.userIdentity.sessionContext.ec2RoleDelivery"],
    ),
    ("sourceIPAddress", &["src_endpoint.ip", "src_endpoint.domain"]),
    ("userAgent", &["http_request.user_agent"]),
    ("awsRegion", &["cloud.region"]),
    (
        "recipientAccountId",
        &[
            "cloud.account.uid",
            "cloud.account_uid",
            "unmapped.recipientAccountId",
        ],
    ),
    ("errorCode", &["api.response.error"]),
    ("errorMessage", &["api.response.message"]),
    ("requestID", &["api.request.uid"]),
    ("resources{}.ARN", &["resources{}.uid"]),
];

fn ocsf_elsewhere(canonical: &str) -> Vec<Path> {
    let unmapped = [
        Path::flat("unmapped", canonical),
        Path::new(&format!("unmapped.{canonical}")),
    ];
    let (side, rest) = canonical.split_once('.').unwrap_or((canonical, ""));
    let data = match side {
        "requestParameters" => Some("api.request.data"),
        "responseElements" => Some("api.response.data"),
        _ => None,
    };
    let typed = data.map(|data| Path::new(format!("{data}.{rest}").trim_end_matches('.')));
    typed.into_iter().chain(unmapped).collect()
}

/// Azure: Event Hub name → the same fact from REST, Log Analytics and Graph.
const AZURE: &[(&str, &[&str])] = &[
    (
        "operationName",
        &[
            "operationName.value",
            "operationName",
            "OperationNameValue",
            "OperationName",
        ],
    ),
    (
        "resultType",
        &[
            "resultType",
            "status.value",
            "ActivityStatusValue",
            "ActivityStatus",
            "status",
            "ResultType",
            "status.errorCode",
        ],
    ),
    (
        "resultSignature",
        &[
            "resultSignature",
            "subStatus.value",
            "ActivitySubstatusValue",
            "ActivitySubstatus",
            "ResultSignature",
            "subStatus",
        ],
    ),
    (
        "callerIpAddress",
        &[
            "callerIpAddress",
            "httpRequest.clientIpAddress",
            "CallerIpAddress",
            "HTTPRequest.clientIpAddress",
            "HTTPRequest_d.clientIpAddress",
            "CallerIPAddress",
            "properties.clientIpAddress",
            "properties.ipAddress",
            "ipAddress",
            "IPAddress",
            "ClientIpAddress",
            "identity.claims.ipaddr",
            "claims.ipaddr",
            "Claims.ipaddr",
            "Claims_d.ipaddr",
        ],
    ),
    (
        "resourceId",
        &["resourceId", "_ResourceId", "ResourceId", "resourceUri"],
    ),
    (
        "properties.entity",
        &["properties.entity", "Properties.entity", "Properties_d.entity"],
    ),
    (
        "identity.authorization.scope",
        &[
            "identity.authorization.scope",
            "authorization.scope",
            "Authorization.scope",
            "Authorization_d.scope",
        ],
    ),
    ("correlationId", &["correlationId", "CorrelationId"]),
    (
        "time",
        &[
            "time",
            "eventTimestamp",
            "TimeGenerated",
            "createdDateTime",
            "properties.createdDateTime",
            "EventSubmissionTimestamp",
        ],
    ),
    (
        "category",
        &["category.value", "category", "CategoryValue", "Category"],
    ),
    ("caller", &["caller", "Caller"]),
    ("subscriptionId", &["subscriptionId", "SubscriptionId"]),
    ("tenantId", &["tenantId", "TenantId"]),
    (
        "properties.resourceId",
        &[
            "properties.resourceId",
            "Properties.resourceId",
            "ResourceIdentity",
            "resourceId",
        ],
    ),
    (
        "properties.errorCode",
        &["properties.status.errorCode", "status.errorCode", "ResultType"],
    ),
];

/// Parts of an entry that have other names elsewhere.
const AZURE_PARTS: &[(&str, &[&str])] = &[
    (
        "identity.claims.",
        &["identity.claims.", "claims.", "Claims.", "Claims_d."],
    ),
    (
        "identity.authorization.",
        &[
            "identity.authorization.",
            "authorization.",
            "Authorization.",
            "Authorization_d.",
        ],
    ),
    ("properties.", &["properties.", "Properties.", "Properties_d."]),
];

fn azure_elsewhere(canonical: &str) -> Vec<Path> {
    let part = AZURE_PARTS.iter().find(|(part, _)| canonical.starts_with(part));
    let Some((part, names)) = part else {
        return vec![Path::new(canonical)];
    };
    let rest = &canonical[part.len()..];
    let below = names.iter().map(|name| format!("{name}{rest}"));
    let above = if *part == "properties." {
        on_top(rest)
    } else {
        Vec::new()
    };
    below.chain(above).map(|path| Path::new(&path)).collect()
}

/// Graph and the tables of Log Analytics have the properties of sign-ins and Bastion at the top.
fn on_top(name: &str) -> Vec<String> {
    let pascal = name[..1].to_ascii_uppercase() + &name[1..];
    vec![name.to_owned(), pascal]
}
