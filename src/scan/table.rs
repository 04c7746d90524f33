//! The table of findings and the summary, as wide as the terminal.

use super::color::colored;
use super::linked::LinkedFindings;
use super::sanitise::sanitise;
use super::summary::{Counts, Shown, Summary, duration, largest};
use crate::catalogue::Severity;
use comfy_table::{ColumnConstraint, ContentArrangement, Table, Width, presets};
use std::fmt::Display;

/// How many findings the table shows.
pub const MAX_ROWS: usize = 1000;
/// How many actors, targets, sessions and files the summary lists.
const MAX_LISTED: usize = 10;
/// On a narrower terminal, findings are paragraphs instead of a table.
const MIN_TABLE_WIDTH: u16 = 100;
/// Text is never wrapped to less than this.
const MIN_TEXT_WIDTH: usize = 20;
/// Indent of continuation lines in the summary.
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
    if look.width < MIN_TABLE_WIDTH {
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
        table.add_row(cells.map(sanitise));
    }
    // Severity, time and access type are not broken into lines.
    for (column, width) in [(0, 15), (1, 22), (2, 14)] {
        if let Some(column) = table.column_mut(column) {
            column.set_constraint(ColumnConstraint::LowerBoundary(Width::Fixed(width)));
        }
    }
    let drawn = table.to_string();
    if look.color { in_color(&drawn) } else { drawn }
}

/// A finding as a paragraph, for a narrow terminal.
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
    let [time, actor, target, src, name, place] = texts.map(|text| sanitise(text));
    let text = format!(
        "{severity} {time} {} {name} {} {actor} on {target} from {src} ({place})",
        row.access, row.outcome
    );
    filled(&text, look, "")
}

/// The place of the event: the file name without folders, and the number of the record.
fn place(row: &Shown) -> String {
    let name = row.file.rsplit(['/', '\\']).next().unwrap_or(&row.file);
    format!("{name} {}", row.record)
}

/// The first two targets, and the number of the others.
fn targets(row: &Shown) -> String {
    match row.target.as_slice() {
        [one, two, rest @ ..] if !rest.is_empty() => format!("{one} {two} and {} more", rest.len()),
        few => few.join(" "),
    }
}

/// Colours the severity at the start of a line; a severity broken into lines stays uncoloured.
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

