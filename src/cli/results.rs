//! The output of `directvm scan`: rows or a table, the summary, the report, the exit status.
#![expect(
    clippy::disallowed_methods,
    reason = "this is the edge: streams and environment are handed out here"
)]

use super::output::{EXIT_FAILED, columns, now};
use super::report_file;
use crate::catalogue::Catalogue;
use crate::detect::finding::Finding;
use crate::link::{By, MAX_RECORDS, Record};
use crate::scan::Item;
use crate::scan::lines::{Look, lines};
use crate::scan::linked::LinkedFindings;
use crate::scan::most_severe::MostSevere;
use crate::scan::report::{self, About, ReportRows};
use crate::scan::request::shown;
use crate::scan::rows::{self, Columns, Rows};
use crate::scan::sanitise::sanitise;
use crate::scan::shown::Shown;
use crate::scan::summary::Summary;
use crate::scan::summary_text::{Scanned, faults, summary};
use crate::scan::wanted::Wanted;
use crate::splunk::session::nobody_reads;
use clap::ValueEnum;
use std::io::{BufWriter, IsTerminal, Write};
use std::path::Path;
use std::process::ExitCode;

/// Exit status of `--fail-on-finding` where there is a finding.
const EXIT_FINDING: u8 = 1;
/// Lines that a terminal gets, unless all are asked for: the gravest.
const MAX_LINES: usize = 200;

/// How findings are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For people.
    Table,
    /// One JSON object for each finding, one on a line.
    Jsonl,
    /// CSV with a header.
    Csv,
}

/// The order of the lines of a table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Sort {
    /// The earliest first.
    Time,
    /// The gravest first.
    Severity,
}

/// What is written, and how.
#[expect(clippy::struct_excessive_bools, reason = "each is an option of its own")]
pub struct Wish {
    /// The format.
    pub format: Format,
    /// The columns of rows.
    pub columns: Columns,
    /// Whether CSV begins with a byte-order mark.
    pub has_mark: bool,
    /// Whether a report is made.
    pub has_report: bool,
    /// Whether the records of a request become one row.
    pub is_linked: bool,
    /// Which rows.
    pub wanted: Wanted,
    /// The order of a table.
    pub sort: Sort,
    /// All lines of a table, with whole values.
    pub is_full: bool,
    /// No summary.
    pub is_quiet: bool,
}

/// A report that is asked for.
#[derive(Clone, Copy)]
pub struct Page<'p> {
    /// Where it is written.
    pub path: &'p Path,
    /// The command line.
    pub command: &'p str,
    /// What is known of the operations.
    pub catalogue: &'p Catalogue,
}

/// Where rows go.
pub struct Output {
    /// Standard output or a file.
    pub writer: Box<dyn Write + Send>,
    /// Whether it is a terminal.
    pub is_terminal: bool,
}

/// Collects findings and writes them in the chosen format.
pub struct Results {
    rows: Option<Rows<BufWriter<Box<dyn Write + Send>>>>,
    /// Where a table goes.
    table: Option<Box<dyn Write + Send>>,
    look: Look,
    /// The first error of writing; after it nothing more is written.
    output: std::io::Result<()>,
    summary: Summary,
    /// The lines of a table: the gravest where there are too many.
    shown: MostSevere,
    report: Option<ReportRows>,
    /// Findings that are linked at the end; nothing where each record is a row of its own.
    linking: Option<Linking>,
    wish: Wish,
}

/// Findings that wait for the others.
#[derive(Default)]
struct Linking {
    records: Vec<Record>,
    /// Findings beyond the limit, which are shown without links.
    beyond: u64,
}

impl Linking {
    /// Whether the finding was taken.
    fn add(&mut self, file: &str, record: u64, finding: &Finding<'_, '_>) -> bool {
        if self.records.len() >= MAX_RECORDS {
            self.beyond += 1;
            return false;
        }
        self.records
            .push(Record::of_finding(finding, &rows::place_of(file, record)));
        true
    }
}

