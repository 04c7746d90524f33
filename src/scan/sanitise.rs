//! The one filter for everything that reaches a terminal or a page: characters that steer it, or that hide.

use std::borrow::Cow;

/// Whether a terminal would act on the character, or would not show that it is there: control characters (C0, DEL, C1),
/// zero-width characters, direction marks and overrides, line and paragraph separators, tag characters.
pub fn is_terminal_control(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{200b}'..='\u{200f}'
            | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{2069}'
            | '\u{feff}'
            | '\u{e0000}'..='\u{e007f}')
}

/// Returns the text with U+FFFD in place of every terminal control character.
pub fn sanitise(text: &str) -> String {
    text.chars()
        .map(|c| {
            if is_terminal_control(c) {
                char::REPLACEMENT_CHARACTER
            } else {
                c
            }
        })
        .collect()
}

/// Writes terminal control characters of a JSON text as `\u` escapes: a reader of JSON gets the same values.
pub fn escape_json(json: &str) -> Cow<'_, str> {
    if !json.contains(is_terminal_control) {
        return Cow::Borrowed(json);
    }
    let mut escaped = String::with_capacity(json.len() + 16);
    for c in json.chars() {
        if is_terminal_control(c) {
            for unit in c.encode_utf16(&mut [0; 2]) {
                escaped.push_str(&format!("\\u{unit:04x}"));
            }
        } else {
            escaped.push(c);
        }
    }
    Cow::Owned(escaped)
}

#[cfg(test)]
mod tests {
    use super::{escape_json, sanitise};

    #[test]
    fn a_value_cannot_steer_the_terminal() {
        let text = sanitise("a\u{1b}[2J\u{7}\r\nb\u{202e}c\u{9b}31m");
        assert_eq!(text, "a\u{fffd}[2J\u{fffd}\u{fffd}\u{fffd}b\u{fffd}c\u{fffd}31m");
    }

    #[test]
    fn every_range_is_covered_and_other_letters_stay() {
        let controls = "\u{0}\u{1f}\u{7f}\u{80}\u{9f}\u{200b}\u{200e}\u{200f}\u{2028}\u{2029}\u{202a}\u{202e}\u{2066}\u{2069}\u{feff}\u{e0000}\u{e0041}\u{e007f}";
        assert!(sanitise(controls).chars().all(|c| c == '\u{fffd}'));
        let letters = "aé\u{a0}‐…中🙂\u{e0080}";
        assert_eq!(sanitise(letters), letters);
    }

    #[test]
    fn json_keeps_its_values() {
        let value = "a\u{1b}\u{e0041}\u{202e}é";
        let json = serde_json::to_string(value).expect("a string is JSON");
        let escaped = escape_json(&json);
        assert!(escaped.contains("\\udb40\\udc41"), "{escaped}");
        assert_eq!(
            serde_json::from_str::<String>(&escaped).expect("it is JSON"),
            value
        );
    }
}
