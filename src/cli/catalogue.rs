//! `directvm catalogue`: all operations, in several formats.

use super::output::write_output;
use crate::catalogue::Catalogue;
use crate::export::{csv, json, markdown, sigma, table};
use clap::{Args, ValueEnum};
use std::io::Write;

const EXAMPLES: &str = "Examples:
  directvm catalogue | less
  directvm catalogue --format json | jq -r '.[].name'
  directvm catalogue --format sigma > directvm.yml";

/// List the operations that are recognised, with their limits, triage and references.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct CatalogueArguments {
    /// Output format.
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

#[derive(Debug, Clone, Copy, Default, ValueEnum)]
enum Format {
    /// A table for terminals.
    #[default]
    Table,
    /// A JSON array with one object for each operation.
    Json,
    /// A reference page.
    Markdown,
    /// The lookup of the Splunk app.
    Csv,
    /// Sigma rules, one for each family of operations.
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
    Ok(write_output(out, text.as_bytes())?)
}
