//! Paths to values in a log entry, and the names on them.
//!
//! A [`PathTable`] numbers every name that is asked for. Members of an object whose names are not in it are not kept.

use rustc_hash::{FxHashMap, FxHashSet};

/// The name of a member that an object gets where the text ends in its middle.
pub const CUT: &str = "directvm.cut";

/// Marks a list in a path, as Splunk writes it in the names of extracted fields.
const LIST: &str = "{}";

/// The number of a member name in its [`PathTable`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Name(u32);

/// Member names that are asked for.
#[derive(Debug)]
pub struct NameTable {
    numbers: FxHashMap<Box<str>, Name>,
    /// The first of the names that differ in the case of their letters only, by their text in lower case.
    folded: FxHashMap<Box<str>, Name>,
    /// For each name, that first one.
    folds: Vec<Name>,
    /// Names of objects whose members are all kept.
    whole: FxHashSet<Name>,
    /// Names of members in which the case of letters counts for nothing; and as a set, which is asked first.
    folding: FxHashSet<Name>,
    may_fold: NameSet,
}

impl Name {
    /// `key` of a group in an SSM target list.
    pub const KEY: Self = Self(0);
    /// `values` of a group in an SSM target list.
    pub const VALUES: Self = Self(1);
    /// Any member of an object below [`NameTable::keeps_all`]; in paths `*`.
    pub const ANY: Self = Self(2);
    /// The member of an object in whose middle the text ended.
    pub const CUT: Self = Self(3);
}

impl Default for NameTable {
    fn default() -> Self {
        let mut table = Self {
            numbers: FxHashMap::default(),
            folded: FxHashMap::default(),
            folds: Vec::new(),
            whole: FxHashSet::default(),
            folding: FxHashSet::default(),
            may_fold: NameSet::default(),
        };
        table.intern("key");
        table.intern("values");
        table.intern("*");
        table.intern(CUT);
        table
    }
}

impl NameTable {
    /// Returns the number of `text`, if any path asks for that name.
    pub fn find(&self, text: &str) -> Option<Name> {
        self.numbers.get(text).copied()
    }

    /// Does the same where the case of letters counts for nothing.
    pub fn find_folded(&self, text: &str) -> Option<Name> {
        let folded = || self.folded.get(text.to_ascii_lowercase().as_str()).copied();
        self.find(text).or_else(folded)
    }

    /// Whether two names differ in the case of their letters at most.
    pub fn is_same_folded(&self, one: Name, other: Name) -> bool {
        let fold = |name: Name| self.folds.get(name.0 as usize);
        fold(one) == fold(other)
    }

    /// Whether the case of letters counts for nothing in the names below `name`.
    pub fn folds_below(&self, name: Name) -> bool {
        self.may_fold.may_have(name) && self.folding.contains(&name)
    }

    /// Whether all members are kept of objects that are called `name`.
    pub fn keeps_all(&self, name: Name) -> bool {
        self.whole.contains(&name)
    }

    /// The number of names.
    pub fn len(&self) -> usize {
        self.numbers.len()
    }

    /// Whether there is no name.
    pub fn is_empty(&self) -> bool {
        self.numbers.is_empty()
    }

    fn intern(&mut self, text: &str) -> Name {
        if let Some(known) = self.find(text) {
            return known;
        }
        let next = Name(u32::try_from(self.numbers.len()).unwrap_or(u32::MAX));
        self.numbers.insert(text.into(), next);
        let lower = text.to_ascii_lowercase().into_boxed_str();
        self.folds.push(*self.folded.entry(lower).or_insert(next));
        next
    }
}

/// A set of names that may hold more than was added: a bit for each name's number modulo 64.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct NameSet(u64);

impl NameSet {
    /// Every name.
    pub const ALL: Self = Self(!0);

    /// Only `name`.
    pub fn of(name: Name) -> Self {
        Self(1 << (name.0 % u64::BITS))
    }

    /// The names of both sets.
    #[must_use]
    pub fn union(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Returns false only where `name` was not added.
    pub fn may_have(self, name: Name) -> bool {
        self.0 & Self::of(name).0 != 0
    }

    /// Whether no name was added.
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }
}

/// Makes paths. Paths of one table can be asked of documents that were read with its names.
#[derive(Debug, Default)]
pub struct PathTable {
    names: NameTable,
    paths: usize,
}

/// Where a value lies, e.g. `requestParameters.instanceIds{}`, as Splunk names extracted fields.
#[derive(Debug, Clone)]
pub struct Path {
    number: usize,
    text: String,
    names: Vec<Name>,
    /// Index of the segment that is one name although it may hold dots.
    flat: Option<usize>,
}

impl PathTable {
    /// The names of all paths that were made.
    pub fn names(&self) -> &NameTable {
        &self.names
    }

    /// Returns the number of a name, and adds it to the table.
    pub fn name(&mut self, text: &str) -> Name {
        self.names.intern(text)
    }

    /// The case of letters counts for nothing in the names below the member `text`.
    pub fn fold_below(&mut self, text: &str) {
        let name = self.names.intern(text);
        self.names.folding.insert(name);
        self.names.may_fold = self.names.may_fold.union(NameSet::of(name));
    }

