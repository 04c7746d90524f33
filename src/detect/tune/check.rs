//! What is doubtful about a list whose rows are sound: rules that have ended, never apply, or silence too much.

use super::Tuning;
use super::rule::{Action, Alternative, Condition, Field, TuningRule};
use crate::catalogue::{AccessType, Catalogue, Cloud};

/// Something doubtful about a rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Doubt {
    /// Where the rule begins.
    pub line: u64,
    /// Which rule.
    pub id: String,
    /// What kind of doubt.
    pub kind: Kind,
    /// What is doubtful, in words.
    pub text: String,
}

/// What can be doubtful.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// It has ended.
    Expired,
    /// It ends soon.
    EndsSoon,
    /// Its conditions name something unknown, or contradict one another.
    NeverApplies,
    /// An earlier rule, or one that outranks it, takes all that it could apply to.
    Shadowed,
    /// It says what an earlier rule says.
    Duplicate,
    /// It silences by names alone that whoever calls can choose.
    CallersWords,
}

const DAY: i64 = 86_400_000_000;

/// Looks through the rules that are switched on; `now` in microseconds since 1970 UTC.
pub fn doubts(tuning: &Tuning, catalogue: &Catalogue, now: i64, soon_days: u32) -> Vec<Doubt> {
    let operations = operations(catalogue);
    let rules: Vec<&TuningRule> = tuning.rules().iter().filter(|rule| rule.enabled).collect();
    let mut doubts = Vec::new();
    for (at, rule) in rules.iter().enumerate() {
        let found = [
            ending(rule, now, soon_days),
            never(rule, &operations),
            shadow(rule, at, &rules),
            rule.rests_on_callers_words().then(callers_words),
        ];
        doubts.extend(found.into_iter().flatten().map(|(kind, text)| Doubt {
            line: rule.line,
            id: rule.id.clone(),
            kind,
            text,
        }));
    }
    doubts
}

fn callers_words() -> (Kind, String) {
    let text = "silences by user_agent or document alone, which whoever calls can choose; add actor, target, account or src";
    (Kind::CallersWords, text.to_owned())
}

fn ending(rule: &TuningRule, now: i64, soon_days: u32) -> Option<(Kind, String)> {
    let expires = rule.expires.as_ref()?;
    let left = expires.at - now;
    if left <= 0 {
        Some((Kind::Expired, format!("ended at {}", expires.text)))
    } else if left <= i64::from(soon_days) * DAY {
        let text = format!("ends at {}, in {} days", expires.text, left / DAY);
        Some((Kind::EndsSoon, text))
    } else {
        None
    }
}

/// An operation as far as conditions ask for it.
struct Known {
    cloud: Cloud,
    id: String,
    name: String,
    access: Vec<AccessType>,
}

fn operations(catalogue: &Catalogue) -> Vec<Known> {
    let known = catalogue.operations().map(|(family, operation)| Known {
        cloud: family.cloud,
        id: family.operation_id(operation).to_lowercase(),
        name: operation.name.to_lowercase(),
        access: std::iter::once(operation.access)
            .chain(operation.variants.iter().filter_map(|variant| variant.access))
            .collect(),
    });
    known.collect()
}

fn never(rule: &TuningRule, operations: &[Known]) -> Option<(Kind, String)> {
    let fits =
        |alternative: &Alternative, text: &str| alternative.covers(&Alternative::Exact(text.to_owned()));
    // The catalogue's own name can hold wildcards, where the log has what fits them.
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
        let text = format!("no operation of the catalogue is called {}", unknown.join(" or "));
        return Some((Kind::NeverApplies, text));
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
        let text = "no operation of the catalogue has this cloud, operation and access at once";
        (Kind::NeverApplies, text.to_owned())
    })
}

/// Whether a rule leaves nothing to `rules[at]`: an earlier one with the same action, or any `suppress`.
fn shadow(rule: &TuningRule, at: usize, rules: &[&TuningRule]) -> Option<(Kind, String)> {
    let twin = rules[..at].iter().find(|earlier| {
        earlier.action == rule.action
            && outlives(earlier, rule)
            && covers(earlier, rule)
            && covers(rule, earlier)
    });
    if let Some(twin) = twin {
        let text = format!("says what rule {} in line {} says", twin.id, twin.line);
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
        "rule {} in line {} ({}) takes all that it could apply to",
        other.id,
        other.line,
        other.action.words()
    );
    Some((Kind::Shadowed, text))
}

/// Whether one rule is in force whenever the other is.
fn outlives(one: &TuningRule, other: &TuningRule) -> bool {
    match (&one.expires, &other.expires) {
        (None, _) => true,
        (Some(_), None) => false,
        (Some(one), Some(other)) => one.at >= other.at,
    }
}

/// Whether `wide` holds wherever `narrow` does.
fn covers(wide: &TuningRule, narrow: &TuningRule) -> bool {
    let is_covered = |condition: &Condition| {
        narrow.condition(condition.field).is_some_and(|other| {
            other
                .alternatives
                .iter()
                .all(|alternative| condition.alternatives.iter().any(|wide| wide.covers(alternative)))
        })
    };
    // The last conditions tell rules apart best: cloud and operation are often shared by all.
    wide.conditions.iter().rev().all(is_covered)
}
