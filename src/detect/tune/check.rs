//! Warnings about rules without faults: rules that have expired, never match, or suppress too much.

use super::Tuning;
use super::caller_chosen::{caller_chosen, is_for_anybody};
use super::field::Field;
use super::rule::{Action, Alternative, Condition, TuningRule};
use crate::catalogue::{AccessType, Catalogue, Cloud};

/// A warning about a rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Warning {
    /// Line at which the rule begins.
    pub line: u64,
    /// Id of the rule.
    pub id: String,
    /// Kind of warning.
    pub kind: Kind,
    /// The warning as a sentence about the rule.
    pub text: String,
}

/// Kinds of warnings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// It has expired.
    Expired,
    /// It expires soon.
    ExpiresSoon,
    /// Its conditions name something unknown or contradict each other.
    NeverMatches,
    /// Another rule that takes precedence matches everything that it matches.
    Shadowed,
    /// It does the same as an earlier rule.
    Duplicate,
    /// It suppresses, expects or lowers only by values that the caller can choose.
    CallerChosen,
    /// It suppresses, expects or lowers whoever asks, on every machine.
    ForAnybody,
}

const DAY: i64 = 86_400_000_000;

/// Checks the rules that are switched on; `now` in microseconds since 1970 UTC.
pub fn find_warnings(tuning: &Tuning, catalogue: &Catalogue, now: i64, soon_days: u32) -> Vec<Warning> {
    let operations = operations(catalogue);
    let rules: Vec<&TuningRule> = tuning.rules().iter().filter(|rule| rule.enabled).collect();
    let mut warnings = Vec::new();
    for (at, rule) in rules.iter().enumerate() {
        let found = [
            expiry(rule, now, soon_days),
            never_matches(rule, &operations).or_else(|| names_an_arn_of_iam(rule)),
            find_shadow(rule, at, &rules),
            of_use_to_anybody(rule),
        ];
        warnings.extend(found.into_iter().flatten().map(|(kind, text)| Warning {
            line: rule.line,
            id: rule.id.clone(),
            kind,
            text,
        }));
    }
    warnings
}

/// Whether those whom a rule is not meant for can make use of it.
fn of_use_to_anybody(rule: &TuningRule) -> Option<(Kind, String)> {
    if let Some(rests_on) = caller_chosen(rule) {
        return Some((Kind::CallerChosen, rests_on.text(rule.action)));
    }
    is_for_anybody(rule).then(|| {
        let text =
            "names nobody: it fits every caller on every machine; add principal, target, account or src";
        (Kind::ForAnybody, text.to_owned())
    })
}

fn expiry(rule: &TuningRule, now: i64, soon_days: u32) -> Option<(Kind, String)> {
    let expires = rule.expires.as_ref()?;
    let left = expires.at - now;
    if left <= 0 {
        Some((Kind::Expired, format!("expired at {}", expires.text)))
    } else if left <= i64::from(soon_days) * DAY {
        let days = left / DAY;
        let plural = if days == 1 { "" } else { "s" };
        let text = format!("expires at {}, in {days} day{plural}", expires.text);
        Some((Kind::ExpiresSoon, text))
    } else {
        None
    }
}

/// What conditions can test of an operation.
struct Known {
    cloud: Cloud,
    id: String,
    name: String,
    access: Vec<AccessType>,
}

fn operations(catalogue: &Catalogue) -> Vec<Known> {
    let known = catalogue.operations().map(|(family, operation)| Known {
        cloud: family.cloud,
        id: family.operation_id(operation).to_ascii_lowercase(),
        name: operation.name.to_ascii_lowercase(),
        access: std::iter::once(operation.access)
            .chain(operation.variants.iter().filter_map(|variant| variant.access))
            .collect(),
    });
    known.collect()
}

/// A role as IAM writes it, where findings have it as STS does.
fn names_an_arn_of_iam(rule: &TuningRule) -> Option<(Kind, String)> {
    let alternatives = rule.condition(Field::Principal)?.alternatives.iter();
    let mut of_iam = alternatives.filter_map(|alternative| match alternative {
        Alternative::Exact(text) | Alternative::Glob(text) => text.split_once(":role/"),
        Alternative::Net(_) => None,
    });
    let (_, role) = of_iam.next()?;
    let name = role.rsplit('/').next().unwrap_or(role);
    let text = format!(
        "no principal is an ARN of IAM's for a role; write arn:aws:sts::<account>:assumed-role/{name}, as dvm_principal has it"
    );
    Some((Kind::NeverMatches, text))
}

