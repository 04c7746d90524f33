//! Where in a text its strings end and its brackets stand: found for 64 bytes at a time, before anything is read.

// What is not inlined into the dispatched function is not compiled for its instructions.
#![expect(clippy::inline_always)]

use super::document::Quotes;
use crate::event::pairs::Pairs;
use crate::simd::structure::{Carry, Structure, structure_by};
use crate::simd::{BLOCK, Block64, blocks};
use fearless_simd::{Level, Simd, dispatch};
use std::cell::RefCell;
use std::mem::take;

/// What is asked of a block.
#[derive(Debug, Clone, Copy)]
struct Block {
    quotes: u64,
    open: u64,
    close: u64,
    special: u64,
}

/// What stands in each block of a text.
#[derive(Debug, Clone, Copy)]
pub struct Marks<'m>(&'m [Block]);

/// What is kept of the room for the next text, in blocks: enough for 2 MiB.
const MOST_SPARE: usize = (2 << 20) / BLOCK;

thread_local! {
    static SPARE: RefCell<Vec<Block>> = const { RefCell::new(Vec::new()) };
}

impl Marks<'_> {
    /// Calls `read` with the marks of a text. Nothing where its quotes are not written like this.
    pub fn with<T>(text: &str, quotes: Quotes, read: impl FnOnce(Marks<'_>) -> T) -> Option<T> {
        let mut marks = SPARE.take();
        marks.clear();
        marks.reserve_exact(text.len() / BLOCK + 1);
        let are_marked = dispatch!(Level::new(), simd => mark(simd, text.as_bytes(), quotes, &mut marks));
        let result = are_marked.map(|()| read(Marks(&marks)));
        if marks.capacity() <= MOST_SPARE {
            SPARE.set(take(&mut marks));
        }
        result
    }

    /// Where the string ends whose first byte stands at `start`, and whether it holds anything special. The first of two
    /// quotes ends it.
    #[inline]
    pub fn string_end(&self, start: usize) -> Option<(usize, bool)> {
        let mut number = start / BLOCK;
        let mut bits = !0 << (start % BLOCK);
        let mut special = 0;
        while let Some(block) = self.0.get(number) {
            let quotes = block.quotes & bits;
            // The bits below the first quote, all where there is none.
            special |= block.special & bits & quotes.wrapping_sub(1) & !quotes;
            if quotes != 0 {
                return Some((place(number, quotes), special != 0));
            }
            number += 1;
            bits = !0;
        }
        None
    }

    /// Behind the bracket that closes what opens at `start`, whichever kind brackets are of.
    pub fn closed(&self, start: usize) -> Option<usize> {
        let mut depth = 0;
        let mut bits = !0 << (start % BLOCK);
        for (number, block) in self.0.iter().enumerate().skip(start / BLOCK) {
            if let Some(end) = closed(block, bits, &mut depth) {
                return Some(number * BLOCK + end + 1);
            }
            bits = !0;
        }
        None
    }
}

/// Where in the text the first bit of a block stands.
#[inline]
fn place(number: usize, bits: u64) -> usize {
    number * BLOCK + bits.trailing_zeros() as usize
}

/// The bracket at which nothing is open any more, of those among `bits`.
fn closed(block: &Block, bits: u64, depth: &mut u32) -> Option<usize> {
    let (open, close) = (block.open & bits, block.close & bits);
    if close.count_ones() < *depth {
        *depth = *depth + open.count_ones() - close.count_ones();
        return None;
    }
    let mut brackets = open | close;
    while brackets != 0 {
        let first = brackets & brackets.wrapping_neg();
        if open & first != 0 {
            *depth += 1;
        } else {
            *depth = depth.saturating_sub(1);
            if *depth == 0 {
                return Some(first.trailing_zeros() as usize);
            }
        }
        brackets ^= first;
    }
    None
}

#[inline(always)]
fn mark<S: Simd>(simd: S, text: &[u8], quotes: Quotes, marks: &mut Vec<Block>) -> Option<()> {
    let (mut carry, mut pairs) = (Carry::default(), Pairs::default());
    let (blocks, last) = blocks(text);
    for block in blocks.iter().chain([&last]) {
        let lanes = Block64::new(simd, block);
        let all = lanes.equal(b'"');
        let quotes = match quotes {
            Quotes::Single => all,
            Quotes::Doubled => pairs.first(all)?,
        };
        let Structure {
            quotes,
            open,
            close,
            special,
            ..
        } = structure_by(quotes, lanes, &mut carry);
        marks.push(Block {
            quotes,
            open,
            close,
            special,
        });
    }
    Some(())
}

#[cfg(test)]
mod tests {
    use super::{Marks, Quotes};
    use proptest::prelude::*;

    /// The same, byte by byte: where the string that begins at 0 ends, and whether it holds anything special.
    fn string_end(text: &str) -> Option<(usize, bool)> {
        let (mut is_escaped, mut is_special) = (false, false);
        for (at, byte) in text.bytes().enumerate().skip(1) {
            if byte == b'"' && !is_escaped {
                return Some((at, is_special));
            }
            is_special |= byte == b'\\' || byte < b' ';
            is_escaped = byte == b'\\' && !is_escaped;
        }
        None
    }

    fn closed(text: &str) -> Option<usize> {
        let (mut depth, mut in_string, mut is_escaped) = (0, false, false);
        for (at, byte) in text.bytes().enumerate() {
            match byte {
                b'"' if !is_escaped => in_string = !in_string,
                b'[' | b'{' if !in_string => depth += 1,
                b']' | b'}' if !in_string => depth -= 1,
                _ => {}
            }
            is_escaped = byte == b'\\' && !is_escaped;
            if depth == 0 {
                return Some(at + 1);
            }
        }
        None
    }

    proptest! {
        #[test]
        fn strings_end_where_they_do_byte_by_byte(inside in "([a-c]{0,70}|\\\\{1,3}|\"|\n|ä){0,30}") {
            let text = format!("\"{inside}");
            let found = Marks::with(&text, Quotes::Single, |marks| marks.string_end(1));
            prop_assert_eq!(found, Some(string_end(&text)));
        }

        #[test]
        fn brackets_close_where_they_do_byte_by_byte(inside in "(\\[|\\]|\\{|\\}|\\\\|\"[a-c\\]]{0,70}\"|\"){0,90}") {
            let text = format!("[{inside}");
            let found = Marks::with(&text, Quotes::Single, |marks| marks.closed(0));
            prop_assert_eq!(found, Some(closed(&text)));
        }
    }
}
