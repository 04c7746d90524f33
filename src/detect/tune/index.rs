//! Finds the rules worth trying on a finding: each rule is filed under its most selective condition, so that ten thousand
//! rules cost little more than ten.

use super::field::Field;
use super::rule::{Alternative, Condition, TuningRule};
use super::values::Values;
use aho_corasick::{AhoCorasick, AhoCorasickKind, MatchKind};
use ipnet::IpNet;
use std::collections::HashMap;
use std::net::IpAddr;

/// What a value must contain for an alternative to match.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Key {
    /// The whole value.
    Whole(String),
    /// A part of it: the longest one without wildcards.
    Part(String),
    /// The network of the address.
    Net(IpNet),
}

/// Shorter parts match too many values.
const MIN_PART: usize = 4;
/// The cost of a shorter part, in rules that share a key.
const SHORT_PART_COST: usize = 64;

/// Rules by their keys.
#[derive(Debug, Default)]
pub struct Index {
    fields: Vec<(Field, FieldIndex)>,
    /// Rules without any key.
    rest: Vec<usize>,
}

#[derive(Debug, Default)]
struct FieldIndex {
    whole: HashMap<String, Vec<usize>>,
    parts: Vec<String>,
    of_part: Vec<Vec<usize>>,
    part_at: HashMap<String, usize>,
    finder: Option<AhoCorasick>,
    nets: HashMap<IpNet, Vec<usize>>,
    /// Prefix lengths of the networks; the flag is set for IPv4.
    lengths: Vec<(bool, u8)>,
}

impl Index {
    /// Files all rules that are switched on.
    pub fn new(rules: &[TuningRule]) -> Self {
        let mut shared: HashMap<(Field, Key), usize> = HashMap::new();
        let enabled = || rules.iter().enumerate().filter(|(_, rule)| rule.enabled);
        for condition in enabled().flat_map(|(_, rule)| &rule.conditions) {
            for key in keys(condition).into_iter().flatten() {
                *shared.entry((condition.field, key)).or_default() += 1;
            }
        }
        let mut index = Self::default();
        for (at, rule) in enabled() {
            let best = rule
                .conditions
                .iter()
                .filter_map(|condition| Some((condition.field, keys(condition)?)))
                .min_by_key(|(field, keys)| cost(*field, keys, &shared));
            match best {
                Some((field, keys)) => index.field(field).file(keys, at),
                None => index.rest.push(at),
            }
        }
        for (_, field) in &mut index.fields {
            field.finish();
        }
        index
    }

    fn field(&mut self, field: Field) -> &mut FieldIndex {
        let at = self.fields.iter().position(|(known, _)| *known == field);
        let at = at.unwrap_or_else(|| {
            self.fields.push((field, FieldIndex::default()));
            self.fields.len() - 1
        });
        &mut self.fields[at].1
    }

    /// Returns rules in the order of the file; all that match are among them.
    pub fn candidates(&self, values: &Values) -> Vec<usize> {
        let mut found = self.rest.clone();
        for (field, index) in &self.fields {
            if values.is_full(*field) {
                // Any of the values that are not kept may be the one that a rule means.
                found.extend(index.whole.values().chain(&index.of_part).flatten());
                continue;
            }
            for value in values.of(*field) {
                index.find(value, &mut found);
            }
            if let Some(address) = values.address().filter(|_| *field == Field::Src) {
                index.find_address(address, &mut found);
            }
        }
        found.sort_unstable();
        found.dedup();
        found
    }
}

/// One key for each alternative; `None` where one of them has no key.
fn keys(condition: &Condition) -> Option<Vec<Key>> {
    condition
        .alternatives
        .iter()
        .map(|alternative| match alternative {
            Alternative::Exact(text) => Some(Key::Whole(text.clone())),
            Alternative::Net(net) => Some(Key::Net(*net)),
            Alternative::Glob(glob) => {
                let part = glob.split(['*', '?']).max_by_key(|part| part.len())?;
                (!part.is_empty()).then(|| Key::Part(part.to_owned()))
            }
        })
        .collect()
}

/// Estimates how many rules would be tried without matching.
fn cost(field: Field, keys: &[Key], shared: &HashMap<(Field, Key), usize>) -> usize {
    let one = |key: &Key| {
        let rules = shared.get(&(field, key.clone())).copied().unwrap_or(0);
        match key {
            Key::Part(part) if part.len() < MIN_PART => rules + SHORT_PART_COST,
            _ => rules,
        }
    };
    keys.iter().map(one).sum()
}

impl FieldIndex {
    fn file(&mut self, keys: Vec<Key>, rule: usize) {
        for key in keys {
            match key {
                Key::Whole(text) => self.whole.entry(text).or_default().push(rule),
                Key::Part(part) => {
                    let at = *self.part_at.entry(part.clone()).or_insert(self.parts.len());
                    if at == self.parts.len() {
                        self.parts.push(part);
                        self.of_part.push(Vec::new());
                    }
                    self.of_part[at].push(rule);
                }
                Key::Net(net) => {
                    let length = (net.addr().is_ipv4(), net.prefix_len());
                    if !self.lengths.contains(&length) {
                        self.lengths.push(length);
                    }
                    self.nets.entry(net).or_default().push(rule);
                }
            }
        }
    }

    /// Builds the search for parts. It must find overlapping parts, which only the standard match kind does.
    fn finish(&mut self) {
        let finder = AhoCorasick::builder()
            .match_kind(MatchKind::Standard)
            .kind(Some(AhoCorasickKind::ContiguousNFA))
            .build(&self.parts);
        self.finder = finder.ok().filter(|_| !self.parts.is_empty());
    }

    fn find(&self, value: &str, found: &mut Vec<usize>) {
        found.extend(self.whole.get(value).into_iter().flatten());
        match &self.finder {
            Some(finder) => finder
                .find_overlapping_iter(value)
                .for_each(|hit| found.extend(&self.of_part[hit.pattern().as_usize()])),
            // Too many parts for one automaton: all rules are tried.
            None => found.extend(self.of_part.iter().flatten()),
        }
    }

    fn find_address(&self, address: IpAddr, found: &mut Vec<usize>) {
        let lengths = self
            .lengths
            .iter()
            .filter(|(is_v4, _)| *is_v4 == address.is_ipv4());
        let nets = lengths.filter_map(|(_, length)| IpNet::new(address, *length).ok());
        nets.for_each(|net| found.extend(self.nets.get(&net.trunc()).into_iter().flatten()));
    }
}
