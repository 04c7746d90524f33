//! Event × operation → the facts of a finding, in the words of all three clouds.

mod arm;
mod aws;
mod azure;
mod fingerprint;
mod gcp;

use super::distinct;
use super::finding::{Facts, Outcome};
use super::recognise::Recognised;
use super::view::{Fact, View};
use crate::catalogue::Cloud;
use aws::AwsFacts;
use azure::AzureFacts;
use gcp::GcpFacts;

/// The facts that every operation of a cloud has, made ready for asking.
#[derive(Debug)]
pub struct Normaliser {
    aws: AwsFacts,
    azure: AzureFacts,
    gcp: GcpFacts,
}

/// What normalising yields besides the facts that users see.
#[derive(Debug, Default)]
pub struct Normalised {
    /// For the finding.
    pub facts: Facts,
    /// What the provider itself vouches for, and what raises the severity.
    pub marks: Vec<Mark>,
    /// The provider's answer.
    pub outcome: Option<Outcome>,
}

/// Something about an event that moves its severity.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mark {
    /// What it is.
    pub kind: MarkKind,
    /// The field that proves it, with its value.
    pub proof: String,
}

/// The kinds of mark; what each does lies in `severity.rs`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MarkKind {
    /// A service of the provider made the call, as the provider itself says.
    TrustedService,
    /// A service of the provider made the call, one that does whatever a customer has set up.
    StandingOrder,
    /// The document is the customer's own or somebody else's.
    CustomDocument,
    /// All machines, a tag, or three and more.
    Fleet,
    /// The account's root user.
    Root,
    /// Credentials of a machine.
    InstanceCredentials,
    /// The caller belongs to another account.
    CrossAccount,
    /// A console session without a second factor.
    NoMfa,
    /// An extension written by a person.
    PersonalExtension,
    /// A key for somebody else's profile.
    OthersProfile,
    /// Acting through another identity.
    Impersonation,
}

impl Normalised {
    fn mark(&mut self, kind: MarkKind, field: &str, value: &str) {
        self.marks.push(Mark {
            kind,
            proof: format!("{field}={value}"),
        });
    }
}

impl Default for Normaliser {
    fn default() -> Self {
        Self::new()
    }
}

impl Normaliser {
    /// Makes the paths ready.
    pub fn new() -> Self {
        Self {
            aws: AwsFacts::new(),
            azure: AzureFacts::new(),
            gcp: GcpFacts::new(),
        }
    }

    /// Every fact that is asked for in events of `cloud`.
    pub fn facts(&self, cloud: Cloud) -> Vec<&Fact> {
        match cloud {
            Cloud::Aws => self.aws.every(),
            Cloud::Azure => self.azure.every(),
            Cloud::Gcp => self.gcp.every(),
        }
    }

    /// The facts of one event.
    pub fn normalise(&self, view: &View<'_>, operation: &Recognised<'_>) -> Normalised {
        let mut normalised = match view.cloud() {
            Cloud::Aws => self.aws.normalise(view, operation),
            Cloud::Azure => self.azure.normalise(view, operation),
            Cloud::Gcp => self.gcp.normalise(view, operation),
        };
        normalised.facts.detail = detail(view, operation);
        let fingerprint = operation
            .rule
            .facts
            .fingerprint
            .iter()
            .find_map(|fact| view.first(fact));
        if let Some(key) = fingerprint {
            normalised.facts.document = Some(fingerprint::of_public_key(&key));
        }
        normalised
    }
}

/// Declares a struct of facts for one cloud, with the path of each.
macro_rules! facts {
    ($name:ident, $cloud:expr, { $($field:ident = $path:literal),+ $(,)? }) => {
        /// Facts that every operation of the cloud has.
        #[derive(Debug)]
        pub struct $name { $($field: $crate::detect::view::Fact),+ }

        impl $name {
            /// Makes the paths ready.
            pub fn new() -> Self {
                Self { $($field: $crate::detect::view::Fact::new($cloud, $path)),+ }
            }

            /// All of them.
            pub fn every(&self) -> Vec<&$crate::detect::view::Fact> {
                vec![$(&self.$field),+]
            }
        }
    };
}
use facts;

