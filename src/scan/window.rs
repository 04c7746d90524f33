//! One file through a window of bounded size.

use super::input::Input;
use super::members::KnownMembers;
use super::split::{Piece, Splitter};
use super::{FileCounts, Found, Meter, Settings};
use crate::detect::Detector;
use crate::detect::entry::Entry;
use crate::detect::tune::time::parse_event_time;
use crate::event::json::{Document, MAX_TEXT, MAX_VALUES};
use crate::event::without_byte_order_mark;
use crate::prefilter::LiteralFinder;
use crate::prefilter::candidates::{CandidateSearch, Granularity};
use serde::de::IgnoredAny;
use serde_json::Deserializer;
use std::io::Read;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// The size of the window in bytes, until a record is larger.
const INITIAL_WINDOW: usize = 256 << 10;
/// The largest record that is read, in bytes.
const MAX_RECORD: usize = MAX_TEXT;
/// Brackets that are nested deeper are reported.
const MAX_DEPTH: usize = 1000;
/// How many bytes are read to tell whether a file is a log.
const LOG_HEAD: usize = 64 << 10;
/// How many beginnings of records that are not whole are parsed, so that a crafted file cannot make the scan slow.
const MAX_TRIES: usize = 64;
/// How many faults of a file are shown; the others are counted.
const MAX_FAULTS: usize = 5;

/// Scans files, one after the other.
pub struct Scanner<'s, 'd> {
    reading: Reading<'s, 'd>,
    meter: &'s Meter,
    stop: &'s AtomicBool,
    window: Vec<u8>,
    filled: usize,
    /// The literals in the window.
    candidates: CandidateSearch,
}

/// Reads single records.
struct Reading<'s, 'd> {
    detector: &'d Detector,
    members: &'s KnownMembers,
    settings: &'s Settings,
    meter: &'s Meter,
    records: u64,
    undated: u64,
    not_utf8: u64,
    faults: Vec<String>,
    more_faults: usize,
}

impl<'s, 'd> Scanner<'s, 'd> {
    /// Ready for the first file.
    pub fn new(
        (detector, members): (&'d Detector, &'s KnownMembers),
        finder: Arc<LiteralFinder>,
        settings: &'s Settings,
        meter: &'s Meter,
        stop: &'s AtomicBool,
    ) -> Self {
        Self {
            reading: Reading {
                detector,
                members,
                settings,
                meter,
                records: 0,
                undated: 0,
                not_utf8: 0,
                faults: Vec::new(),
                more_faults: 0,
            },
            meter,
            stop,
            window: vec![0; INITIAL_WINDOW],
            filled: 0,
            candidates: CandidateSearch::new(finder, Granularity::Match),
        }
    }

    /// Scans one file.
    pub fn scan(&mut self, file: &mut dyn Read, put: &mut dyn FnMut(Found<'d>)) -> FileCounts {
        self.begin();
        let (is_lost, is_log) = match Input::new(file) {
            Ok(mut input) => (false, self.through(&mut input, put)),
            Err(fault) => {
                self.reading.fault(fault);
                (true, true)
            }
        };
        FileCounts {
            is_other: !is_log,
            is_lost,
            ..self.reading.end()
        }
    }

    fn begin(&mut self) {
        self.filled = 0;
        self.window.resize(INITIAL_WINDOW, 0);
        self.window.shrink_to_fit();
        self.candidates.reset();
    }

    /// Returns false where no cloud log is found in the file.
    fn through(&mut self, input: &mut Input<'_>, put: &mut dyn FnMut(Found<'d>)) -> bool {
        let mut splitter = Splitter::new(self.reading.members);
        let mut is_last = false;
        let mut is_known = false;
        let mut is_whole = true;
        while !is_last && !self.stop.load(Ordering::Relaxed) {
            match input.some(&mut self.window[self.filled..]) {
                Ok(read) => {
                    self.filled += read;
                    self.meter.bytes.fetch_add(read as u64, Ordering::Relaxed);
                    is_last = read == 0;
                }
                Err(fault) => {
                    self.reading.fault(fault);
                    (is_last, is_whole) = (true, false);
                }
            }
            // A log that is cut off while it is written to begins with zeros where the old lines were.
            if !is_known && !is_last && self.window[..self.filled].iter().all(|byte| *byte == 0) {
                self.filled = 0;
                continue;
            }
            if !is_known && (is_last || self.filled >= LOG_HEAD) {
                is_known = true;
                if !is_log(&self.window[..self.filled.min(LOG_HEAD)]) {
                    return false;
                }
            }
            if is_known {
                self.advance(&mut splitter, is_last, put);
            }
        }
        self.finish(&mut splitter, is_whole, put);
        true
    }

