//! What a scan shows of requests, sessions and cases.

use super::rows::time;
use crate::catalogue::Severity;
use crate::link::{By, LinkOptions, Linked, LinkedRow, Record, count, each_row};
use std::cmp::Reverse;

/// Requests, and the lines on sessions and cases.
#[derive(Debug, Default)]
pub struct LinkedFindings {
    /// Number of requests.
    pub requests: usize,
    /// Number of sessions.
    pub sessions: usize,
    /// One line a session, those that are open first, then the longest.
    pub session_lines: Vec<String>,
    /// Number of cases with a link.
    pub cases: usize,
    /// One line a case with a link, the gravest first.
    pub case_lines: Vec<String>,
}

/// Lines that are kept.
const MAX_LINES: usize = 10;

impl LinkedFindings {
    /// Links findings; `put` gets the row of each request of at least the severity `least`, in the order of time.
    pub fn of(records: Vec<Record>, least: Severity, put: &mut dyn FnMut(&LinkedRow)) -> Self {
        let linked = Linked::new(records, &LinkOptions::default());
        let is_shown =
            |row: &LinkedRow| Severity::parse(row.value("dvm_severity")).is_none_or(|has| has >= least);
        let mut requests = 0;
        each_row(&linked, By::Request, 0..count(&linked, By::Request), &mut |row| {
            if is_shown(row) {
                requests += 1;
                put(row);
            }
        });
        let mut sessions = Vec::new();
        let session_count = count(&linked, By::Session);
        each_row(&linked, By::Session, 0..session_count, &mut |row| {
            if is_shown(row) {
                sessions.push((session_rank(row), session_line(row)));
            }
        });
        let mut cases = Vec::new();
        let case_count = count(&linked, By::Case);
        each_row(&linked, By::Case, 0..case_count, &mut |row| {
            if !row.values("dvm_link").is_empty() && is_shown(row) {
                cases.push((Reverse(score(row)), case_line(row)));
            }
        });
        Self {
            requests,
            sessions: sessions.len(),
            session_lines: first_lines(sessions),
            cases: cases.len(),
            case_lines: first_lines(cases),
        }
    }
}

/// The lines with the lowest ranks; of equals those that came first.
fn first_lines<R: Ord>(mut ranked: Vec<(R, String)>) -> Vec<String> {
    ranked.sort_by(|a, b| a.0.cmp(&b.0));
    ranked.into_iter().take(MAX_LINES).map(|(_, line)| line).collect()
}

/// Open sessions first, then closed ones, the longest first.
fn session_rank(row: &LinkedRow) -> (u8, Reverse<i64>) {
    let state = match row.value("dvm_session_state") {
        "open" => 0,
        "closed" => 1,
        _ => 2,
    };
    let length = row.value("dvm_session_seconds").parse().unwrap_or(0);
    (state, Reverse(length))
}

fn score(row: &LinkedRow) -> u8 {
    row.value("dvm_risk_score").parse().unwrap_or(0)
}

fn when(row: &LinkedRow) -> String {
    time(row).unwrap_or_else(|| "at an unknown time".to_owned())
}

fn session_line(row: &LinkedRow) -> String {
    format!(
        "{}  {}  {}",
        when(row),
        row.value("dvm_session"),
        row.value("dvm_summary")
    )
}

fn case_line(row: &LinkedRow) -> String {
    let links = row.values("dvm_link").join(", ");
    let who = row.values("dvm_principal").join(", ");
    let where_to = row.values("dvm_target");
    let machines = match where_to {
        [] => String::new(),
        [one] => format!(" on {one}"),
        several => format!(" on {} machines", several.len()),
    };
    format!(
        "{}  {}  {} by {who}{machines}",
        when(row),
        row.value("dvm_case"),
        links
    )
}
