//! A condition of the catalogue, made ready for asking.

use super::entry::{Entry, FieldRef, FieldTable};
use super::glob::fits;
use super::refusal::named_in;
use crate::catalogue::tables::{CloudInfo, Refusal};
use crate::catalogue::{Condition, List, Outcome, OutcomeRule};
use std::borrow::Cow;

/// A test on the values of some fields.
#[derive(Debug)]
pub struct Test {
    fields: Vec<FieldRef>,
    condition: Condition,
    refusal: Option<RefusedDocument>,
    /// By which a record says that it leaves out what this test looks at.
    left_out: Vec<Test>,
}

/// Where a refused call names its document.
#[derive(Debug)]
struct RefusedDocument {
    message: FieldRef,
    refusal: Refusal,
}

impl Test {
    /// Makes a condition of a cloud's operation ready.
    pub fn new(cloud: &CloudInfo, condition: &Condition, fields: &mut FieldTable) -> Self {
        let paths = &condition.path;
        let refusal = &cloud.refusal;
        let is_document = paths.iter().any(|path| refusal.document_paths.contains(path));
        Self {
            fields: fields.all(cloud.id, paths),
            condition: wanted(condition),
            refusal: is_document.then(|| RefusedDocument {
                message: fields.field(cloud.id, &refusal.message),
                refusal: refusal.clone(),
            }),
            left_out: left_out(cloud, paths, fields),
        }
    }

    /// Makes several ready.
    pub fn all(cloud: &CloudInfo, conditions: &[Condition], fields: &mut FieldTable) -> Vec<Self> {
        conditions
            .iter()
            .map(|condition| Self::new(cloud, condition, fields))
            .collect()
    }

    /// The fields that it looks at, without the error text of a refused call.
    pub fn fields(&self) -> &[FieldRef] {
        &self.fields
    }

    /// Whether the event fulfils it.
    pub fn holds(&self, entry: &Entry<'_>) -> bool {
        let condition = &self.condition;
        let values = self.values(entry);
        let any = |wanted: &[String]| values.iter().any(|value| is_one_of(wanted, value));
        if condition.present {
            !values.is_empty()
        } else if condition.absent {
            values.is_empty()
        } else if !condition.is.is_empty() {
            any(&condition.is)
        } else if !condition.not.is_empty() {
            !any(&condition.not)
        } else if !condition.only.is_empty() {
            values.iter().all(|value| is_one_of(&condition.only, value))
        } else {
            values.iter().any(|value| fits_one_of(&condition.like, value))
        }
    }

    /// Whether the values that it asks for may be what the record lacks: it was cut, or says that it leaves them out.
    pub fn may_be_missing(&self, entry: &Entry<'_>) -> bool {
        let is_left_out = || self.left_out.iter().any(|test| test.holds(entry));
        (entry.is_cut || is_left_out()) && self.values(entry).is_empty()
    }

    /// Whether every value is one of those wanted, and there is one: what trust asks for, for one good value among
    /// others proves nothing.
    pub fn holds_for_all(&self, entry: &Entry<'_>) -> bool {
        let condition = &self.condition;
        if condition.is.is_empty() && condition.like.is_empty() {
            return self.holds(entry);
        }
        let values = self.values(entry);
        let is_wanted = |value: &str| is_one_of(&condition.is, value) || fits_one_of(&condition.like, value);
        !values.is_empty() && values.iter().all(|value| is_wanted(value))
    }

    fn values<'e>(&self, entry: &Entry<'e>) -> Vec<Cow<'e, str>> {
        let mut values = match &self.fields[..] {
            [field] => entry.all(field),
            fields => fields.iter().flat_map(|field| entry.all(field)).collect(),
        };
        if let Some(RefusedDocument { message, refusal }) = &self.refusal
            && values.is_empty()
            && let Some(message) = entry.first(message)
        {
            values.extend(named_in(refusal, &message, &refusal.document).map(|name| name.to_owned().into()));
        }
        values
    }

    /// The first value that it looks at, with its field.
    pub fn proof(&self, entry: &Entry<'_>) -> String {
        let mut values = self
            .fields
            .iter()
            .filter_map(|field| Some((field.name(), entry.first(field)?)));
        let value = values.next();
        value.map_or_else(|| self.in_words(), |(field, value)| [field, "=", &value].concat())
    }

    /// Why it does not hold, in words.
    pub fn failure(&self, entry: &Entry<'_>) -> String {
        let values = self.values(entry);
        let has = if values.is_empty() {
            "absent".to_owned()
        } else {
            values.join(", ")
        };
        format!("{} is {has}, but {}", self.paths(), self.wanted())
    }

    /// What it asks for, in words.
    pub fn in_words(&self) -> String {
        format!("{} {}", self.paths(), self.wanted())
    }

    fn paths(&self) -> String {
        self.fields
            .iter()
            .map(FieldRef::name)
            .collect::<Vec<_>>()
            .join(" or ")
    }

    fn wanted(&self) -> String {
        let condition = &self.condition;
        match () {
            () if condition.present => "must have a value".to_owned(),
            () if condition.absent => "must have no value".to_owned(),
            () if !condition.is.is_empty() => format!("must be {}", condition.is.join(" or ")),
            () if !condition.not.is_empty() => format!("must not be {}", condition.not.join(" or ")),
            () if !condition.only.is_empty() => {
                format!("must be absent or {}", condition.only.join(" or "))
            }
            () => format!("must be like {}", condition.like.join(" or ")),
        }
    }
}

/// Whether a value is one of these, in any letter case.
fn is_one_of(wanted: &[String], value: &str) -> bool {
    wanted.iter().any(|wanted| wanted.eq_ignore_ascii_case(value))
}

fn fits_one_of(globs: &[String], value: &str) -> bool {
    globs.iter().any(|glob| fits(glob, value))
}

/// The conditions by which a record leaves out the member that some paths begin with; none for their own paths.
fn left_out(cloud: &CloudInfo, paths: &[String], fields: &mut FieldTable) -> Vec<Test> {
    let is_inside = |flag: &Condition| {
        let parents = flag.path.iter().filter_map(|path| path.rsplit_once('.'));
        let mut parents = parents.map(|(parent, _)| format!("{parent}."));
        parents.any(|parent| {
            let is_in = |path: &String| path.starts_with(&parent) && !flag.path.contains(path);
            paths.iter().any(is_in)
        })
    };
    let flags = cloud.omitted.iter().chain(&cloud.omitted_answer);
    let inside: Vec<&Condition> = flags.filter(|flag| is_inside(flag)).collect();
    inside
        .into_iter()
        .map(|flag| Test::new(cloud, flag, fields))
        .collect()
}

/// The condition without its paths, which are facts by now.
fn wanted(condition: &Condition) -> Condition {
    Condition {
        path: List::default(),
        is: condition.is.clone(),
        like: condition.like.clone(),
        not: condition.not.clone(),
        only: condition.only.clone(),
        present: condition.present,
        absent: condition.absent,
    }
}

/// An outcome that the event's own fields tell.
#[derive(Debug)]
pub struct OutcomeTest {
    /// Must all hold.
    pub when: Vec<Test>,
    /// What came of the call.
    pub is: Outcome,
}

impl OutcomeTest {
    /// Makes the rules of a cloud's operation ready.
    pub fn all(cloud: &CloudInfo, rules: &[OutcomeRule], fields: &mut FieldTable) -> Vec<Self> {
        let ready = |rule: &OutcomeRule| Self {
            when: Test::all(cloud, &rule.when, fields),
            is: rule.is,
        };
        rules.iter().map(ready).collect()
    }
}
