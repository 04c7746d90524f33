//! `directvm explain --session` and `--case`: what happened, in the order of time, in sentences.

use super::output::{file_and_record, open_source};
use crate::detect::Detector;
use crate::link::{By, LinkOptions, Linked, LinkedRow, MAX_RECORDS, Record, rows};
use crate::scan::rows::{place, place_of, time};
use crate::scan::sanitise::sanitise;
use crate::scan::sources::Sources;
use crate::scan::{Item, Meter, Settings, scan};
use std::path::Path;

/// Whose story is told.
pub enum Wanted<'a> {
    /// Of the session with this `dvm_session`.
    Session(&'a str),
    /// Of the case with this `dvm_case`.
    Case(&'a str),
}

/// A story, and what could not be read of the logs: there may be more to it.
pub struct Told {
    /// Lines.
    pub text: String,
    /// One sentence each.
    pub faults: Vec<String>,
}

/// The story in the logs below `path`, as the first of the detectors knows it under this id: a case is named after its first
/// request, which another scope may leave out.
pub fn story(detectors: &[Detector], path: &Path, wanted: &Wanted<'_>) -> Result<Told, String> {
    let (field, id) = match wanted {
        Wanted::Session(id) => ("dvm_session", id),
        Wanted::Case(id) => ("dvm_case", id),
    };
    let asked = path.display().to_string();
    if let Some((file, _)) = file_and_record(&asked).filter(|_| !path.exists()) {
        return Err(format!(
            "{asked}: names one record; a session or a case is told from a file or a folder, as {file}"
        ));
    }
    let mut first_fault = None;
    for detector in detectors {
        let (records, faults) = records(detector, path)?;
        let linked = Linked::new(records, &LinkOptions::default());
        let requests = rows(&linked, By::Request);
        let members: Vec<&LinkedRow> = requests.iter().filter(|row| row.value(field) == *id).collect();
        if !members.is_empty() {
            let text = told(&linked, &members, wanted);
            return Ok(Told { text, faults });
        }
        first_fault = first_fault.or(faults.into_iter().next());
    }
    let none = || {
        format!(
            "{}: no finding has the {field} {id}; give one as `scan` with the same files shows it",
            path.display()
        )
    };
    Err(first_fault.unwrap_or_else(none))
}

fn told(linked: &Linked, members: &[&LinkedRow], wanted: &Wanted<'_>) -> String {
    let (Wanted::Session(id) | Wanted::Case(id)) = wanted;
    let mut text = format!("{id}: {}\n", in_all(members));
    members.iter().for_each(|row| text.push_str(&event(row)));
    let is_of_it = |row: &&LinkedRow| match wanted {
        Wanted::Session(id) => row.value("dvm_session") == *id,
        Wanted::Case(id) => row.value("dvm_case") == *id,
    };
    for session in rows(linked, By::Session).iter().filter(is_of_it) {
        let line = format!(
            "session {}: {}",
            session.value("dvm_session"),
            session.value("dvm_summary")
        );
        text.push_str(&format!("{}\n", one_line(&line)));
    }
    text
}

/// Every finding below a path, and what could not be read.
fn records(detector: &Detector, path: &Path) -> Result<(Vec<Record>, Vec<String>), String> {
    let settings = Settings::default();
    let (mut records, mut faults) = (Vec::new(), Vec::new());
    let mut sink = |file: &str, item: Item<'_>| {
        match item {
            Item::Found(found) => {
                if let Some(finding) = found.finding.filter(|_| records.len() < MAX_RECORDS) {
                    records.push(Record::of_finding(&finding, &place_of(file, found.record)));
                }
            }
            Item::Text(..) | Item::Part(_) => {}
            Item::End(counts) => {
                let named = counts.faults.into_iter().map(|fault| format!("{file}: {fault}"));
                faults.extend(named);
            }
        }
        Ok(())
    };
    let sources = Sources::new(vec![path.to_path_buf()]);
    let scanned = scan(
        sources,
        &open_source,
        detector,
        &settings,
        &Meter::default(),
        &mut sink,
    );
    scanned.map_err(|error| error.to_string())?;
    Ok((records, faults))
}

/// `3 requests, the gravest high, by … on …`.
fn in_all(members: &[&LinkedRow]) -> String {
    let gravest = members
        .iter()
        .max_by_key(|row| row.value("dvm_risk_score").parse::<u8>().unwrap_or(0));
    let severity = gravest.map_or("", |row| row.value("dvm_severity"));
    let all = |name: &str| {
        let mut values: Vec<&str> = members
            .iter()
            .flat_map(|row| row.values(name))
            .map(String::as_str)
            .collect();
        values.sort_unstable();
        values.dedup();
        values.join(", ")
    };
    let requests = if members.len() == 1 { "request" } else { "requests" };
    let (who, machines) = (all("dvm_principal"), all("dvm_target"));
    let mut text = format!("{} {requests}, the gravest {severity}", members.len());
    if !who.is_empty() {
        text += &format!(", by {who}");
    }
    if !machines.is_empty() {
        text += &format!(", on {machines}");
    }
    one_line(&text)
}

/// A request: when, what, where it was read, and what it follows from.
fn event(row: &LinkedRow) -> String {
    let when = time(row).unwrap_or_else(|| "at an unknown time".to_owned());
    let (file, record) = place(row);
    let line = format!(
        "{when}  {}  {}  ({file}, record {record})",
        row.value("dvm_severity"),
        row.value("dvm_summary")
    );
    let mut text = format!("{}\n", one_line(&line));
    for reason in row.values("dvm_link_reason") {
        text.push_str(&format!("    {}\n", one_line(reason)));
    }
    text
}

fn one_line(text: &str) -> String {
    sanitise(&text.replace(['\n', '\r', '\t'], " "))
}
