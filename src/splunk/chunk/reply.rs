//! What differs in the reply from the request, and how it is written.

use super::columns::Layout;
use super::encoded::Encoded;
use super::spans::{RowForm, Span};
use crate::csv::irregular::OddRows;
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

/// The changes of one row, which are told from left to right. Behind the row lie the empty cells that it lacks.
struct RowChanges<'e, 'r> {
    edits: &'e mut Edits,
    row: &'r [u8],
    /// Where the row begins in the body.
    start: usize,
    /// Where the piece begins that is replaced, if there is one that has not ended.
    from: Option<usize>,
    /// Up to where all is told.
    upto: usize,
}

impl Edits {
    fn clear(&mut self) {
        self.list.clear();
        self.text.clear();
        self.replaced = 0;
    }
}

impl RowChanges<'_, '_> {
    /// What lies before `at` stays as it is.
    fn keep(&mut self, at: usize) {
        let length = self.row.len();
        let (old, upto) = (self.upto.min(length), at.min(length));
        if self.from.is_some() && upto - old <= GAP {
            self.edits.text.extend_from_slice(&self.row[old..upto]);
        } else {
            self.end_piece();
            self.from = Some(upto);
        }
        let missing = at.max(length) - self.upto.max(length);
        let text_length = self.edits.text.len();
        self.edits.text.resize(text_length + missing, b',');
        self.upto = at;
    }

    /// In place of the next `old` bytes comes `new`.
    fn replace(&mut self, old: usize, new: &[u8]) {
        self.edits.text.extend_from_slice(new);
        self.upto += old;
    }

    fn end_piece(&mut self) {
        let Some(from) = self.from.take() else { return };
        let upto = self.upto.min(self.row.len());
        self.edits.replaced += upto - from;
        self.edits.list.push(Edit {
            start: self.start + from,
            end: self.start + upto,
            text_end: self.edits.text.len(),
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
        let (before, replaced) = (self.edits.text.len(), self.edits.replaced);
        let mut changes = RowChanges {
            edits: &mut self.edits,
            row: text,
            start: row.start,
            from: None,
            upto: 0,
        };
        for (at, column, cell) in layout.changes(&self.encoded, cells) {
            changes.keep(at);
            changes.replace(cells[column].len(), self.encoded.cell(cell));
        }
        changes.keep(text.len() + pad);
        layout.put_tail(&self.encoded, &mut changes.edits.text);
        changes.replace(0, b"\n");
        changes.end_piece();
        let kept = text.len() - (self.edits.replaced - replaced);
        self.length += kept + self.edits.text.len() - before;
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

#[cfg(test)]
mod tests {
    use super::{Edits, GAP, RowChanges};

    /// What is new in a row of so many bytes, at `start`, of which these change; `length` is its length with padding.
    fn changed(row: &[u8], length: usize, changes: &[(usize, usize, &[u8])]) -> (Edits, Vec<(usize, usize)>) {
        let mut edits = Edits::default();
        let mut of_row = RowChanges {
            edits: &mut edits,
            row,
            start: 100,
            from: None,
            upto: 0,
        };
        for (at, old, new) in changes {
            of_row.keep(*at);
            of_row.replace(*old, new);
        }
        of_row.keep(length);
        of_row.end_piece();
        let places = edits.list.iter().map(|edit| (edit.start, edit.end)).collect();
        (edits, places)
    }

    #[test]
    fn a_row_that_lacks_cells_is_not_kept_whole() {
        let row = vec![b'x'; 10_000];
        let (edits, places) = changed(&row, row.len() + 2, &[]);
        assert_eq!((&*edits.text, &*places), (&b",,"[..], &[(10_100, 10_100)][..]));
        let (edits, places) = changed(&row, row.len() + 2, &[(10_001, 0, b"new")]);
        assert_eq!((&*edits.text, &*places), (&b",new,"[..], &[(10_100, 10_100)][..]));
    }

    #[test]
    fn changes_are_apart_only_where_much_lies_between_them() {
        let row = vec![b'x'; 1_000];
        let (edits, places) = changed(
            &row,
            row.len(),
            &[(0, 1, b"a"), (GAP + 1, 0, b"b"), (500, 2, b"")],
        );
        let near = [b"a", &row[..GAP], b"b"].concat();
        assert_eq!(edits.text, near);
        assert_eq!(places, [(100, 101 + GAP), (600, 602), (1_100, 1_100)]);
        assert_eq!(edits.replaced, GAP + 3);
    }
}
