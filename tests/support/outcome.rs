//! The outcome of a search, and the report of its faults.

use std::fmt::Write;
use std::path::PathBuf;
use std::time::Duration;

use serde_json::Value;
use tempfile::TempDir;

use super::{SECRET, SearchEvent, files_below};

/// A reply to an execute request.
#[derive(Clone, Debug, PartialEq)]
pub struct Reply {
    pub metadata: Value,
    pub body: Vec<u8>,
}

/// The outcome of a search.
#[derive(Debug)]
pub struct Outcome {
    /// The results after splunkd merged the replies, in order.
    pub events: Vec<SearchEvent>,
    /// Level and text of every inspector message, in order.
    pub messages: Vec<(String, String)>,
    /// The command's own `error` text.
    pub error: Option<String>,
    /// The text that the user sees if the search fails.
    pub banner: Option<String>,
    /// The metadata of the getinfo reply.
    pub getinfo: Value,
    /// The replies to the execute requests.
    pub replies: Vec<Reply>,
    /// Exit status of the instance that ran the search; the negative number of a signal.
    pub exit: i32,
    /// Everything that this instance wrote.
    pub stdout: Vec<u8>,
    pub stderr: Vec<u8>,
    /// Everything that splunkd would reject, or that breaks a strict reading of the protocol.
    pub violations: Vec<String>,
    /// Peak resident memory in bytes, if the system reports it.
    pub peak_memory: Option<u64>,
    /// Time from start to end.
    pub elapsed: Duration,
    /// The search's dispatch directory; it lives as long as this outcome.
    pub dispatch_dir: PathBuf,
    /// `SPLUNK_HOME`.
    pub home: TempDir,
    pub(super) title: String,
}

/// Resident memory allowed in addition to three times the largest body.
const MEMORY_ALLOWANCE: u64 = 64 << 20;

const MOST_SHOWN: usize = 20;

impl Outcome {
    pub(super) fn new(title: String, dispatch_dir: PathBuf, home: TempDir) -> Self {
        Self {
            events: Vec::new(),
            messages: Vec::new(),
            error: None,
            banner: None,
            getinfo: Value::Null,
            replies: Vec::new(),
            exit: 0,
            stdout: Vec::new(),
            stderr: Vec::new(),
            violations: Vec::new(),
            peak_memory: None,
            elapsed: Duration::ZERO,
            dispatch_dir,
            home,
            title,
        }
    }

    /// Panics with a report unless the search succeeded without faults, wrote nothing to stderr and exited with 0.
    #[track_caller]
    pub fn expect_clean(self) -> Self {
        let clean =
            self.violations.is_empty() && self.banner.is_none() && self.exit == 0 && self.stderr.is_empty();
        assert!(clean, "{}", self.report());
        self
    }

    /// The `error` text of a search that failed; panics with a report if it succeeded, had other faults or wrote to stderr. The
    /// caller checks the exit status.
    #[track_caller]
    pub fn expect_error(&self) -> &str {
        match &self.error {
            Some(error) if self.violations.is_empty() && self.stderr.is_empty() => error,
            _ => panic!("an `error` reply was expected\n{}", self.report()),
        }
    }

    /// The report.
    pub fn report(&self) -> String {
        let mut text = format!("the search {} did not go as it should\n", self.title);
        let mut line = |name: &str, value: String| {
            let _infallible = writeln!(text, "  {name}: {value}");
        };
        for violation in self.violations.iter().take(MOST_SHOWN) {
            line("violation", violation.clone());
        }
        if self.violations.len() > MOST_SHOWN {
            line("and more", (self.violations.len() - MOST_SHOWN).to_string());
        }
        line("shown to the user", format!("{:?}", self.banner));
        line("exit", self.exit.to_string());
        line("stderr", format!("{:?}", String::from_utf8_lossy(&self.stderr)));
        line("messages", format!("{:?}", self.messages));
        line("getinfo reply", self.getinfo.to_string());
        for (number, reply) in self.replies.iter().enumerate().take(MOST_SHOWN) {
            line(
                &format!("reply {number}"),
                format!("{} and {} bytes", reply.metadata, reply.body.len()),
            );
        }
        line("events", self.events.len().to_string());
        text
    }

    pub(super) fn check_memory(&mut self, largest_body: usize) {
        let limit = MEMORY_ALLOWANCE + 3 * largest_body as u64;
        if let Some(peak) = self.peak_memory.filter(|peak| *peak > limit) {
            self.violations.push(format!(
                "{peak} bytes resident for a largest body of {largest_body} bytes"
            ));
        }
    }

    pub(super) fn check_secret(&mut self) {
        let shows = |bytes: &[u8]| {
            bytes
                .windows(SECRET.len())
                .any(|window| window == SECRET.as_bytes())
        };
        if shows(&self.stdout) || shows(&self.stderr) {
            self.violations
                .push("the session key is in the output".to_owned());
        }
        for file in files_below(self.home.path()) {
            if std::fs::read(&file).is_ok_and(|bytes| shows(&bytes)) {
                self.violations
                    .push(format!("the session key is in {}", file.display()));
            }
        }
    }
}
