//! The values of a finding that conditions are compared with. Only the letters A to Z are folded to lower case: a letter that
//! merely looks like one of them, such as the Kelvin sign, is another letter.

use super::field::Field;
use super::time;
use crate::detect::finding::Finding;
use crate::detect::text::Text;
use std::net::IpAddr;

/// The values of a finding in lower case, field after field.
#[derive(Debug)]
pub struct Values {
    texts: Vec<String>,
    ends: [usize; Field::ALL.len()],
    /// Whether the finding may have more targets than it lists.
    has_unlisted_targets: bool,
    /// Whether it has more of them than a list may hold.
    is_target_list_full: bool,
    address: Option<IpAddr>,
    time: Option<i64>,
}

impl Values {
    /// Collects the values of a finding.
    pub fn new(finding: &Finding<'_, '_>) -> Self {
        let mut texts = Vec::with_capacity(12);
        let mut ends = [0; Field::ALL.len()];
        for (field, end) in Field::ALL.into_iter().zip(&mut ends) {
            push_values(finding, field, &mut texts);
            *end = texts.len();
        }
        let facts = &finding.facts;
        let address = facts
            .src
            .as_deref()
            .and_then(|src| src.trim().parse::<IpAddr>().ok());
        Self {
            texts,
            ends,
            is_target_list_full: facts.target.unlisted > 0,
            has_unlisted_targets: facts.hides_targets || facts.target.unlisted > 0,
            address: address.map(|address| address.to_canonical()),
            time: facts.time.as_deref().and_then(time::parse_event_time),
        }
    }

    /// The values of one field.
    pub fn of(&self, field: Field) -> &[String] {
        let at = field as usize;
        let start = at.checked_sub(1).map_or(0, |before| self.ends[before]);
        &self.texts[start..self.ends[at]]
    }

    /// Whether the field has values that are not among those that [`Self::of`] returns.
    pub fn is_incomplete(&self, field: Field) -> bool {
        field == Field::Target && self.has_unlisted_targets
    }

    /// Whether the list of the field's values is full: further values were dropped.
    pub fn is_full(&self, field: Field) -> bool {
        field == Field::Target && self.is_target_list_full
    }

    /// The source, where it is an address; an IPv4-mapped IPv6 address is returned as IPv4.
    pub fn address(&self) -> Option<IpAddr> {
        self.address
    }

    /// The time of the event, in microseconds since 1970 UTC.
    pub fn time(&self) -> Option<i64> {
        self.time
    }
}

fn push_values(finding: &Finding<'_, '_>, field: Field, texts: &mut Vec<String>) {
    let facts = &finding.facts;
    let one = |value: &Option<Text<'_>>| value.as_deref().map(str::to_ascii_lowercase);
    match field {
        Field::Cloud => texts.push(finding.rule.cloud.as_str().to_owned()),
        Field::Access => texts.push(finding.access.as_str().to_owned()),
        Field::Operation => {
            texts.push(finding.rule.id.to_ascii_lowercase());
            texts.push(finding.operation_name().to_ascii_lowercase());
        }
        // The name of a serial console's guest is whatever the guest typed.
        Field::Actor if !facts.proves_actor() => {}
        Field::Actor => texts.extend(one(&facts.actor)),
        Field::Principal => texts.extend(one(&facts.principal)),
        Field::Person => texts.extend(one(&facts.person)),
        Field::Service => texts.extend(one(&facts.provider_service)),
        Field::Target => {
            let targets = facts.target.values().iter();
            texts.extend(targets.map(|target| target.to_ascii_lowercase()));
        }
        Field::Account => texts.extend(one(&facts.account)),
        Field::Src => texts.extend(one(&facts.src)),
        Field::Document => texts.extend(one(&facts.document)),
        Field::UserAgent => texts.extend(one(&facts.user_agent)),
    }
}
