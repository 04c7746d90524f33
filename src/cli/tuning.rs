//! `directvm tuning check`: the errors and warnings of a tuning list.

use super::output::{fail, now, print, read};
use crate::catalogue::{Catalogue, Scope};
use crate::detect::entry::Entry;
use crate::detect::finding::Finding;
use crate::detect::tune::check::{Warning, find_warnings};
use crate::detect::tune::{TryResult, Tuning};
use crate::detect::{Detector, Filter};
use crate::scan::sanitise::sanitise;
use crate::scan::sources::{Source, Sources};
use crate::scan::summary_text::count;
use clap::{Args, Subcommand};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Subcommands of `tuning`.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Report errors by line and column, and rules that are probably wrong.
    ///
    /// Exit status: 0 no errors or warnings, 1 at least one, 2 a file cannot be read.
    Check(CheckArguments),
}

const EXAMPLES: &str = "Examples:
  directvm tuning check directvm_tuning.csv
  directvm tuning check --soon 90 --events AWSLogs/ directvm_tuning.csv";

/// Arguments of `tuning check`.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct CheckArguments {
    /// The tuning list; `-` for standard input.
    file: PathBuf,
    /// Count what each rule matches in these events: a JSON file, or a folder of such files.
    #[arg(long, value_name = "PATH")]
    events: Option<PathBuf>,
    /// Warn of rules that expire within this number of days.
    #[arg(long, value_name = "DAYS", default_value_t = 30)]
    soon: u32,
}

/// Runs a subcommand.
pub fn run(command: &Command) -> ExitCode {
    let Command::Check(arguments) = command;
    let checked = check(arguments).and_then(|(text, is_clean)| print(&text).map(|()| is_clean));
    match checked {
        Ok(is_clean) => ExitCode::from(u8::from(!is_clean)),
        Err(text) => fail(&text),
    }
}

fn check(arguments: &CheckArguments) -> Result<(String, bool), String> {
    let tuning = Tuning::parse(&read(&arguments.file)?);
    let catalogue = Catalogue::embedded().map_err(|error| error.to_string())?;
    let warnings = find_warnings(&tuning, &catalogue, now(), arguments.soon);
    let is_clean = tuning.faults().is_empty() && warnings.is_empty();
    let mut text = report(&arguments.file, &tuning, &warnings);
    if let Some(events) = &arguments.events {
        text.push_str(&count_all(events, tuning, &catalogue)?);
    }
    Ok((text, is_clean))
}

fn report(file: &Path, tuning: &Tuning, warnings: &[Warning]) -> String {
    let file = file.display();
    let faults = tuning
        .faults()
        .iter()
        .map(|fault| (fault.line, format!("{file}: {fault}")));
    let warned = warnings.iter().map(|warning| {
        let Warning { line, id, text, .. } = warning;
        (*line, format!("{file}: line {line}, rule {id}: {text}"))
    });
    let mut lines: Vec<(u64, String)> = faults.chain(warned).collect();
    lines.sort_by_key(|(line, _)| *line);
    let disabled = tuning.rules().iter().filter(|rule| !rule.enabled).count();
    let disabled = match disabled {
        0 => String::new(),
        disabled => format!(" ({disabled} switched off)"),
    };
    let total = format!(
        "{file}: {}{disabled}, {}, {}",
        count(tuning.rules().len() as u64, "rule"),
        count(tuning.faults().len() as u64, "error"),
        count(warnings.len() as u64, "warning")
    );
    let lines = lines.into_iter().map(|(_, line)| line).chain([total]);
    lines.map(|line| sanitise(&line) + "\n").collect()
}

/// How many findings a rule matched.
#[derive(Debug, Clone, Copy, Default)]
struct Matches {
    all: u64,
    /// Those that another rule decided.
    outranked: u64,
}

fn count_all(events: &Path, tuning: Tuning, catalogue: &Catalogue) -> Result<String, String> {
    let filter = Filter {
        scope: Scope::Extended,
        ..Filter::default()
    };
    let detector = Detector::new(catalogue, filter).tuned(tuning);
    let mut matches = vec![Matches::default(); detector.tuning().rules().len()];
    let (mut entries, mut findings) = (0u64, 0u64);
    for source in Sources::new(vec![events.to_owned()]) {
        let file = match source {
            Source::Standard => PathBuf::from("-"),
            Source::File(path) => path,
            Source::Other(_) => continue,
            Source::Lost(path, error) => return Err(format!("{}: {error}", path.display())),
        };
        each_text(&read(&file)?, &mut |text| {
            let reader = detector.reader();
            let document = reader.read(text);
            for entry in &document.entries(reader) {
                entries += 1;
                if let Some(finding) = detector.inspect(&Entry::found(reader, entry)) {
                    findings += 1;
                    count_matches(&detector, &finding, &mut matches);
                }
            }
        });
    }
    let total = format!(
        "{}: {}, {}",
        events.display(),
        count(entries, "event"),
        count(findings, "finding")
    );
    let mut text = sanitise(&total) + "\n";
    for (rule, matches) in detector.tuning().rules().iter().zip(matches) {
        let were = if matches.outranked == 1 { "was" } else { "were" };
        let line = format!(
            "line {}, rule {} ({}): matched {}; {} {were} decided by another rule",
            rule.line,
            rule.id,
            rule.action.words(),
            count(matches.all, "finding"),
            matches.outranked
        );
        text += &(sanitise(&line) + "\n");
    }
    Ok(text)
}

fn count_matches(detector: &Detector, finding: &Finding<'_, '_>, matches: &mut [Matches]) {
    for (tried, matches) in detector.tuning().trace(finding).into_iter().zip(matches) {
        match tried.result {
            TryResult::Applied => matches.all += 1,
            TryResult::Outranked(_) => {
                matches.all += 1;
                matches.outranked += 1;
            }
            TryResult::Refused(_) => {}
        }
    }
}

/// Calls `run` for each line where every line is one JSON object, so that one broken line does not hide the others;
/// otherwise once for the whole text.
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
