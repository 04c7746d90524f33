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

#[path = "enums.rs"]
mod enums;
#[path = "list.rs"]
mod list;
#[path = "load.rs"]
mod load;
#[path = "operation.rs"]
mod operation;
#[path = "source.rs"]
mod source;
#[path = "tables.rs"]
mod tables;

use serde::Serialize;
use std::error::Error;
use std::path::{Path, PathBuf};

fn main() {
    if let Err(error) = catalogue() {
        println!("cargo::error={error}");
    }
}

/// The families and the tables.
fn catalogue() -> Result<(), Box<dyn Error>> {
    let read_table = |name: &str| {
        let path = Path::new(load::TABLES).join(name);
        println!("cargo::rerun-if-changed={}", path.display());
        std::fs::read_to_string(path).unwrap_or_default()
    };
    let tables = load::tables(&read_table)?;
    let sources = sources(load::FAMILIES)?;
    let families = compile(&sources, compact)?;
    load::techniques(&families, &tables)?;
    write_json(
        "catalogue.json",
        &serde_json::json!({ "families": families, "tables": tables }),
    )?;
    write("families.rs", &list(load::FAMILIES, &sources))
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
fn compile<T, E: Error + 'static>(
    sources: &[Source],
    read: impl Fn(&str, &str) -> Result<T, E>,
) -> Result<Vec<T>, E> {
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
