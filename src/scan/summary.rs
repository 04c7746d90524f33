//! Counts of a scan, in bounded memory.

use super::kind::Unread;
use super::linked::LinkedFindings;
use super::shown::Shown;
use super::{Covered, FileCounts};
use crate::catalogue::{AccessType, Severity};
use std::collections::BTreeMap;

/// How many different values of one kind are counted at the same time.
const MAX_DIFFERENT: usize = 10_000;

/// Findings joined by `dvm_session`.
#[derive(Debug, Clone)]
pub struct Session {
    /// `dvm_session`
    pub id: String,
    /// First actor.
    pub actor: String,
    /// First target.
    pub target: String,
    /// The first access type other than `session_end`.
    pub access: AccessType,
    /// Number of findings.
    pub findings: u64,
    /// The earliest time: in microseconds since 1970 UTC, and as logged.
    pub first: Option<(i64, String)>,
    /// The end, if it was logged.
    pub end: Option<i64>,
}

/// Counts values. Above [`MAX_DIFFERENT`] values, each new one lowers every count by one and drops those at zero (Misra and
/// Gries, 1982): frequent values stay, and no count is too high.
#[derive(Debug, Default)]
pub struct Counts {
    counts: BTreeMap<String, u64>,
    undercount: u64,
}

impl Counts {
    fn add(&mut self, value: &str) {
        let value = if value.is_empty() { "(none named)" } else { value };
        if let Some(count) = self.counts.get_mut(value) {
            *count += 1;
        } else if self.counts.len() < MAX_DIFFERENT {
            self.counts.insert(value.to_owned(), 1);
        } else {
            self.undercount += 1;
            self.counts.retain(|_, count| {
                *count -= 1;
                *count > 0
            });
        }
    }

    /// Returns the `max` largest counts, the largest first.
    pub fn largest(&self, max: usize) -> Vec<(String, u64)> {
        largest(&self.counts, max)
    }

    /// The number of different values; too low where counts are too low.
    pub fn different(&self) -> usize {
        if self.undercount > 0 {
            MAX_DIFFERENT
        } else {
            self.counts.len()
        }
    }

    /// By how much each count may be too low.
    pub fn undercount(&self) -> u64 {
        self.undercount
    }
}

/// The counts of a scan.
#[derive(Debug, Default)]
pub struct Summary {
    /// Files that were read.
    pub files: u64,
    /// Files in which no cloud log was found.
    pub not_logs: u64,
    /// Their names, up to 10,000.
    pub not_log_names: Vec<String>,
    /// Files that could not be read at all.
    pub lost: u64,
    /// Files of which something could not be read.
    pub damaged: u64,
    /// Records with bytes that are not UTF-8, among those that were parsed.
    pub not_utf8: u64,
    /// Events without a readable time, which `--since` and `--until` therefore did not exclude.
    pub undated: u64,
    /// Records.
    pub records: u64,
    /// Entries in known formats.
    pub analysed: u64,
    /// Records of each cloud, by its number.
    pub covered: [Covered; 3],
    /// Inputs that may hold logs and were not read, by what they are.
    pub unread: BTreeMap<Unread, u64>,
    /// Records of unknown format.
    pub unknown: u64,
    /// Records in forms that keep too little to judge.
    pub too_little: u64,
    /// Records whose operation has a display name only.
    pub display_names: u64,
    /// Findings.
    pub findings: u64,
    /// Findings that are not shown and may have reached the machine that is asked for.
    pub may_reach: u64,
    /// Findings by access type.
    pub accesses: BTreeMap<AccessType, u64>,
    /// Findings by severity.
    pub severities: BTreeMap<Severity, u64>,
    /// Findings by verdict.
    pub verdicts: BTreeMap<&'static str, u64>,
    /// Findings by actor.
    pub actors: Counts,
    /// Findings by target.
    pub targets: Counts,
    /// First and last time: in microseconds since 1970 UTC, and as logged.
    pub span: Option<[(i64, String); 2]>,
    /// Requests, sessions and cases, where findings were linked.
    pub linked: Option<LinkedFindings>,
    /// Sessions, in the order of their ids.
    pub sessions: BTreeMap<String, Session>,
    /// Findings of sessions above the limit, which were not joined.
    pub not_joined: u64,
    /// What could not be read: file and reason, up to 10,000.
    pub faults: Vec<(String, String)>,
    /// The number of those above the limit.
    pub more_faults: u64,
}

