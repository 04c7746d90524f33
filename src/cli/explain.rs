//! `directvm explain`: a readable account of each event in a file.

use super::output::{read, unreadable, write};
use crate::catalogue::{Catalogue, Scope};
use crate::detect::trace::{Explanation, explain};
use crate::detect::tune::rule::{Refusal, TuningRule};
use crate::detect::tune::{Tried, TryResult, Tuning};
use crate::detect::{Detector, Filter};
use crate::event::Path;
use crate::scan::color::harmless;
use crate::scan::unpacked;
use clap::{Args, ValueEnum};
use serde_json::{Value, json};
use std::path::PathBuf;
use std::process::ExitCode;

const EXAMPLES: &str = "Examples:
  directvm explain event.json
  jq -c '.Records[7]' trail.json | directvm explain
  directvm explain --tuning directvm_tuning.csv --format json event.json";

/// Arguments of `explain`.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct Arguments {
    /// The event as JSON, in any shape that a search reads; `-` or nothing for standard input.
    #[arg(default_value = "-")]
    path: PathBuf,
    /// For people, or for machines.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
    /// A tuning list to try on it.
    #[arg(long, value_name = "FILE")]
    tuning: Option<PathBuf>,
}

/// How an account is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For people.
    Text,
    /// For machines: one object a line, one line an event.
    Json,
}

/// How many tuning rules that do not apply are shown in a text.
const REFUSED_SHOWN: usize = 20;

/// Runs the subcommand.
pub fn run(arguments: &Arguments) -> ExitCode {
    match account(arguments).and_then(|text| write(&text)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(text) => unreadable(&text),
    }
}

fn account(arguments: &Arguments) -> Result<String, String> {
    let event = unpacked(&read(&arguments.path)?)
        .map_err(|fault| format!("{}: {fault}", arguments.path.display()))?;
    let tuning = match &arguments.tuning {
        Some(list) => Tuning::parse(&read(list)?),
        None => Tuning::default(),
    };
    let catalogue = Catalogue::embedded().map_err(|error| error.to_string())?;
    of_text(&detector(&catalogue, tuning), &event, arguments.format)
        .map_err(|fault| format!("{}: {fault}", arguments.path.display()))
}

/// Looks for everything, so that everything is explained.
pub fn detector(catalogue: &Catalogue, tuning: Tuning) -> Detector {
    let filter = Filter {
        scope: Scope::Extended,
        ..Filter::default()
    };
    Detector::new(catalogue, filter).tuned(tuning)
}

/// The accounts of all events in a text, one after the other.
pub fn of_text(detector: &Detector, event: &[u8], format: Format) -> Result<String, String> {
    let mut accounts = Vec::new();
    let reader = detector.reader();
    let document = reader.read(event);
    for entry in document.entries(reader) {
        let explanation = explain(detector, entry.format, &entry.value);
        accounts.push(match format {
            Format::Text => text(detector, &explanation),
            Format::Json => json(detector, &explanation).to_string(),
        });
    }
    if document.roots().next().is_none() {
        return Err("holds no JSON".to_owned());
    }
    if accounts.is_empty() {
        accounts.push(match format {
            Format::Text => no_format(detector),
            Format::Json => json!({ "shape": null }).to_string(),
        });
    }
    Ok(accounts.join("\n") + "\n")
}

fn no_format(detector: &Detector) -> String {
    let mut text = "shape: none that is known. An entry has one of these names:\n".to_owned();
    for (_, format) in detector.reader().formats() {
        let paths = format.name_paths().iter().map(Path::text);
        let paths = paths.collect::<Vec<_>>().join(" or ");
        text.push_str(&format!("  {}: {paths}\n", format.title()));
    }
    text
}

/// An account for people.
pub fn text(detector: &Detector, explanation: &Explanation<'_>) -> String {
    let mut text = head(detector, explanation);
    if !explanation.facts.is_empty() {
        text.push_str("fields, with the path each came from:\n");
    }
    for found in &explanation.facts {
        let elsewhere = if found.fact == found.path {
            String::new()
        } else {
            format!(" (for {})", found.fact)
        };
        text.push_str(&format!(
            "  {}{elsewhere} = {}\n",
            found.path,
            one_line(&found.value)
        ));
    }
    let Some(finding) = &explanation.finding else {
        return text;
    };
    text.push_str("severity, step by step:\n");
    for reason in &finding.reasons {
        text.push_str(&format!("  {}\n", one_line(reason)));
    }
    text.push_str(&format!("  = {}, score {}\n", finding.severity, finding.score));
    text.push_str(&tuning(detector, explanation));
    text.push_str("row:\n");
    for (name, values) in explanation.row() {
        text.push_str(&format!("  {name} = {}\n", one_line(&values.join(" | "))));
    }
    text
}

