//! Renders the page: HTML with an inline style and one inline script, both named by their hashes. Every value of a log is escaped,
//! and nothing is loaded.

use super::grid::Kind::{Actor, Number, Seconds, Severity as Level, Text as Words, Time, Word};
use super::grid::{Column, Grid, Opens, badge, column, lead};
use super::groups;
use super::html::{Text, add, hash};
use super::rows::{ReportRows, Row, fields};
use super::texts::Texts;
use super::timeline::timeline;
use crate::catalogue::{Catalogue, Severity};
use crate::detect::tune::time::format_iso;
use crate::scan::summary::{Summary, largest};
use crate::scan::summary_text::{Scanned, count, covered, nothing};

const STYLE: &str = include_str!("style.css");
const SCRIPT: &str = include_str!("report.js");

const FINDINGS: &[Column] = &[
    column("UTC", "time", Time, 18),
    column("severity", "dvm_severity", Level, 9),
    column("result", "dvm_outcome", Word, 8),
    column("actor", "dvm_actor", Actor, 18),
    column("target", "dvm_target", Words, 20),
    column("access", "dvm_access", Word, 12),
    column("operation", "dvm_operation_name", Words, 14),
    column("from", "dvm_src", Words, 14),
];
/// What the plain table has besides: it has no details.
const PLAIN: &[Column] = &[
    FINDINGS[0],
    FINDINGS[1],
    FINDINGS[2],
    FINDINGS[3],
    FINDINGS[4],
    FINDINGS[7],
    column("what", "dvm_summary", Words, 0),
    column("file", "file", Words, 0),
    column("record", "record", Words, 0),
];
const CASES: &[Column] = &[
    column("begin, UTC", "time", Time, 19),
    column("severity", "dvm_severity", Level, 9),
    column("links", "dvm_link", Word, 20),
    column("who", "dvm_principal", Actor, 22),
    column("machines", "dvm_target", Words, 18),
    column("records", "dvm_records", Number, 7),
    column("case", "dvm_case", Words, 18),
];
const SESSIONS: &[Column] = &[
    column("begin, UTC", "time", Time, 19),
    column("state", "dvm_session_state", Word, 8),
    column("duration", "dvm_session_seconds", Seconds, 9),
    column("access", "dvm_access", Word, 11),
    column("actor", "dvm_actor", Actor, 20),
    column("target", "dvm_target", Words, 18),
    column("ended by", "dvm_ended_by", Actor, 14),
    column("session", "dvm_session", Words, 16),
];
const PRINCIPALS: &[Column] = &[
    column("principal", "name", Actor, 26),
    column("findings", "findings", Number, 8),
    column("gravest", "severity", Level, 10),
    column("persons", "persons", Words, 18),
    column("names used", "names", Number, 9),
    column("machines", "machines", Number, 9),
    column("access", "access", Word, 22),
    column("first, UTC", "first", Time, 24),
    column("last, UTC", "last", Time, 24),
];
const MACHINES: &[Column] = &[
    column("machine", "name", Words, 26),
    column("findings", "findings", Number, 8),
    column("gravest", "severity", Level, 10),
    column("who", "who", Actor, 30),
    column("access", "access", Word, 22),
    column("first, UTC", "first", Time, 24),
    column("last, UTC", "last", Time, 24),
];
const OPERATIONS: &[Column] = &[
    column("operation", "operation", Words, 24),
    column("findings", "findings", Number, 8),
    column("what it does", "summary", Words, 40),
    column("what to check first", "triage", Words, 40),
    column("what the log does not show", "limits", Words, 40),
];
const NOT_READ: &[Column] = &[column("file", "file", Words, 50), column("why", "why", Words, 70)];

/// What a page says of itself.
pub struct About<'a> {
    /// The time and the scope of the scan.
    pub scanned: &'a Scanned,
    /// The command line.
    pub command: &'a str,
    /// Now, in microseconds since 1970 UTC.
    pub now: i64,
    /// What is known of the operations.
    pub catalogue: &'a Catalogue,
}

