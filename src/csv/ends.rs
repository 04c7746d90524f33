//! Where the rows of a body end: in at most 9 bytes for 64 of the body, however short its rows are, as long as they have
//! as many cells as the header.

use super::packed::Packed;
use crate::simd::BLOCK;

/// The ends of rows. Each is kept as its distance from the one before, with what kind of entry it is in the two lowest
/// bits; where there are many in a block, they are one mask.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RowEnds {
    entries: Packed,
    last: usize,
}

const KIND_BITS: usize = 2;
const EVEN: usize = 0;
/// A mask follows, of the other rows that end in the same block.
const DENSE: usize = 1;
/// The number of the row's cells follows.
const RAGGED: usize = 2;
/// So many ends in a block take fewer bytes as a mask.
const MANY: u32 = 9;

/// How far one has come in the list.
#[derive(Debug, Clone, Copy, Default)]
pub struct Place {
    /// Where the row ended that was met last.
    pub end: usize,
    /// Where the next entry is.
    at: usize,
    /// Ends that follow in the block of `end`.
    mask: u64,
}

impl RowEnds {
    /// Forgets them all.
    pub fn clear(&mut self) {
        self.entries.clear();
        self.last = 0;
    }

    fn push(&mut self, end: usize, kind: usize) {
        self.entries.push((end - self.last) << KIND_BITS | kind);
        self.last = end;
    }

    /// Adds the ends of rows that have as many cells as the header, by the mask of a block that begins at `block`.
    #[inline]
    pub fn push_even(&mut self, block: usize, ends: u64) {
        let rest = ends & ends.wrapping_sub(1);
        if rest == 0 {
            self.push(block + ends.trailing_zeros() as usize, EVEN);
        } else {
            self.push_several(block, ends);
        }
    }

    fn push_several(&mut self, block: usize, mut ends: u64) {
        let first = block + ends.trailing_zeros() as usize;
        if ends.count_ones() >= MANY {
            ends &= ends - 1;
            self.push(first, DENSE);
            self.entries.push_mask(ends);
            self.last = block + highest(ends);
        } else {
            while ends != 0 {
                self.push(block + ends.trailing_zeros() as usize, EVEN);
                ends &= ends - 1;
            }
        }
    }

    /// Adds the end of a row of so many cells.
    pub fn push_ragged(&mut self, end: usize, cells: usize) {
        self.push(end, RAGGED);
        self.entries.push(cells);
    }

    /// Where the row ends that follows, and how many cells it has where it has not as many as the header.
    #[inline]
    pub fn after(&self, place: Place) -> Option<(Place, Option<usize>)> {
        let Place { end, at, mask } = place;
        if mask != 0 {
            let end = end / BLOCK * BLOCK + mask.trailing_zeros() as usize;
            let mask = mask & (mask - 1);
            return Some((Place { end, at, mask }, None));
        }
        let (entry, at) = self.entries.read(at)?;
        let end = end + (entry >> KIND_BITS);
        Some(match entry % (1 << KIND_BITS) {
            EVEN => (Place { end, at, mask }, None),
            kind => self.with_more(kind, end, at),
        })
    }

    /// Passes over rows that have as many cells as the header and end at `last` or before it, no more than `most`: how
    /// far one has come, and how many they were.
    #[inline]
    pub fn pass_even(&self, mut place: Place, last: usize, most: usize) -> (Place, usize) {
        let mut passed = 0;
        while passed < most {
            if place.mask != 0 {
                passed += place.pass_mask(last, most - passed);
                if place.mask != 0 {
                    break;
                }
            } else if let Some((next, None)) = self.after(place).filter(|(next, _)| next.end <= last) {
                place = next;
                passed += 1;
            } else {
                break;
            }
        }
        (place, passed)
    }

    #[cold]
    fn with_more(&self, kind: usize, end: usize, at: usize) -> (Place, Option<usize>) {
        if kind == DENSE {
            let (mask, at) = self.entries.read_mask(at);
            return (Place { end, at, mask }, None);
        }
        let (cells, at) = self.entries.read(at).unwrap_or((0, at));
        (Place { end, at, mask: 0 }, Some(cells))
    }

    /// Whether no row follows.
    pub fn is_last(&self, place: Place) -> bool {
        place.mask == 0 && place.at >= self.entries.len()
    }

    /// How many bytes the list takes.
    #[cfg(test)]
    pub fn size(&self) -> usize {
        self.entries.len()
    }
}