impl Results {
    /// Starts the output.
    pub fn new(wish: Wish, output: Output) -> Self {
        let look = look(output.is_terminal);
        let (rows, table, written) = match wish.format {
            Format::Table => (None, Some(output.writer), Ok(())),
            Format::Jsonl => {
                let buffered = BufWriter::with_capacity(64 << 10, output.writer);
                (Some(Rows::json(buffered, wish.columns.clone())), None, Ok(()))
            }
            Format::Csv => {
                let buffered = BufWriter::with_capacity(64 << 10, output.writer);
                match Rows::csv(buffered, wish.columns.clone(), output.is_terminal, wish.has_mark) {
                    Ok(rows) => (Some(rows), None, Ok(())),
                    Err(error) => (None, None, Err(error)),
                }
            }
        };
        let most = if wish.is_full || look.width.is_none() {
            usize::MAX
        } else {
            MAX_LINES
        };
        Self {
            rows,
            table,
            look,
            output: written,
            summary: Summary::default(),
            shown: MostSevere::new(most),
            report: wish.has_report.then(ReportRows::default),
            linking: wish.is_linked.then(Linking::default),
            wish,
        }
    }

    /// Takes one item of the scan. An error of writing ends the scan, unless a report is still to be made.
    pub fn add(&mut self, file: &str, item: Item<'_>) -> std::io::Result<()> {
        match item {
            Item::End(counts) => self.summary.end(file, counts),
            Item::Text(..) | Item::Part(_) => {}
            Item::Found(found) => {
                if let Some(finding) = &found.finding {
                    let linking = self.linking.as_mut();
                    if linking.is_some_and(|linking| linking.add(file, found.record, finding)) {
                        return Ok(());
                    }
                    let shown = Shown::of(file, &found, finding);
                    if !self.wish.wanted.takes(&shown) {
                        self.summary.may_reach += u64::from(self.wish.wanted.may_reach(&shown));
                        return Ok(());
                    }
                    self.keep(shown);
                    if let Some(report) = &mut self.report {
                        report.add_found(file, &found, finding);
                    }
                }
                if let Some(rows) = self.rows.as_mut().filter(|_| self.output.is_ok()) {
                    self.output = rows.write_row(file, &found);
                }
            }
        }
        match &self.output {
            Err(error) if self.report.is_none() => Err(error.kind().into()),
            _ => Ok(()),
        }
    }

    /// Counts a row, and keeps it where it is shown later.
    fn keep(&mut self, shown: Shown) {
        self.summary.add(&shown);
        if self.wish.format == Format::Table {
            self.shown.add(shown);
        }
    }

    /// Writes the table, the summary and the report, and returns the exit status; `scanned` is the result of the scan.
    pub fn finish(
        mut self,
        scanned: std::io::Result<()>,
        about: &Scanned,
        page: Option<Page<'_>>,
        fails_on_finding: bool,
    ) -> ExitCode {
        let beyond = self.link();
        if self.output.is_ok() {
            self.output = scanned.and_then(|()| match &mut self.rows {
                Some(rows) => rows.flush(),
                None => self.write_table(about),
            });
        }
        let mut errors = faults(&self.summary);
        errors += &too_many(beyond);
        let is_closed = matches!(&self.output, Err(error) if nobody_reads(error));
        if let (Err(error), false) = (&self.output, is_closed) {
            errors += &format!("directvm: output: {error}\n");
        }
        if let Some(Err(error)) = page.map(|page| self.report(page, about)) {
            errors += &format!("directvm: {}\n", sanitise(&error));
        }
        let is_told = self.wish.format != Format::Table && !self.wish.is_quiet && !is_closed;
        let is_empty = self.summary.analysed == 0 && self.output.is_ok();
        if is_empty && !is_told {
            errors += "directvm: nothing was analysed: no input holds a known cloud log\n";
        }
        let mut stderr = std::io::stderr();
        let _ = stderr.write_all(errors.as_bytes());
        let is_sound = errors.is_empty() && !is_empty && !is_closed;
        if is_told {
            let look = look(stderr.is_terminal());
            let _ = stderr.write_all(summary(&self.summary, about, look).as_bytes());
        }
        if let Some(page) = page.filter(|_| !self.wish.is_quiet && errors.is_empty()) {
            let text = format!(
                "report written to {}\n",
                sanitise(&page.path.display().to_string())
            );
            let _ = stderr.write_all(text.as_bytes());
        }
        match (is_sound, fails_on_finding && self.summary.findings > 0) {
            (false, _) => ExitCode::from(EXIT_FAILED),
            (true, true) => ExitCode::from(EXIT_FINDING),
            (true, false) => ExitCode::SUCCESS,
        }
    }

