//! Where one of several patterns may stand, 64 bytes of text at a time: Teddy, as in Hyperscan, on the low nibbles of bytes only.
//!
//! Of each pattern, one window of six bytes is looked for, in one of eight buckets. For every place in the window, a table says by the
//! low nibble of a byte which buckets have such a byte there. A position whose bytes are in one bucket throughout passes, and
//! is looked up again by whole bytes. High nibbles would tell little more of a letter, at more than twice the price. Letter
//! case costs nothing: it is one bit of the high nibble.

// What is not inlined into the dispatched function is not compiled for its instructions.
#![expect(clippy::inline_always)]

use crate::simd::BLOCK;
use fearless_simd::{Level, Simd, dispatch, prelude::*, u8x64};

/// How many bytes of each pattern are looked at first.
pub const WINDOW: usize = 6;
/// How many buckets there are.
pub const BUCKETS: usize = 8;
/// A set of buckets: bit `i` for the bucket `i`.
pub type BucketSet = u8;
/// The bytes that a pattern allows at each place of a window.
pub type Window = [Vec<u8>; WINDOW];

/// Finds positions where windows may begin.
#[derive(Debug)]
pub struct Teddy {
    /// Place, low nibble → buckets.
    nibbles: [NibbleTable; WINDOW],
    /// Place, whole byte → buckets.
    bytes: Box<[[BucketSet; 256]; WINDOW]>,
}

type NibbleTable = [BucketSet; 16];

/// Which of a pattern's windows is looked for, and in which bucket it is.
#[derive(Debug, Clone, Copy, Default)]
pub struct Choice {
    /// The window, by its number.
    pub window: usize,
    /// The bucket, by its number.
    pub bucket: usize,
}

impl Teddy {
    /// Chooses for each pattern one of its windows and a bucket for it, such that as little ordinary text as possible passes.
    pub fn new(patterns: &[Vec<Window>]) -> (Self, Vec<Choice>) {
        let choices = choose(patterns);
        let mut bytes = Box::new([[0; 256]; WINDOW]);
        for (windows, choice) in patterns.iter().zip(&choices) {
            for (table, allowed) in bytes.iter_mut().zip(&windows[choice.window]) {
                for byte in allowed {
                    table[usize::from(*byte)] |= 1 << choice.bucket;
                }
            }
        }
        let of_nibble = |place: usize, nibble: usize| {
            let same_nibble = bytes[place].iter().skip(nibble).step_by(16);
            same_nibble.fold(0, |all, buckets| all | buckets)
        };
        let nibbles = std::array::from_fn(|place| std::array::from_fn(|nibble| of_nibble(place, nibble)));
        (Self { nibbles, bytes }, choices)
    }

    /// Calls `wanted` with each position that passes, and its buckets, looked for with the instructions of `level`. Where it
    /// returns a position, the search goes on there, or at the same position, if that is further on: it is called once more.
    #[inline]
    pub fn each(&self, level: Level, text: &[u8], mut wanted: impl FnMut(usize, BucketSet) -> Option<usize>) {
        dispatch!(level, simd => self.each_with(simd, text, &mut wanted));
    }

    #[inline(always)]
    fn each_with<S: Simd>(
        &self,
        simd: S,
        text: &[u8],
        wanted: &mut impl FnMut(usize, BucketSet) -> Option<usize>,
    ) {
        let mut from = 0;
        // Made anew behind each call, tables are kept in registers; else in memory.
        while let Some(mut passed) = Vectors::new(simd, self).next_passed(simd, text, &mut from) {
            let block = from;
            from += BLOCK;
            while passed != 0 {
                let offset = block + passed.trailing_zeros() as usize;
                let buckets = self.buckets(text, offset);
                let next = if buckets == 0 {
                    None
                } else {
                    wanted(offset, buckets)
                };
                let next = next.map_or(offset + 1, |next| next.max(offset));
                if next >= block + BLOCK {
                    from = next;
                    break;
                }
                passed &= !0 << (next - block);
            }
        }
    }

    /// The buckets of what begins at `offset`, by whole bytes, as far as the text goes.
    #[inline]
    fn buckets(&self, text: &[u8], offset: usize) -> BucketSet {
        let window = text[offset..].iter().zip(self.bytes.iter());
        window.fold(!0, |buckets, (byte, table)| buckets & table[usize::from(*byte)])
    }
}

/// The nibble tables as vectors.
struct Vectors<S: Simd>([u8x64<S>; WINDOW]);

impl<S: Simd> Vectors<S> {
    #[inline(always)]
    fn new(simd: S, teddy: &Teddy) -> Self {
        let vector = |table: &NibbleTable| {
            let mut four = [0; BLOCK];
            four.as_chunks_mut::<16>().0.fill(*table);
            u8x64::from_slice(simd, &four)
        };
        Self(std::array::from_fn(|place| vector(&teddy.nibbles[place])))
    }

