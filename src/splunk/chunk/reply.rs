//! What differs in the reply from the request, and how it is written.

use super::spans::{RowForm, Span};
use crate::detect::finding::Finding;
use crate::splunk::encoded::Encoded;
use crate::splunk::layout::Layout;
use crate::splunk::odd::OddRows;
use crate::splunk::options::Mode;
use std::io::Write;

/// The reply to one request.
#[derive(Debug, Default)]
pub struct Reply {
    /// Bytes of its body.
    pub length: usize,
    /// Cells of every row, before those of the command.
    pub width: usize,
    /// Names for cells that the header has none for.
    pub surplus: Vec<u8>,
    /// The body goes out as it came: it holds no finding, or its header has a quote left open. So a chunk without
    /// findings clears nothing that an event has, not even under a name of ours that splunkd was not asked for.
    pub is_verbatim: bool,
    /// The body is as splunkd writes it: rows end with one line feed each.
    pub is_regular: bool,
    edits: Edits,
    /// The cells of the finding that is added.
    encoded: Encoded,
    /// What a row without any cell has after it, where it is no finding.
    longest_end: Vec<u8>,
    even_pad: usize,
}

/// What findings change, in order.
#[derive(Debug, Default)]
struct Edits {
    list: Vec<Edit>,
    /// The new text of all.
    text: Vec<u8>,
    /// Bytes of the body that they replace.
    replaced: usize,
}

/// A piece of a finding's row that is replaced. The last one of a row ends where the row does.
#[derive(Debug, Clone, Copy)]
struct Edit {
    /// Where in the body it begins.
    start: usize,
    /// Where it ends.
    end: usize,
    /// Up to where its new text lies, from the end of the one before.
    text_end: usize,
}

impl Edits {
    fn clear(&mut self) {
        self.list.clear();
        self.text.clear();
        self.replaced = 0;
    }

    /// The text that was added last is in place of what lies between two places of the row; nothing was added where it
    /// does not begin.
    fn end(&mut self, row: Span, from: Option<usize>, upto: usize) {
        let Some(from) = from else { return };
        let (start, end) = (row.start + from, row.end.min(row.start + upto));
        self.replaced += end - start;
        self.list.push(Edit {
            start,
            end,
            text_end: self.text.len(),
        });
    }
}

/// So many bytes between two changes are rather copied than left for a piece of their own.
const GAP: usize = 64;

impl Reply {
    /// Forgets the reply before.
    pub fn clear(&mut self) {
        self.edits.clear();
        self.length = 0;
        self.is_verbatim = false;
    }

    /// Begins with the header, as wide as the longest row. What it has no name for gets one.
    pub fn begin(&mut self, odd: Option<&OddRows>, header: usize, layout: &Layout) {
        let columns = layout.columns.len();
        self.is_regular = odd.is_none();
        self.width = odd.map_or(0, |odd| odd.longest).max(columns);
        self.surplus.clear();
        for number in 1..=self.width - columns {
            self.surplus
                .extend_from_slice(format!(",\"directvm_surplus_{number}\"").as_bytes());
        }
        self.even_pad = self.width - columns;
        self.longest_end.clear();
        self.longest_end.resize(self.width, b',');
        self.longest_end.extend_from_slice(&layout.row_tail);
        self.longest_end.push(b'\n');
        self.length = header + self.surplus.len() + layout.header_tail.len() + 1;
    }

    /// How many empty cells a row lacks.
    fn pad(&self, form: RowForm) -> usize {
        match form {
            RowForm::Even => self.even_pad,
            RowForm::Ragged(cells) => self.width - cells,
            RowForm::Open => 0,
        }
    }

    /// What a row that is no finding has after its own cells.
    pub fn end_of(&self, form: RowForm) -> &[u8] {
        match form {
            RowForm::Open => &[],
            _ => &self.longest_end[self.width - self.pad(form)..],
        }
    }

    /// The body itself is the reply. Returns its length.
    pub fn verbatim(&mut self, body: &[u8]) -> usize {
        self.is_verbatim = true;
        self.length = body.len();
        self.length
    }

    /// Whether any row is a finding.
    pub fn has_findings(&self) -> bool {
        !self.edits.list.is_empty()
    }

    /// Counts a row that is no finding.
    pub fn keep(&mut self, mode: Mode, row: &[u8], form: RowForm) {
        if mode == Mode::Tag {
            self.length += row.len() + self.end_of(form).len();
        }
    }

