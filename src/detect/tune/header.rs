//! The header of a tuning list, and faults by line and column.

use super::field::Field;
use std::collections::HashMap;

/// The columns of a list, in order.
pub const COLUMNS: [&str; 19] = [
    "id",
    "enabled",
    "cloud",
    "operation",
    "access",
    "actor",
    "principal",
    "person",
    "service",
    "target",
    "account",
    "src",
    "document",
    "user_agent",
    "action",
    "value",
    "expires",
    "reason",
    "owner",
];

/// An error in a list, and its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// From 1.
    pub line: u64,
    /// Number, from 1, and name of the column; `None` for a fault of the whole row or list.
    pub column: Option<(usize, String)>,
    /// What is wrong and what is allowed.
    pub text: String,
}

impl std::fmt::Display for Fault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.column {
            Some((number, name)) => write!(f, "line {}, column {number} ({name}): {}", self.line, self.text),
            None => write!(f, "line {}: {}", self.line, self.text),
        }
    }
}

/// The columns of a list.
#[derive(Debug)]
pub struct Header {
    names: Vec<String>,
    known: HashMap<&'static str, usize>,
    /// Unknown and repeated columns.
    unusable: Vec<usize>,
}

impl Header {
    /// Reads the header in `line`. Unknown and repeated columns are faults of the list, which stays usable. A list may lack
    /// columns of conditions; if it lacks another column, it is refused.
    pub fn new(line: u64, cells: &[Vec<u8>]) -> Result<(Self, Vec<Fault>), Fault> {
        let name = |cell: &Vec<u8>| String::from_utf8_lossy(cell).trim().to_ascii_lowercase();
        let mut header = Self {
            names: cells.iter().map(name).collect(),
            known: HashMap::new(),
            unusable: Vec::new(),
        };
        let mut faults = Vec::new();
        for (at, name) in header.names.iter().enumerate() {
            let text = match COLUMNS.into_iter().find(|known| known == name) {
                Some(known) if !header.known.contains_key(known) => {
                    header.known.insert(known, at);
                    continue;
                }
                Some(_) => "the column is repeated; rows with a value in it are refused".to_owned(),
                None => format!(
                    "unknown column; rows with a value in it are refused; the columns are {}",
                    COLUMNS.join(",")
                ),
            };
            header.unusable.push(at);
            faults.push(header.fault(line, at, &text));
        }
        header.complete(line)?;
        Ok((header, faults))
    }

    fn complete(&self, line: u64) -> Result<(), Fault> {
        let is_condition = |name: &str| Field::ALL.iter().any(|field| field.name() == name);
        let is_missing = |name: &&str| !self.known.contains_key(name) && !is_condition(name);
        let missing: Vec<&str> = COLUMNS.into_iter().filter(is_missing).collect();
        if missing.is_empty() {
            return Ok(());
        }
        Err(Fault {
            line,
            column: None,
            text: format!(
                "the header lacks {}, so no rule can be read; the columns are {}, of which a list may lack conditions",
                missing.join(", "),
                COLUMNS.join(",")
            ),
        })
    }

    /// Returns the position of the column called `name`; beyond the last one where it is missing.
    pub fn at(&self, name: &str) -> usize {
        self.known.get(name).copied().unwrap_or(usize::MAX)
    }

    /// Unknown and repeated columns.
    pub fn unusable(&self) -> &[usize] {
        &self.unusable
    }

    /// How many columns there are.
    pub fn len(&self) -> usize {
        self.names.len()
    }

    /// A fault in column number `at`, from 0.
    pub fn fault(&self, line: u64, at: usize, text: &str) -> Fault {
        Fault {
            line,
            column: self.names.get(at).map(|name| (at + 1, name.clone())),
            text: text.to_owned(),
        }
    }
}
