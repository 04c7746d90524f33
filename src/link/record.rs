//! A finding as its fields, in little memory.

use crate::detect::finding::{FIELDS, Finding};
use crate::detect::tune::time::parse_event_time;
use std::sync::LazyLock;

/// The numbers of the fields that links ask for, in [`FIELDS`].
#[derive(Debug, Clone, Copy)]
pub struct Known {
    pub event_id: usize,
    pub cloud: usize,
    pub operation: usize,
    pub operation_name: usize,
    pub access: usize,
    pub principal: usize,
    pub person: usize,
    pub service: usize,
    pub actor: usize,
    pub actor_type: usize,
    pub target: usize,
    pub target_type: usize,
    pub src: usize,
    pub outcome: usize,
    pub account: usize,
    pub region: usize,
    pub object_id: usize,
    pub document: usize,
    pub session: usize,
    pub severity: usize,
    pub score: usize,
    pub verdict: usize,
    pub summary: usize,
    pub technique: usize,
    pub result_id: usize,
}

/// Where [`FIELDS`] has what links ask for.
pub static KNOWN: LazyLock<Known> = LazyLock::new(|| {
    let of = |name| field_number(name).expect("the fields of a finding are known");
    Known {
        event_id: of("dvm_event_id"),
        cloud: of("dvm_cloud"),
        operation: of("dvm_operation"),
        operation_name: of("dvm_operation_name"),
        access: of("dvm_access"),
        principal: of("dvm_principal"),
        person: of("dvm_person"),
        service: of("dvm_service"),
        actor: of("dvm_actor"),
        actor_type: of("dvm_actor_type"),
        target: of("dvm_target"),
        target_type: of("dvm_target_type"),
        src: of("dvm_src"),
        outcome: of("dvm_outcome"),
        account: of("dvm_account"),
        region: of("dvm_region"),
        object_id: of("object_id"),
        document: of("dvm_document"),
        session: of("dvm_session"),
        severity: of("dvm_severity"),
        score: of("dvm_risk_score"),
        verdict: of("dvm_verdict"),
        summary: of("dvm_summary"),
        technique: of("dvm_technique"),
        result_id: of("result_id"),
    }
});

/// The number of a finding's field by its name.
pub fn field_number(name: &str) -> Option<usize> {
    FIELDS.iter().position(|field| field.name == name)
}

/// A finding: every value of every field, one after the other in one text.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Record {
    /// Microseconds since 1970 UTC.
    time: Option<i64>,
    text: Box<str>,
    /// Number of the field, and where its value ends in the text.
    ends: Box<[(u8, u32)]>,
    /// Where it was read, for people.
    place: Box<str>,
}

impl Record {
    /// A finding that was logged at `time`; `values` are numbers of fields with one value each. `place` says where it was
    /// read, if that is known.
    pub fn new<'v>(
        time: Option<&str>,
        values: impl IntoIterator<Item = (usize, &'v str)>,
        place: &str,
    ) -> Self {
        let (mut text, mut ends) = (String::new(), Vec::new());
        // Collected findings have their fields in another order.
        let mut values: Vec<(usize, &str)> = values.into_iter().collect();
        values.sort_by_key(|(field, _)| *field);
        for (field, value) in values {
            let Ok(field) = u8::try_from(field) else { continue };
            if value.is_empty() {
                continue;
            }
            text.push_str(value);
            let end = u32::try_from(text.len()).unwrap_or(u32::MAX);
            ends.push((field, end));
        }
        Self {
            time: time.and_then(parse_event_time),
            text: text.into(),
            ends: ends.into(),
            place: place.into(),
        }
    }

    /// What a finding shows.
    pub fn of_finding(finding: &Finding<'_, '_>, place: &str) -> Self {
        let mut values: Vec<(usize, String)> = Vec::new();
        for (number, field) in FIELDS.iter().enumerate() {
            let all = field.subject.values(finding);
            all.each(|value| values.push((number, value.to_owned())));
        }
        let values = values.iter().map(|(number, value)| (*number, value.as_str()));
        Self::new(finding.facts.time.as_deref(), values, place)
    }

    /// When it was logged, in microseconds since 1970 UTC.
    pub fn time(&self) -> Option<i64> {
        self.time
    }

    /// Where it was read.
    pub fn place(&self) -> &str {
        &self.place
    }

    /// Every value of a field.
    pub fn all(&self, field: usize) -> impl Iterator<Item = &str> {
        self.values()
            .filter(move |(known, _)| *known == field)
            .map(|(_, value)| value)
    }

    /// The first value of a field; empty where it has none.
    pub fn first(&self, field: usize) -> &str {
        self.all(field).next().unwrap_or_default()
    }

    /// Every field with its values.
    fn values(&self) -> impl Iterator<Item = (usize, &str)> {
        let starts = std::iter::once(0).chain(self.ends.iter().map(|(_, end)| *end));
        self.ends.iter().zip(starts).map(|((field, end), start)| {
            let value = self.text.get(start as usize..*end as usize);
            (usize::from(*field), value.unwrap_or_default())
        })
    }
}
