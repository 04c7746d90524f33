//! `directvm explain`: explains each event of a file: its fields with the paths they were read from, the decision, and why.

mod records;
mod tuning_row;

use super::output::{EXIT_FAILED, fail, print, read, show_error};
use super::story::{Wanted, story};
use crate::catalogue::{Catalogue, Scope};
use crate::detect::entry::Found;
use crate::detect::trace::{Explanation, Shown, TrustAnswer, explain};
use crate::detect::tune::field::Field;
use crate::detect::tune::rule::{Refusal, TuningRule};
use crate::detect::tune::{Tried, TryResult, Tuning};
use crate::detect::{Detector, Filter};
use crate::event::Path;
use crate::event::json::{MAX_TEXT, MAX_VALUES};
use crate::scan::sanitise::{escape_json, sanitise};
use clap::{Args, ValueEnum};
use records::{raw, texts};
use serde_json::{Value, json};
use std::path::PathBuf;
use std::process::ExitCode;

const EXAMPLES: &str = "Examples:
  directvm explain event.json
  directvm explain trail.json.gz:17 --raw
  jq -c '.Records[7]' trail.json | directvm explain
  directvm explain --tuning directvm_tuning.csv --format json event.json
  directvm explain --rule event.json > new_rules.csv
  directvm explain --case case-49fb58ebad80 AWSLogs/
  directvm explain --session lee-0f3e9c1b2a4d5e6f7 AWSLogs/";

/// Arguments of `explain`.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct Arguments {
    /// Events in any format that a scan reads: FILE, FILE:RECORD or ARCHIVE!/MEMBER:RECORD, as rows of a scan name them; `-` or
    /// none for standard input.
    #[arg(default_value = "-", value_name = "FILE[:RECORD]")]
    path: PathBuf,
    /// Also show the record itself.
    #[arg(long, conflicts_with_all = ["format", "rule", "session", "case"])]
    raw: bool,
    /// Output format.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
    /// Try a tuning list on them.
    #[arg(long, value_name = "FILE")]
    tuning: Option<PathBuf>,
    /// Only print a tuning rule for each finding, as rows of a list with its header: by principal, operation and account,
    /// until 90 days after the event. Replace REASON and OWNER.
    #[arg(long, conflicts_with_all = ["format", "tuning"])]
    rule: bool,
    /// Tell the story of a session, by its dvm_session, in the order of time; FILE may be a folder.
    #[arg(long, value_name = "ID", conflicts_with_all = ["format", "rule", "case"])]
    session: Option<String>,
    /// Tell the story of a case, by its dvm_case.
    #[arg(long, value_name = "ID", conflicts_with_all = ["format", "rule"])]
    case: Option<String>,
}

/// How an explanation is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For people.
    Text,
    /// For programs: one JSON object for each event, one on a line.
    Json,
}

/// How many tuning rules that do not match are shown in a text.
const MAX_NOT_MATCHING: usize = 20;

/// Runs the subcommand.
pub fn run(arguments: &Arguments) -> ExitCode {
    let session = arguments.session.as_deref().map(Wanted::Session);
    let wanted = session.or_else(|| arguments.case.as_deref().map(Wanted::Case));
    let done = match wanted {
        Some(wanted) => return told(arguments, &wanted),
        None => explain_file(arguments),
    };
    match done.and_then(|text| print(&text)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(text) => fail(&text),
    }
}

/// Tells a story. What could not be read is named after it, and is the exit status.
fn told(arguments: &Arguments, wanted: &Wanted<'_>) -> ExitCode {
    let told = Catalogue::embedded()
        .map_err(|error| error.to_string())
        .and_then(|catalogue| {
            let core = Filter {
                scope: Scope::Core,
                ..Filter::default()
            };
            let detectors = [
                detector(&catalogue, tuning_of(arguments)?),
                Detector::new(&catalogue, core).tuned(tuning_of(arguments)?),
            ];
            let told = story(&detectors, &arguments.path, wanted)?;
            print(&told.text)?;
            Ok(told.faults)
        });
    match told {
        Err(text) => fail(&text),
        Ok(faults) if faults.is_empty() => ExitCode::SUCCESS,
        Ok(faults) => {
            faults.iter().for_each(|fault| show_error(fault));
            ExitCode::from(EXIT_FAILED)
        }
    }
}

