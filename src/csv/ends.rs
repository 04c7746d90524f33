//! Where the rows of a body end: a list of offsets, or one bit for each byte of the body where a list would take more memory
//! than the body.

use std::ops::Range;

/// The offsets of row ends, in ascending order.
#[derive(Debug, PartialEq, Eq)]
pub enum RowEnds {
    /// One offset for each row.
    List(Vec<usize>),
    /// Bit `i` of word `n` is set where a row ends at `64 n + i`. The last word holds the last end.
    Bits {
        /// The bits.
        words: Vec<u64>,
        /// How many of them are set.
        count: usize,
    },
}

impl Default for RowEnds {
    fn default() -> Self {
        Self::List(Vec::new())
    }
}

/// Up to this many ends are a list, which is kept for the next body. splunkd sends 50,000 rows in a chunk.
const MAX_LIST: usize = 1 << 20;

/// With more ends, rows of fewer bytes than this on average are bits. A list of rows that are longer takes up to an eighth of
/// the bits' memory, so that both fit beside the body while the one becomes the other.
const MIN_ROW_OF_LIST: usize = 512;

/// Bits of a word.
const WORD: usize = 64;

impl RowEnds {
    /// Forgets all ends, for the next body.
    pub fn clear(&mut self) {
        match self {
            Self::List(ends) if ends.capacity() <= MAX_LIST => ends.clear(),
            _ => *self = Self::default(),
        }
    }

    /// Adds an end behind all others.
    #[inline]
    pub fn push(&mut self, end: usize) {
        match self {
            Self::List(ends) => ends.push(end),
            Self::Bits { words, count } => {
                words.resize(end / WORD + 1, 0);
                words[end / WORD] |= 1 << (end % WORD);
                *count += 1;
            }
        }
    }

    /// Adds the ends in the block that begins at `start`, a multiple of 64: bit `i` of `ends` stands for the byte `i` of it.
    #[inline]
    pub fn push_block(&mut self, start: usize, ends: u64) {
        match self {
            Self::List(list) => list.extend(bits_of(ends).map(|bit| start + bit)),
            Self::Bits { words, count } => {
                words.resize(start / WORD, 0);
                words.push(ends);
                *count += ends.count_ones() as usize;
            }
        }
    }

    /// Makes bits of a long list of short rows, which are `bytes` together.
    #[inline]
    pub fn compact(&mut self, bytes: usize) {
        match self {
            Self::List(ends) if ends.len() > MAX_LIST && ends.len() > bytes / MIN_ROW_OF_LIST => {
                *self = bits(ends);
            }
            _ => {}
        }
    }

    /// How many ends there are.
    pub fn len(&self) -> usize {
        match self {
            Self::List(ends) => ends.len(),
            Self::Bits { count, .. } => *count,
        }
    }

    /// The end of the row with this index, which begins at `start`.
    #[inline]
    pub fn of_row(&self, index: usize, start: usize) -> Option<usize> {
        match self {
            Self::List(ends) => ends.get(index).copied(),
            Self::Bits { words, count } => first_bit(words, start).filter(|_| index < *count),
        }
    }

    /// How many of up to `max` rows, from the one on with this index and `start`, end before `limit`, and where the last of
    /// them ends.
    pub fn count_before(
        &self,
        index: usize,
        start: usize,
        limit: usize,
        max: usize,
    ) -> Option<(usize, usize)> {
        match self {
            Self::List(ends) => {
                let ends = ends.get(index..).unwrap_or_default();
                let ends = &ends[..ends.len().min(max)];
                // Most often there is none.
                ends.first().filter(|end| **end < limit)?;
                let count = ends.partition_point(|end| *end < limit);
                Some((count, ends[count - 1]))
            }
            Self::Bits { words, count } => {
                let left = count - index;
                count_bits(words, start..limit, max.min(left))
            }
        }
    }
}

fn bits(ends: &[usize]) -> RowEnds {
    let words = ends.last().map_or(0, |last| last / WORD + 1);
    let mut bits = RowEnds::Bits {
        words: Vec::with_capacity(words),
        count: 0,
    };
    ends.iter().for_each(|end| bits.push(*end));
    bits
}

/// Which bits of a word are set, from the lowest on.
#[inline]
fn bits_of(mut word: u64) -> impl Iterator<Item = usize> {
    std::iter::from_fn(move || {
        let bit = (word != 0).then(|| word.trailing_zeros() as usize)?;
        word &= word - 1;
        Some(bit)
    })
}