    /// Moves `from` on to the next block in which something passes, and returns the positions: bit `i` for byte `i`.
    #[inline(always)]
    fn next_passed(&self, simd: S, text: &[u8], from: &mut usize) -> Option<u64> {
        while let Some(block) = text.get(*from..)?.first_chunk() {
            let buckets = self.buckets(simd, block);
            let (first, second) = buckets.split();
            if (first | second).simd_eq(0).any_false() {
                return Some(!buckets.simd_eq(0).to_bitmask());
            }
            *from += BLOCK;
        }
        while let Some(rest @ [_, ..]) = text.get(*from..) {
            let mut block = [0; BLOCK + WINDOW - 1];
            block[..rest.len()].copy_from_slice(rest);
            let passed = !self.buckets(simd, &block).simd_eq(0).to_bitmask();
            let passed = passed & (!0 >> BLOCK.saturating_sub(rest.len()));
            if passed != 0 {
                return Some(passed);
            }
            *from += BLOCK;
        }
        None
    }

    /// The buckets of what begins at each byte.
    #[inline(always)]
    fn buckets(&self, simd: S, text: &[u8; BLOCK + WINDOW - 1]) -> u8x64<S> {
        let mut buckets = u8x64::splat(simd, !0);
        for place in 0..WINDOW {
            let bytes = u8x64::from_slice(simd, &text[place..place + BLOCK]);
            buckets &= self.0[place].swizzle_dyn_within_blocks(bytes & 15);
        }
        buckets
    }
}

/// The low nibbles that a bucket has at each place: bit `i` for the nibble `i`.
type NibbleSets = [u16; WINDOW];

/// Chooses windows and buckets, the patterns of the most common bytes first.
fn choose(patterns: &[Vec<Window>]) -> Vec<Choice> {
    let patterns: Vec<Vec<NibbleSets>> = patterns
        .iter()
        .map(|windows| windows.iter().map(nibble_sets).collect())
        .collect();
    let least = |windows: &Vec<NibbleSets>| windows.iter().map(share).fold(f32::MAX, f32::min);
    let mut order: Vec<(f32, usize)> = patterns.iter().map(least).zip(0..).collect();
    order.sort_by(|(a, _), (b, _)| b.total_cmp(a));
    let mut buckets = [NibbleSets::default(); BUCKETS];
    let mut choices = vec![Choice::default(); patterns.len()];
    for (_, pattern) in order {
        let windows = &patterns[pattern];
        let choice = best(&buckets, windows);
        choices[pattern] = choice;
        buckets[choice.bucket] = union(&buckets[choice.bucket], &windows[choice.window]);
    }
    choices
}

fn nibble_sets(window: &Window) -> NibbleSets {
    std::array::from_fn(|place| window[place].iter().fold(0, |set, byte| set | 1 << (byte & 15)))
}

fn union(one: &NibbleSets, other: &NibbleSets) -> NibbleSets {
    std::array::from_fn(|place| one[place] | other[place])
}

/// How much more the first pattern of a bucket costs than another, as there are few buckets.
const NEW_BUCKET: f32 = 1.3;

/// The choice by which the buckets come to let the least more text pass.
fn best(buckets: &[NibbleSets; BUCKETS], windows: &[NibbleSets]) -> Choice {
    let all = windows.iter().enumerate();
    let rare: Vec<_> = all.clone().filter(|(_, window)| !is_common(window)).collect();
    let shares = buckets.map(|bucket| share(&bucket));
    let mut best = (f32::MAX, Choice::default());
    for (window, sets) in if rare.is_empty() { all.collect() } else { rare } {
        for (bucket, before) in shares.iter().enumerate() {
            let more = share(&union(&buckets[bucket], sets)) - before;
            let price = more * if *before == 0.0 { NEW_BUCKET } else { 1.0 };
            if price < best.0 {
                best = (price, Choice { window, bucket });
            }
        }
    }
    best.1
}

/// Words that stand in many events of the three clouds: a window that lets a part of one pass is not chosen.
const COMMON_WORDS: &[u8] =
    b"access account action authorization client connection condition created description \
    instances operation permission policy principal request resource response session subscription version";

fn is_common(window: &NibbleSets) -> bool {
    let passes = |text: &[u8]| {
        let mut bytes = window.iter().zip(text);
        bytes.all(|(nibbles, byte)| nibbles >> (byte & 15) & 1 == 1)
    };
    COMMON_WORDS.windows(WINDOW).any(passes)
}

/// What part of ordinary text a window lets pass.
fn share(window: &NibbleSets) -> f32 {
    let of_place = |nibbles: &u16| -> f32 {
        let shares = SHARES.iter().zip(0..);
        let present = shares.filter(|(_, nibble)| nibbles >> nibble & 1 == 1);
        present.map(|(share, _)| share).sum()
    };
    window.iter().map(of_place).product()
}

/// The part of the bytes with each low nibble in logs of the three clouds, roughly.
const SHARES: [f32; 16] = [
    0.050, 0.076, 0.158, 0.102, 0.102, 0.111, 0.043, 0.046, 0.040, 0.087, 0.030, 0.013, 0.050, 0.048, 0.070,
    0.051,
];
