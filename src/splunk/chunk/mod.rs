//! A chunk's body → the reply's body: rows stay slices of the request, findings get cells.
//!
//! Rows are found, searched and inspected while the body arrives; only rows that hold an operation's name are taken
//! apart. The length of the reply is known once the last of those was inspected, so that nothing is built twice.

pub mod columns;
pub mod encoded;
mod pass;
mod reply;
mod spans;

use super::options::{Input, Mode};
use crate::csv::ends;
use crate::csv::irregular::{self as odd, OddRows};
use crate::csv::rows::RowScanner;
use crate::detect::Detector;
use crate::prefilter::LiteralFinder;
use crate::prefilter::candidates::{CandidateSearch, Granularity};
use columns::Layout;
use pass::Pass;
use reply::{Reply, Staging};
use spans::{EvenSpans, OddSpans, RowForm, header};
use std::io::Write;
use std::sync::Arc;

/// What was met in all chunks so far.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// Rows with too few or too many cells, or a quote left open.
    pub unsound_rows: u64,
    /// All rows.
    pub rows: u64,
    /// Rows that were taken apart and read.
    pub read: u64,
    /// Of those, rows with a `_raw` that holds no event of a known shape, and no fields of one.
    pub unreadable: u64,
}

/// How much of a body that is inspected a second time is searched at once.
const STEP: usize = 1 << 20;

/// So many rows, and one in [`SOMETIMES_READ`] of those that follow, are read whatever they hold, to tell a search over the
/// wrong events from one without findings.
const ALWAYS_READ: u64 = 256;
const SOMETIMES_READ: u64 = 1024;

impl Counts {
    /// The first row from the row `next` on that is read although it holds no name.
    fn due(&self, next: u64) -> u64 {
        if self.read < ALWAYS_READ {
            next
        } else {
            next.next_multiple_of(SOMETIMES_READ)
        }
    }
}

/// Tags the rows of chunks, one chunk after the other.
#[derive(Debug)]
pub struct Tagger {
    detector: Detector,
    input: Input,
    mode: Mode,
    cim: bool,
    scanner: RowScanner,
    search: CandidateSearch,
    layout: Option<(Vec<u8>, Layout)>,
    odd: Option<OddRows>,
    reply: Reply,
    counts: Counts,
    /// The counts when the body began.
    before: Counts,
    progress: Option<Progress>,
    staging: Vec<u8>,
}

/// How far the rows of a body were inspected.
#[derive(Debug, Clone, Copy, Default)]
struct Progress {
    rows: ends::Place,
}

impl Tagger {
    /// Ready for the first chunk.
    pub fn new(detector: Detector, input: Input, mode: Mode, cim: bool) -> Self {
        let finder = Arc::new(LiteralFinder::new(&detector.literals()));
        let search = CandidateSearch::new(finder, Granularity::Line);
        let (scanner, counts) = (RowScanner::default(), Counts::default());
        Self {
            detector,
            input,
            mode,
            cim,
            scanner,
            search,
            layout: None,
            odd: None,
            reply: Reply::default(),
            counts,
            before: counts,
            progress: None,
            staging: Vec::new(),
        }
    }

    /// What was met so far.
    pub fn counts(&self) -> Counts {
        self.counts
    }

    /// A new body begins.
    pub fn begin(&mut self) {
        self.scanner.reset();
        self.odd = None;
        self.before = self.counts;
        self.rewind();
    }

    /// Nothing of the body was inspected yet.
    fn rewind(&mut self) {
        self.search.reset();
        self.reply.clear();
        self.progress = None;
        self.counts = self.before;
    }

    /// More of the body is there; `arrived` is all of it so far. Rows that are whole are inspected while more arrives.
    pub fn arrived(&mut self, arrived: &[u8]) {
        self.scanner.advance(arrived);
        if !self.scanner.is_irregular() {
            self.go_on(arrived.len(), arrived);
        }
    }

