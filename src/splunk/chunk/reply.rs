//! What differs in the reply from the request, and how it is written.

use super::columns::{Encoded, Layout};
use crate::csv::{Row, RowForm};
use crate::detect::finding::Finding;
use crate::splunk::options::Mode;
use std::io::Write;

/// The reply to one request.
#[derive(Debug, Default)]
pub struct Reply {
    /// Bytes of its body.
    pub length: usize,
    /// Cells of every row of the reply, before those of the command.
    pub width: usize,
    /// Names for cells that the header has none for.
    pub surplus: Vec<u8>,
    /// The body goes out as it came: it holds no finding, or its header has an unterminated quote. So a chunk without
    /// findings clears nothing that an event has, not even under a name of ours that splunkd was not asked for.
    pub is_verbatim: bool,
    edits: Edits,
    /// The cells of the finding that is added.
    encoded: Encoded,
    /// What follows the cells of a row that has none and is not a finding: a comma for each cell, the command's own, a newline.
    padding: Vec<u8>,
    /// Cells of the request's header.
    header_width: usize,
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

/// A piece of a finding's row that is replaced. The last one of a row lies where the row ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Edit {
    /// Where in the body it begins.
    start: usize,
    /// Where it ends.
    end: usize,
    /// Where in [`Edits::text`] its new text ends, which begins where that of the edit before ends.
    text_end: usize,
}

impl Edits {
    fn clear(&mut self) {
        self.list.clear();
        self.text.clear();
        self.replaced = 0;
    }

    /// Replaces `old` bytes at `offset` of a row by what `write` writes. Behind the row lie the empty cells that it lacks; all
    /// before `done` are written.
    fn push(&mut self, row: Row, done: usize, offset: usize, old: usize, write: impl FnOnce(&mut Vec<u8>)) {
        let length = row.end - row.start;
        let lacking = offset.max(length) - done.max(length);
        self.text.resize(self.text.len() + lacking, b',');
        write(&mut self.text);
        let edit = Edit {
            start: row.start + offset.min(length),
            end: row.start + (offset + old).min(length),
            text_end: self.text.len(),
        };
        self.replaced += edit.end - edit.start;
        self.list.push(edit);
    }
}

impl Reply {
    /// Forgets the reply before.
    pub fn clear(&mut self) {
        self.edits.clear();
        self.length = 0;
        self.is_verbatim = false;
    }

    /// Begins with the header, as wide as the longest row. Columns that it has no name for get one.
    pub fn begin(&mut self, longest: usize, header: usize, layout: &Layout) {
        self.header_width = layout.columns.len();
        self.width = longest.max(self.header_width);
        self.surplus.clear();
        for number in 1..=self.width - self.header_width {
            self.surplus
                .extend_from_slice(format!(",\"directvm_surplus_{number}\"").as_bytes());
        }
        self.padding.clear();
        self.padding.resize(self.width, b',');
        self.padding.extend_from_slice(&layout.row_tail);
        self.padding.push(b'\n');
        self.length = header + self.surplus.len() + layout.header_tail.len() + 1;
    }

    /// How many cells a row of this form has in the request.
    fn width_of(&self, form: RowForm) -> usize {
        match form {
            RowForm::Complete => self.header_width,
            RowForm::Ragged(cells) => cells,
            RowForm::Unterminated => self.width,
        }
    }

    /// What follows the cells of a row that is not a finding.
    #[inline]
    fn end_of(&self, form: RowForm) -> &[u8] {
        match form {
            RowForm::Unterminated => &[],
            _ => &self.padding[self.width_of(form)..],
        }
    }

    /// The body itself is the reply.
    pub fn be_verbatim(&mut self, body: &[u8]) {
        self.is_verbatim = true;
        self.length = body.len();
    }

    /// Whether any row is a finding.
    pub fn has_findings(&self) -> bool {
        !self.edits.list.is_empty()
    }

    /// Counts rows of the same form that are not findings, of `bytes` together.
    #[inline]
    pub fn keep(&mut self, mode: Mode, rows: usize, bytes: usize, form: RowForm) {
        if mode == Mode::Tag {
            self.length += bytes + rows * self.end_of(form).len();
        }
    }