    /// Adds a finding: of the row `text`, which is taken apart in `cells`.
    pub fn put(
        &mut self,
        row: Span,
        text: &[u8],
        layout: &Layout,
        finding: &Finding<'_, '_>,
        cells: &[&[u8]],
    ) {
        layout.encode(finding, &mut self.encoded);
        let pad = self.pad(row.form);
        if pad == 0 {
            self.change(row, text, layout, cells);
        } else {
            let padded = [text, &self.longest_end[..pad]].concat();
            self.change(row, &padded, layout, cells);
        }
    }

    /// Changes a row; of one that was padded, all is new.
    fn change(&mut self, row: Span, text: &[u8], layout: &Layout, cells: &[&[u8]]) {
        let edits = &mut self.edits;
        let (texts, replaced) = (edits.text.len(), edits.replaced);
        let is_padded = text.len() > row.end - row.start;
        let gap = if is_padded { usize::MAX } else { GAP };
        // Where the piece began that is replaced, and up to where it is.
        let (mut from, mut upto) = (is_padded.then_some(0), 0);
        for (at, column, cell) in layout.changes(&self.encoded, cells) {
            if from.is_some() && at - upto <= gap {
                edits.text.extend_from_slice(&text[upto..at]);
            } else {
                edits.end(row, from, upto);
                from = Some(at);
            }
            edits.text.extend_from_slice(self.encoded.cell(cell));
            upto = at + cells[column].len();
        }
        if from.is_some() && text.len() - upto <= gap {
            edits.text.extend_from_slice(&text[upto..]);
        } else {
            edits.end(row, from, upto);
            from = Some(text.len());
        }
        layout.put_tail(&self.encoded, &mut edits.text);
        edits.text.push(b'\n');
        edits.end(row, from, text.len());
        let kept = row.end - row.start - (edits.replaced - replaced);
        self.length += kept + edits.text.len() - texts;
    }

    /// Writes all rows but the header.
    pub fn write<W: Write>(
        &self,
        mode: Mode,
        rows: impl Iterator<Item = Span>,
        body: &[u8],
        staging: &mut Staging<'_, W>,
    ) -> std::io::Result<()> {
        // Rows that follow each other and get no tail are one piece.
        let in_one = self.is_regular && self.end_of(RowForm::Even) == b"\n";
        let mut run = 0..0;
        let mut edits = self.edits.list.iter().peekable();
        let mut text_start = 0;
        for span in rows {
            let row = &body[span.start..span.end];
            if edits.peek().is_some_and(|edit| edit.start <= span.end) {
                staging.put([&body[std::mem::take(&mut run)]])?;
                let mut at = span.start;
                while let Some(edit) = edits.next_if(|edit| edit.start <= span.end) {
                    staging.put([&body[at..edit.start], &self.edits.text[text_start..edit.text_end]])?;
                    (at, text_start) = (edit.end, edit.text_end);
                }
            } else if mode == Mode::Filter {
            } else if in_one {
                run = if run.is_empty() { span.start } else { run.start }..span.end + 1;
            } else {
                staging.put([row, self.end_of(span.form)])?;
            }
        }
        staging.put([&body[run]])
    }
}

/// How much is gathered before it is written.
const ROOM: usize = 64 << 10;

/// Small pieces are gathered, large ones go straight through.
pub struct Staging<'o, W> {
    output: &'o mut W,
    bytes: &'o mut Vec<u8>,
}

impl<'o, W: Write> Staging<'o, W> {
    /// Gathers in `bytes`, which can be used again.
    pub fn new(output: &'o mut W, bytes: &'o mut Vec<u8>) -> Self {
        bytes.reserve(ROOM);
        Self { output, bytes }
    }

    /// Adds pieces, one after the other.
    #[inline]
    pub fn put<const N: usize>(&mut self, pieces: [&[u8]; N]) -> std::io::Result<()> {
        for piece in pieces {
            if self.bytes.len() + piece.len() > ROOM {
                self.flush()?;
            }
            if piece.len() > ROOM {
                self.output.write_all(piece)?;
            } else {
                self.bytes.extend_from_slice(piece);
            }
        }
        Ok(())
    }

    /// Writes what was gathered.
    pub fn flush(&mut self) -> std::io::Result<()> {
        self.output.write_all(self.bytes)?;
        self.bytes.clear();
        Ok(())
    }
}