    /// The body is whole: inspects the rest of what is worth it. Returns the length of the reply's body.
    pub fn inspect(&mut self, body: &[u8]) -> usize {
        if !self.scanner.finish(body) {
            self.begin_anew(body);
        }
        self.search.finish(body);
        self.inspect_upto(usize::MAX, body);
        if self.progress.is_some() && self.mode == Mode::Tag && !self.reply.has_findings() {
            return self.reply.verbatim(body);
        }
        self.reply.length
    }

    /// The body turned out to be none that splunkd writes. As if it arrived a second time, it is searched in steps, so
    /// that no more is kept than what was found in one.
    fn begin_anew(&mut self, body: &[u8]) {
        self.odd = Some(odd::rows(body));
        self.rewind();
        for arrived in (STEP..body.len()).step_by(STEP) {
            self.go_on(arrived, body);
        }
    }

    /// Goes on with the rows that end in the first `arrived` bytes of the body.
    fn go_on(&mut self, arrived: usize, body: &[u8]) {
        self.search.advance(&body[..arrived]);
        self.inspect_upto(self.search.searched(), body);
    }

    /// Goes on with the rows of the body that end before `upto`.
    fn inspect_upto(&mut self, upto: usize, body: &[u8]) {
        let Some(mut progress) = self.progress.or_else(|| self.read_header(body)) else {
            return;
        };
        let Some((_, layout)) = self.layout.as_ref() else {
            return;
        };
        let mut pass = Pass {
            detector: &self.detector,
            input: self.input,
            mode: self.mode,
            layout,
            body,
            reply: &mut self.reply,
            counts: &mut self.counts,
            cells: Vec::new(),
        };
        if let Some(odd) = &self.odd {
            let mut rows = OddSpans::between(odd, body, progress.rows, upto);
            pass.over(&mut rows, &mut self.search);
            progress.rows = rows.place;
        } else {
            let mut rows = EvenSpans::between(self.scanner.ends(), progress.rows, upto);
            pass.over(&mut rows, &mut self.search);
            progress.rows = rows.place;
        }
        self.progress = Some(progress);
    }

    /// Begins the reply, once the header is there. Nothing where there are no rows to go on with.
    fn read_header(&mut self, body: &[u8]) -> Option<Progress> {
        let (first, rows) = header(self.odd.as_ref(), self.scanner.ends())?;
        if self.reply.is_verbatim {
            return None;
        }
        if first.form == RowForm::Open || self.odd.as_ref().is_some_and(|odd| odd.is_mostly_padding(body)) {
            self.counts.unsound_rows += 1;
            self.reply.verbatim(body);
            return None;
        }
        let header = &body[first.start..first.end];
        if self.layout.as_ref().is_none_or(|(known, _)| known != header) {
            self.layout = Some((
                header.to_vec(),
                Layout::new(self.detector.reader(), header, self.cim),
            ));
        }
        let (_, layout) = self.layout.as_ref()?;
        self.reply.begin(self.odd.as_ref(), header.len(), layout);
        Some(Progress { rows })
    }

    /// Writes `head`, and the reply's body after it, of the length that [`Self::inspect`] has returned. A small reply is
    /// one piece, so that its reader wakes up once.
    pub fn write(&mut self, head: &[u8], body: &[u8], output: &mut impl Write) -> std::io::Result<()> {
        let mut staging = Staging::new(output, &mut self.staging);
        staging.put([head])?;
        if self.reply.is_verbatim {
            staging.put([body])?;
        } else if let Some((names, layout)) = self.layout.as_ref().filter(|_| self.reply.length > 0) {
            let reply = &self.reply;
            staging.put([names, &reply.surplus, &layout.header_tail, b"\n"])?;
            let (_, place) = header(self.odd.as_ref(), self.scanner.ends()).unzip();
            let place = place.unwrap_or_default();
            if let Some(odd) = &self.odd {
                let rows = OddSpans::between(odd, body, place, usize::MAX);
                reply.write(self.mode, rows, body, &mut staging)?;
            } else {
                let rows = EvenSpans::between(self.scanner.ends(), place, usize::MAX);
                reply.write(self.mode, rows, body, &mut staging)?;
            }
        }
        staging.flush()
    }
}
