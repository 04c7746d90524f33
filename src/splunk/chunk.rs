//! A chunk's body → the reply's body: rows stay slices of the request, findings get cells.
//!
//! Rows are found and searched while the body arrives; only rows that hold an operation's name are taken apart. The
//! length of the reply is known once all of those have been inspected, so that nothing is built twice.

use super::candidates::CandidateSearch;
use super::inspect::{Inspected, inspect};
use super::layout::Layout;
use super::odd::{self, OddRow};
use super::options::{Input, Mode};
use super::rows::{Lengths, RowScanner};
use crate::detect::Detector;
use crate::detect::finding::Finding;
use crate::event::cells::{split, split_regular};
use std::io::Write;

const STAGING: usize = 64 << 10;

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
    /// Whether the next row is read although it holds no name.
    fn wants_more(&self) -> bool {
        self.read < ALWAYS_READ || self.rows.is_multiple_of(SOMETIMES_READ)
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

/// What differs in the reply from the request.
#[derive(Debug, Default)]
struct Reply {
    edits: Vec<Edit>,
    text: Vec<u8>,
    length: usize,
    /// Cells of every row, before those of the command.
    width: usize,
    even_pad: usize,
    commas: Vec<u8>,
    /// Names for cells that the header has none for.
    surplus: Vec<u8>,
    /// The body goes out as it came: it holds no finding, or its header has a quote left open. So a chunk without
    /// findings clears nothing that an event has, not even under a name of ours that splunkd was not asked for.
    is_verbatim: bool,
}

/// A finding's row.
#[derive(Debug, Clone, Copy)]
struct Edit {
    row: usize,
    /// Up to where the row's new text lies, from the end of the one before.
    end: usize,
    /// All of the row is new, not only its tail.
    is_whole: bool,
}

/// A row of the request.
#[derive(Debug, Clone, Copy)]
struct Span {
    start: usize,
    end: usize,
    form: RowForm,
}

/// How a row compares with the header.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum RowForm {
    /// As many cells.
    Even,
    /// So many cells, but not as many as the header.
    Ragged(usize),
    /// A quote is left open: nothing can be added.
    Open,
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
            staging: Vec::with_capacity(STAGING),
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
        let mut rows = spans(self.odd.as_deref(), self.scanner.rows());
        let Some(first) = rows.next() else { return 0 };
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
        self.reply.widen(self.odd.as_deref(), layout.columns.len());
        self.reply.length = header.len() + self.reply.surplus.len() + layout.header_tail.len() + 1;
        let mut pass = Pass {
            detector: &self.detector,
            input: self.input,
            mode: self.mode,
            layout,
            is_regular: self.odd.is_none(),
            reply: &mut self.reply,
            counts: &mut self.counts,
        };
        let mut hits = self.search.hits();
        let mut hit = hits.next();
        let mut cells = Vec::new();
        let mut plain = Plain::default();
        // Called for each of them, an iterator of two parts is quicker than asked for the next.
        rows.enumerate().for_each(|(at, span)| {
            while hit.is_some_and(|hit| hit < span.start) {
                hit = hits.next();
            }
            let has_name = hit.is_some_and(|hit| hit < span.end);
            let is_read = has_name || pass.counts.wants_more();
            if is_read || span.form != RowForm::Even {
                pass.row(at, span, body, is_read, &mut cells);
            } else {
                plain.add(span);
            }
            pass.counts.rows += 1;
        });
        pass.plain(&plain);
        if self.mode == Mode::Tag && self.reply.edits.is_empty() {
            return self.reply.verbatim(body);
        }
        self.reply.length
    }

    /// Writes `head`, and the reply's body after it, of the length that [`Self::inspect`] has returned. A small reply is
    /// one piece, so that its reader wakes up once.
    pub fn write(&mut self, head: &[u8], body: &[u8], output: &mut impl Write) -> std::io::Result<()> {
        let mut staging = Staging {
            output,
            bytes: &mut self.staging,
        };
        staging.put(&[head])?;
        if self.reply.is_verbatim {
            staging.put(&[body])?;
            return staging.flush();
        }
        let Some((header, layout)) = self.layout.as_ref().filter(|_| self.reply.length > 0) else {
            return staging.flush();
        };
        let reply = &self.reply;
        staging.put(&[header, &reply.surplus, &layout.header_tail, b"\n"])?;
        // Rows that follow each other and get no tail are one piece.
        let in_one = self.odd.is_none() && layout.row_tail.is_empty();
        let mut run = 0..0;
        let mut edits = reply.edits.iter().peekable();
        let mut from = 0;
        for (at, span) in spans(self.odd.as_deref(), self.scanner.rows())
            .skip(1)
            .enumerate()
        {
            let row = &body[span.start..span.end];
            let pad = &reply.commas[..reply.pad(span.form)];
            match edits.next_if(|edit| edit.row == at) {
                None if self.mode == Mode::Filter => {}
                None if span.form == RowForm::Open => staging.put(&[row])?,
                None if in_one => run = if run.is_empty() { span.start } else { run.start }..span.end + 1,
                None => staging.put(&[row, pad, &layout.row_tail, b"\n"])?,
                Some(edit) => {
                    staging.put(&[&body[std::mem::take(&mut run)]])?;
                    let new = &reply.text[from..edit.end];
                    from = edit.end;
                    if edit.is_whole {
                        staging.put(&[new, b"\n"])?;
                    } else {
                        staging.put(&[row, pad, new, b"\n"])?;
                    }
                }
            }
        }
        staging.put(&[&body[run]])?;
        staging.flush()
    }
}

/// Rows that were not read.
#[derive(Debug, Default)]
struct Plain {
    rows: usize,
    bytes: usize,
}

