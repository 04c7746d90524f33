//! The cells of a row as they stand in a CSV body: where they end, what they hold, and how they are written.

// What is not inlined into the dispatched function is not compiled for its instructions.
#![expect(clippy::inline_always)]

use crate::simd::{BLOCK, Block64, blocks, carry_parity, prefix_xor};
use fearless_simd::{Level, Simd, dispatch};
use std::borrow::Cow;

/// The cells of any row, quotes included.
pub fn split(row: &[u8]) -> Vec<&[u8]> {
    let mut cells = Vec::new();
    split_into(row, &mut cells);
    cells
}

/// Likewise, into a list that is used again.
pub fn split_into<'a>(row: &'a [u8], cells: &mut Vec<&'a [u8]>) {
    cells.clear();
    let mut rest = row;
    loop {
        let end = cell_end(rest);
        cells.push(&rest[..end]);
        if end == rest.len() {
            return;
        }
        rest = &rest[end + 1..];
    }
}

fn cell_end(text: &[u8]) -> usize {
    let mut at = 0;
    if text.first() == Some(&b'"') {
        at = 1;
        while let Some(quote) = memchr::memchr(b'"', &text[at..]) {
            at += quote + 1;
            if text.get(at) != Some(&b'"') {
                break;
            }
            at += 1;
        }
    }
    memchr::memchr(b',', &text[at..]).map_or(text.len(), |comma| at + comma)
}

/// Likewise, of a row in which quotes stand only around cells and doubled inside them.
pub fn split_regular<'a>(row: &'a [u8], cells: &mut Vec<&'a [u8]>) {
    cells.clear();
    dispatch!(Level::new(), simd => split_blocks(simd, row, cells));
}

#[inline(always)]
fn split_blocks<'a, S: Simd>(simd: S, row: &'a [u8], cells: &mut Vec<&'a [u8]>) {
    let (mut start, mut in_quotes) = (0, 0);
    let (blocks, last) = blocks(row);
    for (number, block) in blocks.iter().chain([&last]).enumerate() {
        let lanes = Block64::new(simd, block);
        let inside = prefix_xor(lanes.equal(b'"')) ^ in_quotes;
        in_quotes = carry_parity(inside);
        let mut commas = lanes.equal(b',') & !inside;
        while commas != 0 {
            let comma = number * BLOCK + commas.trailing_zeros() as usize;
            cells.push(&row[start..comma]);
            start = comma + 1;
            commas &= commas - 1;
        }
    }
    cells.push(&row[start..]);
}

/// The bytes of a cell without its quotes.
pub fn unquote(cell: &[u8]) -> Cow<'_, [u8]> {
    let (inner, is_doubled) = without_outer_quotes(cell);
    if !is_doubled {
        return Cow::Borrowed(inner);
    }
    Cow::Owned(unescape_quotes(inner))
}

/// The text between a cell's outer quotes, with one quote for each two that follow each other.
fn unescape_quotes(inner: &[u8]) -> Vec<u8> {
    let mut text = Vec::with_capacity(inner.len());
    let mut rest = inner;
    while let Some(quote) = memchr::memchr(b'"', rest) {
        text.extend_from_slice(&rest[..=quote]);
        rest = &rest[quote + 1..];
        rest = rest.strip_prefix(b"\"").unwrap_or(rest);
    }
    text.extend_from_slice(rest);
    text
}

/// A cell without the quotes around it, and whether it holds others.
pub fn without_outer_quotes(cell: &[u8]) -> (&[u8], bool) {
    let Some(inner) = cell.strip_prefix(b"\"") else {
        return (cell, false);
    };
    let inner = inner.strip_suffix(b"\"").unwrap_or(inner);
    (inner, memchr::memchr(b'"', inner).is_some())
}

/// The values of a `__mv_` cell: `$a$;$b$`, a dollar inside a value doubled.
pub fn split_values(cell: &[u8]) -> Vec<Vec<u8>> {
    let mut values = Vec::new();
    let mut rest = cell;
    while let Some(inner) = rest.strip_prefix(b"$") {
        let (value, after) = one_value(inner);
        values.push(value);
        rest = after.strip_prefix(b";").unwrap_or_default();
    }
    values
}