    /// Adds a finding, whose row is split into `cells`.
    pub fn put(&mut self, row: Row, layout: &Layout, finding: &Finding<'_, '_>, cells: &[&[u8]]) {
        layout.encode(finding, &mut self.encoded);
        let Self { edits, encoded, .. } = self;
        let (before, replaced, mut done) = (edits.text.len(), edits.replaced, 0);
        for (offset, column, cell) in layout.changes(encoded, cells) {
            let old = cells[column].len();
            edits.push(row, done, offset, old, |text| {
                text.extend_from_slice(encoded.cell(cell));
            });
            done = offset + old;
        }
        let length = row.end - row.start;
        let end = length + self.width - self.width_of(row.form);
        let Self { edits, encoded, .. } = self;
        edits.push(row, done, end, 0, |text| {
            layout.put_tail(encoded, text);
            text.push(b'\n');
        });
        self.length += length + edits.text.len() - before - (edits.replaced - replaced);
    }

    /// Writes all rows but the header.
    pub fn write<W: Write>(
        &self,
        mode: Mode,
        rows: impl Iterator<Item = Row>,
        body: &[u8],
        staging: &mut Staging<'_, W>,
    ) -> std::io::Result<()> {
        let mut edits = self.edits.list.iter().peekable();
        let mut text_start = 0;
        for row in rows {
            if edits.peek().is_some_and(|edit| edit.start <= row.end) {
                let mut kept = row.start;
                while let Some(edit) = edits.next_if(|edit| edit.start <= row.end) {
                    let new = &self.edits.text[text_start..edit.text_end];
                    staging.put([&body[kept..edit.start], new])?;
                    (kept, text_start) = (edit.end, edit.text_end);
                }
            } else if mode == Mode::Tag {
                staging.put([&body[row.start..row.end], self.end_of(row.form)])?;
            }
        }
        Ok(())
    }
}

/// How many bytes are gathered before they are written.
const CAPACITY: usize = 64 << 10;

/// Gathers small pieces; large ones go straight through.
pub struct Staging<'o, W> {
    output: &'o mut W,
    bytes: &'o mut Vec<u8>,
}

impl<'o, W: Write> Staging<'o, W> {
    /// Gathers in `bytes`, which can be used again.
    pub fn new(output: &'o mut W, bytes: &'o mut Vec<u8>) -> Self {
        bytes.reserve(CAPACITY);
        Self { output, bytes }
    }

    /// Adds pieces, one after the other.
    #[inline]
    pub fn put<const N: usize>(&mut self, pieces: [&[u8]; N]) -> std::io::Result<()> {
        for piece in pieces {
            if self.bytes.len() + piece.len() > CAPACITY {
                self.flush()?;
            }
            if piece.len() > CAPACITY {
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

#[cfg(test)]
mod tests {
    use super::Edits;
    use crate::csv::{Row, RowForm};

    #[test]
    fn a_row_that_lacks_cells_is_not_kept_whole() {
        let row = Row {
            start: 100,
            end: 10_100,
            form: RowForm::Ragged(1),
        };
        for (offset, text) in [(10_002, ",,new"), (10_001, ",new")] {
            let mut edits = Edits::default();
            edits.push(row, 0, offset, 0, |text| text.extend_from_slice(b"new"));
            assert_eq!(edits.text, text.as_bytes());
            assert_eq!(
                (edits.list[0].start, edits.list[0].end, edits.replaced),
                (10_100, 10_100, 0)
            );
        }
        let mut edits = Edits::default();
        edits.push(row, 0, 0, 1, |text| text.push(b'a'));
        edits.push(row, 1, 500, 2, |_| {});
        edits.push(row, 502, 10_001, 0, |text| text.push(b'b'));
        let spans: Vec<_> = edits.list.iter().map(|edit| (edit.start, edit.end)).collect();
        assert_eq!(spans, [(100, 101), (600, 602), (10_100, 10_100)]);
        assert_eq!((&*edits.text, edits.replaced), (&b"a,b"[..], 3));
    }
}
