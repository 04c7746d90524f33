//! Where the rows of a CSV body end, found 64 bytes at a time by bit masks of quotes, commas and newlines.
//!
//! The scanner reads a body as splunkd writes it (protocol sheet 2.1): LF rows, a quote only where a cell begins or
//! ends or doubled inside it, as many cells in every row as in the header. A body that is anything else is called
//! irregular and goes the slow way ([`super::odd`]).

use super::ends::RowEnds;
use crate::event::lanes::{BLOCK, Lanes, carried, prefix_xor};
use fearless_simd::{Level, Simd, dispatch};

/// Finds the ends of rows while a body arrives.
#[derive(Debug, Default)]
pub struct RowScanner {
    ends: RowEnds,
    scanned: usize,
    /// Where the row begins that has not ended yet.
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
        let mut ends = std::mem::take(&mut self.ends);
        ends.clear();
        *self = Self {
            ends,
            after_separator: 1,
            ..Self::default()
        };
    }

    /// Where the rows end that were found so far, the header first.
    pub fn ends(&self) -> &RowEnds {
        &self.ends
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
            if self.is_irregular {
                return;
            }
        }
    }

    /// Scans the rest. Whether the body is regular.
    pub fn finish(&mut self, body: &[u8]) -> bool {
        self.advance(body);
        let rest = &body[self.scanned.min(body.len())..];
        if !self.is_irregular && !rest.is_empty() {
            let mut block = [0; BLOCK];
            block[..rest.len()].copy_from_slice(rest);
            let masks = dispatch!(Level::new(), simd => masks(simd, &block));
            self.block(&masks.upto(rest.len()), rest.len());
        }
        let is_whole = self.row_start == body.len() && self.in_quotes == 0;
        is_whole && !self.is_irregular
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
    fn end_rows(&mut self, ends: u64, mut commas: u64) {
        self.ends.push_even(self.scanned, ends);
        let mut rest = ends;
        while rest != 0 {
            let upto = rest & rest.wrapping_neg();
            let before = commas & (upto - 1);
            let cells = self.commas + counted(before);
            let wanted = *self.columns_less_one.get_or_insert(cells);
            self.is_irregular |= cells != wanted;
            self.commas = 0;
            commas &= !before;
            rest &= rest - 1;
        }
        self.row_start = self.scanned + BLOCK - ends.leading_zeros() as usize;
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
    use super::RowScanner;
    use crate::splunk::ends::Place;

    /// Where the rows end.
    fn ends(body: &[u8]) -> Option<Vec<usize>> {
        let mut scanner = RowScanner::default();
        scanner.reset();
        for upto in (0..body.len()).step_by(7) {
            scanner.advance(&body[..upto]);
        }
        let is_regular = scanner.finish(body);
        let mut place = Place::default();
        let next = || {
            place = scanner.ends().after(place)?.0;
            Some(place.end)
        };
        is_regular.then(|| std::iter::from_fn(next).collect())
    }

    #[test]
    fn newlines_and_commas_inside_quotes_do_not_count() {
        let long = "x".repeat(200);
        let body = format!("a,\"_b\"\n\"1\n,2\",\"{long}\"\"\n\"\n,\n");
        let second = 7 + 6 + 1 + 206 - 1;
        assert_eq!(ends(body.as_bytes()), Some(vec![6, second, second + 2]));
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
            assert_eq!(ends(body.as_bytes()), None, "{body:?}");
        }
        assert_eq!(ends(b"a,b\n\"\r\n\",2\n"), Some(vec![3, 10]));
        assert_eq!(ends(b"a,b\n\"\",\"\"\"\"\n"), Some(vec![3, 11]));
    }
}