impl Summary {
    /// Counts a finding.
    pub fn add(&mut self, shown: &Shown) {
        self.findings += 1;
        *self.accesses.entry(shown.access).or_default() += 1;
        *self.severities.entry(shown.severity).or_default() += 1;
        *self.verdicts.entry(shown.verdict.as_str()).or_default() += 1;
        self.actors.add(&shown.actor);
        shown.target.iter().for_each(|target| self.targets.add(target));
        if let Some(moment) = shown.moment {
            self.extend_span(moment, &shown.time);
        }
        if !shown.session.is_empty() {
            self.join_session(shown);
        }
    }

    /// Counts a file after its last record.
    pub fn end(&mut self, file: &str, counts: FileCounts) {
        if counts.is_other {
            self.not_logs += 1;
            if self.not_log_names.len() < MAX_DIFFERENT {
                self.not_log_names.push(file.to_owned());
            }
        } else if let Some(unread) = counts.unread {
            *self.unread.entry(unread).or_default() += 1;
        } else if counts.is_lost {
            self.lost += 1;
        } else {
            self.files += 1;
        }
        self.damaged += u64::from(!counts.is_lost && !counts.faults.is_empty());
        let too_little: u64 = counts.too_little.values().sum();
        self.records += counts.records;
        let known: u64 = counts.covered.iter().map(|covered| covered.records).sum();
        self.analysed += known;
        let covered = self.covered.iter_mut().zip(&counts.covered);
        covered.for_each(|(all, of_file)| all.add(of_file));
        self.unknown += counts.unknown;
        self.too_little += too_little;
        self.display_names += counts.display_names;
        self.undated += counts.undated;
        self.not_utf8 += counts.not_utf8;
        for fault in counts.into_faults() {
            if self.faults.len() < MAX_DIFFERENT {
                self.faults.push((file.to_owned(), fault));
            } else {
                self.more_faults += 1;
            }
        }
    }

    fn extend_span(&mut self, moment: i64, time: &str) {
        let entry = || (moment, time.to_owned());
        let [first, last] = self.span.get_or_insert_with(|| [entry(), entry()]);
        if moment < first.0 {
            *first = entry();
        } else if moment > last.0 {
            *last = entry();
        }
    }

    fn join_session(&mut self, shown: &Shown) {
        if self.sessions.len() >= MAX_DIFFERENT && !self.sessions.contains_key(&shown.session) {
            self.not_joined += 1;
            return;
        }
        let session = self
            .sessions
            .entry(shown.session.clone())
            .or_insert_with(|| Session {
                id: shown.session.clone(),
                actor: String::new(),
                target: String::new(),
                access: shown.access,
                findings: 0,
                first: None,
                end: None,
            });
        session.add(shown);
    }
}

impl Session {
    fn add(&mut self, shown: &Shown) {
        self.findings += 1;
        let is_end = shown.access == AccessType::SessionEnd;
        if self.access == AccessType::SessionEnd {
            self.access = shown.access;
        }
        if self.actor.is_empty() || (!is_end && self.findings > 1 && self.first.is_none()) {
            self.actor.clone_from(&shown.actor);
        }
        if let Some(target) = shown.target.first().filter(|_| self.target.is_empty()) {
            self.target.clone_from(target);
        }
        let Some(moment) = shown.moment else { return };
        if is_end {
            self.end = self.end.max(Some(moment));
        }
        if self.first.as_ref().is_none_or(|(first, _)| moment < *first) {
            self.first = Some((moment, shown.time.clone()));
        }
    }

    /// The duration in seconds, if both start and end were logged.
    pub fn seconds(&self) -> Option<i64> {
        let (first, _) = self.first.as_ref()?;
        (self.findings > 1).then_some(())?;
        self.end.map(|end| (end - first) / 1_000_000)
    }
}

/// Returns the `max` largest counts, the largest first.
pub fn largest<K: Clone + Ord>(counts: &BTreeMap<K, u64>, max: usize) -> Vec<(K, u64)> {
    let mut all: Vec<(K, u64)> = counts.iter().map(|(key, count)| (key.clone(), *count)).collect();
    all.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    all.truncate(max);
    all
}

/// Writes a duration in its two largest units.
pub fn duration(seconds: i64) -> String {
    match seconds {
        ..60 => format!("{seconds} s"),
        60..3600 => format!("{} min {} s", seconds / 60, seconds % 60),
        3600..86_400 => format!("{} h {} min", seconds / 3600, seconds % 3600 / 60),
        _ => format!("{} d {} h", seconds / 86_400, seconds % 86_400 / 3600),
    }
}
