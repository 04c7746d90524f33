//! A chunk's body → the reply's body: rows stay slices of the request, findings get cells.
//!
//! Rows are found, searched and inspected while the body arrives; only candidates are split into cells. The length of the reply is
//! known once the last of them was inspected, so that nothing is built twice.

pub mod columns;
pub mod inspect;
mod reply;

use crate::csv::rows::RowScanner;
use crate::csv::{Row, RowForm, RowStart, Rows, irregular};
use crate::detect::Detector;
use crate::detect::finding::{Finding, Shown};
use crate::prefilter::LiteralFinder;
use crate::prefilter::candidates::{CandidateSearch, Granularity};
use crate::splunk::options::{Input, Mode};
use columns::Layout;
use inspect::{RowInspector, RowOutcome};
use reply::{Reply, Staging};
use std::io::Write;
use std::sync::Arc;

/// What was met in all chunks so far.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// Ragged rows, and those with an unterminated quote.
    pub unsound_rows: u64,
    /// All rows.
    pub rows: u64,
    /// Rows that were split and read.
    pub read: u64,
    /// Of those, rows with a `_raw` that is not an event of a known format, and no fields of one.
    pub unreadable: u64,
}

/// The first rows of a search, and one in [`SAMPLE_INTERVAL`] of those that follow, are read whatever they hold, to tell a search over
/// the wrong events from one without findings.
const ALWAYS_READ: u64 = 256;
const SAMPLE_INTERVAL: u64 = 1024;

/// Padding of ragged rows may always add this many bytes to a reply.
const MIN_PADDING: usize = 1 << 20;

impl Counts {
    /// How many rows come before one that is read although it is not a candidate.
    fn before_sample(&self) -> usize {
        let next = self.rows.next_multiple_of(SAMPLE_INTERVAL);
        match self.read {
            0..ALWAYS_READ => 0,
            _ => usize::try_from(next - self.rows).unwrap_or(0),
        }
    }
}

/// How far a body was inspected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Progress {
    /// The header has not arrived.
    BeforeHeader,
    /// This row is inspected next.
    BeforeRow(RowStart),
    /// The reply is the request: no row is inspected.
    Verbatim,
}

/// Tags the rows of chunks, one chunk after the other.
#[derive(Debug)]
pub struct Tagger {
    reader: RowReader,
    scanner: RowScanner,
    search: CandidateSearch,
    /// The last header, and what it means.
    layout: Option<(Vec<u8>, Layout)>,
    /// The rows of a body that turned out to be irregular.
    irregular: Option<Rows>,
    reply: Reply,
    /// The counts when the body began.
    before: Counts,
    progress: Progress,
    staging: Vec<u8>,
}

impl Tagger {
    /// Ready for the first chunk.
    pub fn new(detector: Detector, input: Input, mode: Mode, shown: Shown) -> Self {
        let finder = Arc::new(LiteralFinder::new(&detector.literals()));
        Self {
            reader: RowReader {
                detector,
                input,
                mode,
                shown,
                counts: Counts::default(),
            },
            scanner: RowScanner::default(),
            search: CandidateSearch::new(finder, Granularity::Line),
            layout: None,
            irregular: None,
            reply: Reply::default(),
            before: Counts::default(),
            progress: Progress::BeforeHeader,
            staging: Vec::new(),
        }
    }

    /// What was met so far.
    pub fn counts(&self) -> Counts {
        self.reader.counts
    }

    /// A new body begins.
    pub fn begin(&mut self) {
        self.scanner.reset();
        self.search.reset();
        self.irregular = None;
        self.before = self.reader.counts;
        self.rewind();
    }

    /// Nothing of the body was inspected yet.
    fn rewind(&mut self) {
        self.search.rewind();
        self.reply.clear();
        self.progress = Progress::BeforeHeader;
        self.reader.counts = self.before;
    }

    /// More of the body is there; `arrived` is all of it so far. Rows that are whole are inspected while more arrives.
    pub fn arrived(&mut self, arrived: &[u8]) {
        self.scanner.advance(arrived);
        self.search.advance(arrived);
        if !self.scanner.is_irregular() {
            self.inspect_rows(self.search.searched(), arrived);
        }
    }

    /// The body is whole: inspects its other rows. Returns the length of the reply's body.
    pub fn inspect(&mut self, body: &[u8]) -> usize {
        self.search.finish(body);
        if !self.scanner.finish(body) {
            self.irregular = Some(irregular::rows(body));
            self.rewind();
        }
        self.inspect_rows(usize::MAX, body);
        let has_rows = matches!(self.progress, Progress::BeforeRow(_));
        if has_rows && self.reader.mode == Mode::Tag && !self.reply.has_findings() {
            self.reply.be_verbatim(body);
        }
        self.reply.length
    }

