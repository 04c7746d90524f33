//! JSON values as a flat list of nodes, which say where in the text they stand.

use crate::event::name::{Name, Names};
use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use std::cell::{Cell, OnceCell, RefCell};
use std::mem::take;
use std::sync::Arc;

/// A text with more values than this that may be asked for is not read, since each takes memory.
pub const MOST_VALUES: usize = 200_000;

/// The values that a text holds one after the other. The text itself is kept elsewhere.
#[derive(Debug)]
pub struct Tree {
    pub nodes: Vec<Node>,
    /// The names that were known when it was read.
    pub names: Arc<Names>,
    /// Reading ended at something that JSON forbids.
    pub has_fault: bool,
    /// What the strings hold that stand in the text with escapes, one after the other.
    unescaped: String,
    /// The strings that hold JSON by their first letter, in the order of their nodes: what is in each, read when it is
    /// first asked for.
    inner: Vec<(usize, OnceCell<Box<Tree>>)>,
    /// How many values may still be read of the JSON in its strings.
    left: Cell<usize>,
}

/// A value, the name it has in its object, and where the next one begins.
#[derive(Debug)]
pub struct Node {
    pub name: Name,
    /// No list of nodes is longer than [`MOST_VALUES`].
    end: u32,
    pub kind: Kind,
}

/// What a value is.
#[derive(Debug, Clone, Copy)]
pub enum Kind {
    Null,
    Bool(bool),
    /// A string as it stands in the text.
    Plain(Piece),
    /// A string that had escapes.
    Unescaped(Piece),
    Negative(i64),
    Integer(u64),
    Float(f64),
    List(NameSet),
    Object {
        names: NameSet,
        /// Members were passed over.
        has_others: bool,
    },
}

/// Which names can be met in a value: of the members of an object, or of what the items of a list hold.
#[derive(Debug, Clone, Copy, Default)]
pub struct NameSet {
    /// Bit `i`: names whose number, modulo 64, is `i`.
    bits: u64,
}

impl NameSet {
    /// Any name can be met.
    const ALL: Self = Self { bits: !0 };

    fn of(name: Name) -> Self {
        let bits = 1 << (name.number() % u64::BITS);
        Self { bits }
    }

    fn add(&mut self, other: Self) {
        self.bits |= other.bits;
    }

    /// Whether `name` can be met.
    pub fn may_have(self, name: Name) -> bool {
        self.bits & Self::of(name).bits != 0
    }

    /// Whether no name can be met.
    pub fn is_empty(self) -> bool {
        self.bits == 0
    }
}

/// Part of a text that is no longer than [`super::LARGEST`].
#[derive(Debug, Clone, Copy)]
pub struct Piece {
    start: u32,
    length: u32,
}

impl Piece {
    fn new(start: usize, length: usize) -> Option<Self> {
        let start = u32::try_from(start).ok()?;
        let length = u32::try_from(length).ok()?;
        Some(Self { start, length })
    }

    fn of(self, text: &str) -> &str {
        let start = self.start as usize;
        &text[start..start + self.length as usize]
    }
}

impl Node {
    /// Where the next value begins that is not in this one.
    pub fn end(&self) -> usize {
        self.end as usize
    }
}

impl Tree {
    /// Reads the values of a text that is no longer than [`super::LARGEST`], and nothing where there are more than `most`.
    pub fn read(text: &str, most: usize) -> Self {
        let mut values = serde_json::Deserializer::from_str(text);
        let (nodes, unescaped) = SPARE.with_borrow_mut(Vec::pop).unwrap_or_default();
        let names = Names::now();
        let mut tree = Self {
            nodes,
            names: Arc::clone(&names),
            has_fault: false,
            unescaped,
            inner: Vec::new(),
            left: Cell::new(most),
        };
        loop {
            let good = tree.nodes.len();
            let seed = Seed {
                tree: &mut tree,
                text,
                names: &names,
                name: Name::NONE,
            };
            if let Err(error) = seed.deserialize(&mut values) {
                let is_too_much = tree.left.get() == 0 && tree.nodes.len() > good;
                tree.nodes.truncate(if is_too_much { 0 } else { good });
                tree.has_fault = error.is_syntax();
                return tree;
            }
        }
    }

