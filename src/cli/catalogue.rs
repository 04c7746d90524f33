//! `directvm catalogue`: what the program knows, in several formats.

use super::output::put;
use crate::catalogue::Catalogue;
use crate::export::{csv, json, markdown, sigma, table};
use clap::{Args, ValueEnum};
use std::io::Write;

const EXAMPLES: &str = "Examples:
  directvm catalogue | less
  directvm catalogue --format json | jq -r .name
  directvm catalogue --format sigma > directvm.yml";

/// What the program knows: every operation, with limits, triage and references.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct CatalogueArguments {
    /// How it is written.
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

#[derive(Debug, Clone, Copy, Default, ValueEnum)]
enum Format {
    /// For terminals.
    #[default]
    Table,
    /// One object for each operation.
    Json,
    /// A reference for reading.
    Markdown,
    /// The app's lookup of operations.
    Csv,
    /// Sigma rules, one for each family.
    Sigma,
}

/// Writes the catalogue to `out`.
pub fn run(arguments: &CatalogueArguments, out: &mut dyn Write) -> anyhow::Result<()> {
    let catalogue = Catalogue::embedded()?;
    let text = match arguments.format {
        Format::Table => table::render(&catalogue),
        Format::Json => json::render(&catalogue),
        Format::Markdown => markdown::render(&catalogue),
        Format::Csv => csv::render(&catalogue),
        Format::Sigma => sigma::render(&catalogue),
    };
    Ok(put(out, text.as_bytes())?)
}
