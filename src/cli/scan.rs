//! `directvm scan`: searches files, folders and standard input without Splunk.
#![expect(
    clippy::disallowed_methods,
    reason = "this is the edge: files, streams, clock and environment are read here"
)]

use super::output::{EXIT_FAILED, fail, now, open_source, read, show_error};
use super::report_file;
use super::results::{Format, Output, Page, Results, Sort, Wish};
use crate::catalogue::{Catalogue, Cloud, Severity};
use crate::detect::tune::Tuning;
use crate::detect::tune::time::{format_iso, parse_iso};
use crate::detect::{Detector, Filter};
use crate::scan::rows::Columns;
use crate::scan::sources::Sources;
use crate::scan::summary_text::Scanned;
use crate::scan::wanted::Wanted;
use crate::scan::{Item, Meter, Settings, scan};
use crate::splunk::options::{is_off, value_hint};
use clap::Args;
use clap::builder::PossibleValuesParser;
use indicatif::{ProgressBar, ProgressStyle};
use std::fs::File;
use std::io::IsTerminal;
use std::path::{Path, PathBuf};
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
CSV output: a cell that a spreadsheet would take for a formula starts with an apostrophe; several values in one cell are
separated by \"; \". --report never overwrites a file that is not a report.
Exit status: 0 done, 1 a finding with --fail-on-finding, 2 bad usage, an input that was\nnot read, or nothing that could be analysed.";

/// Arguments of `scan`.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
#[expect(clippy::struct_excessive_bools, reason = "each is an option of its own")]
pub struct Arguments {
    /// Files, folders and archives; `-` or none for standard input.
    paths: Vec<PathBuf>,
    /// Output format [default: table on a terminal, jsonl otherwise]
    #[arg(long, value_enum, ignore_case = true)]
    format: Option<Format>,
    /// Write rows or table to a file instead of standard output; a name in .csv or .txt chooses the format.
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Columns of jsonl and csv, separated by commas, or all [default: all for jsonl, the most telling ones for csv]
    #[arg(long, value_name = "LIST|all", value_parser = Columns::parse)]
    fields: Option<Columns>,
    /// Begin CSV with a byte-order mark, as some spreadsheets want it.
    #[arg(long)]
    bom: bool,
    /// Order of a table.
    #[arg(long, value_enum, default_value = "time", ignore_case = true)]
    sort: Sort,
    /// All lines of a table, with whole values.
    #[arg(long)]
    full: bool,
    /// No summary.
    #[arg(long)]
    quiet: bool,
    /// Only rows of this actor, principal or person: wildcards * and ?, several with |.
    #[arg(long, value_name = "PATTERN", help_heading = "Which rows")]
    actor: Option<String>,
    /// Only rows with this target.
    #[arg(long, value_name = "PATTERN", help_heading = "Which rows")]
    target: Option<String>,
    /// Only rows from this source; a CIDR too.
    #[arg(long, value_name = "PATTERN", help_heading = "Which rows", value_parser = source)]
    src: Option<String>,
    /// Only rows of this dvm_session.
    #[arg(long, value_name = "PATTERN", help_heading = "Which rows")]
    session: Option<String>,
    /// Only rows of this dvm_case.
    #[arg(long, value_name = "PATTERN", help_heading = "Which rows")]
    case: Option<String>,
    /// core: operations that open, carry, enable or end access. extended: also preparation and credential retrieval.
    #[arg(long, default_value = "core", value_parser = PossibleValuesParser::new(["core", "extended"]), ignore_case = true)]
    scope: String,
    /// Cloud providers to look for [default: all]
    #[arg(long, value_delimiter = ',', value_parser = cloud, value_name = "aws,azure,gcp")]
    cloud: Vec<String>,
    /// Ignore findings below this severity.
    #[arg(long, default_value = "informational", value_parser = PossibleValuesParser::new(["informational", "low", "medium", "high", "critical"]), ignore_case = true)]
    min_severity: String,
    /// Apply a tuning list.
    #[arg(long, value_name = "FILE")]
    tuning: Option<PathBuf>,
    /// Only events at or after this time: ISO 8601, UTC unless it names a zone.
    #[arg(long, value_name = "TIME", value_parser = moment)]
    since: Option<i64>,
    /// Only events of the last days, hours or minutes, as in 30d, 12h, 90m.
    #[arg(long, value_name = "DURATION", value_parser = duration, conflicts_with = "since")]
    last: Option<i64>,
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
    /// Number of files, or parts of a large file of lines, to read at the same time [default: one for each core]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=256))]
    threads: Option<u16>,
    /// Show no progress bar on a terminal.
    #[arg(long)]
    no_progress: bool,
    /// Exit with status 1 if there is a finding.
    #[arg(long)]
    fail_on_finding: bool,
}

