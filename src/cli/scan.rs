//! `directvm scan`: searches files, folders and standard input without Splunk.
#![expect(
    clippy::disallowed_methods,
    reason = "this is the edge: files, streams, clock and environment are read here"
)]

use super::output::{fail, open_source, read, show_error};
use super::report_file;
use super::results::{Format, Results};
use crate::catalogue::{Catalogue, Severity};
use crate::detect::tune::Tuning;
use crate::detect::tune::time::{format_iso, parse_iso};
use crate::detect::{Detector, Filter};
use crate::scan::sources::Sources;
use crate::scan::{Item, Meter, Settings, scan};
use clap::Args;
use clap::builder::PossibleValuesParser;
use indicatif::{ProgressBar, ProgressStyle};
use std::io::IsTerminal;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

const EXAMPLES: &str = "Examples:
  directvm scan AWSLogs/                          all logs in a folder, as a table
  directvm scan --format jsonl *.json.gz | jq .   for machines
  directvm scan --report access.html --since 2026-01-01 AWSLogs/ azure/
  zcat audit.json.gz | directvm scan --fail-on-finding --min-severity high

Input: JSON values one after the other, in lists or in wrappers (also base64 in Pub/Sub's data), and CSV of consoles and
queries; in UTF-8 or UTF-16; plain, compressed (gzip, bzip2, xz, zstd) or in archives (zip, tar), whose members are named
ARCHIVE!/MEMBER. The content decides, not the file name. What may hold logs and is not read is named; other files are counted.
Records larger than 4 MiB are skipped and listed.
CSV output: a cell that a spreadsheet would take for a formula starts with an apostrophe; several values in one cell are on
separate lines. --report never overwrites a file that is not a report.
Exit status: 0 done, 1 a finding with --fail-on-finding, 2 bad usage, an input that was\nnot read, or nothing that could be analysed.";

/// Arguments of `scan`.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
#[expect(clippy::struct_excessive_bools, reason = "each is an option of its own")]
pub struct Arguments {
    /// Files, folders and archives; `-` or none for standard input.
    paths: Vec<PathBuf>,
    /// Output format [default: table on a terminal, jsonl otherwise]
    #[arg(long, value_enum)]
    format: Option<Format>,
    /// core: operations that open, carry, enable or end access. extended: also preparation and credential retrieval.
    #[arg(long, default_value = "core", value_parser = PossibleValuesParser::new(["core", "extended"]))]
    scope: String,
    /// Cloud providers to look for [default: all]
    #[arg(long, value_delimiter = ',', value_parser = PossibleValuesParser::new(["aws", "azure", "gcp"]))]
    cloud: Vec<String>,
    /// Ignore findings below this severity.
    #[arg(long, default_value = "informational", value_parser = PossibleValuesParser::new(["informational", "low", "medium", "high", "critical"]))]
    min_severity: String,
    /// Apply a tuning list.
    #[arg(long, value_name = "FILE")]
    tuning: Option<PathBuf>,
    /// Only events at or after this time: ISO 8601, UTC unless it names a zone.
    #[arg(long, value_name = "TIME", value_parser = moment)]
    since: Option<i64>,
    /// Only events before this time: ISO 8601, UTC unless it names a zone.
    #[arg(long, value_name = "TIME", value_parser = moment)]
    until: Option<i64>,
    /// One row for each log record. Without, the records of one request are one row, and requests are linked.
    #[arg(long)]
    records: bool,
    /// Include events that are not findings (jsonl, csv), each record in a row of its own.
    #[arg(long)]
    all: bool,
    /// Write a report: one self-contained HTML page.
    #[arg(long, value_name = "FILE.html")]
    report: Option<PathBuf>,
    /// Number of files to read at the same time [default: one for each core]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=256))]
    threads: Option<u16>,
    /// Show no progress bar on a terminal.
    #[arg(long)]
    no_progress: bool,
    /// Exit with status 1 if there is a finding.
    #[arg(long)]
    fail_on_finding: bool,
}

fn moment(text: &str) -> Result<i64, String> {
    parse_iso(text)
        .ok_or_else(|| "not an ISO 8601 date or time, as in 2026-01-31 or 2026-01-31T08:00:00Z".to_owned())
}

/// Runs the subcommand.
pub fn run(arguments: &Arguments) -> ExitCode {
    match check_arguments(arguments).and_then(|()| detector(arguments)) {
        Ok(detector) => scan_and_show(arguments, &detector),
        Err(text) => fail(&text),
    }
}

/// Refuses contradicting arguments before anything is read.
fn check_arguments(arguments: &Arguments) -> Result<(), String> {
    if let (Some(since), Some(until)) = (arguments.since, arguments.until)
        && since >= until
    {
        return Err(format!(
            "--since {} is not before --until {}: no event can lie between them",
            format_iso(since),
            format_iso(until)
        ));
    }
    if arguments.all && format(arguments) == Format::Table {
        return Err("--all needs --format jsonl or csv: a table shows only findings".to_owned());
    }
    arguments.report.as_deref().map_or(Ok(()), report_file::refuse)
}

fn detector(arguments: &Arguments) -> Result<Detector, String> {
    let mut filter = Filter::from_words(&arguments.cloud, &arguments.scope, &arguments.min_severity);
    if is_linked(arguments) {
        // What is not shown can still be the end of a session, or what led to something grave.
        filter.min_severity = Severity::Informational;
    }
    let catalogue = Catalogue::embedded().map_err(|error| error.to_string())?;
    let detector = Detector::new(&catalogue, filter);
    let Some(path) = &arguments.tuning else {
        return Ok(detector);
    };
    let tuning = Tuning::parse(&read(path)?);
    for fault in tuning.faults() {
        show_error(&format!("{}: {fault}", path.display()));
    }
    Ok(detector.tuned(tuning))
}

/// Whether the records of a request become one row.
const fn is_linked(arguments: &Arguments) -> bool {
    !(arguments.records || arguments.all)
}

fn scan_and_show(arguments: &Arguments, detector: &Detector) -> ExitCode {
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
    let mut results = Results::new(
        format,
        arguments.report.is_some(),
        is_linked(arguments),
        Severity::parse(&arguments.min_severity).unwrap_or(Severity::Informational),
    );
    let scanned = std::thread::scope(|scope| {
        if shows_progress {
            scope.spawn(|| progress(&meter, &ended));
        }
        let sources = Sources::new(arguments.paths.clone());
        let mut sink = |file: &str, item: Item<'_>| results.add(file, item);
        let scanned = scan(sources, &open_source, detector, &settings, &meter, &mut sink);
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

/// Draws the progress bar on standard error until the scan has ended. Only called where that is a terminal.
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
