//! The rows of a body that splunkd would not write: CRLF, quotes inside bare cells, ragged rows, no last line end, a quote that
//! is never closed. The `csv` crate finds them.

use super::cells::is_unterminated;
use super::{Rows, line_end_length};
use csv::{ByteRecord, Position, ReaderBuilder};

/// Finds all rows. Blank lines, which the `csv` crate skips, are rows of one empty cell.
pub fn rows(body: &[u8]) -> Rows {
    let mut reader = ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .from_reader(body);
    let mut record = ByteRecord::new();
    let mut builder = RowsBuilder {
        body,
        open: None,
        rows: Rows::default(),
    };
    // Reading from memory cannot fail, and `flexible` takes rows of any length.
    while reader.read_byte_record(&mut record).unwrap_or(false) {
        let start = record.position().map_or(0, Position::byte);
        let start = usize::try_from(start).unwrap_or(body.len());
        builder.begin_row(start + split_line_end(body, start), record.len());
    }
    builder.end_row(body.len());
    if builder.rows.ends.len() == 0 {
        builder.add_blank_rows(0, body.len());
    }
    builder.rows
}

/// Gathers rows, of which the `csv` crate tells where they begin.
struct RowsBuilder<'b> {
    body: &'b [u8],
    /// Where the last row begins, and its cells: it ends before the next one.
    open: Option<(usize, usize)>,
    rows: Rows,
}

impl RowsBuilder<'_> {
    fn begin_row(&mut self, start: usize, cells: usize) {
        self.end_row(start);
        self.open = Some((start, cells));
    }

    /// Ends the open row, which lies before `next` with blank lines around it.
    fn end_row(&mut self, next: usize) {
        let Some((start, cells)) = self.open.take() else {
            return;
        };
        let start = self.add_blank_rows(start, next);
        let text = &self.body[start..next];
        let cells_text = if start == 0 {
            after_byte_order_mark(text)
        } else {
            text
        };
        if next == self.body.len() && is_unterminated(cells_text) {
            self.rows.is_unterminated = true;
            return self.rows.push(next, cells);
        }
        let line_ends = text.iter().rev().take_while(|byte| matches!(byte, b'\r' | b'\n'));
        let end = next - line_ends.count();
        self.rows.push(end, cells);
        self.add_blank_rows(end + line_end_length(&self.body[end..next]), next);
    }

    /// Adds the blank lines that begin at `start`, and returns where they end.
    fn add_blank_rows(&mut self, mut start: usize, limit: usize) -> usize {
        loop {
            let length = line_end_length(&self.body[start..limit]);
            if length == 0 {
                return start;
            }
            self.rows.push(start, 1);
            start += length;
        }
    }
}

/// The text of a row without a byte-order mark and blank lines behind it, which the `csv` crate skips at the start of a body.
fn after_byte_order_mark(text: &[u8]) -> &[u8] {
    let rest = text.strip_prefix("\u{feff}".as_bytes()).unwrap_or(text);
    let line_ends = rest.iter().take_while(|byte| matches!(byte, b'\r' | b'\n'));
    &rest[line_ends.count()..]
}

/// The `csv` crate begins a row at the LF of a CRLF: 1 to skip it, else 0.
fn split_line_end(body: &[u8], start: usize) -> usize {
    let is_split = start > 0 && body[start - 1] == b'\r' && body.get(start) == Some(&b'\n');
    usize::from(is_split)
}

#[cfg(test)]
mod tests {
    use super::{is_unterminated, rows};
    use crate::csv::RowForm;
    use crate::csv::rows::RowScanner;
    use proptest::prelude::*;

    /// Text, number of cells, and whether a quote is left open.
    fn texts(body: &str) -> Vec<(&str, usize, bool)> {
        let rows = rows(body.as_bytes());
        let columns = rows.cells.first().map_or(0, |cells| *cells as usize);
        let rows = rows.iter(body.as_bytes()).map(|row| {
            let (cells, is_open) = match row.form {
                RowForm::Complete => (columns, false),
                RowForm::Ragged(cells) => (cells, false),
                RowForm::Unterminated => (columns, true),
            };
            (&body[row.start..row.end], cells, is_open)
        });
        rows.collect()
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
        let cells: Vec<_> = texts(body).iter().map(|row| (row.0, row.1)).collect();
        let (blank, longer) = (("", 1), ("1,2,3", 3));
        let wanted = [
            ("a,b", 2),
            blank,
            ("1", 1),
            longer,
            blank,
            blank,
            ("4,5", 2),
            blank,
        ];
        assert_eq!(cells, wanted);
        let open = texts("a,b\n1,\"open\n");
        assert_eq!(open, [("a,b", 2, false), ("1,\"open\n", 2, true)]);
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
            assert_eq!(is_unterminated(row.as_bytes()), is_open, "{row}");
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
            let mut scanner = RowScanner::default();
            let found = rows(body.as_bytes());
            if scanner.finish(body.as_bytes()) && !body.starts_with('\u{feff}') {
                prop_assert_eq!(&scanner.rows().ends, &found.ends);
                prop_assert_eq!(found.missing_cells(), 0);
            }
        }

        #[test]
        fn cells_are_counted_as_they_are_split(body in body()) {
            for (text, cells, is_open) in texts(&body) {
                if !is_open && !text.starts_with('\u{feff}') {
                    prop_assert_eq!(super::super::cells::split(text.as_bytes()).len(), cells, "{:?}", text);
                }
            }
        }
    }

    #[test]
    fn blank_lines_alone_are_rows() {
        assert_eq!(texts("\r\n\r"), [("", 1, false), ("", 1, false)]);
        assert_eq!(texts(""), []);
    }

    #[test]
    fn a_quote_is_open_behind_a_byte_order_mark() {
        for body in ["\u{feff}\n\"\"\"x,y\"\"\n\"\"", "\u{feff}\"a\n"] {
            assert_eq!(texts(body), [(body, 1, true)]);
        }
        let later = "\u{feff}\"x";
        let body = format!("a\n{later}");
        assert_eq!(texts(&body), [("a", 1, false), (later, 1, false)]);
    }

    #[test]
    fn the_cells_of_an_open_row_count_too() {
        assert_eq!(rows(b"a\n1,2,\"open").longest(), 3);
    }
}
