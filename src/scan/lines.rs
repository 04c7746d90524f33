//! Findings as lines, one each, as wide as the terminal; in a pipe nothing is cut.

use super::color::paint;
use super::sanitise::sanitise;
use super::shown::Shown;
use crate::catalogue::{Severity, Verdict};
use textwrap::core::display_width;

/// How a table is drawn.
#[derive(Debug, Clone, Copy)]
pub struct Look {
    /// Columns of the terminal; nothing in a pipe, where no line is cut.
    pub width: Option<u16>,
    /// Whether severities are coloured.
    pub color: bool,
}

impl Look {
    /// The width that text is wrapped to.
    pub fn text_width(self) -> usize {
        usize::from(self.width.unwrap_or(DEFAULT_WIDTH)).max(MIN_TEXT_WIDTH)
    }
}

/// Where no terminal tells.
const DEFAULT_WIDTH: u16 = 120;
/// Text is never wrapped to less than this.
const MIN_TEXT_WIDTH: usize = 20;
/// From these widths on there are more columns.
const WIDE: u16 = 100;
const WIDEST: u16 = 160;
/// Between columns.
const GAP: usize = 1;
/// No column becomes narrower than this, unless its values are.
const MIN_WIDTH: usize = 5;
const ELLIPSIS: char = '…';

/// A column.
struct Column {
    heading: &'static str,
    /// From which width on it is shown.
    from: u16,
    value: Value,
}

/// What a column shows of a finding; whole, or short.
type Value = fn(&Shown, bool) -> String;

const fn column(heading: &'static str, from: u16, value: Value) -> Column {
    Column { heading, from, value }
}

/// All columns but the number.
const COLUMNS: &[Column] = &[
    column("UTC", 0, clock),
    column("SEV", 0, severity),
    column("RESULT", 60, result),
    column("ACTOR", 0, actor),
    column("TARGET", 0, target),
    column("ACCESS", 50, access),
    column("DETAIL", WIDE, detail),
    column("FROM", WIDE, |shown, _| shown.src.clone()),
    column("ACCOUNT", WIDEST, |shown, _| shown.account.clone()),
    column("REGION", WIDEST, |shown, _| shown.region.clone()),
    column("WHY", WIDEST, why),
    column("FILE:RECORD", WIDEST, |shown, _| shown.place()),
];

/// The findings, with a heading, and a line before the first one of each day.
pub fn lines(rows: &[&Shown], look: Look) -> String {
    if rows.is_empty() {
        return String::new();
    }
    let shown = look.width.unwrap_or(u16::MAX);
    let columns: Vec<&Column> = COLUMNS.iter().filter(|column| column.from <= shown).collect();
    let number = rows.len().to_string().len();
    let cells: Vec<Vec<String>> = rows
        .iter()
        .map(|row| {
            columns
                .iter()
                .map(|column| sanitise(&(column.value)(row, look.width.is_none())))
                .collect()
        })
        .collect();
    let widths = widths(&columns, &cells, number, look);
    let headings = columns.iter().map(|column| column.heading.to_owned());
    let mut text = line("#", number, &headings.collect::<Vec<_>>(), &widths, look);
    let mut day = "";
    for (at, (row, cells)) in rows.iter().zip(&cells).enumerate() {
        if row.day() != day {
            day = row.day();
            text += &day_line(day, &widths, number, look);
        }
        let drawn = line(&(at + 1).to_string(), number, cells, &widths, look);
        text += &if look.color && row.verdict == Verdict::Report {
            drawn.replacen(&cells[1], &paint(row.severity, &cells[1]), 1)
        } else {
            drawn
        };
    }
    text
}

/// The widths of the columns: as wide as their values, the widest narrowed until all fit.
fn widths(columns: &[&Column], cells: &[Vec<String>], number: usize, look: Look) -> Vec<usize> {
    let longest = |at: usize| cells.iter().map(|row| display_width(&row[at])).max().unwrap_or(0);
    let mut widths: Vec<usize> = columns
        .iter()
        .enumerate()
        .map(|(at, column)| longest(at).max(column.heading.len()))
        .collect();
    let Some(width) = look.width else { return widths };
    let room = usize::from(width).saturating_sub(number + GAP * columns.len());
    while widths.iter().sum::<usize>() > room {
        let Some(widest) = widths.iter_mut().max() else {
            break;
        };
        if *widest <= MIN_WIDTH {
            break;
        }
        *widest -= 1;
    }
    widths
}

fn line(number: &str, of_number: usize, cells: &[String], widths: &[usize], look: Look) -> String {
    let mut line = format!("{number:<of_number$}");
    for (cell, width) in cells.iter().zip(widths) {
        let shown = if look.width.is_some() {
            shortened(cell, *width)
        } else {
            cell.clone()
        };
        let padding = width.saturating_sub(display_width(&shown));
        line += &format!("{:GAP$}{shown}{:padding$}", "", "");
    }
    line.truncate(line.trim_end().len());
    line + "\n"
}

