//! Build script: folders of TOML → one JSON text each, which a search reads at its start.
//!
//! TOML is for those who write the files. Reading it took half of a search's start, of which each indexer has one. The
//! files are read with the program's own types, so that a typo ends the build with file, line and what is allowed there.

#![expect(
    clippy::disallowed_methods,
    reason = "a build script is given a folder, and leaves a file in another"
)]
#![allow(
    dead_code,
    clippy::struct_field_names,
    reason = "the program uses more of the shared modules, and their names are those of the files' keys"
)]

#[path = "../event/definitions.rs"]
mod definitions;
#[path = "enums.rs"]
mod enums;
#[path = "../link/definitions.rs"]
mod link_definitions;
#[path = "list.rs"]
mod list;
#[path = "load.rs"]
mod load;
#[path = "operation.rs"]
mod operation;
#[path = "references.rs"]
mod references;
#[path = "routines.rs"]
mod routines;
#[path = "source.rs"]
mod source;
#[path = "tables.rs"]
mod tables;
#[path = "../words.rs"]
mod words;

use definitions::{FormatFile, WrapperFile};
use serde::Serialize;
use source::SourceError;
use std::error::Error;
use std::path::{Path, PathBuf};

fn main() {
    for result in [catalogue(), formats(), wrappers(), links()] {
        if let Err(error) = result {
            println!("cargo::error={error}");
        }
    }
}

/// The families and the tables.
fn catalogue() -> Result<(), Box<dyn Error>> {
    let read_table = |name: &str| {
        let path = Path::new(load::TABLES).join(name);
        println!("cargo::rerun-if-changed={}", path.display());
        std::fs::read_to_string(path).unwrap_or_default()
    };
    let mut tables = load::tables(&read_table)?;
    let sources = sources(load::FAMILIES)?;
    let families = compile(&sources, compact)?;
    for (family, source) in families.iter().zip(&sources) {
        references::check(family, &source.text, &tables)?;
    }
    routines::check(&families, &tables, &read_table("trust.toml"))?;
    let routines = tables.trust.routines.iter_mut();
    routines.for_each(|routine| routine.examples.clear());
    write_json(
        "catalogue.json",
        &serde_json::json!({ "families": families, "tables": tables }),
    )?;
    write("families.rs", &list(load::FAMILIES, &sources))
}

/// The log formats, without their examples.
fn formats() -> Result<(), Box<dyn Error>> {
    const FOLDER: &str = "src/event/formats";
    let compiled = compile(&sources(FOLDER)?, |stem, text| {
        let file = format!("{FOLDER}/{stem}.toml");
        let format: FormatFile = source::read(text).map_err(|error| in_file(&file, &error))?;
        format
            .check(stem)
            .map_err(|error| in_file(&file, &SourceError::near(text, 1, &error.near, error.message)))?;
        Ok::<_, Box<dyn Error>>(format)
    })?;
    write_json("formats.json", &compiled)
}

/// The wrappers, without their examples.
fn wrappers() -> Result<(), Box<dyn Error>> {
    const FILE: &str = "src/event/wrappers.toml";
    println!("cargo::rerun-if-changed={FILE}");
    let text = std::fs::read_to_string(FILE)?;
    let compiled: WrapperFile = source::read(&text).map_err(|error| in_file(FILE, &error))?;
    compiled
        .check()
        .map_err(|error| in_file(FILE, &SourceError::near(&text, 1, &error.near, error.message)))?;
    write_json("wrappers.json", &compiled)
}

/// The rules of links. Each glob must fit an operation.
fn links() -> Result<(), Box<dyn Error>> {
    const FILE: &str = "src/link/rules.toml";
    println!("cargo::rerun-if-changed={FILE}");
    let text = std::fs::read_to_string(FILE)?;
    let rules: link_definitions::RuleFile = source::read(&text).map_err(|error| in_file(FILE, &error))?;
    write_json("links.json", &rules)
}

fn in_file(file: &str, error: &SourceError) -> String {
    format!("{file}:{}: {}", error.line, error.message)
}

/// A family's file, checked. Named lists stay apart and examples are left out: the result is read at every start of a search.
fn compact(stem: &str, text: &str) -> Result<operation::Family, load::CatalogueError> {
    load::family(stem, text)?;
    let mut family = load::as_written(stem, text)?;
    family
        .operations
        .iter_mut()
        .for_each(|operation| operation.examples.clear());
    Ok(family)
}

/// A file of a folder: its name without the extension, and its text.
struct Source {
    stem: String,
    text: String,
}

/// The `.toml` files of a folder in the order of their names. A change of any of them runs the script again.
fn sources(folder: &str) -> Result<Vec<Source>, Box<dyn Error>> {
    println!("cargo::rerun-if-changed={folder}");
    let mut files = std::fs::read_dir(folder)?
        .map(|entry| entry.map(|entry| entry.path()))
        .collect::<Result<Vec<PathBuf>, _>>()?;
    files.retain(|file| file.extension().is_some_and(|extension| extension == "toml"));
    files.sort();
    let source = |file: &PathBuf| {
        let text = std::fs::read_to_string(file)?;
        let stem = file
            .file_stem()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        Ok(Source { stem, text })
    };
    files.iter().map(source).collect()
}

/// Reads every file of a folder by its stem and text.
fn compile<T, E>(sources: &[Source], read: impl Fn(&str, &str) -> Result<T, E>) -> Result<Vec<T>, E> {
    sources
        .iter()
        .map(|source| read(&source.stem, &source.text))
        .collect()
}

/// A Rust expression: the (stem, text) of every file, as a slice.
fn list(folder: &str, sources: &[Source]) -> String {
    let entry = |source: &Source| {
        let path = format!("/{folder}/{}.toml", source.stem);
        format!(
            "({:?}, include_str!(concat!(env!(\"CARGO_MANIFEST_DIR\"), {path:?}))),\n",
            source.stem
        )
    };
    let entries: String = sources.iter().map(entry).collect();
    format!("&[\n{entries}]\n")
}

fn write_json(name: &str, value: &impl Serialize) -> Result<(), Box<dyn Error>> {
    write(name, &serde_json::to_string(value)?)
}

fn write(name: &str, text: &str) -> Result<(), Box<dyn Error>> {
    let path = PathBuf::from(std::env::var("OUT_DIR")?).join(name);
    Ok(std::fs::write(path, text)?)
}
