//! What is known about log formats: one provider's log entry, asked for values by path.
//!
//! An entry is a JSON document ([`json`]) or a row of fields that Splunk has extracted ([`row`]). [`format`] tells which
//! format it has, [`unwrap`] finds entries inside wrappers and batches. Formats and wrappers are data:
//! `src/event/formats` and `src/event/wrappers.toml`.

pub mod definitions;
pub mod extracted;
pub mod format;
pub mod json;
pub mod path;
pub mod reader;
mod repair;
mod reshape;
pub mod row;
pub mod structure;
pub mod too_little;
pub mod unwrap;
pub mod wrappers;

pub use path::Path;
pub use reader::EventReader;

use std::borrow::Cow;

/// A group of an SSM target list: its `key`, and its `values`.
pub type TargetGroup = (String, Vec<String>);

/// A provider's log entry. Absent values, JSON `null`, the text `null` and empty text are all "no value".
pub trait Event {
    /// Every value at `path`, in order; lists on the way are gone through.
    fn all<'s>(&'s self, path: &Path) -> Vec<Cow<'s, str>>;

    /// The first value at `path`.
    fn first<'s>(&'s self, path: &Path) -> Option<Cow<'s, str>>;

    /// Whether there is anything at `path`, be it an object. Of extracted fields this is not known, and assumed.
    fn has(&self, _path: &Path) -> bool {
        true
    }

    /// Whether the record ended in the middle of it.
    fn is_cut(&self) -> bool {
        false
    }

    /// The groups of an SSM target list at `path`.
    fn groups(&self, path: &Path) -> Vec<TargetGroup>;
}

/// `text` without the byte-order mark that some programs put before UTF-8.
pub fn without_byte_order_mark(text: &[u8]) -> &[u8] {
    text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text)
}

/// Whether `text` stands for "no value".
pub fn is_absent(text: &str) -> bool {
    text.is_empty() || text == "null"
}
