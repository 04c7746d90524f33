//! Where one of several words may stand, 64 bytes of text at a time.
//!
//! Of each word, a window of six bytes is looked for by the lower halves of its bytes, much as in Teddy (Hyperscan): for
//! every place in the window a table says which groups of words have such a lower half there. A place of the text that is
//! in one group throughout is a candidate. The upper halves would tell little more of a letter, at more than twice the
//! price. Letter case costs nothing: it is one bit of the upper half.

// What is not inlined into the dispatched function is not compiled for its instructions.
#![expect(clippy::inline_always)]

use crate::simd::BLOCK;
use fearless_simd::{Level, Simd, dispatch, prelude::*, u8x64};

/// How many bytes of each word are looked at first.
pub const WINDOW: usize = 6;
/// How many groups there are.
pub const GROUPS: usize = 8;
/// Bit `i`: the group `i`.
pub type Groups = u8;
/// What a word may hold, place by place.
pub type Window = [Halves; WINDOW];

/// A set of bytes, told by the lower halves that they have: bit `i` for the half `i`.
#[derive(Debug, Clone, Copy, Default)]
pub struct Halves(u16);

impl Halves {
    /// Any byte.
    pub const ANY: Self = Self(!0);

    /// The least set that holds all `bytes`.
    pub fn of(bytes: &[u8]) -> Self {
        Self(bytes.iter().fold(0, |set, byte| set | 1 << (byte & 15)))
    }

    fn holds(self, half: usize) -> bool {
        self.0 >> half & 1 == 1
    }

    fn and_those_of(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// What part of ordinary text is in the set.
    fn share(self) -> f32 {
        let mut left = self.0;
        let mut share = 0.0;
        while left != 0 {
            share += SHARES[left.trailing_zeros() as usize];
            left &= left - 1;
        }
        share
    }
}

/// Finds the places of windows.
#[derive(Debug, Clone)]
pub struct Sieve {
    tables: [[Groups; 16]; WINDOW],
}

/// Which of a word's windows is looked for, and in which group it is.
#[derive(Debug, Clone, Copy, Default)]
pub struct Choice {
    /// The window, by its number.
    pub window: usize,
    /// The group, by its number.
    pub group: usize,
}

impl Sieve {
    /// Chooses for each word one of its windows and a group for it, such that the groups together let as little ordinary
    /// text pass as can be.
    pub fn new(words: &[Vec<Window>]) -> (Self, Vec<Choice>) {
        let least = |windows: &Vec<Window>| windows.iter().map(commonness).fold(f32::MAX, f32::min);
        let mut order: Vec<(f32, usize)> = words.iter().map(least).zip(0..).collect();
        order.sort_by(|(a, _), (b, _)| b.total_cmp(a));
        let mut groups = [Group::default(); GROUPS];
        let mut choices = vec![Choice::default(); words.len()];
        for (_, word) in order {
            let (choice, group) = best(&groups, &words[word]);
            choices[word] = choice;
            groups[choice.group] = group;
        }
        (Self::of(&groups), choices)
    }

    fn of(groups: &[Group; GROUPS]) -> Self {
        let those = |place: usize, half: usize| {
            let holding = (0..GROUPS).filter(|group| groups[*group].lets_pass[place].holds(half));
            holding.fold(0, |those, group| those | 1 << group)
        };
        let table = |place| std::array::from_fn(|half| those(place, half));
        Self {
            tables: std::array::from_fn(table),
        }
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
    }
}

/// The tables as vectors.
struct Tables<S: Simd>([u8x64<S>; WINDOW]);

impl<S: Simd> Tables<S> {
    #[inline(always)]
    fn new(simd: S, sieve: &Sieve) -> Self {
        let vector = |table: &[Groups; 16]| {
            let mut four = [0; BLOCK];
            four.as_chunks_mut::<16>().0.fill(*table);
            u8x64::from_slice(simd, &four)
        };
        Self(std::array::from_fn(|place| vector(&sieve.tables[place])))
    }

