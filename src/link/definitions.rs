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
    pub orders: Vec<Order>,
    /// Answers after which the provider asks the same caller again, and which are not final therefore.
    #[serde(rename = "interrupt")]
    pub interrupts: Vec<Interrupt>,
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
    /// Globs of the operations that take it back, for all callers.
    #[serde(default)]
    pub closed_by: Vec<String>,
}

/// Operations that set up runs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Order {
    /// Globs of operation ids.
    pub operations: Vec<String>,
    /// The services, as in `dvm_service`, that make the runs; any if there is none.
    #[serde(default)]
    pub run_by: Vec<String>,
    /// Whether only the document changes, and runs of it are set up elsewhere.
    #[serde(default)]
    pub document_only: bool,
}

/// Answers that are not final.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Interrupt {
    /// Globs of operation ids.
    pub operations: Vec<String>,
    /// The answers, as in `result_id`.
    pub result_ids: Vec<String>,
}

/// Operations.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Operations {
    /// Globs of operation ids.
    pub operations: Vec<String>,
}
