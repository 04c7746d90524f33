//! Text → catalogue: TOML, checked, whose errors name the file and the operation, or the JSON that was made of it.

use super::{Catalogue, Condition, Family, Operation};
use std::collections::BTreeSet;

/// What is wrong with a catalogue file, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CatalogueError {
    /// The file's stem.
    pub file: String,
    /// The operation's id; empty where the file as a whole is meant.
    pub operation: String,
    /// What is wrong.
    pub message: String,
}

impl std::fmt::Display for CatalogueError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.operation.as_str() {
            "" => write!(f, "catalogue file {}: {}", self.file, self.message),
            id => write!(
                f,
                "catalogue file {}, operation {id}: {}",
                self.file, self.message
            ),
        }
    }
}

impl std::error::Error for CatalogueError {}

/// Reads what the build script made of the files, whose checks the tests have run.
pub fn compiled(text: &str) -> Result<Catalogue, CatalogueError> {
    let families = serde_json::from_str(text).map_err(|error| CatalogueError {
        file: "catalogue.json".to_owned(),
        operation: String::new(),
        message: error.to_string(),
    })?;
    Ok(Catalogue { families })
}

/// Reads all files, given as (stem, text).
pub fn families(files: &[(&str, &str)]) -> Result<Catalogue, CatalogueError> {
    let families = files
        .iter()
        .map(|(stem, text)| family(stem, text))
        .collect::<Result<_, _>>()?;
    Ok(Catalogue { families })
}

/// Reads one file.
pub fn family(stem: &str, text: &str) -> Result<Family, CatalogueError> {
    let fail = |operation: &str, message: String| CatalogueError {
        file: stem.to_owned(),
        operation: operation.to_owned(),
        message,
    };
    let family: Family = toml::from_str(text).map_err(|e| fail("", e.to_string()))?;
    if family.family != stem {
        return Err(fail(
            "",
            format!("family is \"{}\" but must equal the file's name", family.family),
        ));
    }
    let mut ids = BTreeSet::new();
    for operation in &family.operations {
        if !ids.insert(operation.id.as_str()) {
            return Err(fail(&operation.id, "this id stands twice".to_owned()));
        }
        check(operation).map_err(|message| fail(&operation.id, message))?;
    }
    Ok(family)
}

fn check(operation: &Operation) -> Result<(), String> {
    let word = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
    if operation.id.is_empty() || !operation.id.chars().all(word) {
        return Err("an id holds only a-z, 0-9 and _".to_owned());
    }
    let poor = |literal: &String| literal.len() < 4 || !literal.bytes().all(|b| b.is_ascii_alphanumeric());
    if let Some(literal) = operation.search_literals().find(poor) {
        return Err(format!(
            "literal \"{literal}\" must hold at least 4 letters, and nothing else"
        ));
    }
    let conditions = operation
        .when
        .iter()
        .chain(operation.variants.iter().flat_map(|v| &v.when));
    conditions.clone().try_for_each(condition)?;
    if let Some(at) = operation.variants.iter().position(|v| v.when.is_empty()) {
        return Err(format!("variant {} has no condition", at + 1));
    }
    Ok(())
}

fn condition(condition: &Condition) -> Result<(), String> {
    let tests = [
        !condition.is.is_empty(),
        !condition.like.is_empty(),
        !condition.not.is_empty(),
    ];
    let tests = tests
        .into_iter()
        .chain([condition.present, condition.absent])
        .filter(|set| *set)
        .count();
    if condition.path.all().is_empty() {
        return Err("a condition has no path".to_owned());
    }
    if tests != 1 {
        let path = condition.path.all().join(", ");
        return Err(format!(
            "the condition on {path} needs exactly one of is, like, not, present, absent"
        ));
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
            stem.contains("catalogue file y") && stem.contains("must equal"),
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
}
