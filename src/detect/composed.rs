//! Texts that are made of the event's words and ours: each is one line, and can be written wherever a line can.

use super::text::Text;

/// What separates events in the files in which Splunk collects them. A text that holds one could end the event that it
/// stands in, and begin another.
const SEPARATORS: [&str; 4] = ["***SPLUNK***", "==##~~##~~", "~~##~~##==", "1E8N3D4E6V5E7N2T9"];

/// Of which every separator but the last has one.
const MARKS: [char; 2] = ['*', '#'];

/// The text with a blank for each character that ends or hides a line, and without separators.
pub fn one_line(text: String) -> String {
    if is_plain(&text) {
        return text;
    }
    let mut line: String = text
        .chars()
        .map(|letter| if is_forbidden(letter) { ' ' } else { letter })
        .collect();
    for separator in SEPARATORS {
        while let Some(at) = find(&line, separator) {
            line.replace_range(at..at + separator.len(), " ");
        }
    }
    line
}

/// [`one_line`] for each text of a list.
pub fn lines(texts: Vec<Text<'_>>) -> Vec<Text<'_>> {
    texts.into_iter().map(line).collect()
}

fn line(text: Text<'_>) -> Text<'_> {
    if is_plain(&text) {
        text
    } else {
        one_line(text.into_owned()).into()
    }
}

fn is_plain(text: &str) -> bool {
    let has_marks = has_marks(text.as_bytes());
    let has_separator = |separator: &&str| {
        // Of the separators, only one has no mark.
        (has_marks || !separator.contains(MARKS)) && find(text, separator).is_some()
    };
    let is_forbidden = has_marks && text.chars().any(is_forbidden);
    !is_forbidden && !SEPARATORS.iter().any(has_separator)
}

/// Whether a text holds something that must be looked at closely: a control character, a letter beyond ASCII, or a mark
/// of a separator. Without a jump, so that the compiler makes SIMD code of it.
fn has_marks(bytes: &[u8]) -> bool {
    let is_mark = |byte: u8| !(b' '..=b'~').contains(&byte) || byte == b'*' || byte == b'#';
    bytes.iter().fold(false, |found, byte| found | is_mark(*byte))
}

/// Where a separator stands, in any letter case. None begins with a letter.
fn find(text: &str, separator: &str) -> Option<usize> {
    let (text, separator) = (text.as_bytes(), separator.as_bytes());
    let begins = |at: &usize| {
        let window = text.get(*at..at + separator.len());
        window.is_some_and(|window| window.eq_ignore_ascii_case(separator))
    };
    memchr::memchr_iter(separator[0], text).find(begins)
}

/// Control characters, separators of lines and paragraphs, marks that turn the direction of writing, tags, and marks
/// without width.
fn is_forbidden(letter: char) -> bool {
    letter.is_control()
        || matches!(letter,
            '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
            | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

#[cfg(test)]
mod tests {
    use super::one_line;

    #[test]
    fn a_composed_text_is_one_line_without_separators() {
        for (given, wanted) in [
            ("a\nb\r\tc\u{1b}[1m", "a b  c [1m"),
            ("a\u{2028}b\u{85}c\u{202e}d\u{e0041}e", "a b c d e"),
            ("x ***SPLUNK*** host=y", "x   host=y"),
            ("***spl***SPLUNK***unk***", "***spl unk***"),
            ("==##~~##~~  1E8N3D4E6V5E7N2T9 ~~##~~##==", "      "),
            ("plain ü text", "plain ü text"),
        ] {
            assert_eq!(one_line(given.to_owned()), wanted);
        }
    }
}
