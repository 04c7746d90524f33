//! Rows of the result: the fields of a finding, and those that linking adds.

use super::connection::Link;
use super::linked::Linked;
use super::record::{KNOWN, Record};
use super::request::{Caller, Request};
use super::session::{self, Session};
use crate::catalogue::Severity;
use crate::detect::finding::{FIELDS, Group, Subject};
use crate::detect::tune::time::format_iso;
use rustc_hash::{FxHashMap, FxHashSet};
use std::ops::Range;

/// The fields that linking adds, in the order in which they are written; whether each can hold several values.
pub const LINK_FIELDS: [(&str, bool); 9] = [
    ("dvm_records", false),
    ("dvm_session_state", false),
    ("dvm_session_end", false),
    ("dvm_session_seconds", false),
    ("dvm_ended_by", false),
    ("dvm_link", true),
    ("dvm_link_reason", true),
    ("dvm_link_event_id", true),
    ("dvm_case", false),
];

/// Sentences of a case that are shown at most.
const MAX_SENTENCES: usize = 100;

/// A row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LinkedRow {
    /// Microseconds since 1970 UTC.
    pub time: Option<i64>,
    /// Of each field with a value its name and values; those of a finding first, in their order.
    pub fields: Vec<(&'static str, Vec<String>)>,
    /// Where the gravest record was read.
    pub place: String,
}

impl LinkedRow {
    /// The values of a field; none where it has none.
    pub fn values(&self, name: &str) -> &[String] {
        let found = self.fields.iter().find(|(known, _)| *known == name);
        found.map_or(&[], |(_, values)| values)
    }

    /// The first value of a field; empty where it has none.
    pub fn value(&self, name: &str) -> &str {
        self.values(name).first().map_or("", String::as_str)
    }

    fn put(&mut self, name: &'static str, values: Vec<String>) {
        if !values.is_empty() && values.iter().any(|value| !value.is_empty()) {
            self.fields.push((name, values));
        }
    }
}

/// The links that lead to each request.
fn links_by_request(linked: &Linked) -> FxHashMap<usize, Vec<&Link>> {
    let mut links: FxHashMap<usize, Vec<&Link>> = FxHashMap::default();
    for link in &linked.links {
        links.entry(link.later).or_default().push(link);
    }
    links
}

/// Rows of requests by their numbers, one after the other.
pub fn requests(linked: &Linked, range: Range<usize>, put: &mut dyn FnMut(&LinkedRow)) {
    let links = links_by_request(linked);
    for number in range {
        let mut row = of_request(&linked.requests[number], &linked.records);
        let session = linked.sessions.of_request.get(&number);
        if let Some(session) = session.map(|at| &linked.sessions.all[*at]) {
            put_session(&mut row, session, linked);
        }
        put_links(
            &mut row,
            links.get(&number).into_iter().flatten().copied(),
            linked,
        );
        row.put("dvm_case", vec![linked.cases[number].clone()]);
        put(&row);
    }
}

/// The fields of a finding, of all records of a request.
fn of_request(request: &Request, records: &[Record]) -> LinkedRow {
    let gravest = &records[request.gravest];
    let outcome_differs = gravest.first(KNOWN.outcome) != records[request.newest].first(KNOWN.outcome);
    let mut row = LinkedRow {
        time: request.time,
        fields: Vec::with_capacity(FIELDS.len()),
        place: gravest.place().to_owned(),
    };
    for (number, field) in FIELDS.iter().enumerate() {
        let values: Vec<&str> = match field.subject {
            Subject::EventId => request.event_ids(records),
            Subject::Outcome => vec![records[request.newest].first(number)],
            // A sentence tells the outcome too.
            Subject::Summary if outcome_differs => vec![records[request.newest].first(number)],
            Subject::Target | Subject::Instance | Subject::ObjectId | Subject::Src | Subject::Actor => {
                request.union(records, number)
            }
            _ if field.multivalue => gravest.all(number).collect(),
            _ => vec![request.value(records, number)],
        };
        let values = values
            .into_iter()
            .filter(|value| !value.is_empty())
            .map(str::to_owned);
        row.put(field.name, values.collect());
    }
    row.put("dvm_records", vec![request.records.len().to_string()]);
    row
}

fn put_session(row: &mut LinkedRow, session: &Session, linked: &Linked) {
    row.put("dvm_session_state", vec![session.state.as_str().to_owned()]);
    let Some(end) = session.end.map(|end| &linked.requests[end]) else {
        return;
    };
    row.put("dvm_session_end", end.time.map(format_iso).into_iter().collect());
    let length = session::seconds(session, &linked.requests);
    row.put(
        "dvm_session_seconds",
        length.map(|length| length.to_string()).into_iter().collect(),
    );
    let by = end.callers(&linked.records).last().map(Caller::name);
    row.put("dvm_ended_by", by.map(str::to_owned).into_iter().collect());
}

fn put_links<'l>(row: &mut LinkedRow, links: impl Iterator<Item = &'l Link>, linked: &Linked) {
    let (mut kinds, mut reasons, mut ids) = (Vec::new(), Vec::new(), Vec::new());
    for link in links {
        let earlier = &linked.requests[link.earlier];
        kinds.push(link.kind.to_owned());
        reasons.push(format!("{}: {}", link.kind, link.reason));
        ids.extend(
            earlier
                .event_ids(&linked.records)
                .first()
                .map(ToString::to_string),
        );
    }
    row.put("dvm_link", distinct(kinds));
    row.put("dvm_link_reason", reasons);
    row.put("dvm_link_event_id", distinct(ids));
}

