//! Renders the page: HTML with an inline style and no script. Every value of a log is escaped, and nothing is loaded.

use super::html::{Text, add, style_hash};
use super::most_severe::MAX_EXPLAINED;
use super::timeline::timeline;
use crate::catalogue::{AccessType, Severity};
use crate::detect::tune::time::format_iso;
use crate::scan::shown::Shown;
use crate::scan::summary::{Session, Summary, duration, largest};
use std::collections::BTreeMap;
use std::fmt::Display;

const STYLE: &str = include_str!("style.css");
/// How many actors the table of actors and targets shows; half as many targets.
const MAX_MATRIX: usize = 12;
/// How many sessions are listed.
const MAX_SESSIONS: usize = 200;
/// How many files that were not read are listed.
const MAX_FAULTS: usize = 200;

/// Renders the page; `now` is in microseconds since 1970 UTC.
pub fn page(summary: &Summary, findings: &[&Shown], now: i64) -> String {
    let mut html = String::with_capacity(4096 + findings.len() * 2048);
    html += "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n";
    add(
        &mut html,
        format_args!(
            "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'sha256-{}'; base-uri 'none'; form-action 'none'\">\n",
            style_hash(STYLE)
        ),
    );
    html += "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<meta name=\"referrer\" content=\"no-referrer\">\n";
    add(
        &mut html,
        format_args!(
            "<title>Direct cloud VM connections</title>\n<style>{STYLE}</style>\n</head>\n<body>\n<main>\n"
        ),
    );
    head(&mut html, summary, now);
    if summary.findings > 0 {
        section(&mut html, "Timeline", |html| timeline(html, findings));
        section(&mut html, "Access types", |html| accesses(html, summary));
        section(&mut html, "Actors and targets", |html| matrix(html, findings));
        sessions(&mut html, summary);
        section(&mut html, "Findings", |html| explained(html, summary, findings));
    }
    unread(&mut html, summary);
    add(
        &mut html,
        format_args!(
            "<footer>directvm {}. A log proves what was requested and what the provider answered, not what was done on the machine. Times are as logged.</footer>\n</main>\n</body>\n</html>\n",
            env!("CARGO_PKG_VERSION")
        ),
    );
    html
}

fn section(html: &mut String, title: &str, content: impl FnOnce(&mut String)) {
    add(html, format_args!("<section>\n<h2>{title}</h2>\n"));
    content(html);
    *html += "</section>\n";
}

fn head(html: &mut String, summary: &Summary, now: i64) {
    *html += "<h1>Direct cloud VM connections</h1>\n";
    let span = match &summary.span {
        Some([first, last]) => format!("{} to {}", Text(&first.1), Text(&last.1)),
        None => "no finding".to_owned(),
    };
    add(
        html,
        format_args!(
            "<p class=\"soft\">{span}. Made {}.</p>\n<ul class=\"tiles\">\n",
            format_iso(now)
        ),
    );
    let count = |severity| summary.severities.get(&severity).copied().unwrap_or(0);
    let tiles: [(&str, u64); 7] = [
        ("findings", summary.findings),
        ("critical", count(Severity::Critical)),
        ("high", count(Severity::High)),
        ("actors", summary.actors.different() as u64),
        ("targets", summary.targets.different() as u64),
        ("records", summary.records),
        ("files", summary.files),
    ];
    for (name, count) in tiles {
        let name = if count == 1 {
            name.trim_end_matches('s')
        } else {
            name
        };
        add(html, format_args!("<li><b>{count}</b>{name}</li>\n"));
    }
    *html += "</ul>\n";
}

fn accesses(html: &mut String, summary: &Summary) {
    *html += "<table class=\"narrow\">\n<tr><th>access type</th><th class=\"number\">findings</th></tr>\n";
    for (access, count) in largest(&summary.accesses, usize::MAX) {
        add(
            html,
            format_args!(
                "<tr><td>{}</td><td class=\"number\">{count}</td></tr>\n",
                words(access)
            ),
        );
    }
    *html += "</table>\n";
}

/// How many findings each actor has on each target.
fn matrix(html: &mut String, findings: &[&Shown]) {
    let mut actors: BTreeMap<String, u64> = BTreeMap::new();
    let mut targets: BTreeMap<String, u64> = BTreeMap::new();
    let mut cells: BTreeMap<(&str, &str), u64> = BTreeMap::new();
    for shown in findings {
        let actor = named(&shown.actor);
        *actors.entry(actor.to_owned()).or_default() += 1;
        for target in &shown.target {
            *targets.entry(target.clone()).or_default() += 1;
            *cells.entry((actor, target)).or_default() += 1;
        }
    }
    let (rows, columns) = (largest(&actors, MAX_MATRIX), largest(&targets, MAX_MATRIX / 2));
    *html += "<table class=\"matrix\">\n<tr><th>actor</th>";
    columns.iter().for_each(|(target, _)| {
        add(
            html,
            format_args!("<th class=\"number\">{}</th>", Text(&short(target))),
        );
    });
    *html += "<th class=\"number\">all</th></tr>\n";
    for (actor, all) in &rows {
        add(html, format_args!("<tr><td>{}</td>", Text(&short(actor))));
        for (target, _) in &columns {
            let count = cells
                .get(&(actor.as_str(), target.as_str()))
                .copied()
                .unwrap_or(0);
            let class = if count == 0 { "number zero" } else { "number" };
            add(html, format_args!("<td class=\"{class}\">{count}</td>"));
        }
        add(html, format_args!("<td class=\"number\">{all}</td></tr>\n"));
    }
    *html += "</table>\n";
    let beyond = [
        (actors.len() - rows.len(), "actors"),
        (targets.len() - columns.len(), "targets"),
    ];
    for (count, name) in beyond.into_iter().filter(|(count, _)| *count > 0) {
        add(
            html,
            format_args!("<p class=\"soft\">{count} more {name} are not in this table.</p>\n"),
        );
    }
}