    /// Moves `from` on to the next block of which something passes; what that is.
    #[inline(always)]
    fn next_passed(&self, simd: S, text: &[u8], from: &mut usize) -> Option<u64> {
        while let Some(block) = text.get(*from..)?.first_chunk() {
            let groups = self.groups(simd, block);
            let (first, second) = groups.split();
            if (first | second).simd_eq(0).any_false() {
                return Some(passing(groups));
            }
            *from += BLOCK;
        }
        while let Some(rest @ [_, ..]) = text.get(*from..) {
            let mut block = [0; BLOCK + WINDOW - 1];
            block[..rest.len()].copy_from_slice(rest);
            let passed = passing(self.groups(simd, &block)) & (!0 >> BLOCK.saturating_sub(rest.len()));
            if passed != 0 {
                return Some(passed);
            }
            *from += BLOCK;
        }
        None
    }

    /// The groups that let pass what begins at each byte.
    #[inline(always)]
    fn groups(&self, simd: S, text: &[u8; BLOCK + WINDOW - 1]) -> u8x64<S> {
        let mut groups = u8x64::splat(simd, !0);
        for place in 0..WINDOW {
            let bytes = u8x64::from_slice(simd, &text[place..place + BLOCK]);
            groups &= self.0[place].swizzle_dyn_within_blocks(bytes & 15);
        }
        groups
    }
}

/// Bit `i`: some group lets pass what begins at byte `i`.
#[inline(always)]
fn passing<S: Simd>(groups: u8x64<S>) -> u64 {
    !groups.simd_eq(0).to_bitmask()
}

/// What a group lets pass, and what part of ordinary text that is.
#[derive(Debug, Clone, Copy, Default)]
struct Group {
    lets_pass: Window,
    share: f32,
}

impl Group {
    fn with(&self, window: &Window) -> Self {
        let lets_pass = std::array::from_fn(|place| self.lets_pass[place].and_those_of(window[place]));
        Self {
            lets_pass,
            share: commonness(&lets_pass),
        }
    }
}

/// How much dearer the first word of a group is than another, as there are few groups.
const NEW_GROUP: f32 = 1.3;

/// The choice by which `groups` come to let the least more text pass, and its group afterwards.
fn best(groups: &[Group; GROUPS], windows: &[Window]) -> (Choice, Group) {
    let mut best = (f32::MAX, Choice::default(), Group::default());
    for (window, lets_pass) in worth_trying(windows) {
        for (group, before) in groups.iter().enumerate() {
            let after = before.with(lets_pass);
            let is_new = before.share == 0.0;
            let price = (after.share - before.share) * if is_new { NEW_GROUP } else { 1.0 };
            if price < best.0 {
                best = (price, Choice { window, group }, after);
            }
        }
    }
    (best.1, best.2)
}

/// The windows that no common word shares; where there is no such window, all of them.
fn worth_trying(windows: &[Window]) -> Vec<(usize, &Window)> {
    let all = windows.iter().enumerate();
    let rare: Vec<_> = all.clone().filter(|(_, window)| !is_common(window)).collect();
    if rare.is_empty() { all.collect() } else { rare }
}

/// Words that stand in many events of the three clouds.
const COMMON_WORDS: &[u8] =
    b"access account action authorization client connection condition created description \
    instances operation permission policy principal request resource response session subscription version";

/// Whether the window lets pass a part of a common word.
fn is_common(window: &Window) -> bool {
    let passes = |text: &[u8]| {
        window
            .iter()
            .zip(text)
            .all(|(halves, byte)| halves.holds(usize::from(byte & 15)))
    };
    COMMON_WORDS.windows(WINDOW).any(passes)
}

/// What part of ordinary text the window lets pass.
fn commonness(window: &Window) -> f32 {
    window.iter().map(|halves| halves.share()).product()
}

/// The share of the bytes with each lower half in logs of the three clouds, roughly.
const SHARES: [f32; 16] = {
    let mut shares = [0.0; 16];
    let mut byte = 0;
    while byte < 128 {
        shares[byte as usize % 16] += share(byte);
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
