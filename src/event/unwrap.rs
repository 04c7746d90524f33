//! The entries of a document, inside wrappers and batches.

use super::definitions::{Content, Wrapper};
use super::format::FormatId;
use super::json::{Document, Encoding, Value};
use super::reader::EventReader;

/// How deep wrappers may lie in one another.
const MAX_DEPTH: usize = 6;

/// An entry in a document.
#[derive(Debug, Clone, Copy)]
pub struct FoundEntry<'d> {
    /// Its format.
    pub format: FormatId,
    /// The entry.
    pub value: Value<'d>,
    /// The nearest object around it, which may have the time.
    pub envelope: Option<Value<'d>>,
}

impl Document<'_> {
    /// The entries of the document, in order.
    pub fn entries(&self, reader: &EventReader) -> Vec<FoundEntry<'_>> {
        let mut entries = Vec::new();
        for root in self.roots() {
            push_entries(reader, root, None, 0, &mut entries);
        }
        entries
    }
}

fn push_entries<'d>(
    reader: &EventReader,
    value: Value<'d>,
    envelope: Option<Value<'d>>,
    depth: usize,
    entries: &mut Vec<FoundEntry<'d>>,
) {
    if depth > MAX_DEPTH || !value.has_names() {
        return;
    }
    if let Some(items) = value.items() {
        items.for_each(|item| push_entries(reader, item, envelope, depth + 1, entries));
    } else if let Some(format) = reader.format_of(&value) {
        entries.push(FoundEntry {
            format,
            value,
            envelope,
        });
    } else {
        let known = entries.len();
        for (name, member) in value.members() {
            if let Some(wrapper) = reader.wrappers().find(value, name, member) {
                unwrap(reader, wrapper, member, value, depth + 1, entries);
            }
        }
        if entries.len() == known {
            for (wrapper, member) in reader.wrappers().nested(value) {
                unwrap(reader, wrapper, member, value, depth + 1, entries);
            }
        }
    }
}

fn unwrap<'d>(
    reader: &EventReader,
    wrapper: &Wrapper,
    member: Value<'d>,
    around: Value<'d>,
    depth: usize,
    entries: &mut Vec<FoundEntry<'d>>,
) {
    for content in &wrapper.holds {
        let encoding = match content {
            Content::Object | Content::List => {
                if member.text().is_none() {
                    push_entries(reader, member, Some(around), depth, entries);
                }
                continue;
            }
            Content::Text => Encoding::Plain,
            Content::Base64 => Encoding::Base64,
            Content::Base64Gzip => Encoding::Base64Gzip,
        };
        let roots = member.embedded(encoding);
        roots.for_each(|root| push_entries(reader, root, Some(around), depth, entries));
    }
}
