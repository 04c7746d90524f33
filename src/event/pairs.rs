//! The quotes inside a cell, which stand in pairs: each pair is one quote of the cell's text.

// What is not inlined into the dispatched function is not compiled for its instructions.
#![expect(clippy::inline_always)]

use super::squeeze::copy_without;
use crate::simd::{BLOCK, Block64, blocks, carry_parity, prefix_xor};
use fearless_simd::{Level, Simd, dispatch};

/// Tells the first quotes of pairs from the second ones, one block after the other.
#[derive(Debug, Clone, Copy, Default)]
pub struct Pairs {
    /// All bits are set where the next byte is the second of a pair.
    in_pair: u64,
    /// 1 where the last byte was a quote.
    before: u64,
}

impl Pairs {
    /// The first quotes of pairs among those of the next block. Nothing where quotes do not stand in pairs; a single one at
    /// the end is none the worse for it.
    #[inline(always)]
    pub fn first(&mut self, quotes: u64) -> Option<u64> {
        let first = prefix_xor(quotes) ^ self.in_pair;
        let is_sound = quotes & !first & !(quotes << 1 | self.before) == 0;
        (self.in_pair, self.before) = (carry_parity(first), quotes >> (BLOCK - 1));
        is_sound.then_some(first)
    }
}

/// Puts the text of a cell, given without the quotes around it, at the beginning of `room`; how long it is.
pub fn halve(inner: &[u8], room: &mut Vec<u8>) -> usize {
    room.resize(room.len().max(inner.len()), 0);
    dispatch!(Level::new(), simd => halve_pairs(simd, inner, &mut room[..inner.len()])).unwrap_or_else(|| {
        *room = halve_runs(inner);
        room.len()
    })
}

/// Likewise, where quotes stand in pairs.
#[inline(always)]
fn halve_pairs<S: Simd>(simd: S, inner: &[u8], text: &mut [u8]) -> Option<usize> {
    let (mut to, mut pairs) = (0, Pairs::default());
    let (blocks, last) = blocks(inner);
    for (number, block) in blocks.iter().chain([&last]).enumerate() {
        let quotes = Block64::new(simd, block).equal(b'"');
        let second = quotes & !pairs.first(quotes)?;
        to += copy_without(simd, second, &inner[number * BLOCK..], &mut text[to..]);
    }
    Some(to)
}

/// Of each run of quotes every second one goes, wherever they stand.
fn halve_runs(inner: &[u8]) -> Vec<u8> {
    let mut text = Vec::with_capacity(inner.len());
    let mut is_second = false;
    for byte in inner {
        is_second = *byte == b'"' && !is_second;
        if is_second || *byte != b'"' {
            text.push(*byte);
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::{halve, halve_runs};

    proptest::proptest! {
        #[test]
        fn pairs_and_runs_are_halved_alike(inner in "(\"|\"\"|[a-c]{0,40}){0,60}") {
            let wanted = halve_runs(inner.as_bytes());
            let mut used = vec![b'"'; 300];
            let length = halve(inner.as_bytes(), &mut used);
            proptest::prop_assert_eq!(&used[..length], &wanted[..]);
        }
    }
}
