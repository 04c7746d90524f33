//! What is known: the operations of the three clouds that open, carry, enable or end direct access to a virtual machine.
//!
//! The knowledge lies in `data/*.toml`, one file per operation family. The types here say what such a file may hold.
//! [`Catalogue::sources`] reads the files; `build.rs` compiles them into the JSON that [`Catalogue::embedded`] reads.

mod example;
mod files;
mod load;
mod words;

pub use load::CatalogueError;
pub use words::{AccessType, Cloud, Evidence, Scope, Severity, Verdict};

use serde::Deserialize;

/// Everything known, families in the order of their names.
#[derive(Debug, Clone, PartialEq)]
pub struct Catalogue {
    /// The families, each from one file.
    pub families: Vec<Family>,
}

/// The operations of one service feature, which share an event source.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Family {
    /// Equal to the stem of the file's name, e.g. `aws_ssm_session`.
    pub family: String,
    /// Whose log this is.
    pub cloud: Cloud,
    /// Event sources (`eventSource`, `serviceName`) as globs; empty for Azure, whose names hold the provider.
    #[serde(default)]
    pub service: Vec<String>,
    /// Short name for the CIM field `app`.
    pub app: String,
    /// One sentence on the feature.
    pub summary: String,
    /// The operations, in the order of the file.
    #[serde(rename = "operation")]
    pub operations: Vec<Operation>,
}

/// One action of a provider's API.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Operation {
    /// Unique in its family; the full id is `<family>.<id>`.
    pub id: String,
    /// The provider's own name in its canonical spelling. A `*` stands for any text.
    pub name: String,
    /// Other names that mean the same, e.g. version prefixes.
    #[serde(default)]
    pub aliases: Vec<String>,
    /// Event sources, where they differ from the family's.
    #[serde(default)]
    pub service: Vec<String>,
    /// What it does, in one sentence.
    pub summary: String,
    /// How it gets one in.
    pub access: AccessType,
    /// Whether it is looked for by default.
    #[serde(default)]
    pub scope: Scope,
    /// MITRE ATT&CK technique ids.
    #[serde(default)]
    pub technique: Vec<String>,
    /// Severity of a successful call with nothing else known.
    pub severity: Severity,
    /// Conditions that must all hold; otherwise the event is no finding.
    #[serde(default)]
    pub when: Vec<Condition>,
    /// Paths of the machine reached; the first that has a value counts.
    #[serde(default)]
    pub target: Vec<String>,
    /// Fixed kind of target, where the value does not tell.
    #[serde(default)]
    pub target_type: Option<String>,
    /// Paths of the session, command or operation id; the first that has a value counts.
    #[serde(default)]
    pub session: Vec<String>,
    /// Paths of the document, runbook or metadata keys; all distinct values count.
    #[serde(default)]
    pub document: Vec<String>,
    /// Azure: the segment of the resource id after which the document's name stands.
    #[serde(default)]
    pub document_segment: Option<String>,
    /// Paths of a pushed SSH public key, whose SHA-256 fingerprint becomes the document.
    #[serde(default)]
    pub fingerprint: Vec<String>,
    /// Paths said in the summary sentence.
    #[serde(default)]
    pub detail: Vec<String>,
    /// The part of the name that is searched for before an event is read. Default: the longest run of letters.
    #[serde(default)]
    pub literal: Option<String>,
    /// How the shape of the event is known.
    pub evidence: Evidence,
    /// What the log does not show.
    pub limits: String,
    /// Who else does this, rightly.
    pub false_positives: String,
    /// What to check first.
    pub triage: String,
    /// How to contain it.
    pub contain: String,
    /// Where this is documented.
    pub references: Vec<String>,
    /// What overrides the above; the first whose conditions hold.
    #[serde(default, rename = "variant")]
    pub variants: Vec<Variant>,
    /// Events that are hits, and near misses; not compiled into the program.
    #[serde(default, rename = "example")]
    pub examples: Vec<Example>,
}