/// Rows of sessions: each that of the request that began it.
pub fn sessions(linked: &Linked, range: Range<usize>, put: &mut dyn FnMut(&LinkedRow)) {
    let links = links_by_request(linked);
    for session in &linked.sessions.all[range] {
        let mut row = of_request(&linked.requests[session.start], &linked.records);
        put_session(&mut row, session, linked);
        let of_session = session.requests.iter();
        let of_session = of_session.flat_map(|request| links.get(request).into_iter().flatten());
        put_links(&mut row, of_session.copied(), linked);
        row.put("dvm_case", vec![linked.cases[session.start].clone()]);
        put_records(&mut row, session, linked);
        let sentence = session::in_a_sentence(session, &linked.requests, &linked.records);
        let summary = row.fields.iter_mut().find(|(name, _)| *name == "dvm_summary");
        if let Some((_, values)) = summary {
            *values = vec![sentence];
        }
        put(&row);
    }
}

/// The ids and the number of all records of a session.
fn put_records(row: &mut LinkedRow, session: &Session, linked: &Linked) {
    let of_session = || session.requests.iter().map(|number| &linked.requests[*number]);
    let ids = of_session().flat_map(|request| request.event_ids(&linked.records));
    let ids = distinct(ids.map(str::to_owned).collect());
    let count: usize = of_session().map(|request| request.records.len()).sum();
    for (name, values) in &mut row.fields {
        match *name {
            "dvm_event_id" => values.clone_from(&ids),
            "dvm_records" => *values = vec![count.to_string()],
            _ => {}
        }
    }
}

/// The requests of each case, in the order of the first ones.
fn members(linked: &Linked) -> Vec<Vec<usize>> {
    let mut at: FxHashMap<&str, usize> = FxHashMap::default();
    let mut members: Vec<Vec<usize>> = Vec::new();
    for (number, case) in linked.cases.iter().enumerate() {
        let known = *at.entry(case).or_insert(members.len());
        if known == members.len() {
            members.push(Vec::new());
        }
        members[known].push(number);
    }
    members
}

/// The number of cases.
pub fn case_count(linked: &Linked) -> usize {
    let cases: FxHashSet<&String> = linked.cases.iter().collect();
    cases.len()
}

/// Rows of cases: each the gravest of its requests, with what all of them have.
pub fn cases(linked: &Linked, range: Range<usize>, put: &mut dyn FnMut(&LinkedRow)) {
    let links = links_by_request(linked);
    for members in &members(linked)[range] {
        put(&of_case(&linked.cases[members[0]], members, &links, linked));
    }
}

fn of_case(
    case: &str,
    members: &[usize],
    links: &FxHashMap<usize, Vec<&Link>>,
    linked: &Linked,
) -> LinkedRow {
    let records = &linked.records;
    let gravest = gravest(members, linked);
    let mut row = LinkedRow {
        time: members
            .iter()
            .filter_map(|number| linked.requests[*number].time)
            .min(),
        fields: Vec::new(),
        place: records[gravest.gravest].place().to_owned(),
    };
    for (number, field) in FIELDS.iter().enumerate() {
        let of_all = || {
            members
                .iter()
                .flat_map(|member| linked.requests[*member].union(records, number))
        };
        let is_judgement = matches!(
            field.subject,
            Subject::Severity | Subject::RiskScore | Subject::Verdict | Subject::AlertType | Subject::Reasons
        );
        let values = match field.subject {
            Subject::Summary => sentences(members, linked),
            _ if field.group == Group::Own && !is_judgement => {
                distinct(of_all().map(str::to_owned).collect())
            }
            _ => gravest
                .union(records, number)
                .into_iter()
                .map(str::to_owned)
                .collect(),
        };
        row.put(field.name, values);
    }
    let count: usize = members
        .iter()
        .map(|member| linked.requests[*member].records.len())
        .sum();
    row.put("dvm_records", vec![count.to_string()]);
    let of_members = members
        .iter()
        .flat_map(|member| links.get(member).into_iter().flatten());
    put_links(&mut row, of_members.copied(), linked);
    row.put("dvm_case", vec![case.to_owned()]);
    row
}

/// The gravest request; of equals the first.
fn gravest<'l>(members: &[usize], linked: &'l Linked) -> &'l Request {
    let severity = |number: &&usize| {
        let request = &linked.requests[**number];
        let of = |field| request.value(&linked.records, field);
        let score: u8 = of(KNOWN.score).parse().unwrap_or(0);
        let is_reported = request.is_reported(&linked.records);
        (is_reported, Severity::parse(of(KNOWN.severity)), score)
    };
    let gravest = members.iter().rev().max_by_key(severity);
    &linked.requests[*gravest.expect("a case has a request")]
}

/// What happened, in the order of time.
fn sentences(members: &[usize], linked: &Linked) -> Vec<String> {
    let of_member = |number: &usize| {
        let request = &linked.requests[*number];
        let time = request
            .time
            .map_or_else(|| "at an unknown time".to_owned(), format_iso);
        format!("{time} {}", request.value(&linked.records, KNOWN.summary))
    };
    let mut sentences: Vec<String> = members.iter().take(MAX_SENTENCES).map(of_member).collect();
    if members.len() > MAX_SENTENCES {
        sentences.push(format!("and {} more", members.len() - MAX_SENTENCES));
    }
    sentences
}

fn distinct(mut values: Vec<String>) -> Vec<String> {
    let mut seen = FxHashSet::default();
    values.retain(|value| seen.insert(value.clone()));
    values
}
