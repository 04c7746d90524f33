//! The names that paths ask for. Members of an object that nobody asks for are passed over, not kept.

use std::sync::{Arc, LazyLock, PoisonError, RwLock};

/// A name on the way of some path: a number, so that comparing costs nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Name(u32);

/// All names, as they were known at some time.
///
/// An event has dozens of members whose names are looked up, so that a table of our own, which knows that texts are short
/// and never go, is worth a tenth of what reading it takes.
#[derive(Debug, Clone, Default)]
pub struct Names {
    /// The names, in the order in which they were made.
    known: Vec<Known>,
    /// Numbers of names, 0 where there is none. A name stands in the slot of its key, or in the next one that was free. A
    /// power of two, most of them free.
    slots: Vec<u32>,
    /// First byte of a name → the lengths of those that begin so: most of the others need not be looked up.
    lengths: Lengths,
}

#[derive(Debug, Clone)]
struct Known {
    key: Key,
    text: Box<[u8]>,
}

/// The length of a text, its first and its last bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Key {
    first: u64,
    last: u64,
    length: usize,
}

impl Key {
    /// Up to so many bytes, the key is all of a text.
    const WHOLE: usize = 16;

    #[inline]
    fn of(text: &[u8]) -> Self {
        let (first, last) = if let Some(ends) = ends::<8>(text) {
            ends.map(u64::from_le_bytes).into()
        } else if let Some(ends) = ends::<4>(text) {
            ends.map(|end| u32::from_le_bytes(end).into()).into()
        } else {
            let byte = |at: usize| text.get(at).copied().unwrap_or(0);
            let first = u16::from_le_bytes([byte(0), byte(1)]);
            (first.into(), byte(2).into())
        };
        let length = text.len();
        Self { first, last, length }
    }

    /// The first slot to look into, of so many, which is a power of two.
    #[inline]
    fn slot(self, slots: usize) -> usize {
        /// Odd, without a pattern: 2⁶⁴ by the golden ratio.
        const SPREAD: u64 = 0x9e37_79b9_7f4a_7c15;
        let mixed = (self.first ^ self.last.rotate_left(24) ^ self.length as u64).wrapping_mul(SPREAD);
        // The high bits depend on all others.
        (mixed >> 32) as usize & (slots - 1)
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
    fn place(text: &[u8]) -> (usize, u64) {
        let first = text.first().copied().unwrap_or_default();
        (first.into(), 1 << text.len().min(63))
    }

    fn add(&mut self, text: &[u8]) {
        let (first, length) = Self::place(text);
        self.0[first] |= length;
    }

    fn have(&self, text: &[u8]) -> bool {
        let (first, length) = Self::place(text);
        self.0[first] & length != 0
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

    #[inline]
    fn find(&self, text: &[u8]) -> Option<Name> {
        let key = Key::of(text);
        let mut slot = key.slot(self.slots.len());
        loop {
            let name = Name(self.slots[slot]);
            let known = self.known(name)?;
            if known.key == key && (key.length <= Key::WHOLE || is_same(&known.text, text)) {
                return Some(name);
            }
            slot = (slot + 1) & (self.slots.len() - 1);
        }
    }

    /// Of these names, only `wanted`, with the numbers that they have.
    #[must_use]
    pub fn only(&self, wanted: &[Name]) -> Self {
        let mut only = Self {
            known: self.known.clone(),
            slots: vec![0; self.slots.len()],
            lengths: Lengths::default(),
        };
        for name in wanted {
            let Some(known) = self.known(*name) else { continue };
            put(&mut only.slots, known.key, name.0);
            only.lengths.add(&known.text);
        }
        only
    }

    /// Whether `name` was known.
    pub fn has(&self, name: Name) -> bool {
        self.known(name)
            .is_some_and(|known| self.get(&known.text) == Some(name))
    }

    fn known(&self, name: Name) -> Option<&Known> {
        self.known.get((name.0 as usize).checked_sub(1)?)
    }

    fn add(&mut self, text: &[u8]) -> Name {
        if let Some(known) = self.get(text) {
            return known;
        }
        let key = Key::of(text);
        self.known.push(Known {
            key,
            text: text.into(),
        });
        self.lengths.add(text);
        if self.known.len() * SLOTS_A_NAME > self.slots.len() {
            let slots = (2 * SLOTS_A_NAME * self.known.len()).next_power_of_two();
            self.slots = vec![0; slots];
            for (known, number) in self.known.iter().zip(1..) {
                put(&mut self.slots, known.key, number);
            }
        }
        let number = u32::try_from(self.known.len()).unwrap_or(u32::MAX);
        put(&mut self.slots, key, number);
        Name(number)
    }
}

/// Kept apart, lest short names pay for the call.
#[inline(never)]
fn is_same(known: &[u8], text: &[u8]) -> bool {
    known == text
}

/// At least: so one looked at is mostly free or the right one.
const SLOTS_A_NAME: usize = 4;

/// Puts a name into the first free slot for it, if it has none.
fn put(slots: &mut [u32], key: Key, number: u32) {
    let mut slot = key.slot(slots.len());
    while slots[slot] != 0 && slots[slot] != number {
        slot = (slot + 1) & (slots.len() - 1);
    }
    slots[slot] = number;
}

#[cfg(test)]
mod tests {
    use super::{Key, Name, Names};

    #[test]
    fn a_text_is_one_name_and_unknown_until_it_is_made() {
        assert_eq!(Names::now().get(b"only asked for here"), None);
        assert_eq!(Names::default().get(b""), None);
        let before = Names::now();
        let name = Name::new("only asked for here");
        assert_eq!(Name::new("only asked for here"), name);
        assert_eq!(Names::now().get(b"only asked for here"), Some(name));
        assert_ne!(Name::new("and this"), name);
        assert!(name != Name::NONE && !before.has(name) && Names::now().has(name));
    }

    #[test]
    fn of_some_names_the_others_are_unknown() {
        let [one, other] = ["one of two", "the other"].map(Name::new);
        let only = Names::now().only(&[other]);
        assert_eq!(only.get(b"one of two"), None);
        assert_eq!(only.get(b"the other"), Some(other));
        assert!(only.has(other) && !only.has(one) && !only.has(Name::NONE));
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
            proptest::prop_assert_eq!(Key::of(one.as_bytes()) == Key::of(other.as_bytes()), one == other);
        }
    }
}
