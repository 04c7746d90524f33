//! What a scan shows of requests, sessions and cases.

use super::rows::time;
use crate::link::{By, LinkOptions, Linked, LinkedRow, Record, rows};

/// Requests, and the lines on sessions and cases.
#[derive(Debug, Default)]
pub struct LinkedFindings {
    /// One row a request, in the order of time.
    pub requests: Vec<LinkedRow>,
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
    /// Links findings.
    pub fn of(records: Vec<Record>) -> Self {
        let linked = Linked::new(records, &LinkOptions::default());
        let mut sessions = rows(&linked, By::Session);
        let rank = |row: &LinkedRow| match row.value("dvm_session_state") {
            "open" => 0,
            "closed" => 1,
            _ => 2,
        };
        let length = |row: &LinkedRow| row.value("dvm_session_seconds").parse::<i64>().unwrap_or(0);
        sessions.sort_by_key(|row| (rank(row), std::cmp::Reverse(length(row))));
        let mut cases = rows(&linked, By::Case);
        cases.retain(|row| !row.values("dvm_link").is_empty());
        cases.sort_by_key(|row| std::cmp::Reverse(score(row)));
        Self {
            requests: rows(&linked, By::Request),
            sessions: sessions.len(),
            session_lines: sessions.iter().take(MAX_LINES).map(session_line).collect(),
            cases: cases.len(),
            case_lines: cases.iter().take(MAX_LINES).map(case_line).collect(),
        }
    }
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