impl Place {
    /// Passes over the ends of the mask up to `last`, no more than `most`: how many they were.
    fn pass_mask(&mut self, last: usize, most: usize) -> usize {
        let block = self.end / BLOCK * BLOCK;
        let Some(last) = last.checked_sub(block) else {
            return 0;
        };
        let mut passed = self.mask & (!0 >> (BLOCK - 1).saturating_sub(last));
        while passed.count_ones() as usize > most {
            passed ^= 1 << highest(passed);
        }
        if passed != 0 {
            self.end = block + highest(passed);
            self.mask ^= passed;
        }
        passed.count_ones() as usize
    }
}

/// The highest bit that is set, of a mask that has one.
fn highest(mask: u64) -> usize {
    BLOCK - 1 - mask.leading_zeros() as usize
}

/// Gathers the ends of even rows that are met one by one until their block is done.
#[derive(Debug, Default)]
pub struct Gathering {
    block: usize,
    mask: u64,
}

impl Gathering {
    /// Adds the end of a row, of so many cells where it has not as many as the header.
    pub fn push(&mut self, end: usize, ragged: Option<usize>, ends: &mut RowEnds) {
        if ragged.is_some() || end / BLOCK * BLOCK != self.block {
            self.finish(ends);
        }
        if let Some(cells) = ragged {
            ends.push_ragged(end, cells);
        } else {
            self.block = end / BLOCK * BLOCK;
            self.mask |= 1 << (end % BLOCK);
        }
    }

    /// There are no more.
    pub fn finish(&mut self, ends: &mut RowEnds) {
        let mask = std::mem::take(&mut self.mask);
        if mask != 0 {
            ends.push_even(self.block, mask);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Gathering, Place, RowEnds};
    use proptest::collection::vec;

    fn all(ends: &RowEnds) -> Vec<(usize, Option<usize>)> {
        let mut place = Place::default();
        let next = || {
            let (next, ragged) = ends.after(place)?;
            assert!(!ends.is_last(place));
            place = next;
            Some((place.end, ragged))
        };
        std::iter::from_fn(next).collect()
    }

    proptest::proptest! {
        #[test]
        fn what_was_added_comes_back_and_takes_little(
            steps in vec((1_usize..3, 0..20_u8, 0..200_usize), 0..300)
        ) {
            let mut end = 0;
            let mut rows = Vec::new();
            for (step, kind, long) in steps {
                end += if kind == 0 { long + 1 } else { step };
                rows.push((end, (kind == 1).then_some(long)));
            }
            let (mut ends, mut gathering) = (RowEnds::default(), Gathering::default());
            rows.iter().for_each(|(end, ragged)| gathering.push(*end, *ragged, &mut ends));
            gathering.finish(&mut ends);
            proptest::prop_assert_eq!(all(&ends), rows);
        }
    }

    proptest::proptest! {
        #[test]
        fn rows_are_passed_as_if_one_by_one(
            steps in vec((1_usize..9, 0..30_u8), 0..300), last in 0..1500_usize, most in 0..200_usize, from in 0..20_usize
        ) {
            let mut rows = Vec::new();
            for (step, kind) in steps {
                let end = rows.last().map_or(0, |(end, _)| *end) + step;
                rows.push((end, (kind == 1).then_some(step)));
            }
            let (mut ends, mut gathering) = (RowEnds::default(), Gathering::default());
            rows.iter().for_each(|(end, ragged)| gathering.push(*end, *ragged, &mut ends));
            gathering.finish(&mut ends);
            let from = from.min(rows.len());
            let place = (0..from).fold(Place::default(), |place, _| ends.after(place).unwrap().0);
            let wanted = rows[from..].iter().take_while(|(end, ragged)| *end <= last && ragged.is_none());
            let wanted = wanted.take(most).count();
            let (place, passed) = ends.pass_even(place, last, most);
            proptest::prop_assert_eq!(passed, wanted);
            let next = ends.after(place).map(|(place, ragged)| (place.end, ragged));
            proptest::prop_assert_eq!(next, rows.get(from + wanted).copied());
        }
    }

    #[test]
    fn the_shortest_rows_take_a_seventh_of_the_body() {
        for (step, rows) in [(1, 100_000), (2, 100_000), (7, 30_000), (8, 30_000), (30, 10_000)] {
            let (mut ends, mut gathering) = (RowEnds::default(), Gathering::default());
            (1..=rows).for_each(|row| gathering.push(row * step, None, &mut ends));
            gathering.finish(&mut ends);
            assert!(ends.size() * 7 <= rows * step, "{step}: {}", ends.size());
        }
    }
}
