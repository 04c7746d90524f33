//! What is worth reading: the letters without which no text holds an operation's name.
//!
//! Letter case does not count, since Azure's varies. JSON may write any letter as `\u0053`; where a letter or a digit
//! is written so, the text is worth reading too. So is one that holds a string which begins as JSON in base64 does: Pub/Sub
//! packs an entry so.

use super::shape::PACKED;
use super::sieve::{GROUPS, Halves, Sieve, WINDOW, Window};
use fearless_simd::Level;

/// `\u00` and two digits: the longest escape that can stand for a letter.
const ESCAPE: &[u8] = b"\\u00";
const ESCAPE_LENGTH: usize = ESCAPE.len() + 2;

/// Shorter literals are found too, but make more text be looked at in vain.
pub const GOOD_LENGTH: usize = WINDOW;

/// Finds literals in text.
#[derive(Debug)]
pub struct LiteralFinder {
    sieve: Sieve,
    /// The literals of each of the sieve's groups.
    groups: [Vec<Literal>; GROUPS],
    /// The group of the escape.
    escape: usize,
    overlap: usize,
}

#[derive(Debug)]
struct Literal {
    text: Vec<u8>,
    /// Where in it the window begins that the sieve looks for.
    window: usize,
    /// The window's text, folded.
    key: Folded,
    /// The bits of it that count, as a literal may end before its window does.
    mask: Folded,
}

/// The bytes of a window and some behind it, in which the bit that tells upper from lower case is set.
type Folded = u64;

fn folded(text: &[u8]) -> Folded {
    let bytes = text.first_chunk().copied().unwrap_or_else(|| {
        let mut bytes = [0; size_of::<Folded>()];
        bytes[..text.len()].copy_from_slice(text);
        bytes
    });
    Folded::from_le_bytes(bytes) | 0x2020_2020_2020_2020
}

impl Literal {
    fn new(text: &str, window: usize) -> Self {
        let unused = WINDOW.saturating_sub(text.len() - window) + size_of::<Folded>() - WINDOW;
        Self {
            text: text.as_bytes().to_vec(),
            window,
            key: folded(&text.as_bytes()[window..]),
            mask: Folded::MAX >> (8 * unused),
        }
    }

    /// Its start and end, if it stands where its window would be at `at`.
    fn stands_around(&self, text: &[u8], from: usize, at: usize) -> Option<(usize, usize)> {
        let start = at.checked_sub(self.window).filter(|start| *start >= from)?;
        let end = start + self.text.len();
        let stands = text.get(start..end)?.eq_ignore_ascii_case(&self.text);
        stands.then_some((start, end))
    }
}

impl LiteralFinder {
    /// Looks for `literals`, which are in lower case.
    pub fn new(literals: &[String]) -> Self {
        let packed = PACKED.map(|start| format!("\"{}", start.to_ascii_lowercase()));
        let literals: Vec<&str> = literals.iter().chain(&packed).map(String::as_str).collect();
        let mut words: Vec<Vec<Window>> = literals.iter().map(|text| windows(text.as_bytes())).collect();
        words.push(vec![escape_window()]);
        let (sieve, choices) = Sieve::new(&words);
        let mut groups: [Vec<Literal>; GROUPS] = Default::default();
        for (text, choice) in literals.iter().zip(&choices) {
            groups[choice.group].push(Literal::new(text, choice.window));
        }
        Self {
            sieve,
            groups,
            escape: choices[literals.len()].group,
            overlap: literals
                .iter()
                .map(|text| text.len())
                .fold(ESCAPE_LENGTH, usize::max)
                - 1,
        }
    }

