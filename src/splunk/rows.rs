//! Where the rows of a CSV body end, found 64 bytes at a time by bit masks of quotes, commas and newlines.
//!
//! The scanner reads a body as splunkd writes it (protocol sheet 2.1): LF rows, a quote only where a cell begins or
//! ends or doubled inside it, as many cells in every row as in the header. A body that is anything else is called
//! irregular and goes the slow way ([`super::odd`]).

use crate::event::lanes::{BLOCK, Lanes, carried, prefix_xor};
use fearless_simd::{Level, Simd, dispatch};

/// A list of lengths, in one to three bytes each where they are like those of rows.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Lengths {
    /// Seven bits a byte, the low ones first.
    packed: Vec<u8>,
}

impl Lengths {
    /// Adds a length.
    pub fn push(&mut self, mut length: usize) {
        while length >= 0x80 {
            self.packed.push(u8::try_from(length & 0x7f).unwrap_or(0) | 0x80);
            length >>= 7;
        }
        self.packed.push(u8::try_from(length).unwrap_or(0));
    }

    /// Forgets them all.
    pub fn clear(&mut self) {
        self.packed.clear();
    }

    /// The length that is packed at `at`, and where the next one is.
    #[inline]
    pub fn read(&self, at: usize) -> Option<(usize, usize)> {
        let first = *self.packed.get(at)?;
        Some(if first < 0x80 {
            (usize::from(first), at + 1)
        } else {
            self.read_long(at)
        })
    }

    fn read_long(&self, at: usize) -> (usize, usize) {
        let mut length = 0;
        for (number, byte) in self.packed[at..].iter().enumerate() {
            length |= usize::from(byte & 0x7f) << (7 * number);
            if *byte < 0x80 {
                return (length, at + number + 1);
            }
        }
        (length, self.packed.len())
    }
}

/// How far one has come in a list of lengths.
#[derive(Debug, Clone, Copy, Default)]
pub struct Place {
    /// Where the next length is packed.
    pub at: usize,
    /// Where in the body one is: for rows, where the next one begins; for hits, where the last one was.
    pub sum: usize,
}

/// Finds the ends of rows while a body arrives.
#[derive(Debug, Default)]
pub struct RowScanner {
    rows: Lengths,
    scanned: usize,
    row_start: usize,
    commas: u32,
    columns_less_one: Option<u32>,
    in_quotes: u64,
    after_separator: u64,
    after_closing: u64,
    is_irregular: bool,
}

/// The bytes of interest in a block.
struct Masks {
    quote: u64,
    comma: u64,
    newline: u64,
    carriage: u64,
}

impl RowScanner {
    /// Forgets everything, for the next body.
    pub fn reset(&mut self) {
        let mut rows = std::mem::take(&mut self.rows);
        rows.clear();
        *self = Self {
            rows,
            after_separator: 1,
            ..Self::default()
        };
    }

    /// The rows found so far.
    pub fn rows(&self) -> &Lengths {
        &self.rows
    }

    /// Whether the body is known to be none that splunkd writes.
    pub fn is_irregular(&self) -> bool {
        self.is_irregular
    }

    /// Scans what has arrived of the body so far, in whole blocks.
    pub fn advance(&mut self, arrived: &[u8]) {
        if !self.is_irregular {
            dispatch!(Level::new(), simd => self.blocks(simd, arrived));
        }
    }

