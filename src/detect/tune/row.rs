//! Parses one row of a list into a rule, or all its faults.

use super::field::Field;
use super::header::{Fault, Header};
use super::rule::{Action, Alternative, Condition, Expiry, TuningRule};
use super::time;
use crate::catalogue::{AccessType, Cloud, Severity};
use crate::words::{parse_boolean, spellings};
use std::collections::HashMap;

/// A row with as many cells as the header.
pub struct Row<'h> {
    /// Line at which it begins.
    pub line: u64,
    /// The columns of its cells.
    pub header: &'h Header,
    /// The cells, trimmed.
    pub cells: Vec<String>,
}

/// Parses a row; `ids` are those of earlier rules in lower case, with their lines.
pub fn parse_rule(row: &Row<'_>, ids: &HashMap<String, u64>) -> Result<TuningRule, Vec<Fault>> {
    let mut faults = row.unusable_cells();
    let mut add_fault = |name: &str, text: String| faults.push(row.fault(name, &text));
    let mut conditions = Vec::new();
    for field in Field::ALL {
        match parse_condition(field, row.cell(field.name())) {
            Ok(condition) => conditions.extend(condition),
            Err(text) => add_fault(field.name(), text),
        }
    }
    let enabled = parse_enabled(row.cell("enabled")).unwrap_or_else(|text| {
        add_fault("enabled", text);
        false
    });
    let action = parse_action(row.cell("action"), row.cell("value")).unwrap_or_else(|(name, text)| {
        add_fault(name, text);
        Action::Step(0)
    });
    let expires = parse_expiry(row.cell("expires")).unwrap_or_else(|text| {
        add_fault("expires", text);
        None
    });
    for name in ["id", "reason", "owner"]
        .into_iter()
        .filter(|name| row.cell(name).is_empty())
    {
        add_fault(name, format!("a rule needs a value for {name}"));
    }
    if let Some(line) = ids.get(&row.cell("id").to_ascii_lowercase()) {
        add_fault("id", format!("the rule in line {line} has the same id"));
    }
    if conditions.iter().all(Condition::is_vacuous) && faults.is_empty() {
        faults.push(row.whole_fault("the rule matches every finding; add a condition"));
    }
    if !faults.is_empty() {
        return Err(faults);
    }
    Ok(TuningRule {
        line: row.line,
        id: row.cell("id").to_owned(),
        enabled,
        conditions,
        action,
        expires,
        reason: row
            .cell("reason")
            .split_whitespace()
            .collect::<Vec<_>>()
            .join(" "),
        owner: row.cell("owner").to_owned(),
    })
}

impl Row<'_> {
    fn cell(&self, name: &str) -> &str {
        self.cells.get(self.header.at(name)).map_or("", String::as_str)
    }

    fn fault(&self, name: &str, text: &str) -> Fault {
        self.header.fault(self.line, self.header.at(name), text)
    }

    fn whole_fault(&self, text: &str) -> Fault {
        Fault {
            line: self.line,
            column: None,
            text: text.to_owned(),
        }
    }

    /// Faults of values in unknown columns, and of line breaks and control characters, as a missing quote leaves them.
    fn unusable_cells(&self) -> Vec<Fault> {
        let unusable = self
            .header
            .unusable()
            .iter()
            .filter(|at| !self.cells[**at].is_empty());
        let mut faults: Vec<Fault> = unusable
            .map(|at| {
                self.header
                    .fault(self.line, *at, "a value in an unknown or repeated column")
            })
            .collect();
        for (at, cell) in self
            .cells
            .iter()
            .enumerate()
            .filter(|(at, _)| *at != self.header.at("reason"))
        {
            if cell.contains(char::is_control) {
                let text = "a line break or control character; is a quote missing?";
                faults.push(self.header.fault(self.line, at, text));
            }
        }
        faults
    }
}