/// A cloud; says what is meant where others call it otherwise.
fn cloud(text: &str) -> Result<String, String> {
    let clouds = || Cloud::ALL.iter().map(|cloud| cloud.as_str());
    let is_known = |word: &str| clouds().any(|cloud| cloud.eq_ignore_ascii_case(word));
    if is_known(text) {
        return Ok(text.to_ascii_lowercase());
    }
    let words: Vec<&str> = text.split_whitespace().collect();
    if words.len() > 1 && words.iter().all(|word| is_known(word)) {
        return Err(format!("write --cloud {}", words.join(",")));
    }
    let allowed = clouds().collect::<Vec<_>>().join(", ");
    Err(format!("allowed: {allowed}{}", value_hint(text, clouds())))
}

fn moment(text: &str) -> Result<i64, String> {
    parse_iso(text)
        .ok_or_else(|| "not an ISO 8601 date or time, as in 2026-01-31 or 2026-01-31T08:00:00Z".to_owned())
}

fn duration(text: &str) -> Result<i64, String> {
    const MINUTE: i64 = 60 * 1_000_000;
    let minutes = match text.chars().last() {
        Some('d') => 24 * 60,
        Some('h') => 60,
        Some('m') => 1,
        _ => 0,
    };
    let count: Option<i64> = text
        .get(..text.len().saturating_sub(1))
        .and_then(|count| count.parse().ok());
    let count = count.filter(|count| (1..=100_000).contains(count) && minutes > 0);
    let micros = count.map(|count| count * minutes * MINUTE);
    micros.ok_or_else(|| {
        "not a number from 1 to 100000 of days, hours or minutes, as in 30d, 12h, 90m".to_owned()
    })
}

/// Runs the subcommand.
pub fn run(arguments: &Arguments) -> ExitCode {
    let catalogue = Catalogue::embedded().map_err(|error| error.to_string());
    let ready = check_arguments(arguments).and(catalogue);
    match ready.and_then(|catalogue| Ok((detector(arguments, &catalogue)?, catalogue))) {
        Ok((detector, catalogue)) => scan_and_show(arguments, &detector, &catalogue),
        Err(text) => fail(&text),
    }
}

/// Refuses contradicting arguments before anything is read.
fn check_arguments(arguments: &Arguments) -> Result<(), String> {
    if let (Some(since), Some(until)) = (since(arguments), arguments.until)
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
    if arguments.case.is_some() && !is_linked(arguments) {
        return Err("--case needs linked rows: leave out --records and --all".to_owned());
    }
    arguments.report.as_deref().map_or(Ok(()), report_file::refuse)
}

/// The first moment that is looked at.
fn since(arguments: &Arguments) -> Option<i64> {
    arguments
        .since
        .or_else(|| arguments.last.map(|last| now() - last))
}

