//! Input and output of the subcommands: whole files, standard streams.
#![expect(
    clippy::disallowed_methods,
    reason = "this is the edge: files and standard streams are opened here"
)]

use crate::scan::archive::Opened;
use crate::scan::sanitise::sanitise;
use crate::scan::sources::Source;
use crate::splunk::session::nobody_reads;
use std::io::{Read, Write};
use std::path::Path;
use std::process::ExitCode;

/// Exit status for bad usage, and for an input that cannot be read.
pub const EXIT_FAILED: u8 = 2;

/// Reads a whole file, or standard input for `-`.
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

/// Writes the whole text. A reader that closed its end is not a failure.
pub fn write_output(output: &mut dyn Write, text: &[u8]) -> std::io::Result<()> {
    match output.write_all(text).and_then(|()| output.flush()) {
        Err(error) if !nobody_reads(&error) => Err(error),
        _ => Ok(()),
    }
}

/// Writes the whole text to standard output. A reader that closed its end is not a failure.
pub fn print(text: &str) -> Result<(), String> {
    write_output(&mut std::io::stdout().lock(), text.as_bytes()).map_err(|error| format!("output: {error}"))
}

/// Writes one sanitised error to standard error.
pub fn show_error(text: &str) {
    // Where standard error is closed, the exit status still tells.
    let _ = writeln!(std::io::stderr(), "directvm: {}", sanitise(text));
}

/// Writes one error to standard error and returns the exit status for it.
pub fn fail(text: &str) -> ExitCode {
    show_error(text);
    ExitCode::from(EXIT_FAILED)
}

/// Microseconds since 1970 UTC.
pub fn now() -> i64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    since.map_or(0, |since| i64::try_from(since.as_micros()).unwrap_or(i64::MAX))
}

/// Characters in a line: `COLUMNS`, else those of the terminal; nothing where neither is known.
pub fn columns() -> Option<u16> {
    let columns = std::env::var("COLUMNS").ok();
    let columns = columns.and_then(|columns| columns.parse().ok());
    columns.or_else(|| console::Term::stderr().size_checked().map(|(_, columns)| columns))
}

/// Opens an input of a scan.
pub fn open_source(source: &Source) -> std::io::Result<Opened> {
    let Source::File(path) = source else {
        return Ok(Opened::Stream(Box::new(std::io::stdin().lock())));
    };
    let file = std::fs::File::open(path)?;
    let metadata = file.metadata()?;
    Ok(if metadata.is_file() {
        Opened::File(Box::new(file), metadata.len())
    } else {
        Opened::Stream(Box::new(file))
    })
}

/// The two parts of `FILE:RECORD`, which names one record; `None` for any other path.
pub fn file_and_record(path: &str) -> Option<(&str, u64)> {
    let (file, record) = path.rsplit_once(':')?;
    Some((file, record.parse().ok()?))
}
