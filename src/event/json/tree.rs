//! JSON values as a flat list of nodes, which say where in the text they stand.

use super::document::Manner;
use super::marks::Marks;
use super::reader::Reader;
use super::source::{Source, Stop};
use crate::event::name::{Name, Names};
use std::cell::{Cell, OnceCell, RefCell};
use std::mem::take;
use std::sync::Arc;

/// A text with more values than this that may be asked for is not read, since each takes memory.
pub const MOST_VALUES: usize = 200_000;

/// The values that a text holds one after the other. The text itself is kept elsewhere.
#[derive(Debug)]
pub struct Tree {
    pub nodes: Vec<Node>,
    /// The names that were looked for.
    pub names: Arc<Names>,
    /// Reading ended at something that JSON forbids.
    pub has_fault: bool,
    /// Nothing was read: quotes that should be doubled are not, or there is more to it than a glance tells.
    pub is_refused: bool,
    /// What the strings hold that stand in the text with escapes, one after the other.
    pub unescaped: String,
    /// The strings that hold JSON by their first letter, in the order of their nodes: what is in each, read when it is
    /// first asked for.
    inner: Vec<(usize, Inner)>,
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
    pub const ALL: Self = Self { bits: !0 };

    /// Only `name`.
    pub fn of(name: Name) -> Self {
        let bits = 1 << (name.number() % u64::BITS);
        Self { bits }
    }

    /// Also the names of another.
    pub fn add(&mut self, other: Self) {
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
    /// Nothing where there is no such part.
    pub fn new(start: usize, length: usize) -> Option<Self> {
        let start = u32::try_from(start).ok()?;
        let length = u32::try_from(length).ok()?;
        Some(Self { start, length })
    }

    fn of(self, text: &str) -> &str {
        let start = self.start as usize;
        &text[start..start + self.length as usize]
    }
}

impl Kind {
    /// Which names can be met in the items of a list, or in an object that is one of these.
    pub fn names(self) -> NameSet {
        match self {
            Self::List(names) | Self::Object { names, .. } => names,
            _ => NameSet::default(),
        }
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
    pub fn read(text: &str, manner: &Manner, most: usize) -> Self {
        let (nodes, unescaped) = SPARE.with_borrow_mut(Vec::pop).unwrap_or_default();
        let mut tree = Self {
            nodes,
            names: Arc::clone(&manner.names),
            has_fault: false,
            is_refused: false,
            unescaped,
            inner: Vec::new(),
            left: Cell::new(most),
        };
        let quotes = manner.quotes;
        let filled = Marks::with(text, quotes, |marks| {
            tree.fill(Source { text, quotes, marks }, manner);
        });
        tree.is_refused |= filled.is_none();
        tree
    }

    /// Reads until something is no value.
    fn fill(&mut self, source: Source<'_>, manner: &Manner) {
        let (good, stop) = Reader::new(self, source, manner).all();
        self.has_fault = matches!(stop, Stop::Fault);
        self.is_refused = matches!(stop, Stop::Escaped);
        let kept = if matches!(stop, Stop::TooMany) { 0 } else { good };
        self.nodes.truncate(kept);
    }

    /// The string at a node, where one is there.
    pub fn string<'t>(&'t self, at: usize, text: &'t str) -> Option<&'t str> {
        match self.nodes[at].kind {
            Kind::Plain(piece) => Some(piece.of(text)),
            Kind::Unescaped(piece) => Some(piece.of(&self.unescaped)),
            _ => None,
        }
    }

    /// The values in the string at a node, with the string, where it is JSON in the first value of which names can be met.
    /// All that are read so count against the number of values that the whole text may have.
    pub fn inner<'t>(&'t self, at: usize, text: &'t str) -> Option<(&'t Tree, &'t str)> {
        let tree = self.inner_at(at)?;
        let string = self.string(at, text)?;
        let tree = tree.get_or_init(|| {
            let manner = Manner::plain(Arc::clone(&self.names));
            let tree = Self::read(string, &manner, self.left.get());
            self.left.set(tree.left.get().saturating_sub(1));
            let first = tree.nodes.first()?;
            (!first.kind.names().is_empty()).then(|| Box::new(tree))
        });
        Some((tree.as_deref()?, string))
    }

    /// Which names can be met in the last value, whose node this is: any in a string that may be JSON.
    pub fn names_in(&self, at: usize) -> NameSet {
        match self.inner.last() {
            Some((inner, _)) if *inner == at => NameSet::ALL,
            _ => self.nodes[at].kind.names(),
        }
    }

    /// Whether the string at a node may be JSON.
    pub fn has_inner(&self, at: usize) -> bool {
        self.inner_at(at).is_some()
    }

    fn inner_at(&self, at: usize) -> Option<&Inner> {
        let found = self.inner.binary_search_by_key(&at, |(at, _)| *at).ok()?;
        Some(&self.inner[found].1)
    }

    /// Appends a value; nothing where there are too many.
    #[inline]
    pub fn push(&mut self, name: Name, kind: Kind) -> Option<()> {
        self.left.set(self.left.get().checked_sub(1)?);
        // No list of nodes is longer than `MOST_VALUES`.
        let end = u32::try_from(self.nodes.len() + 1).ok()?;
        self.nodes.push(Node { name, end, kind });
        Some(())
    }

    /// What is in the list or object at `at` is there.
    pub fn close(&mut self, at: usize, kind: Kind) {
        // No list of nodes is longer than `MOST_VALUES`.
        self.nodes[at].end = u32::try_from(self.nodes.len()).unwrap_or(u32::MAX);
        self.nodes[at].kind = kind;
    }

    /// The next value is a string that holds JSON by its first letter.
    pub fn expect_inner(&mut self) {
        self.inner.push((self.nodes.len(), OnceCell::new()));
    }
}

/// What is in a string, once it was asked for: nothing where it leads nowhere, since a tree takes more memory than the string.
type Inner = OnceCell<Option<Box<Tree>>>;

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
    match text.as_bytes().first() {
        Some(b'{' | b'[') => true,
        Some(b'!'..=b'~') | None => false,
        Some(_) => text.trim_start().starts_with(['{', '[']),
    }
}