/// The words that hold the bits from `start` on, each with the position of its first bit; bits before `start` are not set.
fn words_from(words: &[u64], start: usize) -> impl Iterator<Item = (usize, u64)> {
    let first = start / WORD;
    let later = words.get(first..).unwrap_or_default().iter().zip(first..);
    later.map(move |(word, number)| {
        let before = if number == first {
            (1 << (start % WORD)) - 1
        } else {
            0
        };
        (number * WORD, word & !before)
    })
}

/// The position of the first bit that is set from `start` on.
fn first_bit(words: &[u64], start: usize) -> Option<usize> {
    let mut words = words_from(words, start);
    let (position, word) = words.find(|(_, word)| *word != 0)?;
    Some(position + word.trailing_zeros() as usize)
}

/// How many of the first `max` bits that are set from `range.start` on are before `range.end`, and the position of the last
/// of them.
fn count_bits(words: &[u64], range: Range<usize>, max: usize) -> Option<(usize, usize)> {
    let (mut count, mut last) = (0, 0);
    for (position, mut word) in words_from(words, range.start) {
        let Some(limit) = range
            .end
            .checked_sub(position)
            .filter(|limit| *limit > 0 && count < max)
        else {
            break;
        };
        if limit < WORD {
            word &= (1 << limit) - 1;
        }
        for _ in max - count..word.count_ones() as usize {
            word &= !(1 << word.ilog2());
        }
        if word != 0 {
            count += word.count_ones() as usize;
            last = position + word.ilog2() as usize;
        }
    }
    (count > 0).then_some((count, last))
}

#[cfg(test)]
mod tests {
    use super::{RowEnds, bits};
    use proptest::prelude::*;

    /// Row ends; a row has up to 200 bytes and a line end.
    fn ends() -> impl Strategy<Value = Vec<usize>> {
        let lengths = prop::collection::vec(prop_oneof![0_usize..3, 0_usize..200], 0..300);
        lengths.prop_map(|lengths| {
            let ends = lengths.iter().scan(0, |start, length| {
                let end = *start + length;
                *start = end + 1;
                Some(end)
            });
            ends.collect()
        })
    }

    /// The same ends as bits, by blocks.
    fn in_blocks(ends: &[usize]) -> RowEnds {
        let mut bits = bits(&[]);
        for ends in ends.chunk_by(|a, b| a / 64 == b / 64) {
            let block = ends.iter().fold(0, |block, end| block | 1 << (end % 64));
            bits.push_block(ends[0] / 64 * 64, block);
        }
        bits
    }

    proptest! {
        #[test]
        fn bits_are_the_list(ends in ends(), index in 0..310_usize, limit in 0..20_000_usize, max in 0..310_usize) {
            let bits = bits(&ends);
            let list = RowEnds::List(ends.clone());
            let index = index.min(ends.len());
            let start = index.checked_sub(1).map_or(0, |before| ends[before] + 1);
            prop_assert_eq!(bits.len(), list.len());
            prop_assert_eq!(&in_blocks(&ends), &bits);
            prop_assert_eq!(bits.of_row(index, start), list.of_row(index, start));
            let counted = |ends: &RowEnds| ends.count_before(index, start, limit, max);
            prop_assert_eq!(counted(&bits), counted(&list));
        }
    }

    #[test]
    fn only_a_long_list_of_short_rows_becomes_bits() {
        for (rows, length, is_list) in [
            (1 << 20, 1, true),
            ((1 << 20) + 1, 511, false),
            ((1 << 20) + 1, 513, true),
        ] {
            let mut ends = RowEnds::List((1..=rows).map(|row| row * length).collect());
            ends.compact(rows * length);
            assert_eq!(matches!(ends, RowEnds::List(_)), is_list, "{rows} of {length}");
            assert_eq!(ends.len(), rows);
            ends.push((rows + 1) * length);
            assert_eq!(ends.of_row(rows, rows * length + 1), Some((rows + 1) * length));
            // The last row of a body need not have a line end: it begins no other where it ends.
            assert_eq!(ends.of_row(rows + 1, (rows + 1) * length), None);
            ends.clear();
            assert_eq!(ends.len(), 0);
        }
    }
}
