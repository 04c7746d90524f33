//! What is worth reading: the letters without which no text holds an operation's name.
//!
//! Letter case does not count, since Azure's varies. JSON may write any letter as `\u0053`; where a letter or a digit
//! is written so, the text is worth reading too.

use aho_corasick::{AhoCorasick, MatchKind};

/// `\u00` and two digits: the longest escape that can stand for a letter.
const ESCAPE: &str = "\\u00";
const ESCAPE_LENGTH: usize = 6;

/// Finds literals in text that is folded to lower case.
#[derive(Debug)]
pub struct LiteralFinder {
    finder: AhoCorasick,
    escape: usize,
    overlap: usize,
}

impl LiteralFinder {
    /// Looks for `literals`, which are in lower case.
    pub fn new(literals: &[String]) -> Self {
        let patterns = literals.iter().map(String::as_str).chain([ESCAPE]);
        let lengths = literals.iter().map(String::len);
        let finder = AhoCorasick::builder()
            .match_kind(MatchKind::LeftmostFirst)
            .build(patterns);
        Self {
            finder: finder.expect("a few dozen short words are no more than a search can hold"),
            escape: literals.len(),
            overlap: lengths.max().unwrap_or(0).max(ESCAPE_LENGTH) - 1,
        }
    }

    /// How many bytes two pieces of a text must share, so that nothing on their border is overlooked.
    pub fn overlap(&self) -> usize {
        self.overlap
    }

    /// The first literal at or after `from`, as its start and end.
    pub fn find(&self, folded: &[u8], mut from: usize) -> Option<(usize, usize)> {
        loop {
            let hit = self.finder.find(&folded[from..])?;
            let (start, end) = (from + hit.start(), from + hit.end());
            if hit.pattern().as_usize() != self.escape || is_word_escape(&folded[start..]) {
                return Some((start, end));
            }
            from = end;
        }
    }
}

/// Whether a JSON escape (already in lower case) stands for an ASCII letter or digit.
fn is_word_escape(text: &[u8]) -> bool {
    let digits = text
        .get(ESCAPE.len()..ESCAPE_LENGTH)
        .and_then(|digits| std::str::from_utf8(digits).ok());
    digits
        .and_then(|digits| u8::from_str_radix(digits, 16).ok())
        .is_some_and(|byte| byte.is_ascii_alphanumeric())
}
