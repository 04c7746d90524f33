//! The summary of a scan, as wide as the terminal.

use super::color::paint;
use super::lines::{Look, short_actor};
use super::linked::LinkedFindings;
use super::sanitise::sanitise;
use super::summary::{Counts, Summary, duration};
use crate::catalogue::Cloud;
use crate::detect::tune::time::format_iso;

/// How many actors, sessions, cases and files are listed.
const MAX_LISTED: usize = 10;
/// How many actors and machines stand on their lines.
const MAX_NAMED: usize = 3;
/// Indent of continuation lines.
const INDENT: &str = "               ";

/// What is said of a scan besides its counts.
#[derive(Debug, Clone, Default)]
pub struct Scanned {
    /// How long it took, in milliseconds.
    pub milliseconds: u128,
    /// `core` or `extended`.
    pub scope: String,
    /// Whether only some rows are shown: by severity, actor, time, …
    pub is_narrow: bool,
    /// Whether a report was asked for.
    pub has_report: bool,
}

/// The summary: what was found, what was read, and what was not.
pub fn summary(summary: &Summary, scanned: &Scanned, look: Look) -> String {
    let mut text = String::new();
    text += &match nothing(summary, scanned) {
        Some(why) => filled(why, look, ""),
        None => found(summary, look),
    };
    let may_reach = summary.may_reach + summary.linked.as_ref().map_or(0, |linked| linked.may_reach);
    if may_reach > 0 {
        let names = if may_reach == 1 { "names" } else { "name" };
        let said = format!(
            "{} {names} no single machine, but a tag, a fleet, an account or nothing, and may have reached it; listed without --target",
            count(may_reach, "finding")
        );
        text += &wrapped("may reach it", &said, look);
    }
    text += &read(summary, scanned, look);
    let clouds = covered(summary);
    if !clouds.is_empty() {
        text += &wrapped("logs cover", &clouds, look);
    }
    text += &named("who", &summary.actors, look);
    text += &named("machines", &summary.targets, look);
    match &summary.linked {
        Some(linked) => text += &of_links(linked, look),
        None => text += &sessions(summary, look),
    }
    text += &not_read(summary, look);
    text + &next(summary, scanned, look)
}

/// The sentence for a scan without findings; `None` where there are some.
pub fn nothing(summary: &Summary, scanned: &Scanned) -> Option<&'static str> {
    let text = if summary.analysed == 0 {
        "Nothing was analysed: no input holds a known cloud log."
    } else if summary.findings > 0 {
        return None;
    } else if summary.analysed <= summary.display_names {
        "Nothing was judged: no record names its operation."
    } else if scanned.is_narrow {
        "No direct VM access of this kind is named in the logs that were read."
    } else {
        "No direct VM access in the logs that were read. Not all of it is logged by default: Google's Data Access logs, sign-in logs of \
         Entra and resource logs of Bastion must be switched on."
    };
    Some(text)
}

fn found(summary: &Summary, look: Look) -> String {
    let severities = summary.severities.iter().rev().map(|(severity, count)| {
        let word = format!("{} {severity}", grouped(*count));
        if look.color { paint(*severity, &word) } else { word }
    });
    let severities: Vec<String> = severities.collect();
    let of = |verdict: &str| summary.verdicts.get(verdict).copied().unwrap_or(0);
    let set_aside = of("expected") + of("suppressed");
    let mut text = format!(
        "{}   {}",
        count(summary.findings, "finding"),
        severities.join("  ")
    );
    if set_aside > 0 {
        text += &format!(
            "   ({} expected or suppressed by rule or service)",
            grouped(set_aside)
        );
    }
    filled(&text, look, "")
}

fn read(summary: &Summary, scanned: &Scanned, look: Look) -> String {
    let all = summary.files + summary.not_logs + summary.lost + summary.unread.values().sum::<u64>();
    let files = if all == summary.files {
        count(all, "file")
    } else {
        format!("{} of {}", grouped(summary.files), count(all, "file"))
    };
    let seconds = format!(
        "{}.{:02} s",
        scanned.milliseconds / 1000,
        scanned.milliseconds % 1000 / 10
    );
    let records = count(summary.records, "record");
    let mut text = wrapped(
        "read",
        &format!(
            "{files} · {records} in {seconds} · scope {} · times in UTC",
            scanned.scope
        ),
        look,
    );
    let linked = summary
        .linked
        .as_ref()
        .filter(|linked| linked.records as u64 > summary.findings);
    if let Some(linked) = linked {
        let of_records = count(linked.records as u64, "record");
        text += &wrapped(
            "",
            &format!("{of_records} are {}", count(summary.findings, "request")),
            look,
        );
    }
    text
}

