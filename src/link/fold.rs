//! Records → requests. AWS logs one record of a call; Azure up to three with one correlation id, of which the caller can
//! choose the id; Google Cloud the first and the last of a long operation.

use super::definitions::Interrupt;
use super::record::{KNOWN, Record};
use super::request::{Request, is_final, outcome};
use super::rules::Rules;
use crate::catalogue::Outcome;
use crate::detect::glob::fits;
use rustc_hash::{FxHashMap, FxHashSet};

/// Microseconds after the answer to a request in which further records can be of it: the same answer in another export.
const ANSWER_GAP: i64 = 3_600 * 1_000_000;
/// Microseconds after the answer in which what begins can be of it: clocks and orders of records differ a little.
const START_GAP: i64 = 60 * 1_000_000;

/// AWS's own ids of records are longer.
const MIN_EVENT_ID: usize = 16;

/// The requests of all records but copies, sorted by time.
pub fn requests(records: &[Record], rules: &Rules) -> Vec<Request> {
    let mut order: Vec<usize> = (0..records.len()).collect();
    order.sort_by(|a, b| records[*a].cmp(&records[*b]));
    without_copies(&mut order, records);
    let mut groups: FxHashMap<Key<'_>, Vec<usize>> = FxHashMap::default();
    let mut requests = Vec::new();
    for number in order {
        match key(&records[number]) {
            Some(key) => groups.entry(key).or_default().push(number),
            None => requests.push(vec![number]),
        }
    }
    for group in groups.into_values() {
        parts(&group, records, rules, &mut requests);
    }
    let rank = |request: &Request| {
        let first = &records[request.records[0]];
        (request.time.unwrap_or(i64::MAX), phase(request, records), first)
    };
    let mut requests: Vec<Request> = requests
        .into_iter()
        .map(|numbers| Request::new(numbers, records, &|record| answer(record, rules)))
        .collect();
    requests.sort_by(|a, b| rank(a).cmp(&rank(b)));
    requests
}

/// What opens access comes before the access of the same moment, and what ends it after it.
fn phase(request: &Request, records: &[Record]) -> u8 {
    use crate::catalogue::AccessType as Access;
    match request.access(records) {
        Some(Access::Preparation | Access::AccessEnablement) => 0,
        Some(Access::CredentialRetrieval | Access::CredentialReset | Access::SshKeyPush) => 1,
        Some(Access::SessionEnd) => 3,
        _ => 2,
    }
}

/// Drops records with the id of another one: two trails, two forwarders. Where the log has no id of its own, the caller can
/// choose the one that stands for it: then all that tells records apart must be the same.
fn without_copies(order: &mut Vec<usize>, records: &[Record]) {
    let mut seen = FxHashSet::default();
    order.retain(|number| {
        let record = &records[*number];
        let (cloud, id) = (record.first(KNOWN.cloud), record.first(KNOWN.event_id));
        // Whoever puts something in place of an id that was lost puts something short.
        let is_own = cloud == "aws" && id.len() >= MIN_EVENT_ID;
        let time = (cloud == "aws").then(|| (record.time(), record.first(KNOWN.session)));
        let told_apart = (!is_own).then(|| (marks(record), record.first(KNOWN.outcome), time));
        id.is_empty() || seen.insert((cloud, record.first(KNOWN.operation), id, told_apart))
    });
}

/// What records of one request have in common: cloud, account, operation, the id that joins them, and whether they are of
/// the end of access, which some operations log under the name and the id of its start.
type Key<'r> = ([&'r str; 4], bool);

/// Nothing where each record is a request of its own.
fn key(record: &Record) -> Option<Key<'_>> {
    let (cloud, session) = (record.first(KNOWN.cloud), record.first(KNOWN.session));
    let is_alone = cloud == "aws" || session.is_empty();
    (!is_alone).then(|| {
        let is_end = record.first(KNOWN.access) == "session_end";
        let (account, operation) = (record.first(KNOWN.account), record.first(KNOWN.operation));
        ([cloud, account, operation, session], is_end)
    })
}

/// Who asked, from where, and for which resources; empty where a record does not say.
type Marks = [String; 3];

fn marks(record: &Record) -> Marks {
    // The resource of an extension says more than its machine.
    let mut targets: Vec<&str> = record.all(KNOWN.object_id).collect();
    if targets.is_empty() {
        targets = record.all(KNOWN.target).collect();
    }
    targets.sort_unstable();
    let of = |field| record.first(field).to_ascii_lowercase();
    [
        of(KNOWN.principal),
        of(KNOWN.src),
        targets.join("\n").to_ascii_lowercase(),
    ]
}

