//! The bytes that give JSON its structure, found 64 at a time.

use super::{BLOCK, Block64, carry_parity, escaped, prefix_xor};
use fearless_simd::Simd;

/// Whether a string or an escape goes on in the next block.
#[derive(Debug, Clone, Copy, Default)]
pub struct Carry {
    in_string: u64,
    /// 1 where the next byte is escaped.
    is_escaped: u64,
}

/// The structure of a block: bit `i` stands for byte `i`.
#[derive(Debug, Clone, Copy)]
pub struct Structure {
    /// `{` and `[` outside strings.
    pub open: u64,
    /// `}` and `]` outside strings.
    pub close: u64,
    /// Line ends inside strings, which JSON forbids: a text was cut.
    pub cut: u64,
}

/// The structure of `block`; `carry` is brought forward to the next one.
#[expect(
    clippy::inline_always,
    reason = "it is compiled for each processor's instructions"
)]
#[inline(always)]
pub fn structure<S: Simd>(simd: S, block: &[u8; BLOCK], carry: &mut Carry) -> Structure {
    let bytes = Block64::new(simd, block);
    let quotes = bytes.equal(b'"') & !escaped(bytes.equal(b'\\'), &mut carry.is_escaped);
    let inside = prefix_xor(quotes) ^ carry.in_string;
    carry.in_string = carry_parity(inside);
    // A bracket and its brace differ in the bit 0x20 only.
    let folded = bytes.with_bits(0x20);
    Structure {
        open: folded.equal(b'{') & !inside,
        close: folded.equal(b'}') & !inside,
        cut: bytes.equal(b'\n') & inside,
    }
}

#[cfg(test)]
mod tests {
    use super::{BLOCK, Carry, structure};
    use fearless_simd::{Level, dispatch};

    /// The same, byte by byte.
    fn slowly(text: &[u8]) -> Vec<(usize, u8)> {
        let (mut inside, mut escaped) = (false, false);
        let mut found = Vec::new();
        for (at, byte) in text.iter().enumerate() {
            let was_escaped = std::mem::take(&mut escaped);
            match byte {
                b'\\' if !was_escaped => escaped = true,
                b'"' if !was_escaped => inside = !inside,
                b'\n' if inside => found.push((at, b'\n')),
                b'{' | b'[' | b'}' | b']' if !inside => found.push((at, *byte)),
                _ => {}
            }
        }
        found
    }

    fn by_blocks(text: &[u8]) -> Vec<(usize, u8)> {
        let mut carry = Carry::default();
        let mut found = Vec::new();
        for (block, from) in text.as_chunks::<BLOCK>().0.iter().zip((0..).step_by(BLOCK)) {
            let masks = dispatch!(Level::new(), simd => structure(simd, block, &mut carry));
            let all = masks.open | masks.close | masks.cut;
            let bits = (0..BLOCK).filter(|bit| all >> bit & 1 == 1);
            found.extend(bits.map(|bit| (from + bit, block[bit])));
        }
        found
    }

    proptest::proptest! {
        #[test]
        fn masks_find_what_a_walk_finds(text in proptest::collection::vec(proptest::sample::select(br#"{}[]""\\\x0a1"#.to_vec()), 0..40)) {
            let mut text = text.repeat(9);
            text.resize(text.len().next_multiple_of(BLOCK), b' ');
            proptest::prop_assert_eq!(by_blocks(&text), slowly(&text));
        }
    }
}