fn explain_file(arguments: &Arguments) -> Result<String, String> {
    let catalogue = Catalogue::embedded().map_err(|error| error.to_string())?;
    let detector = detector(&catalogue, tuning_of(arguments)?);
    let texts = texts(&detector, &arguments.path)?;
    let named = |fault: String| format!("{}: {fault}", arguments.path.display());
    if arguments.rule {
        let texts = texts.iter().map(|text| text.bytes.as_slice());
        return tuning_row::rules(&detector, texts).map_err(named);
    }
    let is_labelled = texts.len() > 1;
    let mut all = String::new();
    for text in &texts {
        if is_labelled && arguments.format == Format::Text {
            all += &format!("── {}\n", one_line(&text.label));
        }
        all += &of_text(&detector, &text.bytes, arguments.format).map_err(named)?;
        if arguments.raw {
            all += &raw(&text.bytes);
        }
    }
    Ok(all)
}

fn tuning_of(arguments: &Arguments) -> Result<Tuning, String> {
    let list = arguments.tuning.as_deref();
    list.map_or_else(|| Ok(Tuning::default()), |list| Ok(Tuning::parse(&read(list)?)))
}

/// A detector for every scope and severity, so that everything is explained.
pub fn detector(catalogue: &Catalogue, tuning: Tuning) -> Detector {
    let filter = Filter {
        scope: Scope::Extended,
        ..Filter::default()
    };
    Detector::new(catalogue, filter).tuned(tuning)
}

/// Explains all events in a text, one after the other.
pub fn of_text(detector: &Detector, event: &[u8], format: Format) -> Result<String, String> {
    let mut explanations = Vec::new();
    let reader = detector.reader();
    let document = reader.read(event);
    for entry in document.entries(reader) {
        let explanation = explain(detector, entry.format, &entry.value);
        explanations.push(match format {
            Format::Text => text(detector, &explanation),
            Format::Json => escape_json(&json(detector, &explanation).to_string()).into_owned(),
        });
    }
    if document.roots().next().is_none() {
        return Err(if event.len() > MAX_VALUES {
            format!(
                "contains no JSON, or a value of more than {} MiB or {MAX_VALUES} values, which is not read",
                MAX_TEXT >> 20
            )
        } else {
            "contains no JSON".to_owned()
        });
    }
    if explanations.is_empty() {
        explanations.push(match format {
            Format::Text => unknown_format(detector),
            Format::Json => json!({ "shape": null }).to_string(),
        });
    }
    Ok(explanations.join("\n") + "\n")
}

fn unknown_format(detector: &Detector) -> String {
    let mut text = "format: unknown. An audit event has one of these fields:\n".to_owned();
    for (_, format) in detector.reader().formats() {
        let paths = format.name_paths().iter().map(Path::text);
        let paths = paths.collect::<Vec<_>>().join(" or ");
        text.push_str(&format!("  {}: {paths}\n", format.title()));
    }
    text
}

/// Explains an event as text.
pub fn text(detector: &Detector, explanation: &Explanation<'_>) -> String {
    let mut text = head(detector, explanation);
    let shown = explanation.shown();
    if !shown.is_empty() {
        text.push_str("fields, each with the path it was read from:\n");
    }
    for value in &shown {
        text.push_str(&format!("  {}\n", one_line(&value_text(value))));
    }
    let others = other_facts(explanation, &shown);
    if !others.is_empty() {
        text.push_str(if shown.is_empty() {
            "read:\n"
        } else {
            "also read:\n"
        });
    }
    for fact in others {
        let line = format!("{} ← {}", fact.value, source(fact));
        text.push_str(&format!("  {}\n", one_line(&line)));
    }
    let Some(finding) = &explanation.finding else {
        return text;
    };
    text.push_str(&format!("trust: {}\n", one_line(&trust_text(&explanation.trust))));
    text.push_str("severity, step by step:\n");
    for reason in &finding.reasons {
        text.push_str(&format!("  {}\n", one_line(reason)));
    }
    text.push_str(&format!("  = {}, score {}\n", finding.severity, finding.score));
    text.push_str(&tuning(detector, explanation));
    text
}

/// `dvm_src = 203.0.113.34 ← sourceIPAddress (also SourceIP, src)`.
fn value_text(shown: &Shown<'_>) -> String {
    let mut text = format!("{} = {}", shown.name, shown.values.join(" | "));
    let sources: Vec<String> = shown.sources.iter().map(|fact| source(fact)).collect();
    if !sources.is_empty() {
        text.push_str(&format!(" ← {}", sources.join(" + ")));
    }
    if !shown.also.is_empty() {
        text.push_str(&format!(" (also {})", shown.also.join(", ")));
    }
    text
}