    /// The string at a node, where one is there.
    pub fn string<'t>(&'t self, at: usize, text: &'t str) -> Option<&'t str> {
        match self.nodes[at].kind {
            Kind::Plain(piece) => Some(piece.of(text)),
            Kind::Unescaped(piece) => Some(piece.of(&self.unescaped)),
            _ => None,
        }
    }

    /// The values in the string at a node, with the string, where it may be JSON. All that are read so count against the
    /// number of values that the whole text may have.
    pub fn inner<'t>(&'t self, at: usize, text: &'t str) -> Option<(&'t Tree, &'t str)> {
        let tree = self.inner_at(at)?;
        let string = self.string(at, text)?;
        let tree = tree.get_or_init(|| {
            let tree = Self::read(string, self.left.get());
            self.left.set(tree.left.get().saturating_sub(1));
            Box::new(tree)
        });
        Some((tree, string))
    }

    /// Whether the string at a node may be JSON.
    pub fn has_inner(&self, at: usize) -> bool {
        self.inner_at(at).is_some()
    }

    fn inner_at(&self, at: usize) -> Option<&OnceCell<Box<Tree>>> {
        let found = self.inner.binary_search_by_key(&at, |(at, _)| *at).ok()?;
        Some(&self.inner[found].1)
    }

    fn push(&mut self, name: Name, kind: Kind) -> Option<()> {
        self.left.set(self.left.get().checked_sub(1)?);
        // No list of nodes is longer than `MOST_VALUES`.
        let end = u32::try_from(self.nodes.len() + 1).ok()?;
        self.nodes.push(Node { name, end, kind });
        Some(())
    }
}

/// What trees were kept in, for the next ones: of a large event, taking memory anew costs as much as reading it.
type Spare = Vec<(Vec<Node>, String)>;

/// At most two are kept: one for an event and one for a text in it.
const MOST_SPARE: usize = 2;
/// Both together take no more than this, in bytes; what is more is given back.
const MOST_SPARE_BYTES: usize = 4 << 20;

thread_local! {
    static SPARE: RefCell<Spare> = const { RefCell::new(Vec::new()) };
}

impl Drop for Tree {
    fn drop(&mut self) {
        SPARE.with_borrow_mut(|spare| {
            let size =
                |nodes: &Vec<Node>, text: &String| nodes.capacity() * size_of::<Node>() + text.capacity();
            let own = size(&self.nodes, &self.unescaped);
            let kept: usize = spare.iter().map(|(nodes, text)| size(nodes, text)).sum();
            if own > 0 && spare.len() < MOST_SPARE && kept + own <= MOST_SPARE_BYTES {
                self.nodes.clear();
                self.unescaped.clear();
                spare.push((take(&mut self.nodes), take(&mut self.unescaped)));
            }
        });
    }
}

/// Whether a text can hold JSON that is no single number or string.
pub fn is_json(text: &str) -> bool {
    text.trim_start().starts_with(['{', '['])
}

/// Appends one value that serde_json reads, with everything in it, to a tree.
struct Seed<'t, 'a> {
    tree: &'t mut Tree,
    /// All of the text.
    text: &'a str,
    /// The names of the members that are kept.
    names: &'t Names,
    /// The name the value has in its object.
    name: Name,
}