/// Renders the page.
pub fn page(summary: &Summary, mut rows: ReportRows, about: &About<'_>) -> String {
    rows.finish();
    let principals = groups::principals(&mut rows);
    let machines = groups::machines(&mut rows);
    let operations = groups::operations(&mut rows, about.catalogue);
    let not_read = not_read(summary, &mut rows.texts);
    let grids = grids(&rows, [&principals, &machines, &operations, &not_read], summary);
    let mut html = String::with_capacity(1 << 20);
    head(&mut html);
    title(&mut html, summary, about);
    navigation(&mut html, &grids);
    if !rows.findings.rows.is_empty() {
        html += "<section id=\"timeline\">\n<h2>Timeline</h2>\n";
        timeline(&mut html, &rows.findings.rows);
        html += "</section>\n";
    }
    for grid in grids.iter().filter(|grid| !grid.rows.is_empty()) {
        grid.section(&mut html, &rows.texts);
    }
    add(
        &mut html,
        format_args!(
            "<footer>directvm {}. A log proves what was requested and what the provider answered, not what was done on the machine. Times are UTC.</footer>\n</main>\n",
            env!("CARGO_PKG_VERSION")
        ),
    );
    data(&mut html, &grids, &rows.texts);
    add(
        &mut html,
        format_args!("<script>{SCRIPT}</script>\n</body>\n</html>\n"),
    );
    html
}

fn head(html: &mut String) {
    *html += "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n";
    add(
        html,
        format_args!(
            "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'sha256-{}'; script-src 'sha256-{}'; base-uri 'none'; form-action 'none'\">\n",
            hash(STYLE),
            hash(SCRIPT)
        ),
    );
    *html += "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<meta name=\"referrer\" content=\"no-referrer\">\n";
    add(
        html,
        format_args!(
            "<title>Direct cloud VM connections</title>\n<style>{STYLE}</style>\n</head>\n<body>\n<main>\n"
        ),
    );
}

fn title(html: &mut String, summary: &Summary, about: &About<'_>) {
    *html += "<h1>Direct cloud VM connections</h1>\n";
    let not_read = summary.not_logs + summary.lost + summary.unread.values().sum::<u64>();
    let files = format!(
        "{}, {}",
        count(summary.files, "file") + " read",
        count(summary.records, "record")
    );
    let mut facts = vec![files];
    if not_read > 0 {
        facts.push(format!("{not_read} not read"));
    }
    facts.push(covered(summary));
    facts.push(format!("scope {}", about.scanned.scope));
    facts.push(format!(
        "made {} by directvm {}",
        format_iso(about.now),
        env!("CARGO_PKG_VERSION")
    ));
    facts.retain(|fact| !fact.is_empty());
    add(
        html,
        format_args!(
            "<p class=\"soft\">{}</p>\n<p><code>{}</code></p>\n",
            Text(&facts.join(" · ")),
            Text(about.command)
        ),
    );
    if let Some(text) = nothing(summary, about.scanned) {
        add(html, format_args!("<p><b>{text}</b></p>\n"));
        return;
    }
    *html += "<ul class=\"tiles\">\n";
    for (severity, count) in summary.severities.iter().rev() {
        add(html, format_args!("<li><b>{count}</b>"));
        badge(html, severity.as_str());
        *html += "</li>\n";
    }
    *html += "</ul>\n<p class=\"soft\">";
    let accesses = largest(&summary.accesses, usize::MAX);
    let accesses = accesses
        .iter()
        .map(|(access, count)| format!("{} {count}", access.as_str().replace('_', " ")));
    *html += &accesses.collect::<Vec<_>>().join(" · ");
    *html += "</p>\n";
}

