//! A tuning rule: conditions on a finding, and an action.

use super::field::Field;
use super::values::Values;
use crate::catalogue::Severity;
use crate::detect::glob::fits;
use ipnet::IpNet;
use std::net::IpAddr;

/// What a rule does to a finding.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// Verdict `suppressed`.
    Suppress,
    /// Verdict `expected`.
    Expect,
    /// Sets the severity to this level.
    Level(Severity),
    /// Raises or lowers the severity by this number of levels.
    Step(i8),
}

impl Action {
    /// Whether it makes a finding of this severity less visible.
    pub fn is_lowering(self, severity: Severity) -> bool {
        match self {
            Self::Suppress | Self::Expect => true,
            Self::Level(level) => level < severity,
            Self::Step(step) => step < 0,
        }
    }

    /// The severity of a finding of this severity after it.
    pub fn moved(self, severity: Severity) -> Severity {
        match self {
            Self::Suppress | Self::Expect => severity,
            Self::Level(level) => level,
            Self::Step(step) => severity.moved(step),
        }
    }

    /// As written in the list, with its value.
    pub fn words(self) -> String {
        match self {
            Self::Suppress => "suppress".to_owned(),
            Self::Expect => "expect".to_owned(),
            Self::Level(level) => format!("severity {level}"),
            Self::Step(step) => format!("severity {step:+}"),
        }
    }
}

/// When a rule expires.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Expiry {
    /// As written.
    pub text: String,
    /// Microseconds since 1970 UTC; the rule does not match events from then on.
    pub at: i64,
}

/// One row of the list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TuningRule {
    /// Line at which it begins.
    pub line: u64,
    /// Its id, unique in the list.
    pub id: String,
    /// Whether it is switched on.
    pub enabled: bool,
    /// All must be true.
    pub conditions: Vec<Condition>,
    /// What it does.
    pub action: Action,
    /// Compared with the time of the event.
    pub expires: Option<Expiry>,
    /// Why it is there.
    pub reason: String,
    /// Who is responsible for it.
    pub owner: String,
}

/// A test of one field: one of the alternatives must match one of its values, or each of them, as the rule demands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Condition {
    /// The field.
    pub field: Field,
    /// As written.
    pub text: String,
    /// The alternatives, in lower case.
    pub alternatives: Vec<Alternative>,
}

/// A value that a condition matches.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Alternative {
    /// This text.
    Exact(String),
    /// Every text that matches the pattern of `*` and `?`.
    Glob(String),
    /// Every address of this network.
    Net(IpNet),
}

/// Why a rule does not match a finding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refusal {
    /// It is switched off.
    Disabled,
    /// The event is not older than the expiry of the rule.
    Expired,
    /// The rule expires, and the event has no readable time.
    NoTime,
    /// The condition on this field is false.
    Condition(Field),
}

impl TuningRule {
    /// Why it does not match a finding of this severity; `None` where it does. If it lowers the finding, each target must
    /// match, since a call that names a harmless machine can name others too; if it raises it, one is enough, and one of
    /// those that are too many to be kept can be it.
    pub fn refusal(&self, values: &Values, severity: Severity) -> Option<Refusal> {
        if !self.enabled {
            return Some(Refusal::Disabled);
        }
        let is_lowering = self.action.is_lowering(severity);
        let holds = |condition: &Condition| condition.holds(values, is_lowering);
        let failing = self.conditions.iter().find(|condition| !holds(condition));
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
}

impl Condition {
    /// Whether a value of the finding matches; of its targets each one, if `needs_every_target`.
    pub fn holds(&self, values: &Values, needs_every_target: bool) -> bool {
        let texts = values.of(self.field);
        if needs_every_target && self.field == Field::Target {
            let is_complete = !values.is_incomplete(self.field) && !texts.is_empty();
            return is_complete && texts.iter().all(|text| self.fits_text(text));
        }
        if values.is_full(self.field) {
            return true;
        }
        let address = values.address().filter(|_| self.field == Field::Src);
        address.is_some_and(|address| self.fits_address(address))
            || texts.iter().any(|text| self.fits_text(text))
    }

    fn fits_text(&self, value: &str) -> bool {
        self.alternatives.iter().any(|alternative| match alternative {
            Alternative::Exact(text) => text == value,
            Alternative::Glob(glob) => fits(glob, value),
            Alternative::Net(_) => false,
        })
    }

    fn fits_address(&self, address: IpAddr) -> bool {
        let mut alternatives = self.alternatives.iter();
        alternatives.any(|alternative| matches!(alternative, Alternative::Net(net) if net.contains(&address)))
    }
}

impl Condition {
    /// Whether every value matches.
    pub fn is_vacuous(&self) -> bool {
        self.alternatives.iter().any(Alternative::is_anything)
    }
}

impl Alternative {
    /// Parses an alternative of `field`, already in lower case.
    pub fn new(field: Field, text: &str) -> Result<Self, String> {
        if field == Field::Src && text.contains('/') {
            let net: IpNet = text.parse().map_err(|_| {
                format!(
                    "\"{text}\" is not a network; allowed: an address, address/length (v4 or v6), or a name"
                )
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

    /// Whether every value matches.
    pub fn is_anything(&self) -> bool {
        match self {
            Self::Exact(_) => false,
            Self::Glob(glob) => glob.contains('*') && glob.bytes().all(|b| b == b'*' || b == b'?'),
            Self::Net(net) => net.prefix_len() == 0,
        }
    }

    /// Whether every value that matches `other` also matches this. May be false where that is so, never true where it is not.
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

/// Returns an IPv4-mapped IPv6 network as the IPv4 network.
fn canonical(net: IpNet) -> IpNet {
    let inner = net.prefix_len().checked_sub(96).zip(match net.addr() {
        IpAddr::V6(address) => address.to_ipv4_mapped(),
        IpAddr::V4(_) => None,
    });
    inner
        .and_then(|(length, address)| IpNet::new(address.into(), length).ok())
        .unwrap_or(net)
}
