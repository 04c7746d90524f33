//! A tuning rule for a finding, as a row of a tuning list to start from.

use crate::cli::output::show_error;
use crate::detect::Detector;
use crate::detect::finding::Finding;
use crate::detect::text::distinct;
use crate::detect::tune::COLUMNS;
use crate::detect::tune::time::{format_iso, parse_event_time};
use crate::scan::sanitise::{is_terminal_control, sanitise};

/// How long the rule applies after the event.
const DAYS: i64 = 90;
const DAY: i64 = 86_400_000_000;
/// What the writer of the rule replaces.
const PLACES: [(&str, &str); 2] = [("reason", "REASON"), ("owner", "OWNER")];
/// Characters of an id.
const MAX_ID: usize = 80;

/// The header of a list.
pub fn header() -> String {
    COLUMNS.join(",")
}

/// A tuning list with a rule for each finding in texts; equal ones once.
pub fn rules<'t>(detector: &Detector, texts: impl Iterator<Item = &'t [u8]>) -> Result<String, String> {
    let findings: Vec<_> = texts.flat_map(|text| detector.findings(text)).collect();
    if findings.is_empty() {
        return Err("holds no finding, so there is nothing to write a rule for".to_owned());
    }
    let without_principal = findings
        .iter()
        .filter(|finding| finding.facts.principal.is_none());
    let without_principal = without_principal.count();
    let mut rows = distinct(findings.iter().filter_map(row).collect());
    if rows.is_empty() {
        return Err(
            "the log proves no principal, and a rule on a name that the caller chose would match anybody"
                .to_owned(),
        );
    }
    if without_principal > 0 {
        show_error(&format!(
            "findings without a principal, which get no rule: {without_principal}"
        ));
    }
    rows.insert(0, header());
    Ok(rows.iter().map(|row| sanitise(row) + "\n").collect())
}

/// The row of a rule that expects the operation of the finding by its principal in its account. `None` where the log
/// proves no principal: a rule on anything else would match whoever chooses the same name.
pub fn row(finding: &Finding<'_, '_>) -> Option<String> {
    let facts = &finding.facts;
    let principal = facts.principal.as_deref()?;
    let moment = facts.time.as_deref().and_then(parse_event_time);
    let expires = moment.map(|moment| format_iso(moment.saturating_add(DAYS * DAY)));
    let cells = [
        ("id", id(finding, principal)),
        ("enabled", "1".to_owned()),
        ("cloud", finding.rule.cloud.as_str().to_owned()),
        ("operation", finding.rule.id.clone()),
        ("principal", pattern(principal)),
        ("account", pattern(facts.account.as_deref().unwrap_or_default())),
        ("action", "expect".to_owned()),
        (
            "expires",
            expires.map_or_else(String::new, |expires| date(&expires)),
        ),
    ];
    let cell = |column: &str| {
        let places = PLACES.iter().map(|(name, place)| (*name, *place));
        let mut cells = cells
            .iter()
            .map(|(name, text)| (*name, text.as_str()))
            .chain(places);
        cells
            .find(|(name, _)| *name == column)
            .map_or("", |(_, text)| text)
    };
    csv_line(&COLUMNS.map(cell))
}

fn date(moment: &str) -> String {
    moment.split('T').next().unwrap_or_default().to_owned()
}

/// The last part of the principal and the operation.
fn id(finding: &Finding<'_, '_>, principal: &str) -> String {
    let last = principal.rsplit(['/', ':']).next().unwrap_or_default();
    let text = format!("{last}-{}", finding.rule.id);
    let is_allowed = |c: char| c.is_ascii_alphanumeric() || "._-@".contains(c);
    let allowed = text.chars().map(|c| if is_allowed(c) { c } else { '-' });
    let id: String = allowed.take(MAX_ID).collect();
    // A spreadsheet takes a cell that begins like this for a formula.
    id.trim_start_matches(['-', '@']).to_owned()
}

/// A pattern that matches the value: characters that a list gives a meaning, and those that no cell may hold, become the
/// wildcard for one character.
fn pattern(value: &str) -> String {
    let is_formula = |at: usize, c: char| at == 0 && "=+-@".contains(c);
    let needs_wildcard = |at: usize, c: char| "*|".contains(c) || is_terminal_control(c) || is_formula(at, c);
    let value = value.chars().enumerate();
    value
        .map(|(at, c)| if needs_wildcard(at, c) { '?' } else { c })
        .collect()
}

fn csv_line(cells: &[&str]) -> Option<String> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(cells).ok()?;
    let line = String::from_utf8(writer.into_inner().ok()?).ok()?;
    Some(line.trim_end_matches('\n').to_owned())
}
