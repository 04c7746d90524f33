//! What the three clouds have in common: the result of normalising, and how values are read.

use crate::catalogue::FactorKind;
use crate::detect::entry::{Entry, FieldRef};
use crate::detect::finding::{Facts, Outcome};
use crate::detect::recognise::Recognised;
use crate::detect::text::{Text, distinct, part};
use crate::detect::trust::ProvenService;
use std::borrow::Cow;

/// What normalising yields besides the fields that users see.
#[derive(Debug, Default)]
pub struct Normalised<'e> {
    /// For the finding.
    pub facts: Facts<'e>,
    /// What moves the severity.
    pub factors: Vec<SeverityFactor>,
    /// The provider's answer.
    pub outcome: Option<Outcome>,
    /// The condition by which the record is the copy of another one, in words.
    pub copy: Option<String>,
    /// The service of the provider that made the call, where the event proves it.
    pub service: Option<ProvenService>,
}

/// Something about an event that moves its severity.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SeverityFactor {
    /// What it is.
    pub kind: FactorKind,
    /// The field that proves it, with its value.
    pub proof: String,
}

impl Normalised<'_> {
    /// Adds the factor for many machines, once.
    pub fn fleet(&mut self, proof: String) {
        let kind = FactorKind::Fleet;
        if self.factors.iter().all(|factor| factor.kind != kind) {
            self.add(kind, proof);
        }
    }

    /// Whether the record leaves out some of what was asked for.
    pub fn is_incomplete(&self) -> bool {
        let hides = [FactorKind::RecordCut, FactorKind::ParametersOmitted];
        self.factors.iter().any(|factor| hides.contains(&factor.kind))
    }

    /// Adds a factor, proved by the value of a field.
    pub fn factor(&mut self, kind: FactorKind, field: &str, value: &str) {
        self.add(kind, [field, "=", value].concat());
    }

    /// Adds a factor with its proof in words.
    pub fn add(&mut self, kind: FactorKind, proof: String) {
        self.factors.push(SeverityFactor { kind, proof });
    }
}

/// The session id where the operation's own paths have it.
pub fn session<'e>(entry: &Entry<'e>, operation: &Recognised<'_>) -> Option<Text<'e>> {
    operation
        .rule
        .fields
        .session
        .iter()
        .find_map(|field| entry.first(field))
}

/// All distinct values of all `fields`, joined.
pub fn joined<'e>(entry: &Entry<'e>, fields: &[FieldRef]) -> Option<Text<'e>> {
    joined_of(entry, fields.iter())
}

/// The same for fields of any kind of list.
pub fn joined_of<'e, 'f>(entry: &Entry<'e>, fields: impl Iterator<Item = &'f FieldRef>) -> Option<Text<'e>> {
    let mut values = distinct(fields.flat_map(|field| entry.all(field)).collect());
    match values.len() {
        0 | 1 => values.pop(),
        _ => Some(values.join(", ").into()),
    }
}

/// An address without its port and brackets; a name is left alone.
pub fn without_port(source: &str) -> &str {
    let source = source.trim();
    if let Some(rest) = source.strip_prefix('[') {
        return rest.split(']').next().unwrap_or(rest);
    }
    match source.split_once(':') {
        Some((host, port)) if !port.contains(':') && port.bytes().all(|b| b.is_ascii_digit()) => host,
        _ => source,
    }
}

/// Whether a text holds nothing but what an address and a port are written with.
fn is_numeric_address(source: &str) -> bool {
    let mut bytes = source.bytes();
    let begins = bytes.next().is_some_and(|b| b.is_ascii_digit());
    begins && bytes.all(|b| b.is_ascii_hexdigit() || b == b'.' || b == b':')
}

/// An address without its port; nothing where it was made unreadable before it was logged.
pub fn address(source: Text<'_>) -> Option<Text<'_>> {
    if is_numeric_address(&source) {
        return Some(part(source, without_port));
    }
    let is_mask = |source: &str| source.bytes().all(|byte| b"xX*.:#-".contains(&byte));
    let is_hidden = source.contains(['<', '>', '*', '{', '}'])
        || source.to_ascii_lowercase().contains("redact")
        || [
            "masked",
            "pii removed",
            "hidden",
            "removed",
            "anonymized",
            "none",
            "n/a",
            "unknown",
        ]
        .iter()
        .any(|word| source.trim().eq_ignore_ascii_case(word))
        || is_mask(source.trim());
    (!is_hidden).then(|| part(source, without_port))
}

/// The kind of a target whose value tells it; of several kinds the one that can mean the most machines.
pub fn target_type<'e>(targets: &[Text<'_>], fixed: Option<&'e str>, otherwise: &'static str) -> Text<'e> {
    let kind = |target: &Text<'_>| match target.as_ref() {
        "*" => Some("fleet"),
        t if t.starts_with("ecs:") => Some("container"),
        t if t.starts_with("i-") || t.starts_with("mi-") => Some("instance"),
        t if t.parse::<std::net::IpAddr>().is_ok() => Some("address"),
        t if t.contains('=') => Some("tag"),
        _ => None,
    };
    Cow::Borrowed(match (targets.is_empty(), fixed) {
        (true, None) => "unknown",
        (_, Some(fixed)) => fixed,
        (false, None) => {
            let mut kinds = targets.iter().filter_map(kind);
            let wide = ["fleet", "tag"]
                .into_iter()
                .find(|wide| kinds.clone().any(|kind| kind == *wide));
            wide.or_else(|| kinds.next()).unwrap_or(otherwise)
        }
    })
}

#[cfg(test)]
mod tests {
    use super::{address, target_type, without_port};

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
    fn an_address_that_was_made_unreadable_is_absent() {
        for hidden in [
            "<Redacted>",
            "REDACTED",
            "[redacted]",
            "xxx.xxx.xxx.xxx",
            "***",
            "<ip>",
            "203.0.113.*",
            "masked",
        ] {
            assert_eq!(address(hidden.into()), None, "{hidden}");
        }
        for (given, wanted) in [
            ("203.0.113.9:443", "203.0.113.9"),
            ("private", "private"),
            ("gce-internal-ip", "gce-internal-ip"),
            ("2001:db8::1", "2001:db8::1"),
        ] {
            assert_eq!(address(given.into()).as_deref(), Some(wanted));
        }
    }

    #[test]
    fn the_value_tells_the_kind_of_target() {
        let kind = |value: &str| target_type(&[value.to_owned().into()], None, "instance").into_owned();
        assert_eq!(kind("*"), "fleet");
        assert_eq!(kind("tag:Env=prod"), "tag");
        assert_eq!(kind("10.0.0.7"), "address");
        assert_eq!(kind("ecs:a_b_c"), "container");
        assert_eq!(kind("web-01"), "instance");
        assert_eq!(target_type(&[], None, "instance"), "unknown");
    }
}
