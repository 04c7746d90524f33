//! Cases: what links, sessions, or one principal on one machine connect.

use super::connection::Link;
use super::machine::Machines;
use super::record::{KNOWN, Record};
use super::request::Request;
use super::session::Sessions;
use rustc_hash::FxHashMap;
use sha2::{Digest, Sha256};

/// The case of each request; `together` are further pairs that are in one case.
pub fn cases(
    records: &[Record],
    requests: &[Request],
    machines: &Machines,
    sessions: &Sessions,
    links: &[Link],
    together: &[(usize, usize)],
) -> Vec<String> {
    let mut sets = Sets::new(requests.len());
    for link in links {
        sets.join(link.earlier, link.later);
    }
    for (one, other) in together {
        sets.join(*one, *other);
    }
    for session in &sessions.all {
        for request in &session.requests {
            sets.join(session.start, *request);
        }
    }
    let mut first = FxHashMap::default();
    for (number, request) in requests.iter().enumerate() {
        let principal = request.value(records, KNOWN.principal);
        if principal.is_empty() {
            continue;
        }
        for machine in machines.of(number) {
            let known = *first.entry((principal, machine)).or_insert(number);
            sets.join(known, number);
        }
    }
    let mut names: FxHashMap<usize, String> = FxHashMap::default();
    let roots: Vec<usize> = (0..requests.len()).map(|number| sets.root(number)).collect();
    // Requests are in the order of time: the first of a case names it.
    let of_request = roots.iter().zip(requests);
    let named = of_request.map(|(root, request)| {
        let name = names.entry(*root).or_insert_with(|| name(request, records));
        name.clone()
    });
    named.collect()
}

/// The same for the same first request, whatever follows.
fn name(first: &Request, records: &[Record]) -> String {
    let record = &records[first.records[0]];
    let marks = [
        KNOWN.cloud,
        KNOWN.operation,
        KNOWN.event_id,
        KNOWN.principal,
        KNOWN.target,
    ];
    let mut digest = Sha256::new();
    // To the second: an index keeps milliseconds of a time that a log has to the microsecond.
    let seconds = first.time.unwrap_or_default().div_euclid(1_000_000);
    digest.update(seconds.to_be_bytes());
    for mark in marks {
        digest.update(record.first(mark));
        digest.update([0]);
    }
    let digest = digest.finalize();
    let mut number = [0; 8];
    number[2..].copy_from_slice(&digest[..6]);
    format!("case-{:012x}", u64::from_be_bytes(number))
}

/// Sets of numbers that are joined one by one.
struct Sets(Vec<usize>);

impl Sets {
    fn new(count: usize) -> Self {
        Self((0..count).collect())
    }

    fn root(&mut self, number: usize) -> usize {
        let mut at = number;
        while self.0[at] != at {
            // Every second step is cut out, so that the way gets shorter each time.
            self.0[at] = self.0[self.0[at]];
            at = self.0[at];
        }
        at
    }

    fn join(&mut self, a: usize, b: usize) {
        let (a, b) = (self.root(a), self.root(b));
        self.0[a.max(b)] = a.min(b);
    }
}