impl Plain {
    fn add(&mut self, span: Span) {
        self.rows += 1;
        self.bytes += span.end - span.start;
    }
}

/// One pass over the rows of a chunk.
struct Pass<'p> {
    detector: &'p Detector,
    input: Input,
    mode: Mode,
    layout: &'p Layout,
    /// The body is as splunkd writes it.
    is_regular: bool,
    reply: &'p mut Reply,
    counts: &'p mut Counts,
}

impl<'p> Pass<'p> {
    /// Rows that go out with no more than the tail that is the same for all.
    fn plain(&mut self, plain: &Plain) {
        if self.mode == Mode::Tag {
            let added = self.reply.pad(RowForm::Even) + self.layout.row_tail.len() + 1;
            self.reply.length += plain.bytes + plain.rows * added;
        }
    }

    fn row<'a>(&mut self, at: usize, span: Span, body: &'a [u8], is_read: bool, cells: &mut Vec<&'a [u8]>) {
        let row = &body[span.start..span.end];
        if span.form != RowForm::Even {
            self.counts.unsound_rows += 1;
        }
        if span.form == RowForm::Open {
            return self.reply.keep_open(self.mode, row);
        }
        let pad = self.reply.pad(span.form);
        if is_read && let Some(finding) = self.read(row, cells) {
            cells.resize(self.reply.width, b"");
            self.reply.put(at, row.len() + pad, self.layout, &finding, cells);
        } else if self.mode == Mode::Tag {
            self.reply.length += row.len() + pad + self.layout.row_tail.len() + 1;
        }
    }

    /// Takes a row apart and inspects it.
    fn read<'a>(&mut self, row: &'a [u8], cells: &mut Vec<&'a [u8]>) -> Option<Box<Finding<'p>>> {
        self.counts.read += 1;
        if self.is_regular {
            split_regular(row, cells);
        } else {
            split(row, cells);
        }
        cells.resize(cells.len().max(self.layout.columns.len()), b"");
        match inspect(self.detector, self.input, self.layout, cells) {
            Inspected::Finding(finding) => Some(finding),
            Inspected::Unreadable => {
                self.counts.unreadable += 1;
                None
            }
            Inspected::Event => None,
        }
    }
}

impl Reply {
    fn clear(&mut self) {
        self.edits.clear();
        self.text.clear();
        self.length = 0;
        self.is_verbatim = false;
    }

    /// Makes the reply as wide as the longest row. What the header has no name for gets one.
    fn widen(&mut self, odd: Option<&[OddRow]>, columns: usize) {
        let longest = odd
            .into_iter()
            .flatten()
            .filter(|row| !row.is_open)
            .map(|row| row.cells)
            .max();
        self.width = longest.unwrap_or(0).max(columns);
        self.surplus.clear();
        for number in 1..=self.width - columns {
            self.surplus
                .extend_from_slice(format!(",\"directvm_surplus_{number}\"").as_bytes());
        }
        self.even_pad = self.width - columns;
        self.commas.resize(self.width, b',');
    }

    /// How many empty cells a row lacks.
    fn pad(&self, form: RowForm) -> usize {
        match form {
            RowForm::Even => self.even_pad,
            RowForm::Ragged(cells) => self.width - cells,
            RowForm::Open => 0,
        }
    }

    fn verbatim(&mut self, body: &[u8]) -> usize {
        self.is_verbatim = true;
        self.length = body.len();
        self.length
    }

    fn keep_open(&mut self, mode: Mode, row: &[u8]) {
        if mode == Mode::Tag {
            self.length += row.len();
        }
    }

    fn put(&mut self, at: usize, own: usize, layout: &Layout, finding: &Finding<'_>, cells: &[&[u8]]) {
        let before = self.text.len();
        let (is_whole, kept) = if layout.rewrites() {
            layout.put_row(finding, cells, &mut self.text);
            (true, 0)
        } else {
            layout.put_tail(finding, &mut self.text);
            (false, own)
        };
        self.length += kept + self.text.len() - before + 1;
        self.edits.push(Edit {
            row: at,
            end: self.text.len(),
            is_whole,
        });
    }
}

/// The rows of a body, the header first.
fn spans<'r>(odd: Option<&'r [OddRow]>, regular: &'r Lengths) -> impl Iterator<Item = Span> + 'r {
    let mut start = 0;
    let even = regular.iter().map(move |length| {
        let span = Span {
            start,
            end: start + length,
            form: RowForm::Even,
        };
        start = span.end + 1;
        span
    });
    let is_odd = odd.is_some();
    let odd = odd.unwrap_or_default();
    let wanted = odd.first().map_or(0, |header| header.cells);
    let odd = odd.iter().map(move |row| Span {
        start: row.start,
        end: row.end,
        form: match row.cells {
            _ if row.is_open => RowForm::Open,
            cells if cells == wanted => RowForm::Even,
            cells => RowForm::Ragged(cells),
        },
    });
    odd.chain(even.take_while(move |_| !is_odd))
}

/// Small pieces are gathered, large ones go straight through.
struct Staging<'o, W> {
    output: &'o mut W,
    bytes: &'o mut Vec<u8>,
}

impl<W: Write> Staging<'_, W> {
    #[inline]
    fn put(&mut self, pieces: &[&[u8]]) -> std::io::Result<()> {
        for piece in pieces {
            if self.bytes.len() + piece.len() > STAGING {
                self.flush()?;
            }
            if piece.len() > STAGING {
                self.output.write_all(piece)?;
            } else {
                self.bytes.extend_from_slice(piece);
            }
        }
        Ok(())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        self.output.write_all(self.bytes)?;
        self.bytes.clear();
        Ok(())
    }
}
