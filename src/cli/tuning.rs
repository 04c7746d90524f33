//! `directvm tuning check`: everything that is wrong or doubtful in a list.

use super::output::{now, read, unreadable, write};
use crate::catalogue::{Catalogue, Scope};
use crate::detect::tune::check::{Doubt, doubts};
use crate::detect::tune::{TryResult, Tuning};
use crate::detect::view::View;
use crate::detect::{Detector, Filter};
use clap::{Args, Subcommand};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// What can be done with a list.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Name every fault by line and column, and every rule that is doubtful. Exit status: 0 clean, 1 something was
    /// found, 2 a file could not be read.
    Check(CheckArguments),
}

const EXAMPLES: &str = "Examples:
  directvm tuning check directvm_tuning.csv
  directvm tuning check --soon 90 --events AWSLogs/ directvm_tuning.csv";

/// Arguments of `tuning check`.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct CheckArguments {
    /// The list; `-` for standard input.
    file: PathBuf,
    /// Events (a file of JSON, or a folder of such files) to count what each rule applies to.
    #[arg(long, value_name = "PATH")]
    events: Option<PathBuf>,
    /// Rules that end within so many days are named.
    #[arg(long, value_name = "DAYS", default_value_t = 30)]
    soon: u32,
}

/// Runs a subcommand.
pub fn run(command: &Command) -> ExitCode {
    let Command::Check(arguments) = command;
    let checked = check(arguments).and_then(|(text, is_clean)| write(&text).map(|()| is_clean));
    match checked {
        Ok(is_clean) => ExitCode::from(u8::from(!is_clean)),
        Err(text) => unreadable(&text),
    }
}

fn check(arguments: &CheckArguments) -> Result<(String, bool), String> {
    let tuning = Tuning::parse(&read(&arguments.file)?);
    let catalogue = Catalogue::embedded().map_err(|error| error.to_string())?;
    let doubts = doubts(&tuning, &catalogue, now(), arguments.soon);
    let is_clean = tuning.faults().is_empty() && doubts.is_empty();
    let mut text = report(&arguments.file, &tuning, &doubts);
    if let Some(events) = &arguments.events {
        text.push_str(&counts(events, tuning, &catalogue)?);
    }
    Ok((text, is_clean))
}

fn report(file: &Path, tuning: &Tuning, doubts: &[Doubt]) -> String {
    let file = file.display();
    let faults = tuning
        .faults()
        .iter()
        .map(|fault| (fault.line, format!("{file}: {fault}\n")));
    let doubtful = doubts.iter().map(|doubt| {
        (
            doubt.line,
            format!("{file}: line {}, rule {}: {}\n", doubt.line, doubt.id, doubt.text),
        )
    });
    let mut lines: Vec<(u64, String)> = faults.chain(doubtful).collect();
    lines.sort_by_key(|(line, _)| *line);
    let mut text: String = lines.into_iter().map(|(_, line)| line).collect();
    let disabled = tuning.rules().iter().filter(|rule| !rule.enabled).count();
    text.push_str(&format!(
        "{file}: {} rules ({disabled} switched off), {} faults, {} doubts\n",
        tuning.rules().len(),
        tuning.faults().len(),
        doubts.len()
    ));
    text
}

/// What became of the findings among events, rule by rule.
#[derive(Debug, Clone, Copy, Default)]
struct Count {
    applied: usize,
    outranked: usize,
}

fn counts(events: &Path, tuning: Tuning, catalogue: &Catalogue) -> Result<String, String> {
    let filter = Filter {
        scope: Scope::Extended,
        ..Filter::default()
    };
    let detector = Detector::new(catalogue, filter).tuned(tuning);
    let mut counts = vec![Count::default(); detector.tuning().rules().len()];
    let (mut entries, mut findings) = (0, 0);
    for file in files(events)? {
        each_text(&read(&file)?, &mut |text| {
            let reader = detector.reader();
            let document = reader.read(text);
            for entry in &document.entries(reader) {
                entries += 1;
                if let Some(finding) = detector.inspect(&View::new(reader, entry.format, &entry.value)) {
                    findings += 1;
                    count(&detector, &finding, &mut counts);
                }
            }
        });
    }
    let mut text = format!("{}: {entries} events, {findings} findings\n", events.display());
    for (rule, count) in detector.tuning().rules().iter().zip(counts) {
        text.push_str(&format!(
            "line {}, rule {} ({}): applied to {}, outranked on {}\n",
            rule.line,
            rule.id,
            rule.action.words(),
            count.applied,
            count.outranked
        ));
    }
    Ok(text)
}

fn count(detector: &Detector, finding: &crate::detect::finding::Finding<'_, '_>, counts: &mut [Count]) {
    for (tried, count) in detector.tuning().trace(finding).into_iter().zip(counts) {
        match tried.result {
            TryResult::Applied => count.applied += 1,
            TryResult::Outranked(_) => count.outranked += 1,
            TryResult::Refused(_) => {}
        }
    }
}

/// The file itself, or every file below the folder, sorted.
fn files(path: &Path) -> Result<Vec<PathBuf>, String> {
    if !path.is_dir() {
        return Ok(vec![path.to_owned()]);
    }
    let fault = |error: std::io::Error| format!("{}: {error}", path.display());
    let mut found = Vec::new();
    for entry in std::fs::read_dir(path).map_err(fault)? {
        let entry = entry.map_err(fault)?;
        let kind = entry.file_type().map_err(fault)?;
        if kind.is_dir() {
            found.extend(files(&entry.path())?);
        } else if kind.is_file() {
            found.push(entry.path());
        }
    }
    found.sort();
    Ok(found)
}

/// Line by line where every line is an object of its own, so that one broken line hides no other; else all at once.
fn each_text(text: &[u8], run: &mut dyn FnMut(&[u8])) {
    let lines = || {
        text.split(|byte| *byte == b'\n')
            .map(<[u8]>::trim_ascii)
            .filter(|line| !line.is_empty())
    };
    if lines().all(|line| line.starts_with(b"{") && line.ends_with(b"}")) {
        lines().for_each(run);
    } else {
        run(text);
    }
}
