//! Command-line arguments and the subcommands.

mod catalogue;
mod describe;
pub mod explain;
pub mod lookups;
mod output;
pub mod recordings;
mod replay;
mod report_file;
mod results;
pub mod scan;
mod schema;
mod story;
pub mod tuning;

use crate::scan::sanitise::sanitise;
use clap::{Parser, Subcommand};
use output::{EXIT_FAILED, fail, write_output};
use std::fs::File;
use std::process::ExitCode;

/// Finds direct connections to cloud VMs in AWS CloudTrail, Azure Activity and Google Cloud audit logs.
#[derive(Debug, Parser)]
#[command(name = "directvm", bin_name = "directvm", version, about, after_help = AFTER_HELP)]
struct Arguments {
    #[command(subcommand)]
    command: Option<Command>,
}

const AFTER_HELP: &str =
    "Without arguments, and with input that is not a terminal, the program speaks Splunk's chunked search command \
protocol, version 2, on standard input and output.

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
    /// Explain events: log format, operation, fields, severity, tuning.
    Explain(explain::Arguments),
    /// Check a tuning list.
    #[command(subcommand)]
    Tuning(tuning::Command),
    Replay(replay::Arguments),
    /// Print shell completions
    #[command(after_help = COMPLETIONS)]
    Completions {
        /// Which shell.
        #[arg(value_enum)]
        shell: clap_complete::Shell,
    },
    /// Print the manual page, with all subcommands
    #[command(after_help = MAN)]
    Man,
    /// Print the fields and options that the command declares, as JSON
    #[command(hide = true)]
    Schema,
    /// Check options as the search commands do
    #[command(hide = true)]
    Options {
        /// Of directvmlink
        #[arg(long)]
        link: bool,
        /// Options as written in a search
        #[arg(last = true)]
        arguments: Vec<String>,
    },
}

/// Parses the arguments and runs the subcommand.
pub fn run() -> ExitCode {
    match Arguments::try_parse() {
        Ok(Arguments { command: None }) => show_help(),
        Ok(Arguments {
            command: Some(command),
        }) => match command {
            Command::Catalogue(arguments) => {
                let ended = catalogue::run(&arguments, &mut standard_output());
                ended.unwrap_or_else(|error| fail(&format!("{error:#}")))
            }
            Command::Scan(arguments) => scan::run(&arguments),
            Command::Explain(arguments) => explain::run(&arguments),
            Command::Tuning(command) => tuning::run(&command),
            Command::Replay(arguments) => replay::run(&arguments),
            Command::Completions { shell } => exit_code(describe::completions(
                &mut arguments(),
                shell,
                &mut standard_output(),
            )),
            Command::Man => exit_code(describe::manual(arguments(), &mut standard_output())),
            Command::Schema => schema::print_schema(),
            Command::Options { link, arguments } => schema::check_options(&arguments, link),
        },
        Err(error) => show_usage(&error),
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
    clippy::disallowed_methods,
    reason = "this is the edge: standard error is handed out here"
)]
fn standard_error() -> std::io::Stderr {
    std::io::stderr()
}

fn exit_code(result: anyhow::Result<()>) -> ExitCode {
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => fail(&format!("{error:#}")),
    }
}

fn arguments() -> clap::Command {
    <Arguments as clap::CommandFactory>::command()
}

fn show_help() -> ExitCode {
    match arguments().print_help() {
        Ok(()) => ExitCode::SUCCESS,
        Err(_) => ExitCode::from(EXIT_FAILED),
    }
}

fn show_usage(error: &clap::Error) -> ExitCode {
    use clap::error::{ContextKind, ContextValue, ErrorKind};
    let printed = if error.use_stderr() {
        let text = error.render().to_string();
        let lines: String = text.lines().map(|line| sanitise(line) + "\n").collect();
        write_output(&mut standard_error(), lines.as_bytes())
    } else {
        error.print()
    };
    if let (ErrorKind::InvalidSubcommand, Some(ContextValue::String(word))) =
        (error.kind(), error.get(ContextKind::InvalidSubcommand))
        && std::path::Path::new(word).exists()
    {
        fail(&format!(
            "{word} is a file or folder; to scan it: directvm scan {word}"
        ));
    }
    if printed.is_ok() && !error.use_stderr() {
        ExitCode::SUCCESS
    } else {
        ExitCode::from(EXIT_FAILED)
    }
}

/// Returns a standard stream as a file, which neither buffers nor splits into lines.
#[cfg(unix)]
pub fn stream(stream: &impl std::os::fd::AsFd) -> std::io::Result<File> {
    Ok(File::from(stream.as_fd().try_clone_to_owned()?))
}

/// Returns a standard stream as a file, which neither buffers nor splits into lines.
#[cfg(windows)]
pub fn stream(stream: &impl std::os::windows::io::AsHandle) -> std::io::Result<File> {
    Ok(File::from(stream.as_handle().try_clone_to_owned()?))
}