    #[expect(
        clippy::inline_always,
        reason = "it is compiled for each processor's instructions"
    )]
    #[inline(always)]
    fn blocks<S: Simd>(&mut self, simd: S, arrived: &[u8]) {
        let (blocks, _) = arrived[self.scanned..].as_chunks::<BLOCK>();
        for block in blocks {
            self.block(&masks(simd, block), BLOCK);
        }
    }

    /// Scans the rest. Nothing where the body is irregular, else its rows, the header first.
    pub fn finish(&mut self, body: &[u8]) -> Option<&Lengths> {
        self.advance(body);
        let rest = &body[self.scanned.min(body.len())..];
        if !self.is_irregular && !rest.is_empty() {
            let mut block = [0; BLOCK];
            block[..rest.len()].copy_from_slice(rest);
            let masks = dispatch!(Level::new(), simd => masks(simd, &block));
            self.block(&masks.upto(rest.len()), rest.len());
        }
        let is_whole = self.row_start == body.len() && self.in_quotes == 0;
        (is_whole && !self.is_irregular).then_some(&self.rows)
    }

    #[expect(
        clippy::inline_always,
        reason = "it is compiled for each processor's instructions"
    )]
    #[inline(always)]
    fn block(&mut self, masks: &Masks, length: usize) {
        let inside = prefix_xor(masks.quote) ^ self.in_quotes;
        let separator = masks.comma | masks.newline | masks.quote;
        let opening = masks.quote & inside;
        let closing = masks.quote & !inside;
        let odd_opening = opening & !((separator << 1) | self.after_separator);
        let beyond = if length == BLOCK { 0 } else { !0 << length };
        let odd_closing = ((closing << 1) | self.after_closing) & !separator & !beyond;
        if (odd_opening | odd_closing | (masks.carriage & !inside)) != 0 {
            self.is_irregular = true;
            return;
        }
        self.in_quotes = carried(inside);
        self.after_separator = separator >> (BLOCK - 1);
        self.after_closing = closing >> (BLOCK - 1);
        let commas = masks.comma & !inside;
        let ends = masks.newline & !inside;
        if ends != 0 {
            self.end_rows(ends, commas);
        } else if commas != 0 {
            self.commas += counted(commas);
        }
        self.scanned += length;
    }

    #[cold]
    fn end_rows(&mut self, mut ends: u64, mut commas: u64) {
        while ends != 0 {
            let at = ends.trailing_zeros();
            let upto = (1_u64 << at) - 1;
            let cells = self.commas + counted(commas & upto);
            let wanted = *self.columns_less_one.get_or_insert(cells);
            self.is_irregular |= cells != wanted;
            let end = self.scanned + at as usize;
            self.rows.push(end - self.row_start);
            self.row_start = end + 1;
            self.commas = 0;
            commas &= !upto;
            ends &= ends - 1;
        }
        self.commas = counted(commas);
    }
}

/// How many bits are set. Without the processor's own instruction, which not every x86-64 has, counting is dear.
fn counted(mask: u64) -> u32 {
    if mask == 0 { 0 } else { mask.count_ones() }
}

impl Masks {
    fn upto(self, length: usize) -> Self {
        let keep = |mask: u64| {
            if length == BLOCK {
                mask
            } else {
                mask & !(!0 << length)
            }
        };
        let Self {
            quote,
            comma,
            newline,
            carriage,
        } = self;
        Self {
            quote: keep(quote),
            comma: keep(comma),
            newline: keep(newline),
            carriage: keep(carriage),
        }
    }
}

#[expect(
    clippy::inline_always,
    reason = "it is compiled for each processor's instructions"
)]
#[inline(always)]
fn masks<S: Simd>(simd: S, block: &[u8; BLOCK]) -> Masks {
    let lanes = Lanes::new(simd, block);
    Masks {
        quote: lanes.equal(b'"'),
        comma: lanes.equal(b','),
        newline: lanes.equal(b'\n'),
        carriage: lanes.equal(b'\r'),
    }
}

#[cfg(test)]
mod tests {
    use super::{Lengths, RowScanner};

    fn all(lengths: &Lengths) -> Vec<usize> {
        let mut at = 0;
        let next = || {
            let (length, after) = lengths.read(at)?;
            at = after;
            Some(length)
        };
        std::iter::from_fn(next).collect()
    }

    fn lengths(body: &[u8]) -> Option<Vec<usize>> {
        let mut scanner = RowScanner::default();
        scanner.reset();
        for upto in (0..body.len()).step_by(7) {
            scanner.advance(&body[..upto]);
        }
        scanner.finish(body).map(all)
    }

    #[test]
    fn newlines_and_commas_inside_quotes_do_not_count() {
        let long = "x".repeat(200);
        let body = format!("a,\"_b\"\n\"1\n,2\",\"{long}\"\"\n\"\n,\n");
        assert_eq!(lengths(body.as_bytes()), Some(vec![6, 6 + 1 + 206 - 1, 1]));
    }

    #[test]
    fn irregular_bodies_are_told() {
        for body in [
            "a,b\nx\"y,1\n",
            "a\n\"x\"y\n",
            "a,b\r\n1,2\r\n",
            "a,b\n1\n",
            "a,b\n1,2,3\n",
            "a\n\"open\n",
            "a\nno end",
        ] {
            assert_eq!(lengths(body.as_bytes()), None, "{body:?}");
        }
        assert_eq!(lengths(b"a,b\n\"\r\n\",2\n"), Some(vec![3, 6]));
        assert_eq!(lengths(b"a,b\n\"\",\"\"\"\"\n"), Some(vec![3, 7]));
    }

    #[test]
    fn lengths_of_any_size_come_back() {
        let mut rows = Lengths::default();
        let sizes = [0, 1, 127, 128, 16_383, 16_384, 5_000_000_000];
        sizes.iter().for_each(|size| rows.push(*size));
        assert_eq!(all(&rows), sizes);
    }
}
