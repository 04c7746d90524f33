//! What strings with escapes hold.

// What is not inlined into the dispatched function is not compiled for its instructions.
#![expect(clippy::inline_always)]

use crate::event::squeeze::copy_without;
use crate::simd::escaped;
use crate::simd::{BLOCK, Block64};
use fearless_simd::{Level, Simd, dispatch};
use std::cell::RefCell;
use std::ops::Range;

/// What is kept of the room for the next string, in bytes.
const MOST_SPARE: usize = 2 << 20;

thread_local! {
    static ROOM: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
}

/// Appends to `out` what the string holds that stands in `text` at `inside`. Nothing where JSON forbids what it holds.
pub fn unescape(text: &[u8], inside: Range<usize>, out: &mut String) -> Option<()> {
    let mut room = ROOM.take();
    // No text is longer than what stands for it, but whole blocks are written.
    room.resize(room.len().max(inside.len() + BLOCK), 0);
    let length = dispatch!(Level::new(), simd => copy_unescaped(simd, text, inside, &mut room));
    let unescaped = length.and_then(|length| std::str::from_utf8(&room[..length]).ok());
    let is_sound = unescaped.map(|unescaped| out.push_str(unescaped));
    if room.capacity() <= MOST_SPARE {
        ROOM.set(room);
    }
    is_sound
}

/// Puts it at the beginning of `out`; how much it is.
#[inline(always)]
fn copy_unescaped<S: Simd>(simd: S, text: &[u8], inside: Range<usize>, out: &mut [u8]) -> Option<usize> {
    let (mut from, mut to) = (inside.start, 0);
    while from < inside.end {
        let (backslashes, length) = plain(simd, &text[from..]);
        let length = length.min(inside.end - from);
        copy_without(simd, backslashes, &text[from..], &mut out[to..]);
        let gone = backslashes & !u64::MAX.unbounded_shl(u32::try_from(length).unwrap_or(u64::BITS));
        to += length - gone.count_ones() as usize;
        from += length;
        if length < BLOCK {
            from += put_letters(&text[from..inside.end], out, &mut to)?;
        }
    }
    Some(to)
}

/// How many bytes of the first block hold no escape but a letter's behind its backslash, and where those backslashes
/// are.
#[inline(always)]
fn plain<S: Simd>(simd: S, text: &[u8]) -> (u64, usize) {
    let mut padded = [0; BLOCK];
    let block = text.first_chunk().unwrap_or_else(|| {
        padded[..text.len()].copy_from_slice(text);
        &padded
    });
    let lanes = Block64::new(simd, block);
    let backslashes = lanes.equal(b'\\');
    let begins = backslashes & !escaped(backslashes, &mut 0);
    // No byte is two of them, so the sum is what any is.
    let stand_for_themselves = backslashes + lanes.equal(b'"') + lanes.equal(b'/');
    // Control characters have no bits but the lowest five.
    let controls = lanes.with_bits(0x1f).equal(0x1f);
    let others = begins & !(stand_for_themselves >> 1) | controls;
    (begins, others.trailing_zeros() as usize)
}

/// Puts the letters of escapes that stand one behind the other into `out` at `to`, up to the first that stands for
/// itself; how many bytes of the text they take. Nothing where something else stands there that JSON forbids.
fn put_letters(text: &[u8], out: &mut [u8], to: &mut usize) -> Option<usize> {
    let mut at = 0;
    while let Some(byte) = text.get(at) {
        match (byte, text.get(at + 1)) {
            (b'\\', Some(b'"' | b'\\' | b'/')) => break,
            (b'\\', _) => {
                let (letter, length) = escape(&text[at..])?;
                *to += letter.encode_utf8(&mut out[*to..]).len();
                at += length;
            }
            (..b' ', _) => return None,
            _ => break,
        }
    }
    Some(at)
}

/// The letter that any other escape stands for, and how long the escape is.
fn escape(text: &[u8]) -> Option<(char, usize)> {
    let (b'\\', rest) = text.split_first()? else {
        return None;
    };
    let letter = match rest.first()? {
        b'b' => '\u{8}',
        b'f' => '\u{c}',
        b'n' => '\n',
        b'r' => '\r',
        b't' => '\t',
        b'u' => return by_number(text),
        _ => return None,
    };
    Some((letter, 2))
}

/// A letter by its number, or by two where it is beyond the first 65,536.
fn by_number(text: &[u8]) -> Option<(char, usize)> {
    let first = unit(text)?;
    if let Some(letter) = char::from_u32(first.into()) {
        return Some((letter, 6));
    }
    let second = unit(text.get(6..)?)?;
    let letter = char::decode_utf16([first, second]).next()?.ok()?;
    Some((letter, 12))
}

/// The number in `\uXXXX`.
fn unit(text: &[u8]) -> Option<u16> {
    let digits = text.strip_prefix(b"\\u")?.first_chunk::<4>()?;
    digits.iter().try_fold(0, |number, digit| {
        let digit = char::from(*digit).to_digit(16)?;
        Some(number << 4 | u16::try_from(digit).ok()?)
    })
}
