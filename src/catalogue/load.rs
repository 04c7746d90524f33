//! Text → catalogue: the files as they are written, checked, and the JSON that the build script makes of them.

use super::enums::{Cloud, FactorKind};
use super::list::{List, NamedLists, UnknownList};
use super::operation::{Condition, Family, Operation, OutcomeRule};
use super::source::{self, SourceError, allowed};
use super::tables::{CloudFile, SeverityFile, Tables, TechniqueFile, TrustFile};
use std::collections::BTreeSet;

/// The folder of the families' files.
pub const FAMILIES: &str = "src/catalogue/data";
/// The folder of the tables.
pub const TABLES: &str = "src/catalogue";

/// What is wrong with a catalogue file, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CatalogueError {
    /// The file's path in the repository.
    pub file: String,
    /// The line, from 1 on.
    pub line: usize,
    /// The operation's id; empty where the file as a whole is meant.
    pub operation: String,
    /// What is wrong.
    pub message: String,
}

impl std::fmt::Display for CatalogueError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{}: ", self.file, self.line)?;
        if !self.operation.is_empty() {
            write!(f, "operation {}: ", self.operation)?;
        }
        f.write_str(&self.message)
    }
}

impl std::error::Error for CatalogueError {}

impl CatalogueError {
    pub(super) fn of_file(file: &str, error: SourceError) -> Self {
        Self {
            file: file.to_owned(),
            line: error.line,
            operation: String::new(),
            message: error.message,
        }
    }
}

/// What is wrong with an operation, and a text that stands in the line in question.
pub(super) struct Fault {
    near: String,
    pub(super) message: String,
}

impl Fault {
    pub(super) fn new(near: &str, message: impl Into<String>) -> Self {
        let near = near.to_owned();
        let message = message.into();
        Self { near, message }
    }
}

impl From<UnknownList> for Fault {
    fn from(unknown: UnknownList) -> Self {
        Self::new(&unknown.reference, unknown.message)
    }
}

/// Reads the tables; `text` gives the text of each file by its name.
pub fn tables(text: &dyn Fn(&str) -> String) -> Result<Tables, CatalogueError> {
    let clouds: CloudFile = table("clouds.toml", text)?;
    let trust: TrustFile = table("trust.toml", text)?;
    let severity: SeverityFile = table("severity.toml", text)?;
    let techniques: TechniqueFile = table("techniques.toml", text)?;
    let clouds_known: Vec<&str> = clouds.clouds.iter().map(|info| info.id.as_str()).collect();
    let factors_known: Vec<&str> = severity.factors.iter().map(|info| info.id.as_str()).collect();
    complete(
        "clouds.toml",
        &clouds_known,
        Cloud::ALL.iter().map(|cloud| cloud.as_str()),
    )?;
    complete(
        "severity.toml",
        &factors_known,
        FactorKind::ALL.iter().map(|kind| kind.as_str()),
    )?;
    Ok(Tables {
        clouds: clouds.clouds,
        envelope_times: clouds.envelope_times,
        trust,
        factors: severity.factors,
        attack_version: techniques.attack_version,
        techniques: techniques.techniques,
    })
}

fn table<T: serde::de::DeserializeOwned>(
    name: &str,
    text: &dyn Fn(&str) -> String,
) -> Result<T, CatalogueError> {
    source::read(&text(name)).map_err(|error| CatalogueError::of_file(&format!("{TABLES}/{name}"), error))
}

/// Each wanted entry must be there once.
fn complete(
    name: &str,
    known: &[&str],
    mut wanted: impl Iterator<Item = &'static str>,
) -> Result<(), CatalogueError> {
    let count = |id: &str| known.iter().filter(|known| **known == id).count();
    let Some(id) = wanted.find(|id| count(id) != 1) else {
        return Ok(());
    };
    let message = format!("\"{id}\" must have one entry, but has {}", count(id));
    let file = format!("{TABLES}/{name}");
    Err(CatalogueError::of_file(&file, SourceError { line: 1, message }))
}

