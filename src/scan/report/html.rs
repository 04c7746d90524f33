//! Writing HTML: values of a log as text, the hash of the inline style.

use crate::scan::sanitise::is_terminal_control;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};
use std::fmt::{Arguments, Display, Formatter, Result, Write};

/// A value of a log, as text inside an element or a quoted attribute.
pub struct Text<'t>(pub &'t str);

impl Display for Text<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        for c in self.0.chars() {
            match c {
                '&' => f.write_str("&amp;")?,
                '<' => f.write_str("&lt;")?,
                '>' => f.write_str("&gt;")?,
                '"' => f.write_str("&quot;")?,
                '\'' => f.write_str("&#39;")?,
                c if hides(c) => f.write_char(char::REPLACEMENT_CHARACTER)?,
                c => f.write_char(c)?,
            }
        }
        Ok(())
    }
}

/// Whether a character hides, or changes how others are shown: direction marks could make a value look like another one.
pub fn hides(c: char) -> bool {
    is_terminal_control(c) && c != '\n'
}

/// Appends to the page.
pub fn add(html: &mut String, text: Arguments<'_>) {
    // Writing to a string does not fail.
    let _ = html.write_fmt(text);
}

/// The SHA-256 of an inline style or script in base64, as a content security policy names it.
pub fn hash(text: &str) -> String {
    STANDARD.encode(Sha256::digest(text.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::{Text, hash};

    #[test]
    fn markup_in_a_value_is_text() {
        let text = Text("<script>'&\"\u{202e}\u{0}").to_string();
        assert_eq!(text, "&lt;script&gt;&#39;&amp;&quot;\u{fffd}\u{fffd}");
    }

    #[test]
    fn the_hash_is_base64() {
        assert_eq!(hash(""), "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=");
    }
}
