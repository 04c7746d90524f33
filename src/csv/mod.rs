//! The rows and cells of CSV bodies. No byte is copied: rows are offsets into the body, cells are slices of it.

pub mod batch;
pub mod cells;
pub mod irregular;
pub mod rows;

/// The rows of a body, the header first.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Rows {
    /// The offset of each row's end, the line end not counted.
    ends: Vec<usize>,
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

/// A list of more row ends is not kept for the next body.
const MAX_KEPT_ENDS: usize = 1 << 20;

impl Rows {
    /// Forgets all rows, for the next body.
    pub fn clear(&mut self) {
        if self.ends.capacity() > MAX_KEPT_ENDS {
            self.ends = Vec::new();
        }
        self.ends.clear();
        self.cells.clear();
        self.is_unterminated = false;
    }

    /// Adds a row of an irregular body.
    fn push(&mut self, end: usize, cells: usize) {
        self.ends.push(end);
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

    /// The rows of `body` from the row with this index on. Not all of the body need have arrived.
    pub fn iter_from<'r>(&'r self, index: usize, body: &'r [u8]) -> RowIter<'r> {
        let before = index.checked_sub(1).and_then(|index| self.ends.get(index));
        RowIter {
            rows: self,
            body,
            index,
            start: before.map_or(0, |end| end + line_end_length(&body[*end..])),
        }
    }
}

/// Goes through the rows of a body.
#[derive(Debug)]
pub struct RowIter<'r> {
    rows: &'r Rows,
    body: &'r [u8],
    /// Index of the next row.
    pub index: usize,
    /// Where it begins.
    pub start: usize,
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
        let ends = self.rows.ends.get(self.index).copied();
        let end = ends.filter(|end| *end < limit)?;
        let form = match self.rows.cells.get(self.index) {
            Some(cells) => self.irregular_form(*cells),
            None => RowForm::Complete,
        };
        let start = self.start;
        self.index += 1;
        self.start = end + line_end_length(self.body.get(end..).unwrap_or_default());
        Some(Row { start, end, form })
    }

    /// Skips rows of a regular body that end before `limit`, up to `max`. Returns how many rows and, without line ends, bytes.
    pub fn skip_before(&mut self, limit: usize, max: usize) -> (usize, usize) {
        let ends = self.rows.ends.get(self.index..).unwrap_or_default();
        let ends = &ends[..ends.len().min(max)];
        let is_regular = self.rows.cells.is_empty();
        if !is_regular || ends.first().is_none_or(|end| *end >= limit) {
            return (0, 0);
        }
        let count = ends.partition_point(|end| *end < limit);
        let bytes = ends[count - 1] - self.start - (count - 1);
        self.index += count;
        self.start = ends[count - 1] + 1;
        (count, bytes)
    }

    fn irregular_form(&self, cells: u32) -> RowForm {
        let Rows {
            ends,
            cells: all,
            is_unterminated,
        } = self.rows;
        match cells {
            _ if *is_unterminated && self.index + 1 == ends.len() => RowForm::Unterminated,
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
            let mut rows = scanner.rows().iter_from(from, body.as_bytes());
            let one_by_one = scanner.rows().iter_from(from, body.as_bytes());
            let wanted: Vec<_> = one_by_one.take_while(|row| row.end < limit).take(max).collect();
            let bytes = wanted.iter().map(|row| row.end - row.start).sum::<usize>();
            proptest::prop_assert_eq!(rows.skip_before(limit, max), (wanted.len(), bytes));
            let mut others = scanner.rows().iter_from(from + wanted.len(), body.as_bytes());
            proptest::prop_assert_eq!(rows.next(), others.next());
        }
    }
}