    /// Goes on with the rows of the body that end before `limit`.
    fn inspect_rows(&mut self, limit: usize, body: &[u8]) {
        if self.progress == Progress::BeforeHeader {
            self.progress = self.read_header(body);
        }
        let Progress::BeforeRow(first) = self.progress else {
            return;
        };
        let Some((_, layout)) = &self.layout else { return };
        let rows = self.irregular.as_ref().unwrap_or(self.scanner.rows());
        let (all, mut cells) = (rows, Vec::new());
        let mut rows = all.iter_from(first, body);
        let Self { reader, reply, .. } = self;
        loop {
            let candidate = self.search.next_from(rows.next.offset).unwrap_or(usize::MAX);
            let skipped_before = limit.min(candidate.saturating_add(1));
            let (skipped, bytes) = rows.skip_before(skipped_before, reader.counts.before_sample());
            reply.keep(reader.mode, skipped, bytes, RowForm::Complete);
            reader.counts.rows += skipped as u64;
            let Some(row) = rows.next_before(limit) else { break };
            let is_sample = reader.counts.before_sample() == 0;
            let is_read = self.search.has_in(row.start..row.end) || is_sample;
            reader.counts.rows += 1;
            reader.counts.unsound_rows += u64::from(row.form != RowForm::Complete);
            let text = &body[row.start..row.end];
            let mut is_finding = false;
            if is_read && row.form != RowForm::Unterminated {
                all.split_into(text, &mut cells);
                is_finding = reader.read(row, layout, &mut cells, reply);
            }
            if !is_finding {
                reply.keep(reader.mode, 1, text.len(), row.form);
            }
        }
        self.progress = Progress::BeforeRow(rows.next);
    }

    /// Begins the reply, once the header has arrived.
    fn read_header(&mut self, body: &[u8]) -> Progress {
        let rows = self.irregular.as_ref().unwrap_or(self.scanner.rows());
        let mut rows_left = rows.iter(body);
        let Some(first) = rows_left.next() else {
            return Progress::BeforeHeader;
        };
        // One long row among many, be it the header, would make the reply as large as their product.
        let is_mostly_padding = rows.missing_cells() > body.len().max(MIN_PADDING);
        if first.form == RowForm::Unterminated || is_mostly_padding {
            self.reader.counts.unsound_rows += 1;
            self.reply.be_verbatim(body);
            return Progress::Verbatim;
        }
        let header = &body[first.start..first.end];
        let known = self.layout.take().filter(|(known, _)| known == header);
        let (_, layout) = self.layout.insert(known.unwrap_or_else(|| {
            let reader = self.reader.detector.reader();
            (header.to_vec(), Layout::new(reader, header, self.reader.shown))
        }));
        self.reply.begin(rows.longest(), header.len(), layout);
        Progress::BeforeRow(rows_left.next)
    }

    /// Writes `head`, and the reply's body after it, of the length that [`Self::inspect`] has returned. A small reply is
    /// one piece, so that its reader wakes up once.
    pub fn write(&mut self, head: &[u8], body: &[u8], output: &mut impl Write) -> std::io::Result<()> {
        let mut staging = Staging::new(output, &mut self.staging);
        staging.put([head])?;
        if self.reply.is_verbatim {
            staging.put([body])?;
        } else if let Some((names, layout)) = self.layout.as_ref().filter(|_| self.reply.length > 0) {
            staging.put([names, &self.reply.surplus, &layout.header_tail, b"\n"])?;
            let rows = self.irregular.as_ref().unwrap_or(self.scanner.rows());
            let rows = rows.iter(body).skip(1);
            self.reply.write(self.reader.mode, rows, body, &mut staging)?;
        }
        staging.flush()
    }
}

/// Reads single rows.
#[derive(Debug)]
struct RowReader {
    detector: Detector,
    input: Input,
    mode: Mode,
    shown: Shown,
    counts: Counts,
}

impl RowReader {
    /// Inspects a row that is split into `cells`. Whether it is a finding, which is then in the reply.
    fn read(&mut self, row: Row, layout: &Layout, cells: &mut Vec<&[u8]>, reply: &mut Reply) -> bool {
        self.counts.read += 1;
        cells.resize(reply.width, b"");
        let inspector = RowInspector {
            detector: &self.detector,
            input: self.input,
            layout,
        };
        let mut sink = |finding: &Finding<'_, '_>| reply.put(row, layout, finding, cells);
        let outcome = inspector.inspect(cells, &mut sink);
        self.counts.unreadable += u64::from(outcome == RowOutcome::Unreadable);
        outcome == RowOutcome::Finding
    }
}
