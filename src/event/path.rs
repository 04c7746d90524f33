//! Paths to values in a log entry, and the names on them.
//!
//! A [`PathTable`] numbers every name that is asked for. Members of an object whose names are not in it are not kept.

use rustc_hash::FxHashMap;

/// Marks a list in a path, as Splunk writes it in the names of extracted fields.
const LIST: &str = "{}";

/// The number of a member name in its [`PathTable`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Name(u32);

/// Member names that are asked for.
#[derive(Debug)]
pub struct NameTable {
    numbers: FxHashMap<Box<str>, Name>,
}

impl Name {
    /// `key` of a group in an SSM target list.
    pub const KEY: Self = Self(0);
    /// `values` of a group in an SSM target list.
    pub const VALUES: Self = Self(1);
}

impl Default for NameTable {
    fn default() -> Self {
        let mut table = Self {
            numbers: FxHashMap::default(),
        };
        table.intern("key");
        table.intern("values");
        table
    }
}

impl NameTable {
    /// Returns the number of `text`, if any path asks for that name.
    pub fn find(&self, text: &str) -> Option<Name> {
        self.numbers.get(text).copied()
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
    /// Where each name ends in the text without list marks.
    ends: Vec<usize>,
    is_list: bool,
    /// The text without list marks, where it has some.
    unmarked: Option<String>,
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

    /// Parses a path. `{}` marks a list; a segment that starts with a URL scheme takes the rest of the path.
    pub fn path(&mut self, text: &str) -> Path {
        self.of_segments(text.to_owned(), &segments(text))
    }

    /// Makes the path of `key` below `parent`, where `key` is one name although it may hold dots; names inside a list
    /// that `key` leads to are segments of their own.
    pub fn flat(&mut self, parent: &str, key: &str) -> Path {
        let (name, in_list) = key.split_once("{}.").unwrap_or((key, ""));
        let mut all = segments(parent);
        all.push(name.trim_end_matches(LIST));
        all.extend(segments(in_list));
        self.of_segments(format!("{parent}.{key}"), &all)
    }

    fn of_segments(&mut self, text: String, segments: &[&str]) -> Path {
        let mut end = 0;
        let ends = segments.iter().map(|segment| {
            end += segment.len() + 1;
            end - 1
        });
        self.paths += 1;
        Path {
            number: self.paths - 1,
            is_list: text.ends_with(LIST),
            unmarked: text.contains(LIST).then(|| without_list_marks(&text)),
            ends: ends.collect(),
            names: segments.iter().map(|name| self.names.intern(name)).collect(),
            text,
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
        self.is_list
    }

    /// The path without list marks.
    pub fn unmarked(&self) -> &str {
        self.unmarked.as_deref().unwrap_or(&self.text)
    }

    /// The paths above this one without list marks, the nearest first, each with the number of its segments.
    pub fn parents(&self) -> impl Iterator<Item = (&str, usize)> {
        let depths = (1..self.names.len()).rev();
        depths.filter_map(|depth| Some((self.unmarked().get(..self.ends[depth - 1])?, depth)))
    }

    /// The name of each segment.
    pub fn names(&self) -> &[Name] {
        &self.names
    }
}

/// The texts between a path's dots without list marks.
fn segments(path: &str) -> Vec<&str> {
    let mut segments = Vec::new();
    let mut rest = path;
    while !rest.is_empty() {
        let is_url = rest.starts_with("http://") || rest.starts_with("https://");
        let end = if is_url {
            rest.len()
        } else {
            rest.find('.').unwrap_or(rest.len())
        };
        segments.push(rest[..end].trim_end_matches(LIST));
        rest = rest.get(end + 1..).unwrap_or("");
    }
    segments
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
            let parents = path.parents();
            parents
                .map(|(name, depth)| format!("{name} {depth}"))
                .collect::<Vec<_>>()
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
