//! Where the rows of a CSV body end, found 64 bytes at a time by bit masks of quotes, commas and newlines.
//!
//! Most blocks hold quotes and commas, but few hold a newline outside quotes: only blocks with a byte as low as a newline are
//! searched for newlines and carriage returns.
//!
//! The scanner reads a regular body, as splunkd writes it (seen in recordings of Splunk 6.3 and 8.2.1): LF ends every row, a
//! quote stands only where a cell begins or ends or doubled inside it, every row has as many cells as the header. Any other
//! body is irregular, and is read by [`super::irregular`].

use super::Rows;
use super::batch::{BATCH, BlockBatch, Carry};
use crate::simd::BLOCK;
use fearless_simd::{Level, Simd, dispatch};

/// Finds the rows of a body while it arrives.
#[derive(Debug, Default)]
pub struct RowScanner {
    rows: Rows,
    scanned: usize,
    /// Where the row begins that has not ended yet.
    row_start: usize,
    /// The commas outside quotes since the last row end.
    commas: u32,
    /// The commas of the header.
    header_commas: Option<u32>,
    carry: Carry,
    is_irregular: bool,
}

/// Fills up the last block: any byte that is no quote, comma or line end.
const FILLER: u8 = b'x';

impl RowScanner {
    /// Forgets everything, for the next body.
    pub fn reset(&mut self) {
        let mut rows = std::mem::take(&mut self.rows);
        rows.clear();
        *self = Self {
            rows,
            ..Self::default()
        };
    }

    /// The rows that were found so far, the header first.
    pub fn rows(&self) -> &Rows {
        &self.rows
    }

    /// Whether the body is known to be irregular. Its rows are then not those that were found.
    pub fn is_irregular(&self) -> bool {
        self.is_irregular
    }

    /// Scans the whole blocks of what has arrived of the body.
    pub fn advance(&mut self, arrived: &[u8]) {
        let (blocks, _) = arrived[self.scanned..].as_chunks();
        self.scan(blocks);
    }

    /// Scans the rest. Whether the body is regular.
    pub fn finish(&mut self, body: &[u8]) -> bool {
        self.advance(body);
        let rest = &body[self.scanned.min(body.len())..];
        if !rest.is_empty() && rest.len() < BLOCK {
            let mut block = [FILLER; BLOCK];
            block[..rest.len()].copy_from_slice(rest);
            self.scan(&[block]);
        }
        self.is_irregular |= self.row_start != body.len() || self.carry.is_in_quotes();
        !self.is_irregular
    }

    fn scan(&mut self, blocks: &[[u8; BLOCK]]) {
        if !self.is_irregular && !blocks.is_empty() {
            dispatch!(Level::new(), simd => self.scan_with(simd, blocks));
        }
    }

    #[expect(
        clippy::inline_always,
        reason = "it is compiled for each processor's instructions"
    )]
    #[inline(always)]
    fn scan_with<S: Simd>(&mut self, simd: S, blocks: &[[u8; BLOCK]]) {
        let mut batch = BlockBatch::default();
        for blocks in blocks.chunks(BATCH) {
            let ending = batch.find(simd, blocks, &mut self.carry);
            self.is_irregular |= batch.is_irregular(blocks.len(), &mut self.carry);
            if self.is_irregular {
                return;
            }
            let commas = batch.count_commas(blocks.len(), self.commas);
            self.end_rows(&batch, ending, commas);
            self.scanned += blocks.len() * BLOCK;
            self.rows.ends.compact(self.scanned);
        }
    }

    /// Adds the ends of rows, which are in the blocks `ending`; there are `commas` since the last end before the batch.
    #[inline]
    fn end_rows(&mut self, batch: &BlockBatch, mut ending: u64, commas: u32) {
        // How many of the commas are of rows that have ended.
        let mut done = 0;
        while ending != 0 {
            let number = ending.trailing_zeros() as usize;
            ending &= ending - 1;
            let block = self.scanned + number * BLOCK;
            let mut ends = batch.newlines[number];
            if ends == 0 {
                continue;
            }
            self.rows.ends.push_block(block, ends);
            self.row_start = block + BLOCK - ends.leading_zeros() as usize;
            let (before, commas) = (batch.commas_before[number], batch.commas[number]);
            // Where there are no commas, rows of one cell need not be compared one by one.
            if commas == 0 && done == before && self.header_commas == Some(0) {
                continue;
            }
            while ends != 0 {
                let upto = before + count_ones(commas & (ends ^ (ends - 1)));
                let row_commas = upto - done;
                self.is_irregular |= row_commas != *self.header_commas.get_or_insert(row_commas);
                done = upto;
                ends &= ends - 1;
            }
        }
        self.commas = commas - done;
    }
}