fn never_matches(rule: &TuningRule, operations: &[Known]) -> Option<(Kind, String)> {
    let fits =
        |alternative: &Alternative, text: &str| alternative.covers(&Alternative::Exact(text.to_owned()));
    // A name in the catalogue can contain wildcards itself.
    let names = |alternative: &Alternative, known: &Known| {
        let name = Alternative::Glob(known.name.clone());
        fits(alternative, &known.id) || fits(alternative, &known.name) || name.covers(alternative)
    };
    let holds = |field: Field, test: &dyn Fn(&Alternative) -> bool| {
        rule.condition(field)
            .is_none_or(|condition| condition.alternatives.iter().any(test))
    };
    let asked = rule.condition(Field::Operation);
    let alternatives = asked.iter().flat_map(|condition| &condition.alternatives);
    let unknown: Vec<&str> = alternatives
        .filter(|alternative| !operations.iter().any(|known| names(alternative, known)))
        .filter_map(|alternative| match alternative {
            Alternative::Exact(text) | Alternative::Glob(text) => Some(text.as_str()),
            Alternative::Net(_) => None,
        })
        .collect();
    if !unknown.is_empty() {
        let text = format!("the catalogue has no operation called {}", unknown.join(" or "));
        return Some((Kind::NeverMatches, text));
    }
    let is_possible = |known: &Known| {
        holds(Field::Operation, &|alternative| names(alternative, known))
            && holds(Field::Cloud, &|alternative| {
                fits(alternative, known.cloud.as_str())
            })
            && holds(Field::Access, &|alternative| {
                known
                    .access
                    .iter()
                    .any(|access| fits(alternative, access.as_str()))
            })
    };
    (!operations.iter().any(is_possible)).then(|| {
        let text = "no operation in the catalogue has this combination of cloud, operation and access";
        (Kind::NeverMatches, text.to_owned())
    })
}

/// Finds a rule that leaves nothing for `rules[at]`: an earlier one with the same action, or any `suppress` rule.
fn find_shadow(rule: &TuningRule, at: usize, rules: &[&TuningRule]) -> Option<(Kind, String)> {
    let twin = rules[..at].iter().find(|earlier| {
        earlier.action == rule.action
            && outlives(earlier, rule)
            && covers(earlier, rule)
            && covers(rule, earlier)
    });
    if let Some(twin) = twin {
        let text = format!("does the same as rule {} in line {}", twin.id, twin.line);
        return Some((Kind::Duplicate, text));
    }
    let outranks = |other: usize| match (rules[other].action, rule.action) {
        (Action::Suppress, Action::Suppress) | (Action::Expect, Action::Expect) => other < at,
        (Action::Suppress, _) => true,
        _ => false,
    };
    let other = (0..rules.len())
        .filter(|other| outranks(*other))
        .map(|other| rules[other])
        .find(|other| outlives(other, rule) && covers(other, rule))?;
    let text = format!(
        "has no effect: rule {} in line {} ({}) takes precedence and matches everything that it matches",
        other.id,
        other.line,
        other.action.words()
    );
    Some((Kind::Shadowed, text))
}

/// Whether `one` is in force whenever `other` is.
fn outlives(one: &TuningRule, other: &TuningRule) -> bool {
    match (&one.expires, &other.expires) {
        (None, _) => true,
        (Some(_), None) => false,
        (Some(one), Some(other)) => one.at >= other.at,
    }
}

/// Whether `wide` matches every finding that `narrow` matches.
fn covers(wide: &TuningRule, narrow: &TuningRule) -> bool {
    let is_covered = |condition: &Condition| {
        narrow.condition(condition.field).is_some_and(|other| {
            other
                .alternatives
                .iter()
                .all(|alternative| condition.alternatives.iter().any(|wide| wide.covers(alternative)))
        })
    };
    // The last conditions differ most: cloud and operation are often the same in all rules.
    wide.conditions.iter().rev().all(is_covered)
}