/// Splits records with one id: distinct final answers stay apart, and so do other callers, sources and machines, since a
/// decoy can be given the same id. A record that does not say belongs to the first that fits.
fn parts(group: &[usize], records: &[Record], rules: &Rules, requests: &mut Vec<Vec<usize>>) {
    let mut parts = Parts::default();
    let mut finals: Vec<(usize, Marks, Outcome)> = Vec::new();
    let mut others = Vec::new();
    for number in group {
        let record = &records[*number];
        match answer(record, rules) {
            Some(outcome) => finals.push((*number, marks(record), outcome)),
            None => others.push((*number, marks(record))),
        }
    }
    let empties = |marks: &Marks| marks.iter().filter(|mark| mark.is_empty()).count();
    finals.sort_by_key(|(_, marks, _)| empties(marks));
    others.sort_by_key(|(_, marks)| empties(marks));
    for (number, marks, outcome) in finals {
        parts.add(number, &marks, &[Some(outcome)]);
    }
    let order = [Outcome::Success, Outcome::Error, Outcome::Denied].map(Some);
    for (number, marks) in others {
        parts.add(number, &marks, &[&order[..], &[None]].concat());
    }
    for mut numbers in parts.numbers {
        numbers.sort_by(|a, b| records[*a].cmp(&records[*b]));
        split_after_answers(&numbers, records, rules, requests);
    }
}

/// A caller can give a later call the id of an earlier one: what follows long after the answer is another request, and so
/// is what begins soon after it.
fn split_after_answers(numbers: &[usize], records: &[Record], rules: &Rules, requests: &mut Vec<Vec<usize>>) {
    let (mut request, mut answered) = (Vec::new(), None);
    for number in numbers {
        let record = &records[*number];
        let answer = answer(record, rules);
        let gap = if answer.is_some() { ANSWER_GAP } else { START_GAP };
        let is_later = answered
            .zip(record.time())
            .is_some_and(|(before, now)| now - before > gap);
        if is_later {
            requests.push(std::mem::take(&mut request));
            answered = None;
        }
        if answer.is_some() {
            answered = answered.or(record.time());
        }
        request.push(*number);
    }
    requests.push(request);
}

/// The answer that a record has, if no other follows it.
fn answer(record: &Record, rules: &Rules) -> Option<Outcome> {
    let outcome = outcome(record).filter(|outcome| is_final(*outcome))?;
    let is_interrupt = |rule: &Interrupt| {
        let (operation, result) = (record.first(KNOWN.operation), record.first(KNOWN.result_id));
        rule.operations.iter().any(|glob| fits(glob, operation))
            && rule.result_ids.iter().any(|id| id == result)
    };
    (!rules.interrupts.iter().any(is_interrupt)).then_some(outcome)
}

/// Requests with one id in the making.
#[derive(Default)]
struct Parts {
    numbers: Vec<Vec<usize>>,
    /// Answer, and all marks → the first part that has no others.
    whole: FxHashMap<(Option<Outcome>, Marks), usize>,
    /// Answer, and some of the marks → the first part that has them.
    known: FxHashMap<(Option<Outcome>, Marks), usize>,
}

impl Parts {
    /// Adds a record to the first part with one of these answers that has its marks, else as a part of its own with the last
    /// of the answers.
    fn add(&mut self, number: usize, marks: &Marks, answers: &[Option<Outcome>]) {
        let places = answers.iter().find_map(|answer| self.find(*answer, marks));
        let at = places.unwrap_or(self.numbers.len());
        if at == self.numbers.len() {
            self.numbers.push(Vec::new());
            let answer = answers.last().copied().flatten();
            self.whole.entry((answer, marks.clone())).or_insert(at);
            for subset in subsets(marks) {
                self.known.entry((answer, subset)).or_insert(at);
            }
        }
        self.numbers[at].push(number);
    }

    /// A part that says all that the record says, or else one that says less.
    fn find(&self, answer: Option<Outcome>, marks: &Marks) -> Option<usize> {
        let known = self.known.get(&(answer, marks.clone())).copied();
        known.or_else(|| subsets(marks).find_map(|subset| self.whole.get(&(answer, subset)).copied()))
    }
}

/// The marks with each choice of them left out, all of them first.
fn subsets(marks: &Marks) -> impl Iterator<Item = Marks> {
    (0..8_u8).map(|left_out| {
        let mark = |at: usize| {
            if left_out >> at & 1 == 1 {
                String::new()
            } else {
                marks[at].clone()
            }
        };
        [mark(0), mark(1), mark(2)]
    })
}
