//! Selects the rows and records that can be findings: those that contain at least one literal of an operation.
//!
//! Letter case does not count, since Azure's varies. JSON may write any letter as `\u0053`; where a letter or a digit
//! is written so, the text is worth reading too.

pub mod candidates;
mod teddy;

use fearless_simd::Level;
use teddy::{BUCKETS, BucketSet, Teddy, WINDOW, Window};

/// `\u00` and two digits: the longest escape that can stand for a letter or a digit.
const ESCAPE: &[u8] = b"\\u00";
const ESCAPE_LENGTH: usize = ESCAPE.len() + 2;
/// The digits that stand there for a letter or a digit.
const ESCAPE_FIRST: &[u8] = b"34567";
const ESCAPE_SECOND: &[u8] = b"0123456789abcdefABCDEF";

/// Literals of at least this length keep false candidates rare; shorter ones are found too.
pub const RECOMMENDED_LENGTH: usize = WINDOW;

/// Finds literals in text.
#[derive(Debug)]
pub struct LiteralFinder {
    teddy: Teddy,
    /// The literals of each bucket.
    buckets: [Vec<Literal>; BUCKETS],
    /// The bucket of the escape.
    escape: usize,
    overlap: usize,
}

#[derive(Debug)]
struct Literal {
    text: Vec<u8>,
    /// Where in it the window begins that is looked for.
    window: usize,
}

impl Literal {
    /// Its start and end, if it stands where its window would begin at `offset`.
    fn span_around(&self, text: &[u8], from: usize, offset: usize) -> Option<(usize, usize)> {
        let start = offset.checked_sub(self.window).filter(|start| *start >= from)?;
        let end = start + self.text.len();
        let stands = text.get(start..end)?.eq_ignore_ascii_case(&self.text);
        stands.then_some((start, end))
    }
}

impl LiteralFinder {
    /// Looks for `literals`, which are in lower case.
    pub fn new(literals: &[String]) -> Self {
        let mut patterns: Vec<Vec<Window>> = literals.iter().map(|text| windows(text.as_bytes())).collect();
        patterns.push(vec![escape_window()]);
        let (teddy, choices) = Teddy::new(&patterns);
        let mut buckets: [Vec<Literal>; BUCKETS] = Default::default();
        for (text, choice) in literals.iter().zip(&choices) {
            buckets[choice.bucket].push(Literal {
                text: text.as_bytes().to_vec(),
                window: choice.window,
            });
        }
        let lengths = literals.iter().map(String::len);
        Self {
            teddy,
            buckets,
            escape: choices[literals.len()].bucket,
            overlap: lengths.fold(ESCAPE_LENGTH, usize::max) - 1,
        }
    }

    /// How many bytes two pieces of a text must share, so that nothing across their border is missed.
    pub fn overlap(&self) -> usize {
        self.overlap
    }

    /// Calls `found` with the start and the end of literals in `text`, in order; the search goes on where it returns.
    /// Where two overlap, either may be met first.
    pub fn each(&self, text: &[u8], found: impl FnMut(usize, usize) -> usize) {
        self.each_with(Level::new(), text, found);
    }

    fn each_with(&self, level: Level, text: &[u8], mut found: impl FnMut(usize, usize) -> usize) {
        let mut from = 0;
        self.teddy.each(level, text, |offset, buckets| {
            let (start, end) = self.verify(text, from, offset, buckets)?;
            from = found(start, end);
            Some(from)
        });
    }

    /// The start and end of the literal or escape whose window passed at `offset`.
    #[cold]
    fn verify(&self, text: &[u8], from: usize, offset: usize, passed: BucketSet) -> Option<(usize, usize)> {
        if passed >> self.escape & 1 == 1 && is_word_escape(&text[offset..]) {
            return Some((offset, offset + ESCAPE_LENGTH));
        }
        let buckets = self.buckets.iter().enumerate();
        let mut literals = buckets
            .filter(|(bucket, _)| passed >> bucket & 1 == 1)
            .flat_map(|(_, literals)| literals);
        literals.find_map(|literal| literal.span_around(text, from, offset))
    }
}