/// The value up to its closing dollar, and what follows. `$$` is a dollar, but directly before `;` or the end it
/// closes an empty value.
fn one_value(inner: &[u8]) -> (Vec<u8>, &[u8]) {
    let mut value = Vec::new();
    let mut at = 0;
    while at < inner.len() {
        if inner[at] != b'$' {
            value.push(inner[at]);
            at += 1;
        } else if inner.get(at + 1) == Some(&b'$') {
            value.push(b'$');
            at += 2;
        } else {
            return (value, &inner[at + 1..]);
        }
    }
    (value, &[])
}

/// Writes a text by splunkd's own rule: bare if it holds only ASCII letters and digits.
#[inline]
pub fn put_cell(text: &str, out: &mut Vec<u8>) {
    let text = text.as_bytes();
    match kind(text) {
        Kind::Bare => out.extend_from_slice(text),
        Kind::Plain => {
            out.reserve(text.len() + 2);
            out.push(b'"');
            out.extend_from_slice(text);
            out.push(b'"');
        }
        Kind::Quoted => {
            out.push(b'"');
            put_doubling_quotes(text, out);
            out.push(b'"');
        }
    }
}

/// What a text needs to become a cell.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    /// Nothing.
    Bare,
    /// Quotes around it.
    Plain,
    /// Those inside it doubled too.
    Quoted,
}

/// Most texts are short: eight bytes at a time cost less than a search.
fn kind(text: &[u8]) -> Kind {
    let Some(&last) = text.last_chunk() else {
        return kind_of_few(text);
    };
    let (words, _) = text.as_chunks();
    let quotes = words
        .iter()
        .fold(quotes(last), |found, word| found | quotes(*word));
    match quotes {
        0 if words.iter().copied().all(are_word_bytes) && are_word_bytes(last) => Kind::Bare,
        0 => Kind::Plain,
        _ => Kind::Quoted,
    }
}

/// Likewise, of fewer than eight bytes.
fn kind_of_few(text: &[u8]) -> Kind {
    text.iter().fold(Kind::Bare, |kind, byte| match byte {
        b'"' => Kind::Quoted,
        byte if byte.is_ascii_alphanumeric() => kind,
        _ => kind.max(Kind::Plain),
    })
}

/// The same byte in all places, times that byte.
const BYTES: u64 = u64::MAX / 0xff;
const HIGH: u64 = BYTES * 0x80;

/// Not zero where a byte is a quote.
#[inline]
fn quotes(word: [u8; 8]) -> u64 {
    let word = u64::from_le_bytes(word) ^ (BYTES * 0x22);
    word.wrapping_sub(BYTES) & !word & HIGH
}

/// Whether all bytes are ASCII letters or digits.
fn are_word_bytes(word: [u8; 8]) -> bool {
    let word = u64::from_le_bytes(word);
    // The high bit of each byte is set first, so that nothing is borrowed from the next one.
    let at_least = |word: u64, byte: u8| (word | HIGH) - BYTES * u64::from(byte);
    let between = |word: u64, first: u8, last: u8| at_least(word, first) & !at_least(word, last + 1);
    let letters = between(word | (BYTES * 0x20), b'a', b'z');
    let digits = between(word, b'0', b'9');
    (letters | digits) & !word & HIGH == HIGH
}

/// Writes texts as one cell, line by line, at least one.
pub fn put_lines(each: impl FnOnce(&mut dyn FnMut(&str)), out: &mut Vec<u8>) {
    let begin = out.len();
    each(&mut |text| {
        out.push(if out.len() == begin { b'"' } else { b'\n' });
        put_doubling_quotes(text.as_bytes(), out);
    });
    out.push(b'"');
}

/// Writes values as a `__mv_` cell holds them, at least one.
pub fn put_values(each: impl FnOnce(&mut dyn FnMut(&str)), out: &mut Vec<u8>) {
    let begin = out.len();
    each(&mut |value| {
        out.extend_from_slice(if out.len() == begin { b"\"$" } else { b";$" });
        let value = value.as_bytes();
        let is_doubled = |byte| matches!(byte, b'"' | b'$');
        put_doubling(is_doubled, |text| memchr::memchr2(b'"', b'$', text), value, out);
        out.push(b'$');
    });
    out.push(b'"');
}

/// How many bytes are looked at one by one behind one that is doubled: there may be more of them, and a search for each
/// costs more.
const NEAR: usize = 16;

