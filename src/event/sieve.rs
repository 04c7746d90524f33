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
/// How many groups there are.
pub const GROUPS: usize = 8;
/// Bit `i`: the group `i`.
type Groups = u8;
/// What a word may hold, place by place.
pub type Window = [Halves; WINDOW];

/// A set of bytes, told by the halves that they have: bit `i` for the half `i`.
#[derive(Debug, Clone, Copy, Default)]
pub struct Halves {
    low: u16,
    high: u16,
}

impl Halves {
    /// Any byte.
    pub const ANY: Self = Self { low: !0, high: !0 };

    /// The least set that holds all `bytes`.
    pub fn of(bytes: &[u8]) -> Self {
        bytes.iter().fold(Self::default(), |set, byte| Self {
            low: set.low | 1 << (byte & 15),
            high: set.high | 1 << (byte >> 4),
        })
    }

    fn and_those_of(self, other: Self) -> Self {
        Self {
            low: self.low | other.low,
            high: self.high | other.high,
        }
    }

    /// What part of ordinary text is in the set.
    fn share(self) -> f32 {
        let halves = |set: u16, of: usize| (0..of).filter(move |half| set >> half & 1 == 1);
        halves(self.high, SHARES.len() / 16)
            .map(|high| {
                halves(self.low, 16)
                    .map(|low| SHARES[high << 4 | low])
                    .sum::<f32>()
            })
            .sum()
    }
}

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
        let mut order: Vec<(f32, usize)> = windows.iter().map(commonness).zip(0..).collect();
        order.sort_by(|(a, _), (b, _)| b.total_cmp(a));
        let mut let_pass = [Window::default(); GROUPS];
        let mut passing = [0.0; GROUPS];
        let mut groups = vec![0; windows.len()];
        for (_, at) in order {
            let with = |group: usize| {
                let both: Window = std::array::from_fn(|i| let_pass[group][i].and_those_of(windows[at][i]));
                (group, both, commonness(&both))
            };
            let (best, both, now) = (0..GROUPS)
                .map(with)
                .min_by(|(a, _, a_now), (b, _, b_now)| {
                    (a_now - passing[*a]).total_cmp(&(b_now - passing[*b]))
                })
                .expect("there are groups");
            let_pass[best] = both;
            passing[best] = now;
            groups[at] = best;
        }
        (Self::of(&let_pass), groups)
    }

    fn of(let_pass: &[Window; GROUPS]) -> Self {
        let table = |half: fn(&Halves) -> u16| {
            std::array::from_fn(|place| {
                std::array::from_fn(|value| {
                    let lets = |group: &usize| half(&let_pass[*group][place]) >> value & 1 == 1;
                    (0..GROUPS)
                        .filter(lets)
                        .fold(0, |groups, group| groups | 1 << group)
                })
            })
        };
        Self {
            low: table(|halves| halves.low),
            high: table(|halves| halves.high),
        }
    }

    /// The groups that let pass what begins at `at`, as far as the text goes.
    #[inline]
    pub fn groups(&self, text: &[u8], at: usize) -> Groups {
        let window = text[at..].iter().take(WINDOW).enumerate();
        window.fold(!0, |groups, (place, byte)| {
            groups & self.low[place][usize::from(byte & 15)] & self.high[place][usize::from(byte >> 4)]
        })
    }

    /// Calls `wanted` with each place that some group lets pass, looked for with the instructions of `level`. Where it
    /// returns a place, the search goes on there, or where it is, if that is further on: it is called once more.
    #[inline]
    pub fn each(&self, level: Level, text: &[u8], mut wanted: impl FnMut(usize) -> Option<usize>) {
        dispatch!(level, simd => self.each_by(simd, text, &mut wanted));
    }

    #[inline(always)]
    fn each_by<S: Simd>(&self, simd: S, text: &[u8], wanted: &mut impl FnMut(usize) -> Option<usize>) {
        let mut from = 0;
        // Made anew behind each call, tables are kept in registers; else in memory.
        while let Some(mut passed) = Tables::new(simd, self).next_passed(simd, text, &mut from) {
            let block = from;
            from += BLOCK;
            while passed != 0 {
                let at = block + passed.trailing_zeros() as usize;
                let next = wanted(at).map_or(at + 1, |next| next.max(at));
                if next >= block + BLOCK {
                    from = next;
                    break;
                }
                passed &= !0 << (next - block);
            }
        }
        while from < text.len() {
            let passes = self.groups(text, from) != 0;
            let next = if passes { wanted(from) } else { None };
            from = next.map_or(from + 1, |next| next.max(from));
        }
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

    /// Moves `from` on to the next block of which something passes; what that is.
    #[inline(always)]
    fn next_passed(&self, simd: S, text: &[u8], from: &mut usize) -> Option<u64> {
        while let Some(block) = text.get(*from..)?.first_chunk() {
            let passed = self.passed(simd, block);
            if passed != 0 {
                return Some(passed);
            }
            *from += BLOCK;
        }
        None
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

/// What part of ordinary text the window lets pass.
pub fn commonness(window: &Window) -> f32 {
    window.iter().map(|halves| halves.share()).product()
}

/// The share of each ASCII byte in logs of the three clouds, roughly.
const SHARES: [f32; 128] = {
    let mut shares = [0.0; 128];
    let mut byte = 0;
    while byte < 128 {
        shares[byte as usize] = share(byte);
        byte += 1;
    }
    shares
};

const fn share(byte: u8) -> f32 {
    const LETTERS: [f32; 26] = [
        45., 10., 28., 22., 60., 10., 12., 10., 48., 3., 6., 22., 20., 40., 40., 22., 2., 40., 42., 48., 18.,
        8., 8., 5., 9., 3.,
    ];
    let thousandths = match byte {
        b'a'..=b'z' => LETTERS[(byte - b'a') as usize],
        b'A'..=b'Z' => LETTERS[(byte - b'A') as usize] / 8.0,
        b'0'..=b'9' | b',' | b'-' | b':' | b'.' => 20.0,
        b'"' => 80.0,
        _ => 1.0,
    };
    thousandths / 1000.0
}
