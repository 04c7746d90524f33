//! Which paths of an event the values of its finding were read from.

use crate::detect::entry::Found;
use crate::detect::finding::{FIELDS, Field, Finding, Group, Subject};

/// A value of a finding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shown<'f> {
    /// The field that shows it.
    pub name: &'static str,
    /// Other fields that show the same.
    pub also: Vec<&'static str>,
    /// The values.
    pub values: Vec<String>,
    /// Where they were read; empty if they are not a part of the event.
    pub sources: Vec<&'f Found>,
}

/// A shorter value is part of too many others by chance.
const MIN_PART: usize = 3;

/// Every value of a finding once: under our own name for it if it has one, else under the first other one. What has the
/// same values, but from elsewhere, stands by itself.
///
/// `effects` are those of the facts, in the same order.
pub fn shown<'f>(
    finding: &Finding<'_, '_>,
    facts: &'f [Found],
    effects: &[Vec<&'static str>],
) -> Vec<Shown<'f>> {
    let own = FIELDS.iter().filter(|field| field.group == Group::Own);
    let others = FIELDS.iter().filter(|field| field.group != Group::Own);
    let mut shown: Vec<Shown<'f>> = Vec::new();
    for field in own.chain(others) {
        let values = field.list(finding);
        if values.is_empty() {
            continue;
        }
        let sources = sources(field, &values, facts, effects);
        let same = shown
            .iter_mut()
            .find(|known| field.group != Group::Own && known.values == values && known.sources == sources);
        match same {
            Some(known) => known.also.push(field.name),
            None => shown.push(Shown {
                name: field.name,
                also: Vec::new(),
                sources,
                values,
            }),
        }
    }
    shown
}

/// Whether the field's values are told elsewhere: the operation with its conditions, the severity step by step.
fn is_told_elsewhere(field: &Field) -> bool {
    matches!(
        field.subject,
        Subject::AlertType
            | Subject::Cloud
            | Subject::Operation
            | Subject::App
            | Subject::Severity
            | Subject::RiskScore
            | Subject::Reasons
            | Subject::Verdict
            | Subject::Tuning
            | Subject::Summary
            | Subject::VendorProduct
    )
}

/// Whether the field shows what the event says, not what was made of it.
fn is_read(field: &Field) -> bool {
    let is_made = matches!(
        field.subject,
        Subject::ActorType
            | Subject::TargetType
            | Subject::ObjectCategory
            | Subject::Access
            | Subject::Outcome
            | Subject::Action
            | Subject::Technique
    );
    !is_made && !is_told_elsewhere(field)
}

/// The facts without which the field had other values.
fn sources<'f>(
    field: &Field,
    values: &[String],
    facts: &'f [Found],
    effects: &[Vec<&'static str>],
) -> Vec<&'f Found> {
    if is_told_elsewhere(field) {
        return Vec::new();
    }
    let facts_and_effects = facts.iter().zip(effects);
    let deciding = facts_and_effects.filter(|(_, changed)| changed.contains(&field.name));
    let deciding: Vec<&Found> = deciding.map(|(fact, _)| fact).collect();
    if deciding.is_empty() {
        return same_values(field, values, facts);
    }
    deciding
}

/// The facts with the text of a field's first value, for fields whose source removing a fact does not show: the first
/// fact that equals or contains the value; otherwise every fact that is part of it.
fn same_values<'f>(field: &Field, values: &[String], facts: &'f [Found]) -> Vec<&'f Found> {
    let Some(value) = values.first().filter(|_| is_read(field)) else {
        return Vec::new();
    };
    let value = value.to_ascii_lowercase();
    let folded: Vec<String> = facts.iter().map(|fact| fact.value.to_ascii_lowercase()).collect();
    let first = |fits: &dyn Fn(&str) -> bool| {
        let at = folded.iter().position(|fact| fits(fact))?;
        Some(&facts[at])
    };
    let whole = first(&|fact| fact == value);
    let whole = whole.or_else(|| first(&|fact| is_part(&value, fact)));
    if let Some(fact) = whole {
        return vec![fact];
    }
    let parts = facts
        .iter()
        .zip(&folded)
        .filter(|(_, fact)| is_part(fact, &value));
    let mut parts: Vec<&Found> = parts.map(|(fact, _)| fact).collect();
    parts.dedup_by(|a, b| a.value == b.value);
    parts
}

/// Whether `part` stands in `text` between characters other than letters and digits.
fn is_part(part: &str, text: &str) -> bool {
    let is_inside = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
    part.len() >= MIN_PART
        && text.match_indices(part).any(|(at, _)| {
            let before = text[..at].chars().next_back();
            let after = text[at + part.len()..].chars().next();
            !is_inside(before) && !is_inside(after)
        })
}

#[cfg(test)]
mod tests {
    use super::is_part;

    #[test]
    fn a_part_ends_where_a_word_ends() {
        assert!(is_part("vm-1", "/virtualmachines/vm-1"));
        assert!(is_part("203.0.113.9", "203.0.113.9:443"));
        assert!(!is_part("vm-1", "/virtualmachines/vm-11"));
        assert!(!is_part("ab", "ab"));
        assert!(is_part("web", "aweb web"));
    }
}
