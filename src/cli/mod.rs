//! Arguments, and the small subcommands.

mod catalogue;
mod describe;
pub mod explain;
pub mod lookups;
mod output;
mod page;
pub mod recordings;
mod replay;
mod results;
pub mod scan;
mod schema;
pub mod tuning;

use clap::{Parser, Subcommand};
use std::fs::File;
use std::process::ExitCode;

/// Recognises direct cloud VM connections in AWS `CloudTrail`, Azure Activity and Google Cloud audit events.
#[derive(Debug, Parser)]
#[command(name = "directvm", bin_name = "directvm", version, about, after_help = AFTER_HELP)]
struct Arguments {
    #[command(subcommand)]
    command: Option<Command>,
}

const AFTER_HELP: &str =
    "Without an argument the program speaks Splunk's chunked search-command protocol, version 2, on \
standard input and output, as splunkd expects.

Examples:
  directvm scan AWSLogs/ --report access.html
  directvm scan --format csv --min-severity high activity.json.gz
  directvm explain event.json
  directvm tuning check directvm_tuning.csv
  directvm replay case.dvmrec --run
  directvm completions bash > ~/.local/share/bash-completion/completions/directvm";

const COMPLETIONS: &str = "Examples:
  directvm completions bash > ~/.local/share/bash-completion/completions/directvm
  directvm completions zsh > ~/.zfunc/_directvm
  directvm completions powershell >> $PROFILE";

const MAN: &str = "Examples:
  directvm man | man -l -
  directvm man > ~/.local/share/man/man1/directvm.1";

#[derive(Debug, Subcommand)]
enum Command {
    Catalogue(catalogue::CatalogueArguments),
    /// Scan files, folders or standard input without Splunk.
    Scan(Box<scan::Arguments>),
    /// Explain events: shape, operation, fields, severity, tuning.
    Explain(explain::Arguments),
    /// Work on a tuning list.
    #[command(subcommand)]
    Tuning(tuning::Command),
    Replay(replay::Arguments),
    /// Print completions for a shell
    #[command(after_help = COMPLETIONS)]
    Completions {
        /// Which shell.
        #[arg(value_enum)]
        shell: clap_complete::Shell,
    },
    /// Print the manual page, all subcommands in it
    #[command(after_help = MAN)]
    Man,
    /// Print the fields and options that the command declares, as JSON
    #[command(hide = true)]
    Schema,
    /// Check options as a search would
    #[command(hide = true)]
    Options {
        /// Options as they stand in a search
        #[arg(last = true)]
        arguments: Vec<String>,
    },
}

/// Exit status for bad usage.
const USAGE: u8 = 2;

/// Runs what the arguments ask for.
pub fn run() -> ExitCode {
    match Arguments::try_parse() {
        Ok(Arguments { command: None }) => show_help(),
        Ok(Arguments {
            command: Some(command),
        }) => match command {
            Command::Catalogue(arguments) => finished(catalogue::run(&arguments, &mut standard_output())),
            Command::Scan(arguments) => scan::run(&arguments),
            Command::Explain(arguments) => explain::run(&arguments),
            Command::Tuning(command) => tuning::run(&command),
            Command::Replay(arguments) => replay::run(&arguments),
            Command::Completions { shell } => {
                finished(describe::completions(&mut usage(), shell, &mut standard_output()))
            }
            Command::Man => finished(describe::manual(usage(), &mut standard_output())),
            Command::Schema => schema::print_schema(),
            Command::Options { arguments } => schema::check_options(&arguments),
        },
        Err(error) => shown(&error),
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "this is the edge: standard output is handed out here"
)]
fn standard_output() -> std::io::StdoutLock<'static> {
    std::io::stdout().lock()
}

#[expect(
    clippy::print_stderr,
    reason = "this is the edge, and no search: a person reads it"
)]
fn finished(result: anyhow::Result<()>) -> ExitCode {
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("directvm: {error:#}");
            ExitCode::from(USAGE)
        }
    }
}

fn usage() -> clap::Command {
    <Arguments as clap::CommandFactory>::command()
}

fn show_help() -> ExitCode {
    match usage().print_help() {
        Ok(()) => ExitCode::SUCCESS,
        Err(_) => ExitCode::from(USAGE),
    }
}

fn shown(error: &clap::Error) -> ExitCode {
    let printed = error.print();
    if printed.is_ok() && !error.use_stderr() {
        ExitCode::SUCCESS
    } else {
        ExitCode::from(USAGE)
    }
}

/// A standard stream as a file, so that nothing is buffered or split into lines on its way.
#[cfg(unix)]
pub fn stream(stream: &impl std::os::fd::AsFd) -> std::io::Result<File> {
    Ok(File::from(stream.as_fd().try_clone_to_owned()?))
}

/// A standard stream as a file, so that nothing is buffered or split into lines on its way.
#[cfg(windows)]
pub fn stream(stream: &impl std::os::windows::io::AsHandle) -> std::io::Result<File> {
    Ok(File::from(stream.as_handle().try_clone_to_owned()?))
}
