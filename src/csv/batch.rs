//! A batch of blocks of a CSV body as bit masks: where its rows end, and whether it is regular.

// What is not inlined into the dispatched function is not compiled for its instructions.
#![expect(clippy::inline_always)]

use crate::simd::{BLOCK, Block64, carry_parity, prefix_xor};
use fearless_simd::Simd;

/// How many blocks are looked at together: step by step, each step over all of them, so that a step is a short loop over
/// masks of which the processor takes several at once.
pub const BATCH: usize = 64;

/// What the end of a batch means for the next one.
#[derive(Debug, Clone, Copy, Default)]
pub struct Carry {
    /// All bits are set where a quoted cell goes on.
    in_quotes: u64,
    /// 1 where the last byte was a quote.
    quote: u64,
    /// 1 where the last byte was bare: of a cell without quotes.
    bare: u64,
}

impl Carry {
    /// Whether a quoted cell goes on.
    pub fn is_in_quotes(&self) -> bool {
        self.in_quotes != 0
    }
}

/// Masks for each block of a batch.
#[derive(Debug)]
pub struct BlockBatch {
    quotes: [u64; BATCH],
    /// Commas, after [`Self::count_commas`] only those outside quotes.
    pub commas: [u64; BATCH],
    /// Where there may be control characters, folded.
    controls: [u64; BATCH],
    /// Newlines outside quotes: row ends.
    pub newlines: [u64; BATCH],
    /// What stands in quotes, with the opening ones.
    quoted: [u64; BATCH],
    /// The commas outside quotes before each block.
    pub commas_before: [u32; BATCH],
    /// Whether a carriage return stands outside quotes.
    has_carriage_return: bool,
}

impl Default for BlockBatch {
    fn default() -> Self {
        Self {
            quotes: [0; BATCH],
            commas: [0; BATCH],
            controls: [0; BATCH],
            newlines: [0; BATCH],
            quoted: [0; BATCH],
            commas_before: [0; BATCH],
            has_carriage_return: false,
        }
    }
}

/// Newlines and carriage returns are below it.
const CONTROLS: i8 = 14;

/// In the lower half, bit `i` is set where the bit `i` or `i + 32` is.
fn folded(mask: u64) -> u64 {
    mask | mask >> (BLOCK / 2)
}

impl BlockBatch {
    /// Finds the masks of `blocks`. Returns the blocks in which rows may end: bit `i` stands for the block `i`.
    #[inline(always)]
    pub fn find<S: Simd>(&mut self, simd: S, blocks: &[[u8; BLOCK]], carry: &mut Carry) -> u64 {
        let masks = self.quotes.iter_mut().zip(&mut self.commas);
        for (block, ((quotes, commas), controls)) in blocks.iter().zip(masks.zip(&mut self.controls)) {
            let bytes = Block64::new(simd, block);
            *quotes = bytes.equal(b'"');
            *commas = bytes.equal(b',');
            *controls = bytes.folded_below(CONTROLS);
        }
        self.find_quoted(blocks.len(), carry);
        let ending = self.find_ending(blocks.len());
        self.find_newlines(simd, blocks, ending);
        ending
    }

    #[inline(always)]
    fn find_quoted(&mut self, blocks: usize, carry: &mut Carry) {
        let quoted = &mut self.quoted[..blocks];
        for (quoted, quotes) in quoted.iter_mut().zip(&self.quotes) {
            *quoted = prefix_xor(*quotes);
        }
        for quoted in quoted {
            *quoted ^= carry.in_quotes;
            carry.in_quotes = carry_parity(*quoted);
        }
    }

    #[inline(always)]
    fn find_ending(&self, blocks: usize) -> u64 {
        let masks = self.controls[..blocks].iter().zip(&self.quoted);
        let bits = masks
            .zip(0..)
            .map(|((controls, quoted), number)| u64::from(controls & folded(!quoted) != 0) << number);
        bits.fold(0, |all, bit| all | bit)
    }

    #[inline(always)]
    fn find_newlines<S: Simd>(&mut self, simd: S, blocks: &[[u8; BLOCK]], mut ending: u64) {
        self.newlines.fill(0);
        let mut carriage_returns = 0;
        while ending != 0 {
            let number = ending.trailing_zeros() as usize;
            ending &= ending - 1;
            let bytes = Block64::new(simd, &blocks[number]);
            self.newlines[number] = bytes.equal(b'\n') & !self.quoted[number];
            carriage_returns |= bytes.equal(b'\r') & !self.quoted[number];
        }
        self.has_carriage_return = carriage_returns != 0;
    }

    /// Whether splunkd would not write this: a carriage return outside quotes, or a quote beside a bare byte.
    #[inline(always)]
    pub fn is_irregular(&self, blocks: usize, carry: &mut Carry) -> bool {
        let masks = self.quotes[..blocks].iter().zip(&self.commas);
        let mut stray = 0;
        let mut before = *carry;
        for ((quotes, commas), (newlines, quoted)) in masks.zip(self.newlines.iter().zip(&self.quoted)) {
            let bare = !(quotes | commas | newlines | quoted);
            stray |= bare & (quotes << 1 | before.quote) | quotes & (bare << 1 | before.bare);
            before.quote = quotes >> (BLOCK - 1);
            before.bare = bare >> (BLOCK - 1);
        }
        *carry = before;
        self.has_carriage_return || stray != 0
    }

    /// Counts the commas outside quotes, on from `count`, and returns the sum.
    #[inline(always)]
    pub fn count_commas(&mut self, blocks: usize, mut count: u32) -> u32 {
        let before = &mut self.commas_before[..blocks];
        for (before, (commas, quoted)) in before.iter_mut().zip(self.commas.iter_mut().zip(&self.quoted)) {
            *commas &= !quoted;
            *before = commas.count_ones();
        }
        for before in before {
            (*before, count) = (count, count + *before);
        }
        count
    }
}
