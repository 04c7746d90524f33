//! Single records: those that can be findings are parsed, others only where they are not known to be of a known format.

use super::members::KnownMembers;
use super::rows_as_json::Header;
use super::split::Piece;
use super::strings::strings;
use super::{Covered, FileCounts, Found, Item, Meter, Settings, Told};
use crate::detect::Detector;
use crate::detect::entry::Entry;
use crate::detect::tune::time::parse_event_time;
use crate::event::json::{Document, MAX_VALUES};
use crate::prefilter::candidates::CandidateSearch;
use serde::de::IgnoredAny;
use serde_json::Deserializer;
use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::atomic::Ordering;

/// Every 1,024th record is parsed even if it is not a candidate, so that logs in unknown formats are noticed.
const SAMPLE_INTERVAL: u64 = 1024;
/// How many faults of a file are shown; the others are counted.
const MAX_FAULTS: usize = 5;
/// How many beginnings of records that are not whole are parsed, so that a crafted file cannot make the scan slow.
const MAX_TRIES: usize = 64;

/// Receives what is found in a file.
pub type Put<'p, 'd> = dyn FnMut(Item<'d>) + 'p;

/// Reads single records.
pub struct Reading<'s, 'd> {
    detector: &'d Detector,
    /// Names by which records are told.
    pub members: &'s KnownMembers,
    settings: &'s Settings,
    meter: &'s Meter,
    /// Records so far.
    pub records: u64,
    undated: u64,
    not_utf8: u64,
    faults: Vec<String>,
    more_faults: usize,
    /// Records of each cloud, by its number.
    covered: [Covered; 3],
    /// Records of unknown format.
    unknown: u64,
    /// Records whose operation has a display name only.
    display_names: u64,
    /// Records that keep too little to judge, by the form that they have.
    too_little: BTreeMap<String, u64>,
}

impl<'s, 'd> Reading<'s, 'd> {
    /// Nothing read yet.
    pub fn new(
        (detector, members): (&'d Detector, &'s KnownMembers),
        settings: &'s Settings,
        meter: &'s Meter,
    ) -> Self {
        Self {
            detector,
            members,
            settings,
            meter,
            records: 0,
            undated: 0,
            not_utf8: 0,
            faults: Vec::new(),
            more_faults: 0,
            covered: Default::default(),
            unknown: 0,
            display_names: 0,
            too_little: BTreeMap::new(),
        }
    }
}

impl<'d> Reading<'_, 'd> {
    /// The counts of a file, which start anew.
    pub fn end(&mut self) -> FileCounts {
        let mut faults = std::mem::take(&mut self.faults);
        let more = std::mem::take(&mut self.more_faults);
        faults.extend((more > 0).then(|| format!("{more} more records could not be read")));
        FileCounts {
            records: std::mem::take(&mut self.records),
            undated: std::mem::take(&mut self.undated),
            not_utf8: std::mem::take(&mut self.not_utf8),
            covered: std::mem::take(&mut self.covered),
            unknown: std::mem::take(&mut self.unknown),
            display_names: std::mem::take(&mut self.display_names),
            too_little: std::mem::take(&mut self.too_little),
            faults,
            ..FileCounts::default()
        }
    }

    /// Notes what cannot be read.
    pub fn fault(&mut self, text: String) {
        if self.faults.len() < MAX_FAULTS {
            self.faults.push(text);
        } else {
            self.more_faults += 1;
        }
    }

    /// Reads what the splitter has met.
    pub fn piece(
        &mut self,
        window: &[u8],
        piece: Piece,
        candidates: &mut CandidateSearch,
        put: &mut Put<'_, 'd>,
    ) {
        match piece {
            Piece::Skipped => self.records += 1,
            Piece::Record(span) => self.record(&window[span.clone()], candidates.has_in(span.clone()), put),
            Piece::Cut(span) => {
                let text = format!("record {} is cut", self.records + 1);
                self.fault(text);
                self.recover_records(&window[..span.end], span.start, candidates, put);
            }
        }
    }

    /// Reads the whole records behind the start of a cut one: those on lines of their own, or those that begin as a format's
    /// records do. Returns the end of the last one.
    pub fn recover_records(
        &mut self,
        window: &[u8],
        start: usize,
        candidates: &mut CandidateSearch,
        put: &mut Put<'_, 'd>,
    ) -> Option<usize> {
        self.lines(window, start, candidates, put)
            .or_else(|| self.resync(window, start, candidates, put))
    }

    /// Reads every further line that is an object by its first and last byte; returns where the last line begins, if there was one.
    fn lines(
        &mut self,
        window: &[u8],
        mut start: usize,
        candidates: &mut CandidateSearch,
        put: &mut Put<'_, 'd>,
    ) -> Option<usize> {
        let mut any = false;
        while let Some(newline) = memchr::memchr(b'\n', &window[start..]) {
            let from = start + newline + 1;
            let end = memchr::memchr(b'\n', &window[from..]).map_or(window.len(), |end| from + end);
            if window.get(from) == Some(&b'{') && window[from..end].trim_ascii_end().ends_with(b"}") {
                any = true;
                let is_candidate = candidates.has_in(from..end);
                self.record(&window[from..end], is_candidate, put);
            }
            start = from;
        }
        any.then_some(start)
    }

    /// Reads every further text that begins as a format's records do and is whole; returns the end of the last one.
    fn resync(
        &mut self,
        window: &[u8],
        start: usize,
        candidates: &mut CandidateSearch,
        put: &mut Put<'_, 'd>,
    ) -> Option<usize> {
        let members = self.members;
        let mut end = None;
        for span in whole_values(window, start + 1, |rest| members.find_record_start(rest)) {
            end = Some(span.end);
            let is_candidate = candidates.has_in(span.clone());
            self.record(&window[span], is_candidate, put);
        }
        end
    }

    /// Reads a text that a JSON string holds.
    pub fn string(&mut self, text: &[u8], put: &mut Put<'_, 'd>) {
        let text = text.trim_ascii();
        if text.starts_with(b"{") || text.starts_with(b"[") {
            return self.record(text, true, put);
        }
        self.records += 1;
        self.unknown += 1;
    }

    /// Reads a row of a table. A record may stand behind other text in a cell; where a quote was left open, a cell holds
    /// the rows that follow.
    pub fn row(&mut self, header: &Header, row: &csv::ByteRecord, put: &mut Put<'_, 'd>) {
        let (number, unknown) = (self.records + 1, self.unknown);
        let is_ragged = row.len() != header.len();
        if is_ragged {
            let (cells, columns) = (row.len(), header.len());
            let quote = if cells < columns {
                "; is a quote left open?"
            } else {
                ""
            };
            let text = format!("row {number} has {cells} cells, the header {columns}{quote}");
            self.fault(text);
        }
        self.record(header.object(row.iter()).as_bytes(), true, put);
        if self.unknown == unknown {
            return;
        }
        // The first record inside has the row's number.
        self.records -= 1;
        let inside = row.iter().filter(|cell| !cell.starts_with(b"{"));
        let found: usize = inside.map(|cell| self.inside_cell(cell, put)).sum();
        if found > 0 {
            self.unknown = unknown;
        } else {
            self.records += 1;
        }
        if found > 1 && !is_ragged {
            self.fault(format!(
                "row {number} holds {found} records; is a quote left open?"
            ));
        }
    }

    /// Reads the whole records inside a cell; returns how many there are.
    fn inside_cell(&mut self, cell: &[u8], put: &mut Put<'_, 'd>) -> usize {
        const OBJECT: &[u8] = b"{\"";
        let begins = |rest: &[u8]| memchr::memmem::find(rest, OBJECT).map(|at| (at, OBJECT.len()));
        let spans = whole_values(cell, 0, begins);
        spans.map(|span| self.record(&cell[span], true, put)).count()
    }

    fn record(&mut self, text: &[u8], is_candidate: bool, put: &mut Put<'_, 'd>) {
        if text.starts_with(b"[") && !self.holds_entry(text) {
            return self.list(text, put);
        }
        self.records += 1;
        if self.settings.texts {
            return put(Item::Text(self.records, text.to_vec()));
        }
        let is_looked_at = is_candidate || self.settings.every;
        if !is_looked_at
            && !self.is_sample()
            && let Some(cloud) = self.members.cloud_of(text)
        {
            self.covered[cloud as usize].records += 1;
            return;
        }
        if text.len() > MAX_VALUES && values(text) > MAX_VALUES {
            if !is_looked_at {
                return;
            }
            let fault = format!(
                "record {} has more than {MAX_VALUES} values and was skipped",
                self.records
            );
            return self.fault(fault);
        }
        self.not_utf8 += u64::from(std::str::from_utf8(text).is_err());
        let document = self.entries(text, put);
        if document.unread() > 0 {
            let fault = format!(
                "record {} holds a string in base64 that cannot be read to its end",
                self.records
            );
            self.fault(fault);
        }
        if document.roots().next().is_none() && text.starts_with(b"{") && !is_empty_object(text) {
            let fault = format!("record {} cannot be read as JSON", self.records);
            self.fault(fault);
        }
    }

    fn holds_entry(&self, text: &[u8]) -> bool {
        let reader = self.detector.reader();
        !reader.read(text).entries(reader).is_empty()
    }

    /// A list where a record was expected: the records are in it.
    fn list(&mut self, text: &[u8], put: &mut Put<'_, 'd>) {
        let before = self.records;
        let read = strings(text, &mut |text| {
            self.string(text, put);
            true
        });
        if read.is_err() || self.records == before {
            self.records += 1;
            self.unknown += 1;
        }
    }

    /// Whether a record that is cut is read: candidates are.
    pub fn wants_cut(&self, is_candidate: bool) -> bool {
        is_candidate && !self.settings.texts
    }

    /// The first record of a file, and one of many, are read whatever they hold.
    fn is_sample(&self) -> bool {
        self.records % SAMPLE_INTERVAL == 1
    }

    /// Reads a record, which may be cut, and looks at its entries.
    pub fn entries<'t>(&mut self, text: &'t [u8], put: &mut Put<'_, 'd>) -> Document<'t>
    where
        'd: 't,
    {
        let reader = self.detector.reader();
        let document = reader.read(text);
        let forms = reader.too_little();
        if document.roots().any(|root| forms.is_no_record(&root)) {
            self.records -= 1;
            return document;
        }
        let entries = document.entries(reader);
        for entry in &entries {
            let entry = Entry::found(reader, entry);
            let time = self.detector.time(&entry);
            let moment = time.as_deref().and_then(parse_event_time);
            let covered = &mut self.covered[entry.cloud() as usize];
            covered.records += 1;
            moment.into_iter().for_each(|moment| covered.at(moment));
            self.entry(&entry, time.as_deref(), moment, put);
        }
        let is_sound = document.roots().next().is_some_and(|root| !root.is_empty());
        if entries.is_empty() && is_sound && self.settings.every {
            self.put_unknown(put);
        }
        if entries.is_empty() && is_sound && document.unread() == 0 {
            match document.roots().find_map(|root| forms.of(&root)) {
                Some(form) => *self.too_little.entry(form.name.clone()).or_default() += 1,
                None => self.unknown += 1,
            }
        }
        self.display_names += u64::from(self.members.has_display_name(text));
        document
    }

    /// Looks at an entry of this time, as text and in microseconds.
    fn entry(&mut self, entry: &Entry<'_>, time: Option<&str>, moment: Option<i64>, put: &mut Put<'_, 'd>) {
        let finding = self.detector.inspect(entry);
        if finding.is_none() && !self.settings.every {
            return;
        }
        let is_looked_at = self.is_in_time(moment);
        self.undated += u64::from(is_looked_at.is_none());
        if is_looked_at.unwrap_or(true) {
            let findings = &self.meter.findings;
            findings.fetch_add(u64::from(finding.is_some()), Ordering::Relaxed);
            put(Item::Found(Found {
                record: self.records,
                time: time.map(str::to_owned),
                told: self.settings.every.then(|| Box::new(self.told(entry))),
                finding: finding.map(|finding| Box::new(finding.into_owned())),
            }));
        }
    }

    /// What is told of an event.
    fn told(&self, entry: &Entry<'_>) -> Told {
        let reader = self.detector.reader();
        let format = reader.format(entry.format);
        let facts = self.detector.outline(entry);
        let name = format.name_paths().iter().find_map(|path| entry.value_at(path));
        let fields = [
            ("dvm_event_id", facts.event_id),
            ("dvm_operation_name", name),
            ("dvm_principal", facts.principal),
            ("dvm_actor", facts.actor),
            ("dvm_src", facts.src),
            ("dvm_account", facts.account),
            ("dvm_region", facts.region),
        ];
        let fields = fields
            .into_iter()
            .filter_map(|(name, value)| Some((name, value?.into_owned())));
        Told {
            format: format.title().to_owned(),
            fields: fields.collect(),
        }
    }

    /// A record of unknown format, where all records are asked for.
    fn put_unknown(&self, put: &mut Put<'_, 'd>) {
        put(Item::Found(Found {
            record: self.records,
            time: None,
            finding: None,
            told: Some(Box::new(Told {
                format: "unknown format".to_owned(),
                fields: Vec::new(),
            })),
        }));
    }

    /// Whether the time is looked at; nothing where only some are, and it cannot be told.
    fn is_in_time(&self, moment: Option<i64>) -> Option<bool> {
        let Settings { since, until, .. } = self.settings;
        if since.is_none() && until.is_none() {
            return Some(true);
        }
        let time = moment?;
        Some(since.is_none_or(|since| time >= since) && until.is_none_or(|until| time < until))
    }
}

/// The whole JSON values behind `from`, one after the other. `find` gives the next beginning and its length.
fn whole_values(
    text: &[u8],
    mut from: usize,
    find: impl Fn(&[u8]) -> Option<(usize, usize)>,
) -> impl Iterator<Item = Range<usize>> {
    let mut tries = MAX_TRIES;
    std::iter::from_fn(move || {
        while tries > 0 {
            let (at, length) = find(text.get(from..)?)?;
            let begin = from + at;
            let mut values = Deserializer::from_slice(&text[begin..]).into_iter::<IgnoredAny>();
            if values.next().is_some_and(|value| value.is_ok()) {
                from = begin + values.byte_offset();
                return Some(begin..from);
            }
            from = begin + length;
            tries -= 1;
        }
        None
    })
}

fn is_empty_object(text: &[u8]) -> bool {
    let inner = text
        .trim_ascii()
        .strip_prefix(b"{")
        .and_then(|text| text.strip_suffix(b"}"));
    inner.is_some_and(|inner| inner.trim_ascii().is_empty())
}

/// How many values a text holds, at most.
fn values(text: &[u8]) -> usize {
    memchr::memchr3_iter(b',', b'{', b'[', text).count()
}