fn navigation(html: &mut String, grids: &[Grid<'_>]) {
    *html += "<nav>";
    for grid in grids.iter().filter(|grid| !grid.rows.is_empty()) {
        let (id, title, rows) = (grid.id, grid.title, grid.rows.len());
        add(html, format_args!("<a href=\"#{id}\">{title} {rows}</a> "));
    }
    *html += "</nav>\n";
}

/// What was not read, and why.
fn not_read(summary: &Summary, texts: &mut Texts) -> Vec<Row> {
    let faults = summary
        .faults
        .iter()
        .map(|(file, fault)| (file.as_str(), fault.as_str()));
    let not_logs = summary.not_log_names.iter();
    let not_logs = not_logs.map(|file| (file.as_str(), "skipped: no cloud log was found in it"));
    let to_row = |(file, why): (&str, &str)| Row {
        time: None,
        weight: (true, Severity::Informational, 0),
        cells: [(0, texts.number(file)), (1, texts.number(why))].into(),
    };
    faults.chain(not_logs).map(to_row).collect()
}

fn grids<'r>(
    rows: &'r ReportRows,
    [principals, machines, operations, not_read]: [&'r [Row]; 4],
    summary: &Summary,
) -> [Grid<'r>; 7] {
    let of_findings: Vec<_> = fields().collect();
    let grid = |id, title, opens, columns, rows| Grid {
        id,
        title,
        opens,
        fields: of_findings.clone(),
        columns,
        plain: columns,
        rows,
        note: String::new(),
    };
    let beyond = |count: u64, what: &str| match count {
        0 => String::new(),
        more => format!(
            "{} of lesser weight are not in this page",
            self::count(more, what)
        ),
    };
    let unread = summary.more_faults
        + summary
            .not_logs
            .saturating_sub(summary.not_log_names.len() as u64);
    let of_groups = groups::FIELDS.to_vec();
    let (findings, sessions, cases) = (&rows.findings, &rows.sessions, &rows.cases);
    [
        Grid {
            plain: PLAIN,
            note: beyond(findings.beyond, "finding"),
            ..grid("findings", "Findings", Opens::Finding, FINDINGS, &findings.rows)
        },
        Grid {
            note: beyond(cases.beyond, "case"),
            ..grid("cases", "Cases", Opens::Fields, CASES, &cases.rows)
        },
        Grid {
            fields: of_groups.clone(),
            ..grid("actors", "Principals", Opens::Findings, PRINCIPALS, principals)
        },
        Grid {
            fields: of_groups,
            ..grid("machines", "Machines", Opens::Findings, MACHINES, machines)
        },
        Grid {
            note: beyond(sessions.beyond, "session"),
            ..grid("sessions", "Sessions", Opens::Fields, SESSIONS, &sessions.rows)
        },
        Grid {
            fields: groups::OPERATION_FIELDS.to_vec(),
            ..grid("operations", "Operations", Opens::Fields, OPERATIONS, operations)
        },
        Grid {
            fields: vec!["file", "why"],
            note: if unread > 0 {
                format!("and {}", self::count(unread, "more file"))
            } else {
                String::new()
            },
            ..grid("unread", "What was not read", Opens::Fields, NOT_READ, not_read)
        },
    ]
}

/// Writes what the script reads: the texts, how much of each actor is only a lead, the tables.
fn data(html: &mut String, grids: &[Grid<'_>], texts: &Texts) {
    let mut json = String::from("{\"texts\":");
    let all: Vec<&str> = texts.all().iter().map(|text| &**text).collect();
    // Texts can always be written.
    json += &serde_json::to_string(&all).unwrap_or_default();
    let leads = all
        .iter()
        .enumerate()
        .filter(|(_, text)| text.starts_with("arn:"));
    let leads = leads.map(|(number, text)| (number, text[..lead(text)].encode_utf16().count()));
    let leads: Vec<(usize, usize)> = leads.filter(|(_, lead)| *lead > 0).collect();
    json += &format!(",\"leads\":{}", serde_json::to_string(&leads).unwrap_or_default());
    json += ",\"grids\":[";
    for (at, grid) in grids.iter().filter(|grid| !grid.rows.is_empty()).enumerate() {
        json += if at > 0 { ",\n" } else { "\n" };
        grid.json(&mut json);
    }
    json += "]}";
    *html += "<script type=\"application/json\" id=\"tables\">";
    // No text may end the element.
    for piece in json.split_inclusive(['<', '>']) {
        let (plain, sign) = piece.split_at(piece.trim_end_matches(['<', '>']).len());
        *html += plain;
        sign.chars()
            .for_each(|sign| *html += if sign == '<' { "\\u003c" } else { "\\u003e" });
    }
    *html += "</script>\n";
}
