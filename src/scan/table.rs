//! Findings and their numbers for people, as wide as the terminal.

use super::color::{colored, harmless};
use super::summary::{Counts, Shown, Summary, duration, largest};
use crate::catalogue::Severity;
use comfy_table::{ColumnConstraint, ContentArrangement, Table, Width, presets};
use std::fmt::Display;

/// How many rows a table shows.
pub const MOST_ROWS: usize = 1000;
/// How many actors, targets, sessions a summary names.
const NAMED: usize = 10;
/// A table narrower than this helps nobody: findings stand below each other then.
const NARROWEST: u16 = 100;
/// Text narrower than this helps nobody.
const NARROWEST_TEXT: usize = 20;
/// What stands before the further lines of a summary's line.
const INDENT: &str = "           ";

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
    if look.width < NARROWEST {
        return rows.iter().map(|row| block(row, look)).collect();
    }
    let mut table = Table::new();
    table
        .load_preset(presets::UTF8_HORIZONTAL_ONLY)
        .set_content_arrangement(ContentArrangement::Dynamic)
        .set_width(look.width)
        .set_header([
            "severity",
            "time (as logged)",
            "access",
            "actor",
            "target",
            "from",
            "outcome",
            "file, record",
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
            &place(row),
        ];
        table.add_row(cells.map(harmless));
    }
    // What would be read wrongly in pieces keeps its width.
    for (column, width) in [(0, 15), (1, 22), (2, 14)] {
        if let Some(column) = table.column_mut(column) {
            column.set_constraint(ColumnConstraint::LowerBoundary(Width::Fixed(width)));
        }
    }
    let drawn = table.to_string();
    if look.color { in_color(&drawn) } else { drawn }
}

/// A finding on a narrow terminal.
fn block(row: &Shown, look: Look) -> String {
    let severity = if look.color {
        colored(row.severity)
    } else {
        row.severity.to_string()
    };
    let texts = [
        &row.time,
        &row.actor,
        &targets(row),
        &row.src,
        &row.name,
        &place(row),
    ];
    let [time, actor, target, src, name, place] = texts.map(|text| harmless(text));
    let text = format!(
        "{severity} {time} {} {name} {} {actor} on {target} from {src} ({place})",
        row.access, row.outcome
    );
    filled(&text, look, "")
}

/// Where the event is: the file, without its folders, and the record in it.
fn place(row: &Shown) -> String {
    let name = row.file.rsplit(['/', '\\']).next().unwrap_or(&row.file);
    format!("{name} {}", row.record)
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
    let mut parts = vec![format!("{} skipped, being no logs", summary.others)];
    parts.extend((summary.lost > 0).then(|| format!("{} unreadable", summary.lost)));
    let mut text = filled(
        &format!(
            "{} in {} of {} ({})",
            count(summary.findings, "finding"),
            count(summary.records, "record"),
            count(summary.files, "file"),
            parts.join(", ")
        ),
        look,
        "",
    );
    if let Some([first, last]) = &summary.span {
        text += &wrapped("first", &harmless(&first.1), look);
        text += &wrapped("last", &harmless(&last.1), look);
    }
    let severities = summary.severities.iter().rev().map(|(severity, count)| {
        let word = if look.color {
            colored(*severity)
        } else {
            severity.to_string()
        };
        format!("{word} {count}")
    });
    text += &line("severity", severities, look);
    text += &counted("verdict", &largest(&summary.verdicts, NAMED), look);
    text += &counted("cloud", &largest(&summary.clouds, NAMED), look);
    text += &counted("access", &largest(&summary.accesses, usize::MAX), look);
    text += &list("actors", &summary.actors, look);
    text += &list("targets", &summary.targets, look);
    text += &sessions(summary, look);
    text += &not_looked_at(summary, look);
    text
}

/// What an analyst should know of that no finding tells.
fn not_looked_at(summary: &Summary, look: Look) -> String {
    let mut text = String::new();
    let skipped = summary.skipped.iter().take(NAMED);
    text += &below("skipped", skipped.map(|name| harmless(name)), look);
    text += &more(summary.others, NAMED, look);
    if summary.garbled > 0 {
        let garbled = count(summary.garbled, "record");
        let said = format!("{garbled} with bytes that are no UTF-8, read with U+FFFD in their place");
        text += &wrapped("bytes", &said, look);
    }
    if summary.undated > 0 {
        let undated = count(summary.undated, "event");
        text += &wrapped(
            "time",
            &format!("{undated} without a readable time, looked at all the same"),
            look,
        );
    }
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

/// A line of the summary, on several lines where the terminal is narrow.
fn wrapped(name: &str, text: &str, look: Look) -> String {
    let label = format!("{name:<10} ");
    filled(text, look, &label)
}

fn filled(text: &str, look: Look, label: &str) -> String {
    let options = textwrap::Options::new(usize::from(look.width).max(NARROWEST_TEXT))
        .initial_indent(label)
        .subsequent_indent(INDENT)
        .word_splitter(textwrap::WordSplitter::NoHyphenation);
    textwrap::fill(text, options) + "\n"
}

fn line(name: &str, parts: impl Iterator<Item = String>, look: Look) -> String {
    let text = parts.collect::<Vec<_>>().join(", ");
    if text.is_empty() {
        return text;
    }
    wrapped(name, &text, look)
}

fn counted<K: Display>(name: &str, counts: &[(K, u64)], look: Look) -> String {
    line(
        name,
        counts.iter().map(|(key, count)| format!("{key} {count}")),
        look,
    )
}

/// Lines below each other, the first with their name.
fn below(name: &str, lines: impl Iterator<Item = String>, look: Look) -> String {
    let labels = std::iter::once(name).chain(std::iter::repeat(""));
    labels
        .zip(lines)
        .map(|(label, line)| wrapped(label, &line, look))
        .collect()
}

fn list(name: &str, counts: &Counts, look: Look) -> String {
    let largest = counts.largest(NAMED).into_iter();
    let lines = largest.map(|(key, count)| format!("{count:>6}  {}", harmless(&key)));
    let text = below(name, lines, look);
    if counts.missed() == 0 {
        return text + &more(counts.different() as u64, NAMED, look);
    }
    let (least, missed) = (counts.different() - NAMED, counts.missed());
    text + &wrapped(
        "",
        &format!("and at least {least} more; each count may be up to {missed} higher"),
        look,
    )
}

fn sessions(summary: &Summary, look: Look) -> String {
    let mut all: Vec<_> = summary
        .sessions
        .values()
        .filter(|session| session.findings > 1)
        .collect();
    all.sort_by_key(|session| std::cmp::Reverse(session.seconds()));
    let lines = all.iter().take(NAMED).map(|session| {
        let long = session
            .seconds()
            .map_or_else(|| "no end seen".to_owned(), duration);
        let [id, actor, target] = [&session.id, &session.actor, &session.target].map(|part| harmless(part));
        format!("{long:>12}  {id}  {actor} on {target}")
    });
    let mut text = below("sessions", lines, look);
    text += &more(all.len() as u64, NAMED, look);
    if summary.unfollowed > 0 {
        let unfollowed = count(summary.unfollowed, "finding");
        text += &wrapped(
            "",
            &format!("{unfollowed} of further sessions were not joined"),
            look,
        );
    }
    text
}

fn more(all: u64, shown: usize, look: Look) -> String {
    let more = all.saturating_sub(shown as u64);
    if more == 0 {
        return String::new();
    }
    wrapped("", &format!("and {more} more"), look)
}

fn count(count: u64, thing: &str) -> String {
    format!("{count} {thing}{}", if count == 1 { "" } else { "s" })
}
