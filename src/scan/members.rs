//! The names by which records are told from what lies around them. They come from the formats and wrappers.

use crate::catalogue::Cloud;
use crate::event::definitions::{Content, Dialect, DisplayNameRule, FormatFile, Wrapper};
use crate::event::reader::EventReader;
use memchr::memmem::Finder;

/// Shorter names stand in any JSON.
const MIN_TELLING: usize = 9;

/// Names of members, and beginnings of records; made once for a scan.
#[derive(Debug)]
pub struct KnownMembers {
    /// Wrappers that can hold records as a list.
    wrappers: Vec<Vec<u8>>,
    /// Quoted names that an entry has and a wrapper has not.
    of_entries: Vec<Finder<'static>>,
    record_starts: Vec<Finder<'static>>,
    /// Names that entries have, the most telling part of each, and their clouds.
    names: Vec<(Finder<'static>, Cloud)>,
    /// Columns of tables whose rows are entries, or hold them.
    columns: Vec<String>,
    display_names: Vec<DisplayNames>,
}

/// How a format's records look whose operation has a display name only.
#[derive(Debug)]
struct DisplayNames {
    name: Finder<'static>,
    /// What every real name has.
    names_have: String,
    /// What such records have besides, in lower case.
    beside: Vec<Finder<'static>>,
}

impl KnownMembers {
    /// The members of everything that `reader` knows.
    pub fn new(reader: &EventReader) -> Self {
        let files = || reader.formats().map(|(_, format)| format.definition());
        let dialects = files().flat_map(|file| &file.dialects);
        let mut of_entries: Vec<String> = dialects.flat_map(first_names).collect();
        of_entries.sort_unstable();
        of_entries.dedup();
        let wrappers = reader
            .wrappers()
            .definitions()
            .filter(|wrapper| holds_list(wrapper));
        let starts = files().filter_map(|file| file.record_start.as_ref());
        let of_file = |file: &FormatFile| {
            let cloud = Cloud::parse(&file.cloud).unwrap_or(Cloud::Aws);
            let paths = file
                .dialects
                .iter()
                .flat_map(|dialect| dialect.name_paths.clone());
            paths.map(|path| (path, cloud)).collect::<Vec<_>>()
        };
        let name_paths: Vec<(String, Cloud)> = files().flat_map(of_file).collect();
        let mut names: Vec<(&str, Cloud)> = name_paths
            .iter()
            .map(|(path, cloud)| (longest_part(path), *cloud))
            .collect();
        let mut seen = std::collections::HashSet::new();
        names.retain(|(name, _)| name.len() >= MIN_TELLING && seen.insert(*name));
        let held = reader.wrappers().definitions().map(column_of);
        Self {
            names: names
                .iter()
                .map(|(name, cloud)| (Finder::new(name).into_owned(), *cloud))
                .collect(),
            columns: name_paths
                .iter()
                .map(|(path, _)| path.clone())
                .chain(held)
                .collect(),
            display_names: files().flat_map(display_names).collect(),
            wrappers: wrappers
                .map(|wrapper| wrapper.member.clone().into_bytes())
                .collect(),
            of_entries: of_entries.iter().map(finder).collect(),
            record_starts: starts.map(finder).collect(),
        }
    }

    /// Whether a list that follows `head` holds records: `head` begins at the brace of the object that holds the list, and ends
    /// with the list's name and a colon.
    pub fn is_record_list(&self, head: &[u8]) -> bool {
        self.is_list_name(head) && self.of_entries.iter().all(|name| name.find(head).is_none())
    }

    /// Whether a text ends with the name, and a colon, of a list that can hold records.
    pub fn is_list_name(&self, head: &[u8]) -> bool {
        let name = || {
            let head = head.trim_ascii_end().strip_suffix(b":")?.trim_ascii_end();
            let head = head.strip_suffix(b"\"")?;
            Some(&head[memchr::memrchr(b'"', head)? + 1..])
        };
        name().is_some_and(|name| self.wrappers.iter().any(|known| known == name))
    }

    /// The cloud whose entries have a name that a text has; nothing where it has none, or a display name only.
    pub fn cloud_of(&self, text: &[u8]) -> Option<Cloud> {
        let (_, cloud) = self.names.iter().find(|(name, _)| name.find(text).is_some())?;
        (!self.has_display_name(text)).then_some(*cloud)
    }

    /// Whether a text says what was done by a display name only, which differs by language.
    pub fn has_display_name(&self, text: &[u8]) -> bool {
        self.display_names.iter().any(|known| known.fits(text))
    }