    /// Parses a path. `{}` marks a list; a segment that starts with a URL scheme takes the rest of the path.
    pub fn path(&mut self, text: &str) -> Path {
        self.parse(text.to_owned(), None)
    }

    /// Makes the path of `key` below the member `parent`, where `key` is one name although it may hold dots; names inside a
    /// list that `key` leads to are segments of their own.
    pub fn flat(&mut self, parent: &str, key: &str) -> Path {
        self.parse(format!("{parent}.{key}"), Some(1))
    }

    fn parse(&mut self, text: String, flat: Option<usize>) -> Path {
        self.paths += 1;
        let segments = Segments::new(&text, flat);
        let names = segments.map(|segment| self.names.intern(segment.name.trim_end_matches(LIST)));
        let names: Vec<Name> = names.collect();
        if let [.., object, Name::ANY] = names[..] {
            self.names.whole.insert(object);
        }
        Path {
            number: self.paths - 1,
            names,
            text,
            flat,
        }
    }
}

impl Path {
    /// Tells the path from all others of its table; counted from 0.
    pub fn number(&self) -> usize {
        self.number
    }

    /// The path as Splunk names the field.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Whether a list is expected at the end. It may arrive as JSON text.
    pub fn is_list(&self) -> bool {
        self.text.ends_with(LIST)
    }

    /// The paths above this one without list marks, the nearest first, each with the number of its segments.
    pub fn parents(&self) -> Vec<(String, usize)> {
        let segments = Segments::new(&self.text, self.flat);
        let ends = segments.map(|segment| without_list_marks(&self.text[..segment.end]));
        let mut parents: Vec<_> = ends.zip(1..).collect();
        parents.pop();
        parents.reverse();
        parents
    }

    /// The name of each segment.
    pub fn names(&self) -> &[Name] {
        &self.names
    }
}

/// The texts between a path's dots.
struct Segments<'t> {
    text: &'t str,
    flat: Option<usize>,
    start: usize,
    count: usize,
}

/// A segment, and where it ends in the path.
struct Segment<'t> {
    name: &'t str,
    end: usize,
}

impl<'t> Segments<'t> {
    fn new(text: &'t str, flat: Option<usize>) -> Self {
        let (start, count) = (0, 0);
        Self {
            text,
            flat,
            start,
            count,
        }
    }
}

impl<'t> Iterator for Segments<'t> {
    type Item = Segment<'t>;

    fn next(&mut self) -> Option<Segment<'t>> {
        let rest = self.text.get(self.start..).filter(|rest| !rest.is_empty())?;
        let is_url = rest.starts_with("http://") || rest.starts_with("https://");
        let length = match self.flat {
            Some(flat) if flat == self.count => rest.find("{}.").map(|at| at + LIST.len()),
            _ if is_url => None,
            _ => rest.find('.'),
        };
        let name = &rest[..length.unwrap_or(rest.len())];
        let end = self.start + name.len();
        self.start = end + 1;
        self.count += 1;
        Some(Segment { name, end })
    }
}

/// A field's name without list marks.
pub fn without_list_marks(name: &str) -> String {
    name.replace(LIST, "")
}

#[cfg(test)]
mod tests {
    use super::{Path, PathTable};

    #[test]
    fn parents_are_the_nearest_first() {
        let mut table = PathTable::default();
        let parents = |path: &Path| {
            let parents = path.parents().into_iter();
            let parents = parents.map(|(name, depth)| format!("{name} {depth}"));
            parents.collect::<Vec<_>>()
        };
        assert_eq!(parents(&table.path("a.b{}.c.d{}")), ["a.b.c 3", "a.b 2", "a 1"]);
        assert_eq!(
            parents(&table.flat("unmapped", "a.b{}.c")),
            ["unmapped.a.b 2", "unmapped 1"]
        );
        assert!(parents(&table.path("a{}")).is_empty());
    }

    #[test]
    fn a_path_is_split_at_dots_but_not_inside_a_url() {
        let upn = "http://schemas.xmlsoap.org/ws/2005/05/upn";
        let mut table = PathTable::default();
        let paths = [
            (table.path("a.b{}.c"), vec!["a", "b", "c"]),
            (table.path(&format!("claims.{upn}")), vec!["claims", upn]),
            (
                table.flat("unmapped", "requestParameters.target"),
                vec!["unmapped", "requestParameters.target"],
            ),
            (
                table.flat("unmapped", "requestParameters.runbooks{}.parameters.Id{}"),
                vec!["unmapped", "requestParameters.runbooks", "parameters", "Id"],
            ),
        ];
        for (path, names) in paths {
            let names: Vec<_> = names.into_iter().map(|name| table.name(name)).collect();
            assert_eq!(path.names(), names, "{}", path.text());
        }
    }

    #[test]
    fn only_names_on_paths_are_found() {
        let mut table = PathTable::default();
        let path = table.path("a.b");
        assert_eq!(table.names().find("b"), Some(path.names()[1]));
        assert_eq!(table.names().find("c"), None);
        assert_eq!(table.path("b").names(), &path.names()[1..]);
    }
}
