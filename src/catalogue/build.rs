//! Build script: `data/*.toml` → one JSON text without the examples, which a search reads at its start.
//!
//! TOML is for those who write the catalogue. Reading it took half of a search's start, of which each indexer has one.

#![expect(
    clippy::disallowed_methods,
    reason = "a build script is given a folder, and leaves a file in another"
)]

use std::error::Error;
use std::path::{Path, PathBuf};

const FOLDER: &str = "src/catalogue/data";

#[path = "../event/definitions.rs"]
mod definitions;

const FORMATS: &str = "src/event/formats";
const WRAPPERS: &str = "src/event/wrappers.toml";

fn main() -> Result<(), Box<dyn Error>> {
    compile_formats()?;
    compile_wrappers()?;
    println!("cargo::rerun-if-changed={FOLDER}");
    println!("cargo::rerun-if-changed=src/catalogue/build.rs");
    let families = files(Path::new(FOLDER))?
        .iter()
        .map(|file| family(file).map_err(|error| format!("{}: {error}", file.display())))
        .collect::<Result<Vec<_>, _>>()?;
    let place = PathBuf::from(std::env::var("OUT_DIR")?).join("catalogue.json");
    std::fs::write(place, serde_json::to_string(&families)?)?;
    Ok(())
}

/// The files in the order of their names.
fn files(folder: &Path) -> std::io::Result<Vec<PathBuf>> {
    let mut files = std::fs::read_dir(folder)?
        .map(|entry| entry.map(|entry| entry.path()))
        .collect::<Result<Vec<_>, _>>()?;
    files.retain(|file| file.extension().is_some_and(|extension| extension == "toml"));
    files.sort();
    Ok(files)
}

fn family(file: &Path) -> Result<toml::Table, Box<dyn Error>> {
    let mut family: toml::Table = toml::from_str(&std::fs::read_to_string(file)?)?;
    let operations = family.get_mut("operation").and_then(toml::Value::as_array_mut);
    for operation in operations.into_iter().flatten() {
        if let Some(operation) = operation.as_table_mut() {
            operation.remove("example");
        }
    }
    Ok(family)
}

/// Checks the log formats, and compiles them into one JSON text.
fn compile_formats() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed={FORMATS}");
    let mut formats = Vec::new();
    for file in files(Path::new(FORMATS))? {
        let text = std::fs::read_to_string(&file)?;
        let fail = |message: String| format!("{}: {message}", file.display());
        let format: definitions::FormatFile =
            toml::from_str(&text).map_err(|error| fail(error.to_string()))?;
        let stem = file.file_stem().unwrap_or_default().to_string_lossy();
        format.check(&stem).map_err(fail)?;
        let mut table: toml::Table = toml::from_str(&text)?;
        without_examples(&mut table, "dialect");
        formats.push(table);
    }
    write("formats.json", &serde_json::to_string(&formats)?)
}

/// Checks the wrappers, and compiles them into JSON.
fn compile_wrappers() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed={WRAPPERS}");
    let text = std::fs::read_to_string(WRAPPERS)?;
    let fail = |message: String| format!("{WRAPPERS}: {message}");
    let wrappers: definitions::WrapperFile =
        toml::from_str(&text).map_err(|error| fail(error.to_string()))?;
    wrappers.check().map_err(fail)?;
    let mut table: toml::Table = toml::from_str(&text)?;
    without_examples(&mut table, "wrapper");
    write("wrappers.json", &serde_json::to_string(&table)?)
}

fn without_examples(table: &mut toml::Table, list: &str) {
    let items = table.get_mut(list).and_then(toml::Value::as_array_mut);
    for item in items.into_iter().flatten().filter_map(toml::Value::as_table_mut) {
        item.remove("example");
    }
}

fn write(name: &str, text: &str) -> Result<(), Box<dyn Error>> {
    std::fs::write(PathBuf::from(std::env::var("OUT_DIR")?).join(name), text)?;
    Ok(())
}
