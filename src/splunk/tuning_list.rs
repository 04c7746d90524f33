//! Tuning lists, as the session asks for them: it reads no file itself.

use super::options::{DEFAULT_TUNING, Options, TABLE, TuningList};
use crate::detect::tune::{Tuning, caller_chosen};
use std::io::{Error, ErrorKind};

/// The app's `lookups` folder.
pub trait Lookups {
    /// Whether the file is there and can be opened; cheap, since getinfo waits for it.
    fn check(&self, file: &str) -> Result<(), Error>;

    /// What the file holds.
    fn read(&self, file: &str) -> Result<Vec<u8>, Error>;
}

/// No folder at all, as for a program outside an app.
#[derive(Debug, Clone, Copy)]
pub struct NoLookups;

impl Lookups for NoLookups {
    fn check(&self, _: &str) -> Result<(), Error> {
        Err(ErrorKind::Unsupported.into())
    }

    fn read(&self, _: &str) -> Result<Vec<u8>, Error> {
        Err(ErrorKind::Unsupported.into())
    }
}

/// How many faults of a list are shown in a search; `directvm tuning check` shows all.
const MAX_FAULTS: usize = 3;

/// Refuses a list that was named but is not there.
pub fn refuse_missing(options: &Options, lookups: &dyn Lookups) -> Result<(), String> {
    let TuningList::Named(file) = &options.tuning else {
        return Ok(());
    };
    lookups.check(file).map_err(|error| {
        let allowed = TABLE
            .iter()
            .find(|row| row.name == "tuning")
            .map(super::options::OptionRow::allowed)
            .unwrap_or_default();
        format!(
            "tuning=\"{file}\": {}; allowed: {allowed} in the app's lookups folder",
            fault(&error)
        )
    })
}

/// A list that was asked for: its file, and what came of reading it.
pub type List = (String, Result<Vec<u8>, Error>);

/// Reads the list of a search, if it has one.
pub fn list(options: &Options, lookups: &dyn Lookups) -> Option<List> {
    let file = match &options.tuning {
        TuningList::Off => return None,
        TuningList::Default => DEFAULT_TUNING,
        TuningList::Named(file) => file,
    };
    Some((file.to_owned(), lookups.read(file)))
}

/// The rules of a list, and what the user must know about them.
pub fn tuning(list: Option<List>) -> (Tuning, Option<String>) {
    let Some((file, read)) = list else {
        return (Tuning::default(), None);
    };
    match read {
        Ok(text) => {
            let tuning = Tuning::parse(&text);
            let warning = warning(&file, &tuning);
            (tuning, warning)
        }
        // A program outside an app has no lists that it could miss.
        Err(error) if error.kind() == ErrorKind::Unsupported => (Tuning::default(), None),
        Err(error) => {
            let hint = match error.kind() {
                ErrorKind::NotFound => "| `directvm_create_tuning_list` writes it, ",
                _ => "",
            };
            let text = format!(
                "directvm: tuning list {file}: {}; no tuning rule applies ({hint}tuning=none says so without a warning)",
                fault(&error)
            );
            (Tuning::default(), Some(text))
        }
    }
}

fn fault(error: &Error) -> String {
    match error.kind() {
        ErrorKind::NotFound => "there is no such file".to_owned(),
        ErrorKind::Unsupported => "the program is not part of an app".to_owned(),
        _ => format!("it cannot be read ({error})"),
    }
}

/// One text on everything that is wrong with a list.
fn warning(file: &str, tuning: &Tuning) -> Option<String> {
    let mut parts = Vec::new();
    let faults = tuning.faults();
    if !faults.is_empty() {
        let first: Vec<String> = faults.iter().take(MAX_FAULTS).map(ToString::to_string).collect();
        let more = match faults.len() - first.len() {
            0 => String::new(),
            more => format!("; and {more} more"),
        };
        let count = match faults.len() {
            1 => "1 fault; the row with it does not apply".to_owned(),
            count => format!("{count} faults; the rows with them do not apply"),
        };
        let sound = match tuning.rules().len() {
            1 => "1 rule does".to_owned(),
            sound => format!("{sound} rules do"),
        };
        parts.push(format!("{count}, {sound}: {}{more}", first.join("; ")));
    }
    let loose = || {
        tuning
            .rules()
            .iter()
            .filter(|rule| rule.enabled && caller_chosen(rule).is_some())
    };
    if let Some(first) = loose().next() {
        let count = match loose().count() {
            1 => "1 rule suppresses, expects or lowers".to_owned(),
            count => format!("{count} rules suppress, expect or lower"),
        };
        parts.push(format!(
            "{count} by user_agent, document or session name alone, which the caller can choose (first: {}, line {})",
            first.id, first.line
        ));
    }
    (!parts.is_empty()).then(|| {
        format!(
            "directvm: tuning list {file}: {}. `directvm tuning check` names them all",
            parts.join(". ")
        )
    })
}
