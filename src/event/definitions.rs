//! What a file in `src/event/formats`, and `src/event/wrappers.toml`, may hold.
//!
//! The build script checks the files with these types and compiles them into JSON without the examples.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A log format: one file.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FormatFile {
    /// Equal to the stem of the file's name.
    pub format: String,
    /// `aws`, `azure` or `gcp`.
    pub cloud: String,
    /// Name for people.
    pub title: String,
    /// Formats are tried in this order, the lowest number first.
    pub precedence: u8,
    /// What extracted fields can begin with: the wrappers that inputs are known to leave in place. splunkd is asked for no
    /// others.
    pub prefixes: Vec<String>,
    /// What every record in the provider's log files begins with, if that is always the same. Where a record was cut, the next
    /// one on its line is found by it.
    #[serde(default, skip_serializing_if = "is_default")]
    pub record_start: Option<String>,
    /// Extracted fields that hold JSON as text: splunkd is asked for them instead of the fields inside them.
    #[serde(default, skip_serializing_if = "is_default")]
    pub text_fields: Vec<String>,
    /// Extracted fields that can hold much of an entry as text: splunkd is asked for them too.
    #[serde(default, skip_serializing_if = "is_default")]
    pub text_wrappers: Vec<String>,
    /// The spellings of the format. Earlier ones win.
    #[serde(rename = "dialect")]
    pub dialects: Vec<Dialect>,
}

/// A spelling of a format.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a switch of its own in the file"
)]
pub struct Dialect {
    /// Name for people.
    pub name: String,
    /// How the names are known: `captured`, `documented` or `inferred`.
    pub evidence: String,
    /// Where they are documented.
    pub source: String,
    /// Fields in whose names the catalogue is written (canonical names) lie at these names here.
    #[serde(default, skip_serializing_if = "is_default")]
    pub canonical: bool,
    /// The names are those of a Splunk add-on: asked of extracted fields only, after everything else.
    #[serde(default, skip_serializing_if = "is_default")]
    pub add_on: bool,
    /// Entries arrive without the wrappers of [`FormatFile::prefixes`].
    #[serde(default, skip_serializing_if = "is_default")]
    pub unwrapped: bool,
    /// All its names for a field go before those of other dialects: its entries lie in something that other dialects would
    /// take for an entry.
    #[serde(default, skip_serializing_if = "is_default")]
    pub before_others: bool,
    /// Paths of the operation's name. An entry has one of these, and one of `witness`.
    #[serde(default, skip_serializing_if = "is_default")]
    pub name_paths: Vec<String>,
    /// Paths of which an entry has at least one, in any dialect.
    #[serde(default, skip_serializing_if = "is_default")]
    pub witness: Vec<String>,
    /// Paths of which an entry has one besides: what else speaks of operations has names and event sources too.
    #[serde(default, skip_serializing_if = "is_default")]
    pub beside: Vec<String>,
    /// Paths that an entry has all of, in place of an operation's name.
    #[serde(default, skip_serializing_if = "is_default")]
    pub all_of: Vec<String>,
    /// Canonical name of a field → where it lies here, the best first. An empty list: nowhere.
    #[serde(default, skip_serializing_if = "is_default")]
    pub fields: BTreeMap<String, Vec<String>>,
    /// Parts of an entry that have other names here; for fields that `fields` does not list.
    #[serde(default, skip_serializing_if = "is_default")]
    pub rename: Vec<Rename>,
    /// The object that holds what this dialect has no name for, under the canonical names; for fields that `fields` does
    /// not list.
    #[serde(default, skip_serializing_if = "is_default")]
    pub unmapped: Option<String>,
    /// An entry and what its fields hold; not compiled into the program.
    #[serde(default, skip_serializing)]
    pub example: Option<FormatExample>,
}

/// A part of an entry with another name.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rename {
    /// Canonical path of the part.
    pub from: String,
    /// Its path here; empty for the top.
    pub to: String,
    /// Whether the name below the part begins with a capital here.
    #[serde(default, skip_serializing_if = "is_default")]
    pub capital: bool,
}