    /// Links what was collected, and writes it. Returns how many findings were too many.
    fn link(&mut self) -> u64 {
        let Some(Linking { records, beyond }) = self.linking.take() else {
            return 0;
        };
        let wanted = self.wish.wanted.clone();
        let linked = LinkedFindings::of(records, &wanted, &mut |by, row| {
            if let Some(report) = &mut self.report {
                report.add(by, row);
            }
            if by != By::Request {
                return;
            }
            self.keep(shown(row));
            if let Some(rows) = self.rows.as_mut().filter(|_| self.output.is_ok()) {
                self.output = rows.write_linked(row);
            }
        });
        self.summary.linked = Some(linked);
        beyond
    }

    fn write_table(&mut self, about: &Scanned) -> std::io::Result<()> {
        let Some(mut output) = self.table.take() else {
            return Ok(());
        };
        let mut rows = self.shown.sorted();
        if self.wish.sort == Sort::Severity {
            rows.sort_by_key(|row| std::cmp::Reverse(row.weight()));
        }
        let look = if self.wish.is_full {
            Look {
                width: None,
                ..self.look
            }
        } else {
            self.look
        };
        output.write_all(lines(&rows, look).as_bytes())?;
        let beyond = self.summary.findings.saturating_sub(rows.len() as u64);
        if beyond > 0 {
            writeln!(
                output,
                "the {} gravest; {beyond} more with --full, or in a pipe or file (-o FILE)",
                rows.len()
            )?;
        }
        if !self.wish.is_quiet {
            if !rows.is_empty() {
                output.write_all(b"\n")?;
            }
            output.write_all(summary(&self.summary, about, self.look).as_bytes())?;
        }
        output.flush()
    }

    fn report(&mut self, page: Page<'_>, scanned: &Scanned) -> Result<(), String> {
        let Some(rows) = self.report.take() else {
            return Ok(());
        };
        let about = About {
            scanned,
            command: page.command,
            now: now(),
            catalogue: page.catalogue,
        };
        report_file::write(page.path, &report::page(&self.summary, rows, &about))
    }
}

/// How text for a stream is drawn. `COLUMNS` counts everywhere; else only a terminal has a width.
fn look(is_terminal: bool) -> Look {
    let is_set = |name: &str, is_it: fn(&str) -> bool| std::env::var(name).is_ok_and(|value| is_it(&value));
    let asked = std::env::var("COLUMNS").is_ok_and(|columns| columns.parse::<u16>().is_ok());
    // https://no-color.org: set and not empty. https://bixense.com/clicolors
    let plain = is_set("NO_COLOR", |value| !value.is_empty())
        || is_set("TERM", |value| value == "dumb")
        || is_set("CLICOLOR", |value| value == "0");
    let forced = is_set("CLICOLOR_FORCE", |value| !value.is_empty() && value != "0");
    Look {
        // A terminal that does not tell its size, as one over a serial line.
        width: columns().or(Some(80)).filter(|_| is_terminal || asked),
        color: !is_set("NO_COLOR", |value| !value.is_empty()) && (forced || is_terminal && !plain),
    }
}

/// What is said of findings that were not linked.
fn too_many(beyond: u64) -> String {
    match beyond {
        0 => String::new(),
        _ => format!(
            "directvm: more than {MAX_RECORDS} findings: {beyond} are shown without links, after the others\n"
        ),
    }
}
