//! The rows and cells of CSV bodies. No byte is copied: rows are offsets into the body, cells are slices of it.

pub mod batch;
pub mod cells;
mod ends;
pub mod irregular;
pub mod rows;

use ends::RowEnds;

/// The rows of a body, the header first.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Rows {
    /// Where each row ends, the line end not counted.
    ends: RowEnds,
    /// The cells of each row of an irregular body. Empty for a regular body, whose rows have as many as its header.
    cells: Vec<u32>,
    /// Whether a quote is open from the last row on to the end of the body.
    is_unterminated: bool,
}

/// One row of a body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Row {
    /// The offset of its first byte.
    pub start: usize,
    /// The offset of its end, the line end not counted.
    pub end: usize,
    /// How it compares with the header.
    pub form: RowForm,
}

/// How a row compares with the header.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RowForm {
    /// It has as many cells.
    Complete,
    /// It has more or fewer cells; holds their number.
    Ragged(usize),
    /// A quote is open at its end, so that nothing can be added to it.
    Unterminated,
}

/// Where a row begins.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct RowStart {
    /// How many rows are before it.
    index: usize,
    /// The offset of its first byte.
    pub offset: usize,
}

impl Rows {
    /// Forgets all rows, for the next body.
    pub fn clear(&mut self) {
        self.ends.clear();
        self.cells.clear();
        self.is_unterminated = false;
    }

    /// Adds a row of an irregular body.
    fn push(&mut self, end: usize, cells: usize) {
        self.ends.push(end);
        self.ends.compact(end);
        self.cells.push(u32::try_from(cells).unwrap_or(u32::MAX));
    }

    /// The cells of the longest row of an irregular body, 0 for a regular one.
    pub fn longest(&self) -> usize {
        self.cells.iter().max().map_or(0, |cells| *cells as usize)
    }

    /// How many cells an irregular body lacks to make all its rows as long as the longest.
    pub fn missing_cells(&self) -> usize {
        let present: usize = self.cells.iter().map(|cells| *cells as usize).sum();
        self.longest().saturating_mul(self.cells.len()) - present
    }

    /// Splits the text of one of the rows into cells.
    pub fn split_into<'a>(&self, row: &'a [u8], cells: &mut Vec<&'a [u8]>) {
        if self.cells.is_empty() {
            cells::split_regular_into(row, cells);
        } else {
            cells::split_into(row, cells);
        }
    }

    /// The rows of `body`. Not all of it need have arrived.
    pub fn iter<'r>(&'r self, body: &'r [u8]) -> RowIter<'r> {
        self.iter_from(RowStart::default(), body)
    }

    /// The rows from the one on that begins there.
    pub fn iter_from<'r>(&'r self, next: RowStart, body: &'r [u8]) -> RowIter<'r> {
        RowIter {
            rows: self,
            body,
            next,
        }
    }
}

/// Goes through the rows of a body.
#[derive(Debug)]
pub struct RowIter<'r> {
    rows: &'r Rows,
    body: &'r [u8],
    /// The next row.
    pub next: RowStart,
}

impl Iterator for RowIter<'_> {
    type Item = Row;

    #[inline]
    fn next(&mut self) -> Option<Row> {
        self.next_before(usize::MAX)
    }
}

impl RowIter<'_> {
    /// The next row, if it ends before `limit`.
    #[inline]
    pub fn next_before(&mut self, limit: usize) -> Option<Row> {
        let RowStart { index, offset: start } = self.next;
        let end = self.rows.ends.of_row(index, start).filter(|end| *end < limit)?;
        let form = match self.rows.cells.get(index) {
            Some(cells) => self.irregular_form(*cells),
            None => RowForm::Complete,
        };
        self.next = RowStart {
            index: index + 1,
            offset: end + line_end_length(self.body.get(end..).unwrap_or_default()),
        };
        Some(Row { start, end, form })
    }

    /// Skips rows of a regular body that end before `limit`, up to `max`. Returns how many rows and, without line ends, bytes.
    pub fn skip_before(&mut self, limit: usize, max: usize) -> (usize, usize) {
        let RowStart { index, offset: start } = self.next;
        let is_regular = self.rows.cells.is_empty();
        let ends = is_regular.then(|| self.rows.ends.count_before(index, start, limit, max));
        let Some((count, end)) = ends.flatten() else {
            return (0, 0);
        };
        self.next = RowStart {
            index: index + count,
            offset: end + 1,
        };
        (count, end - start - (count - 1))
    }

    fn irregular_form(&self, cells: u32) -> RowForm {
        let Rows {
            ends,
            cells: all,
            is_unterminated,
        } = self.rows;
        match cells {
            _ if *is_unterminated && self.next.index + 1 == ends.len() => RowForm::Unterminated,
            cells if cells == all[0] => RowForm::Complete,
            cells => RowForm::Ragged(cells as usize),
        }
    }
}

/// The length of the line end that `text` begins with.
#[inline]
fn line_end_length(text: &[u8]) -> usize {
    match text {
        [b'\r', b'\n', ..] => 2,
        [b'\r' | b'\n', ..] => 1,
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::rows::RowScanner;
    use proptest::collection::vec;

    proptest::proptest! {
        #[test]
        fn rows_are_skipped_as_if_one_by_one(
            lengths in vec(0_usize..9, 1..300), limit in 0..1500_usize, max in 0..200_usize, from in 0..20_usize
        ) {
            let body: String = lengths.iter().map(|length| "x".repeat(*length) + "\n").collect();
            let mut scanner = RowScanner::default();
            proptest::prop_assert!(scanner.finish(body.as_bytes()));
            let from = from.min(lengths.len());
            let mut rows = scanner.rows().iter(body.as_bytes());
            (0..from).for_each(|_| assert!(rows.next().is_some()));
            let one_by_one = scanner.rows().iter_from(rows.next, body.as_bytes());
            let wanted: Vec<_> = one_by_one.take_while(|row| row.end < limit).take(max).collect();
            let bytes = wanted.iter().map(|row| row.end - row.start).sum::<usize>();
            proptest::prop_assert_eq!(rows.skip_before(limit, max), (wanted.len(), bytes));
            let mut others = scanner.rows().iter(body.as_bytes());
            proptest::prop_assert_eq!(rows.next(), others.nth(from + wanted.len()));
        }
    }
}
