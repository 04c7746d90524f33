//! `directvm schema` and `directvm options`: what the app's linter asks. Not in the help, not for users.

use crate::export::schema;
use std::io::Write;
use std::process::ExitCode;

/// Prints the fields that findings carry, and the options, as one JSON object.
#[expect(clippy::disallowed_methods, reason = "a subcommand writes to standard output")]
pub fn print_schema() -> ExitCode {
    match std::io::stdout().write_all(schema::schema().as_bytes()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(_) => ExitCode::from(super::USAGE),
    }
}

/// Reads `arguments` as a search's; prints the faults, if any, and then ends with the status of bad usage.
#[expect(clippy::disallowed_methods, reason = "a subcommand writes to standard error")]
pub fn check_options(arguments: &[String]) -> ExitCode {
    let Some(faults) = schema::option_faults(arguments) else {
        return ExitCode::SUCCESS;
    };
    let _unread = writeln!(std::io::stderr(), "{faults}");
    ExitCode::from(super::USAGE)
}
