//! `directvm tuning check`: the errors and warnings of a tuning list.

use super::output::{fail, now, open_source, print, read};
use crate::catalogue::{Catalogue, Scope, Severity};
use crate::detect::finding::Finding;
use crate::detect::tune::check::{Kind, Warning, find_warnings};
use crate::detect::tune::rule::{Refusal, TuningRule};
use crate::detect::tune::{TryResult, Tuning};
use crate::detect::{Detector, Filter};
use crate::scan::sanitise::sanitise;
use crate::scan::sources::Sources;
use crate::scan::summary::Summary;
use crate::scan::summary_text::{count, faults};
use crate::scan::{Item, Meter, Settings, scan};
use clap::{Args, Subcommand};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Subcommands of `tuning`.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Report errors by line and column, and rules that are probably wrong.
    ///
    /// Exit status: 0 no errors or warnings, 1 at least one, 2 a file cannot be read, or there are no events to try the rules on.
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
    /// Count what each rule matches in these events, read as a scan reads them; a rule that matches none is a warning.
    #[arg(long, value_name = "PATH")]
    events: Option<PathBuf>,
    /// Note rules that expire within this number of days.
    #[arg(long, value_name = "DAYS", default_value_t = 7, value_parser = days)]
    soon: u32,
}

fn days(text: &str) -> Result<u32, String> {
    text.parse()
        .map_err(|_| "not a number of days, as in 30".to_owned())
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
    let is_clean = tuning.faults().is_empty() && warnings.iter().all(is_note);
    let mut text = report(&arguments.file, &tuning, &warnings);
    let mut all_match = true;
    if let Some(events) = &arguments.events {
        let (counted, matched) = count_all(events, tuning, &catalogue)?;
        text.push_str(&counted);
        all_match = matched;
    }
    Ok((text, is_clean && all_match))
}

/// Whether a warning is no reason to fail: a rule that will expire has not yet.
fn is_note(warning: &Warning) -> bool {
    warning.kind == Kind::ExpiresSoon
}

fn report(file: &Path, tuning: &Tuning, warnings: &[Warning]) -> String {
    let file = file.display();
    let faults = tuning
        .faults()
        .iter()
        .map(|fault| (fault.line, format!("{file}: {fault}")));
    let warned = warnings.iter().map(|warning| {
        let Warning { line, id, text, .. } = warning;
        let kind = if is_note(warning) { "note: " } else { "" };
        (*line, format!("{file}: line {line}, rule {id}: {kind}{text}"))
    });
    let mut lines: Vec<(u64, String)> = faults.chain(warned).collect();
    lines.sort_by_key(|(line, _)| *line);
    let notes = warnings.iter().filter(|warning| is_note(warning)).count();
    let disabled = tuning.rules().iter().filter(|rule| !rule.enabled).count();
    let disabled = match disabled {
        0 => String::new(),
        disabled => format!(" ({disabled} switched off)"),
    };
    let total = format!(
        "{file}: {}{disabled}, {}, {}",
        count(tuning.rules().len() as u64, "rule"),
        count(tuning.faults().len() as u64, "error"),
        count((warnings.len() - notes) as u64, "warning")
    );
    let total = if notes > 0 {
        format!("{total}, {}", count(notes as u64, "note"))
    } else {
        total
    };
    let lines = lines.into_iter().map(|(_, line)| line).chain([total]);
    lines.map(|line| sanitise(&line) + "\n").collect()
}

/// What a rule did with findings.
#[derive(Debug, Clone, Default)]
struct Matches {
    /// Those that it matched, by severity before tuning.
    severities: BTreeMap<Severity, u64>,
    /// Those that another rule decided.
    outranked: u64,
    /// Where the findings that it came nearest to failed, and how many there are.
    nearest: Option<(usize, Refusal, u64)>,
}