/// Reads and checks one family's file, with what its operations have from it put in; `stem` is the file's name without the
/// extension.
pub fn family(stem: &str, text: &str) -> Result<Family, CatalogueError> {
    let mut family = as_written(stem, text)?;
    let file = format!("{FAMILIES}/{stem}.toml");
    let fail = |(id, fault): (String, Fault)| at_operation(&file, text, &id, fault);
    finish(&mut family).map_err(fail)?;
    let mut ids = BTreeSet::new();
    for operation in &family.operations {
        let id = operation.id.as_str();
        let twice = || Fault::new("", "this id stands twice");
        let is_new = ids.insert(id).then_some(()).ok_or_else(twice);
        is_new
            .and_then(|()| check(operation))
            .map_err(|fault| fail((id.to_owned(), fault)))?;
    }
    Ok(family)
}

/// Reads one family's file without looking into its operations: named lists stay apart.
pub fn as_written(stem: &str, text: &str) -> Result<Family, CatalogueError> {
    let file = format!("{FAMILIES}/{stem}.toml");
    let family: Family = source::read(text).map_err(|error| CatalogueError::of_file(&file, error))?;
    if family.family != stem {
        let message = format!("family is \"{}\" but must equal the file's name", family.family);
        let error = SourceError::near(text, 1, "family = ", message);
        return Err(CatalogueError::of_file(&file, error));
    }
    Ok(family)
}

/// The families of the compiled catalogue, as [`family`] would have read them.
pub fn finish_all(families: &mut [Family]) -> Result<(), String> {
    let in_words = |(id, fault): (String, Fault)| format!("{id}: {}", fault.message);
    families.iter_mut().try_for_each(finish).map_err(in_words)
}

/// Puts in what the operations have from their family. An error names the operation, nothing where it is about the family.
fn finish(family: &mut Family) -> Result<(), (String, Fault)> {
    let mut lists = NamedLists::new(std::mem::take(&mut family.lists));
    let mut outcomes = std::mem::take(&mut family.outcomes);
    in_rules(&mut outcomes, &mut lists).map_err(|fault| (String::new(), fault))?;
    for operation in &mut family.operations {
        finish_operation(operation, &mut lists, &family.raise, &outcomes)
            .map_err(|fault| (operation.id.clone(), fault))?;
    }
    family.raise.clear();
    let Some(name) = lists.unused() else { return Ok(()) };
    let message = format!("nothing refers to the list \"@{name}\"");
    Err((String::new(), Fault::new(&format!("{name} = "), message)))
}

/// The error at the line of the operation that the fault is about.
pub(super) fn at_operation(file: &str, text: &str, id: &str, fault: Fault) -> CatalogueError {
    let head = if id.is_empty() {
        String::new()
    } else {
        format!("id = \"{id}\"")
    };
    let head = SourceError::near(text, 1, &head, String::new());
    let SourceError { line, message } = SourceError::near(text, head.line, &fault.near, fault.message);
    CatalogueError {
        file: file.to_owned(),
        line,
        operation: id.to_owned(),
        message,
    }
}

fn finish_operation(
    operation: &mut Operation,
    lists: &mut NamedLists,
    raise: &[FactorKind],
    outcomes: &[OutcomeRule],
) -> Result<(), Fault> {
    if operation.raise.is_empty() {
        operation.raise = raise.to_vec();
    }
    in_rules(&mut operation.outcomes, lists)?;
    operation.outcomes.extend_from_slice(outcomes);
    in_conditions(&mut operation.when, lists)?;
    let Operation {
        target,
        session,
        document,
        fingerprint,
        detail,
        ..
    } = operation;
    in_lists([target, session, document, fingerprint, detail], lists)?;
    for variant in &mut operation.variants {
        in_conditions(&mut variant.when, lists)?;
        let own = [&mut variant.target, &mut variant.document, &mut variant.detail];
        in_lists(own.into_iter().flatten(), lists)?;
    }
    Ok(())
}

