//! Where one of several words may stand, 64 bytes of text at a time.
//!
//! Of each word, a window of six bytes is looked for by the two halves of each byte, as in Teddy (Hyperscan): for every
//! place in the window a table says which groups of words have such a lower half there, another which have such an upper
//! half. A place of the text that is in one group throughout is a candidate. Letter case costs nothing: it is one bit of
//! the upper half.

// What is not inlined into the dispatched function is not compiled for its instructions.
#![expect(clippy::inline_always)]

use super::lanes::BLOCK;
use fearless_simd::{Level, Simd, dispatch, prelude::*, u8x64};

/// How many bytes of each word are looked at first.
pub const WINDOW: usize = 6;
const GROUPS: usize = 8;
/// Bit `i`: the group `i`.
type Groups = u8;
/// What a window may hold: at each place, one of these bytes.
pub type Window = [Vec<u8>; WINDOW];

/// Finds the places of windows.
#[derive(Debug, Clone)]
pub struct Sieve {
    low: [[Groups; 16]; WINDOW],
    high: [[Groups; 16]; WINDOW],
}

impl Sieve {
    /// Puts windows into groups, such that the groups together let as little ordinary text pass as can be; tells the
    /// group of each.
    pub fn new(windows: &[Window]) -> (Self, Vec<usize>) {
        let mut sieve = Self {
            low: Default::default(),
            high: Default::default(),
        };
        let mut order: Vec<usize> = (0..windows.len()).collect();
        order.sort_by(|a, b| commonness(&windows[*b]).total_cmp(&commonness(&windows[*a])));
        let mut passing = [0.0; GROUPS];
        let mut groups = vec![0; windows.len()];
        for at in order {
            let window = &windows[at];
            let with = |group: usize| sieve.with(group, window).passing(group);
            let (best, now) = (0..GROUPS)
                .map(|group| (group, with(group)))
                .min_by(|(a, a_now), (b, b_now)| (a_now - passing[*a]).total_cmp(&(b_now - passing[*b])))
                .expect("there are groups");
            sieve = sieve.with(best, window);
            passing[best] = now;
            groups[at] = best;
        }
        (sieve, groups)
    }

    fn with(&self, group: usize, window: &Window) -> Self {
        let mut sieve = self.clone();
        for (place, bytes) in window.iter().enumerate() {
            for byte in bytes {
                sieve.low[place][usize::from(byte & 15)] |= 1 << group;
                sieve.high[place][usize::from(byte >> 4)] |= 1 << group;
            }
        }
        sieve
    }

    /// What part of ordinary text the group lets pass.
    fn passing(&self, group: usize) -> f32 {
        let lets = |half: &[Groups; 16], at: usize| half[at] >> group & 1 == 1;
        (0..WINDOW).fold(1.0, |product, place| {
            let bytes = (0..128_u8).filter(|byte| {
                lets(&self.low[place], usize::from(byte & 15))
                    && lets(&self.high[place], usize::from(byte >> 4))
            });
            product * bytes.map(share).sum::<f32>()
        })
    }

    /// The groups that let pass what begins at `at`, as far as the text goes.
    #[inline]
    pub fn groups(&self, text: &[u8], at: usize) -> Groups {
        let window = text[at..].iter().take(WINDOW).enumerate();
        window.fold(!0, |groups, (place, byte)| {
            groups & self.low[place][usize::from(byte & 15)] & self.high[place][usize::from(byte >> 4)]
        })
    }

    /// The first place at or after `from` that some group lets pass and `wanted` accepts, looked for with the
    /// instructions of `level`.
    #[inline]
    pub fn find<T>(
        &self,
        level: Level,
        text: &[u8],
        from: usize,
        wanted: impl Fn(usize) -> Option<T>,
    ) -> Option<T> {
        dispatch!(level, simd => self.find_by(simd, text, from, &wanted))
    }

    #[inline(always)]
    fn find_by<S: Simd, T>(
        &self,
        simd: S,
        text: &[u8],
        mut from: usize,
        wanted: &impl Fn(usize) -> Option<T>,
    ) -> Option<T> {
        let tables = Tables::new(simd, self);
        while let Some(block) = text[from..].first_chunk::<{ BLOCK + WINDOW - 1 }>() {
            let mut passed = tables.passed(simd, block);
            while passed != 0 {
                let found = wanted(from + passed.trailing_zeros() as usize);
                if found.is_some() {
                    return found;
                }
                passed &= passed - 1;
            }
            from += BLOCK;
        }
        let mut rest = (from..text.len()).filter(|at| self.groups(text, *at) != 0);
        rest.find_map(wanted)
    }
}

/// The tables as vectors.
struct Tables<S: Simd> {
    low: [u8x64<S>; WINDOW],
    high: [u8x64<S>; WINDOW],
}

impl<S: Simd> Tables<S> {
    #[inline(always)]
    fn new(simd: S, sieve: &Sieve) -> Self {
        let vector = |table: &[Groups; 16]| {
            let mut four = [0; BLOCK];
            four.as_chunks_mut::<16>().0.fill(*table);
            u8x64::from_slice(simd, &four)
        };
        Self {
            low: std::array::from_fn(|place| vector(&sieve.low[place])),
            high: std::array::from_fn(|place| vector(&sieve.high[place])),
        }
    }

    /// Bit `i`: some group lets pass what begins at byte `i`.
    #[inline(always)]
    fn passed(&self, simd: S, text: &[u8; BLOCK + WINDOW - 1]) -> u64 {
        let half = u8x64::splat(simd, 15);
        let mut groups = u8x64::splat(simd, !0);
        for place in 0..WINDOW {
            let bytes = u8x64::from_slice(simd, &text[place..place + BLOCK]);
            let low = self.low[place].swizzle_dyn_within_blocks(bytes & half);
            let high = self.high[place].swizzle_dyn_within_blocks(bytes >> 4);
            groups &= low & high;
        }
        !groups.simd_eq(u8x64::splat(simd, 0)).to_bitmask()
    }
}

/// What part of ordinary text the window lets pass, were it alone.
pub fn commonness(window: &Window) -> f32 {
    window
        .iter()
        .map(|bytes| bytes.iter().copied().map(share).sum::<f32>())
        .product()
}

/// How often a byte stands in logs of the three clouds, in thousandths, roughly.
fn share(byte: u8) -> f32 {
    const LETTERS: [u8; 26] = [
        45, 10, 28, 22, 60, 10, 12, 10, 48, 3, 6, 22, 20, 40, 40, 22, 2, 40, 42, 48, 18, 8, 8, 5, 9, 3,
    ];
    let letter = |from: u8| f32::from(LETTERS[usize::from(byte - from)]);
    let thousandths = match byte {
        b'a'..=b'z' => letter(b'a'),
        b'A'..=b'Z' => letter(b'A') / 8.0,
        b'0'..=b'9' | b',' | b'-' | b':' | b'.' => 20.0,
        b'"' => 80.0,
        _ => 1.0,
    };
    thousandths / 1000.0
}
