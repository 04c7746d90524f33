//! What conditions are held against: a finding's values, letter case taken away.

use super::rule::Field;
use super::time;
use crate::detect::finding::{Finding, Text};
use std::net::IpAddr;

/// A finding's values, field after field, in lower case.
#[derive(Debug)]
pub struct Values {
    texts: Vec<String>,
    ends: [usize; Field::ALL.len()],
    address: Option<IpAddr>,
    time: Option<i64>,
}

impl Values {
    /// Of a finding.
    pub fn new(finding: &Finding<'_, '_>) -> Self {
        let mut texts = Vec::with_capacity(12);
        let mut ends = [0; Field::ALL.len()];
        for (field, end) in Field::ALL.into_iter().zip(&mut ends) {
            put(finding, field, &mut texts);
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
            address: address.map(|address| address.to_canonical()),
            time: facts.time.as_deref().and_then(time::of_event),
        }
    }

    /// The values of one field.
    pub fn of(&self, field: Field) -> &[String] {
        let at = field as usize;
        let start = at.checked_sub(1).map_or(0, |before| self.ends[before]);
        &self.texts[start..self.ends[at]]
    }

    /// Where the request came from, if that is an address; v4 inside v6 counts as v4.
    pub fn address(&self) -> Option<IpAddr> {
        self.address
    }

    /// When it happened, in microseconds since 1970 UTC.
    pub fn time(&self) -> Option<i64> {
        self.time
    }
}

fn put(finding: &Finding<'_, '_>, field: Field, texts: &mut Vec<String>) {
    let facts = &finding.facts;
    let one = |value: &Option<Text<'_>>| value.as_deref().map(str::to_lowercase);
    match field {
        Field::Cloud => texts.push(finding.rule.cloud.as_str().to_owned()),
        Field::Access => texts.push(finding.access.as_str().to_owned()),
        Field::Operation => {
            texts.push(finding.rule.id.to_lowercase());
            texts.push(finding.operation_name().to_lowercase());
        }
        Field::Actor => texts.extend(one(&facts.actor)),
        Field::Target => texts.extend(facts.target.iter().map(|target| target.to_lowercase())),
        Field::Account => texts.extend(one(&facts.account)),
        Field::Src => texts.extend(one(&facts.src)),
        Field::Document => texts.extend(one(&facts.document)),
        Field::UserAgent => texts.extend(one(&facts.user_agent)),
    }
}
