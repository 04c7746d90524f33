//! One row of a list → a rule, or everything that is wrong with it.

use super::list::{Fault, Header};
use super::rule::{Action, Alternative, Condition, Expiry, Field, TuningRule};
use super::time;
use crate::catalogue::{AccessType, Cloud, Severity};
use std::collections::HashMap;

/// A row whose cells are as many as the header's.
pub struct Row<'h> {
    /// Where it begins.
    pub line: u64,
    /// What its cells mean.
    pub header: &'h Header,
    /// Without blanks around them.
    pub cells: Vec<String>,
}

/// Reads a row; `ids` holds those of earlier rules, in lower case, with their lines.
pub fn rule(row: &Row<'_>, ids: &HashMap<String, u64>) -> Result<TuningRule, Vec<Fault>> {
    let mut faults = row.strange_cells();
    let mut take = |name: &str, text: String| faults.push(row.fault(name, &text));
    let mut conditions = Vec::new();
    for field in Field::ALL {
        match condition(field, row.cell(field.name())) {
            Ok(condition) => conditions.extend(condition),
            Err(text) => take(field.name(), text),
        }
    }
    let enabled = enabled(row.cell("enabled")).unwrap_or_else(|text| {
        take("enabled", text);
        false
    });
    let action = action(row.cell("action"), row.cell("value")).unwrap_or_else(|(name, text)| {
        take(name, text);
        Action::Step(0)
    });
    let expires = expiry(row.cell("expires")).unwrap_or_else(|text| {
        take("expires", text);
        None
    });
    for name in ["id", "reason", "owner"]
        .into_iter()
        .filter(|name| row.cell(name).is_empty())
    {
        take(name, format!("a rule needs its {name}"));
    }
    if let Some(line) = ids.get(&row.cell("id").to_lowercase()) {
        take("id", format!("the rule in line {line} is called so too"));
    }
    if conditions.iter().all(Condition::is_vacuous) && faults.is_empty() {
        faults.push(row.whole_fault("the rule has no condition that anything could fail"));
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

    /// Values where there should be none, and line breaks or control characters that a broken quote leaves behind.
    fn strange_cells(&self) -> Vec<Fault> {
        let strange = self
            .header
            .strange()
            .iter()
            .filter(|at| !self.cells[**at].is_empty());
        let mut faults: Vec<Fault> = strange
            .map(|at| {
                self.header
                    .fault(self.line, *at, "a value under a column that means nothing here")
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

/// A cell's condition; none where anything fits, and no value at all does too.
fn condition(field: Field, cell: &str) -> Result<Option<Condition>, String> {
    if cell.is_empty() {
        return Ok(None);
    }
    let mut alternatives = Vec::new();
    for text in cell.split('|').map(str::trim) {
        if text.is_empty() {
            return Err("an empty alternative: a | stands at the edge or beside another".to_owned());
        }
        let alternative = Alternative::new(field, &text.to_lowercase())?;
        match words(field) {
            Some(words) => alternatives.extend(known(&alternative, &words)?),
            None => alternatives.push(alternative),
        }
    }
    alternatives.dedup();
    let is_anything = match words(field) {
        Some(words) => words
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

/// The only values of a field.
fn words(field: Field) -> Option<Vec<&'static str>> {
    match field {
        Field::Cloud => Some(Cloud::ALL.iter().map(|word| word.as_str()).collect()),
        Field::Access => Some(AccessType::ALL.iter().map(|word| word.as_str()).collect()),
        _ => None,
    }
}

/// The known words that an alternative means.
fn known(alternative: &Alternative, words: &[&'static str]) -> Result<Vec<Alternative>, String> {
    let meant = |word: &&&str| alternative.covers(&Alternative::Exact((**word).to_owned()));
    let meant: Vec<Alternative> = words
        .iter()
        .filter(meant)
        .map(|word| Alternative::Exact((*word).to_owned()))
        .collect();
    match alternative {
        Alternative::Exact(text) | Alternative::Glob(text) if meant.is_empty() => {
            Err(format!("\"{text}\" is unknown; allowed: {}", words.join(", ")))
        }
        _ => Ok(meant),
    }
}

/// As Splunk takes booleans; a rule is on unless the cell says otherwise.
fn enabled(cell: &str) -> Result<bool, String> {
    match cell.to_ascii_lowercase().as_str() {
        "" | "1" | "t" | "true" | "y" | "yes" => Ok(true),
        "0" | "f" | "false" | "n" | "no" => Ok(false),
        _ => Err(format!(
            "\"{cell}\" is not allowed; allowed: 1, t, true, y, yes, 0, f, false, n, no"
        )),
    }
}

fn action(action: &str, value: &str) -> Result<Action, (&'static str, String)> {
    let without_value = |action: Action| {
        if value.is_empty() {
            Ok(action)
        } else {
            Err((
                "value",
                format!("\"{value}\" belongs to action severity; leave the cell empty"),
            ))
        }
    };
    match action.to_ascii_lowercase().as_str() {
        "suppress" => without_value(Action::Suppress),
        "expect" => without_value(Action::Expect),
        "severity" => severity(value).map_err(|text| ("value", text)),
        _ => Err((
            "action",
            format!("\"{action}\" is not allowed; allowed: suppress, expect, severity"),
        )),
    }
}

fn severity(value: &str) -> Result<Action, String> {
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

fn expiry(cell: &str) -> Result<Option<Expiry>, String> {
    if cell.is_empty() {
        return Ok(None);
    }
    let at = time::of_iso(cell).ok_or_else(|| {
        format!(
            "\"{cell}\" is no time; allowed: 2026-12-31 (from its first moment on, UTC), 2026-12-31T18:00:00Z"
        )
    })?;
    Ok(Some(Expiry {
        text: cell.to_owned(),
        at,
    }))
}
