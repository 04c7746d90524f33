//! What strings with escapes hold.

use super::marks::Marks;
use std::ops::Range;

/// Appends to `out` what the string holds that stands in `text` at `inside`. Nothing where JSON forbids what it holds.
pub fn unescape(text: &str, inside: Range<usize>, marks: Marks<'_>, out: &mut String) -> Option<()> {
    let text = &text[..inside.end];
    let (mut from, mut next) = (inside.start, inside.start);
    while let Some(at) = marks.special(next).filter(|at| *at < inside.end) {
        out.push_str(&text[from..at]);
        if let [b'\\', b'"' | b'\\' | b'/', ..] = &text.as_bytes()[at..] {
            // Without its backslash, the letter is the first of what comes next.
            (from, next) = (at + 1, at + 2);
        } else {
            let (letter, length) = escape(&text.as_bytes()[at..])?;
            out.push(letter);
            (from, next) = (at + length, at + length);
        }
    }
    out.push_str(&text[from..]);
    Some(())
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
