//! Links that several requests make together: many machines, one key on many machines, denials on several paths.

use super::connection::Link;
use super::machine::Machines;
use super::options::LinkOptions;
use super::record::{KNOWN, Record};
use super::request::{Caller, Request};
use super::times::{in_words, minutes};
use crate::catalogue::{AccessType, Outcome};
use rustc_hash::FxHashMap;
use std::collections::VecDeque;
use std::hash::Hash;

/// What counts together, in a window of time that moves along.
struct Window<T> {
    length: i64,
    /// Time, number of the request, and what it adds.
    inside: VecDeque<(i64, usize, Vec<T>)>,
    counts: FxHashMap<T, usize>,
    /// How many requests were added.
    added: u64,
    /// How many of them were told.
    told: u64,
}

impl<T: Clone + Eq + Hash> Window<T> {
    fn new(length: i64) -> Self {
        Self {
            length,
            inside: VecDeque::new(),
            counts: FxHashMap::default(),
            added: 0,
            told: 0,
        }
    }

    /// Adds what a request has, and returns how many different ones are in the window, with the first request of it.
    fn add(&mut self, time: i64, number: usize, what: Vec<T>) -> (usize, i64, usize) {
        let is_over = |(at, ..): &(i64, usize, Vec<T>)| time - at > self.length;
        while self.inside.front().is_some_and(is_over) {
            let left = self.inside.pop_front().map(|(.., left)| left);
            for one in left.into_iter().flatten() {
                if let Some(count) = self.counts.get_mut(&one) {
                    *count -= 1;
                    if *count == 0 {
                        self.counts.remove(&one);
                    }
                }
            }
        }
        for one in &what {
            *self.counts.entry(one.clone()).or_default() += 1;
        }
        self.added += 1;
        self.inside.push_back((time, number, what));
        let (since, first, _) = &self.inside[0];
        (self.counts.len(), *since, *first)
    }

    /// The requests that are in the window and were not there when it was last asked.
    fn numbers(&mut self) -> Vec<usize> {
        let known = std::mem::replace(&mut self.told, self.added);
        let new = usize::try_from(self.added - known).unwrap_or(usize::MAX);
        let new = new.min(self.inside.len());
        let new = self.inside.iter().rev().take(new);
        new.map(|(_, number, _)| *number).collect()
    }
}

/// Adds every link.
///
/// `together` receives pairs of requests that are in one of them.
pub fn links(
    records: &[Record],
    requests: &[Request],
    machines: &Machines,
    options: &LinkOptions,
    links: &mut Vec<Link>,
    together: &mut Vec<(usize, usize)>,
) {
    let mut reached = Crowds::new(minutes(options.fan_minutes), options.fan_out);
    let mut pushed = Crowds::new(minutes(options.fan_minutes), options.fan_out);
    let mut denied = Crowds::new(minutes(options.denied_minutes), options.paths);
    for (number, request) in requests.iter().enumerate() {
        let (Some(time), Some(access)) = (request.time, request.access(records)) else {
            continue;
        };
        if !request.is_reported(records) {
            continue;
        }
        let mut add = |crowd: Option<Crowd<'_>>, tell: &dyn Fn(&Crowd<'_>) -> (&'static str, String)| {
            let Some(crowd) = crowd else { return };
            together.extend(crowd.others.iter().map(|other| (number, *other)));
            let (kind, reason) = tell(&crowd);
            links.push(Link {
                kind,
                later: number,
                earlier: crowd.first,
                reason,
            });
        };
        let callers = || request.callers(records);
        if request.outcome(records) == Outcome::Denied {
            add(denied.add(callers(), time, number, &[access]), &denials);
        }
        if !request.is_granted(records) || !reaches(access) {
            continue;
        }
        let here = machines.of(number);
        add(reached.add(callers(), time, number, here), &fan_out);
        let key = request.value(records, KNOWN.document);
        let key = Some(Caller::Principal(key)).filter(|_| key.starts_with("SHA256:"));
        add(pushed.add(key.into_iter(), time, number, here), &key_fan_out);
    }
}

/// What several requests of one caller, or with one key, have in a window of time.
struct Crowds<'r, T> {
    length: i64,
    least: u32,
    windows: FxHashMap<Caller<'r>, Window<T>>,
}

/// Enough of it.
struct Crowd<'r> {
    of: Caller<'r>,
    count: usize,
    length: i64,
    /// The first request in the window.
    first: usize,
    /// Requests in the window that were in no crowd of it before.
    others: Vec<usize>,
}

impl<'r, T: Clone + Eq + Hash> Crowds<'r, T> {
    fn new(length: i64, least: u32) -> Self {
        Self {
            length,
            least,
            windows: FxHashMap::default(),
        }
    }

    /// Adds a request to the windows of these callers; the crowd of the first of them that has one.
    fn add(
        &mut self,
        callers: impl Iterator<Item = Caller<'r>>,
        time: i64,
        number: usize,
        what: &[T],
    ) -> Option<Crowd<'r>> {
        if what.is_empty() {
            return None;
        }
        let mut crowd = None;
        for of in callers {
            let window = self.windows.entry(of);
            let window = window.or_insert_with(|| Window::new(self.length));
            let (count, since, first) = window.add(time, number, what.to_vec());
            if count >= self.least as usize && first != number {
                let others = window.numbers();
                crowd = crowd.or(Some(Crowd {
                    of,
                    count,
                    length: time - since,
                    first,
                    others,
                }));
            }
        }
        crowd
    }
}

/// Whether an access type reaches machines.
fn reaches(access: AccessType) -> bool {
    use AccessType::{AccessEnablement, Preparation, SessionEnd};
    !matches!(access, AccessEnablement | Preparation | SessionEnd)
}

/// How many there are, the field that they share, and in how long.
fn told(crowd: &Crowd<'_>) -> (usize, &'static str, String) {
    (
        crowd.count,
        crowd.of.field().unwrap_or("caller"),
        in_words(crowd.length),
    )
}

fn fan_out(crowd: &Crowd<'_>) -> (&'static str, String) {
    let (count, by, length) = told(crowd);
    let reason = format!("{count} machines (dvm_target) by one {by} in {length}");
    ("fan_out", reason)
}

fn key_fan_out(crowd: &Crowd<'_>) -> (&'static str, String) {
    let (count, length) = (crowd.count, in_words(crowd.length));
    let reason = format!("one key (dvm_document) on {count} machines (dvm_target) in {length}, by whomever");
    ("key_fan_out", reason)
}

fn denials(crowd: &Crowd<'_>) -> (&'static str, String) {
    let (count, by, length) = told(crowd);
    let reason = format!("one {by} was denied on {count} kinds of access (dvm_access) in {length}");
    ("paths_denied", reason)
}
