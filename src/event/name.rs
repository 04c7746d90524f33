//! The names that paths ask for. Members of an object that nobody asks for are passed over, not kept.

use rustc_hash::FxHashMap;
use std::sync::{Arc, LazyLock, PoisonError, RwLock};

/// A name on the way of some path: a number, so that comparing costs nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Name(u32);

/// All names, as they were known at some time.
#[derive(Debug, Clone, Default)]
pub struct Names {
    numbers: FxHashMap<Box<str>, Name>,
    /// First byte of a name → the lengths of those that begin so: most of the others need not be looked up.
    lengths: Lengths,
    count: u32,
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
}

impl Names {
    /// The names known now.
    pub fn now() -> Arc<Self> {
        Arc::clone(&NAMES.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// The name that `text` is, if anybody asks for it.
    pub fn get(&self, text: &str) -> Option<Name> {
        let is_likely = self.lengths.have(text);
        is_likely.then(|| self.numbers.get(text).copied())?
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
        self.numbers.insert(text.into(), name);
        self.lengths.add(text);
        name
    }
}

#[cfg(test)]
mod tests {
    use super::{Name, Names};

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
}
