//! Booleans as Splunk takes them.

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