/// What the events say of the rules: a text, and whether each rule that is switched on matched something.
fn count_all(events: &Path, tuning: Tuning, catalogue: &Catalogue) -> Result<(String, bool), String> {
    let filter = Filter {
        scope: Scope::Extended,
        ..Filter::default()
    };
    let detector = Detector::new(catalogue, filter).tuned(tuning);
    let mut matches = vec![Matches::default(); detector.tuning().rules().len()];
    let mut summary = Summary::default();
    let mut findings = 0u64;
    let mut sink = |file: &str, item: Item<'_>| {
        match item {
            Item::Found(found) => {
                if let Some(finding) = found.finding {
                    findings += 1;
                    count_matches(&detector, &finding, &mut matches);
                }
            }
            Item::Text(..) | Item::Part(_) => {}
            Item::End(counts) => summary.end(file, counts),
        }
        Ok(())
    };
    let sources = Sources::new(vec![events.to_owned()]);
    let (settings, meter) = (Settings::default(), Meter::default());
    let scanned = scan(sources, &open_source, &detector, &settings, &meter, &mut sink);
    scanned.map_err(|error| error.to_string())?;
    if summary.analysed == 0 {
        let fault = summary.faults.first();
        let why = fault.map_or_else(
            || "holds no known cloud log".to_owned(),
            |(file, fault)| format!("{file}: {fault}"),
        );
        return Err(format!(
            "{}: no events to try the rules on: {why}",
            events.display()
        ));
    }
    let total = format!(
        "{}: {}, {}",
        events.display(),
        count(summary.records, "event"),
        count(findings, "finding")
    );
    let mut text = faults(&summary) + &sanitise(&total) + "\n";
    let mut all_match = true;
    for (rule, matches) in detector.tuning().rules().iter().zip(&matches) {
        all_match &= !rule.enabled || !matches.severities.is_empty();
        text += &(sanitise(&in_words(rule, matches)) + "\n");
    }
    Ok((text, all_match && summary.faults.is_empty()))
}

fn in_words(rule: &TuningRule, matches: &Matches) -> String {
    let begin = format!("line {}, rule {} ({})", rule.line, rule.id, rule.action.words());
    let all: u64 = matches.severities.values().sum();
    if all == 0 {
        let nearest = match &matches.nearest {
            Some((_, refusal, near)) if rule.enabled => {
                format!(
                    "; nearest, {}: {why}",
                    count(*near, "finding"),
                    why = refused(refusal, rule)
                )
            }
            _ => String::new(),
        };
        let kind = if rule.enabled { "warning: " } else { "" };
        return format!("{begin}: {kind}matched 0 findings{nearest}");
    }
    let severities = matches.severities.iter().rev();
    let severities: Vec<String> = severities
        .map(|(severity, count)| format!("{count} {severity}"))
        .collect();
    let were = if matches.outranked == 1 { "was" } else { "were" };
    format!(
        "{begin}: matched {} ({}); {} {were} decided by another rule",
        count(all, "finding"),
        severities.join(", "),
        matches.outranked
    )
}

fn refused(refusal: &Refusal, rule: &TuningRule) -> String {
    match refusal {
        Refusal::Disabled => "the rule is switched off".to_owned(),
        Refusal::Expired => "the rule had expired before".to_owned(),
        Refusal::NoTime => "no readable time to compare its end with".to_owned(),
        Refusal::Condition(field) => {
            let wanted = rule
                .condition(*field)
                .map_or("", |condition| condition.text.as_str());
            format!("the {} is not {wanted}", field.name())
        }
    }
}

fn count_matches(detector: &Detector, finding: &Finding<'_, '_>, matches: &mut [Matches]) {
    let matched =
        |matches: &mut Matches| *matches.severities.entry(finding.untuned_severity).or_default() += 1;
    for (tried, matches) in detector.tuning().trace(finding).into_iter().zip(matches) {
        match tried.result {
            TryResult::Applied => matched(matches),
            TryResult::Outranked(_) => {
                matched(matches);
                matches.outranked += 1;
            }
            TryResult::Refused(refusal) => matches.refused(refusal),
        }
    }
}

impl Matches {
    /// Remembers where a finding failed, if it came as far as any.
    fn refused(&mut self, refusal: Refusal) {
        let passed = match refusal {
            Refusal::Disabled => 0,
            Refusal::Condition(field) => field as usize,
            Refusal::NoTime | Refusal::Expired => usize::MAX,
        };
        match &mut self.nearest {
            Some((best, _, count)) if *best == passed => *count += 1,
            Some((best, ..)) if *best > passed => {}
            nearest => *nearest = Some((passed, refusal, 1)),
        }
    }
}