fn in_rules(rules: &mut [OutcomeRule], lists: &mut NamedLists) -> Result<(), Fault> {
    rules
        .iter_mut()
        .try_for_each(|rule| in_conditions(&mut rule.when, lists))
}

fn in_conditions(conditions: &mut [Condition], lists: &mut NamedLists) -> Result<(), Fault> {
    for condition in conditions {
        let Condition {
            path,
            is,
            like,
            not,
            only,
            ..
        } = condition;
        in_lists([path, is, like, not, only], lists)?;
    }
    Ok(())
}

fn in_lists<'l>(own: impl IntoIterator<Item = &'l mut List>, lists: &mut NamedLists) -> Result<(), Fault> {
    own.into_iter().try_for_each(|list| lists.put_into(list))?;
    Ok(())
}

fn check(operation: &Operation) -> Result<(), Fault> {
    let word = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
    if operation.id.is_empty() || !operation.id.chars().all(word) {
        return Err(Fault::new("", "an id holds only a-z, 0-9 and _"));
    }
    let poor = |literal: &String| literal.len() < 4 || !literal.bytes().all(|b| b.is_ascii_alphanumeric());
    if let Some(literal) = operation.search_literals().find(poor) {
        let message = format!("literal \"{literal}\" must hold at least 4 letters, and nothing else");
        return Err(Fault::new("literal = ", message));
    }
    if let Some(kind) = operation.raise.iter().find(|kind| !NAMED_FACTORS.contains(kind)) {
        let known = NAMED_FACTORS.map(FactorKind::as_str);
        let message = format!("\"{kind}\" counts for every operation; {}", allowed(&known));
        return Err(Fault::new("raise = ", message));
    }
    let cases = operation.variants.iter().map(|variant| &variant.when);
    let outcomes = operation.outcomes.iter().map(|rule| &rule.when);
    let guarded: Vec<_> = cases.chain(outcomes).collect();
    let conditions = operation.when.iter().chain(guarded.iter().copied().flatten());
    conditions.into_iter().try_for_each(condition)?;
    if let Some(at) = operation.variants.iter().position(|v| v.when.is_empty()) {
        let message = format!("variant {} has no condition", at + 1);
        return Err(Fault::new(&operation.variants[at].reason, message));
    }
    examples(operation)
}

fn examples(operation: &Operation) -> Result<(), Fault> {
    for example in &operation.examples {
        let read = serde_json::from_str::<serde::de::IgnoredAny>(&example.event);
        let fail = |error| {
            Fault::new(
                &example.what,
                format!("the event of this example is not JSON: {error}"),
            )
        };
        read.map_err(fail)?;
    }
    Ok(())
}

/// The factors that count only for operations that name them.
const NAMED_FACTORS: [FactorKind; 3] = [
    FactorKind::CustomDocument,
    FactorKind::Person,
    FactorKind::OthersProfile,
];