    /// How many bytes two pieces of a text must share, so that nothing on their border is overlooked.
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
        self.sieve.each(level, text, |at| {
            let (start, end) = self.around(text, from, at)?;
            from = found(start, end);
            Some(from)
        });
    }

    /// What stands where the sieve let something pass.
    #[cold]
    fn around(&self, text: &[u8], from: usize, at: usize) -> Option<(usize, usize)> {
        let passed = self.sieve.groups(text, at);
        if passed >> self.escape & 1 == 1 && is_word_escape(&text[at..]) {
            return Some((at, at + ESCAPE_LENGTH));
        }
        let here = folded(&text[at..]);
        let mut left = passed;
        while left != 0 {
            let literals = &self.groups[left.trailing_zeros() as usize];
            let mut fitting = literals
                .iter()
                .filter(|literal| (here ^ literal.key) & literal.mask == 0);
            let found = fitting.find_map(|literal| literal.stands_around(text, from, at));
            if found.is_some() {
                return found;
            }
            left &= left - 1;
        }
        None
    }
}

/// All windows of a literal, by the place where they begin.
fn windows(literal: &[u8]) -> Vec<Window> {
    let last = literal.len().saturating_sub(WINDOW);
    (0..=last).map(|at| window(&literal[at..])).collect()
}

/// The first letters of a text. Behind its end, anything may stand.
fn window(text: &[u8]) -> Window {
    std::array::from_fn(|at| match text.get(at) {
        Some(byte) => Halves::of(&[*byte]),
        None => Halves::ANY,
    })
}

/// An escape that stands for an ASCII letter or digit, or nearly.
fn escape_window() -> Window {
    let mut window = window(ESCAPE);
    window[ESCAPE.len()] = Halves::of(b"34567");
    window[ESCAPE.len() + 1] = Halves::of(b"0123456789abcdefABCDEF");
    window
}

/// Whether a JSON escape stands for an ASCII letter or digit.
fn is_word_escape(text: &[u8]) -> bool {
    let digits = text
        .get(..ESCAPE_LENGTH)
        .filter(|escape| escape[..ESCAPE.len()].eq_ignore_ascii_case(ESCAPE))
        .and_then(|escape| std::str::from_utf8(&escape[ESCAPE.len()..]).ok());
    digits
        .and_then(|digits| u8::from_str_radix(digits, 16).ok())
        .is_some_and(|byte| byte.is_ascii_alphanumeric())
}

#[cfg(test)]
mod tests {
    use super::{ESCAPE_LENGTH, LiteralFinder, PACKED, is_word_escape};
    use fearless_simd::Level;
    use proptest::prelude::*;

    const WORDS: [&str; 6] = [
        "startsession",
        "serial",
        "runcommand",
        "ab",
        "sshpublickey",
        "372140e0",
    ];

    /// What is found, a byte at a time.
    fn slow(text: &[u8]) -> Vec<usize> {
        let is_hit = |at: &usize| {
            let rest = &text[*at..];
            let is_word = |word: &str| {
                rest.get(..word.len())
                    .is_some_and(|text| text.eq_ignore_ascii_case(word.as_bytes()))
            };
            let packed = PACKED.map(|start| format!("\"{start}"));
            let packed = packed.iter().map(String::as_str);
            WORDS.into_iter().chain(packed).any(is_word) || is_word_escape(rest)
        };
        (0..text.len()).filter(is_hit).collect()
    }

    fn piece() -> impl Strategy<Value = Vec<u8>> {
        let words = proptest::sample::select(WORDS.to_vec()).prop_map(|word| word.as_bytes().to_vec());
        let capitals =
            proptest::sample::select(WORDS.to_vec()).prop_map(|word| word.to_uppercase().into_bytes());
        let cut = proptest::sample::select(WORDS.to_vec())
            .prop_map(|word| word.as_bytes()[..word.len() / 2].to_vec());
        let escapes = proptest::sample::select(vec!["\\u0053", "\\u003C", "\\u0020", "\\u007A", "\\u00"]);
        prop_oneof![
            words,
            capitals,
            cut,
            escapes.prop_map(|escape| escape.as_bytes().to_vec()),
            proptest::collection::vec(any::<u8>(), 0..80),
            "[ -~]{0,80}".prop_map(String::into_bytes),
        ]
    }

    proptest! {
        #[test]
        fn all_that_stands_in_a_text_is_found(pieces in proptest::collection::vec(piece(), 0..12)) {
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
