//! TOML → a checked type, whose errors name the line and what is allowed there. The build script and the program share it.

use crate::words::nearest;
use serde::de::DeserializeOwned;

/// What is wrong with a file, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceError {
    /// The line, from 1 on.
    pub line: usize,
    /// What is wrong.
    pub message: String,
}

impl SourceError {
    /// The error at the first line from `from` on that holds `text`, else at `from`.
    pub fn near(source: &str, from: usize, text: &str, message: String) -> Self {
        let mut lines = source.lines().enumerate().skip(from.saturating_sub(1));
        let found = lines.find(|(_, line)| !text.is_empty() && line.contains(text));
        let line = found.map_or(from, |(at, _)| at + 1);
        Self { line, message }
    }
}

/// Reads `source`.
pub fn read<T: DeserializeOwned>(source: &str) -> Result<T, SourceError> {
    toml::from_str(source).map_err(|error| {
        let start = error.span().map_or(0, |span| span.start);
        SourceError {
            line: line_of(source, start),
            message: in_words(error.message()),
        }
    })
}

/// The number of the line that holds the byte at `offset`.
fn line_of(source: &str, offset: usize) -> usize {
    let before = source.bytes().take(offset);
    1 + before.filter(|byte| *byte == b'\n').count()
}

/// Serde's message on an unknown key or word, with the nearest known one.
fn in_words(message: &str) -> String {
    let known = |list: &str| -> Vec<String> {
        let names = list.split('`').skip(1).step_by(2);
        names.map(str::to_owned).collect()
    };
    for (kind, noun) in [("field", "key"), ("variant", "word")] {
        let begin = format!("unknown {kind} `");
        let rest = message.strip_prefix(begin.as_str());
        if let Some((name, list)) = rest.and_then(|rest| rest.split_once('`')) {
            let known = known(list);
            let known: Vec<&str> = known.iter().map(String::as_str).collect();
            return format!(
                "unknown {noun} \"{name}\"{}; {}",
                hint(name, &known),
                allowed(&known)
            );
        }
    }
    message
        .replace("missing field `", "missing key `")
        .replace("duplicate field `", "duplicate key `")
}

/// `allowed: a, b`.
pub fn allowed(known: &[&str]) -> String {
    match known {
        [] => "none is known here".to_owned(),
        known => format!("allowed: {}", known.join(", ")),
    }
}

/// ` (did you mean "…"?)` where one of `known` is near to `word`.
pub fn hint(word: &str, known: &[&str]) -> String {
    let nearest = nearest(word, known.iter().copied());
    nearest.map_or_else(String::new, |known| format!(" (did you mean \"{known}\"?)"))
}

#[cfg(test)]
mod tests {
    use super::{SourceError, read};
    use serde::Deserialize;

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    #[expect(dead_code, reason = "only errors are looked at")]
    struct Sample {
        name: String,
        severity: Option<crate::catalogue::Severity>,
    }

    #[test]
    fn errors_name_line_and_allowed_values() {
        let cases = [
            (
                "name = \"x\"\n\nseverty = \"low\"\n",
                3,
                "unknown key \"severty\" (did you mean \"severity\"?)",
            ),
            (
                "name = \"x\"\nseverity = \"hihg\"\n",
                2,
                "unknown severity \"hihg\"; allowed: informational, low,",
            ),
            ("# c\nname = x\n", 2, ""),
            ("severity = \"low\"\n", 1, "missing key `name`"),
            ("name = \"x\"\nseverity = 3\n", 2, "the severity"),
        ];
        for (text, line, words) in cases {
            let error = read::<Sample>(text).unwrap_err();
            assert_eq!(error.line, line, "{error:?}");
            assert!(error.message.contains(words), "{error:?}");
        }
    }

    #[test]
    fn a_fault_is_placed_at_the_text_that_it_is_about() {
        let at = |from, text| SourceError::near("a\nb = 1\nc\nb = 2\n", from, text, String::new()).line;
        assert_eq!((at(1, "b ="), at(3, "b ="), at(3, "z")), (2, 4, 3));
    }
}
