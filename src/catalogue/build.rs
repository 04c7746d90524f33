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

fn main() -> Result<(), Box<dyn Error>> {
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