fn day_line(day: &str, widths: &[usize], number: usize, look: Look) -> String {
    let width = number + widths.iter().map(|width| width + GAP).sum::<usize>();
    let width = look.width.map_or(width, |most| width.min(usize::from(most)));
    let begin = format!("── {day} ");
    let rest = width.saturating_sub(display_width(&begin));
    format!("{begin}{}\n", "─".repeat(rest))
}

/// A text in at most `width` columns: the middle is left out, since ids differ at their ends.
pub fn shortened(text: &str, width: usize) -> String {
    if display_width(text) <= width {
        return text.to_owned();
    }
    let left = width.saturating_sub(1);
    let head = left.div_ceil(2);
    let front = within(text.chars(), head);
    let back: Vec<char> = within(text.chars().rev(), left - head).chars().rev().collect();
    front + &String::from(ELLIPSIS) + &back.into_iter().collect::<String>()
}

/// The first characters that fit into `width` columns.
fn within(chars: impl Iterator<Item = char>, width: usize) -> String {
    let mut used = 0;
    chars
        .take_while(|c| {
            used += display_width(c.encode_utf8(&mut [0; 4]));
            used <= width
        })
        .collect()
}

fn clock(shown: &Shown, _: bool) -> String {
    let of_day = shown.time.get(11..19).filter(|_| shown.moment.is_some());
    of_day.unwrap_or("?").to_owned()
}

/// The severity; what is expected or suppressed says so instead.
fn severity(shown: &Shown, _: bool) -> String {
    let word = match (shown.verdict, shown.severity) {
        (Verdict::Expected, _) => "exp",
        (Verdict::Suppressed, _) => "sup",
        (_, Severity::Critical) => "CRIT",
        (_, Severity::High) => "HIGH",
        (_, Severity::Medium) => "MED",
        (_, Severity::Low) => "LOW",
        (_, Severity::Informational) => "INFO",
    };
    word.to_owned()
}

fn result(shown: &Shown, _: bool) -> String {
    let word = match shown.outcome {
        "success" => "ok",
        "denied" => "DENIED",
        other => other,
    };
    word.to_owned()
}

fn actor(shown: &Shown, is_whole: bool) -> String {
    if is_whole {
        return shown.actor.clone();
    }
    short_actor(&shown.actor).to_owned()
}

/// An ARN without what says nothing of who it is: `user/dana`, `Role/session`.
pub fn short_actor(actor: &str) -> &str {
    let resource = match actor.strip_prefix("arn:") {
        Some(arn) => arn.splitn(5, ':').nth(4).unwrap_or(actor),
        None => actor,
    };
    resource.strip_prefix("assumed-role/").unwrap_or(resource)
}

fn target(shown: &Shown, is_whole: bool) -> String {
    match shown.target.as_slice() {
        [] => String::new(),
        [one] => one.clone(),
        several if is_whole => several.join(", "),
        [one, rest @ ..] => format!("{one} +{}", rest.len()),
    }
}

fn access(shown: &Shown, _: bool) -> String {
    match shown.access.as_str() {
        "ssh_key_push" => "key push".to_owned(),
        "credential_retrieval" => "credential read".to_owned(),
        "credential_reset" => "credential set".to_owned(),
        "access_enablement" => "enablement".to_owned(),
        other => other.replace('_', " "),
    }
}

fn detail(shown: &Shown, is_whole: bool) -> String {
    if is_whole {
        return shown.document.clone();
    }
    let document = shown
        .document
        .rsplit_once(":document/")
        .map_or(&*shown.document, |(_, name)| name);
    document.to_owned()
}

/// What raised it, and what it follows from.
fn why(shown: &Shown, _: bool) -> String {
    let links = shown.links.iter().map(|link| link.replace('_', " "));
    // The first reason is the operation's own severity.
    let reasons = shown.reasons.iter().skip(1).cloned();
    links.chain(reasons).collect::<Vec<_>>().join("; ")
}

#[cfg(test)]
mod tests {
    use super::{short_actor, shortened};

    #[test]
    fn ids_are_shortened_in_the_middle() {
        for (text, width, wanted) in [
            ("i-0a1b2c3d4e5f60001", 19, "i-0a1b2c3d4e5f60001"),
            ("i-0a1b2c3d4e5f60001", 11, "i-0a1…60001"),
            ("日本語日本語", 5, "日…語"),
            ("abc", 1, "…"),
            ("", 0, ""),
        ] {
            assert_eq!(shortened(text, width), wanted);
        }
    }

    #[test]
    fn actors_are_short_and_still_told_apart() {
        for (actor, wanted) in [
            ("arn:aws:iam::111122223333:user/dana", "user/dana"),
            ("arn:aws:sts::111122223333:assumed-role/Ops/i-1", "Ops/i-1"),
            ("dana@example.com", "dana@example.com"),
            ("arn:aws:iam::111122223333:root", "root"),
        ] {
            assert_eq!(short_actor(actor), wanted);
        }
    }
}
