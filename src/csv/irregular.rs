//! The slow way for bodies that splunkd does not write: CRLF, quotes inside bare cells, rows of unequal length, no
//! final newline. Where quotes stand inside bare cells or are left open, the `csv` crate finds the rows, and it is the measure for all
//! others; what is done with them is the same.

mod quoted;

use super::ends::{Gathering, RowEnds};
use csv::{ByteRecord, ReaderBuilder};

/// The rows of a body.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct OddRows {
    /// Where they end, the line ends not counted; the header is the first. Blank lines, which the `csv` crate passes
    /// over, are rows too.
    pub ends: RowEnds,
    /// The cells of the header.
    pub columns: usize,
    /// The cells of the longest row.
    pub longest: usize,
    /// How many rows there are, the header included.
    pub count: usize,
    /// The cells of all of them.
    cells: usize,
    /// Whether a quote is left open from the last row on to the end of the body, so that nothing can be added to it.
    pub is_open: bool,
}

/// Padding of so many bytes is always allowed.
const LITTLE: usize = 1 << 20;

impl OddRows {
    /// Whether more would be added to make all rows as long as the longest than there is: one long row among many, be it
    /// the header, would make the reply as large as their product.
    pub fn is_mostly_padding(&self, body: &[u8]) -> bool {
        let padding = self.longest.saturating_mul(self.count) - self.cells;
        padding > body.len().max(LITTLE)
    }

    /// Adds the end of a row of so many cells.
    fn end(&mut self, end: usize, cells: usize, gathering: &mut Gathering) {
        if self.count == 0 {
            self.columns = cells;
        }
        self.count += 1;
        self.cells += cells;
        // Also an open row's cells get names, lest they stand under others.
        self.longest = self.longest.max(cells);
        let ragged = Some(cells).filter(|cells| *cells != self.columns);
        gathering.push(end, ragged, &mut self.ends);
    }
}

/// Finds all rows.
pub fn rows(body: &[u8]) -> OddRows {
    quoted::rows(body).unwrap_or_else(|| any_rows(body))
}

/// Finds them wherever quotes stand.
fn any_rows(body: &[u8]) -> OddRows {
    let mut reader = ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .from_reader(body);
    let mut record = ByteRecord::new();
    let mut rows = Found::new(body);
    // Reading bytes from memory with rows of any length cannot fail.
    while reader.read_byte_record(&mut record).unwrap_or(false) {
        let start = record.position().map_or(0, csv::Position::byte);
        let start = usize::try_from(start).unwrap_or(body.len());
        rows.begin(start + second_half(body, start), record.len());
    }
    rows.finish()
}

/// What was found so far.
struct Found<'b> {
    body: &'b [u8],
    /// Where the row begins that was met last, and how many cells it has: it ends before the next one.
    last: Option<(usize, usize)>,
    rows: OddRows,
    gathering: Gathering,
}

impl<'b> Found<'b> {
    fn new(body: &'b [u8]) -> Self {
        Self {
            body,
            last: None,
            rows: OddRows::default(),
            gathering: Gathering::default(),
        }
    }

    fn begin(&mut self, start: usize, cells: usize) {
        self.end_last(start);
        self.last = Some((start, cells));
    }

    fn finish(mut self) -> OddRows {
        self.end_last(self.body.len());
        self.gathering.finish(&mut self.rows.ends);
        self.rows
    }

    /// The row that was met last ends before `next`, with blank lines before and after it.
    fn end_last(&mut self, next: usize) {
        let Some((start, cells)) = self.last.take() else {
            return;
        };
        let start = self.blank_rows(start, next);
        let text = &self.body[start..next];
        if next == self.body.len() && open_quote(text) {
            self.rows.is_open = true;
            return self.end(next, cells);
        }
        let line_ends = text.iter().rev().take_while(|byte| matches!(byte, b'\r' | b'\n'));
        let end = next - line_ends.count();
        self.end(end, cells);
        self.blank_rows(end + line_end(&self.body[end..next]), next);
    }

    /// Adds the blank lines that stand at `at`; where they end.
    fn blank_rows(&mut self, mut at: usize, upto: usize) -> usize {
        loop {
            let length = line_end(&self.body[at..upto]);
            if length == 0 {
                return at;
            }
            self.end(at, 1);
            at += length;
        }
    }

    fn end(&mut self, end: usize, cells: usize) {
        self.rows.end(end, cells, &mut self.gathering);
    }
}

/// The `csv` crate counts the LF of a CRLF to the row after it.
fn second_half(body: &[u8], start: usize) -> usize {
    let is_split = start > 0 && body[start - 1] == b'\r' && body.get(start) == Some(&b'\n');
    usize::from(is_split)
}

/// Length of the line end that `text` begins with.
pub fn line_end(text: &[u8]) -> usize {
    match text {
        [b'\r', b'\n', ..] => 2,
        [b'\r' | b'\n', ..] => 1,
        _ => 0,
    }
}

