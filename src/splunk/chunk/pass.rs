//! One pass over the rows of a chunk: those that are worth it are read.

use super::Counts;
use super::columns::Layout;
use super::reply::Reply;
use super::spans::{RowForm, Span, Spans};
use crate::csv::cells::{split_into, split_regular};
use crate::detect::Detector;
use crate::detect::finding::Finding;
use crate::prefilter::candidates::CandidateSearch;
use crate::splunk::inspect::{RowInspector, RowOutcome};
use crate::splunk::options::{Input, Mode};

/// There is no further candidate.
const NONE: usize = usize::MAX;

/// What a pass needs, and where it puts what it finds.
pub struct Pass<'p, 'a> {
    pub detector: &'p Detector,
    pub input: Input,
    pub mode: Mode,
    pub layout: &'p Layout,
    pub body: &'a [u8],
    pub reply: &'p mut Reply,
    pub counts: &'p mut Counts,
    /// The cells of the row that is read.
    pub cells: Vec<&'a [u8]>,
}

impl<'a> Pass<'_, 'a> {
    /// Goes through rows and reads the candidates among them.
    pub fn over(&mut self, rows: &mut impl Spans, candidates: &mut CandidateSearch) {
        let mut next = self.counts.rows;
        let (mut plain_rows, mut plain_bytes) = (0, 0);
        let mut candidate = 0;
        loop {
            let due = self.counts.due(next);
            let before_due = usize::try_from(due - next).unwrap_or(usize::MAX);
            let (passed, bytes) = rows.pass_even(candidate, before_due);
            plain_rows += passed;
            plain_bytes += bytes;
            next += passed as u64;
            let Some(span) = rows.next() else { break };
            if candidate < span.start {
                candidate = candidates.next_from(span.start).unwrap_or(NONE);
            }
            self.row(span, next == due || candidate < span.end);
            next += 1;
        }
        self.counts.rows = next;
        if self.mode == Mode::Tag {
            self.reply.length += plain_bytes + plain_rows * self.reply.end_of(RowForm::Even).len();
        }
    }

    fn row(&mut self, span: Span, is_read: bool) {
        let row = &self.body[span.start..span.end];
        if span.form != RowForm::Even {
            self.counts.unsound_rows += 1;
        }
        if span.form == RowForm::Open {
            return self.reply.keep(self.mode, row, span.form);
        }
        if !is_read || !self.read(span, row) {
            self.reply.keep(self.mode, row, span.form);
        }
    }

    /// Takes a row apart and inspects it. Whether it is a finding, which is then in the reply.
    fn read(&mut self, span: Span, row: &'a [u8]) -> bool {
        self.counts.read += 1;
        if self.reply.is_regular {
            split_regular(row, &mut self.cells);
        } else {
            split_into(row, &mut self.cells);
        }
        self.cells.resize(self.reply.width, b"");
        let (cells, layout) = (&self.cells, self.layout);
        let inspector = RowInspector {
            detector: self.detector,
            input: self.input,
            layout,
        };
        let mut put = |finding: &Finding<'_, '_>| self.reply.put(span, row, layout, finding, cells);
        let outcome = inspector.inspect(cells, &mut put);
        self.counts.unreadable += u64::from(outcome == RowOutcome::Unreadable);
        outcome == RowOutcome::Finding
    }
}
