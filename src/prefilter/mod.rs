//! What is worth reading: the letters without which no text holds an operation's name.
//!
//! Letter case does not count, since Azure's varies. JSON may write any letter as `\u0053`; where a letter or a digit
//! is written so, the text is worth reading too. So is one that holds a string which begins as JSON in base64 does: Pub/Sub
//! packs an entry so.

pub mod candidates;
mod teddy;

use fearless_simd::Level;
use teddy::{GROUPS, Groups, Halves, Sieve, WINDOW, Window};

/// `\u00` and two digits: the longest escape that can stand for a letter.
const ESCAPE: &[u8] = b"\\u00";
const ESCAPE_LENGTH: usize = ESCAPE.len() + 2;
/// The digits that stand there for a letter or a digit.
const ESCAPE_FIRST: &[u8] = b"34567";
const ESCAPE_SECOND: &[u8] = b"0123456789abcdefABCDEF";

/// Shorter literals are found too, but make more text be looked at in vain.
pub const GOOD_LENGTH: usize = WINDOW;

/// Finds literals in text.
#[derive(Debug)]
pub struct LiteralFinder {
    sieve: Sieve,
    whole: Whole,
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
        let mut words: Vec<Vec<Window>> = literals.iter().map(|text| windows(text.as_bytes())).collect();
        words.push(vec![escape_window()]);
        let (sieve, choices) = Sieve::new(&words);
        let escape = choices[literals.len()].group;
        let mut whole = Whole::new();
        whole.add_escape(escape);
        let mut groups: [Vec<Literal>; GROUPS] = Default::default();
        for (text, choice) in literals.iter().zip(&choices) {
            whole.add(&text.as_bytes()[choice.window..], choice.group);
            groups[choice.group].push(Literal::new(text, choice.window));
        }
        Self {
            sieve,
            whole,
            groups,
            escape,
            overlap: literals.iter().map(String::len).fold(ESCAPE_LENGTH, usize::max) - 1,
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
            let passed = self.whole.groups(text, at);
            if passed == 0 {
                return None;
            }
            let (start, end) = self.around(text, from, at, passed)?;
            from = found(start, end);
            Some(from)
        });
    }

    /// What stands where the sieve let something pass that these groups let pass, too.
    #[cold]
    fn around(&self, text: &[u8], from: usize, at: usize, passed: Groups) -> Option<(usize, usize)> {
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
    window[ESCAPE.len()] = Halves::of(ESCAPE_FIRST);
    window[ESCAPE.len() + 1] = Halves::of(ESCAPE_SECOND);
    window
}

/// Whether a JSON escape stands for an ASCII letter or digit.
fn is_word_escape(text: &[u8]) -> bool {
    let Some((escape, [high, low])) = text
        .split_at_checked(ESCAPE.len())
        .and_then(|(escape, rest)| Some((escape, rest.first_chunk::<2>()?)))
    else {
        return false;
    };
    let digit = |byte: u8| char::from(byte).to_digit(16);
    let letter = digit(*high).zip(digit(*low));
    let is_word = |(high, low): (u32, u32)| {
        char::from_u32(high << 4 | low).is_some_and(|letter| letter.is_ascii_alphanumeric())
    };
    escape.eq_ignore_ascii_case(ESCAPE) && letter.is_some_and(is_word)
}

/// What the groups let pass, told by whole bytes: the sieve looks at their lower halves only, and what passes it on purpose
/// must not cost more than a few steps.
#[derive(Debug)]
struct Whole(Box<[[Groups; 256]; WINDOW]>);

impl Whole {
    fn new() -> Self {
        Self(Box::new([[0; 256]; WINDOW]))
    }

    /// Lets the beginning of a text pass in `group`, in either case. Behind its end, anything may stand.
    fn add(&mut self, text: &[u8], group: usize) {
        for (place, table) in self.0.iter_mut().enumerate() {
            match text.get(place) {
                Some(byte) => Self::add_byte(*byte, group, table),
                None => table.iter_mut().for_each(|groups| *groups |= 1 << group),
            }
        }
    }

    fn add_byte(byte: u8, group: usize, table: &mut [Groups; 256]) {
        for byte in [byte.to_ascii_lowercase(), byte.to_ascii_uppercase()] {
            table[usize::from(byte)] |= 1 << group;
        }
    }

    /// Lets escapes pass in `group` that may stand for a letter or a digit.
    fn add_escape(&mut self, group: usize) {
        for (place, byte) in ESCAPE.iter().enumerate() {
            Self::add_byte(*byte, group, &mut self.0[place]);
        }
        for (place, digits) in [ESCAPE_FIRST, ESCAPE_SECOND].into_iter().enumerate() {
            for digit in digits {
                Self::add_byte(*digit, group, &mut self.0[ESCAPE.len() + place]);
            }
        }
    }

    /// The groups that let pass what begins at `at`, as far as the text goes.
    #[inline]
    fn groups(&self, text: &[u8], at: usize) -> Groups {
        let window = text[at..].iter().zip(self.0.iter());
        window.fold(!0, |groups, (byte, table)| groups & table[usize::from(*byte)])
    }
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
        let is_hit = |at: &usize| {
            let rest = &text[*at..];
            let is_word = |word: &str| {
                rest.get(..word.len())
                    .is_some_and(|text| text.eq_ignore_ascii_case(word.as_bytes()))
            };
            WORDS.into_iter().any(is_word) || is_word_escape(rest)
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
