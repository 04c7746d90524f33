//! Repairs what JSON forbids but logs hold.

use super::json::MAX_TEXT;

/// Whether a text that is not JSON holds anything that [`repair`] replaces.
pub fn can_be_repaired(text: &[u8]) -> bool {
    let has_half_pair =
        || memchr::memmem::find_iter(text, b"\\u").any(|at| matches!(text.get(at + 2), Some(b'd' | b'D')));
    text.len() <= MAX_TEXT
        && (text.iter().any(|byte| is_control(char::from(*byte)))
            || std::str::from_utf8(text).is_err()
            || has_half_pair())
}

/// Replaces what JSON forbids but logs hold: bytes that are not UTF-8, halves of surrogate pairs, and raw control
/// characters.
pub fn repair(text: &[u8]) -> String {
    let text = String::from_utf8_lossy(text);
    let mut clean = String::with_capacity(text.len());
    let mut rest = text.as_ref();
    while let Some(at) = rest.find(|letter: char| letter == '\\' || is_control(letter)) {
        clean.push_str(&rest[..at]);
        let tail = &rest[at..];
        let taken = if tail.starts_with('\\') {
            escape(tail, &mut clean)
        } else {
            control(tail, &mut clean)
        };
        rest = &tail[taken..];
    }
    clean.push_str(rest);
    clean
}

/// Whether JSON forbids a character to stand in a string as it is.
fn is_control(letter: char) -> bool {
    letter < ' '
}

fn control(tail: &str, clean: &mut String) -> usize {
    clean.push(' ');
    tail.chars().next().map_or(0, char::len_utf8)
}

fn escape(tail: &str, clean: &mut String) -> usize {
    let unit = |text: &str| {
        text.strip_prefix("\\u")
            .and_then(|h| h.get(..4))
            .and_then(|h| u16::from_str_radix(h, 16).ok())
    };
    match unit(tail) {
        Some(0xD800..0xDC00)
            if tail
                .get(6..)
                .and_then(unit)
                .is_some_and(|low| (0xDC00..0xE000).contains(&low)) =>
        {
            clean.push_str(&tail[..12]);
            12
        }
        Some(0xD800..0xE000) => {
            clean.push('\u{fffd}');
            6
        }
        _ => {
            let taken = 1 + tail[1..].chars().next().map_or(0, char::len_utf8);
            clean.push_str(&tail[..taken]);
            taken
        }
    }
}
