//! `directvm replay`: prints a recorded session, or runs it again and compares the replies.

mod dump;
mod outcome;
mod rerun;

use super::output::fail;
use crate::splunk::recording::Reader;
use crate::splunk::session::nobody_reads;
use clap::Args;
use outcome::Outcome;
use std::fs::File;
use std::io::{BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

const EXAMPLES: &str = "Examples:
  directvm replay case.dvmrec
  directvm replay --rows 50 case.dvmrec
  directvm replay --run case.dvmrec && echo unchanged";

/// Print a session that `record=<name>` recorded, or run it again.
///
/// Prints frames, metadata without the session key, rows and timings. Exit status: 0 the recording was read (with --run:
/// every reply is the same), 1 a reply differs, 2 the recording cannot be read.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct Arguments {
    /// The recording: a .dvmrec file.
    recording: PathBuf,
    /// Run the command again on the recorded requests and compare its replies byte by byte.
    #[arg(long)]
    run: bool,
    /// Number of rows to print of each body.
    #[arg(long, value_name = "N", default_value_t = 5)]
    rows: usize,
}

/// Runs the subcommand.
#[expect(
    clippy::disallowed_methods,
    reason = "this is the edge: standard streams are handed out here"
)]
pub fn run(arguments: &Arguments) -> ExitCode {
    let mut output = std::io::BufWriter::new(std::io::stdout().lock());
    let ended = replay(arguments, &mut output).and_then(|ended| output.flush().map(|()| ended));
    let error = match ended {
        Ok(Outcome::Same) => return ExitCode::SUCCESS,
        Ok(Outcome::Different) => return ExitCode::from(1),
        Ok(Outcome::Unreadable(text)) => format!("{}: {text}", arguments.recording.display()),
        Err(error) if nobody_reads(&error) => return ExitCode::SUCCESS,
        Err(error) => format!("output cannot be written: {error}"),
    };
    fail(&error)
}

fn replay(arguments: &Arguments, output: &mut dyn Write) -> std::io::Result<Outcome> {
    let opened = open(&arguments.recording).map_err(|error| error.to_string());
    let reader = opened.and_then(|file| Reader::new(BufReader::new(file)).map_err(|error| error.to_string()));
    match reader {
        Err(text) => Ok(Outcome::Unreadable(text)),
        Ok(reader) if arguments.run => rerun::replay(reader, output),
        Ok(reader) => dump::decode(reader, arguments.rows, output),
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "this is the edge: files are opened here"
)]
fn open(path: &Path) -> std::io::Result<File> {
    // Checked before the file is opened: opening a named pipe could block for ever.
    if !std::fs::metadata(path)?.is_file() {
        return Err(std::io::Error::other("it is not a file"));
    }
    File::open(path)
}