/// All windows of a literal, by the offset where they begin.
fn windows(literal: &[u8]) -> Vec<Window> {
    let last = literal.len().saturating_sub(WINDOW);
    (0..=last).map(|start| window(&literal[start..])).collect()
}

/// The first letters of a text, in either case. Behind its end, anything may stand.
fn window(text: &[u8]) -> Window {
    std::array::from_fn(|place| match text.get(place) {
        Some(byte) => vec![byte.to_ascii_lowercase(), byte.to_ascii_uppercase()],
        None => (0..=u8::MAX).collect(),
    })
}

/// An escape that stands for an ASCII letter or digit, or nearly.
fn escape_window() -> Window {
    let mut window = window(ESCAPE);
    window[ESCAPE.len()] = ESCAPE_FIRST.to_vec();
    window[ESCAPE.len() + 1] = ESCAPE_SECOND.to_vec();
    window
}

/// Whether `text` begins with a JSON escape that stands for an ASCII letter or digit.
fn is_word_escape(text: &[u8]) -> bool {
    let digits = text.get(ESCAPE.len()..ESCAPE_LENGTH);
    let code = digits
        .and_then(|digits| std::str::from_utf8(digits).ok())
        .and_then(|digits| u8::from_str_radix(digits, 16).ok());
    let is_escape = text
        .get(..ESCAPE.len())
        .is_some_and(|start| start.eq_ignore_ascii_case(ESCAPE));
    is_escape && code.is_some_and(|code| code.is_ascii_alphanumeric())
}

#[cfg(test)]
mod tests {
    use super::{ESCAPE_LENGTH, LiteralFinder, is_word_escape};
    use fearless_simd::Level;
    use proptest::prelude::*;

    const WORDS: [&str; 8] = [
        "startsession",
        "serial",
        "runcommand",
        "ab",
        "sshpublickey",
        "372140e0",
        "\"eyj",
        "\"ewo",
    ];

    /// What is found, a byte at a time.
    fn slow(text: &[u8]) -> Vec<usize> {
        let is_match = |at: &usize| {
            let rest = &text[*at..];
            let is_word = |word: &str| {
                rest.get(..word.len())
                    .is_some_and(|text| text.eq_ignore_ascii_case(word.as_bytes()))
            };
            WORDS.into_iter().any(is_word) || is_word_escape(rest)
        };
        (0..text.len()).filter(is_match).collect()
    }

    fn piece() -> impl Strategy<Value = Vec<u8>> {
        let word = || proptest::sample::select(WORDS.to_vec());
        let escape = proptest::sample::select(vec!["\\u0053", "\\u003C", "\\u0020", "\\u007A", "\\u00"]);
        prop_oneof![
            word().prop_map(|word| word.as_bytes().to_vec()),
            word().prop_map(|word| word.to_uppercase().into_bytes()),
            word().prop_map(|word| word.as_bytes()[..word.len() / 2].to_vec()),
            escape.prop_map(|escape| escape.as_bytes().to_vec()),
            proptest::collection::vec(any::<u8>(), 0..80),
            "[ -~]{0,80}".prop_map(String::into_bytes),
        ]
    }

    proptest! {
        #[test]
        fn every_literal_in_a_text_is_found(pieces in proptest::collection::vec(piece(), 0..12)) {
            let text = pieces.concat();
            let finder = LiteralFinder::new(&WORDS.map(str::to_owned));
            for level in [Level::new(), Level::baseline()] {
                let mut found = Vec::new();
                finder.each_with(level, &text, |start, _| {
                    found.push(start);
                    start + 1
                });
                found.sort_unstable();
                prop_assert_eq!(found, slow(&text));
            }
        }
    }

    #[test]
    fn pieces_share_as_much_as_the_longest_word() {
        let finder = |word: &str| LiteralFinder::new(&[word.to_owned()]).overlap();
        assert_eq!((finder("ab"), finder("startsession")), (ESCAPE_LENGTH - 1, 11));
    }
}
