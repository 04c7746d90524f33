//! The slow way for bodies that splunkd does not write: CRLF, quotes inside bare cells, rows of unequal length, no
//! final newline. The `csv` crate finds the rows; what is done with them is the same.

use csv::{ByteRecord, ReaderBuilder};

/// A row of a body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OddRow {
    /// Where it begins.
    pub start: usize,
    /// Where it ends, its line end not counted.
    pub end: usize,
    /// How many cells it has.
    pub cells: usize,
    /// Whether a quote is left open up to the end of the body, so that nothing can be added to it.
    pub is_open: bool,
}

/// All rows, the header first. Blank lines, which the `csv` crate passes over, are rows too.
pub fn rows(body: &[u8]) -> Vec<OddRow> {
    let mut reader = ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .from_reader(body);
    let mut record = ByteRecord::new();
    let mut starts = Vec::new();
    // Reading bytes from memory with rows of any length cannot fail.
    while reader.read_byte_record(&mut record).unwrap_or(false) {
        let start = record.position().map_or(0, csv::Position::byte);
        let start = usize::try_from(start).unwrap_or(body.len());
        starts.push((start + second_half(body, start), record.len()));
    }
    let ends = starts.iter().skip(1).map(|(start, _)| *start).chain([body.len()]);
    let mut rows = Vec::with_capacity(starts.len());
    for ((start, cells), end) in starts.iter().zip(ends) {
        let start = blank_rows(body, *start, end, &mut rows);
        let row = row(body, start, end, *cells);
        let after = row.end + line_end(&body[row.end..end]);
        rows.push(row);
        blank_rows(body, after, end, &mut rows);
    }
    rows
}

/// The `csv` crate counts the LF of a CRLF to the row after it.
fn second_half(body: &[u8], start: usize) -> usize {
    let is_split = start > 0 && body[start - 1] == b'\r' && body.get(start) == Some(&b'\n');
    usize::from(is_split)
}

/// Adds the blank lines that stand at `at`; where they end.
fn blank_rows(body: &[u8], mut at: usize, end: usize, rows: &mut Vec<OddRow>) -> usize {
    loop {
        let length = line_end(&body[at..end]);
        if length == 0 {
            return at;
        }
        rows.push(OddRow {
            start: at,
            end: at,
            cells: 1,
            is_open: false,
        });
        at += length;
    }
}

/// Length of the line end that `text` begins with.
fn line_end(text: &[u8]) -> usize {
    match text {
        [b'\r', b'\n', ..] => 2,
        [b'\r' | b'\n', ..] => 1,
        _ => 0,
    }
}

fn row(body: &[u8], start: usize, end: usize, cells: usize) -> OddRow {
    let text = &body[start..end];
    let is_open = end == body.len() && open_quote(text);
    let line_ends = text
        .iter()
        .rev()
        .take_while(|byte| matches!(byte, b'\r' | b'\n'))
        .count();
    let end = if is_open { end } else { end - line_ends };
    OddRow {
        start,
        end,
        cells,
        is_open,
    }
}

/// Whether a quote that opens a cell is never closed.
fn open_quote(row: &[u8]) -> bool {
    let mut begins_cell = true;
    let mut in_quotes = false;
    for byte in row {
        match byte {
            b'"' if in_quotes => in_quotes = false,
            b'"' if begins_cell => in_quotes = true,
            _ => {}
        }
        begins_cell = !in_quotes && matches!(byte, b',' | b'\n' | b'\r' | b'"');
    }
    in_quotes
}

#[cfg(test)]
mod tests {
    use super::rows;

    fn texts(body: &str) -> Vec<(&str, usize, bool)> {
        rows(body.as_bytes())
            .iter()
            .map(|row| (&body[row.start..row.end], row.cells, row.is_open))
            .collect()
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
}
