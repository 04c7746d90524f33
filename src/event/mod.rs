//! One provider log entry, asked for values by path.
//!
//! The core never learns whether an event is a JSON document ([`json`]) or a row of fields that Splunk has
//! extracted ([`row`]); [`shape`] finds the entry inside its wrappers.

pub mod json;
pub mod name;
pub mod pairs;
pub mod places;
mod repair;
pub mod row;
pub mod shape;
pub mod squeeze;

use name::Name;
use std::borrow::Cow;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Behind the name of a list.
const LIST: &str = "{}";

/// How many paths were read so far.
static PATHS: AtomicUsize = AtomicUsize::new(0);

/// Where a value lies, e.g. `requestParameters.instanceIds{}`, as Splunk names extracted fields.
#[derive(Debug, Clone)]
pub struct Path {
    /// Tells this path, and its clones, from all others: what is known of it can lie in a list.
    number: usize,
    text: String,
    names: Vec<Name>,
    /// Where each name ends in the text without list marks.
    ends: Vec<usize>,
    is_list: bool,
    /// The text without list marks, where it has some.
    unmarked: Option<String>,
}

impl Path {
    /// Reads a path. `{}` marks a list; a segment that starts with a URL scheme takes the rest of the path.
    pub fn new(text: &str) -> Self {
        Self::of_segments(text.to_owned(), &segments(text))
    }

    fn of_segments(text: String, segments: &[&str]) -> Self {
        let mut end = 0;
        let ends = segments.iter().map(|segment| {
            end += segment.len() + 1;
            end - 1
        });
        Self {
            number: PATHS.fetch_add(1, Ordering::Relaxed),
            is_list: text.ends_with(LIST),
            unmarked: text.contains(LIST).then(|| without_marks(&text)),
            names: segments.iter().map(|segment| Name::new(segment)).collect(),
            ends: ends.collect(),
            text,
        }
    }

    /// How many there are: one more than the greatest number.
    fn count() -> usize {
        PATHS.load(Ordering::Relaxed)
    }

    /// `key` below `parent`, where `key` is one name although it may hold dots; what lies in a list is not flattened.
    pub fn flat(parent: &str, key: &str) -> Self {
        let (name, in_list) = key.split_once("{}.").unwrap_or((key, ""));
        let mut all = segments(parent);
        all.push(name.trim_end_matches(LIST));
        all.extend(segments(in_list));
        Self::of_segments(format!("{parent}.{key}"), &all)
    }

    /// The path as Splunk would name the field.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Whether a list is expected at the end, which may have arrived as JSON text.
    pub fn is_list(&self) -> bool {
        self.is_list
    }

    /// Likewise, lists not marked.
    pub fn unmarked(&self) -> &str {
        self.unmarked.as_deref().unwrap_or(&self.text)
    }

    /// The paths above this one with the number of their segments, the nearest first, lists not marked.
    pub fn above(&self) -> impl Iterator<Item = (&str, usize)> {
        let depths = (1..self.names.len()).rev();
        depths.filter_map(|depth| Some((self.unmarked().get(..self.ends[depth - 1])?, depth)))
    }

    /// The names on the way.
    pub fn names(&self) -> &[Name] {
        &self.names
    }
}

/// The texts between a path's dots, lists not marked.
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

fn without_marks(name: &str) -> String {
    name.replace(LIST, "")
}

/// A provider's log entry. Absent values, JSON `null`, the text `null` and empty text are all "no value".
pub trait Event {
    /// Calls `found` with each value at `path`, in order; lists on the way are gone through.
    fn each<'s>(&'s self, path: &Path, found: &mut dyn FnMut(Cow<'s, str>));

    /// The first value at `path`.
    fn first<'s>(&'s self, path: &Path) -> Option<Cow<'s, str>>;

    /// The groups of an SSM target list (`key` and `values`) at `path`, as (key, values).
    fn pairs(&self, path: &Path) -> Vec<(String, Vec<String>)>;
}

/// A text without the mark that some programs put before UTF-8.
pub fn without_byte_order_mark(text: &[u8]) -> &[u8] {
    text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text)
}

/// Whether `text` stands for no value.
pub fn is_absent(text: &str) -> bool {
    text.is_empty() || text == "null"
}

#[cfg(test)]
mod tests {
    use super::Path;
    use super::name::Name;

    #[test]
    fn the_paths_above_are_its_beginnings() {
        let above = |path: &Path| {
            path.above()
                .map(|(name, depth)| format!("{name} {depth}"))
                .collect::<Vec<_>>()
        };
        assert_eq!(above(&Path::new("a.b{}.c.d{}")), ["a.b.c 3", "a.b 2", "a 1"]);
        assert_eq!(
            above(&Path::flat("unmapped", "a.b{}.c")),
            ["unmapped.a.b 2", "unmapped 1"]
        );
        assert!(above(&Path::new("a{}")).is_empty());
    }

    #[test]
    fn a_path_is_split_at_dots_but_not_inside_a_url() {
        let names = |texts: &[&str]| texts.iter().map(|text| Name::new(text)).collect::<Vec<_>>();
        assert_eq!(Path::new("a.b{}.c").names(), names(&["a", "b", "c"]));
        let claims = Path::new("claims.http://schemas.xmlsoap.org/ws/2005/05/upn");
        assert_eq!(
            claims.names(),
            names(&["claims", "http://schemas.xmlsoap.org/ws/2005/05/upn"])
        );
        let flat = Path::flat("unmapped", "requestParameters.target");
        assert_eq!(flat.names(), names(&["unmapped", "requestParameters.target"]));
        let in_list = Path::flat("unmapped", "requestParameters.runbooks{}.parameters.Id{}");
        assert_eq!(
            in_list.names(),
            names(&["unmapped", "requestParameters.runbooks", "parameters", "Id"])
        );
    }
}
