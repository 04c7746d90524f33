//! Repairs what JSON forbids but logs hold.

use super::json::MAX_TEXT;

/// Whether a text that is not JSON holds anything that [`repair`] replaces.
pub fn can_be_repaired(text: &[u8]) -> bool {
    text.len() <= MAX_TEXT
        && (text.iter().any(|byte| is_control(char::from(*byte)))
            || std::str::from_utf8(text).is_err()
            || has_bad_escape(text))
}

/// Whether a backslash stands before anything but an escape that JSON knows. Halves of surrogate pairs may be bad.
fn has_bad_escape(text: &[u8]) -> bool {
    let mut rest = text;
    while let Some(at) = memchr::memchr(b'\\', rest) {
        rest = &rest[at + 1..];
        match rest {
            [b'u', b'd' | b'D', ..] => return true,
            [b'u', a, b, c, d, ..] if [a, b, c, d].iter().all(|digit| digit.is_ascii_hexdigit()) => {}
            [b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't', ..] => {}
            _ => return true,
        }
        rest = rest.get(1..).unwrap_or_default();
    }
    false
}

/// Replaces what JSON forbids but logs hold: bytes that are not UTF-8, halves of surrogate pairs, and raw control
/// characters. The backslash of an escape that JSON does not know becomes a backslash of the text.
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
        Some(_) => {
            clean.push_str(&tail[..6]);
            6
        }
        None if tail[1..].starts_with(['"', '\\', '/', 'b', 'f', 'n', 'r', 't']) => {
            clean.push_str(&tail[..2]);
            2
        }
        None => {
            clean.push_str("\\\\");
            1
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{can_be_repaired, repair};

    #[test]
    fn what_json_forbids_is_replaced_and_all_else_is_kept() {
        for (text, wanted) in [
            (r#"["\x"]"#, r#"["\\x"]"#),
            (r#"["\ud8"]"#, r#"["\\ud8"]"#),
            (r#"["\u00g0"]"#, r#"["\\u00g0"]"#),
            (r#"["\ud800"]"#, "[\"\u{fffd}\"]"),
            (r#"["\ud83d\ude00"]"#, r#"["\ud83d\ude00"]"#),
            ("[\"a\tb\"]", "[\"a b\"]"),
            ("[\"\\", "[\"\\\\"),
        ] {
            assert!(can_be_repaired(text.as_bytes()), "{text}");
            assert_eq!(repair(text.as_bytes()), wanted);
        }
        let sound = r#"["\"\\\/\b\f\n\r\t\u00e4"]"#;
        assert!(!can_be_repaired(sound.as_bytes()));
        assert_eq!(repair(sound.as_bytes()), sound);
    }
}
