//! The cells of a row as they stand in a CSV body: where they end, what they hold, and how they are written.

// What is not inlined into the dispatched function is not compiled for its instructions.
#![expect(clippy::inline_always)]

use crate::simd::{BLOCK, Block64, blocks, carry_parity, escaped, prefix_xor};
use fearless_simd::{Level, Simd, dispatch};
use std::borrow::Cow;

/// Splits a row, of any body, into its cells, quotes included.
pub fn split(row: &[u8]) -> Vec<&[u8]> {
    let mut cells = Vec::new();
    split_into(row, &mut cells);
    cells
}

/// Splits a row into a list that is used again.
pub fn split_into<'a>(row: &'a [u8], cells: &mut Vec<&'a [u8]>) {
    cells.clear();
    dispatch!(Level::new(), simd => split_with(simd, row, |cell| cells.push(cell)));
}

/// Splits a row of a regular body, in which every quote opens or closes a cell or is doubled: without a branch for each quote.
pub fn split_regular_into<'a>(row: &'a [u8], cells: &mut Vec<&'a [u8]>) {
    cells.clear();
    dispatch!(Level::new(), simd => split_regular_with(simd, row, cells));
}

#[inline(always)]
fn split_regular_with<'a, S: Simd>(simd: S, row: &'a [u8], cells: &mut Vec<&'a [u8]>) {
    let (mut start, mut in_quotes) = (0, 0);
    let (blocks, last) = blocks(row);
    for (number, block) in blocks.iter().chain([&last]).enumerate() {
        let bytes = Block64::new(simd, block);
        let quoted = prefix_xor(bytes.equal(b'"')) ^ in_quotes;
        in_quotes = carry_parity(quoted);
        let mut commas = bytes.equal(b',') & !quoted;
        while commas != 0 {
            let comma = number * BLOCK + commas.trailing_zeros() as usize;
            cells.push(&row[start..comma]);
            start = comma + 1;
            commas &= commas - 1;
        }
    }
    cells.push(&row[start..]);
}

/// Whether a row ends inside a quoted cell.
pub fn is_unterminated(row: &[u8]) -> bool {
    dispatch!(Level::new(), simd => split_with(simd, row, |_| {}))
}

/// Calls `found` with each cell. Whether the last one is quoted and not closed.
#[inline(always)]
fn split_with<'a, S: Simd>(simd: S, row: &'a [u8], mut found: impl FnMut(&'a [u8])) -> bool {
    let (mut start, mut in_quotes) = (0, false);
    // Where a quote opens a cell, or opens it again behind the one that closed it. Elsewhere it is an ordinary byte.
    let mut opens_at = 0;
    let (blocks, last) = blocks(row);
    for (number, block) in blocks.iter().chain([&last]).enumerate() {
        let bytes = Block64::new(simd, block);
        let (mut quotes, mut commas) = (bytes.equal(b'"'), bytes.equal(b','));
        loop {
            let marks = if in_quotes { quotes } else { quotes | commas };
            if marks == 0 {
                break;
            }
            let lowest = marks & marks.wrapping_neg();
            let offset = number * BLOCK + marks.trailing_zeros() as usize;
            if commas & lowest != 0 {
                found(&row[start..offset]);
                start = offset + 1;
                opens_at = start;
            } else if in_quotes {
                in_quotes = false;
                opens_at = offset + 1;
            } else {
                in_quotes = offset == opens_at;
            }
            let behind = !(lowest | (lowest - 1));
            (quotes, commas) = (quotes & behind, commas & behind);
        }
    }
    found(&row[start..]);
    in_quotes
}

/// The bytes of a cell without its quotes.
pub fn unquote(cell: &[u8]) -> Cow<'_, [u8]> {
    match without_outer_quotes(cell) {
        (inner, false) => Cow::Borrowed(inner),
        (inner, true) => Cow::Owned(unescape_quotes(inner)),
    }
}

/// A cell without the quotes around it, and whether it holds others.
pub fn without_outer_quotes(cell: &[u8]) -> (&[u8], bool) {
    let Some(inner) = cell.strip_prefix(b"\"") else {
        return (cell, false);
    };
    let inner = inner.strip_suffix(b"\"").unwrap_or(inner);
    (inner, memchr::memchr(b'"', inner).is_some())
}

/// The text of a cell, given without the quotes around it: of each run of quotes, every second one goes.
pub fn unescape_quotes(inner: &[u8]) -> Vec<u8> {
    dispatch!(Level::new(), simd => unescape_with(simd, inner))
}

#[inline(always)]
fn unescape_with<S: Simd>(simd: S, inner: &[u8]) -> Vec<u8> {
    let mut text = Vec::with_capacity(inner.len());
    let (mut kept_from, mut carry) = (0, 0);
    let (blocks, last) = blocks(inner);
    for (number, block) in blocks.iter().chain([&last]).enumerate() {
        let quotes = Block64::new(simd, block).equal(b'"');
        let mut dropped = quotes & escaped(quotes, &mut carry);
        while dropped != 0 {
            let offset = number * BLOCK + dropped.trailing_zeros() as usize;
            text.extend_from_slice(&inner[kept_from..offset]);
            kept_from = offset + 1;
            dropped &= dropped - 1;
        }
    }
    text.extend_from_slice(&inner[kept_from..]);
    text
}