    fn advance(&mut self, splitter: &mut Splitter<'_>, is_last: bool, put: &mut dyn FnMut(Found<'d>)) {
        let window = &self.window[..self.filled];
        if is_last {
            self.candidates.finish(window);
        } else {
            self.candidates.advance_to_end(window);
        }
        let (candidates, reading) = (&mut self.candidates, &mut self.reading);
        splitter.advance(window, is_last, &mut |piece| {
            reading.piece(window, piece, candidates, put);
        });
        let mut used = splitter.needed_from();
        if used == 0 && self.filled == MAX_RECORD {
            self.overflow(splitter, put);
            used = splitter.needed_from();
        }
        if used > 0 {
            self.window.copy_within(used..self.filled, 0);
            self.filled -= used;
            splitter.moved(used);
            self.candidates.shift(used);
        }
        if self.filled == self.window.len() {
            let wider = (self.window.len() * 2).min(MAX_RECORD);
            self.window.resize(wider, 0);
        }
    }

    /// Handles a record larger than the window: reads the records inside it, or skips it if it has none.
    fn overflow(&mut self, splitter: &mut Splitter<'_>, put: &mut dyn FnMut(Found<'d>)) {
        let window = &self.window[..self.filled];
        if let Some(after) = self.reading.recover_records(window, 0, &mut self.candidates, put) {
            splitter.restart(after);
        } else {
            let text = format!(
                "record {} is larger than {} MiB and was skipped",
                self.reading.records + 1,
                MAX_RECORD >> 20
            );
            self.reading.fault(text);
            splitter.skip();
        }
    }

    fn finish(&mut self, splitter: &mut Splitter<'_>, is_whole: bool, put: &mut dyn FnMut(Found<'d>)) {
        if splitter.is_open() {
            let window = &self.window[..self.filled];
            let start = splitter.open_record().unwrap_or(self.filled);
            let recovered = self
                .reading
                .recover_records(window, start, &mut self.candidates, put);
            let record = self.reading.records + 1;
            if recovered.is_none() && self.candidates.has_in(start..self.filled) {
                self.reading.records += 1;
                self.reading.entries(&window[start..], put);
            }
            if is_whole {
                self.reading
                    .fault(format!("ends in the middle, at record {record}"));
            }
        }
        if splitter.deepest() > MAX_DEPTH {
            let text = format!("brackets lie more than {MAX_DEPTH} deep in one another");
            self.reading.fault(text);
        }
    }
}

