//! Writes the report: never over a log, never half a page.
#![expect(
    clippy::disallowed_methods,
    reason = "this is the edge: the report's file is read and written here"
)]

use std::fs::File;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};

/// The first bytes of a report.
const DOCTYPE: &[u8] = b"<!doctype html>";

/// Refuses a file that is not an earlier report: it may be one of the logs.
pub fn refuse(path: &Path) -> Result<(), String> {
    if path.is_dir() {
        return Err(format!(
            "--report {}: is a folder; name a file in it",
            path.display()
        ));
    }
    if path.exists() && !path.is_file() {
        return Err(format!(
            "--report {}: is a pipe or a device, not a file; choose another name",
            path.display()
        ));
    }
    if !path.is_file() {
        return is_page(path).and_then(|()| can_be_written(path));
    }
    let mut start = Vec::new();
    let read = File::open(path).and_then(|file| file.take(DOCTYPE.len() as u64).read_to_end(&mut start));
    match read {
        Ok(0) => can_be_written(path),
        Ok(_) if start.eq_ignore_ascii_case(DOCTYPE) => can_be_written(path),
        Ok(_) => Err(format!(
            "--report {}: the file exists and is not a report; choose another name",
            path.display()
        )),
        Err(error) => Err(format!("--report {}: {error}", path.display())),
    }
}

/// Refuses a name that is not a page's.
fn is_page(path: &Path) -> Result<(), String> {
    let is_page = path.extension().is_some_and(|extension| {
        ["html", "htm"]
            .iter()
            .any(|known| extension.eq_ignore_ascii_case(known))
    });
    if !is_page {
        return Err(format!(
            "--report {}: a report is a page; give it a name that ends in .html",
            path.display()
        ));
    }
    Ok(())
}

/// Refuses a place where no file can be made, before anything is read.
fn can_be_written(path: &Path) -> Result<(), String> {
    let named = |why: &str| {
        Err(format!(
            "--report {}: the report cannot be written: {why}",
            path.display()
        ))
    };
    match folder_of(path).metadata() {
        Ok(folder) if !folder.is_dir() => named("its folder is a file"),
        Ok(_) => match beside(&followed(path)) {
            Ok(_) => Ok(()),
            Err(error) => named(&format!("its folder cannot be written to: {error}")),
        },
        Err(error) => named(&error.to_string()),
    }
}

fn folder_of(path: &Path) -> &Path {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    folder.unwrap_or(Path::new("."))
}

/// What a link leads to, so that it stays one; any other path as it is.
fn followed(path: &Path) -> PathBuf {
    path.canonicalize().unwrap_or_else(|_| path.to_owned())
}

/// A new file in the folder of a report, which vanishes unless it is kept.
fn beside(path: &Path) -> std::io::Result<tempfile::NamedTempFile> {
    let made = builder().prefix(".directvm-").tempfile_in(folder_of(path));
    // The whole error names the file, which nobody asked for.
    made.map_err(|error| error.kind().into())
}

/// Writes the page to a temporary file in the same folder and renames it, so that an earlier report stays until then.
pub fn write(path: &Path, page: &str) -> Result<(), String> {
    let named = |error: std::io::Error| format!("{}: the report cannot be written: {error}", path.display());
    let place = followed(path);
    let mut beside = beside(&place).map_err(named)?;
    let written = beside
        .write_all(page.as_bytes())
        .and_then(|()| beside.as_file().sync_all());
    written.map_err(named)?;
    beside
        .persist(&place)
        .map(|_| ())
        .map_err(|error| named(error.error))
}

/// With the permissions of the user's other files, not only readable by the owner.
#[cfg(unix)]
fn builder() -> tempfile::Builder<'static, 'static> {
    use std::os::unix::fs::PermissionsExt;
    let mut builder = tempfile::Builder::new();
    builder.permissions(std::fs::Permissions::from_mode(0o666));
    builder
}

#[cfg(not(unix))]
fn builder() -> tempfile::Builder<'static, 'static> {
    tempfile::Builder::new()
}
