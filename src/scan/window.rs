//! One file through a window of bounded size.

use super::input::Input;
use super::kind::Unread;
use super::layers::AnyRead;
use super::members::KnownMembers;
use super::reading::{Put, Reading};
use super::rows_as_json::Header;
use super::split::Splitter;
use super::strings::strings;
use super::text::{TEXT_HEAD, Text, names_delimiter, text};
use super::{FileCounts, Meter, Settings};
use crate::detect::Detector;
use crate::event::json::MAX_TEXT;
use crate::event::without_byte_order_mark;
use crate::prefilter::LiteralFinder;
use crate::prefilter::candidates::{CandidateSearch, Granularity};
use serde::de::IgnoredAny;
use std::cell::Cell;
use std::io::{Cursor, Error, Read};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// The size of the window in bytes, until a record is larger.
const INITIAL_WINDOW: usize = 256 << 10;
/// The largest record that is read, in bytes.
const MAX_RECORD: usize = MAX_TEXT;
/// Brackets that are nested deeper are reported.
const MAX_DEPTH: usize = 1000;

/// Scans files, one after the other.
pub struct Scanner<'s, 'd> {
    reading: Reading<'s, 'd>,
    meter: &'s Meter,
    stop: &'s AtomicBool,
    window: Vec<u8>,
    filled: usize,
    /// Whether the file began with zeros.
    has_zeros: bool,
    /// The literals in the window.
    candidates: CandidateSearch,
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
            reading: Reading::new((detector, members), settings, meter),
            meter,
            stop,
            window: vec![0; INITIAL_WINDOW],
            filled: 0,
            has_zeros: false,
            candidates: CandidateSearch::new(finder, Granularity::Match),
        }
    }

    /// Scans one file, or one member of an archive; `promises` where its name says that it holds logs.
    pub fn scan(&mut self, file: AnyRead<'_>, promises: bool, put: &mut Put<'_, 'd>) -> FileCounts {
        self.begin();
        let mut counts = FileCounts::default();
        match Input::new(file) {
            Ok(mut input) => {
                let (is_last, is_whole) = self.read_head(&mut input);
                match text(
                    &self.window[..self.filled.min(TEXT_HEAD)],
                    is_last,
                    self.reading.members,
                ) {
                    Text::Log => {
                        let is_list = begins_list_of_scalars(&self.window[..self.filled]);
                        self.through(&mut input, (is_last, is_whole), put);
                        if is_list && self.reading.records == 0 {
                            self.reading.fault("holds a list without records".to_owned());
                        }
                    }
                    Text::Strings => self.strings(input, put),
                    Text::Table(delimiter) => self.rows(input, delimiter, put),
                    Text::OtherTable => counts.unread = Some(Unread::Csv),
                    Text::Other if is_whole && promises && self.holds_no_json() => {
                        counts.unread = Some(Unread::NotAsNamed);
                    }
                    Text::Other => counts.is_other = is_whole,
                }
            }
            Err(fault) => {
                self.reading.fault(fault);
                counts.is_lost = true;
            }
        }
        FileCounts {
            is_other: counts.is_other,
            is_lost: counts.is_lost,
            unread: counts.unread,
            ..self.reading.end()
        }
    }

    /// Whether the text is not empty and is not JSON.
    fn holds_no_json(&self) -> bool {
        let window = &self.window[..self.filled];
        let is_json = || serde_json::from_slice::<IgnoredAny>(window).is_ok();
        self.has_zeros || !window.is_empty() && !is_json()
    }

    fn begin(&mut self) {
        self.filled = 0;
        self.has_zeros = false;
        self.window.resize(INITIAL_WINDOW, 0);
        self.window.shrink_to_fit();
        self.candidates.reset();
    }

    /// Reads as much as tells what the text is. Returns whether that is all of it, and whether it ended soundly.
    fn read_head(&mut self, input: &mut Input<'_>) -> (bool, bool) {
        while !self.stop.load(Ordering::Relaxed) {
            match self.read(input) {
                Some(0) => return (true, true),
                None => return (true, false),
                Some(_) => {}
            }
            // A log that is cut off while it is written to begins with zeros where the old lines were.
            if self.window[..self.filled].iter().all(|byte| *byte == 0) {
                self.has_zeros = true;
                self.filled = 0;
            } else if self.filled >= TEXT_HEAD {
                break;
            }
        }
        (false, true)
    }

    /// Reads into the window; nothing after a fault, which is noted.
    fn read(&mut self, input: &mut Input<'_>) -> Option<usize> {
        match input.some(&mut self.window[self.filled..]) {
            Ok(read) => {
                self.filled += read;
                self.meter.bytes.fetch_add(read as u64, Ordering::Relaxed);
                Some(read)
            }
            Err(fault) => {
                self.reading.fault(fault);
                None
            }
        }
    }

    fn through(
        &mut self,
        input: &mut Input<'_>,
        (mut is_last, mut is_whole): (bool, bool),
        put: &mut Put<'_, 'd>,
    ) {
        let mut splitter = Splitter::new(self.reading.members);
        self.advance(&mut splitter, is_last, put);
        while !is_last && !self.stop.load(Ordering::Relaxed) {
            let read = self.read(input);
            is_whole = read.is_some();
            is_last = read.unwrap_or(0) == 0;
            self.advance(&mut splitter, is_last, put);
        }
        self.finish(&mut splitter, is_whole, put);
    }

    /// Reads JSON texts inside JSON strings, each as a record.
    fn strings(&mut self, input: Input<'_>, put: &mut Put<'_, 'd>) {
        let allowance = Cell::new(MAX_RECORD);
        let rest = self.rest(input, &allowance);
        let stop = self.stop;
        let read = strings(rest, &mut |text| {
            allowance.set(MAX_RECORD);
            self.reading.string(text, put);
            !stop.load(Ordering::Relaxed)
        });
        if let Err(error) = read {
            let number = self.reading.records + 1;
            self.reading.fault(format!(
                "record {number} cannot be read ({error}); the records before it were"
            ));
        }
    }

    /// All of the input, of which the window holds the beginning; without its byte-order mark.
    fn rest<'i>(&self, input: Input<'i>, allowance: &'i Cell<usize>) -> impl Read + use<'i, 's, 'd> {
        let head = without_byte_order_mark(&self.window[..self.filled]);
        let head = Cursor::new(head.to_vec());
        Allowed {
            reader: head.chain(input.into_reader()),
            left: allowance,
        }
    }

    /// Reads the rows of a table, each as a record.
    fn rows(&mut self, input: Input<'_>, delimiter: u8, put: &mut Put<'_, 'd>) {
        let allowance = Cell::new(MAX_RECORD);
        let rest = self.rest(input, &allowance);
        let mut reader = csv::ReaderBuilder::new()
            .delimiter(delimiter)
            .has_headers(false)
            .flexible(true)
            .from_reader(rest);
        let (mut header, mut row) = (None::<Header>, csv::ByteRecord::new());
        while !self.stop.load(Ordering::Relaxed) {
            allowance.set(MAX_RECORD);
            match reader.read_byte_record(&mut row) {
                Ok(false) => break,
                Ok(true) => match &header {
                    None if names_delimiter(row.get(0).unwrap_or_default()) => {}
                    None => header = Some(Header::new(row.iter())),
                    Some(header) => self.reading.row(header, &row, put),
                },
                Err(error) => {
                    let number = self.reading.records + 1;
                    self.reading.fault(format!(
                        "row {number} cannot be read ({error}); the rows before it were"
                    ));
                    break;
                }
            }
        }
    }

    fn advance(&mut self, splitter: &mut Splitter<'_>, is_last: bool, put: &mut Put<'_, 'd>) {
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
    fn overflow(&mut self, splitter: &mut Splitter<'_>, put: &mut Put<'_, 'd>) {
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

    fn finish(&mut self, splitter: &mut Splitter<'_>, is_whole: bool, put: &mut Put<'_, 'd>) {
        if splitter.is_open() {
            let window = &self.window[..self.filled];
            let start = splitter.open_record().unwrap_or(self.filled);
            let recovered = self
                .reading
                .recover_records(window, start, &mut self.candidates, put);
            let record = self.reading.records + 1;
            if recovered.is_none() && self.reading.wants_cut(self.candidates.has_in(start..self.filled)) {
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

/// Whether a list begins whose first item is a number or a word, which no record is.
fn begins_list_of_scalars(head: &[u8]) -> bool {
    let list = without_byte_order_mark(head)
        .trim_ascii_start()
        .strip_prefix(b"[");
    let item = list.and_then(|items| items.trim_ascii_start().first());
    item.is_some_and(|first| !b"]{[\"".contains(first))
}

/// Ends a row that takes more than it may.
struct Allowed<'a, R> {
    reader: R,
    left: &'a Cell<usize>,
}

impl<R: Read> Read for Allowed<'_, R> {
    fn read(&mut self, to: &mut [u8]) -> std::io::Result<usize> {
        let read = self.reader.read(to)?;
        let Some(left) = self.left.get().checked_sub(read) else {
            return Err(Error::other(format!(
                "it is larger than {} MiB, or a quote is left open",
                MAX_RECORD >> 20
            )));
        };
        self.left.set(left);
        Ok(read)
    }
}
