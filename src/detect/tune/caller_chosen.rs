//! Rules that make findings less visible by nothing but values that the caller can choose.

use super::field::Field;
use super::rule::{Action, Alternative, TuningRule};
use crate::catalogue::{Cloud, Severity};

/// What such a rule rests on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RestsOn {
    /// The user agent or the document.
    AgentOrDocument,
    /// The name of a role's session.
    SessionName,
}

impl RestsOn {
    /// The warning, as a sentence about a rule with this action.
    pub fn text(self, action: Action) -> String {
        let verb = match action {
            Action::Suppress => "suppresses",
            Action::Expect => "expects",
            Action::Level(_) | Action::Step(_) => "lowers",
        };
        match self {
            Self::AgentOrDocument => format!(
                "{verb} by user_agent or document alone, which the caller can choose; add principal, target, account or src"
            ),
            Self::SessionName => {
                format!("{verb} by the name of a session, which the caller can choose; use principal")
            }
        }
    }
}

/// The caller-chosen values that a rule which suppresses, expects or lowers rests on; `None` if it rests on others too.
pub fn caller_chosen(rule: &TuningRule) -> Option<RestsOn> {
    if !can_lower(rule.action) {
        return None;
    }
    let has = |field| rule.condition(field).is_some();
    let names = |field| names_something(rule, field);
    if [Field::Principal, Field::Person, Field::Service]
        .into_iter()
        .any(names)
    {
        return None;
    }
    if rests_on_session_name(rule) {
        return Some(RestsOn::SessionName);
    }
    let is_chosen = has(Field::UserAgent) || has(Field::Document);
    let proven = [Field::Actor, Field::Target, Field::Account, Field::Src];
    (is_chosen && !proven.into_iter().any(names)).then_some(RestsOn::AgentOrDocument)
}

/// Whether a rule that suppresses, expects or lowers says nothing of who may do it, where or from where.
pub fn is_for_anybody(rule: &TuningRule) -> bool {
    let says = [
        Field::Actor,
        Field::Principal,
        Field::Person,
        Field::Service,
        Field::Target,
        Field::Account,
        Field::Src,
    ];
    can_lower(rule.action) && !says.into_iter().any(|field| names_something(rule, field))
}

/// Words of every identity of AWS.
const IN_EVERY_ARN: [&str; 10] = [
    "arn", "aws", "cn", "us", "gov", "iam", "sts", "assumed", "role", "user",
];

/// Whether a rule has a condition on a field of which every alternative has more than a letter of its own:
/// `arn:aws:iam::*:role/*` and `i-*` have not.
fn names_something(rule: &TuningRule, field: Field) -> bool {
    let is_own = |alternative: &Alternative| match alternative {
        Alternative::Exact(_) => true,
        Alternative::Net(net) => net.prefix_len() > 0,
        Alternative::Glob(text) => {
            let words = text.split(|sign: char| !sign.is_alphanumeric());
            let own = words.filter(|word| !IN_EVERY_ARN.contains(word));
            own.map(str::len).sum::<usize>() > 1
        }
    };
    rule.condition(field)
        .is_some_and(|condition| condition.alternatives.iter().all(is_own))
}

/// Rules that set a high level are written to raise.
fn can_lower(action: Action) -> bool {
    match action {
        Action::Suppress | Action::Expect => true,
        Action::Level(level) => level <= Severity::Medium,
        Action::Step(step) => step < 0,
    }
}

fn rests_on_session_name(rule: &TuningRule) -> bool {
    let actor = rule.condition(Field::Actor);
    let reaches = |alternative: &Alternative| match alternative {
        Alternative::Exact(text) | Alternative::Glob(text) => reaches_session_name(text),
        Alternative::Net(_) => false,
    };
    can_match_aws(rule) && actor.is_some_and(|actor| actor.alternatives.iter().any(reaches))
}

/// Whether a condition on the cloud or the operation leaves AWS, where sessions of roles have names.
fn can_match_aws(rule: &TuningRule) -> bool {
    let is_of_another = |text: &str| {
        let mut others = Cloud::ALL.iter().filter(|cloud| **cloud != Cloud::Aws);
        others.any(|cloud| text.starts_with(cloud.as_str()))
    };
    let conditions = rule.conditions.iter();
    let excludes = conditions.filter(|condition| [Field::Cloud, Field::Operation].contains(&condition.field));
    !excludes.into_iter().any(|condition| {
        condition
            .alternatives
            .iter()
            .all(|alternative| match alternative {
                Alternative::Exact(text) | Alternative::Glob(text) => is_of_another(text),
                Alternative::Net(_) => false,
            })
    })
}

