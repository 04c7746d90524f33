//! `directvm scan`: files, folders and standard input without Splunk.
#![expect(
    clippy::disallowed_methods,
    reason = "this is the edge: files, streams, clock and environment are read here"
)]

use super::output::{read, unreadable};
use super::page;
use super::results::Results;
use crate::catalogue::Catalogue;
use crate::detect::tune::Tuning;
use crate::detect::tune::time::of_iso;
use crate::detect::{Detector, Filter};
use crate::scan::report::iso;
use crate::scan::sources::{Source, Sources};
use crate::scan::{Item, Meter, Settings, scan};
use clap::builder::PossibleValuesParser;
use clap::{Args, ValueEnum};
use indicatif::{ProgressBar, ProgressStyle};
use std::fs::File;
use std::io::{IsTerminal, Read, Write};
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

const EXAMPLES: &str = "Examples:
  directvm scan AWSLogs/                          every log below a folder, as a table
  directvm scan --format jsonl *.json.gz | jq .   for machines
  directvm scan --report access.html --since 2026-01-01 AWSLogs/ azure/
  zcat audit.json.gz | directvm scan --fail-on-finding --min-severity high

Read: JSON, one value after the other or in lists and wrappers, in UTF-8 or UTF-16, plain or gzip, by content and not
by name; base64 in Pub/Sub's data. Other files are skipped and named. A record larger than 4 MiB is named, not read.
A cell of CSV output that a spreadsheet would take for a formula has an apostrophe before it; several values of a cell
stand on lines of their own. A report replaces nothing but an earlier report.
Exit status: 0 done, 1 --fail-on-finding and there was one, 2 bad usage or an input that could not be read.";

/// Arguments of `scan`.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct Arguments {
    /// Files and folders; `-` or nothing for standard input. Gzip is recognised by its content.
    paths: Vec<PathBuf>,
    /// How findings are written [default: table on a terminal, jsonl otherwise]
    #[arg(long, value_enum)]
    format: Option<Format>,
    /// core: what opens, carries, enables or ends access. extended: also preparation and credential retrieval.
    #[arg(long, default_value = "core", value_parser = PossibleValuesParser::new(["core", "extended"]))]
    scope: String,
    /// Which providers are looked at [default: all]
    #[arg(long, value_delimiter = ',', value_parser = PossibleValuesParser::new(["aws", "azure", "gcp"]))]
    cloud: Vec<String>,
    /// Findings below it are none.
    #[arg(long, default_value = "informational", value_parser = PossibleValuesParser::new(["informational", "low", "medium", "high", "critical"]))]
    min_severity: String,
    /// A tuning list.
    #[arg(long, value_name = "FILE")]
    tuning: Option<PathBuf>,
    /// Only events at or after this, ISO 8601.
    #[arg(long, value_name = "TIME", value_parser = moment)]
    since: Option<i64>,
    /// Only events before this, ISO 8601.
    #[arg(long, value_name = "TIME", value_parser = moment)]
    until: Option<i64>,
    /// Also the events that are no finding (jsonl, csv).
    #[arg(long)]
    all: bool,
    /// Write one self-contained page.
    #[arg(long, value_name = "FILE.html")]
    report: Option<PathBuf>,
    /// How many files are read at once [default: one a core]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=256))]
    threads: Option<u16>,
    /// No progress bar on a terminal.
    #[arg(long)]
    no_progress: bool,
    /// Exit status 1 where there is a finding.
    #[arg(long)]
    fail_on_finding: bool,
}

/// How findings are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For people.
    Table,
    /// One JSON object a line.
    Jsonl,
    /// With a header.
    Csv,
}

fn moment(text: &str) -> Result<i64, String> {
    of_iso(text)
        .ok_or_else(|| "not an ISO 8601 date or time, as in 2026-01-31 or 2026-01-31T08:00:00Z".to_owned())
}