/// Writes `text`, some bytes twice; `find` finds the first of them.
fn put_doubling(
    is_doubled: impl Fn(u8) -> bool,
    find: impl Fn(&[u8]) -> Option<usize>,
    mut text: &[u8],
    out: &mut Vec<u8>,
) {
    while let Some(at) = find(text) {
        out.extend_from_slice(&text[..at]);
        let (near, after) = text[at..].split_at(NEAR.min(text.len() - at));
        let (mut room, mut length) = ([0; 2 * NEAR], 0);
        for byte in near {
            room[length] = *byte;
            room[length + 1] = *byte;
            length += 1 + usize::from(is_doubled(*byte));
        }
        out.extend_from_slice(&room[..length]);
        text = after;
    }
    out.extend_from_slice(text);
}

fn put_doubling_quotes(text: &[u8], out: &mut Vec<u8>) {
    put_doubling(|byte| byte == b'"', |text| memchr::memchr(b'"', text), text, out);
}

#[cfg(test)]
mod tests {
    use super::{Kind, kind, put_cell, put_values, split, split_regular, split_values, unquote};
    use proptest::prelude::*;

    #[test]
    fn rows_are_split_at_commas_outside_quotes() {
        let row = br#"a,,"b,""c""",d"e,"""#;
        let expected: Vec<&[u8]> = vec![b"a", b"", br#""b,""c""""#, br#"d"e"#, b"\"\""];
        assert_eq!(split(row), expected);
        assert_eq!(split(b""), [b""]);
    }

    #[test]
    fn quotes_are_taken_off() {
        assert_eq!(&*unquote(br#""a""b""""#), br#"a"b""#);
        assert_eq!(&*unquote(b"plain"), b"plain");
        assert_eq!(&*unquote(br#""""#), b"");
        assert_eq!(&*unquote(br#""a"b""c""""#), br#"a"b"c""#);
    }

    fn text(values: Vec<Vec<u8>>) -> Vec<String> {
        values
            .into_iter()
            .map(|v| String::from_utf8(v).unwrap())
            .collect()
    }

    #[test]
    fn dollars_and_semicolons_inside_values_survive() {
        assert_eq!(text(split_values(b"$a$$;$$b$;$$;$c$")), ["a$;$b", "", "c"]);
        assert_eq!(text(split_values(b"$p$;$$;$$$q$")), ["p", "", "$q"]);
        assert_eq!(text(split_values(b"$$")), [""]);
        assert!(split_values(b"").is_empty());
        let values = ["a;b", "$20", "", "x\ny", "$", "\"$\""];
        let mut cell = Vec::new();
        put_values(|put| values.iter().for_each(|value| put(value)), &mut cell);
        assert_eq!(text(split_values(&unquote(&cell))), values);
    }

    #[test]
    fn cells_are_quoted_as_splunkd_does() {
        for (text, cell) in [
            ("abc9", "abc9"),
            ("", ""),
            ("a_b", "\"a_b\""),
            ("a\"b", "\"a\"\"b\""),
            ("ä", "\"ä\""),
        ] {
            let mut out = Vec::new();
            put_cell(text, &mut out);
            assert_eq!(out, cell.as_bytes());
        }
    }

    proptest! {
        #[test]
        fn only_letters_and_digits_are_bare_and_every_quote_is_seen(text in proptest::collection::vec(any::<u8>(), 0..40)) {
            let wanted = match () {
                () if text.contains(&b'"') => Kind::Quoted,
                () if text.iter().all(u8::is_ascii_alphanumeric) => Kind::Bare,
                () => Kind::Plain,
            };
            prop_assert_eq!(kind(&text), wanted);
        }

        #[test]
        fn texts_of_letters_and_digits_are_bare(text in "[a-zA-Z0-9]{0,40}") {
            prop_assert_eq!(kind(text.as_bytes()), Kind::Bare);
        }

        #[test]
        fn what_was_quoted_comes_back(text in "[a\", ]{0,200}") {
            let cell = format!("\"{}\"", text.replace('"', "\"\""));
            prop_assert_eq!(&*unquote(cell.as_bytes()), text.as_bytes());
        }

        #[test]
        fn a_regular_row_is_split_as_any(texts in prop::collection::vec("[a\",\n]{0,90}", 1..9)) {
            let row: Vec<_> = texts.iter().map(|text| format!("\"{}\"", text.replace('"', "\"\""))).collect();
            let row = row.join(",");
            let mut cells = Vec::new();
            split_regular(row.as_bytes(), &mut cells);
            prop_assert_eq!(split(row.as_bytes()), cells);
        }
    }
}
