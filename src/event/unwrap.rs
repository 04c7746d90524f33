//! The entries inside wrappers and batches. The wrappers are data: `src/event/wrappers.toml`.

use super::definitions::{Content, Wrapper, WrapperFile};
use super::format::FormatId;
use super::json::{BASE64_GZIP, BASE64_JSON, Document, Encoding, Value};
use super::path::{Name, PathTable};
use super::reader::EventReader;

/// How deep wrappers may lie in one another.
const MAX_DEPTH: usize = 6;

/// Every wrapper, ready to be looked for.
#[derive(Debug)]
pub struct Wrappers(Vec<KnownWrapper>);

#[derive(Debug)]
struct KnownWrapper {
    name: Name,
    only_beside: Vec<Name>,
    wrapper: Wrapper,
}

/// An entry in a document.
#[derive(Debug, Clone, Copy)]
pub struct FoundEntry<'d> {
    /// Its format.
    pub format: FormatId,
    /// The entry.
    pub value: Value<'d>,
}

impl Wrappers {
    /// Makes the names of all wrappers.
    pub(super) fn new(file: WrapperFile, paths: &mut PathTable) -> Self {
        let known = file.wrappers.into_iter().map(|wrapper| KnownWrapper {
            name: paths.name(&wrapper.member),
            only_beside: wrapper.only_beside.iter().map(|name| paths.name(name)).collect(),
            wrapper,
        });
        Self(known.collect())
    }

    /// Every wrapper as it is defined.
    pub fn definitions(&self) -> impl Iterator<Item = &Wrapper> {
        self.0.iter().map(|known| &known.wrapper)
    }

    /// The names of wrappers that Splunk may extract as a field.
    pub fn extracted(&self) -> impl Iterator<Item = &str> {
        let extracted = self.definitions().filter(|wrapper| wrapper.extracted);
        extracted.map(|wrapper| wrapper.member.as_str())
    }

    /// What stands in a text, in lower case, that holds JSON in one of the encodings of the wrappers: the beginning of a
    /// string.
    pub fn encoded_literals(&self) -> Vec<String> {
        let holds = |content| self.definitions().any(|wrapper| wrapper.holds.contains(&content));
        let base64 = BASE64_JSON.iter().filter(|_| holds(Content::Base64));
        let gzip = [BASE64_GZIP];
        let starts = base64.chain(gzip.iter().filter(|_| holds(Content::Base64Gzip)));
        starts
            .map(|start| format!("\"{}", start.to_ascii_lowercase()))
            .collect()
    }

    /// The wrapper that a member of `object` is.
    fn find(&self, object: Value<'_>, name: Name, member: Value<'_>) -> Option<&Wrapper> {
        let known = self.0.iter().find(|known| known.name == name)?;
        let is_list = || known.wrapper.holds != [Content::List] || member.is_list();
        let is_alone = || {
            let members = object.members().take(known.only_beside.len() + 1);
            let known_members = members
                .filter(|(name, _)| known.only_beside.contains(name))
                .count();
            !object.has_others() && known_members == object.members().count()
        };
        let is_wrapper = is_list() && (known.only_beside.is_empty() || is_alone());
        is_wrapper.then_some(&known.wrapper)
    }
}

impl Document<'_> {
    /// The entries of the document, in order.
    pub fn entries(&self, reader: &EventReader) -> Vec<FoundEntry<'_>> {
        let mut entries = Vec::new();
        for root in self.roots() {
            push_entries(reader, root, 0, &mut entries);
        }
        entries
    }
}

fn push_entries<'d>(reader: &EventReader, value: Value<'d>, depth: usize, entries: &mut Vec<FoundEntry<'d>>) {
    if depth > MAX_DEPTH || !value.has_names() {
        return;
    }
    if let Some(items) = value.items() {
        items.for_each(|item| push_entries(reader, item, depth + 1, entries));
    } else if let Some(format) = reader.format_of(&value) {
        entries.push(FoundEntry { format, value });
    } else {
        for (name, member) in value.members() {
            if let Some(wrapper) = reader.wrappers().find(value, name, member) {
                unwrap(reader, wrapper, member, depth + 1, entries);
            }
        }
    }
}

fn unwrap<'d>(
    reader: &EventReader,
    wrapper: &Wrapper,
    member: Value<'d>,
    depth: usize,
    entries: &mut Vec<FoundEntry<'d>>,
) {
    for content in &wrapper.holds {
        let encoding = match content {
            Content::Object | Content::List => {
                if member.text().is_none() {
                    push_entries(reader, member, depth, entries);
                }
                continue;
            }
            Content::Text => Encoding::Plain,
            Content::Base64 => Encoding::Base64,
            Content::Base64Gzip => Encoding::Base64Gzip,
        };
        let roots = member.embedded(encoding);
        roots.for_each(|root| push_entries(reader, root, depth, entries));
    }
}