/// Parses the condition in a cell; `None` where every value matches, and a missing one too.
fn parse_condition(field: Field, cell: &str) -> Result<Option<Condition>, String> {
    if cell.is_empty() {
        return Ok(None);
    }
    let mut alternatives = Vec::new();
    for text in cell.split('|').map(str::trim) {
        if text.is_empty() {
            return Err(
                "an empty alternative: remove the | at the start or end, or the doubled one".to_owned(),
            );
        }
        let alternative = Alternative::new(field, &text.to_ascii_lowercase())?;
        match allowed_values(field) {
            Some(allowed) => alternatives.extend(expand(&alternative, &allowed)?),
            None => alternatives.push(alternative),
        }
    }
    alternatives.dedup();
    let is_anything = match allowed_values(field) {
        Some(allowed) => allowed
            .iter()
            .all(|word| alternatives.contains(&Alternative::Exact((*word).to_owned()))),
        None => cell.split('|').any(|text| text.trim().bytes().all(|b| b == b'*')),
    };
    Ok((!is_anything).then(|| Condition {
        field,
        text: cell.to_owned(),
        alternatives,
    }))
}

/// All values of a field that has a fixed set of them.
fn allowed_values(field: Field) -> Option<Vec<&'static str>> {
    match field {
        Field::Cloud => Some(Cloud::ALL.iter().map(|word| word.as_str()).collect()),
        Field::Access => Some(AccessType::ALL.iter().map(|word| word.as_str()).collect()),
        _ => None,
    }
}

/// The allowed values that an alternative matches.
fn expand(alternative: &Alternative, allowed: &[&'static str]) -> Result<Vec<Alternative>, String> {
    let matches = |word: &&&str| alternative.covers(&Alternative::Exact((**word).to_owned()));
    let matched: Vec<Alternative> = allowed
        .iter()
        .filter(matches)
        .map(|word| Alternative::Exact((*word).to_owned()))
        .collect();
    match alternative {
        Alternative::Exact(text) | Alternative::Glob(text) if matched.is_empty() => {
            Err(format!("\"{text}\" is unknown; allowed: {}", allowed.join(", ")))
        }
        _ => Ok(matched),
    }
}

/// Parses `enabled`; an empty cell means on.
fn parse_enabled(cell: &str) -> Result<bool, String> {
    if cell.is_empty() {
        return Ok(true);
    }
    parse_boolean(cell).ok_or_else(|| format!("\"{cell}\" is not allowed; allowed: {}", spellings()))
}

fn parse_action(action: &str, value: &str) -> Result<Action, (&'static str, String)> {
    let without_value = |action: Action| {
        if value.is_empty() {
            Ok(action)
        } else {
            Err((
                "value",
                format!("\"{value}\" is only allowed with action severity; leave the cell empty"),
            ))
        }
    };
    match action.to_ascii_lowercase().as_str() {
        "suppress" => without_value(Action::Suppress),
        "expect" => without_value(Action::Expect),
        "severity" => parse_severity(value).map_err(|text| ("value", text)),
        _ => Err((
            "action",
            format!("\"{action}\" is not allowed; allowed: suppress, expect, severity"),
        )),
    }
}

fn parse_severity(value: &str) -> Result<Action, String> {
    match value {
        "+1" => Ok(Action::Step(1)),
        "-1" => Ok(Action::Step(-1)),
        _ => Severity::parse(value).map(Action::Level).ok_or_else(|| {
            let levels: Vec<&str> = Severity::ALL.iter().map(|level| level.as_str()).collect();
            format!(
                "\"{value}\" is not allowed; allowed: {}, +1, -1",
                levels.join(", ")
            )
        }),
    }
}

fn parse_expiry(cell: &str) -> Result<Option<Expiry>, String> {
    if cell.is_empty() {
        return Ok(None);
    }
    let at = time::parse_iso(cell).ok_or_else(|| {
        format!(
            "\"{cell}\" is not a time; allowed: 2026-12-31 (the start of that day, UTC), 2026-12-31T18:00:00Z"
        )
    })?;
    Ok(Some(Expiry {
        text: cell.to_owned(),
        at,
    }))
}