/// The beginnings of the ARNs and ids that end in a name which the caller chose; `+` stands for characters other than `/`
/// and `:`.
const BEGINNINGS: [&str; 3] = [
    "arn:+:sts::+:assumed-role/+/",
    "arn:+:sts::+:federated-user/",
    "aroa+:",
];

/// Whether `glob` matches an actor because of the name of its session: of the same role, other sessions do not match.
fn reaches_session_name(glob: &str) -> bool {
    let mut rests = BEGINNINGS.iter().flat_map(|arn| rests(glob.as_bytes(), arn));
    rests.any(|rest| {
        let is_any = rest.contains(&b'*') && rest.iter().all(|b| b"*?".contains(b));
        !rest.is_empty() && !rest.contains(&b'/') && !is_any
    })
}

/// A step through the beginning of an ARN.
#[derive(Clone, Copy)]
enum Step {
    Byte(u8),
    /// One character of a word.
    One,
    /// Any number of characters of a word.
    Many,
}

/// The rests of `glob` for which the part before can match the whole beginning of an ARN.
fn rests<'g>(glob: &'g [u8], beginning: &str) -> Vec<&'g [u8]> {
    let steps: Vec<Step> = beginning
        .bytes()
        .flat_map(|byte| match byte {
            b'+' => vec![Step::One, Step::Many],
            _ => vec![Step::Byte(byte)],
        })
        .collect();
    let mut rests = Vec::new();
    // reached[n]: the part of the glob that was read can match the first n steps.
    let mut reached = vec![false; steps.len() + 1];
    reached[0] = true;
    for (at, byte) in glob.iter().enumerate() {
        let next = after(*byte, &steps, &reached);
        let is_open = *byte == b'*' && next[steps.len()];
        if reached[steps.len()] || is_open {
            rests.push(&glob[at..]);
        }
        reached = next;
    }
    rests
}

/// The steps that are reached with one more byte of the glob.
fn after(byte: u8, steps: &[Step], reached: &[bool]) -> Vec<bool> {
    let is_word = |byte: u8| byte != b'/' && byte != b':';
    let mut next = vec![false; reached.len()];
    for at in (0..reached.len()).filter(|at| reached[*at]) {
        if byte == b'*' {
            next[at..].fill(true);
            break;
        }
        let Some(step) = steps.get(at) else { break };
        match step {
            Step::Byte(wanted) => next[at + 1] |= byte == *wanted || byte == b'?',
            Step::One => next[at + 1] |= is_word(byte),
            Step::Many => next[at] |= is_word(byte),
        }
    }
    for (at, step) in steps.iter().enumerate() {
        next[at + 1] |= next[at] && matches!(step, Step::Many);
    }
    next
}

#[cfg(test)]
mod tests {
    use super::reaches_session_name;

    #[test]
    fn a_pattern_that_a_name_of_a_session_can_fulfil_is_found() {
        for glob in [
            "*/jenkins",
            "*jenkins*",
            "*:assumed-role/*/ana",
            "*/ana*",
            "*@example.com",
            "????????*-ci",
            "arn:aws:sts::111122223333:assumed-role/deploy/ci-1",
            "arn:aws:sts::*:assumed-role/deploy/ci-*",
            "arn:aws:sts::1:federated-user/ci",
            "arn:aws:sts::1:assumed-role/dep*y",
            "aroaexample:jenkins",
        ] {
            assert!(reaches_session_name(glob), "{glob}");
        }
    }

    #[test]
    fn a_pattern_that_leaves_the_name_of_the_session_open_is_not() {
        for glob in [
            "x",
            "ana@example.com",
            "*/deploy/*",
            "*:assumed-role/deploy/*",
            "*assumed-role/deploy/?*",
            "arn:aws:sts::111122223333:assumed-role/deploy/*",
            "arn:aws:sts::*:assumed-role/deploy*",
            "arn:aws:iam::111122223333:user/ana",
            "arn:aws:iam::*:user/*/ana",
            "arn:aws:sts::1:assumed-role/deploy/",
            "aroaexample:*",
        ] {
            assert!(!reaches_session_name(glob), "{glob}");
        }
    }
}
