//! What keeps a page its own: values as text, the hash of its style.

use sha2::{Digest, Sha256};
use std::fmt::{Display, Formatter, Result, Write};

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
                // Marks that turn the direction of writing could make a value look like another.
                '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => {
                    f.write_char('\u{fffd}')?;
                }
                c if c.is_control() && c != '\n' => f.write_char('\u{fffd}')?,
                c => f.write_char(c)?,
            }
        }
        Ok(())
    }
}

/// The SHA-256 of an inline style in base64, as a content policy names it.
pub fn style_hash(style: &str) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let hash = Sha256::digest(style.as_bytes());
    let mut text = String::new();
    for three in hash.chunks(3) {
        let bits = three
            .iter()
            .fold(0_usize, |bits, byte| bits << 8 | usize::from(*byte))
            << (8 * (3 - three.len()));
        for digit in 0..4 {
            let is_there = digit <= three.len();
            text.push(if is_there {
                char::from(DIGITS[bits >> (18 - 6 * digit) & 63])
            } else {
                '='
            });
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::{Text, style_hash};

    #[test]
    fn markup_in_a_value_is_text() {
        let text = Text("<script>'&\"\u{202e}\u{0}").to_string();
        assert_eq!(text, "&lt;script&gt;&#39;&amp;&quot;\u{fffd}\u{fffd}");
    }

    #[test]
    fn the_hash_is_base64() {
        assert_eq!(style_hash(""), "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=");
    }
}
