//! What came of an example, and how it is told.

use std::fmt::Display;

/// What came of an example.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    /// The operation, dialect, wrapper or routine whose example it is.
    pub of: String,
    /// What the example shows.
    pub what: String,
    /// Each difference from what the file says; none where it holds.
    pub faults: Vec<String>,
}

/// `field is …, not …` where the values differ.
pub fn difference(field: &str, has: &[String], wanted: &[String]) -> Option<String> {
    let shown = |values: &[String]| match values {
        [] => "absent".to_owned(),
        values => values.join(", "),
    };
    (has != wanted).then(|| format!("{field} is {}, not {}", shown(has), shown(wanted)))
}

/// An outcome of the example `what`.
pub fn outcome(of: impl Display, what: &str, faults: Vec<String>) -> Outcome {
    Outcome {
        of: of.to_string(),
        what: what.to_owned(),
        faults,
    }
}