pub(super) fn condition(condition: &Condition) -> Result<(), Fault> {
    let tests = [
        !condition.is.is_empty(),
        !condition.like.is_empty(),
        !condition.not.is_empty(),
        !condition.only.is_empty(),
        condition.present,
        condition.absent,
    ];
    let Some(first) = condition.path.first() else {
        return Err(Fault::new("path = []", "a condition has no path"));
    };
    if tests.into_iter().filter(|set| *set).count() != 1 {
        let path = condition.path.join(", ");
        let message =
            format!("the condition on {path} needs exactly one of is, like, not, only, present, absent");
        return Err(Fault::new(first, message));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::family;

    const GOOD: &str = r#"
family = "x"
cloud = "aws"
app = "x"
title = "X"
summary = "s"
[[operation]]
id = "start"
name = "StartThing"
summary = "s"
access = "tunnel"
severity = "low"
evidence = "inferred"
limits = "l"
false_positives = "f"
triage = "t"
contain = "c"
references = []
created = "2026-03-14"
"#;

    #[test]
    fn a_good_file_is_read() {
        let read = family("x", GOOD).unwrap();
        assert_eq!(
            read.operations[0].search_literals().collect::<Vec<_>>(),
            ["startthing"]
        );
    }

    #[test]
    fn an_alias_without_the_literal_is_searched_for_too() {
        let named = "name = \"StartThing\"\naliases = [\"v1.StartThing\", \"OpenThing\"]";
        let read = family("x", &GOOD.replace("name = \"StartThing\"", named)).unwrap();
        let literals: Vec<String> = read.operations[0].search_literals().collect();
        assert_eq!(literals, ["startthing", "openthing"]);
    }

    #[test]
    fn errors_name_file_and_operation() {
        let unknown = GOOD.replace("limits =", "limitz =");
        assert!(family("x", &unknown).unwrap_err().to_string().contains("limitz"));
        let stem = family("y", GOOD).unwrap_err().to_string();
        assert!(
            stem.contains("src/catalogue/data/y.toml:2: ") && stem.contains("must equal"),
            "{stem}"
        );
        let two = format!(
            "{GOOD}[[operation]]{}",
            GOOD.split_once("[[operation]]").unwrap().1
        );
        assert_eq!(family("x", &two).unwrap_err().operation, "start");
        let both = format!(
            "{GOOD}[[operation.variant]]\nreason=\"r\"\nwhen=[{{path=\"a\",is=[\"b\"],present=true}}]\n"
        );
        assert!(family("x", &both).unwrap_err().message.contains("exactly one"));
    }

    #[test]
    fn a_typo_is_named_with_its_line_and_what_is_allowed() {
        let error = |from: &str, to: &str| family("x", &GOOD.replace(from, to)).unwrap_err().to_string();
        let severity = error("severity = \"low\"", "severity = \"hihg\"");
        assert_eq!(
            severity,
            "src/catalogue/data/x.toml:12: unknown severity \"hihg\"; allowed: informational, low, medium, high, critical"
        );
        let key = error("triage =", "triag =");
        assert!(
            key.starts_with("src/catalogue/data/x.toml:16: unknown key \"triag\" (did you mean \"triage\"?)"),
            "{key}"
        );
        let broken = "[[operation.example]]\nverdict = \"hit\"\nwhat = \"broken\"\nevent = '{'\n";
        let example = family("x", &[GOOD, broken].concat()).unwrap_err().to_string();
        assert!(
            example.contains("x.toml:22: operation start: the event of this example is not JSON"),
            "{example}"
        );
        let raise = error("evidence =", "raise = [\"root\"]\nevidence =");
        assert!(
            raise.contains("x.toml:13: operation start: \"root\" counts for every operation"),
            "{raise}"
        );
    }

    #[test]
    fn named_lists_are_put_in_and_an_unknown_one_is_named_with_its_line() {
        let with = |lists: &str, target: &str| {
            let text = GOOD.replace("[[operation]]", &format!("[lists]\n{lists}\n[[operation]]"));
            family(
                "x",
                &text.replace("evidence =", &format!("target = {target}\nevidence =")),
            )
        };
        let read = with("instance = [\"a\", \"b\"]", "[\"@instance\", \"c\"]").unwrap();
        assert_eq!(&read.operations[0].target[..], ["a", "b", "c"]);
        assert!(read.lists.is_empty());
        let unknown = with("instance = [\"a\"]", "\"@instnce\"")
            .unwrap_err()
            .to_string();
        assert!(
            unknown.contains(
                "x.toml:15: operation start: unknown list \"@instnce\" (did you mean \"instance\"?)"
            ),
            "{unknown}"
        );
        let unused = with("instance = [\"a\"]", "\"a\"").unwrap_err().to_string();
        assert!(
            unused.contains("x.toml:8: nothing refers to the list \"@instance\""),
            "{unused}"
        );
    }
}