/// How many bits are set. Most masks have none, and not every x86-64 processor has an instruction that counts.
fn count_ones(mask: u64) -> u32 {
    if mask == 0 { 0 } else { mask.count_ones() }
}

#[cfg(test)]
mod tests {
    use super::RowScanner;
    use proptest::prelude::*;

    /// Where the rows end.
    fn ends(body: &[u8]) -> Option<Vec<usize>> {
        ends_in_pieces(body, 7)
    }

    fn ends_in_pieces(body: &[u8], piece: usize) -> Option<Vec<usize>> {
        let mut scanner = RowScanner::default();
        scanner.reset();
        for upto in (0..body.len()).step_by(piece) {
            scanner.advance(&body[..upto]);
        }
        let is_regular = scanner.finish(body);
        is_regular.then(|| scanner.rows.iter(body).map(|row| row.end).collect())
    }

    #[test]
    fn newlines_and_commas_inside_quotes_do_not_count() {
        let long = "x".repeat(200);
        let body = format!("a,\"_b\"\n\"1\n,2\",\"{long}\"\"\n\"\n,\n");
        let second = 7 + 6 + 1 + 206 - 1;
        assert_eq!(ends(body.as_bytes()), Some(vec![6, second, second + 2]));
    }

    #[test]
    fn irregular_bodies_are_recognised() {
        let quotes = ["a,b\nx\"y,1\n", "a\n\"x\"y\n", "a\n\"open\n"];
        let rows = ["a,b\r\n1,2\r\n", "a,b\n1\n", "a,b\n1,2,3\n", "a\nno end"];
        for body in quotes.iter().chain(&rows) {
            assert_eq!(ends(body.as_bytes()), None, "{body:?}");
        }
        assert_eq!(ends(b"a,b\n\"\r\n\",2\n"), Some(vec![3, 10]));
        assert_eq!(ends(b"a,b\n\"\",\"\"\"\"\n"), Some(vec![3, 11]));
    }

    /// Where the rows end, a byte at a time.
    fn slow(body: &[u8]) -> Option<Vec<usize>> {
        let (mut ends, mut commas, mut wanted, mut quoted) = (Vec::new(), 0, None, false);
        let is_between = |at: Option<usize>| {
            let byte = at.and_then(|at| body.get(at));
            byte.is_none_or(|byte| b",\n\"".contains(byte))
        };
        for (at, byte) in body.iter().enumerate() {
            match byte {
                b'"' => {
                    quoted = !quoted;
                    let beside = if quoted { at.checked_sub(1) } else { Some(at + 1) };
                    if !is_between(beside) {
                        return None;
                    }
                }
                b',' if !quoted => commas += 1,
                b'\r' if !quoted => return None,
                b'\n' if !quoted => {
                    ends.push(at);
                    if commas != *wanted.get_or_insert(commas) {
                        return None;
                    }
                    commas = 0;
                }
                _ => {}
            }
        }
        (!quoted && ends.last().map_or(0, |end| end + 1) == body.len()).then_some(ends)
    }

    fn cell() -> impl Strategy<Value = String> {
        prop_oneof![
            8 => "[a-z0-9]{0,9}",
            4 => "\"([ -!#-~]|\"\"|\n|\r|é){0,90}\"",
            1 => Just("\"\"".to_owned()),
            1 => ",{0,1}[é\t ]{1,3}",
        ]
    }

    /// Cells and what is between them, with a slip here and there.
    fn body() -> impl Strategy<Value = String> {
        let rows = (1..5_usize).prop_flat_map(|columns| {
            let row = proptest::collection::vec(cell(), columns).prop_map(|cells| cells.join(",") + "\n");
            proptest::collection::vec(row, 0..120)
        });
        let slip = prop::sample::select(vec!["\"", "\t\"", "\r", "a", ",", "\n", ""]);
        (rows, any::<prop::sample::Index>(), slip, any::<bool>()).prop_map(|(rows, at, slip, slips)| {
            let mut body = rows.concat();
            let at = at.index(body.len() + 1);
            if slips && body.is_char_boundary(at) {
                body.insert_str(at, slip);
            }
            body
        })
    }

    proptest! {
        #[test]
        fn rows_end_where_a_byte_by_byte_reader_ends_them(body in body(), piece in 1..9000_usize) {
            prop_assert_eq!(ends_in_pieces(body.as_bytes(), piece), slow(body.as_bytes()));
        }
    }
}