impl<'a> Seed<'_, 'a> {
    fn push<E: serde::de::Error>(self, kind: Kind) -> Result<NameSet, E> {
        let too_many = || E::custom("too many values");
        self.tree.push(self.name, kind).ok_or_else(too_many)?;
        Ok(NameSet::default())
    }

    fn push_string<E: serde::de::Error>(self, value: &str, kind: Option<Kind>) -> Result<NameSet, E> {
        let kind = kind.ok_or_else(|| E::custom("too long a text"))?;
        if !is_json(value) {
            return self.push(kind);
        }
        self.tree.inner.push((self.tree.nodes.len(), OnceCell::new()));
        self.push(kind)?;
        Ok(NameSet::ALL)
    }

    /// Opens a list or an object.
    fn open<E: serde::de::Error>(&mut self, kind: Kind) -> Result<usize, E> {
        let at = self.tree.nodes.len();
        self.inside(self.name).push(kind)?;
        Ok(at)
    }

    /// What is in the list or object at `at` is there.
    fn close(self, at: usize, kind: Kind) {
        let node = self.tree.nodes.len();
        // No list of nodes is longer than `MOST_VALUES`.
        self.tree.nodes[at].end = u32::try_from(node).unwrap_or(u32::MAX);
        self.tree.nodes[at].kind = kind;
    }

    /// For a value in this one.
    fn inside(&mut self, name: Name) -> Seed<'_, 'a> {
        Seed {
            tree: self.tree,
            text: self.text,
            names: self.names,
            name,
        }
    }
}

impl<'a> DeserializeSeed<'a> for Seed<'_, 'a> {
    type Value = NameSet;

    fn deserialize<D: Deserializer<'a>>(self, deserializer: D) -> Result<NameSet, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'a> Visitor<'a> for Seed<'_, 'a> {
    type Value = NameSet;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E: serde::de::Error>(self) -> Result<NameSet, E> {
        self.push(Kind::Null)
    }

    fn visit_bool<E: serde::de::Error>(self, value: bool) -> Result<NameSet, E> {
        self.push(Kind::Bool(value))
    }

    fn visit_i64<E: serde::de::Error>(self, value: i64) -> Result<NameSet, E> {
        self.push(Kind::Negative(value))
    }

    fn visit_u64<E: serde::de::Error>(self, value: u64) -> Result<NameSet, E> {
        self.push(Kind::Integer(value))
    }

    fn visit_f64<E: serde::de::Error>(self, value: f64) -> Result<NameSet, E> {
        self.push(Kind::Float(value))
    }

    fn visit_str<E: serde::de::Error>(self, value: &str) -> Result<NameSet, E> {
        let piece = Piece::new(self.tree.unescaped.len(), value.len());
        self.tree.unescaped.push_str(value);
        self.push_string(value, piece.map(Kind::Unescaped))
    }

    fn visit_borrowed_str<E: serde::de::Error>(self, value: &'a str) -> Result<NameSet, E> {
        let start = value.as_ptr().addr() - self.text.as_ptr().addr();
        self.push_string(value, Piece::new(start, value.len()).map(Kind::Plain))
    }

    fn visit_seq<A: SeqAccess<'a>>(mut self, mut items: A) -> Result<NameSet, A::Error> {
        let mut names = NameSet::default();
        let at = self.open(Kind::List(names))?;
        while let Some(more) = items.next_element_seed(self.inside(Name::NONE))? {
            names.add(more);
        }
        self.close(at, Kind::List(names));
        Ok(names)
    }

    fn visit_map<A: MapAccess<'a>>(mut self, mut members: A) -> Result<NameSet, A::Error> {
        let (mut names, mut has_others) = (NameSet::default(), false);
        let at = self.open(Kind::Object { names, has_others })?;
        while let Some(name) = members.next_key_seed(Known(self.names))? {
            if let Some(name) = name {
                names.add(NameSet::of(name));
                members.next_value_seed(self.inside(name))?;
            } else {
                has_others = true;
                members.next_value::<IgnoredAny>()?;
            }
        }
        self.close(at, Kind::Object { names, has_others });
        Ok(names)
    }
}

/// Reads the name of a member: nothing where nobody asks for it.
struct Known<'n>(&'n Names);

impl<'a> DeserializeSeed<'a> for Known<'_> {
    type Value = Option<Name>;

    fn deserialize<D: Deserializer<'a>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl Visitor<'_> for Known<'_> {
    type Value = Option<Name>;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("the name of a member")
    }

    fn visit_str<E>(self, value: &str) -> Result<Self::Value, E> {
        Ok(self.0.get(value))
    }
}
