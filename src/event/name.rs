//! The names that paths ask for. Members of an object that nobody asks for are passed over, not kept.

use rustc_hash::FxHashMap;
use std::sync::{Arc, LazyLock, PoisonError, RwLock};

/// A name on the way of some path: a number, so that comparing costs nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Name(u32);

/// All names, as they were known at some time.
#[derive(Debug, Clone, Default)]
pub struct Names {
    /// Names longer than their key may share one.
    numbers: FxHashMap<Key, Vec<(Box<str>, Name)>>,
    /// First byte of a name → the lengths of those that begin so: most of the others need not be looked up.
    lengths: Lengths,
    count: u32,
}

/// The first and the last bytes of a text: up to twice eight they are all of it, and comparing them takes no call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct Key {
    first: u64,
    last: u64,
    length: usize,
}

impl Key {
    /// Texts up to this length are told by their keys.
    const WHOLE: usize = 16;

    #[inline]
    fn of(text: &str) -> Self {
        let text = text.as_bytes();
        let length = text.len();
        let (first, last) = if let Some(ends) = ends::<8>(text) {
            ends.map(u64::from_le_bytes).into()
        } else if let Some(ends) = ends::<4>(text) {
            ends.map(|end| u32::from_le_bytes(end).into()).into()
        } else {
            let byte = |at: usize| text.get(at).copied().unwrap_or(0);
            let first = u16::from_le_bytes([byte(0), byte(1)]);
            (first.into(), byte(2).into())
        };
        Self { first, last, length }
    }
}

/// The first and the last bytes of a text, where it has as many.
#[inline]
fn ends<const LENGTH: usize>(text: &[u8]) -> Option<[[u8; LENGTH]; 2]> {
    Some([*text.first_chunk()?, *text.last_chunk()?])
}

/// Bit `i` of a byte's number: there is a text of length `i` that begins with it. The last bit stands for longer ones too.
#[derive(Debug, Clone)]
struct Lengths([u64; 256]);

impl Default for Lengths {
    fn default() -> Self {
        Self([0; 256])
    }
}

impl Lengths {
    fn place(text: &str) -> Option<(usize, u64)> {
        let first = text.as_bytes().first()?;
        Some((usize::from(*first), 1 << text.len().min(63)))
    }

    fn add(&mut self, text: &str) {
        if let Some((first, length)) = Self::place(text) {
            self.0[first] |= length;
        }
    }

    fn have(&self, text: &str) -> bool {
        Self::place(text).is_none_or(|(first, length)| self.0[first] & length != 0)
    }
}

static NAMES: LazyLock<RwLock<Arc<Names>>> = LazyLock::new(RwLock::default);

impl Name {
    /// The name of an item of a list, and of a document's own values.
    pub const NONE: Self = Self(0);

    /// `text` as a name. Only what is read after it was first called finds it.
    pub fn new(text: &str) -> Self {
        if let Some(known) = Names::now().get(text) {
            return known;
        }
        let mut names = NAMES.write().unwrap_or_else(PoisonError::into_inner);
        Arc::make_mut(&mut names).add(text)
    }

    /// Counted from 1 in the order in which they were made.
    pub fn number(self) -> u32 {
        self.0
    }
}

impl Names {
    /// The names known now.
    pub fn now() -> Arc<Self> {
        Arc::clone(&NAMES.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// The name that `text` is, if anybody asks for it.
    #[inline]
    pub fn get(&self, text: &str) -> Option<Name> {
        if self.lengths.have(text) {
            self.find(text)
        } else {
            None
        }
    }

    fn find(&self, text: &str) -> Option<Name> {
        let mut of_key = self.numbers.get(&Key::of(text))?.iter();
        let is_it = |known: &str| text.len() <= Key::WHOLE || known == text;
        of_key.find(|(known, _)| is_it(known)).map(|(_, name)| *name)
    }

    /// Whether `name` was known.
    pub fn has(&self, name: Name) -> bool {
        name.0 <= self.count
    }

    fn add(&mut self, text: &str) -> Name {
        if let Some(known) = self.get(text) {
            return known;
        }
        self.count += 1;
        let name = Name(self.count);
        let of_key = self.numbers.entry(Key::of(text)).or_default();
        of_key.push((text.into(), name));
        self.lengths.add(text);
        name
    }
}

#[cfg(test)]
mod tests {
    use super::{Key, Name, Names};

    #[test]
    fn a_text_is_one_name_and_unknown_until_it_is_made() {
        assert_eq!(Names::now().get("only asked for here"), None);
        let before = Names::now();
        let name = Name::new("only asked for here");
        assert_eq!(Name::new("only asked for here"), name);
        assert_eq!(Names::now().get("only asked for here"), Some(name));
        assert_ne!(Name::new("and this"), name);
        assert!(name != Name::NONE && !before.has(name) && Names::now().has(name));
    }

    #[test]
    fn long_names_that_begin_and_end_alike_are_not_taken_for_each_other() {
        let [one, other, unknown] = ["x", "y", "z"].map(|middle| format!("beginning {middle} the ending"));
        let (one_name, other_name) = (Name::new(&one), Name::new(&other));
        let names = Names::now();
        assert_ne!(one_name, other_name);
        assert_eq!(names.get(&one), Some(one_name));
        assert_eq!(names.get(&other), Some(other_name));
        assert_eq!(names.get(&unknown), None);
    }

    proptest::proptest! {
        #[test]
        fn texts_with_the_same_key_are_the_same_as_far_as_it_is_whole(one in "[ab]{0,18}", other in "[ab]{0,18}") {
            let is_told = one.len() <= Key::WHOLE || one == other;
            proptest::prop_assert!(!is_told || (Key::of(&one) == Key::of(&other)) == (one == other));
        }
    }
}
