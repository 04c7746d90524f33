//! What may go to a terminal: no control characters of a value, colours of our own.

use crate::catalogue::Severity;

/// Whether a terminal would obey the character, or not show that it is there: control characters, marks that turn the
/// direction of writing, letters of no width.
pub fn is_obeyed(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
}

/// The text without what a terminal would obey.
pub fn harmless(text: &str) -> String {
    text.chars()
        .map(|c| if is_obeyed(c) { '\u{fffd}' } else { c })
        .collect()
}

/// The word of a severity in its colour.
pub fn colored(severity: Severity) -> String {
    let code = match severity {
        Severity::Critical => "1;37;41",
        Severity::High => "1;31",
        Severity::Medium => "33",
        Severity::Low => "36",
        Severity::Informational => "2",
    };
    format!("\u{1b}[{code}m{severity}\u{1b}[0m")
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_value_cannot_steer_the_terminal() {
        let text = super::harmless("a\u{1b}[2J\u{7}\r\nb\u{202e}c\u{9b}31m");
        assert!(
            !text.chars().any(char::is_control) && !text.contains('\u{202e}'),
            "{text:?}"
        );
    }
}
