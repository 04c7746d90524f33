//! `directvm schema` and `directvm options`: hidden subcommands for the linter of the Splunk app.

use super::output::EXIT_FAILED;
use crate::export::schema;
use std::io::Write;
use std::process::ExitCode;

/// Prints the fields that findings carry, and the options, as one JSON object.
#[expect(clippy::disallowed_methods, reason = "a subcommand writes to standard output")]
pub fn print_schema() -> ExitCode {
    match std::io::stdout().write_all(schema::schema().as_bytes()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(_) => ExitCode::from(EXIT_FAILED),
    }
}

/// Parses `arguments` as options of a search. Prints the errors, if any, and then returns the exit status of bad usage.
#[expect(clippy::disallowed_methods, reason = "a subcommand writes to standard error")]
pub fn check_options(arguments: &[String], of_link: bool) -> ExitCode {
    let Some(faults) = schema::option_faults(arguments, of_link) else {
        return ExitCode::SUCCESS;
    };
    let _unread = writeln!(std::io::stderr(), "{faults}");
    ExitCode::from(EXIT_FAILED)
}