/// The values of a `__mv_` cell: `$a$;$b$`, a dollar inside a value doubled.
pub fn split_values(cell: &[u8]) -> Vec<Vec<u8>> {
    let mut values = Vec::new();
    let mut rest = cell;
    while let Some(inner) = rest.strip_prefix(b"$") {
        let (value, after) = first_value(inner);
        values.push(value);
        rest = after.strip_prefix(b";").unwrap_or_default();
    }
    values
}

/// The value up to its closing dollar, and what follows. `$$` is a dollar, but directly before `;` or the end it
/// closes an empty value.
fn first_value(inner: &[u8]) -> (Vec<u8>, &[u8]) {
    let mut value = Vec::new();
    let mut rest = inner;
    while let Some(dollar) = memchr::memchr(b'$', rest) {
        value.extend_from_slice(&rest[..dollar]);
        rest = &rest[dollar + 1..];
        let Some(after) = rest.strip_prefix(b"$") else {
            return (value, rest);
        };
        value.push(b'$');
        rest = after;
    }
    value.extend_from_slice(rest);
    (value, &[])
}

/// Writes a text as a cell by splunkd's own rule: bare if it holds only ASCII letters and digits.
#[inline]
pub fn put_cell(text: &str, out: &mut Vec<u8>) {
    if text.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
        out.extend_from_slice(text.as_bytes());
    } else {
        put_lines(|put| put(text), out);
    }
}

/// Writes texts as one cell, line by line, at least one.
pub fn put_lines(each: impl FnOnce(&mut dyn FnMut(&str)), out: &mut Vec<u8>) {
    let begin = out.len();
    each(&mut |text| {
        out.push(if out.len() == begin { b'"' } else { b'\n' });
        put_doubling(b'"', text, out);
    });
    out.push(b'"');
}

/// Writes values as a `__mv_` cell holds them, at least one.
pub fn put_values(each: impl FnOnce(&mut dyn FnMut(&str)), out: &mut Vec<u8>) {
    let begin = out.len();
    each(&mut |value| {
        out.extend_from_slice(if out.len() == begin { b"\"$" } else { b";$" });
        put_doubling(b'$', value, out);
        out.push(b'$');
    });
    out.push(b'"');
}

/// Writes `text`, and each quote and each byte `special` twice.
fn put_doubling(special: u8, text: &str, out: &mut Vec<u8>) {
    let mut rest = text.as_bytes();
    while let Some(offset) = memchr::memchr2(b'"', special, rest) {
        out.extend_from_slice(&rest[..=offset]);
        out.push(rest[offset]);
        rest = &rest[offset + 1..];
    }
    out.extend_from_slice(rest);
}

#[cfg(test)]
mod tests {
    use super::{put_cell, put_values, split, split_regular_into, split_values, unescape_quotes, unquote};
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

    /// The cells of a row, a byte at a time.
    fn split_slowly(row: &[u8]) -> Vec<&[u8]> {
        let (mut cells, mut start, mut in_quotes, mut closed_at) = (Vec::new(), 0, false, None);
        for (offset, byte) in row.iter().enumerate() {
            match byte {
                b'"' if in_quotes => (in_quotes, closed_at) = (false, Some(offset)),
                b'"' => in_quotes = offset == start || closed_at.is_some_and(|at| at + 1 == offset),
                b',' if !in_quotes => {
                    cells.push(&row[start..offset]);
                    start = offset + 1;
                }
                _ => {}
            }
        }
        cells.push(&row[start..]);
        cells
    }

    proptest! {
        #[test]
        fn only_letters_and_digits_are_bare_and_every_text_comes_back(text in "[a-zA-Z0-9]{0,40}|[a\", $é]{0,200}") {
            let mut cell = Vec::new();
            put_cell(&text, &mut cell);
            let is_bare = text.bytes().all(|byte| byte.is_ascii_alphanumeric());
            prop_assert_eq!(cell.first() != Some(&b'"'), is_bare);
            prop_assert_eq!(&*unquote(&cell), text.as_bytes());
        }

        #[test]
        fn every_second_quote_of_a_run_goes(inner in "(\"|\"\"|[a-c]{0,40}){0,60}") {
            let mut is_second = false;
            let kept = inner.bytes().filter(|byte| {
                let is_quote = *byte == b'"';
                is_second = is_quote && !is_second;
                is_second || !is_quote
            });
            let wanted: Vec<u8> = kept.collect();
            prop_assert_eq!(unescape_quotes(inner.as_bytes()), wanted);
        }

        #[test]
        fn a_regular_row_is_split_as_any(texts in prop::collection::vec("[a\",\n]{0,90}", 1..9)) {
            let row: Vec<_> = texts.iter().map(|text| format!("\"{}\"", text.replace('"', "\"\""))).collect();
            let row = row.join(",");
            let mut cells = Vec::new();
            split_regular_into(row.as_bytes(), &mut cells);
            prop_assert_eq!(split(row.as_bytes()), cells);
        }

        #[test]
        fn rows_are_split_as_byte_by_byte(row in "([a\",]{0,9}|[a-z]{0,70}){0,40}") {
            prop_assert_eq!(split(row.as_bytes()), split_slowly(row.as_bytes()));
        }
    }
}
