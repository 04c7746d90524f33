//! `directvm catalogue`: the operations, in several formats; `directvm catalogue test`: the examples of files.

use super::output::{columns, print, read, show_error, write_output};
use crate::catalogue::{Catalogue, Family, Operation};
use crate::detect::glob::fits;
use crate::examples::{self, KnowledgeFile, Outcome};
use crate::export::{csv, json, markdown, sigma, table};
use anyhow::{Context, bail};
use clap::{Args, Subcommand, ValueEnum};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

const EXAMPLES: &str = "Examples:
  directvm catalogue
  directvm catalogue 'azure_*' StartSession
  directvm catalogue --format json | jq -r .name
  directvm catalogue --format json aws_ssm_session.start_session
  directvm catalogue --format sigma > directvm.yml
  directvm catalogue test src/catalogue/data/aws_ssm_session.toml";

const TEST_EXAMPLES: &str = "Examples:
  directvm catalogue test src/catalogue/data/aws_ssm_session.toml
  directvm catalogue test src/catalogue/trust.toml src/event/wrappers.toml

Exit status: 0 all examples hold, 1 some do not, 2 a file cannot be read or is wrong";

/// List the operations that are recognised, with their limits, triage and references.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES, args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
pub struct CatalogueArguments {
    #[command(subcommand)]
    command: Option<CatalogueCommand>,
    /// Ids, families or the provider's names of operations; * stands for any text, letter case does not count. Default: all.
    #[arg(value_name = "OPERATION")]
    operations: Vec<String>,
    /// Output format.
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

#[derive(Debug, Subcommand)]
enum CatalogueCommand {
    /// Run the examples of files with operations, log formats, wrappers or trusted services.
    #[command(after_help = TEST_EXAMPLES)]
    Test {
        /// A file of src/catalogue/data or src/event/formats, trust.toml or wrappers.toml; several are tried together.
        #[arg(required = true, value_name = "FILE")]
        files: Vec<PathBuf>,
    },
}

#[derive(Debug, Clone, Copy, Default, ValueEnum)]
enum Format {
    /// A table for terminals.
    #[default]
    Table,
    /// One JSON object for each operation, on a line of its own.
    Json,
    /// A reference page.
    Markdown,
    /// The lookup of the Splunk app.
    Csv,
    /// Sigma rules, one for each operation.
    Sigma,
}

/// Writes the catalogue to `out`, or runs the examples of files.
pub fn run(arguments: &CatalogueArguments, out: &mut dyn Write) -> anyhow::Result<ExitCode> {
    if let Some(CatalogueCommand::Test { files }) = &arguments.command {
        return test(files);
    }
    let mut catalogue = Catalogue::embedded()?;
    select(&mut catalogue, &arguments.operations)?;
    let text = match arguments.format {
        Format::Table => table::render(&catalogue, columns()),
        Format::Json => json::render(&catalogue),
        Format::Markdown => markdown::render(&catalogue),
        Format::Csv => csv::render(&catalogue),
        Format::Sigma => sigma::render(&catalogue),
    };
    write_output(out, text.as_bytes())?;
    Ok(ExitCode::SUCCESS)
}

/// Keeps the operations that one of the patterns means; all if there is none.
fn select(catalogue: &mut Catalogue, patterns: &[String]) -> anyhow::Result<()> {
    let means = |pattern: &str, family: &Family, operation: &Operation| {
        let id = family.operation_id(operation);
        let names = [id.as_str(), family.family.as_str()]
            .into_iter()
            .chain(operation.names());
        names.into_iter().any(|name| {
            let last = name.rsplit(['.', '/']).next().unwrap_or(name);
            [name, last].into_iter().any(|name| fits(pattern, name))
        })
    };
    if let Some(unknown) = patterns.iter().find(|pattern| {
        !catalogue
            .operations()
            .any(|(family, operation)| means(pattern, family, operation))
    }) {
        bail!(
            "no operation is called {unknown}; directvm catalogue lists all, and * stands for any text, as in '*{unknown}*'"
        );
    }
    let is_wanted = |family: &Family, operation: &Operation| {
        patterns.is_empty() || patterns.iter().any(|pattern| means(pattern, family, operation))
    };
    for family in &mut catalogue.families {
        let mut operations = std::mem::take(&mut family.operations);
        operations.retain(|operation| is_wanted(family, operation));
        family.operations = operations;
    }
    catalogue.families.retain(|family| !family.operations.is_empty());
    Ok(())
}

fn test(files: &[PathBuf]) -> anyhow::Result<ExitCode> {
    let files = files.iter().map(|path| knowledge_file(path));
    let files = files.collect::<anyhow::Result<Vec<_>>>()?;
    let outcomes = examples::run(&files).map_err(anyhow::Error::msg)?;
    let failed: Vec<&Outcome> = outcomes
        .iter()
        .filter(|outcome| !outcome.faults.is_empty())
        .collect();
    for Outcome { of, what, faults } in &failed {
        for fault in faults {
            show_error(&format!("{of} ({what}): {fault}"));
        }
    }
    let summary = match failed.len() {
        0 => format!("{} examples hold\n", outcomes.len()),
        count => format!("{count} of {} examples do not hold\n", outcomes.len()),
    };
    print(&summary).map_err(anyhow::Error::msg)?;
    Ok(if failed.is_empty() {
        ExitCode::SUCCESS
    } else {
        ExitCode::from(1)
    })
}

fn knowledge_file(path: &Path) -> anyhow::Result<KnowledgeFile> {
    let shown = path.display().to_string();
    let bytes = read(path).map_err(anyhow::Error::msg)?;
    if path.extension().is_none_or(|extension| extension != "toml") {
        anyhow::bail!("{shown}: is no TOML file of operations, a format, wrappers or trust");
    }
    let text = String::from_utf8(bytes).with_context(|| format!("{shown}: is not UTF-8"))?;
    let stem = path
        .file_stem()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned();
    Ok(KnowledgeFile {
        path: shown,
        stem,
        text,
    })
}