/// Whether a quote that opens a cell is never closed, as the `csv` crate reads cells: in a cell that does not begin with
/// a quote, and after the one that closes, quotes are letters like others.
fn open_quote(row: &[u8]) -> bool {
    enum At {
        Begin,
        Bare,
        Quoted,
        /// Behind a quote in a quoted cell: it is the first of two, or closes.
        Quote,
    }
    let end = row.iter().fold(At::Begin, |at, byte| match (at, byte) {
        (At::Quoted, b'"') => At::Quote,
        (At::Quoted, _) | (At::Begin | At::Quote, b'"') => At::Quoted,
        (_, b',' | b'\n' | b'\r') => At::Begin,
        _ => At::Bare,
    });
    matches!(end, At::Quoted)
}

#[cfg(test)]
mod tests {
    use super::{line_end, open_quote, rows};
    use crate::csv::ends::Place;
    use proptest::prelude::*;

    fn texts(body: &str) -> Vec<(&str, usize, bool)> {
        let rows = rows(body.as_bytes());
        let mut place = Place::default();
        let mut is_first = true;
        let next = || {
            let (next, ragged) = rows.ends.after(place)?;
            let start = place.end + line_end(&body.as_bytes()[place.end..]);
            let start = if std::mem::take(&mut is_first) { 0 } else { start };
            place = next;
            let is_open = rows.is_open && rows.ends.is_last(next);
            Some((&body[start..next.end], ragged.unwrap_or(rows.columns), is_open))
        };
        std::iter::from_fn(next).collect()
    }

    #[test]
    fn every_line_end_and_quotes_in_bare_cells() {
        assert_eq!(
            texts("a,b\r\n1,\"2\r\n\"\r\n"),
            [("a,b", 2, false), ("1,\"2\r\n\"", 2, false)]
        );
        assert_eq!(
            texts("a,b\nx\"y,1\nlast,2"),
            [("a,b", 2, false), ("x\"y,1", 2, false), ("last,2", 2, false)]
        );
    }

    #[test]
    fn rows_of_unequal_length_are_rows_all_the_same() {
        let body = "a,b\n\n1\n1,2,3\n\n\n4,5\n\n";
        let cells: Vec<_> = texts(body)
            .iter()
            .map(|(text, cells, _)| (*text, *cells))
            .collect();
        assert_eq!(
            cells,
            [
                ("a,b", 2),
                ("", 1),
                ("1", 1),
                ("1,2,3", 3),
                ("", 1),
                ("", 1),
                ("4,5", 2),
                ("", 1)
            ]
        );
        assert_eq!(
            texts("a,b\n1,\"open\n"),
            [("a,b", 2, false), ("1,\"open\n", 2, true)]
        );
    }

    #[test]
    fn a_quote_is_open_where_the_csv_crate_reads_on() {
        for (row, is_open) in [
            ("\"open", true),
            ("\"\"\"", true),
            ("x\"\",\"open", true),
            ("x\"\"y", false),
            ("\"a\"\"\"", false),
            ("\"a\"b\",c", false),
            ("\"a\"b,\"c", true),
        ] {
            assert_eq!(open_quote(row.as_bytes()), is_open, "{row}");
        }
    }

    fn cell() -> impl Strategy<Value = String> {
        prop_oneof![
            6 => "[a-z]{0,70}",
            3 => "\"([ -!#-~]|\"\"|\n|\r|é){0,70}\"",
            1 => "\u{feff}|\"",
        ]
    }

    fn body() -> impl Strategy<Value = String> {
        let end =
            prop_oneof![3 => Just(","), 3 => Just("\n"), 3 => Just("\r\n"), 1 => Just("\r"), 1 => Just("")];
        let cells = proptest::collection::vec((cell(), end), 0..40);
        (cells, 1..20_usize).prop_map(|(cells, times)| {
            let texts: Vec<_> = cells.iter().map(|(cell, end)| format!("{cell}{end}")).collect();
            texts.concat().repeat(times)
        })
    }

    proptest! {
        #[test]
        fn the_masks_find_the_rows_that_the_csv_crate_finds(body in body()) {
            // Where there is nothing but blank lines, the crate finds no header.
            prop_assume!(body.contains(|letter| !matches!(letter, '\r' | '\n')));
            if let Some(rows) = super::quoted::rows(body.as_bytes()) {
                prop_assert_eq!(rows, super::any_rows(body.as_bytes()));
            }
        }
    }

    #[test]
    fn bodies_with_quotes_in_bare_cells_are_left_to_the_csv_crate() {
        for body in ["", "a,b\r\n1,2\r\n", "a\n\n\"b\r\"\r\r\n1,2", "a\n\"1\""] {
            assert!(super::quoted::rows(body.as_bytes()).is_some(), "{body:?}");
        }
        for body in ["a\"b\n", "a\n\"b", "a\n\"b\"c\n", "a\nb\"\"\n"] {
            assert!(super::quoted::rows(body.as_bytes()).is_none(), "{body:?}");
        }
    }

    #[test]
    fn the_cells_of_an_open_row_count_too() {
        assert_eq!(rows(b"a\n1,2,\"open").longest, 3);
    }
}