    /// Whether rows with a column of this name are entries, or hold them.
    pub fn is_known_column(&self, name: &str) -> bool {
        self.columns.iter().any(|known| known == name)
    }

    /// The offset of the first beginning of a record in `text`, and the length of the beginning.
    pub fn find_record_start(&self, text: &[u8]) -> Option<(usize, usize)> {
        let starts = self.record_starts.iter();
        let found = starts.filter_map(|start| Some((start.find(text)?, start.needle().len())));
        found.min()
    }
}

impl DisplayNames {
    fn fits(&self, text: &[u8]) -> bool {
        let Some(at) = self.name.find(text) else {
            return false;
        };
        let rest = text[at + self.name.needle().len()..].trim_ascii_start();
        let Some(rest) = rest.strip_prefix(b":") else {
            return false;
        };
        let Some(rest) = rest.trim_ascii_start().strip_prefix(b"\"") else {
            return false;
        };
        let name = &rest[..memchr::memchr(b'"', rest).unwrap_or(rest.len())];
        name.contains(&b' ')
            && memchr::memmem::find(name, self.names_have.as_bytes()).is_none()
            && self.has_beside(&text.to_ascii_lowercase())
    }
}

impl DisplayNames {
    fn has_beside(&self, lower: &[u8]) -> bool {
        self.beside.iter().any(|text| text.find(lower).is_some())
    }
}

fn display_names(file: &FormatFile) -> Vec<DisplayNames> {
    let of = |rule: &DisplayNameRule| {
        let named = |name: &String| DisplayNames {
            name: Finder::new(&format!("\"{name}\"")).into_owned(),
            names_have: rule.names_have.clone(),
            beside: rule
                .beside
                .iter()
                .map(|text| finder(&text.to_ascii_lowercase()))
                .collect(),
        };
        rule.members.iter().map(named).collect::<Vec<_>>()
    };
    file.display_names.as_ref().map(of).unwrap_or_default()
}

/// The part of a path that tells most: the longest.
fn longest_part(path: &str) -> &str {
    path.split('.').max_by_key(|part| part.len()).unwrap_or(path)
}

/// The column that a wrapper is in a table.
fn column_of(wrapper: &Wrapper) -> String {
    match &wrapper.below {
        Some(above) => format!("{above}.{}", wrapper.member),
        None => wrapper.member.clone(),
    }
}

fn holds_list(wrapper: &Wrapper) -> bool {
    let mut contents = wrapper.holds.iter();
    wrapper.only_beside.is_empty()
        && contents.any(|content| matches!(content, Content::Object | Content::List))
}

/// The quoted names, on the top level of an entry, of what holds its operation's name.
fn first_names(dialect: &Dialect) -> impl Iterator<Item = String> {
    let paths = dialect.name_paths.iter();
    paths.map(|path| format!("\"{}\"", path.split('.').next().unwrap_or(path)))
}

fn finder(text: &String) -> Finder<'static> {
    Finder::new(text).into_owned()
}

#[cfg(test)]
mod tests {
    use super::KnownMembers;
    use crate::event::definitions::WrapperFile;
    use crate::event::reader::EventReader;

    #[test]
    fn lists_and_beginnings_are_told_by_what_the_data_names() {
        let known = KnownMembers::new(&EventReader::embedded());
        for member in [
            "Records",
            "records",
            "value",
            "entries",
            "Events",
            "logEvents",
            "receivedMessages",
        ] {
            assert!(
                known.is_record_list(format!("{{\"{member}\" : ").as_bytes()),
                "{member}"
            );
        }
        for head in [
            "{\"event\":",
            "{\"resources\":",
            "{\"Records\"",
            "{Records:",
            "{\"eventName\":\"x\",\"value\":",
            "{\"protoPayload\":{},\"entries\":",
        ] {
            assert!(!known.is_record_list(head.as_bytes()), "{head}");
        }
        let text = b"{{\"eventVersion\":1";
        assert_eq!(known.find_record_start(text), Some((1, 15)));
    }

    #[test]
    fn a_new_wrapper_is_data() {
        let file = "[[wrapper]]\nmember = \"trail\"\nholds = [\"object\"]\nwhat = \"\"\nevidence = \"inferred\"\nsource = \"\"\nexample = \"\"";
        let wrappers: WrapperFile = toml::from_str(file).unwrap();
        let known = KnownMembers::new(&EventReader::new(Vec::new(), wrappers));
        assert!(known.is_record_list(b"{\"trail\":") && !known.is_record_list(b"{\"Records\":"));
    }
}
