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
    /// Cells of every row, before those of the command.
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
    /// Cells of the header.
    columns: usize,
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
    /// Where in [`Edits::text`] its new text ends, which begins where that of the edit before ends.
    text_end: usize,
}

/// Gathers the edits of one row, from left to right. Behind the row lie the empty cells that it lacks.
struct RowEditor<'e, 'r> {
    edits: &'e mut Edits,
    row: &'r [u8],
    /// Where the row begins in the body.
    start: usize,
    /// Where in the row the open edit begins, if there is one.
    open: Option<usize>,
    /// Where in the row the next edit can begin.
    next: usize,
}

impl Edits {
    fn clear(&mut self) {
        self.list.clear();
        self.text.clear();
        self.replaced = 0;
    }
}

impl RowEditor<'_, '_> {
    /// Keeps what lies before `offset` as it is.
    fn keep(&mut self, offset: usize) {
        let length = self.row.len();
        let (old, upto) = (self.next.min(length), offset.min(length));
        if self.open.is_some() && upto - old <= MAX_GAP {
            self.edits.text.extend_from_slice(&self.row[old..upto]);
        } else {
            self.close();
            self.open = Some(upto);
        }
        let missing = offset.max(length) - self.next.max(length);
        let text_length = self.edits.text.len();
        self.edits.text.resize(text_length + missing, b',');
        self.next = offset;
    }

    /// Replaces the next `old` bytes by `new`.
    fn replace(&mut self, old: usize, new: &[u8]) {
        self.edits.text.extend_from_slice(new);
        self.next += old;
    }

    /// Ends the open edit.
    fn close(&mut self) {
        let Some(start) = self.open.take() else { return };
        let end = self.next.min(self.row.len());
        self.edits.replaced += end - start;
        self.edits.list.push(Edit {
            start: self.start + start,
            end: self.start + end,
            text_end: self.edits.text.len(),
        });
    }
}

/// Two changes that are no farther apart become one edit: the bytes between them are copied.
const MAX_GAP: usize = 64;

impl Reply {
    /// Forgets the reply before.
    pub fn clear(&mut self) {
        self.edits.clear();
        self.length = 0;
        self.is_verbatim = false;
    }

    /// Begins with the header, as wide as the longest row. Columns that it has no name for get one.
    pub fn begin(&mut self, longest: usize, header: usize, layout: &Layout) {
        self.columns = layout.columns.len();
        self.width = longest.max(self.columns);
        self.surplus.clear();
        for number in 1..=self.width - self.columns {
            self.surplus
                .extend_from_slice(format!(",\"directvm_surplus_{number}\"").as_bytes());
        }
        self.padding.clear();
        self.padding.resize(self.width, b',');
        self.padding.extend_from_slice(&layout.row_tail);
        self.padding.push(b'\n');
        self.length = header + self.surplus.len() + layout.header_tail.len() + 1;
    }

    /// The cells that a row has.
    fn cells(&self, form: RowForm) -> usize {
        match form {
            RowForm::Complete => self.columns,
            RowForm::Ragged(cells) => cells,
            RowForm::Unterminated => self.width,
        }
    }

    /// What follows the cells of a row that is not a finding.
    #[inline]
    fn end_of(&self, form: RowForm) -> &[u8] {
        match form {
            RowForm::Unterminated => &[],
            _ => &self.padding[self.cells(form)..],
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

    /// Counts a row that is not a finding.
    #[inline]
    pub fn keep(&mut self, mode: Mode, row: Row) {
        if mode == Mode::Tag {
            self.length += row.end - row.start + self.end_of(row.form).len();
        }
    }

    /// Adds a finding: of the row `text`, which is split into `cells`.
    pub fn put(
        &mut self,
        row: Row,
        text: &[u8],
        layout: &Layout,
        finding: &Finding<'_, '_>,
        cells: &[&[u8]],
    ) {
        layout.encode(finding, &mut self.encoded);
        let missing = self.width - self.cells(row.form);
        let (before, replaced) = (self.edits.text.len(), self.edits.replaced);
        let mut editor = RowEditor {
            edits: &mut self.edits,
            row: text,
            start: row.start,
            open: None,
            next: 0,
        };
        for (offset, column, cell) in layout.changes(&self.encoded, cells) {
            editor.keep(offset);
            editor.replace(cells[column].len(), self.encoded.cell(cell));
        }
        editor.keep(text.len() + missing);
        layout.put_tail(&self.encoded, &mut editor.edits.text);
        editor.replace(0, b"\n");
        editor.close();
        let kept = text.len() - (self.edits.replaced - replaced);
        self.length += kept + self.edits.text.len() - before;
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
    use super::{Edits, MAX_GAP, RowEditor};

    /// The edits of a row at offset 100, of which these pieces change; `length` is its length with the cells that it lacks.
    fn changed(row: &[u8], length: usize, changes: &[(usize, usize, &[u8])]) -> (Edits, Vec<(usize, usize)>) {
        let mut edits = Edits::default();
        let mut editor = RowEditor {
            edits: &mut edits,
            row,
            start: 100,
            open: None,
            next: 0,
        };
        for (offset, old, new) in changes {
            editor.keep(*offset);
            editor.replace(*old, new);
        }
        editor.keep(length);
        editor.close();
        let spans = edits.list.iter().map(|edit| (edit.start, edit.end)).collect();
        (edits, spans)
    }

    #[test]
    fn a_row_that_lacks_cells_is_not_kept_whole() {
        let row = vec![b'x'; 10_000];
        let (edits, spans) = changed(&row, row.len() + 2, &[]);
        assert_eq!((&*edits.text, &*spans), (&b",,"[..], &[(10_100, 10_100)][..]));
        let (edits, spans) = changed(&row, row.len() + 2, &[(10_001, 0, b"new")]);
        assert_eq!((&*edits.text, &*spans), (&b",new,"[..], &[(10_100, 10_100)][..]));
    }

    #[test]
    fn changes_are_apart_only_where_much_lies_between_them() {
        let row = vec![b'x'; 1_000];
        let (edits, spans) = changed(
            &row,
            row.len(),
            &[(0, 1, b"a"), (MAX_GAP + 1, 0, b"b"), (500, 2, b"")],
        );
        let near = [b"a", &row[..MAX_GAP], b"b"].concat();
        assert_eq!(edits.text, near);
        assert_eq!(spans, [(100, 101 + MAX_GAP), (600, 602), (1_100, 1_100)]);
        assert_eq!(edits.replaced, MAX_GAP + 3);
    }
}
