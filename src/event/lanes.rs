//! Bytes looked at 64 at a time, as bit masks: bit `i` stands for byte `i`.

use wide::u8x16;

/// How many bytes a block holds.
pub const BLOCK: usize = 64;

/// A block, ready for comparing.
#[derive(Debug, Clone, Copy)]
pub struct Lanes([u8x16; 4]);

impl Lanes {
    /// Takes a block.
    #[inline]
    pub fn new(block: &[u8; BLOCK]) -> Self {
        let lane = |at: usize| {
            let bytes: &[u8; 16] = block[at * 16..].first_chunk().expect("a block holds four lanes");
            u8x16::from(*bytes)
        };
        Self([lane(0), lane(1), lane(2), lane(3)])
    }

    /// With `bits` set in every byte.
    #[inline]
    #[must_use]
    pub fn with_bits(self, bits: u8) -> Self {
        Self(self.0.map(|lane| lane | u8x16::splat(bits)))
    }

    /// Where a byte is `wanted`.
    #[inline]
    pub fn equal(&self, wanted: u8) -> u64 {
        let wanted = u8x16::splat(wanted);
        let bits = |at: usize| u64::from(self.0[at].simd_eq(wanted).to_bitmask());
        bits(0) | bits(1) << 16 | bits(2) << 32 | bits(3) << 48
    }
}

/// Bit `i` is the parity of the bits up to and with `i`.
#[inline]
pub fn prefix_xor(mut mask: u64) -> u64 {
    for shift in [1, 2, 4, 8, 16, 32] {
        mask ^= mask << shift;
    }
    mask
}

/// What a parity at the end of a block means for the next: all bits set, or none.
#[inline]
pub fn carried(parity: u64) -> u64 {
    0_u64.wrapping_sub(parity >> (BLOCK - 1))
}
