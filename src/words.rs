//! Words that users write: booleans as Splunk takes them, and the known word that a misspelt one is nearest to.

/// Every spelling, with its value; letter case does not matter.
const SPELLINGS: [(&str, bool); 10] = [
    ("1", true),
    ("t", true),
    ("true", true),
    ("y", true),
    ("yes", true),
    ("0", false),
    ("f", false),
    ("false", false),
    ("n", false),
    ("no", false),
];

/// Parses a boolean; `None` for any other text.
pub fn parse_boolean(text: &str) -> Option<bool> {
    let spelling = SPELLINGS
        .iter()
        .find(|(spelling, _)| spelling.eq_ignore_ascii_case(text));
    spelling.map(|(_, value)| *value)
}

/// Every spelling, for error messages.
pub fn spellings() -> String {
    SPELLINGS.map(|(spelling, _)| spelling).join(", ")
}

/// A longer text is compared by its beginning only.
const MAX_COMPARED: usize = 40;

/// Returns the word that differs least from `text`, if at most half of it differs. Letter case does not matter; a swap of two
/// neighbouring letters counts as one difference.
pub fn nearest<'w>(text: &str, words: impl IntoIterator<Item = &'w str>) -> Option<&'w str> {
    let text: String = text.trim().chars().take(MAX_COMPARED).collect();
    let text = text.to_lowercase();
    let distance = |word: &str| strsim::damerau_levenshtein(&text, &word.to_lowercase());
    let distances = words.into_iter().map(|word| (distance(word), word));
    let (distance, word) = distances.min_by_key(|(distance, _)| *distance)?;
    (distance * 2 <= word.len().max(3)).then_some(word)
}

#[cfg(test)]
mod tests {
    use super::nearest;

    #[test]
    fn the_nearest_word_is_found_unless_all_differ_much() {
        let words = ["mode", "input", "min_severity", "tag"];
        let cases = [
            ("mdoe", Some("mode")),
            (" MODE ", Some("mode")),
            ("severity", Some("min_severity")),
            ("tga", Some("tag")),
            ("xyz", None),
            ("", None),
        ];
        for (text, word) in cases {
            assert_eq!(nearest(text, words), word, "{text:?}");
        }
        assert_eq!(nearest("a", []), None);
    }
}
