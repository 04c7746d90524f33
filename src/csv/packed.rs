//! Numbers in as few bytes as each needs: what is known of every row must not take as much as the row.

/// A list of numbers, read in the order in which they were added, and from places that were reached so.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Packed {
    bytes: Vec<u8>,
}

const MASK: usize = size_of::<u64>();

impl Packed {
    /// Adds a number: seven bits a byte, the low ones first.
    #[inline]
    pub fn push(&mut self, number: usize) {
        // Two bytes hold what is known of nearly every row.
        match number {
            0..0x80 => self.bytes.push(low_byte(number)),
            0x80..0x4000 => {
                let both = [low_byte(number) | 0x80, low_byte(number >> 7)];
                self.bytes.extend_from_slice(&both);
            }
            _ => self.push_long(number),
        }
    }

    #[cold]
    fn push_long(&mut self, mut number: usize) {
        while number >= 0x80 {
            self.bytes.push(low_byte(number) | 0x80);
            number >>= 7;
        }
        self.bytes.push(low_byte(number));
    }

    /// Adds a mask, in eight bytes whatever it is.
    pub fn push_mask(&mut self, mask: u64) {
        self.bytes.extend_from_slice(&mask.to_le_bytes());
    }

    /// The number at `at`, and where the next one is.
    #[inline]
    pub fn read(&self, at: usize) -> Option<(usize, usize)> {
        Some(match self.bytes.get(at..)? {
            [first, ..] if *first < 0x80 => (usize::from(*first), at + 1),
            [first, second, ..] if *second < 0x80 => {
                (usize::from(*first & 0x7f) | usize::from(*second) << 7, at + 2)
            }
            [] => return None,
            _ => self.read_long(at),
        })
    }

    #[cold]
    fn read_long(&self, at: usize) -> (usize, usize) {
        let mut number = 0;
        for (place, byte) in self.bytes[at..].iter().enumerate() {
            number |= usize::from(byte & 0x7f) << (7 * place);
            if *byte < 0x80 {
                return (number, at + place + 1);
            }
        }
        (number, self.bytes.len())
    }

    /// The mask at `at`, and what is after it.
    pub fn read_mask(&self, at: usize) -> (u64, usize) {
        let mask = self.bytes.get(at..).and_then(<[u8]>::first_chunk::<MASK>);
        (mask.map_or(0, |mask| u64::from_le_bytes(*mask)), at + MASK)
    }

    /// How many bytes it takes: where the next number will be.
    pub fn len(&self) -> usize {
        self.bytes.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    /// Forgets them all.
    pub fn clear(&mut self) {
        self.bytes.clear();
    }

    /// Forgets what lies before `at`. All places are so much less from now on.
    pub fn forget(&mut self, at: usize) {
        self.bytes.drain(..at);
    }
}

fn low_byte(number: usize) -> u8 {
    number.to_le_bytes()[0]
}

#[cfg(test)]
mod tests {
    use super::Packed;

    #[test]
    fn numbers_of_any_size_and_masks_come_back() {
        let sizes = [0, 1, 127, 128, 16_383, 16_384, 5_000_000_000];
        let mut packed = Packed::default();
        for size in sizes {
            packed.push(size);
            packed.push_mask(u64::MAX - size as u64);
        }
        let mut at = 0;
        for size in sizes {
            let (number, after) = packed.read(at).unwrap();
            let (mask, after) = packed.read_mask(after);
            assert_eq!((number, mask), (size, u64::MAX - size as u64));
            at = after;
        }
        assert_eq!((at, packed.read(at)), (packed.len(), None));
    }
}
