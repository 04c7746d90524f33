//! What is known: the operations of the three clouds that open, carry, enable or end direct access to a virtual machine.
//!
//! The knowledge lies in TOML: `data/*.toml`, one file per operation family, and the tables beside them (`clouds.toml`,
//! `trust.toml`, `severity.toml`, `techniques.toml`). [`operation`] and [`tables`] say what such a file may hold. The
//! build script checks the files with the same types and compiles them into the JSON that [`Catalogue::embedded`] reads;
//! [`Catalogue::sources`] reads the files themselves, with their examples.

mod embedded;
mod enums;
mod example;
mod list;
mod load;
pub mod operation;
mod references;
mod routines;
mod source;
pub mod tables;

pub use enums::{AccessType, Cloud, Evidence, FactorKind, Outcome, Scope, Severity, Verdict};
pub use list::List;
pub use load::CatalogueError;
pub use operation::{Condition, Example, Expected, Family, Operation, OutcomeRule, Variant};

use serde::Deserialize;
use serde::de::DeserializeOwned;
use tables::Tables;

/// Everything known, families in the order of their names.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Catalogue {
    /// The families, each from one file.
    pub families: Vec<Family>,
    /// What holds for all of them.
    pub tables: Tables,
}

impl Catalogue {
    /// What is compiled into the program: all but the examples.
    pub fn embedded() -> Result<Self, serde_json::Error> {
        let mut catalogue: Self = serde_json::from_str(embedded::COMPILED)?;
        load::finish_all(&mut catalogue.families).map_err(serde::de::Error::custom)?;
        Ok(catalogue)
    }

    /// Reads and checks the files as they are written, with their examples.
    pub fn sources() -> Result<Self, CatalogueError> {
        let tables = load::tables(&embedded::table)?;
        let families = embedded::FAMILIES.iter();
        let families = families
            .map(|(stem, text)| load::family(stem, text))
            .collect::<Result<Vec<_>, _>>()?;
        let catalogue = Self { families, tables };
        for (family, (_, text)) in catalogue.families.iter().zip(embedded::FAMILIES) {
            catalogue.check_family(family, text)?;
        }
        catalogue.check_trust(&embedded::table("trust.toml"))?;
        Ok(catalogue)
    }

    /// What a family refers to must be in the tables; `text` is its file.
    pub fn check_family(&self, family: &Family, text: &str) -> Result<(), CatalogueError> {
        references::check(family, text, &self.tables)
    }

    /// What the routines refer to must be known; `text` is the file with them.
    pub fn check_trust(&self, text: &str) -> Result<(), CatalogueError> {
        routines::check(&self.families, &self.tables, text)
    }

    /// All operations with their families.
    pub fn operations(&self) -> impl Iterator<Item = (&Family, &Operation)> {
        self.families
            .iter()
            .flat_map(|f| f.operations.iter().map(move |o| (f, o)))
    }
}

/// Reads TOML; the error is the line, from 1 on, and what is wrong and allowed there.
pub fn read_toml<T: DeserializeOwned>(text: &str) -> Result<T, (usize, String)> {
    source::read(text).map_err(|error| (error.line, error.message))
}

impl Family {
    /// Reads and checks one file; `stem` is its name without the extension.
    pub fn parse(stem: &str, text: &str) -> Result<Self, CatalogueError> {
        load::family(stem, text)
    }
}