/// A case inside an operation, told apart by what the event says.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Variant {
    /// Conditions that must all hold.
    pub when: Vec<Condition>,
    /// Short words for `dvm_reasons`.
    pub reason: String,
    /// See [`Operation::access`].
    pub access: Option<AccessType>,
    /// See [`Operation::scope`].
    pub scope: Option<Scope>,
    /// See [`Operation::technique`].
    pub technique: Option<Vec<String>>,
    /// See [`Operation::severity`].
    pub severity: Option<Severity>,
    /// See [`Operation::target`].
    pub target: Option<Vec<String>>,
    /// See [`Operation::target_type`].
    pub target_type: Option<String>,
    /// See [`Operation::document`].
    pub document: Option<Vec<String>>,
    /// See [`Operation::detail`].
    pub detail: Option<Vec<String>>,
}

/// A test on the values at one or several paths. Letter case never counts.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Condition {
    /// Where to look; of several paths, the values of all are taken together.
    pub path: Paths,
    /// One value equals one of these.
    #[serde(default)]
    pub is: Vec<String>,
    /// One value fits one of these globs.
    #[serde(default)]
    pub like: Vec<String>,
    /// No value equals one of these.
    #[serde(default)]
    pub not: Vec<String>,
    /// There is a value.
    #[serde(default)]
    pub present: bool,
    /// There is no value.
    #[serde(default)]
    pub absent: bool,
}

/// One path or several.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(untagged)]
pub enum Paths {
    /// A single path.
    One(String),
    /// Alternatives.
    Many(Vec<String>),
}

impl Default for Paths {
    fn default() -> Self {
        Self::Many(Vec::new())
    }
}

impl Paths {
    /// All paths, in order.
    pub fn all(&self) -> &[String] {
        match self {
            Self::One(path) => std::slice::from_ref(path),
            Self::Many(paths) => paths,
        }
    }
}

/// An event with the expected result: documentation and test at once.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Example {
    /// Whether it is recognised as this operation.
    pub verdict: Expected,
    /// What it shows.
    pub what: String,
    /// JSON, merged (RFC 7386) onto the cloud's base event with the operation's name and event source set.
    pub event: String,
    /// Fields of the finding, by their short names.
    #[serde(default)]
    pub expect: toml::Table,
}

/// Result expected of an example.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Expected {
    /// Recognised.
    Hit,
    /// A near neighbour that must not be recognised as this operation.
    Miss,
}

impl Catalogue {
    /// What is compiled into the program: all but the examples.
    pub fn embedded() -> Result<Self, CatalogueError> {
        load::compiled(files::COMPILED)
    }

    /// Reads and checks the files as they are written, with their examples.
    pub fn sources() -> Result<Self, CatalogueError> {
        load::families(files::FAMILIES)
    }

    /// All operations with their families.
    pub fn operations(&self) -> impl Iterator<Item = (&Family, &Operation)> {
        self.families
            .iter()
            .flat_map(|f| f.operations.iter().map(move |o| (f, o)))
    }
}

impl Family {
    /// Reads and checks one file; `stem` is its name without the extension.
    pub fn parse(stem: &str, text: &str) -> Result<Self, CatalogueError> {
        load::family(stem, text)
    }

    /// Event sources that count for `operation`.
    pub fn services<'a>(&'a self, operation: &'a Operation) -> &'a [String] {
        if operation.service.is_empty() {
            &self.service
        } else {
            &operation.service
        }
    }

    /// The full id, `<family>.<operation>`.
    pub fn operation_id(&self, operation: &Operation) -> String {
        format!("{}.{}", self.family, operation.id)
    }
}

impl Operation {
    /// The provider's name and every alias.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        std::iter::once(self.name.as_str()).chain(self.aliases.iter().map(String::as_str))
    }

    /// Letters in lower case, one of which every event that is this operation holds.
    pub fn search_literals(&self) -> impl Iterator<Item = String> {
        let first = self
            .literal
            .as_deref()
            .unwrap_or_else(|| longest_letters(&self.name));
        let first = first.to_ascii_lowercase();
        let aliases = self.aliases.iter().map(|name| name.to_ascii_lowercase());
        let further: Vec<String> = aliases
            .filter(|name| !name.contains(&first))
            .map(|name| longest_letters(&name).to_owned())
            .collect();
        std::iter::once(first).chain(further)
    }
}

fn longest_letters(name: &str) -> &str {
    name.split(|c: char| !c.is_ascii_alphabetic())
        .max_by_key(|run| run.len())
        .unwrap_or("")
}