/// Runs the subcommand.
pub fn run(arguments: &Arguments) -> ExitCode {
    match refuse(arguments).and_then(|()| detector(arguments)) {
        Ok(detector) => with(arguments, &detector),
        Err(text) => unreadable(&text),
    }
}

/// What cannot be meant, and would cost something.
fn refuse(arguments: &Arguments) -> Result<(), String> {
    if let (Some(since), Some(until)) = (arguments.since, arguments.until)
        && since >= until
    {
        return Err(format!(
            "--since {} is not before --until {}: no event can be between them",
            iso(since),
            iso(until)
        ));
    }
    if arguments.all && format(arguments) == Format::Table {
        return Err("--all needs --format jsonl or csv: a table holds findings only".to_owned());
    }
    arguments.report.as_deref().map_or(Ok(()), page::refuse)
}

fn detector(arguments: &Arguments) -> Result<Detector, String> {
    let filter = Filter::from_words(&arguments.cloud, &arguments.scope, &arguments.min_severity);
    let catalogue = Catalogue::embedded().map_err(|error| error.to_string())?;
    let detector = Detector::new(&catalogue, filter);
    let Some(path) = &arguments.tuning else {
        return Ok(detector);
    };
    let tuning = Tuning::parse(&read(path)?);
    for fault in tuning.faults() {
        let _ = writeln!(std::io::stderr(), "directvm: {}: {fault}", path.display());
    }
    Ok(detector.tuned(tuning))
}

fn with(arguments: &Arguments, detector: &Detector) -> ExitCode {
    let format = format(arguments);
    let settings = Settings {
        every: arguments.all,
        since: arguments.since,
        until: arguments.until,
        threads: threads(arguments),
    };
    let meter = Meter::default();
    let ended = AtomicBool::new(false);
    let shows_progress = !arguments.no_progress && std::io::stderr().is_terminal();
    let mut results = Results::new(format, arguments.report.is_some());
    let scanned = std::thread::scope(|scope| {
        if shows_progress {
            scope.spawn(|| progress(&meter, &ended));
        }
        let sources = Sources::new(arguments.paths.clone());
        let mut sink = |file: &str, item: Item<'_>| results.take(file, item);
        let scanned = scan(sources, &open, detector, &settings, &meter, &mut sink);
        ended.store(true, Ordering::Relaxed);
        scanned
    });
    results.finish(scanned, arguments.report.as_deref(), arguments.fail_on_finding)
}

fn format(arguments: &Arguments) -> Format {
    arguments.format.unwrap_or(if std::io::stdout().is_terminal() {
        Format::Table
    } else {
        Format::Jsonl
    })
}

fn threads(arguments: &Arguments) -> usize {
    let cores = || std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    arguments.threads.map_or_else(cores, usize::from)
}

fn open(source: &Source) -> std::io::Result<Box<dyn Read>> {
    match source {
        Source::File(path) => Ok(Box::new(File::open(path)?)),
        _ => Ok(Box::new(std::io::stdin().lock())),
    }
}

/// Draws the bar until the scan has ended. It goes to standard error, and only to a terminal.
fn progress(meter: &Meter, ended: &AtomicBool) {
    let bar = ProgressBar::new_spinner();
    if let Ok(style) = ProgressStyle::with_template("{spinner} {msg}  {elapsed}") {
        bar.set_style(style);
    }
    let began = Instant::now();
    while !ended.load(Ordering::Relaxed) {
        let megabytes = meter.bytes.load(Ordering::Relaxed) / 1_000_000;
        let rate = u128::from(megabytes) * 1000 / began.elapsed().as_millis().max(1);
        let [files, findings] = [&meter.files, &meter.findings].map(|count| count.load(Ordering::Relaxed));
        bar.set_message(format!(
            "{files} files  {megabytes} MB  {rate} MB/s  {findings} findings"
        ));
        bar.tick();
        std::thread::sleep(Duration::from_millis(100));
    }
    bar.finish_and_clear();
}
