//! What a scan shows of requests, sessions and cases.

use super::lines::short_actor;
use super::request::shown;
use super::rows::time;
use super::wanted::Wanted;
use crate::link::{By, LinkOptions, Linked, LinkedRow, Record, count, each_row};
use std::cmp::Reverse;

/// Requests, and the lines on sessions and cases.
#[derive(Debug, Default)]
pub struct LinkedFindings {
    /// Records of all requests that are shown.
    pub records: usize,
    /// Requests that are not shown and may have reached the machine that is asked for.
    pub may_reach: u64,
    /// Sessions whose end should have been logged and was not.
    pub open: usize,
    /// Sessions whose end was logged.
    pub closed: usize,
    /// Sessions of a kind that need not log its end.
    pub unlogged: usize,
    /// One line for each open session, the latest first.
    pub open_lines: Vec<String>,
    /// Number of cases with a link.
    pub cases: usize,
    /// One line a case with a link, the gravest first.
    pub case_lines: Vec<String>,
}

/// Lines that are kept.
const MAX_LINES: usize = 10;

impl LinkedFindings {
    /// Links findings; `put` gets the rows that are wanted: the requests in the order of time, then the sessions, then the cases with a
    /// link.
    pub fn of(records: Vec<Record>, wanted: &Wanted, put: &mut dyn FnMut(By, &LinkedRow)) -> Self {
        let linked = Linked::new(records, &LinkOptions::default());
        let takes = |row: &LinkedRow| wanted.is_all() || wanted.takes(&shown(row));
        let mut this = Self::default();
        each_row(&linked, By::Request, 0..count(&linked, By::Request), &mut |row| {
            if takes(row) {
                this.records += row.value("dvm_records").parse().unwrap_or(1);
                put(By::Request, row);
            } else if wanted.may_reach(&shown(row)) {
                this.may_reach += 1;
            }
        });
        let mut open = Vec::new();
        each_row(&linked, By::Session, 0..count(&linked, By::Session), &mut |row| {
            if !takes(row) {
                return;
            }
            put(By::Session, row);
            match row.value("dvm_session_state") {
                "open" => {
                    this.open += 1;
                    open.push((Reverse(row.time), session_line(row)));
                }
                "closed" => this.closed += 1,
                _ => this.unlogged += 1,
            }
        });
        let mut cases = Vec::new();
        each_row(&linked, By::Case, 0..count(&linked, By::Case), &mut |row| {
            if !row.values("dvm_link").is_empty() && takes(row) {
                put(By::Case, row);
                cases.push((Reverse(score(row)), case_line(row)));
            }
        });
        Self {
            cases: cases.len(),
            open_lines: first_lines(open),
            case_lines: first_lines(cases),
            ..this
        }
    }
}

/// The lines with the lowest ranks; of equals those that came first.
fn first_lines<R: Ord>(mut ranked: Vec<(R, String)>) -> Vec<String> {
    ranked.sort_by(|a, b| a.0.cmp(&b.0));
    ranked.into_iter().take(MAX_LINES).map(|(_, line)| line).collect()
}

fn score(row: &LinkedRow) -> u8 {
    row.value("dvm_risk_score").parse().unwrap_or(0)
}

/// Day and time, to the minute.
fn when(row: &LinkedRow) -> String {
    let time = time(row);
    let minute = time.as_deref().and_then(|time| time.get(..16));
    minute.map_or_else(
        || "at an unknown time".to_owned(),
        |minute| minute.replace('T', " "),
    )
}

fn session_line(row: &LinkedRow) -> String {
    let actor = short_actor(row.value("dvm_actor"));
    let access = row.value("dvm_access").replace('_', " ");
    format!("{}  {actor} → {}  {access}", when(row), machines(row))
}

fn case_line(row: &LinkedRow) -> String {
    let links = row.values("dvm_link").join(", ").replace('_', " ");
    let who = row.values("dvm_principal").iter().map(|who| short_actor(who));
    let who = who.collect::<Vec<_>>().join(", ");
    format!(
        "{}  {links}, {who} on {}  {}",
        when(row),
        machines(row),
        row.value("dvm_case")
    )
}

fn machines(row: &LinkedRow) -> String {
    match row.values("dvm_target") {
        [] => "no machine named".to_owned(),
        [one] => one.clone(),
        several => format!("{} machines", several.len()),
    }
}
