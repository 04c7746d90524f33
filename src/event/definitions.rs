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
    /// Members in whose names, and in those of what is inside them, the case of letters counts for nothing: the caller writes them.
    #[serde(default, skip_serializing_if = "is_default")]
    pub folded: Vec<String>,
    /// Extracted fields that can hold much of an entry as text: splunkd is asked for them too.
    #[serde(default, skip_serializing_if = "is_default")]
    pub text_wrappers: Vec<String>,
    /// How records look that name what was done in the language of a reader.
    #[serde(default, skip_serializing_if = "is_default")]
    pub display_names: Option<DisplayNameRule>,
    /// The spellings of the format. Earlier ones win.
    #[serde(rename = "dialect")]
    pub dialects: Vec<Dialect>,
}

/// Records whose operation has a display name, from which what was done cannot be told.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DisplayNameRule {
    /// Members that have the name.
    pub members: Vec<String>,
    /// What every real name has; a display name has a blank instead.
    pub names_have: String,
    /// What the text of such records has one of besides, whatever its letter case.
    pub beside: Vec<String>,
}

/// A form of records that keeps too little of an entry to judge it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TooLittle {
    /// Name for people.
    pub name: String,
    /// Paths that a record of this form has all of.
    pub all_of: Vec<String>,
    /// Whether it stands for no record at all, and is passed over.
    #[serde(default, skip_serializing_if = "is_default")]
    pub no_record: bool,
    /// Where it is documented.
    pub source: String,
    /// A record of this form; not compiled into the program.
    #[serde(default, skip_serializing)]
    pub example: String,
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
    /// Its entries are exports that people have as files: splunkd is not asked for its names.
    #[serde(default, skip_serializing_if = "is_default")]
    pub file_only: bool,
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
    /// Paths that no entry has, in any dialect: what notifies of changes has names and event sources too.
    #[serde(default, skip_serializing_if = "is_default")]
    pub without: Vec<String>,
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
    /// Forms that are named, since nothing can be read of them.
    #[serde(default)]
    pub too_little: Vec<TooLittle>,
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

/// What is wrong in a file of formats or wrappers.
#[derive(Debug)]
pub struct DefinitionError {
    /// A text of the line where it is.
    pub near: String,
    /// What is wrong there, and what is allowed.
    pub message: String,
}

impl DefinitionError {
    fn new(near: String, message: String) -> Self {
        Self { near, message }
    }
}

impl FormatFile {
    /// Checks what the types cannot; `stem` is the file's name without the extension.
    pub fn check(&self, stem: &str) -> Result<(), DefinitionError> {
        if self.format != stem {
            let message = format!("format is \"{}\" but must equal the file's name", self.format);
            return Err(DefinitionError::new("format = ".to_owned(), message));
        }
        if !["aws", "azure", "gcp"].contains(&self.cloud.as_str()) {
            let message = format!("unknown cloud \"{}\"; allowed: aws, azure, gcp", self.cloud);
            return Err(DefinitionError::new("cloud = ".to_owned(), message));
        }
        self.dialects.iter().try_for_each(Dialect::check)
    }
}

impl Dialect {
    fn check(&self) -> Result<(), DefinitionError> {
        let near = || format!("name = \"{}\"", self.name);
        let is_told = !self.name_paths.is_empty() || !self.all_of.is_empty() || self.add_on;
        if !is_told && self.fields.is_empty() && self.rename.is_empty() {
            let message = format!("dialect \"{}\" names nothing", self.name);
            return Err(DefinitionError::new(near(), message));
        }
        self.paths().try_for_each(check_path)?;
        check_evidence(&self.name, &self.evidence).map_err(|message| DefinitionError::new(near(), message))
    }

    /// Every path that it names.
    fn paths(&self) -> impl Iterator<Item = &str> {
        let told = [&self.name_paths, &self.witness, &self.beside, &self.all_of];
        let fields = self.fields.keys().chain(self.fields.values().flatten());
        let renamed = self.rename.iter().flat_map(|rename| [&rename.from, &rename.to]);
        let renamed = renamed.filter(|path| !path.is_empty());
        let others = fields.chain(renamed).chain(&self.unmapped);
        told.into_iter().flatten().chain(others).map(String::as_str)
    }
}

fn check_path(path: &str) -> Result<(), DefinitionError> {
    if path.split('.').any(|name| name.trim().is_empty()) {
        let message = format!("path \"{path}\" has an empty name; names are separated by one dot each");
        return Err(DefinitionError::new(format!("\"{path}\""), message));
    }
    Ok(())
}

impl WrapperFile {
    /// Checks what the types cannot.
    pub fn check(&self) -> Result<(), DefinitionError> {
        self.wrappers.iter().enumerate().try_for_each(|(at, wrapper)| {
            let is_known = |other: &Wrapper| other.member == wrapper.member;
            let fault = if self.wrappers[..at].iter().any(is_known) {
                Err("stands twice".to_owned())
            } else {
                wrapper.check()
            };
            fault.map_err(|fault| {
                let message = format!("wrapper \"{}\" {fault}", wrapper.member);
                DefinitionError::new(format!("member = \"{}\"", wrapper.member), message)
            })
        })
    }
}

impl Wrapper {
    fn check(&self) -> Result<(), String> {
        if self.member.is_empty() {
            return Err("has no name".to_owned());
        }
        if self.holds.is_empty() {
            return Err("holds nothing".to_owned());
        }
        let is_shown = |place: &&str| self.example.contains(*place);
        if !PLACES.iter().any(is_shown) {
            let allowed = PLACES.join(", ");
            return Err(format!("has an example without an entry; allowed: {allowed}"));
        }
        check_evidence(&self.member, &self.evidence)
    }
}

/// What stands for an entry in the example of a wrapper.
const PLACES: [&str; 4] = ["ENTRY", "\"TEXT\"", "\"BASE64\"", "\"BASE64_GZIP\""];

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
