//! The output of `directvm scan`: rows or a table, the summary, the report, the exit status.
#![expect(
    clippy::disallowed_methods,
    reason = "this is the edge: streams and environment are handed out here"
)]

use super::output::{EXIT_FAILED, columns, now};
use super::report_file;
use crate::catalogue::Severity;
use crate::detect::finding::Finding;
use crate::link::{MAX_RECORDS, Record};
use crate::scan::Item;
use crate::scan::linked::LinkedFindings;
use crate::scan::report::{self, MostSevere};
use crate::scan::request;
use crate::scan::rows::{self, Rows};
use crate::scan::sanitise::sanitise;
use crate::scan::summary::{Shown, Summary};
use crate::scan::table::{self, Look, MAX_ROWS};
use crate::splunk::session::nobody_reads;
use clap::ValueEnum;
use std::io::{BufWriter, IsTerminal, Write};
use std::path::Path;
use std::process::ExitCode;

/// Exit status of `--fail-on-finding` where there is a finding.
const EXIT_FINDING: u8 = 1;

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

/// Collects findings and writes them in the chosen format.
pub struct Results {
    rows: Option<Rows<BufWriter<std::io::Stdout>>>,
    /// The first error of writing; after it nothing more is written.
    output: std::io::Result<()>,
    format: Format,
    summary: Summary,
    shown: Vec<Shown>,
    most_severe: Option<MostSevere>,
    /// Findings that are linked at the end; nothing where each record is a row of its own.
    linking: Option<Linking>,
    /// Findings below it are linked, but not shown.
    min_severity: Severity,
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
    /// Starts the output; `has_report` keeps the most severe findings for the report, `is_linked` makes one row a request
    /// of the records.
    pub fn new(format: Format, has_report: bool, is_linked: bool, min_severity: Severity) -> Self {
        let buffered = || BufWriter::with_capacity(64 << 10, std::io::stdout());
        let (rows, output) = match format {
            Format::Table => (None, Ok(())),
            Format::Jsonl => (Some(Rows::json(buffered())), Ok(())),
            Format::Csv => match Rows::csv(buffered(), std::io::stdout().is_terminal()) {
                Ok(rows) => (Some(rows), Ok(())),
                Err(error) => (None, Err(error)),
            },
        };
        Self {
            rows,
            output,
            format,
            summary: Summary::default(),
            shown: Vec::new(),
            most_severe: has_report.then(MostSevere::default),
            linking: is_linked.then(Linking::default),
            min_severity,
        }
    }

    /// Takes one item of the scan. An error of writing ends the scan, unless a report is still to be made.
    pub fn add(&mut self, file: &str, item: Item<'_>) -> std::io::Result<()> {
        match item {
            Item::End(counts) => self.summary.end(file, counts),
            Item::Found(found) => {
                let mut is_taken = false;
                if let Some(finding) = &found.finding {
                    let linking = self.linking.as_mut();
                    is_taken = linking.is_some_and(|linking| linking.add(file, found.record, finding));
                    if finding.severity < self.min_severity {
                        return Ok(());
                    }
                    let shown = Shown::of(file, &found, finding);
                    self.summary.add(&shown);
                    self.keep(shown, is_taken);
                }
                if is_taken {
                    return Ok(());
                }
                if let Some(rows) = self.rows.as_mut().filter(|_| self.output.is_ok()) {
                    self.output = rows.write_row(file, &found);
                }
            }
        }
        match &self.output {
            Err(error) if self.most_severe.is_none() => Err(error.kind().into()),
            _ => Ok(()),
        }
    }

    fn keep(&mut self, shown: Shown, is_linked: bool) {
        if let Some(most_severe) = &mut self.most_severe {
            most_severe.add(shown.clone());
        }
        if self.format == Format::Table && !is_linked && self.shown.len() < MAX_ROWS {
            self.shown.push(shown);
        }
    }

    /// Writes the table, the summary and the report, and returns the exit status; `scanned` is the result of the scan.
    pub fn finish(
        mut self,
        scanned: std::io::Result<()>,
        page: Option<&Path>,
        fails_on_finding: bool,
    ) -> ExitCode {
        let beyond = self.link();
        if self.output.is_ok() {
            self.output = scanned.and_then(|()| match &mut self.rows {
                Some(rows) => rows.flush(),
                None => self.table(),
            });
        }
        let mut errors = table::faults(&self.summary);
        if beyond > 0 {
            errors += &format!(
                "directvm: more than {MAX_RECORDS} findings: {beyond} are shown without links, after the others\n"
            );
        }
        if self.summary.analysed == 0 {
            errors += "directvm: nothing was analysed: no input holds a known cloud log\n";
        }
        let is_closed = match &self.output {
            Ok(()) => false,
            Err(error) if nobody_reads(error) => {
                let rest = if page.is_some() {
                    "the scan continued for the report"
                } else {
                    "the scan stopped"
                };
                let _ = writeln!(
                    std::io::stderr(),
                    "directvm: output: the reader closed its end; {rest}"
                );
                true
            }
            Err(error) => {
                errors += &format!("directvm: output: {error}\n");
                false
            }
        };
        if let Some(Err(error)) = page.map(|path| self.report(path)) {
            errors += &format!("directvm: {}\n", sanitise(&error));
        }
        let mut stderr = std::io::stderr();
        let _ = stderr.write_all(errors.as_bytes());
        if page.is_some() && is_closed || self.rows.is_some() && !is_closed {
            let _ = stderr.write_all(table::summary(&self.summary, look(&stderr)).as_bytes());
        }
        match (errors.is_empty(), fails_on_finding && self.summary.findings > 0) {
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
        let is_table = self.format == Format::Table;
        let mut shown = Vec::new();
        let linked = LinkedFindings::of(records, self.min_severity, &mut |row| {
            if let Some(rows) = self.rows.as_mut().filter(|_| self.output.is_ok()) {
                self.output = rows.write_linked(row);
            }
            if is_table && shown.len() < MAX_ROWS {
                shown.push(request::shown(row));
            }
        });
        self.shown.splice(0..0, shown);
        self.summary.linked = Some(linked);
        beyond
    }

    fn table(&self) -> std::io::Result<()> {
        let mut output = std::io::stdout().lock();
        let look = look(&std::io::stdout());
        if !self.shown.is_empty() {
            writeln!(output, "{}", table::table(&self.shown, look))?;
        }
        let requests = self.summary.linked.as_ref().map(|linked| linked.requests as u64);
        let beyond = requests
            .unwrap_or(self.summary.findings)
            .saturating_sub(self.shown.len() as u64);
        if beyond > 0 {
            writeln!(
                output,
                "… and {beyond} more findings; --format jsonl writes all of them"
            )?;
        }
        output.write_all(table::summary(&self.summary, look).as_bytes())?;
        output.flush()
    }

    fn report(&self, path: &Path) -> Result<(), String> {
        let Some(most_severe) = &self.most_severe else {
            return Ok(());
        };
        report_file::write(path, &report::page(&self.summary, &most_severe.sorted(), now()))
    }
}

fn look(stream: &impl IsTerminal) -> Look {
    let width = columns().unwrap_or(120);
    // https://no-color.org: set and not empty.
    let plain = std::env::var("NO_COLOR").is_ok_and(|value| !value.is_empty())
        || std::env::var("TERM").is_ok_and(|terminal| terminal == "dumb");
    Look {
        width,
        color: stream.is_terminal() && !plain,
    }
}
