//! Findings and their numbers for people, as wide as the terminal.

use super::color::{colored, harmless};
use super::summary::{Shown, Summary, duration, largest};
use crate::catalogue::Severity;
use comfy_table::{ColumnConstraint, ContentArrangement, Table, Width, presets};
use std::fmt::Display;

/// How many rows a table shows.
pub const MOST_ROWS: usize = 1000;
/// How many actors, targets, sessions a summary names.
const NAMED: usize = 10;
/// A table narrower than this helps nobody.
const NARROWEST: u16 = 60;
/// From here on no column need be squeezed.
const WIDE: u16 = 100;

/// How a table is drawn.
#[derive(Debug, Clone, Copy)]
pub struct Look {
    /// Columns of the terminal.
    pub width: u16,
    /// Whether severities are coloured.
    pub color: bool,
}

/// The table of the findings.
pub fn table(rows: &[Shown], look: Look) -> String {
    let mut table = Table::new();
    table
        .load_preset(presets::UTF8_HORIZONTAL_ONLY)
        .set_content_arrangement(ContentArrangement::Dynamic)
        .set_width(look.width.max(NARROWEST))
        .set_header([
            "severity",
            "time (as logged)",
            "access",
            "actor",
            "target",
            "from",
            "outcome",
        ]);
    for row in rows {
        let cells = [
            row.severity.as_str(),
            &row.time,
            row.access.as_str(),
            &row.actor,
            &targets(row),
            &row.src,
            row.outcome,
        ];
        table.add_row(cells.map(harmless));
    }
    // What would be read wrongly in pieces keeps its width.
    for (column, width) in [(0, 15), (1, 22), (2, 14)] {
        if let Some(column) = table.column_mut(column).filter(|_| look.width >= WIDE) {
            column.set_constraint(ColumnConstraint::LowerBoundary(Width::Fixed(width)));
        }
    }
    let drawn = table.to_string();
    if look.color { in_color(&drawn) } else { drawn }
}

/// The first targets.
fn targets(row: &Shown) -> String {
    match row.target.as_slice() {
        [one, two, rest @ ..] if !rest.is_empty() => format!("{one} {two} and {} more", rest.len()),
        few => few.join(" "),
    }
}

/// A severity stands at the beginning of its line; cut ones are left as they are.
fn in_color(drawn: &str) -> String {
    let lines = drawn.lines().map(|line| {
        let word = line.split_whitespace().next().unwrap_or("");
        match Severity::parse(word).filter(|_| line.starts_with(&format!(" {word}"))) {
            Some(severity) => line.replacen(word, &colored(severity), 1),
            None => line.to_owned(),
        }
    });
    lines.collect::<Vec<_>>().join("\n")
}

/// The numbers.
pub fn summary(summary: &Summary, look: Look) -> String {
    let mut text = format!(
        "{} in {} of {} ({} skipped, being no logs)\n",
        count(summary.findings, "finding"),
        count(summary.records, "record"),
        count(summary.files, "file"),
        summary.others
    );
    if let Some([first, last]) = &summary.span {
        text += &format!(
            "first      {}\nlast       {}\n",
            harmless(&first.1),
            harmless(&last.1)
        );
    }
    let severities: Vec<String> = summary
        .severities
        .iter()
        .rev()
        .map(|(severity, count)| {
            let word = if look.color {
                colored(*severity)
            } else {
                severity.to_string()
            };
            format!("{word} {count}")
        })
        .collect();
    if !severities.is_empty() {
        text += &format!("severity   {}\n", severities.join(", "));
    }
    text += &line("verdict", &largest(&summary.verdicts, NAMED));
    text += &line("cloud", &largest(&summary.clouds, NAMED));
    text += &line("access", &largest(&summary.accesses, usize::MAX));
    text += &list("actors", &largest(&summary.actors, NAMED), summary.actors.len());
    text += &list(
        "targets",
        &largest(&summary.targets, NAMED),
        summary.targets.len(),
    );
    text += &sessions(summary);
    text
}

/// What could not be read, one a line.
pub fn faults(summary: &Summary) -> String {
    let mut text = String::new();
    for (file, fault) in &summary.faults {
        text += &format!("directvm: {}: {}\n", harmless(file), harmless(fault));
    }
    if summary.more_faults > 0 {
        text += &format!(
            "directvm: and {} more that could not be read\n",
            summary.more_faults
        );
    }
    text
}

fn line<K: Display>(name: &str, counts: &[(K, u64)]) -> String {
    if counts.is_empty() {
        return String::new();
    }
    let parts: Vec<String> = counts
        .iter()
        .map(|(key, count)| format!("{key} {count}"))
        .collect();
    format!("{name:<10} {}\n", parts.join(", "))
}

fn list(name: &str, counts: &[(String, u64)], all: usize) -> String {
    let mut text = String::new();
    for (at, (key, count)) in counts.iter().enumerate() {
        let label = if at == 0 { name } else { "" };
        text += &format!("{label:<10} {count:>6}  {}\n", harmless(key));
    }
    text + &more(all, counts.len())
}

fn sessions(summary: &Summary) -> String {
    let mut all: Vec<_> = summary
        .sessions
        .values()
        .filter(|session| session.findings > 1)
        .collect();
    all.sort_by_key(|session| std::cmp::Reverse(session.seconds()));
    let mut text = String::new();
    for (at, session) in all.iter().take(NAMED).enumerate() {
        let label = if at == 0 { "sessions" } else { "" };
        let long = session
            .seconds()
            .map_or_else(|| "no end seen".to_owned(), duration);
        let named = [&session.id, &session.actor, &session.target].map(|part| harmless(part));
        text += &format!(
            "{label:<10} {long:>12}  {}  {} on {}\n",
            named[0], named[1], named[2]
        );
    }
    text + &more(all.len(), NAMED)
}

fn more(all: usize, shown: usize) -> String {
    if all > shown {
        format!("{:<10} and {} more\n", "", all - shown)
    } else {
        String::new()
    }
}

fn count(count: u64, thing: &str) -> String {
    format!("{count} {thing}{}", if count == 1 { "" } else { "s" })
}