/// The path, and the canonical name of the field where that differs.
fn source(fact: &Found) -> String {
    if fact.field == fact.path {
        fact.path.clone()
    } else {
        format!("{} (for {})", fact.path, fact.field)
    }
}

/// What was read, but is not among the values: it decided which operation it is, or moved the severity.
fn other_facts<'f>(explanation: &'f Explanation<'_>, shown: &[Shown<'_>]) -> Vec<&'f Found> {
    let is_shown = |fact: &&Found| {
        let mut shown = shown.iter();
        shown.any(|value| value.sources.contains(fact) || value.values.contains(&fact.value))
    };
    explanation.facts.iter().filter(|fact| !is_shown(fact)).collect()
}

fn trust_text(answer: &TrustAnswer) -> String {
    match answer {
        TrustAnswer::NotAService => {
            "nothing in the event proves that a service of the provider made the call".to_owned()
        }
        TrustAnswer::NotListed(service) => {
            format!("{service} made the call; it is not listed as routine")
        }
        TrustAnswer::Routine(words, proof) => format!("routine: {words} ({proof})"),
        TrustAnswer::StandingOrder(words, proof) => format!("standing order: {words} ({proof})"),
    }
}

/// The log format, the operation, and why it is that operation or none.
pub fn head(detector: &Detector, explanation: &Explanation<'_>) -> String {
    let format = detector.reader().format(explanation.format);
    let mut text = format!("format: {}\n", format.title());
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
            if explanation.scope == Scope::Extended {
                text.push_str("  only a search or scan with scope extended finds it\n");
            }
            text.push_str(&format!("  because {name}\n"));
            for condition in rule.conditions() {
                text.push_str(&format!("  and {}\n", as_met(&condition)));
            }
        }
        None if explanation.misses.is_empty() => {
            text.push_str(&format!(
                "operation: none; {name} is not the name of an operation in the catalogue{}\n",
                suggestion(explanation).map_or_else(String::new, |name| format!(" (did you mean {name}?)"))
            ));
        }
        None => text.push_str(&format!(
            "operation: none; {name} is the name of an operation in the catalogue, but\n"
        )),
    }
    for miss in &explanation.misses {
        text.push_str(&format!("  not {}: {}\n", miss.id, one_line(&miss.failed)));
    }
    text
}

/// "X must be Y" of a condition that holds → "X is Y, as required".
fn as_met(condition: &str) -> String {
    let met = [
        (" must be ", " is "),
        (" must not be ", " is not "),
        (" must have ", " has "),
    ];
    let text = condition.strip_prefix("the ").unwrap_or(condition);
    let text = met.iter().find_map(|(required, met)| {
        let (field, value) = text.split_once(required)?;
        Some(format!("{field}{met}{value}"))
    });
    format!("{}, as required", text.as_deref().unwrap_or(condition))
}

fn tuning(detector: &Detector, explanation: &Explanation<'_>) -> String {
    let faults = detector.tuning().faults();
    let (not_matching, matching): (Vec<_>, Vec<_>) = explanation
        .tuning
        .iter()
        .partition(|tried| matches!(tried.result, TryResult::Refused(_)));
    if explanation.tuning.is_empty() && faults.is_empty() {
        return "tuning: no rules\n".to_owned();
    }
    let mut text = format!(
        "tuning: {} rules tried, {} match\n",
        explanation.tuning.len(),
        matching.len()
    );
    for fault in faults {
        text.push_str(&format!("  refused: {}\n", one_line(&fault.to_string())));
    }
    for tried in matching
        .into_iter()
        .chain(not_matching.iter().copied().take(MAX_NOT_MATCHING))
    {
        text.push_str(&format!("  {}\n", one_line(&tried_text(tried, explanation))));
    }
    if not_matching.len() > MAX_NOT_MATCHING {
        text.push_str(&format!(
            "  and {} more that do not match\n",
            not_matching.len() - MAX_NOT_MATCHING
        ));
    }
    text
}

fn tried_text(tried: &Tried<'_>, explanation: &Explanation<'_>) -> String {
    let rule = tried.rule;
    format!(
        "line {}, rule {} ({}): {}",
        rule.line,
        rule.id,
        rule.action.words(),
        result_text(tried, explanation)
    )
}

