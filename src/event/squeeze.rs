//! Copies bytes without some of them: without the second of two quotes in a cell, or a backslash before its letter.

// What is not inlined into the dispatched function is not compiled for its instructions.
#![expect(clippy::inline_always)]

use crate::simd::BLOCK;
use fearless_simd::{Simd, prelude::*, u8x16};

/// How many bytes are put in order at once; half of them by one look at [`KEPT`].
const STEP: usize = 16;
const HALF: usize = STEP / 2;

/// Which bytes of eight go, as bits → which of them stay, in order.
static KEPT: [[u8; HALF]; 256] = kept();

const fn kept() -> [[u8; HALF]; 256] {
    let mut table = [[0; HALF]; 256];
    let mut gone = 0;
    while gone < table.len() {
        let (mut byte, mut to) = (0_u8, 0);
        while to + gone.count_ones() as usize != HALF {
            if gone >> byte & 1 == 0 {
                table[gone][to] = byte;
                to += 1;
            }
            byte += 1;
        }
        gone += 1;
    }
    table
}

/// Copies the first block of `source` to the beginning of `text`, without the bytes of a mask; how much that was. What
/// lies behind, in the first block of `text`, may be overwritten.
#[inline(always)]
pub fn copy_without<S: Simd>(simd: S, mask: u64, source: &[u8], text: &mut [u8]) -> usize {
    if let (Some(source), Some(text)) = (source.first_chunk(), text.first_chunk_mut()) {
        return copy_block(simd, mask, source, text);
    }
    // Near the end there is not enough to read, nor room to write.
    let (mut padded, mut kept) = ([0; BLOCK], [0; BLOCK]);
    let length = source.len().min(BLOCK);
    padded[..length].copy_from_slice(&source[..length]);
    let length = copy_block(simd, mask, &padded, &mut kept) + length - BLOCK;
    text[..length].copy_from_slice(&kept[..length]);
    length
}

#[inline(always)]
fn copy_block<S: Simd>(simd: S, mask: u64, source: &[u8; BLOCK], text: &mut [u8; BLOCK]) -> usize {
    if mask == 0 {
        *text = *source;
        return BLOCK;
    }
    let mut to = 0;
    for (bytes, gone) in source
        .chunks_exact(STEP)
        .zip(mask.to_le_bytes().as_chunks::<2>().0)
    {
        let halves = gone.map(|gone| KEPT[usize::from(gone)]);
        // What stands in the second half lies so much farther.
        let second = u64::from_le_bytes(halves[1]) + u64::MAX / 0xff * HALF as u64;
        let mut order = [0; STEP];
        order[..HALF].copy_from_slice(&halves[0]);
        order[HALF..].copy_from_slice(&second.to_le_bytes());
        let ordered =
            u8x16::from_slice(simd, bytes).swizzle_dyn_within_blocks(u8x16::from_slice(simd, &order));
        let ordered: [u8; STEP] = ordered.into();
        for (half, gone) in ordered.as_chunks::<HALF>().0.iter().zip(gone) {
            // No more was written than read.
            let at = to.min(BLOCK - HALF);
            text[at..at + HALF].copy_from_slice(half);
            to += HALF - gone.count_ones() as usize;
        }
    }
    to
}

#[cfg(test)]
mod tests {
    use super::{BLOCK, copy_without};
    use fearless_simd::{Level, dispatch};
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn all_bytes_but_those_of_the_mask_come_in_order(
            source in prop::collection::vec(any::<u8>(), 0..2 * BLOCK), mask in any::<u64>(), is_sparse: bool
        ) {
            let mask = if is_sparse { mask & mask >> 7 & mask >> 11 } else { mask };
            let length = source.len().min(BLOCK);
            let mask = if length < BLOCK { mask & !(!0 << length) } else { mask };
            let wanted = (0..length).filter(|at| mask >> at & 1 == 0).map(|at| source[at]);
            let wanted: Vec<_> = wanted.collect();
            let mut text = vec![0; source.len()];
            let to = dispatch!(Level::new(), simd => copy_without(simd, mask, &source, &mut text));
            prop_assert_eq!(&text[..to], &wanted);
        }
    }
}