impl<'d> Reading<'_, 'd> {
    fn end(&mut self) -> FileCounts {
        let mut faults = std::mem::take(&mut self.faults);
        let more = std::mem::take(&mut self.more_faults);
        faults.extend((more > 0).then(|| format!("{more} more records could not be read")));
        FileCounts {
            records: std::mem::take(&mut self.records),
            undated: std::mem::take(&mut self.undated),
            not_utf8: std::mem::take(&mut self.not_utf8),
            faults,
            ..FileCounts::default()
        }
    }

    fn fault(&mut self, text: String) {
        if self.faults.len() < MAX_FAULTS {
            self.faults.push(text);
        } else {
            self.more_faults += 1;
        }
    }

    fn piece(
        &mut self,
        window: &[u8],
        piece: Piece,
        candidates: &mut CandidateSearch,
        put: &mut dyn FnMut(Found<'d>),
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
    fn recover_records(
        &mut self,
        window: &[u8],
        start: usize,
        candidates: &mut CandidateSearch,
        put: &mut dyn FnMut(Found<'d>),
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
        put: &mut dyn FnMut(Found<'d>),
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
        put: &mut dyn FnMut(Found<'d>),
    ) -> Option<usize> {
        let mut end = None;
        let mut from = window.len().min(start + 1);
        let mut tries = MAX_TRIES;
        while tries > 0
            && let Some((at, length)) = self.members.find_record_start(&window[from..])
        {
            let begin = from + at;
            let mut values = Deserializer::from_slice(&window[begin..]).into_iter::<IgnoredAny>();
            if values.next().is_some_and(|value| value.is_ok()) {
                from = begin + values.byte_offset();
                end = Some(from);
                let is_candidate = candidates.has_in(begin..from);
                self.record(&window[begin..from], is_candidate, put);
            } else {
                from = begin + length;
                tries -= 1;
            }
        }
        end
    }

    fn record(&mut self, text: &[u8], is_candidate: bool, put: &mut dyn FnMut(Found<'d>)) {
        self.records += 1;
        if !is_candidate && !self.settings.every {
            return;
        }
        if text.len() > MAX_VALUES && values(text) > MAX_VALUES {
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
        if document.roots().next().is_none() && text.starts_with(b"{") {
            let fault = format!("record {} cannot be read as JSON", self.records);
            self.fault(fault);
        }
    }

    /// Reads a record, which may be cut, and looks at its entries.
    fn entries<'t>(&mut self, text: &'t [u8], put: &mut dyn FnMut(Found<'d>)) -> Document<'t>
    where
        'd: 't,
    {
        let reader = self.detector.reader();
        let document = reader.read(text);
        for entry in &document.entries(reader) {
            self.entry(&Entry::found(reader, entry), put);
        }
        document
    }

    fn entry(&mut self, entry: &Entry<'_>, put: &mut dyn FnMut(Found<'d>)) {
        let finding = self.detector.inspect(entry);
        if finding.is_none() && !self.settings.every {
            return;
        }
        let time = self.detector.time(entry).map(std::borrow::Cow::into_owned);
        let is_looked_at = self.is_in_time(time.as_deref());
        self.undated += u64::from(is_looked_at.is_none());
        if is_looked_at.unwrap_or(true) {
            let findings = &self.meter.findings;
            findings.fetch_add(u64::from(finding.is_some()), Ordering::Relaxed);
            put(Found {
                record: self.records,
                time,
                finding: finding.map(|finding| Box::new(finding.into_owned())),
            });
        }
    }

    /// Whether the time is looked at; nothing where only some are, and it cannot be told.
    fn is_in_time(&self, time: Option<&str>) -> Option<bool> {
        let Settings { since, until, .. } = self.settings;
        if since.is_none() && until.is_none() {
            return Some(true);
        }
        let time = time.and_then(parse_event_time)?;
        Some(since.is_none_or(|since| time >= since) && until.is_none_or(|until| time < until))
    }
}

/// How many values a text holds, at most.
fn values(text: &[u8]) -> usize {
    memchr::memchr3_iter(b',', b'{', b'[', text).count()
}

/// Whether a file begins as a log does: soon there is a line that begins with a JSON object, or a first line that holds
/// one. Comments, headers, single values may come before it.
fn is_log(head: &[u8]) -> bool {
    let zeros = head.iter().take_while(|byte| **byte == 0).count();
    let head = without_byte_order_mark(&head[zeros..]);
    if head.trim_ascii().is_empty() {
        return !head.is_empty();
    }
    let text = head.trim_ascii_start();
    let first = &text[..memchr::memchr(b'\n', text).unwrap_or(text.len())];
    let begins = first.starts_with(b"{") || first.starts_with(b"[");
    let mut objects = [&b"{\""[..], b"{ \""].into_iter();
    let holds = objects.any(|start| memchr::memmem::find(first, start).is_some());
    let is_text = memchr::memchr(0, head).is_none();
    is_text
        && (begins
            || holds
            || memchr::memchr_iter(b'\n', text).any(|newline| begins_object(&text[newline + 1..])))
}

/// Whether an object that has a name begins here, or a list of such.
fn begins_object(text: &[u8]) -> bool {
    let text = text.trim_ascii_start();
    let text = text.strip_prefix(b"[").unwrap_or(text).trim_ascii_start();
    text.strip_prefix(b"{")
        .is_some_and(|rest| rest.trim_ascii_start().starts_with(b"\""))
}
