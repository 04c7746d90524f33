//! The texts of a report, each kept once.

use super::html::hides;
use rustc_hash::FxHashMap;
use std::sync::Arc;

/// Numbered texts; number 0 is the empty text.
#[derive(Debug)]
pub struct Texts {
    all: Vec<Arc<str>>,
    numbers: FxHashMap<Arc<str>, u32>,
    bytes: usize,
}

impl Texts {
    /// The number of a text. Characters that hide, or that change how others are shown, become U+FFFD.
    pub fn number(&mut self, text: &str) -> u32 {
        let is_plain = text.bytes().all(|byte| (b' '..0x7f).contains(&byte));
        if !is_plain && text.contains(hides) {
            let shown: String = text
                .chars()
                .map(|c| if hides(c) { char::REPLACEMENT_CHARACTER } else { c })
                .collect();
            return self.add(&shown);
        }
        self.add(text)
    }

    fn add(&mut self, text: &str) -> u32 {
        if let Some(number) = self.numbers.get(text) {
            return *number;
        }
        let number = u32::try_from(self.all.len()).unwrap_or(0);
        let text: Arc<str> = text.into();
        self.bytes += text.len();
        self.all.push(Arc::clone(&text));
        self.numbers.insert(text, number);
        number
    }

    /// The text of a number.
    pub fn text(&self, number: u32) -> &str {
        &self.all[number as usize]
    }

    /// All texts, in the order of their numbers.
    pub fn all(&self) -> &[Arc<str>] {
        &self.all
    }

    /// Bytes of all texts.
    pub fn bytes(&self) -> usize {
        self.bytes
    }
}

impl Default for Texts {
    fn default() -> Self {
        let mut texts = Self {
            all: Vec::new(),
            numbers: FxHashMap::default(),
            bytes: 0,
        };
        texts.add("");
        texts
    }
}

#[cfg(test)]
mod tests {
    use super::Texts;

    #[test]
    fn a_text_has_one_number() {
        let mut texts = Texts::default();
        let numbers = ["", "a", "b", "a", "a\u{202e}"].map(|text| texts.number(text));
        assert_eq!(numbers, [0, 1, 2, 1, 3]);
        assert_eq!(texts.text(3), "a\u{fffd}");
    }
}
