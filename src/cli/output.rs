//! What the small subcommands read and write: whole files, standard streams.
#![expect(
    clippy::disallowed_methods,
    reason = "this is the edge: files and standard streams are opened here"
)]

use crate::splunk::session::nobody_reads;
use std::io::{Read, Write};
use std::path::Path;
use std::process::ExitCode;

/// Exit status where an input could not be read.
pub const UNREADABLE: u8 = 2;

/// All of a file, or of standard input for `-`.
pub fn read(path: &Path) -> Result<Vec<u8>, String> {
    let mut bytes = Vec::new();
    let read = if path.as_os_str() == "-" {
        std::io::stdin().lock().read_to_end(&mut bytes)
    } else {
        std::fs::File::open(path).and_then(|mut file| file.read_to_end(&mut bytes))
    };
    read.map(|_| bytes)
        .map_err(|error| format!("{}: {error}", path.display()))
}

/// Writes all of a text. A reader that went away is no failure.
pub fn put(output: &mut dyn Write, text: &[u8]) -> std::io::Result<()> {
    match output.write_all(text).and_then(|()| output.flush()) {
        Err(error) if !nobody_reads(&error) => Err(error),
        _ => Ok(()),
    }
}

/// Writes a text to standard output, likewise.
pub fn write(text: &str) -> Result<(), String> {
    put(&mut std::io::stdout().lock(), text.as_bytes()).map_err(|error| format!("output: {error}"))
}

/// Tells what could not be read, and ends.
pub fn unreadable(text: &str) -> ExitCode {
    let _ = writeln!(std::io::stderr(), "directvm: {text}");
    ExitCode::from(UNREADABLE)
}

/// Microseconds since 1970 UTC.
pub fn now() -> i64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    since.map_or(0, |since| i64::try_from(since.as_micros()).unwrap_or(i64::MAX))
}
