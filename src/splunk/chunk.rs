//! A chunk's body → the reply's body: rows stay slices of the request, findings get cells.
//!
//! Rows are found and searched while the body arrives; only rows that hold an operation's name are taken apart. The
//! length of the reply is known once all of those have been inspected, so that nothing is built twice.

mod pass;
mod reply;
mod spans;

use super::candidates::CandidateSearch;
use super::layout::Layout;
use super::odd::{self, OddRow};
use super::options::{Input, Mode};
use super::rows::RowScanner;
use crate::detect::Detector;
use pass::Pass;
use reply::{Reply, Staging};
use spans::{RowForm, even_rows, header, odd_rows};
use std::io::Write;

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
    odd: Option<Vec<OddRow>>,
    reply: Reply,
    counts: Counts,
    staging: Vec<u8>,
}

impl Tagger {
    /// Ready for the first chunk.
    pub fn new(detector: Detector, input: Input, mode: Mode, cim: bool) -> Self {
        let search = CandidateSearch::new(&detector.literals());
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
        self.search.reset();
    }

    /// More of the body is there; `arrived` is all of it so far.
    pub fn arrived(&mut self, arrived: &[u8]) {
        self.scanner.advance(arrived);
        self.search.advance(arrived, false);
    }

    /// The body is whole: inspects what is worth it. Returns the length of the reply's body.
    pub fn inspect(&mut self, body: &[u8]) -> usize {
        self.search.advance(body, true);
        self.odd = self.scanner.finish(body).is_none().then(|| odd::rows(body));
        self.reply.clear();
        let Some(first) = header(self.odd.as_deref(), self.scanner.rows()) else {
            return 0;
        };
        if first.form == RowForm::Open {
            self.counts.unsound_rows += 1;
            return self.reply.verbatim(body);
        }
        let header = &body[first.start..first.end];
        if self.layout.as_ref().is_none_or(|(known, _)| known != header) {
            self.layout = Some((header.to_vec(), Layout::new(header, self.cim)));
        }
        let Some((_, layout)) = self.layout.as_ref() else {
            return 0;
        };
        self.reply.begin(self.odd.as_deref(), header.len(), layout);
        let mut pass = Pass {
            detector: &self.detector,
            input: self.input,
            mode: self.mode,
            layout,
            body,
            is_regular: self.odd.is_none(),
            reply: &mut self.reply,
            counts: &mut self.counts,
            cells: Vec::new(),
        };
        match &self.odd {
            Some(odd) => pass.over(odd_rows(odd), self.search.hits()),
            None => pass.over(even_rows(self.scanner.rows()), self.search.hits()),
        }
        if self.mode == Mode::Tag && !self.reply.has_findings() {
            return self.reply.verbatim(body);
        }
        self.reply.length
    }

    /// Writes `head`, and the reply's body after it, of the length that [`Self::inspect`] has returned. A small reply is
    /// one piece, so that its reader wakes up once.
    pub fn write(&mut self, head: &[u8], body: &[u8], output: &mut impl Write) -> std::io::Result<()> {
        let mut staging = Staging::new(output, &mut self.staging);
        staging.put([head])?;
        if self.reply.is_verbatim {
            staging.put([body])?;
        } else if let Some((header, layout)) = self.layout.as_ref().filter(|_| self.reply.length > 0) {
            let reply = &self.reply;
            staging.put([header, &reply.surplus, &layout.header_tail, b"\n"])?;
            if let Some(odd) = &self.odd {
                reply.write(self.mode, odd_rows(odd), body, &mut staging)?;
            } else {
                reply.write(self.mode, even_rows(self.scanner.rows()), body, &mut staging)?;
            }
        }
        staging.flush()
    }
}
