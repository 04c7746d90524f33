//! A tuning rule: conditions on a finding, and what follows.

use super::values::Values;
use crate::catalogue::Severity;
use crate::detect::glob::fits;
use ipnet::IpNet;
use std::net::IpAddr;

/// What a condition looks at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Field {
    /// `dvm_cloud`
    Cloud,
    /// `dvm_operation` or `dvm_operation_name`
    Operation,
    /// `dvm_access`
    Access,
    /// `dvm_actor`
    Actor,
    /// any of `dvm_target`
    Target,
    /// `dvm_account`
    Account,
    /// `dvm_src`
    Src,
    /// `dvm_document`
    Document,
    /// `user_agent`
    UserAgent,
}

impl Field {
    /// Every field, in the order of the list's header.
    pub const ALL: [Self; 9] = [
        Self::Cloud,
        Self::Operation,
        Self::Access,
        Self::Actor,
        Self::Target,
        Self::Account,
        Self::Src,
        Self::Document,
        Self::UserAgent,
    ];

    /// The column of the list.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Cloud => "cloud",
            Self::Operation => "operation",
            Self::Access => "access",
            Self::Actor => "actor",
            Self::Target => "target",
            Self::Account => "account",
            Self::Src => "src",
            Self::Document => "document",
            Self::UserAgent => "user_agent",
        }
    }
}

/// What a rule does to a finding that it applies to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// Verdict `suppressed`.
    Suppress,
    /// Verdict `expected`.
    Expect,
    /// The severity is this level.
    Level(Severity),
    /// The severity is so many levels higher or lower.
    Step(i8),
}

impl Action {
    /// As the list has it, with its value.
    pub fn words(self) -> String {
        match self {
            Self::Suppress => "suppress".to_owned(),
            Self::Expect => "expect".to_owned(),
            Self::Level(level) => format!("severity {level}"),
            Self::Step(step) => format!("severity {step:+}"),
        }
    }
}

/// When a rule ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Expiry {
    /// As written.
    pub text: String,
    /// Microseconds since 1970 UTC; from then on the rule does not apply.
    pub at: i64,
}

/// One line of the list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TuningRule {
    /// Where it begins in the list.
    pub line: u64,
    /// Its name; no two rules share one.
    pub id: String,
    /// Whether it is switched on.
    pub enabled: bool,
    /// All must hold.
    pub conditions: Vec<Condition>,
    /// What follows.
    pub action: Action,
    /// Compared with the event's time.
    pub expires: Option<Expiry>,
    /// Why it is there.
    pub reason: String,
    /// Who answers for it.
    pub owner: String,
}

/// A test of one field: one of the alternatives must fit one of its values.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Condition {
    /// What is looked at.
    pub field: Field,
    /// As written.
    pub text: String,
    /// What may be there, in lower case.
    pub alternatives: Vec<Alternative>,
}

/// What a value may be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Alternative {
    /// This text.
    Exact(String),
    /// A text that fits.
    Glob(String),
    /// An address of this network.
    Net(IpNet),
}

/// Why a rule does not apply to a finding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refusal {
    /// It is switched off.
    Disabled,
    /// The event is not older than the rule's end.
    Expired,
    /// The rule has an end, and the event no readable time.
    NoTime,
    /// A condition fails.
    Condition(Field),
}

impl TuningRule {
    /// Why it does not apply; nothing where it does.
    pub fn refusal(&self, values: &Values) -> Option<Refusal> {
        if !self.enabled {
            return Some(Refusal::Disabled);
        }
        let failing = self.conditions.iter().find(|condition| !condition.holds(values));
        if let Some(condition) = failing {
            return Some(Refusal::Condition(condition.field));
        }
        let expires = self.expires.as_ref()?;
        match values.time() {
            None => Some(Refusal::NoTime),
            Some(time) => (time >= expires.at).then_some(Refusal::Expired),
        }
    }

    /// The condition on `field`.
    pub fn condition(&self, field: Field) -> Option<&Condition> {
        self.conditions.iter().find(|condition| condition.field == field)
    }

    /// Whether it silences, resting on names alone that whoever calls can choose.
    pub fn rests_on_callers_words(&self) -> bool {
        let has = |field| self.condition(field).is_some();
        let proven = [Field::Actor, Field::Target, Field::Account, Field::Src];
        self.action == Action::Suppress
            && (has(Field::UserAgent) || has(Field::Document))
            && !proven.into_iter().any(has)
    }
}

impl Condition {
    /// Whether a value of the finding fits.
    pub fn holds(&self, values: &Values) -> bool {
        let address = values.address();
        let texts = values.of(self.field);
        self.alternatives.iter().any(|alternative| match alternative {
            Alternative::Exact(text) => texts.contains(text),
            Alternative::Glob(glob) => texts.iter().any(|value| fits(glob, value)),
            Alternative::Net(net) => address.is_some_and(|address| net.contains(&address)),
        })
    }
}

impl Condition {
    /// Whether any value fits.
    pub fn is_vacuous(&self) -> bool {
        self.alternatives.iter().any(Alternative::is_anything)
    }
}

impl Alternative {
    /// Reads an alternative of `field`, already in lower case.
    pub fn new(field: Field, text: &str) -> Result<Self, String> {
        if field == Field::Src && text.contains('/') {
            let net: IpNet = text.parse().map_err(|_| {
                format!("\"{text}\" is no network; allowed: an address, address/length (v4 or v6), or a name")
            })?;
            return Ok(Self::Net(canonical(net.trunc())));
        }
        if field == Field::Src
            && let Ok(address) = text.parse::<IpAddr>()
        {
            return Ok(Self::Net(IpNet::from(address.to_canonical())));
        }
        Ok(if text.contains(['*', '?']) {
            Self::Glob(text.to_owned())
        } else {
            Self::Exact(text.to_owned())
        })
    }

    /// Whether any value fits.
    pub fn is_anything(&self) -> bool {
        match self {
            Self::Exact(_) => false,
            Self::Glob(glob) => glob.contains('*') && glob.bytes().all(|b| b == b'*' || b == b'?'),
            Self::Net(net) => net.prefix_len() == 0,
        }
    }

    /// Whether all that fits `other` fits this too. May say no where it is so, never yes where it is not.
    pub fn covers(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Net(wide), Self::Net(narrow)) => wide.contains(narrow),
            (Self::Glob(glob), Self::Exact(text)) => fits(glob, text),
            (Self::Glob(wide), Self::Glob(narrow)) => {
                wide == narrow || (!wide.contains('?') && fits(wide, narrow))
            }
            (a, b) => a == b,
        }
    }
}

/// A network of v4 addresses written inside v6 is one of v4 addresses.
fn canonical(net: IpNet) -> IpNet {
    let inner = net.prefix_len().checked_sub(96).zip(match net.addr() {
        IpAddr::V6(address) => address.to_ipv4_mapped(),
        IpAddr::V4(_) => None,
    });
    inner
        .and_then(|(length, address)| IpNet::new(address.into(), length).ok())
        .unwrap_or(net)
}
