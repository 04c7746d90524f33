//! The settings of a scan, and what it hands on.

use super::kind::Unread;
use crate::detect::finding::Finding;
use std::collections::BTreeMap;
use std::sync::atomic::AtomicU64;

/// Which events a scan reports.
#[derive(Debug, Clone, Copy, Default)]
pub struct Settings {
    /// Include events that are not findings.
    pub every: bool,
    /// Only events at or after this time, in microseconds since 1970 UTC.
    pub since: Option<i64>,
    /// Only events before this time.
    pub until: Option<i64>,
    /// How many files are read at the same time.
    pub threads: usize,
    /// Hand out the text of each record, and do nothing else with it.
    pub texts: bool,
    /// How large the parts are, in bytes, in which several threads read one file of lines; 0 for the usual size.
    pub part: u64,
}

/// What `--all` shows of an event that is not a finding.
#[derive(Debug, Default)]
pub struct Told {
    /// The title of its format; `unknown format`.
    pub format: String,
    /// Name of a field → its value; absent where the event has none.
    pub fields: Vec<(&'static str, String)>,
}

/// A finding, or any event where [`Settings::every`] is set.
#[derive(Debug)]
pub struct Found<'d> {
    /// Number of the record in its file, from 1.
    pub record: u64,
    /// When it happened, as logged.
    pub time: Option<String>,
    /// The finding; `None` for an event that is not a finding.
    pub finding: Option<Box<Finding<'d, 'static>>>,
    /// What is told of an event where all are asked for.
    pub told: Option<Box<Told>>,
}

/// The records of one cloud.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Covered {
    /// How many.
    pub records: u64,
    /// The first and the last time of those that were looked at, in microseconds since 1970 UTC.
    pub span: Option<(i64, i64)>,
}

impl Covered {
    /// Adds others.
    pub fn add(&mut self, other: &Self) {
        self.records += other.records;
        if let Some((first, last)) = other.span {
            self.at(first);
            self.at(last);
        }
    }

    /// There is a record of this time.
    pub fn at(&mut self, moment: i64) {
        let (first, last) = self.span.unwrap_or((moment, moment));
        self.span = Some((first.min(moment), last.max(moment)));
    }
}

/// What was read of a file.
#[derive(Debug, Default)]
pub struct FileCounts {
    /// Records.
    pub records: u64,
    /// Whether no cloud log was found in it: its content is not JSON.
    pub is_other: bool,
    /// Whether nothing of it could be read.
    pub is_lost: bool,
    /// Records with bytes that are not UTF-8, among those that were parsed.
    pub not_utf8: u64,
    /// Events without a readable time, which `since` and `until` therefore did not exclude.
    pub undated: u64,
    /// Records of each cloud, by its number.
    pub covered: [Covered; 3],
    /// What it is, if it is known and not read.
    pub unread: Option<Unread>,
    /// Records of unknown format, as far as they were looked at.
    pub unknown: u64,
    /// Records whose operation has a display name only, in whatever language: what was done cannot be told from it.
    pub display_names: u64,
    /// Records in the forms of others that keep too little to judge, by the form.
    pub too_little: BTreeMap<String, u64>,
    /// What could not be read, one sentence each.
    pub faults: Vec<String>,
}

impl FileCounts {
    /// Everything that is wrong with the file, one sentence each.
    pub fn into_faults(self) -> Vec<String> {
        let mut faults = self.faults;
        faults.extend(
            self.unread
                .map(|unread| format!("{} {}", unread.name(), unread.advice())),
        );
        let records = |count: u64| {
            if count == 1 {
                "1 record".to_owned()
            } else {
                format!("{count} records")
            }
        };
        if self.unknown > 0 {
            faults.push(format!("{} of unknown format", records(self.unknown)));
        }
        for (form, count) in self.too_little {
            faults.push(format!(
                "{} in a form that keeps too little to judge ({form}); scan the original records",
                records(count)
            ));
        }
        if self.display_names > 0 {
            faults.push(format!(
                "{} with a display name in place of the operation's name; export them with the names",
                records(self.display_names)
            ));
        }
        faults
    }

    /// Adds the counts of the next part of the same file.
    pub fn add(&mut self, next: Self) {
        self.records += next.records;
        self.is_other |= next.is_other;
        self.is_lost |= next.is_lost;
        self.not_utf8 += next.not_utf8;
        self.undated += next.undated;
        let covered = self.covered.iter_mut().zip(&next.covered);
        covered.for_each(|(all, of_part)| all.add(of_part));
        self.unread = self.unread.or(next.unread);
        self.unknown += next.unknown;
        self.display_names += next.display_names;
        for (form, count) in next.too_little {
            *self.too_little.entry(form).or_default() += count;
        }
        self.faults.extend(next.faults);
    }
}

/// What a scan hands on, in the order of the files.
#[derive(Debug)]
pub enum Item<'d> {
    /// An event.
    Found(Found<'d>),
    /// The text of a record with its number, where [`Settings::texts`] is set.
    Text(u64, Vec<u8>),
    /// A part of the file ended, and another follows; it does not reach the sink.
    Part(FileCounts),
    /// The file ended.
    End(FileCounts),
}

/// The progress of a scan; read by a progress bar.
#[derive(Debug, Default)]
pub struct Meter {
    /// Files that were read to their end.
    pub files: AtomicU64,
    /// Bytes read, unpacked.
    pub bytes: AtomicU64,
    /// Findings.
    pub findings: AtomicU64,
}

/// Receives each item with the name of its file. An error ends the scan.
pub type Sink<'s, 'd> = dyn FnMut(&str, Item<'d>) -> std::io::Result<()> + Send + 's;
