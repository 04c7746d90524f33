//! Blocks of 64 bytes → bit masks: bit `i` stands for byte `i`. Which instructions compare them is found out at run time; only this
//! module and [`crate::prefilter`] use them.

// What is not inlined into the dispatched function is not compiled for its instructions.
#![expect(clippy::inline_always)]

pub mod structure;

use fearless_simd::{Simd, i8x32, prelude::*, u8x32, u8x64};

/// How many bytes a block holds.
pub const BLOCK: usize = 64;

/// 64 bytes, ready for comparing.
#[derive(Debug, Clone, Copy)]
pub struct Block64<S: Simd>(S, u8x64<S>);

impl<S: Simd> Block64<S> {
    /// Takes a block.
    #[inline(always)]
    pub fn new(simd: S, block: &[u8; BLOCK]) -> Self {
        Self(simd, u8x64::from_slice(simd, block))
    }

    /// With `bits` set in every byte.
    #[inline(always)]
    #[must_use]
    pub fn with_bits(self, bits: u8) -> Self {
        Self(self.0, self.1 | u8x64::splat(self.0, bits))
    }

    /// Where a byte is `wanted`.
    #[inline(always)]
    pub fn equal(&self, wanted: u8) -> u64 {
        self.1.simd_eq(u8x64::splat(self.0, wanted)).to_bitmask()
    }

    /// Where there may be a byte less than `bound`: bit `i` stands for the bytes `i` and `i + 32`, and bytes beyond ASCII
    /// count as less.
    #[inline(always)]
    pub fn folded_below(&self, bound: i8) -> u64 {
        let (first, second) = self.1.split();
        let below = |half: u8x32<S>| half.bitcast::<i8x32<S>>().simd_lt(i8x32::splat(self.0, bound));
        (below(first) | below(second)).to_bitmask()
    }
}

/// Bit `i` is the parity of the bits up to and with `i`.
#[inline(always)]
pub fn prefix_xor(mut mask: u64) -> u64 {
    for shift in [1, 2, 4, 8, 16, 32] {
        mask ^= mask << shift;
    }
    mask
}

/// The parity at the end of a block as a mask for the next block: all bits set, or none.
#[inline(always)]
pub fn carry_parity(parity: u64) -> u64 {
    0_u64.wrapping_sub(parity >> (BLOCK - 1))
}

/// The bytes that are escaped: those behind an odd number of `escapes`. `carried` is 1 where the first byte
/// of the block is one, and is brought forward to the next block.
#[inline(always)]
pub fn escaped(escapes: u64, carried: &mut u64) -> u64 {
    const EVEN: u64 = 0x5555_5555_5555_5555;
    if escapes == 0 {
        return std::mem::take(carried);
    }
    let escapes = escapes & !*carried;
    let behind = escapes << 1 | *carried;
    // A run that begins at an odd offset is added to its own first bit, which leaves one bit behind the run.
    let odd_starts = escapes & !EVEN & !behind;
    let (ends, is_over) = odd_starts.overflowing_add(escapes);
    *carried = is_over.into();
    (EVEN ^ ends << 1) & behind
}

/// A text's whole blocks, and what is left of it with zeros behind.
#[inline(always)]
pub fn blocks(text: &[u8]) -> (&[[u8; BLOCK]], [u8; BLOCK]) {
    let (blocks, rest) = text.as_chunks();
    let mut last = [0; BLOCK];
    last[..rest.len()].copy_from_slice(rest);
    (blocks, last)
}
