//! A table of a report: read by its script, and written as plain HTML for browsers that run none.

use super::html::{Text, add};
use super::rows::Row;
use super::texts::Texts;
use crate::scan::lines::short_actor;
use crate::scan::summary::duration;
use std::fmt::Write;

/// Values of a cell that are written without script.
const MAX_VALUES: usize = 10;

/// How the values of a column are shown and sorted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// ISO 8601 in UTC.
    Time,
    /// A severity, with its colour.
    Severity,
    /// Who: of an ARN only what tells who it is, unless it is copied.
    Actor,
    /// A number.
    Number,
    /// A number of seconds.
    Seconds,
    /// Any text.
    Text,
    /// A word of the program, with `_` for spaces.
    Word,
}

impl Kind {
    const fn name(self) -> &'static str {
        match self {
            Self::Time => "time",
            Self::Severity => "severity",
            Self::Actor => "actor",
            Self::Number => "number",
            Self::Seconds => "seconds",
            Self::Text => "text",
            Self::Word => "word",
        }
    }
}

/// A column.
#[derive(Debug, Clone, Copy)]
pub struct Column {
    /// The name of its field.
    pub field: &'static str,
    /// Its heading.
    pub title: &'static str,
    /// How it is shown.
    pub kind: Kind,
    /// Its share of the width.
    pub share: u16,
}

/// A column of a kind.
pub const fn column(title: &'static str, field: &'static str, kind: Kind, share: u16) -> Column {
    Column {
        field,
        title,
        kind,
        share,
    }
}

/// What opening a row does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Opens {
    /// Shows a finding.
    Finding,
    /// Shows the fields of the row.
    Fields,
    /// Looks for the first column's value among the findings.
    Findings,
}

/// A table.
pub struct Grid<'r> {
    /// The id of its section.
    pub id: &'static str,
    /// Its heading.
    pub title: &'static str,
    /// What opening a row does.
    pub opens: Opens,
    /// The names of the fields of its rows, by number.
    pub fields: Vec<&'static str>,
    /// What is shown.
    pub columns: &'static [Column],
    /// What is shown without script.
    pub plain: &'static [Column],
    /// The rows.
    pub rows: &'r [Row],
    /// What is said below it; may be empty.
    pub note: String,
}

impl Grid<'_> {
    fn number(&self, field: &str) -> u8 {
        let at = self.fields.iter().position(|known| *known == field);
        at.and_then(|at| u8::try_from(at).ok()).unwrap_or(u8::MAX)
    }

    /// Writes its section: a place for the script, and the plain table.
    pub fn section(&self, html: &mut String, texts: &Texts) {
        let (id, title) = (self.id, self.title);
        add(
            html,
            format_args!("<section id=\"{id}\">\n<h2>{title}</h2>\n<noscript>\n<table>\n<tr>"),
        );
        for Column { title, kind, .. } in self.plain {
            add(html, format_args!("<th class=\"{}\">{title}</th>", kind.name()));
        }
        *html += "</tr>\n";
        let numbers: Vec<u8> = self
            .plain
            .iter()
            .map(|column| self.number(column.field))
            .collect();
        for row in self.rows {
            *html += "<tr>";
            for (column, number) in self.plain.iter().zip(&numbers) {
                add(html, format_args!("<td class=\"{}\">", column.kind.name()));
                cell(
                    html,
                    column.kind,
                    row.values(*number).map(|number| texts.text(number)),
                );
                *html += "</td>";
            }
            *html += "</tr>\n";
        }
        *html += "</table>\n</noscript>\n";
        if !self.note.is_empty() {
            add(html, format_args!("<p class=\"soft\">{}</p>\n", Text(&self.note)));
        }
        *html += "</section>\n";
    }

    /// Writes it as JSON: `fields`, `columns` as `[field, title, kind, share]`, `rows` as lists of field and text, by number.
    pub fn json(&self, json: &mut String) {
        let opens = match self.opens {
            Opens::Finding => "finding",
            Opens::Fields => "fields",
            Opens::Findings => "findings",
        };
        let columns = self.columns.iter().map(|column| {
            let (number, kind) = (self.number(column.field), column.kind.name());
            serde_json::json!([number, column.title, kind, column.share])
        });
        let head = serde_json::json!({
            "id": self.id, "opens": opens, "fields": self.fields, "columns": columns.collect::<Vec<_>>(),
        });
        let head = head.to_string();
        // Writing to a string does not fail.
        let _ = write!(json, "{},\"rows\":[", head.trim_end_matches('}'));
        for (at, row) in self.rows.iter().enumerate() {
            *json += if at > 0 { ",\n[" } else { "\n[" };
            for (at, (field, text)) in row.cells.iter().enumerate() {
                let comma = if at > 0 { "," } else { "" };
                let _ = write!(json, "{comma}{field},{text}");
            }
            json.push(']');
        }
        *json += "]}";
    }
}

/// Writes the values of a cell, with a line for each.
fn cell<'t>(html: &mut String, kind: Kind, mut values: impl Iterator<Item = &'t str>) {
    for (at, value) in values.by_ref().take(MAX_VALUES).enumerate() {
        if at > 0 {
            *html += "<br>";
        }
        match kind {
            Kind::Severity => badge(html, value),
            Kind::Word => add(html, format_args!("{}", Text(&value.replace('_', " ")))),
            Kind::Seconds => add(html, format_args!("{}", duration(value.parse().unwrap_or(0)))),
            Kind::Time => add(html, format_args!("{}", Text(&value.replace(['T', 'Z'], " ")))),
            Kind::Actor => {
                let (lead, short) = value.split_at(lead(value));
                if !lead.is_empty() {
                    add(html, format_args!("<span class=\"lead\">{}</span>", Text(lead)));
                }
                add(html, format_args!("{}", Text(short)));
            }
            Kind::Number | Kind::Text => add(html, format_args!("{}", Text(value))),
        }
    }
    let more = values.count();
    if more > 0 {
        add(html, format_args!("<br>and {more} more"));
    }
}

/// Writes a severity.
pub fn badge(html: &mut String, severity: &str) {
    let severity = Text(severity);
    add(
        html,
        format_args!("<span class=\"badge {severity}\">{severity}</span>"),
    );
}

/// Bytes at the beginning of an actor that say nothing of who it is.
pub fn lead(actor: &str) -> usize {
    actor.len() - short_actor(actor).len()
}
