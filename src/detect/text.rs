//! Texts of an event, and parts of them.

use std::borrow::Cow;
use std::collections::HashSet;
use std::hash::Hash;

/// A text of the event where it stands there as it is, else one that was made of it.
pub type Text<'e> = Cow<'e, str>;

/// Removes repeated values and keeps the order. It hashes them, since an attacker can make an event hold any number.
pub fn distinct<T: Clone + Eq + Hash>(values: Vec<T>) -> Vec<T> {
    if values.len() < 2 {
        return values;
    }
    let mut seen = HashSet::new();
    let once = |value: &T| seen.insert(value.clone());
    values.into_iter().filter(once).collect()
}

/// A part of a text, which stays in the event if the text does.
pub fn part(text: Text<'_>, cut: impl FnOnce(&str) -> &str) -> Text<'_> {
    match text {
        Cow::Borrowed(text) => Cow::Borrowed(cut(text)),
        Cow::Owned(text) => Cow::Owned(cut(&text).to_owned()),
    }
}

/// The part of a text that `cut` finds, which stays in the event if the text does.
pub fn part_of(text: Text<'_>, cut: impl FnOnce(&str) -> Option<&str>) -> Option<Text<'_>> {
    match text {
        Cow::Borrowed(text) => cut(text).map(Cow::Borrowed),
        Cow::Owned(text) => cut(&text).map(|part| Cow::Owned(part.to_owned())),
    }
}