/// Shortens a name to 80 characters, so that a column stays narrow.
fn short(name: &str) -> String {
    const MAX_LENGTH: usize = 80;
    let mut chars = name.chars();
    let short: String = chars.by_ref().take(MAX_LENGTH).collect();
    if chars.next().is_some() {
        short + "…"
    } else {
        short
    }
}

fn sessions(html: &mut String, summary: &Summary) {
    let mut all: Vec<&Session> = summary
        .sessions
        .values()
        .filter(|session| session.findings > 1)
        .collect();
    if all.is_empty() {
        return;
    }
    all.sort_by_key(|session| session.first.as_ref().map(|(moment, _)| *moment));
    section(html, "Sessions", |html| {
        *html += "<table>\n<tr><th>begin</th><th>duration</th><th>access</th><th>actor</th><th>target</th><th>session</th></tr>\n";
        for session in all.iter().take(MAX_SESSIONS) {
            let begin = session.first.as_ref().map_or("", |(_, time)| time.as_str());
            let length = session
                .seconds()
                .map_or_else(|| "no end logged".to_owned(), duration);
            add(
                html,
                format_args!(
                    "<tr><td class=\"time\">{}</td><td class=\"time\">{length}</td><td>{}</td><td>{}</td><td>{}</td><td>{}</td></tr>\n",
                    Text(begin),
                    words(session.access),
                    Text(named(&session.actor)),
                    Text(&session.target),
                    Text(&session.id)
                ),
            );
        }
        *html += "</table>\n";
        more(html, all.len(), MAX_SESSIONS, "sessions");
    });
}

fn explained(html: &mut String, summary: &Summary, findings: &[&Shown]) {
    if summary.findings > findings.len() as u64 {
        add(
            html,
            format_args!(
                "<p class=\"soft\">The {MAX_EXPLAINED} most severe of {} findings are explained here.</p>\n",
                summary.findings
            ),
        );
    }
    findings.iter().for_each(|shown| finding(html, shown));
}

fn finding(html: &mut String, shown: &Shown) {
    add(
        html,
        format_args!(
            "<article>\n<h3>{} {}</h3>\n<p>{}</p>\n",
            badge(shown.severity),
            Text(&shown.name),
            Text(&shown.summary)
        ),
    );
    if !shown.reasons.is_empty() {
        *html += "<ul>\n";
        shown
            .reasons
            .iter()
            .for_each(|reason| add(html, format_args!("<li>{}</li>\n", Text(reason))));
        *html += "</ul>\n";
    }
    *html += "<dl>\n";
    let verdict = format!("{} {}", shown.verdict, shown.tuning);
    let place = format!("{}, record {}", shown.file, shown.record);
    let cloud = format!("{}, {}", shown.cloud, shown.operation);
    let facts: [(&str, &str); 10] = [
        ("time", &shown.time),
        ("actor", &shown.actor),
        ("target", &shown.target.join(", ")),
        ("from", &shown.src),
        ("outcome", shown.outcome),
        ("session", &shown.session),
        ("verdict", verdict.trim_end()),
        ("operation", &cloud),
        ("technique", &shown.techniques.join(", ")),
        ("where", &place),
    ];
    for (name, value) in facts.into_iter().filter(|(_, value)| !value.is_empty()) {
        add(html, format_args!("<dt>{name}</dt><dd>{}</dd>\n", Text(value)));
    }
    *html += "</dl>\n</article>\n";
}

fn unread(html: &mut String, summary: &Summary) {
    let faults = summary.faults.iter().map(|(file, fault)| (file, fault.as_str()));
    let not_logs = summary
        .not_log_names
        .iter()
        .map(|file| (file, "not read: no cloud log found in it"));
    let all = summary.faults.len() as u64 + summary.more_faults + summary.not_logs;
    if all == 0 {
        return;
    }
    section(html, "What was not read", |html| {
        *html += "<table>\n<tr><th>file</th><th>why</th></tr>\n";
        for (file, fault) in faults.chain(not_logs).take(MAX_FAULTS) {
            add(
                html,
                format_args!("<tr><td>{}</td><td>{}</td></tr>\n", Text(file), Text(fault)),
            );
        }
        *html += "</table>\n";
        more(
            html,
            usize::try_from(all).unwrap_or(usize::MAX),
            MAX_FAULTS,
            "lines",
        );
    });
}

fn more(html: &mut String, all: usize, shown: usize, name: &str) {
    if all > shown {
        add(
            html,
            format_args!("<p class=\"soft\">and {} more {name}</p>\n", all - shown),
        );
    }
}

fn badge(severity: Severity) -> impl Display {
    format!("<span class=\"badge {severity}\">{severity}</span>")
}

fn words(access: AccessType) -> String {
    access.as_str().replace('_', " ")
}

fn named(actor: &str) -> &str {
    if actor.is_empty() { "(none named)" } else { actor }
}