/// How many records of each cloud were read, and from which days; empty if there were none.
pub fn covered(summary: &Summary) -> String {
    let day = |moment: i64| format_iso(moment)[..10].to_owned();
    let of_cloud = |cloud: &Cloud| {
        let covered = &summary.covered[*cloud as usize];
        let name = match cloud {
            Cloud::Aws => "AWS",
            Cloud::Azure => "Azure",
            Cloud::Gcp => "Google Cloud",
        };
        let span = covered
            .span
            .map_or_else(String::new, |(first, last)| match (day(first), day(last)) {
                (first, last) if first == last => format!(", {first}"),
                (first, last) => format!(", {first} – {last}"),
            });
        (covered.records > 0).then(|| format!("{name} {}{span}", count(covered.records, "record")))
    };
    let clouds: Vec<String> = Cloud::ALL.iter().filter_map(of_cloud).collect();
    clouds.join(" · ")
}

/// The most frequent values, and how many there are.
fn named(name: &str, counts: &Counts, look: Look) -> String {
    let largest = counts.largest(MAX_NAMED);
    if largest.is_empty() {
        return String::new();
    }
    let mut parts: Vec<String> = largest
        .iter()
        .map(|(value, count)| format!("{} {}", sanitise(short_actor(value)), grouped(*count)))
        .collect();
    if counts.different() > MAX_NAMED {
        let least = if counts.undercount() > 0 { "at least " } else { "" };
        parts.push(format!("({least}{} in all)", grouped(counts.different() as u64)));
    }
    wrapped(name, &parts.join(" · "), look)
}

/// Sessions and cases.
fn of_links(linked: &LinkedFindings, look: Look) -> String {
    let mut text = String::new();
    let ended = [
        (linked.open, "open"),
        (linked.closed, "closed"),
        (linked.unlogged, "of a kind that often logs no end"),
    ];
    let ended: Vec<String> = ended
        .iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, state)| format!("{} {state}", grouped(*count as u64)))
        .collect();
    if !ended.is_empty() {
        text += &wrapped("sessions", &ended.join(" · "), look);
    }
    text += &below("open sessions", &linked.open_lines, linked.open, look);
    text + &below("cases", &linked.case_lines, linked.cases, look)
}

/// Of findings that were not linked: those with one session id.
fn sessions(summary: &Summary, look: Look) -> String {
    let mut all: Vec<_> = summary
        .sessions
        .values()
        .filter(|session| session.end.is_some())
        .collect();
    all.sort_by_key(|session| std::cmp::Reverse(session.seconds()));
    let lines: Vec<String> = all
        .iter()
        .map(|session| {
            let length = session
                .seconds()
                .map_or_else(|| "start not logged".to_owned(), duration);
            let actor = short_actor(&session.actor);
            format!("{length}  {actor} → {}  {}", session.target, session.id)
        })
        .collect();
    let mut text = below("ended sessions", &lines, lines.len(), look);
    if summary.not_joined > 0 {
        let were = if summary.not_joined == 1 { "was" } else { "were" };
        let findings = count(summary.not_joined, "finding");
        text += &wrapped(
            "",
            &format!("{findings} of other sessions {were} not joined"),
            look,
        );
    }
    text
}

/// What was not read, or not as it was logged.
fn not_read(summary: &Summary, look: Look) -> String {
    let mut text = String::new();
    let mut parts = Vec::new();
    let unread: u64 = summary.unread.values().sum();
    if unread > 0 {
        let kinds = summary
            .unread
            .iter()
            .map(|(kind, count)| format!("{} {}", grouped(*count), kind.name()));
        parts.push(format!(
            "{}: {}",
            count(unread, "file"),
            kinds.collect::<Vec<_>>().join(", ")
        ));
    }
    if summary.lost > 0 {
        parts.push(format!("{} could not be read", count(summary.lost, "file")));
    }
    for (records, what) in [
        (summary.unknown, "of unknown format"),
        (summary.too_little, "in forms that keep too little to judge"),
        (
            summary.display_names,
            "with a display name in place of the operation's name",
        ),
    ] {
        if records > 0 {
            parts.push(format!("{} {what}", count(records, "record")));
        }
    }
    if !parts.is_empty() {
        text += &wrapped("NOT READ", &parts.join(" · "), look);
    }
    if summary.damaged > 0 {
        let files = count(summary.damaged, "file");
        text += &wrapped("DAMAGED", &format!("{files} could not be read whole"), look);
    }
    text + &skipped(summary, look) + &odd(summary, look)
}

