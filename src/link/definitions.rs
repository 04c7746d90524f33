//! What `rules.toml` may hold.

use serde::{Deserialize, Serialize};

/// `rules.toml`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RuleFile {
    /// What switches access on, and what uses it.
    pub opens: Vec<Opening>,
    /// What switches recording off, and what is then not recorded.
    pub recording: Vec<Opening>,
    /// What sets up a run.
    #[serde(rename = "order")]
    pub orders: Vec<Operations>,
    /// Sessions whose end is always logged.
    pub ends: Vec<Operations>,
}

/// Operations, and those that follow from them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Opening {
    /// Globs of operation ids.
    pub operations: Vec<String>,
    /// Globs of documents, one of which the finding must have; any if there is none.
    #[serde(default)]
    pub documents: Vec<String>,
    /// Globs of the operations that follow.
    pub used_by: Vec<String>,
}

/// Operations.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Operations {
    /// Globs of operation ids.
    pub operations: Vec<String>,
}