fn owned(view: &View<'_>, fact: &Fact) -> Option<String> {
    view.first(fact).map(std::borrow::Cow::into_owned)
}

/// The first of `facts` that has a value.
fn first_of(view: &View<'_>, facts: &[&Fact]) -> Option<String> {
    facts.iter().find_map(|fact| owned(view, fact))
}

/// The session id where the operation's own paths have it.
fn session(view: &View<'_>, operation: &Recognised<'_>) -> Option<String> {
    operation
        .rule
        .facts
        .session
        .iter()
        .find_map(|fact| owned(view, fact))
}

/// All distinct values of all `facts`, joined.
fn joined(view: &View<'_>, facts: &[Fact]) -> Option<String> {
    let values = distinct(facts.iter().flat_map(|fact| view.all(fact)).collect());
    (!values.is_empty()).then(|| values.join(", "))
}

fn detail(view: &View<'_>, operation: &Recognised<'_>) -> Vec<String> {
    let named = |fact: &Fact| {
        let name = fact
            .name()
            .trim_end_matches("{}")
            .rsplit('.')
            .next()
            .unwrap_or_default()
            .to_owned();
        let values = view.all(fact).join(",");
        (!values.is_empty()).then(|| format!("{name}={values}"))
    };
    operation.detail().iter().filter_map(named).collect()
}

/// An address without its port and brackets; a name is left alone.
fn without_port(source: &str) -> String {
    let source = source.trim();
    if let Some(rest) = source.strip_prefix('[') {
        return rest.split(']').next().unwrap_or(rest).to_owned();
    }
    match source.split_once(':') {
        Some((host, port)) if !port.contains(':') && port.bytes().all(|b| b.is_ascii_digit()) => {
            host.to_owned()
        }
        _ => source.to_owned(),
    }
}

/// The kind of a target whose value tells it.
fn target_type(targets: &[String], fixed: Option<&str>, otherwise: &str) -> String {
    let kind = |target: &String| match target.as_str() {
        "*" => Some("fleet"),
        t if t.starts_with("ecs:") => Some("container"),
        t if t.starts_with("i-") || t.starts_with("mi-") => Some("instance"),
        t if t.parse::<std::net::IpAddr>().is_ok() => Some("address"),
        t if t.contains('=') => Some("tag"),
        _ => None,
    };
    let seen = targets.iter().find_map(kind);
    match (targets.is_empty(), fixed) {
        (true, None) => "unknown",
        (_, Some(fixed)) => fixed,
        (false, None) => seen.unwrap_or(otherwise),
    }
    .to_owned()
}

#[cfg(test)]
mod tests {
    use super::{target_type, without_port};

    #[test]
    fn ports_and_brackets_are_stripped_names_are_not() {
        let cases = [
            ("203.0.113.9:52114", "203.0.113.9"),
            ("[2001:db8::1]:443", "2001:db8::1"),
            ("2001:db8::1", "2001:db8::1"),
            ("ssm.amazonaws.com", "ssm.amazonaws.com"),
            ("AWS Internal", "AWS Internal"),
            ("private", "private"),
        ];
        for (given, wanted) in cases {
            assert_eq!(without_port(given), wanted);
        }
    }

    #[test]
    fn the_value_tells_the_kind_of_target() {
        let kind = |value: &str| target_type(&[value.to_owned()], None, "instance");
        assert_eq!(kind("*"), "fleet");
        assert_eq!(kind("tag:Env=prod"), "tag");
        assert_eq!(kind("10.0.0.7"), "address");
        assert_eq!(kind("ecs:a_b_c"), "container");
        assert_eq!(kind("web-01"), "instance");
        assert_eq!(target_type(&[], None, "instance"), "unknown");
    }
}