/// Files that hold no log.
fn skipped(summary: &Summary, look: Look) -> String {
    let mut text = String::new();
    if summary.not_logs > 0 {
        let names: Vec<String> = summary
            .not_log_names
            .iter()
            .take(MAX_NAMED)
            .map(|name| sanitise(name))
            .collect();
        let more = summary.not_logs.saturating_sub(names.len() as u64);
        let more = if more > 0 {
            format!(" and {} more", grouped(more))
        } else {
            String::new()
        };
        let files = count(summary.not_logs, "file");
        text += &wrapped(
            "skipped",
            &format!("{files} without a log: {}{more}", names.join(", ")),
            look,
        );
    }
    text
}

/// What was read, but not as one would expect.
fn odd(summary: &Summary, look: Look) -> String {
    let mut text = String::new();
    if summary.not_utf8 > 0 {
        let has = if summary.not_utf8 == 1 { "has" } else { "have" };
        let records = count(summary.not_utf8, "record");
        text += &wrapped(
            "bytes",
            &format!("{records} {has} bytes that are not UTF-8, shown as U+FFFD"),
            look,
        );
    }
    if summary.undated > 0 {
        let (has, them) = if summary.undated == 1 {
            ("has", "it")
        } else {
            ("have", "them")
        };
        let events = count(summary.undated, "event");
        let note = format!("{events} {has} no readable time; --since and --until did not exclude {them}");
        text += &wrapped("time", &note, look);
    }
    text
}

/// What one may do now.
fn next(summary: &Summary, scanned: &Scanned, look: Look) -> String {
    let mut hints = Vec::new();
    if summary.findings > 0 {
        if !scanned.has_report {
            hints.push("--report r.html");
        }
        hints.push("directvm explain FILE:RECORD");
        if summary.linked.as_ref().is_some_and(|linked| linked.cases > 0) {
            hints.push("directvm explain --case ID PATH");
        }
    }
    if scanned.scope == "core" && summary.analysed > 0 {
        hints.push("--scope extended");
    }
    if hints.is_empty() {
        return String::new();
    }
    wrapped("next", &hints.join(" · "), look)
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
    let width = INDENT.len();
    filled(text, look, &format!("{name:<width$}"))
}

fn filled(text: &str, look: Look, label: &str) -> String {
    let options = textwrap::Options::new(look.text_width())
        .initial_indent(label)
        .subsequent_indent(if label.is_empty() { "" } else { INDENT })
        .word_splitter(textwrap::WordSplitter::NoHyphenation);
    textwrap::fill(text, options) + "\n"
}

/// Lines below each other, the first with a label; of `all`, these were kept.
fn below(name: &str, lines: &[String], all: usize, look: Look) -> String {
    let labels = std::iter::once(name).chain(std::iter::repeat(""));
    let shown = lines.iter().take(MAX_LISTED);
    let mut text: String = labels
        .zip(shown)
        .map(|(label, line)| wrapped(label, &sanitise(line), look))
        .collect();
    let more = all.saturating_sub(MAX_LISTED.min(lines.len()));
    if more > 0 && !lines.is_empty() {
        text += &wrapped("", &format!("and {} more", grouped(more as u64)), look);
    }
    text
}

/// "1 finding", "2,000 findings".
pub fn count(count: u64, thing: &str) -> String {
    format!("{} {thing}{}", grouped(count), if count == 1 { "" } else { "s" })
}

/// Digits in groups of three.
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::count;

    #[test]
    fn numbers_are_grouped() {
        let texts = [0, 1, 999, 1_000, 1_234_567].map(|number| count(number, "record"));
        assert_eq!(
            texts,
            [
                "0 records",
                "1 record",
                "999 records",
                "1,000 records",
                "1,234,567 records"
            ]
        );
    }
}