/// An entry of a dialect: documentation and test at once.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FormatExample {
    /// The whole entry as JSON.
    pub event: String,
    /// Canonical name of a field → its first value.
    pub expect: BTreeMap<String, String>,
}

/// All wrappers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WrapperFile {
    /// One member name each.
    #[serde(rename = "wrapper")]
    pub wrappers: Vec<Wrapper>,
}

/// A member of an object in which others put entries.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Wrapper {
    /// Its name.
    pub member: String,
    /// The object that has it; without, any object can. It is looked into only where no other wrapper holds an entry, since
    /// others hold a copy.
    #[serde(default, skip_serializing_if = "is_default")]
    pub below: Option<String>,
    /// How an entry lies in it.
    pub holds: Vec<Content>,
    /// It is a wrapper only where no other members stand beside it than these.
    #[serde(default, skip_serializing_if = "is_default")]
    pub only_beside: Vec<String>,
    /// Splunk may extract it as a field that holds the entry as text.
    #[serde(default, skip_serializing_if = "is_default")]
    pub extracted: bool,
    /// Who writes it.
    pub what: String,
    /// How it is known: `captured`, `documented` or `inferred`.
    pub evidence: String,
    /// Where it is documented.
    pub source: String,
    /// A text with `ENTRY` where an entry stands as an object, `"TEXT"` as a JSON string, `"BASE64"` or `"BASE64_GZIP"`;
    /// not compiled into the program.
    #[serde(default, skip_serializing)]
    pub example: String,
}

/// How an entry lies in a wrapper.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Content {
    /// As an object, or a list of them.
    #[serde(rename = "object")]
    Object,
    /// As a list of objects only.
    #[serde(rename = "list")]
    List,
    /// As JSON in a string.
    #[serde(rename = "text")]
    Text,
    /// As JSON in base64.
    #[serde(rename = "base64")]
    Base64,
    /// As JSON, compressed by gzip, in base64.
    #[serde(rename = "base64+gzip")]
    Base64Gzip,
}

impl FormatFile {
    /// Checks what the types cannot; `stem` is the file's name without the extension.
    pub fn check(&self, stem: &str) -> Result<(), String> {
        if self.format != stem {
            return Err(format!(
                "format is \"{}\" but must equal the file's name",
                self.format
            ));
        }
        if !["aws", "azure", "gcp"].contains(&self.cloud.as_str()) {
            return Err(format!(
                "unknown cloud \"{}\"; allowed: aws, azure, gcp",
                self.cloud
            ));
        }
        for dialect in &self.dialects {
            let is_told = !dialect.name_paths.is_empty() || !dialect.all_of.is_empty() || dialect.add_on;
            if !is_told && dialect.fields.is_empty() && dialect.rename.is_empty() {
                return Err(format!("dialect \"{}\" names nothing", dialect.name));
            }
            check_evidence(&dialect.name, &dialect.evidence)?;
        }
        Ok(())
    }
}

impl WrapperFile {
    /// Checks what the types cannot.
    pub fn check(&self) -> Result<(), String> {
        for (at, wrapper) in self.wrappers.iter().enumerate() {
            if self.wrappers[..at]
                .iter()
                .any(|other| other.member == wrapper.member)
            {
                return Err(format!("wrapper \"{}\" stands twice", wrapper.member));
            }
            if wrapper.holds.is_empty() {
                return Err(format!("wrapper \"{}\" holds nothing", wrapper.member));
            }
            check_evidence(&wrapper.member, &wrapper.evidence)?;
        }
        Ok(())
    }
}

fn check_evidence(what: &str, evidence: &str) -> Result<(), String> {
    const EVIDENCE: [&str; 3] = ["captured", "documented", "inferred"];
    if EVIDENCE.contains(&evidence) {
        return Ok(());
    }
    Err(format!(
        "{what}: unknown evidence \"{evidence}\"; allowed: {}",
        EVIDENCE.join(", ")
    ))
}

fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}