fn result_text(tried: &Tried<'_>, explanation: &Explanation<'_>) -> String {
    let refusal = match &tried.result {
        TryResult::Applied => return format!("applied; {} ({})", tried.rule.reason, tried.rule.owner),
        TryResult::Outranked(first) => {
            return format!(
                "matches, but rule {} in line {} takes precedence",
                first.id, first.line
            );
        }
        TryResult::Refused(refusal) => refusal,
    };
    match refusal {
        Refusal::Disabled => "switched off".to_owned(),
        Refusal::Expired => format!("expired at {}, before the event", end(tried.rule)),
        Refusal::NoTime => format!(
            "expires at {}, and the event has no readable time",
            end(tried.rule)
        ),
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
            let note = note_on(*field, tried.rule, explanation);
            format!("{} is {has}, not {wanted}{note}", field.name())
        }
    }
}

/// Why a condition fails although the values seem to fit.
fn note_on(field: Field, rule: &TuningRule, explanation: &Explanation<'_>) -> &'static str {
    let Some(finding) = &explanation.finding else {
        return "";
    };
    let facts = &finding.facts;
    match field {
        Field::Actor if !facts.proves_actor() => "; the caller typed this name, so no rule matches it",
        Field::Target if facts.target.total() > 1 && rule.action.is_lowering(finding.untuned_severity) => {
            "; a rule that lowers needs every target"
        }
        _ => "",
    }
}

fn end(rule: &TuningRule) -> &str {
    rule.expires
        .as_ref()
        .map_or("no time", |expiry| expiry.text.as_str())
}

/// Explains an event as JSON.
pub fn json(detector: &Detector, explanation: &Explanation<'_>) -> Value {
    let misses = explanation
        .misses
        .iter()
        .map(|miss| json!({ "operation": miss.id, "failed": miss.failed }));
    let facts = explanation
        .facts
        .iter()
        .map(|found| json!({ "fact": found.field, "path": found.path, "value": found.value }));
    let tried = explanation.tuning.iter().map(|tried| {
        json!({
            "line": tried.rule.line,
            "rule": tried.rule.id,
            "action": tried.rule.action.words(),
            "applied": tried.result == TryResult::Applied,
            "why": result_text(tried, explanation),
        })
    });
    let row = explanation
        .row()
        .into_iter()
        .map(|(name, values)| (name.to_owned(), json!(values)));
    let shown = explanation.shown();
    let values = shown.iter().map(|value| {
        let paths: Vec<&str> = value.sources.iter().map(|fact| fact.path.as_str()).collect();
        json!({ "field": value.name, "also": value.also, "values": value.values, "paths": paths })
    });
    let finding = explanation.finding.as_ref();
    json!({
        "shape": detector.reader().format(explanation.format).title(),
        "name": explanation.name.as_ref().map(|(path, name)| json!({ "path": path, "value": name })),
        "operation": finding.map(|finding| &finding.rule.id),
        "conditions": finding.map(|finding| finding.rule.conditions()),
        "scope": finding.map(|_| explanation.scope.as_str()),
        "did_you_mean": suggestion(explanation),
        "near_misses": misses.collect::<Vec<_>>(),
        "fields": facts.collect::<Vec<_>>(),
        "values": values.collect::<Vec<_>>(),
        "trust": finding.map(|_| trust_json(&explanation.trust)),
        "severity": finding.map(|finding| finding.severity.as_str()),
        "risk_score": finding.map(|finding| finding.score),
        "reasons": finding.map(|finding| &finding.reasons),
        "tuning": tried.collect::<Vec<_>>(),
        "tuning_faults": detector.tuning().faults().iter().map(ToString::to_string).collect::<Vec<_>>(),
        "tuning_row": finding.and_then(tuning_row::row),
        "row": row.collect::<serde_json::Map<_, _>>(),
    })
}

fn trust_json(answer: &TrustAnswer) -> Value {
    match answer {
        TrustAnswer::NotAService => json!({ "answer": "not_a_service" }),
        TrustAnswer::NotListed(service) => json!({ "answer": "not_listed", "service": service }),
        TrustAnswer::Routine(why, proof) => json!({ "answer": "routine", "why": why, "proof": proof }),
        TrustAnswer::StandingOrder(why, proof) => {
            json!({ "answer": "standing_order", "why": why, "proof": proof })
        }
    }
}

/// The nearest known operation where the name is not known.
fn suggestion<'f>(explanation: &'f Explanation<'_>) -> Option<&'f str> {
    let is_unknown = explanation.finding.is_none() && explanation.misses.is_empty();
    explanation.suggestion.as_deref().filter(|_| is_unknown)
}

/// Puts a value on one line, so that its line breaks do not look like lines of the explanation, and sanitises it.
fn one_line(text: &str) -> String {
    sanitise(&text.replace(['\n', '\r', '\t'], " "))
}
