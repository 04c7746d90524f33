//! The header of a chunk: which column holds which field, and where a path lies in it.

use crate::event::path::{Path, without_list_marks};
use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

/// What the names of multivalue twins begin with.
pub const TWIN: &str = "__mv_";

/// The columns of a chunk.
#[derive(Debug, Default)]
pub struct Columns {
    names: Rc<[Vec<u8>]>,
    /// Name without list marks → columns of that name; twins are not among them.
    by_name: HashMap<String, Vec<usize>>,
    /// Column → its `__mv_` twin.
    twins: Rc<[Option<usize>]>,
    /// Number of a path → where it lies, found when it is first asked for.
    locations: RefCell<Vec<Option<Cached>>>,
}

/// Where a path lies, if anywhere.
type Cached = Option<Rc<Location>>;

/// Where a path lies in a header.
#[derive(Debug)]
pub struct Location {
    /// The columns of the field itself.
    pub own: Vec<usize>,
    /// The columns of the fields above it, the nearest first, each with the number of the path's names that lead to it.
    /// They hold JSON where `properties` or the like arrives as one string.
    pub parents: Vec<(usize, usize)>,
    /// Of a list, the columns of its items' `key`.
    pub keys: Vec<usize>,
    /// Of a list, the columns of its items' `values`.
    pub values: Vec<usize>,
}

impl Columns {
    /// Takes the names of a header, already unquoted.
    pub fn new(names: Vec<Vec<u8>>) -> Self {
        let mut first: HashMap<&[u8], usize> = HashMap::new();
        let mut by_name: HashMap<String, Vec<usize>> = HashMap::new();
        for (column, name) in names.iter().enumerate() {
            first.entry(name).or_insert(column);
            if !is_twin(name) {
                let unmarked = without_list_marks(&String::from_utf8_lossy(name));
                by_name.entry(unmarked).or_default().push(column);
            }
        }
        let twin_of = |name: &Vec<u8>| (!is_twin(name)).then(|| first.get(&twin_name(name)[..]).copied());
        Self {
            twins: names.iter().map(|name| twin_of(name).flatten()).collect(),
            names: names.into(),
            by_name,
            locations: RefCell::default(),
        }
    }

    /// The same columns, of which only those whose names begin with `prefix` are named, and without it.
    #[must_use]
    pub fn below(&self, prefix: &str) -> Self {
        let named = self.by_name.iter();
        let named = named.filter_map(|(name, columns)| Some((name.strip_prefix(prefix)?, columns)));
        Self {
            names: Rc::clone(&self.names),
            by_name: named
                .map(|(name, columns)| (name.to_owned(), columns.clone()))
                .collect(),
            twins: Rc::clone(&self.twins),
            locations: RefCell::default(),
        }
    }

    /// The number of columns.
    pub fn len(&self) -> usize {
        self.names.len()
    }

    /// Whether the header is empty.
    pub fn is_empty(&self) -> bool {
        self.names.is_empty()
    }

    /// The column called exactly `name`.
    pub fn find(&self, name: &str) -> Option<usize> {
        let columns = self.named(&without_list_marks(name));
        let exact = |column: &&usize| self.names[**column] == name.as_bytes();
        columns.iter().find(exact).copied()
    }

    /// The column of the field's values, `__mv_<name>`, whether or not the field has a column of its own.
    pub fn find_twin(&self, name: &str) -> Option<usize> {
        let twin = twin_name(name.as_bytes());
        self.names.iter().position(|known| *known == twin)
    }

    /// The first column of the field, list marks ignored.
    pub fn find_unmarked(&self, name: &str) -> Option<usize> {
        self.named(name).first().copied()
    }

    /// The `__mv_` twin of a column.
    pub fn twin(&self, column: usize) -> Option<usize> {
        self.twins[column]
    }

    /// The columns of a field, whose name is given without list marks.
    fn named(&self, unmarked: &str) -> &[usize] {
        self.by_name.get(unmarked).map_or(&[], Vec::as_slice)
    }

    /// Where a path lies, if anywhere.
    pub fn location(&self, path: &Path) -> Cached {
        let mut locations = self.locations.borrow_mut();
        if locations.len() <= path.number() {
            locations.resize(path.number() + 1, None);
        }
        let cached = &mut locations[path.number()];
        cached.get_or_insert_with(|| self.find_location(path)).clone()
    }

    fn find_location(&self, path: &Path) -> Cached {
        let unmarked = without_list_marks(path.text());
        let mut parents = Vec::new();
        for (name, depth) in path.parents() {
            parents.extend(self.named(&name).iter().map(|column| (*column, depth)));
        }
        let below = |name: &str| {
            let columns = path
                .is_list()
                .then(|| self.named(&[&unmarked, ".", name].concat()));
            columns.map_or(Vec::new(), <[usize]>::to_vec)
        };
        let location = Location {
            own: self.named(&unmarked).to_vec(),
            parents,
            keys: below("key"),
            values: below("values"),
        };
        let Location {
            own, parents, keys, ..
        } = &location;
        let is_somewhere = !own.is_empty() || !parents.is_empty() || !keys.is_empty();
        is_somewhere.then(|| Rc::new(location))
    }
}

fn is_twin(name: &[u8]) -> bool {
    name.starts_with(TWIN.as_bytes())
}

fn twin_name(name: &[u8]) -> Vec<u8> {
    [TWIN.as_bytes(), name].concat()
}
