//! `directvm replay`: a recorded session, decoded for people; or sent through the command again and compared.

mod again;
mod show;

use super::output::UNREADABLE;
use crate::splunk::recording::Reader;
use crate::splunk::session::nobody_reads;
use clap::Args;
use std::fs::File;
use std::io::{BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

const EXAMPLES: &str = "Examples:
  directvm replay case.dvmrec
  directvm replay --rows 50 case.dvmrec
  directvm replay --run case.dvmrec && echo unchanged";

/// Decode a session that `record=<name>` wrote: frames, metadata without the session key, rows, timings. Exit status: 0
/// read (with --run: every reply is the recorded one), 1 another reply, 2 the recording could not be read.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct Arguments {
    /// The recording, a .dvmrec file.
    recording: PathBuf,
    /// Send the recorded requests through the command again, and compare its replies byte by byte.
    #[arg(long)]
    run: bool,
    /// How many rows of each body are shown.
    #[arg(long, value_name = "N", default_value_t = 5)]
    rows: usize,
}

/// What came of a replay.
enum Ended {
    Well,
    Different,
    /// Holds what was wrong.
    Unreadable(String),
}

/// Runs the subcommand.
#[expect(
    clippy::disallowed_methods,
    reason = "this is the edge: standard streams are handed out here"
)]
pub fn run(arguments: &Arguments) -> ExitCode {
    let mut output = std::io::BufWriter::new(std::io::stdout().lock());
    let ended = replay(arguments, &mut output).and_then(|ended| output.flush().map(|()| ended));
    let fault = match ended {
        Ok(Ended::Well) => return ExitCode::SUCCESS,
        Ok(Ended::Different) => return ExitCode::from(1),
        Ok(Ended::Unreadable(text)) => format!("{}: {text}", arguments.recording.display()),
        Err(error) if nobody_reads(&error) => return ExitCode::SUCCESS,
        Err(error) => format!("output could not be written: {error}"),
    };
    // Where stderr is closed, the exit status still tells.
    let _ = writeln!(std::io::stderr(), "directvm: {fault}");
    ExitCode::from(UNREADABLE)
}

fn replay(arguments: &Arguments, output: &mut dyn Write) -> std::io::Result<Ended> {
    let opened = open(&arguments.recording).map_err(|error| error.to_string());
    let reader = opened.and_then(|file| Reader::new(BufReader::new(file)).map_err(|error| error.to_string()));
    match reader {
        Err(text) => Ok(Ended::Unreadable(text)),
        Ok(reader) if arguments.run => again::replay(reader, output),
        Ok(reader) => show::decode(reader, arguments.rows, output),
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "this is the edge: files are opened here"
)]
fn open(path: &Path) -> std::io::Result<File> {
    // Asked before the file is opened: opening a pipe could wait for ever.
    if !std::fs::metadata(path)?.is_file() {
        return Err(std::io::Error::other("it is no file"));
    }
    File::open(path)
}
