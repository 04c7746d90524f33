//! A text that holds JSON, read once: as it is, or as it stands in a cell.

use super::tree::{MOST_VALUES, Tree};
use super::{GROUP, Value};
use crate::event::name::{Name, Names};
use std::borrow::Cow;
use std::sync::{Arc, LazyLock};

/// The largest text that is read, in bytes: sixteen times the largest event of any provider.
pub const LARGEST: usize = 4 << 20;

/// How the quotes of a text are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Quotes {
    /// Each once.
    Single,
    /// Each twice, as in a cell.
    Doubled,
}

impl Quotes {
    /// How many bytes a quote takes.
    #[inline]
    pub fn width(self) -> usize {
        match self {
            Self::Single => 1,
            Self::Doubled => 2,
        }
    }
}

/// How a text is read.
#[derive(Debug)]
pub struct Manner {
    /// How the quotes of the text are written.
    pub quotes: Quotes,
    /// The names of the members that are kept.
    pub names: Arc<Names>,
    /// Whether reading ends at a string that is not kept as it stands.
    pub is_glance: bool,
}

impl Manner {
    /// Of a text as it is.
    pub fn plain(names: Arc<Names>) -> Self {
        Self {
            quotes: Quotes::Single,
            names,
            is_glance: false,
        }
    }
}

/// One or more JSON values, read once. Of objects, only the members whose [`Name`] is known are kept.
#[derive(Debug)]
pub struct Document<'a> {
    text: Cow<'a, str>,
    tree: Tree,
}

impl<'a> Document<'a> {
    /// Reads the JSON values that `text` holds one after the other. Empty where the text does not begin with JSON, is
    /// larger than [`LARGEST`], or holds more than [`MOST_VALUES`] that may be asked for. Members that are passed over need
    /// only be JSON as far as it takes to find their end.
    pub fn parse(text: &'a [u8]) -> Self {
        let sound = sound(text);
        let mut document = Self::of(Cow::Borrowed(sound));
        document.tree.has_fault |= sound.len() < text.len();
        document
    }

    /// Likewise, of what is known to be text.
    pub fn of(text: Cow<'a, str>) -> Self {
        let text = if text.len() > LARGEST {
            Cow::Borrowed("")
        } else {
            text
        };
        let tree = Tree::read(&text, &Manner::plain(every_name()), MOST_VALUES);
        Self { text, tree }
    }

    /// Reads the JSON of a cell where it stands, given without the quotes around it. Nothing where the quotes inside it do
    /// not stand in pairs, or the cell is so large that its text may be larger than [`LARGEST`].
    pub fn in_cell(inner: &'a [u8]) -> Option<Self> {
        Self::doubled(inner, every_name(), false)
    }

    /// Likewise, with no other members than those of these `names`. Nothing also where a string of theirs has escapes.
    pub fn glance(inner: &'a [u8], names: &Arc<Names>) -> Option<Self> {
        Self::doubled(inner, Arc::clone(names), true)
    }

    fn doubled(inner: &'a [u8], names: Arc<Names>, is_glance: bool) -> Option<Self> {
        if inner.len() > LARGEST {
            return None;
        }
        let manner = Manner {
            quotes: Quotes::Doubled,
            names,
            is_glance,
        };
        let text = sound(inner);
        let mut tree = Tree::read(text, &manner, MOST_VALUES);
        tree.has_fault |= text.len() < inner.len();
        let text = Cow::Borrowed(text);
        (!tree.is_refused).then_some(Self { text, tree })
    }

    /// Whether reading ended at something that JSON forbids, before the end of the text.
    pub fn has_fault(&self) -> bool {
        self.tree.has_fault
    }

    /// Whether `value` is all there is.
    pub fn is_only(&self, value: Value<'_>) -> bool {
        std::ptr::eq(value.tree, &raw const self.tree) && value.at == 0 && self.roots().nth(1).is_none()
    }

    /// The values, in order.
    pub fn roots(&self) -> impl Iterator<Item = Value<'_>> {
        Value::all(&self.tree, &self.text, 0, self.tree.nodes.len())
    }
}

/// The names known now. Only those are found in a text that is read with them.
fn every_name() -> Arc<Names> {
    LazyLock::force(&GROUP);
    Names::now()
}

/// The beginning of `text` that is UTF-8.
fn sound(text: &[u8]) -> &str {
    let upto = |error: std::str::Utf8Error| std::str::from_utf8(&text[..error.valid_up_to()]);
    std::str::from_utf8(text).or_else(upto).unwrap_or_default()
}

impl Document<'_> {
    /// The values at `names`, below the first value of the text.
    pub fn each(&self, names: &[Name], found: &mut dyn FnMut(String)) {
        if let Some(root) = self.roots().next() {
            root.all_at(names, &mut |value| found(value.into_owned()));
        }
    }

    /// The target groups at `names`, below the first value of the text.
    pub fn groups(&self, names: &[Name]) -> Vec<(String, Vec<String>)> {
        self.roots()
            .next()
            .map(|root| root.groups(names))
            .unwrap_or_default()
    }
}