/// The summary: counts, and what was not read.
pub fn summary(summary: &Summary, look: Look) -> String {
    let mut text = filled(
        &format!(
            "{} in {} of {}",
            count(summary.findings, "finding"),
            count(summary.records, "record"),
            count(summary.files, "file")
        ),
        look,
        "",
    );
    if let Some([first, last]) = &summary.span {
        text += &wrapped("first", &sanitise(&first.1), look);
        text += &wrapped("last", &sanitise(&last.1), look);
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
    text += &counted("verdict", &largest(&summary.verdicts, MAX_LISTED), look);
    text += &counted("cloud", &largest(&summary.clouds, MAX_LISTED), look);
    text += &counted("access", &largest(&summary.accesses, usize::MAX), look);
    text += &list("actors", &summary.actors, look);
    text += &list("targets", &summary.targets, look);
    text += &summary
        .linked
        .as_ref()
        .map_or_else(|| sessions(summary, look), |linked| of_links(linked, look));
    text += &not_read(summary, look);
    text
}

/// What was not read, or not as it was logged.
fn not_read(summary: &Summary, look: Look) -> String {
    let mut text = String::new();
    if summary.not_logs > 0 {
        let them = if summary.not_logs == 1 { "it" } else { "them" };
        let files = count(summary.not_logs, "file");
        text += &filled(
            &format!("{files} not read: no cloud log found in {them}"),
            look,
            "",
        );
        let names = summary.not_log_names.iter().take(MAX_LISTED);
        text += &below("", names.map(|name| sanitise(name)), look);
        text += &more(summary.not_logs, MAX_LISTED, look);
    }
    if summary.lost > 0 {
        text += &filled(
            &format!("{} could not be read", count(summary.lost, "file")),
            look,
            "",
        );
    }
    if summary.not_utf8 > 0 {
        let records = count(summary.not_utf8, "record");
        let note = if summary.not_utf8 == 1 { "has" } else { "have" };
        let note = format!("{records} {note} bytes that are not UTF-8, shown as U+FFFD");
        text += &wrapped("bytes", &note, look);
    }
    if summary.undated > 0 {
        let undated = count(summary.undated, "event");
        let (has, them) = if summary.undated == 1 {
            ("has", "it")
        } else {
            ("have", "them")
        };
        let note = format!("{undated} {has} no readable time; --since and --until did not exclude {them}");
        text += &wrapped("time", &note, look);
    }
    text
}

/// What could not be read, one on a line.
pub fn faults(summary: &Summary) -> String {
    let mut text = String::new();
    for (file, fault) in &summary.faults {
        text += &format!("directvm: {}: {}\n", sanitise(file), sanitise(fault));
    }
    if summary.more_faults > 0 {
        text += &format!(
            "directvm: and {} more files or records that could not be read\n",
            summary.more_faults
        );
    }
    text
}

/// A line of the summary, wrapped to the width of the terminal.
fn wrapped(name: &str, text: &str, look: Look) -> String {
    let label = format!("{name:<10} ");
    filled(text, look, &label)
}

fn filled(text: &str, look: Look, label: &str) -> String {
    let options = textwrap::Options::new(usize::from(look.width).max(MIN_TEXT_WIDTH))
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

/// Lines below each other, the first with a label.
fn below(name: &str, lines: impl Iterator<Item = String>, look: Look) -> String {
    let labels = std::iter::once(name).chain(std::iter::repeat(""));
    labels
        .zip(lines)
        .map(|(label, line)| wrapped(label, &line, look))
        .collect()
}

fn list(name: &str, counts: &Counts, look: Look) -> String {
    let largest = counts.largest(MAX_LISTED).into_iter();
    let lines = largest.map(|(key, count)| format!("{count:>6}  {}", sanitise(&key)));
    let text = below(name, lines, look);
    if counts.undercount() == 0 {
        return text + &more(counts.different() as u64, MAX_LISTED, look);
    }
    let (least, undercount) = (counts.different() - MAX_LISTED, counts.undercount());
    text + &wrapped(
        "",
        &format!("and at least {least} more; each count may be up to {undercount} higher"),
        look,
    )
}

/// Requests, sessions and cases.
fn of_links(linked: &LinkedFindings, look: Look) -> String {
    let lines = |lines: &[String]| -> Vec<String> {
        lines.iter().take(MAX_LISTED).map(|line| sanitise(line)).collect()
    };
    let mut text = wrapped("requests", &linked.requests.to_string(), look);
    text += &below("sessions", lines(&linked.session_lines).into_iter(), look);
    text += &more(linked.sessions as u64, MAX_LISTED, look);
    text += &below("cases", lines(&linked.case_lines).into_iter(), look);
    text += &more(linked.cases as u64, MAX_LISTED, look);
    text
}

fn sessions(summary: &Summary, look: Look) -> String {
    let mut all: Vec<_> = summary
        .sessions
        .values()
        .filter(|session| session.findings > 1)
        .collect();
    all.sort_by_key(|session| std::cmp::Reverse(session.seconds()));
    let lines = all.iter().take(MAX_LISTED).map(|session| {
        let length = session
            .seconds()
            .map_or_else(|| "no end logged".to_owned(), duration);
        let [id, actor, target] = [&session.id, &session.actor, &session.target].map(|part| sanitise(part));
        format!("{length:>12}  {id}  {actor} on {target}")
    });
    let mut text = below("sessions", lines, look);
    text += &more(all.len() as u64, MAX_LISTED, look);
    if summary.not_joined > 0 {
        let were = if summary.not_joined == 1 { "was" } else { "were" };
        let not_joined = count(summary.not_joined, "finding");
        text += &wrapped(
            "",
            &format!("{not_joined} of other sessions {were} not joined"),
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

/// "1 finding", "2 findings".
pub fn count(count: u64, thing: &str) -> String {
    format!("{count} {thing}{}", if count == 1 { "" } else { "s" })
}
