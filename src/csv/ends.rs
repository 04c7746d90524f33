//! Where the rows of a body end: a list of offsets, or one bit for each byte of the body where a list would take more memory
//! than the body.

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
            Self::Bits { words, count } => set_bits(words, start).next().filter(|_| index < *count),
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
                let max = max.min(count - index);
                let ends = set_bits(words, start).take(max).take_while(|end| *end < limit);
                ends.zip(1..).last().map(|(end, count)| (count, end))
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

/// The positions of the bits that are set, from `start` on.
fn set_bits(words: &[u64], start: usize) -> impl Iterator<Item = usize> {
    let first = start / WORD;
    let later = words.get(first..).unwrap_or_default().iter().zip(first..);
    later.flat_map(move |(word, number)| {
        let is_before = if number == first {
            (1 << (start % WORD)) - 1
        } else {
            0
        };
        let mut left = word & !is_before;
        std::iter::from_fn(move || {
            let bit = (left != 0).then(|| left.trailing_zeros() as usize)?;
            left &= left - 1;
            Some(number * WORD + bit)
        })
    })
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

    proptest! {
        #[test]
        fn bits_are_the_list(ends in ends(), index in 0..310_usize, limit in 0..20_000_usize, max in 0..310_usize) {
            let bits = bits(&ends);
            let list = RowEnds::List(ends.clone());
            let index = index.min(ends.len());
            let start = index.checked_sub(1).map_or(0, |before| ends[before] + 1);
            prop_assert_eq!(bits.len(), list.len());
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
