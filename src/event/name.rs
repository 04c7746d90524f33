//! The names that paths ask for. Members of an object that nobody asks for are passed over, not kept.

use rustc_hash::FxHashMap;
use std::hash::{Hash, Hasher};
use std::sync::{Arc, LazyLock, PoisonError, RwLock};

/// A name on the way of some path: a number, so that comparing costs nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Name(u32);

/// All names, as they were known at some time.
#[derive(Debug, Clone, Default)]
pub struct Names {
    /// The names that are told by their keys.
    short: FxHashMap<Key, Name>,
    /// All others.
    long: FxHashMap<Box<[u8]>, Name>,
    /// First byte of a name → the lengths of those that begin so: most of the others need not be looked up.
    lengths: Lengths,
    count: u32,
}

/// The first and the last bytes of a text, which are all of it: comparing them takes no call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Key {
    first: u64,
    last: u64,
    length: usize,
}

impl Key {
    /// Longer texts have none.
    const WHOLE: usize = 16;

    /// The key of a text that is not too long for it.
    #[inline]
    fn of(text: &[u8]) -> Option<Self> {
        let length = text.len();
        if length > Self::WHOLE {
            return None;
        }
        let (first, last) = if let Some(ends) = ends::<8>(text) {
            ends.map(u64::from_le_bytes).into()
        } else if let Some(ends) = ends::<4>(text) {
            ends.map(|end| u32::from_le_bytes(end).into()).into()
        } else {
            let byte = |at: usize| text.get(at).copied().unwrap_or(0);
            let first = u16::from_le_bytes([byte(0), byte(1)]);
            (first.into(), byte(2).into())
        };
        Some(Self { first, last, length })
    }
}

impl Hash for Key {
    /// All of it in one step: names are many, and each step waits for the one before.
    fn hash<H: Hasher>(&self, hasher: &mut H) {
        hasher.write_u64(self.first ^ self.last.rotate_left(24) ^ self.length as u64);
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
    fn place(text: &[u8]) -> Option<(usize, u64)> {
        let first = text.first()?;
        Some((usize::from(*first), 1 << text.len().min(63)))
    }

    fn add(&mut self, text: &[u8]) {
        if let Some((first, length)) = Self::place(text) {
            self.0[first] |= length;
        }
    }

    fn have(&self, text: &[u8]) -> bool {
        Self::place(text).is_none_or(|(first, length)| self.0[first] & length != 0)
    }
}

static NAMES: LazyLock<RwLock<Arc<Names>>> = LazyLock::new(RwLock::default);

impl Name {
    /// The name of an item of a list, and of a document's own values.
    pub const NONE: Self = Self(0);

    /// `text` as a name. Only what is read after it was first called finds it.
    pub fn new(text: &str) -> Self {
        if let Some(known) = Names::now().get(text.as_bytes()) {
            return known;
        }
        let mut names = NAMES.write().unwrap_or_else(PoisonError::into_inner);
        Arc::make_mut(&mut names).add(text.as_bytes())
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
    pub fn get(&self, text: &[u8]) -> Option<Name> {
        if self.lengths.have(text) {
            self.find(text)
        } else {
            None
        }
    }

    fn find(&self, text: &[u8]) -> Option<Name> {
        let known = match Key::of(text) {
            Some(key) => self.short.get(&key),
            None => self.long.get(text),
        };
        known.copied()
    }

    /// Whether `name` was known.
    pub fn has(&self, name: Name) -> bool {
        name.0 <= self.count
    }

    fn add(&mut self, text: &[u8]) -> Name {
        if let Some(known) = self.get(text) {
            return known;
        }
        self.count += 1;
        let name = Name(self.count);
        match Key::of(text) {
            Some(key) => self.short.insert(key, name),
            None => self.long.insert(text.into(), name),
        };
        self.lengths.add(text);
        name
    }
}

#[cfg(test)]
mod tests {
    use super::{Key, Name, Names};

    #[test]
    fn a_text_is_one_name_and_unknown_until_it_is_made() {
        assert_eq!(Names::now().get(b"only asked for here"), None);
        let before = Names::now();
        let name = Name::new("only asked for here");
        assert_eq!(Name::new("only asked for here"), name);
        assert_eq!(Names::now().get(b"only asked for here"), Some(name));
        assert_ne!(Name::new("and this"), name);
        assert!(name != Name::NONE && !before.has(name) && Names::now().has(name));
    }

    #[test]
    fn long_names_that_begin_and_end_alike_are_not_taken_for_each_other() {
        let [one, other, unknown] = ["x", "y", "z"].map(|middle| format!("beginning {middle} the ending"));
        let (one_name, other_name) = (Name::new(&one), Name::new(&other));
        let names = Names::now();
        assert_ne!(one_name, other_name);
        assert_eq!(names.get(one.as_bytes()), Some(one_name));
        assert_eq!(names.get(other.as_bytes()), Some(other_name));
        assert_eq!(names.get(unknown.as_bytes()), None);
    }

    proptest::proptest! {
        #[test]
        fn only_the_same_texts_have_the_same_key(one in "[ab]{0,16}", other in "[ab]{0,16}") {
            proptest::prop_assert!(Key::of(one.as_bytes()).is_some());
            proptest::prop_assert_eq!(Key::of(one.as_bytes()) == Key::of(other.as_bytes()), one == other);
        }
    }
}
