//! Upper limits of what a finding shows. An event can name one machine under a long key, and thousands of them: what a
//! finding adds to the event is bounded whatever stands in it.

use super::text::Text;
use rustc_hash::FxHashSet;
use std::hash::{DefaultHasher, Hasher};

/// Bytes of one value.
pub const MAX_VALUE: usize = 4 * 1024;
/// Values of a list.
pub const MAX_LISTED: usize = 1_000;
/// Bytes of all values of a list together.
pub const MAX_LIST_BYTES: usize = 64 * 1024;
/// Bytes that the second and further copies of keys add to a list. A list is longer by no more than this than what the
/// event says of it.
pub const MAX_KEY_COPIES: usize = 8 * 1024;

const ELLIPSIS: &str = "…";

/// A text of at most [`MAX_VALUE`] bytes, which ends in an ellipsis if it is only the beginning.
pub fn cut(text: Text<'_>) -> Text<'_> {
    if text.len() <= MAX_VALUE {
        return text;
    }
    let beginning = beginning(&text, MAX_VALUE - ELLIPSIS.len());
    [beginning, ELLIPSIS].concat().into()
}

/// [`cut`] for a text that was made of the event.
pub fn cut_owned(text: String) -> String {
    if text.len() <= MAX_VALUE {
        return text;
    }
    cut(text.into()).into_owned()
}

/// At most `length` bytes from the start, whole characters.
fn beginning(text: &str, length: usize) -> &str {
    let mut end = length.min(text.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}

fn hash(text: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    hasher.write(text.as_bytes());
    hasher.finish()
}

/// Texts of a multivalue field, each once, in the order in which they were met. Those beyond the bounds are counted only.
#[derive(Debug, Default)]
pub struct BoundedList<'e> {
    texts: Vec<Text<'e>>,
    bytes: usize,
    /// Bytes of copied keys among them.
    copied: usize,
    /// Hashes of every text that was met.
    met: FxHashSet<u64>,
    /// Texts that were counted elsewhere.
    uncounted: usize,
}

impl<'e> BoundedList<'e> {
    /// Adds a text.
    pub fn add(&mut self, text: Text<'e>) {
        if self.met.insert(hash(&text)) {
            let text = cut(text);
            self.keep(text.len(), || text);
        }
    }

    /// Adds a text that is short enough; it is copied only if it is kept.
    pub fn add_copy(&mut self, text: &str) {
        if self.met.insert(hash(text)) {
            self.keep(text.len(), || text.to_owned().into());
        }
    }

    /// Adds `key=value` for each value. The key is hashed once, and copied only for the texts that are kept. Values
    /// beyond [`MAX_KEY_COPIES`] are counted only; what is added after them is still listed.
    pub fn add_group<'v>(&mut self, key: &str, values: impl Iterator<Item = &'v str>) {
        let mut of_key = DefaultHasher::new();
        of_key.write(key.as_bytes());
        of_key.write(b"=");
        let capacity = MAX_VALUE.saturating_sub(key.len() + 1 + ELLIPSIS.len());
        let mut last_cut = None;
        let mut copied = 0;
        for value in values {
            let mut hasher = of_key.clone();
            hasher.write(value.as_bytes());
            let is_new = self.met.insert(hasher.finish());
            if !is_new || self.copied + copied > MAX_KEY_COPIES {
                continue;
            }
            self.copied += copied;
            copied = key.len();
            let length = key.len() + 1 + value.len();
            if length <= MAX_VALUE {
                self.keep(length, || [key, "=", value].concat().into());
                continue;
            }
            // Values that differ only behind the cut look the same.
            let shown = beginning(value, capacity);
            if last_cut.replace(shown) != Some(shown) {
                // A long key leaves room for the sign that tells a group from a name.
                let parts = [beginning(key, MAX_VALUE / 2), "=", beginning(value, MAX_VALUE)];
                self.keep(MAX_VALUE, || cut(parts.concat().into()));
            }
        }
    }

    /// Adds the texts that another list holds or has counted.
    pub fn append(&mut self, other: Self) {
        other.texts.into_iter().for_each(|text| self.add(text));
        self.met.extend(&other.met);
        self.uncounted += other.uncounted;
    }

    /// Adds a number of texts that are not known.
    pub fn add_unlisted(&mut self, count: usize) {
        self.uncounted += count;
    }

    fn keep(&mut self, length: usize, text: impl FnOnce() -> Text<'e>) {
        let is_full = self.texts.len() >= MAX_LISTED || self.bytes + length > MAX_LIST_BYTES;
        if is_full {
            // What comes later is counted even if it is short, so that the list is the beginning of all.
            self.bytes = MAX_LIST_BYTES;
            return;
        }
        self.bytes += length;
        self.texts.push(text());
    }

    /// How many different texts were added, kept or not.
    pub fn met(&self) -> usize {
        self.met.len()
    }

    /// Whether no text was added.
    pub fn is_empty(&self) -> bool {
        self.texts.is_empty()
    }

    /// The texts, and how many more there are; then the last text says so.
    pub fn into_texts(mut self) -> Listed<'e> {
        let unlisted = self.met.len() - self.texts.len() + self.uncounted;
        if unlisted > 0 {
            self.texts.push(format!("and {unlisted} more").into());
        }
        Listed {
            texts: self.texts,
            unlisted,
        }
    }
}