fn detector(arguments: &Arguments, catalogue: &Catalogue) -> Result<Detector, String> {
    let lower = |word: &String| word.to_ascii_lowercase();
    let clouds: Vec<String> = arguments.cloud.iter().map(lower).collect();
    let mut filter = Filter::from_words(&clouds, &lower(&arguments.scope), &lower(&arguments.min_severity));
    if is_linked(arguments) {
        // What is not shown can still be the end of a session, or what led to something grave.
        filter.min_severity = Severity::Informational;
    }
    let detector = Detector::new(catalogue, filter);
    let Some(path) = &arguments.tuning else {
        return Ok(detector);
    };
    if path.to_str().is_some_and(is_off) && !path.exists() {
        return Err("--tuning names a file; leave it out to scan without a tuning list".to_owned());
    }
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

fn scan_and_show(arguments: &Arguments, detector: &Detector, catalogue: &Catalogue) -> ExitCode {
    let settings = Settings {
        every: arguments.all,
        since: since(arguments),
        until: arguments.until,
        threads: threads(arguments),
        texts: false,
        part: 0,
    };
    let meter = Meter::default();
    let ended = AtomicBool::new(false);
    let shows_progress = !arguments.no_progress && std::io::stderr().is_terminal();
    let output = match output(arguments) {
        Ok(output) => output,
        Err(text) => return fail(&text),
    };
    warn_of_waiting(arguments);
    let mut results = Results::new(wish(arguments), output);
    let began = Instant::now();
    let scanned = std::thread::scope(|scope| {
        if shows_progress {
            scope.spawn(|| progress(&meter, &ended));
        }
        let sources = Sources::new(arguments.paths.clone()).without(arguments.output.as_deref());
        let mut sink = |file: &str, item: Item<'_>| results.add(file, item);
        let scanned = scan(sources, &open_source, detector, &settings, &meter, &mut sink);
        ended.store(true, Ordering::Relaxed);
        scanned
    });
    let about = Scanned {
        milliseconds: began.elapsed().as_millis(),
        scope: arguments.scope.to_ascii_lowercase(),
        is_narrow: is_narrow(arguments),
        has_report: arguments.report.is_some(),
    };
    let command = command_line();
    let page = arguments.report.as_deref().map(|path| Page {
        path,
        command: &command,
        catalogue,
    });
    let ended = results.finish(scanned, &about, page, arguments.fail_on_finding);
    // Rules that were asked for and are not applied could have raised a finding.
    if detector.tuning().faults().is_empty() {
        ended
    } else {
        ExitCode::from(EXIT_FAILED)
    }
}

/// The program and its arguments, quoted where a shell needs it.
fn command_line() -> String {
    let is_plain = |c: char| c.is_alphanumeric() || "-_./=:,+@%".contains(c);
    let arguments = std::env::args_os().skip(1);
    let quoted = arguments.map(|argument| {
        let argument = argument.to_string_lossy();
        if !argument.is_empty() && argument.chars().all(is_plain) {
            argument.into_owned()
        } else {
            format!("'{}'", argument.replace('\'', "'\\''"))
        }
    });
    std::iter::once("directvm".to_owned())
        .chain(quoted)
        .collect::<Vec<_>>()
        .join(" ")
}

/// Whether only some findings are shown.
fn is_narrow(arguments: &Arguments) -> bool {
    let has_time = arguments.since.is_some() || arguments.until.is_some() || arguments.last.is_some();
    let is_severe = !arguments.min_severity.eq_ignore_ascii_case("informational");
    has_time || is_severe || !arguments.cloud.is_empty() || wanted(arguments).is_narrow()
}

fn wanted(arguments: &Arguments) -> Wanted {
    Wanted {
        min_severity: Severity::parse(&arguments.min_severity.to_ascii_lowercase()),
        actor: arguments.actor.clone(),
        target: arguments.target.clone(),
        src: arguments.src.clone(),
        session: arguments.session.clone(),
        case: arguments.case.clone(),
    }
}

fn wish(arguments: &Arguments) -> Wish {
    let format = format(arguments);
    let columns = arguments.fields.clone();
    Wish {
        format,
        columns: columns.unwrap_or_else(|| {
            if format == Format::Csv && !arguments.all {
                Columns::telling()
            } else {
                Columns::all()
            }
        }),
        has_mark: arguments.bom,
        has_report: arguments.report.is_some(),
        is_linked: is_linked(arguments),
        wanted: wanted(arguments),
        sort: arguments.sort,
        is_full: arguments.full,
        is_quiet: arguments.quiet,
    }
}

/// Where rows and table go.
fn output(arguments: &Arguments) -> Result<Output, String> {
    let Some(path) = &arguments.output else {
        return Ok(Output {
            writer: Box::new(std::io::stdout()),
            is_terminal: std::io::stdout().is_terminal(),
        });
    };
    refuse_input(path, &arguments.paths)?;
    refuse_other(path, arguments.report.as_deref())?;
    let file = File::create(path).map_err(|error| format!("-o {}: {error}", path.display()))?;
    Ok(Output {
        writer: Box::new(file),
        is_terminal: false,
    })
}

/// Refuses to write over what is read.
fn refuse_input(output: &Path, inputs: &[PathBuf]) -> Result<(), String> {
    let Ok(place) = output.canonicalize() else {
        return Ok(());
    };
    let is_input = |input: &PathBuf| input.canonicalize().is_ok_and(|input| place.starts_with(input));
    if place.is_file() && inputs.iter().any(is_input) {
        return Err(format!(
            "-o {}: the file exists and is among the inputs; choose another name",
            output.display()
        ));
    }
    Ok(())
}

/// Refuses a place where rows cannot be kept: that of the report, a page, a pipe that nobody may read.
fn refuse_other(output: &Path, report: Option<&Path>) -> Result<(), String> {
    let named = |why: &str| Err(format!("-o {}: {why}", output.display()));
    let whole = |path: &Path| std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    if report.is_some_and(|report| whole(report) == whole(output)) {
        return named("is the report's file, too; choose another name");
    }
    let extension = output.extension().and_then(std::ffi::OsStr::to_str);
    let is_other = |other: &&str| extension.is_some_and(|known| known.eq_ignore_ascii_case(other));
    if ["html", "htm", "pdf", "xlsx"].iter().any(is_other) {
        return named("rows are written as table (.txt), jsonl or csv; a page is made by --report");
    }
    if is_pipe(output) {
        return named("is a pipe, not a file; choose another name");
    }
    Ok(())
}

#[cfg(unix)]
fn is_pipe(path: &Path) -> bool {
    use std::os::unix::fs::FileTypeExt;
    path.metadata().is_ok_and(|found| found.file_type().is_fifo())
}

#[cfg(not(unix))]
fn is_pipe(_: &Path) -> bool {
    false
}

/// The format that the name of an output file asks for.
fn format_of(path: &Path) -> Option<Format> {
    let extension = path.extension()?.to_str()?.to_ascii_lowercase();
    match extension.as_str() {
        "csv" => Some(Format::Csv),
        "txt" => Some(Format::Table),
        _ => None,
    }
}

/// A source as patterns take it; what has a slash is a network.
fn source(text: &str) -> Result<String, String> {
    let mut networks = text.split('|').map(str::trim).filter(|part| part.contains('/'));
    match networks.find(|part| part.parse::<ipnet::IpNet>().is_err()) {
        Some(part) => Err(format!(
            "{part} is no network, as 10.0.0.0/8 or 2001:db8::/32 are"
        )),
        None => Ok(text.to_owned()),
    }
}

/// A terminal that waits for input says so.
fn warn_of_waiting(arguments: &Arguments) {
    let reads_input =
        arguments.paths.is_empty() || arguments.paths.iter().any(|path| path.as_os_str() == "-");
    if reads_input && std::io::stdin().is_terminal() {
        show_error("reading from the terminal; give a file or folder, or end the input with Ctrl-D");
    }
}

fn format(arguments: &Arguments) -> Format {
    let is_terminal = arguments.output.is_none() && std::io::stdout().is_terminal();
    let by_name = arguments.output.as_deref().and_then(format_of);
    arguments
        .format
        .or(by_name)
        .unwrap_or(if is_terminal { Format::Table } else { Format::Jsonl })
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
