//! A stretch of a body as bit masks: the quotes, commas and line ends of its blocks.

use crate::simd::{BLOCK, Lanes, carried, prefix_xor};
use fearless_simd::Simd;

/// How many blocks are looked at together: step by step, each step over all of them, so that a step is a short loop over
/// masks of which the processor takes several at once.
pub const TILE: usize = 64;

/// What the last byte of a block was, in the lowest bit. A byte is bare that stands in a cell without quotes.
#[derive(Debug, Clone, Copy, Default)]
pub struct Last {
    quote: u64,
    bare: u64,
}

/// The bytes of interest in the blocks of a tile, a mask for each block.
#[derive(Debug)]
pub struct Tile {
    quote: [u64; TILE],
    /// Commas, also those in quotes.
    pub comma: [u64; TILE],
    /// Where control characters may stand, folded.
    control: [u64; TILE],
    /// The newlines of blocks in which rows may end; or their line ends outside quotes.
    pub newline: [u64; TILE],
    /// What stands in quotes, with the opening ones.
    pub inside: [u64; TILE],
    /// How many commas stand outside quotes before each block.
    pub commas: [u32; TILE],
}

/// Newlines and carriage returns are below it.
const CONTROLS: i8 = 14;

/// In the lower half, bit `i` is set where the bit `i` or `i + 32` is.
fn folded(mask: u64) -> u64 {
    mask | mask >> (BLOCK / 2)
}

impl Default for Tile {
    fn default() -> Self {
        Self {
            quote: [0; TILE],
            comma: [0; TILE],
            control: [0; TILE],
            newline: [0; TILE],
            inside: [0; TILE],
            commas: [0; TILE],
        }
    }
}

// What is not inlined into the dispatched function is not compiled for its instructions.
#[expect(clippy::inline_always)]
impl Tile {
    /// Finds quotes and commas, and where there may be control characters.
    #[inline(always)]
    pub fn find<S: Simd>(&mut self, simd: S, blocks: &[[u8; BLOCK]]) {
        let masks = self.quote.iter_mut().zip(&mut self.comma).zip(&mut self.control);
        for (block, ((quote, comma), control)) in blocks.iter().zip(masks) {
            let lanes = Lanes::new(simd, block);
            *quote = lanes.equal(b'"');
            *comma = lanes.equal(b',');
            *control = lanes.folded_below(CONTROLS);
        }
    }

    /// Finds what stands in quotes; `in_quotes` is what [`carried`] tells of what is before the tile. Tells it of the
    /// tile's end.
    #[inline(always)]
    pub fn find_inside(&mut self, blocks: usize, mut in_quotes: u64) -> u64 {
        let inside = &mut self.inside[..blocks];
        for (inside, quote) in inside.iter_mut().zip(&self.quote) {
            *inside = prefix_xor(*quote);
        }
        for inside in inside {
            *inside ^= in_quotes;
            in_quotes = carried(*inside);
        }
        in_quotes
    }

    /// The blocks in which rows may end: bit `i` stands for the block `i`.
    #[inline(always)]
    pub fn ending(&self, blocks: usize) -> u64 {
        let masks = self.control[..blocks].iter().zip(&self.inside);
        let bits = masks
            .zip(0..)
            .map(|((control, inside), at)| u64::from(control & folded(!inside) != 0) << at);
        bits.fold(0, |all, bit| all | bit)
    }

    /// Finds the newlines of the blocks `ending`. Whether a carriage return stands outside quotes there.
    #[inline(always)]
    pub fn find_ends<S: Simd>(&mut self, simd: S, blocks: &[[u8; BLOCK]], mut ending: u64) -> bool {
        let mut carriage = 0;
        while ending != 0 {
            let at = ending.trailing_zeros() as usize;
            ending &= ending - 1;
            let lanes = Lanes::new(simd, &blocks[at]);
            self.newline[at] = lanes.equal(b'\n');
            carriage |= lanes.equal(b'\r') & !self.inside[at];
        }
        carriage != 0
    }

    /// Finds the line ends outside quotes of the blocks `ending`, carriage returns too; those, a mask for each block.
    #[inline(always)]
    pub fn find_line_ends<S: Simd>(
        &mut self,
        simd: S,
        blocks: &[[u8; BLOCK]],
        mut ending: u64,
    ) -> [u64; TILE] {
        let mut carriages = [0; TILE];
        while ending != 0 {
            let at = ending.trailing_zeros() as usize;
            ending &= ending - 1;
            let lanes = Lanes::new(simd, &blocks[at]);
            let outside = !self.inside[at];
            carriages[at] = lanes.equal(b'\r') & outside;
            self.newline[at] = lanes.equal(b'\n') & outside | carriages[at];
        }
        carriages
    }

    /// Whether a quote stands beside a byte of a cell without quotes. `last` is that of the block before, then of the
    /// last block.
    #[inline(always)]
    pub fn is_odd(&self, blocks: usize, last: &mut Last) -> bool {
        let masks = self.quote[..blocks]
            .iter()
            .zip(&self.comma)
            .zip(&self.newline)
            .zip(&self.inside);
        let mut odd = 0;
        let mut before = *last;
        for (((quote, comma), newline), inside) in masks {
            let bare = !(quote | comma | newline | inside);
            odd |= bare & (quote << 1 | before.quote) | quote & (bare << 1 | before.bare);
            before = Last {
                quote: quote >> (BLOCK - 1),
                bare: bare >> (BLOCK - 1),
            };
        }
        *last = before;
        odd != 0
    }

    /// Counts the commas outside quotes, on from `count`.
    #[inline(always)]
    pub fn count(&mut self, blocks: usize, mut count: u32) -> u32 {
        let commas = &mut self.commas[..blocks];
        let masks = self.comma.iter().zip(&self.inside);
        for (before, (comma, inside)) in commas.iter_mut().zip(masks) {
            *before = (comma & !inside).count_ones();
        }
        for before in commas {
            (*before, count) = (count, count + *before);
        }
        count
    }
}