impl<'e> Extend<Text<'e>> for BoundedList<'e> {
    fn extend<T: IntoIterator<Item = Text<'e>>>(&mut self, texts: T) {
        texts.into_iter().for_each(|text| self.add(text));
    }
}

impl<'e> FromIterator<Text<'e>> for BoundedList<'e> {
    fn from_iter<T: IntoIterator<Item = Text<'e>>>(texts: T) -> Self {
        let mut list = Self::default();
        list.extend(texts);
        list
    }
}

/// The texts of a multivalue field.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Listed<'e> {
    /// The values as users see them; if there are more, the last one is `and N more`.
    pub texts: Vec<Text<'e>>,
    /// How many values are not among them.
    pub unlisted: usize,
}

impl<'e> Listed<'e> {
    /// How many values there are.
    pub fn total(&self) -> usize {
        self.values().len() + self.unlisted
    }

    /// The values that are listed.
    pub fn values(&self) -> &[Text<'e>] {
        let note = usize::from(self.unlisted > 0);
        &self.texts[..self.texts.len() - note]
    }

    /// The list, to add to it.
    pub fn into_list(mut self) -> BoundedList<'e> {
        self.texts.truncate(self.values().len());
        let mut list: BoundedList<'e> = self.texts.into_iter().collect();
        list.add_unlisted(self.unlisted);
        list
    }

    /// A copy that lives longer than the event.
    pub fn into_owned(self) -> Listed<'static> {
        let texts = self.texts.into_iter();
        Listed {
            texts: texts.map(|text| text.into_owned().into()).collect(),
            unlisted: self.unlisted,
        }
    }
}

impl<'e> std::ops::Deref for Listed<'e> {
    type Target = [Text<'e>];

    fn deref(&self) -> &[Text<'e>] {
        &self.texts
    }
}

#[cfg(test)]
mod tests {
    use super::{BoundedList, MAX_KEY_COPIES, MAX_LIST_BYTES, MAX_LISTED, MAX_VALUE, cut};

    #[test]
    fn a_long_value_is_cut_between_characters() {
        let text = "ü".repeat(MAX_VALUE);
        let short = cut(text.as_str().into());
        assert!(short.len() <= MAX_VALUE && short.len() > MAX_VALUE - 4);
        assert!(short.ends_with("ü…"));
        assert_eq!(cut("x".repeat(MAX_VALUE).into()).len(), MAX_VALUE);
    }

    #[test]
    fn the_values_beyond_the_bounds_are_counted_each_once() {
        let mut list = BoundedList::default();
        list.extend((0..MAX_LISTED + 500).map(|at| format!("i-{at}").into()));
        list.extend((0..MAX_LISTED + 500).map(|at| format!("i-{at}").into()));
        let listed = list.into_texts();
        assert_eq!(listed.len(), MAX_LISTED + 1);
        assert_eq!(listed.last().unwrap(), "and 500 more");
        assert_eq!(listed.total(), MAX_LISTED + 500);
        let again = listed.into_list().into_texts();
        assert_eq!(again.last().unwrap(), "and 500 more");
    }

    #[test]
    fn a_long_key_is_not_copied_for_each_of_its_values() {
        let values: Vec<String> = (0..20_000).map(|at| at.to_string()).collect();
        for length in [10, 100, 4_000, 4_095, 4_096, 60_000] {
            let mut list = BoundedList::default();
            list.add_group(&"k".repeat(length), values.iter().map(String::as_str));
            let listed = list.into_texts();
            let bytes: usize = listed.iter().map(|text| text.len()).sum();
            assert!(bytes <= MAX_LIST_BYTES + 32, "{length}: {bytes}");
            let in_event = length + values.iter().map(|value| value.len() + 1).sum::<usize>();
            assert!(bytes <= in_event + MAX_KEY_COPIES + 32, "{length}: {bytes}");
            assert!(listed.iter().all(|text| text.len() <= MAX_VALUE), "{length}");
            assert_eq!(listed.total(), 20_000, "{length}");
        }
    }

    #[test]
    fn many_values_under_a_long_key_hide_no_machine_behind_them() {
        let mut list = BoundedList::default();
        let values: Vec<String> = (0..50).map(|at| at.to_string()).collect();
        list.add_group(&"k".repeat(1_000), values.iter().map(String::as_str));
        list.add("i-0a1b2c3d4e5f60001".into());
        let listed = list.into_texts();
        assert!(listed.values().iter().any(|text| text == "i-0a1b2c3d4e5f60001"));
        assert_eq!(listed.total(), 51);
        assert!(listed.unlisted > 0);
    }

    #[test]
    fn a_pair_and_the_same_text_are_one_value() {
        let mut list = BoundedList::default();
        list.add_group("tag:Env", ["prod", "test"].into_iter());
        list.add("tag:Env=prod".into());
        assert_eq!(&list.into_texts().texts, &["tag:Env=prod", "tag:Env=test"]);
    }
}
