//! Links that several requests make together: many machines, one key on many machines, denials on several paths.

use super::connection::Link;
use super::machine::{Machine, machines};
use super::options::LinkOptions;
use super::record::{KNOWN, Record};
use super::request::Request;
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
    fn numbers(&mut self) -> impl Iterator<Item = usize> {
        let known = std::mem::replace(&mut self.told, self.added);
        let new = usize::try_from(self.added - known).unwrap_or(usize::MAX);
        let new = new.min(self.inside.len());
        let new = self.inside.iter().rev().take(new);
        new.map(|(_, number, _)| *number).collect::<Vec<_>>().into_iter()
    }
}

/// Adds every link.
///
/// `together` receives pairs of requests that are in one of them.
pub fn links(
    records: &[Record],
    requests: &[Request],
    options: &LinkOptions,
    links: &mut Vec<Link>,
    together: &mut Vec<(usize, usize)>,
) {
    let mut reached: FxHashMap<&str, Window<Machine>> = FxHashMap::default();
    let mut pushed: FxHashMap<&str, Window<Machine>> = FxHashMap::default();
    let mut denied: FxHashMap<&str, Window<AccessType>> = FxHashMap::default();
    for (number, request) in requests.iter().enumerate() {
        let (Some(time), Some(access)) = (request.time, request.access(records)) else {
            continue;
        };
        if !request.is_reported(records) {
            continue;
        }
        let principal = request.value(records, KNOWN.principal);
        let is_known = !principal.is_empty();
        if is_known && request.outcome(records) == Outcome::Denied {
            let window = denied.entry(principal);
            let window = window.or_insert_with(|| Window::new(minutes(options.denied_minutes)));
            let (count, since, first) = window.add(time, number, vec![access]);
            if count >= options.paths as usize && first != number {
                together.extend(window.numbers().map(|other| (number, other)));
                links.push(denials(number, first, count, time - since));
            }
        }
        if !request.is_granted(records) || !reaches(access) {
            continue;
        }
        let here = machines(request, records);
        if is_known && !here.is_empty() {
            let window = reached.entry(principal);
            let window = window.or_insert_with(|| Window::new(minutes(options.fan_minutes)));
            let (count, since, first) = window.add(time, number, here.clone());
            if count >= options.fan_out as usize && first != number {
                together.extend(window.numbers().map(|other| (number, other)));
                links.push(fan_out(number, first, count, time - since));
            }
        }
        let key = request.value(records, KNOWN.document);
        if key.starts_with("SHA256:") && !here.is_empty() {
            let window = pushed.entry(key);
            let window = window.or_insert_with(|| Window::new(minutes(options.fan_minutes)));
            let (count, since, first) = window.add(time, number, here);
            if count >= options.fan_out as usize && first != number {
                together.extend(window.numbers().map(|other| (number, other)));
                links.push(key_fan_out(number, first, count, time - since));
            }
        }
    }
}

/// Whether an access type reaches machines.
fn reaches(access: AccessType) -> bool {
    use AccessType::{AccessEnablement, Preparation, SessionEnd};
    !matches!(access, AccessEnablement | Preparation | SessionEnd)
}

fn fan_out(later: usize, earlier: usize, count: usize, length: i64) -> Link {
    Link {
        kind: "fan_out",
        later,
        earlier,
        reason: format!(
            "{count} machines (dvm_target) by one dvm_principal in {}",
            in_words(length)
        ),
    }
}

fn key_fan_out(later: usize, earlier: usize, count: usize, length: i64) -> Link {
    Link {
        kind: "key_fan_out",
        later,
        earlier,
        reason: format!(
            "one key (dvm_document) on {count} machines (dvm_target) in {}, by whomever",
            in_words(length)
        ),
    }
}

fn denials(later: usize, earlier: usize, count: usize, length: i64) -> Link {
    Link {
        kind: "paths_denied",
        later,
        earlier,
        reason: format!(
            "one dvm_principal was denied on {count} kinds of access (dvm_access) in {}",
            in_words(length)
        ),
    }
}