/// Shape, operation, and why it is that or none.
pub fn head(detector: &Detector, explanation: &Explanation<'_>) -> String {
    let format = detector.reader().format(explanation.format);
    let mut text = format!("shape: {}\n", format.title());
    let (path, name) = match &explanation.name {
        Some((path, name)) => (*path, name.as_str()),
        None => ("no name", "a sign-in"),
    };
    let name = format!("{path}={}", one_line(name));
    match &explanation.finding {
        Some(finding) => {
            let rule = finding.rule;
            text.push_str(&format!(
                "operation: {} ({}), {}\n  {}\n",
                rule.id, rule.operation.name, finding.access, rule.operation.summary
            ));
            text.push_str(&format!("  because {name}\n"));
            for condition in rule.conditions() {
                text.push_str(&format!("  and {condition}: so it is\n"));
            }
        }
        None if explanation.misses.is_empty() => {
            text.push_str(&format!(
                "operation: none; {name} is no name in the catalogue
"
            ));
        }
        None => text.push_str(&format!(
            "operation: none; {name} is a name in the catalogue, but\n"
        )),
    }
    for miss in &explanation.misses {
        text.push_str(&format!("  not {}: {}\n", miss.id, one_line(&miss.failed)));
    }
    text
}

fn tuning(detector: &Detector, explanation: &Explanation<'_>) -> String {
    let faults = detector.tuning().faults();
    let (refused, holding): (Vec<_>, Vec<_>) = explanation
        .tuning
        .iter()
        .partition(|tried| matches!(tried.result, TryResult::Refused(_)));
    if explanation.tuning.is_empty() && faults.is_empty() {
        return "tuning: no rules\n".to_owned();
    }
    let mut text = format!(
        "tuning: {} rules tried, {} with all conditions true\n",
        explanation.tuning.len(),
        holding.len()
    );
    for fault in faults {
        text.push_str(&format!("  refused: {fault}\n"));
    }
    for tried in holding
        .into_iter()
        .chain(refused.iter().copied().take(REFUSED_SHOWN))
    {
        text.push_str(&format!("  {}\n", one_line(&tried_words(tried, explanation))));
    }
    if refused.len() > REFUSED_SHOWN {
        text.push_str(&format!(
            "  and {} more that do not apply\n",
            refused.len() - REFUSED_SHOWN
        ));
    }
    text
}

fn tried_words(tried: &Tried<'_>, explanation: &Explanation<'_>) -> String {
    let rule = tried.rule;
    format!(
        "line {}, rule {} ({}): {}",
        rule.line,
        rule.id,
        rule.action.words(),
        result_words(tried, explanation)
    )
}

fn result_words(tried: &Tried<'_>, explanation: &Explanation<'_>) -> String {
    let refusal = match &tried.result {
        TryResult::Applied => return format!("applied; {} ({})", tried.rule.reason, tried.rule.owner),
        TryResult::Outranked(first) => {
            return format!(
                "would apply, but rule {} in line {} comes first",
                first.id, first.line
            );
        }
        TryResult::Refused(refusal) => refusal,
    };
    match refusal {
        Refusal::Disabled => "switched off".to_owned(),
        Refusal::Expired => format!("ended at {}, before the event", end(tried.rule)),
        Refusal::NoTime => format!("ends at {}, and the event has no readable time", end(tried.rule)),
        Refusal::Condition(field) => {
            let wanted = tried
                .rule
                .condition(*field)
                .map_or("", |condition| condition.text.as_str());
            let row = explanation.row();
            let column = match field.name() {
                "user_agent" => "user_agent".to_owned(),
                name => format!("dvm_{name}"),
            };
            let has = row.iter().find(|(name, _)| *name == column);
            let has = has.map_or("absent".to_owned(), |(_, values)| values.join(" | "));
            format!("{} is {has}, not {wanted}", field.name())
        }
    }
}

fn end(rule: &TuningRule) -> &str {
    rule.expires
        .as_ref()
        .map_or("no time", |expiry| expiry.text.as_str())
}

/// An account for machines.
pub fn json(detector: &Detector, explanation: &Explanation<'_>) -> Value {
    let misses = explanation
        .misses
        .iter()
        .map(|miss| json!({ "operation": miss.id, "failed": miss.failed }));
    let facts = explanation
        .facts
        .iter()
        .map(|found| json!({ "fact": found.fact, "path": found.path, "value": found.value }));
    let tried = explanation.tuning.iter().map(|tried| {
        json!({
            "line": tried.rule.line,
            "rule": tried.rule.id,
            "action": tried.rule.action.words(),
            "applied": tried.result == TryResult::Applied,
            "why": result_words(tried, explanation),
        })
    });
    let row = explanation
        .row()
        .into_iter()
        .map(|(name, values)| (name.to_owned(), json!(values)));
    let finding = explanation.finding.as_ref();
    json!({
        "shape": detector.reader().format(explanation.format).title(),
        "name": explanation.name.as_ref().map(|(path, name)| json!({ "path": path, "value": name })),
        "operation": finding.map(|finding| &finding.rule.id),
        "conditions": finding.map(|finding| finding.rule.conditions()),
        "near_misses": misses.collect::<Vec<_>>(),
        "fields": facts.collect::<Vec<_>>(),
        "severity": finding.map(|finding| finding.severity.as_str()),
        "risk_score": finding.map(|finding| finding.score),
        "reasons": finding.map(|finding| &finding.reasons),
        "tuning": tried.collect::<Vec<_>>(),
        "tuning_faults": detector.tuning().faults().iter().map(ToString::to_string).collect::<Vec<_>>(),
        "row": row.collect::<serde_json::Map<_, _>>(),
    })
}

/// Line breaks of an event must not look like lines of the account, and a terminal must not obey it.
fn one_line(text: &str) -> String {
    harmless(&text.replace(['\n', '\r', '\t'], " "))
}
