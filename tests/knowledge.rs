//! What is known of operations stands in the catalogue, not in conditions of the engine.

use crate::architecture::sources;
use crate::catalogue::catalogue;
use crate::support::files_below;
use directvm::catalogue::{Catalogue, Condition, Operation};
use directvm::event::reader::EventReader;
use std::collections::BTreeSet;
use std::path::Path;

/// The folders of the engine.
const ENGINE: [&str; 3] = ["src/detect", "src/splunk", "src/scan"];

/// Ways to ask for an operation by its id, or by the name of its application.
const QUESTIONS: [&str; 6] = [
    "rule.id.starts_with(",
    "rule.id.ends_with(",
    "rule.id.contains(",
    "rule.id ==",
    "rule.app ==",
    "operation.name ==",
];

/// Every word by which the catalogue knows an operation: ids, names, event sources, documents, keys, techniques,
/// identities of services. Words of everyday language, which stand in other texts too, are left out.
fn known_words(catalogue: &Catalogue) -> BTreeSet<String> {
    let mut words = BTreeSet::new();
    for (family, operation) in catalogue.operations() {
        words.insert(format!("{}.", family.family));
        words.extend(operation.names().map(str::to_owned));
        words.extend(family.services(operation).iter().cloned());
        words.extend(operation.technique.iter().cloned());
        words.extend(conditions(operation).flat_map(values));
    }
    let services = catalogue.tables.trust.services.iter();
    words.extend(services.flat_map(|service| service.identity.iter().cloned()));
    words
        .iter()
        .map(|word| word.trim_matches(|c: char| "*@ ".contains(c)).to_owned())
        .filter(|word| word.len() > 4 && !is_everyday(word))
        .collect()
}

/// A word in lower case, or one that only begins with a capital.
fn is_everyday(word: &str) -> bool {
    word.bytes().skip(1).all(|b| b.is_ascii_lowercase())
}

fn conditions(operation: &Operation) -> impl Iterator<Item = &Condition> {
    let of_variants = operation.variants.iter().flat_map(|variant| &variant.when);
    operation.when.iter().chain(of_variants)
}

fn values(condition: &Condition) -> impl Iterator<Item = String> {
    let lists = [&condition.is, &condition.like, &condition.not];
    lists.into_iter().flat_map(|list| list.iter().cloned())
}

/// The string literals of the code before its tests, with their lines.
fn literals(text: &str) -> Vec<(usize, String)> {
    let code = text.split("#[cfg(test)]").next().unwrap_or_default();
    let lines = code.lines().enumerate();
    let code_lines = lines.filter(|(_, line)| !line.trim_start().starts_with("//"));
    code_lines
        .flat_map(|(at, line)| quoted(line).into_iter().map(move |text| (at + 1, text)))
        .collect()
}

/// What stands in quotes in a line; a text that goes over several lines is seen line by line.
fn quoted(line: &str) -> Vec<String> {
    let line = line
        .replace("'\"'", "' '")
        .replace("b'\\\"'", "' '")
        .replace("\\\"", "'");
    line.split('"').skip(1).step_by(2).map(str::to_owned).collect()
}

fn faults(name: &str, text: &str, words: &BTreeSet<String>) -> Vec<String> {
    let mut faults = Vec::new();
    for (line, literal) in literals(text) {
        let word = words.iter().find(|word| literal.contains(word.as_str()));
        if let Some(word) = word.map(String::as_str).or_else(|| general(&literal)) {
            faults.push(format!("{name}:{line}: \"{literal}\" names {word}"));
        }
    }
    let asked = QUESTIONS.iter().filter(|question| text.contains(**question));
    faults.extend(asked.map(|question| format!("{name}: asks `{question}`")));
    faults
}

/// Hosts and documents that the catalogue need not know yet.
fn general(literal: &str) -> Option<&str> {
    let kinds = ["amazonaws.com", "googleapis.com", "AWS-", "AmazonCloudWatch-"];
    kinds.into_iter().find(|kind| literal.contains(kind))
}

#[test]
fn the_engine_knows_no_operation_by_name() {
    let words = known_words(&catalogue());
    assert!(words.len() > 200, "only {} words are known", words.len());
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut all = Vec::new();
    for file in ENGINE.iter().flat_map(|folder| files_below(&root.join(folder))) {
        if file.extension().is_some_and(|extension| extension == "rs") {
            let text = std::fs::read_to_string(&file).expect("a source is text");
            let name = file.strip_prefix(root).expect("it lies below the root");
            all.extend(faults(&name.display().to_string(), &text, &words));
        }
    }
    assert!(
        all.is_empty(),
        "this belongs into src/catalogue:\n  {}",
        all.join("\n  ")
    );
}

/// Members of wrappers, and paths of operations' names with their first segments.
fn known_members() -> BTreeSet<String> {
    let reader = EventReader::embedded();
    let wrappers = reader
        .wrappers()
        .definitions()
        .map(|wrapper| wrapper.member.clone());
    let formats = reader.formats().map(|(_, format)| format.definition());
    let dialects = formats.flat_map(|file| &file.dialects);
    let paths = dialects.flat_map(|dialect| &dialect.name_paths);
    let names = paths.flat_map(|path| [path.as_str(), path.split('.').next().unwrap_or(path)]);
    wrappers.chain(names.map(str::to_owned)).collect()
}

/// The lines whose literals hold a member as JSON or as bytes, or are one. Words of everyday language also name other things, so
/// they count in JSON and as bytes only.
fn member_faults(name: &str, text: &str, members: &BTreeSet<String>) -> Vec<String> {
    let code = text.split("#[cfg(test)]").next().unwrap_or_default();
    let lines = code.lines().enumerate();
    let lines = lines.filter(|(_, line)| !line.trim_start().starts_with("//"));
    let is_named = |line: &str, member: &str| {
        let as_text = format!("\"{member}\"");
        line.contains(&format!("b{as_text}"))
            || line.contains(&format!("\\\"{member}\\\""))
            || line.contains(&format!("{{{as_text}:"))
            || (line.contains(&as_text) && !is_everyday(member))
    };
    let faults = lines.flat_map(|(at, line)| {
        let named = members.iter().filter(move |member| is_named(line, member));
        named.map(move |member| format!("{name}:{}: `{}` names {member}", at + 1, line.trim()))
    });
    faults.collect()
}

#[test]
fn the_engine_knows_no_wrapper_and_no_format_by_name() {
    let members = known_members();
    let mut all = Vec::new();
    for (file, text) in ENGINE.iter().flat_map(|folder| sources(folder)) {
        // What a provider's identity and method look like is code there.
        if !file.starts_with("src/detect/normalise") {
            all.extend(member_faults(&file.display().to_string(), &text, &members));
        }
    }
    assert!(
        all.is_empty(),
        "this belongs into src/event/wrappers.toml or src/event/formats:\n  {}",
        all.join("\n  ")
    );
    let cases = [
        r#"const ENVELOPES: [&[u8]; 2] = [b"records", b"x"];"#,
        r#"const LIST: &str = "logEvents";"#,
        r#"    b"\"eventName\"","#,
        r##"text.starts_with(r#"{"value":"#)"##,
        r#"let path = "protoPayload.methodName";"#,
    ];
    for case in cases {
        assert!(!member_faults("x.rs", case, &members).is_empty(), "{case}");
    }
    let innocent = "// \"Records\"\ncount(n, \"event\"); find(\"_raw\")\n#[cfg(test)]\n\"Records\"";
    assert_eq!(member_faults("x.rs", innocent, &members), Vec::<String>::new());
}

#[test]
fn what_was_once_in_conditions_would_be_found() {
    let words = known_words(&catalogue());
    let cases = [
        r#"operation.rule.id.starts_with("azure_vm_extension.")"#,
        r#"if operation.rule.app == "ssm" {"#,
        r#"const DOMAINS: [&str; 1] = ["x.compute-system.iam.gserviceaccount.com"];"#,
        r#"const OWN: [&str; 1] = ["1d78a85d-813d-46f0-b496-dd72f50a3ec0"];"#,
        r#"name.strip_suffix(".amazonaws.com")"#,
        r#"keys.contains("serial-port-enable")"#,
        r#"document == "AWS-RunShellScript""#,
        r#"name == "StartSession""#,
        r#"let name = "Sign-in activity";"#,
        r#"technique == "T1021.008""#,
    ];
    for case in cases {
        assert!(!faults("x.rs", case, &words).is_empty(), "{case}");
    }
    let innocent =
        "// \"AWS-RunShellScript\"\nlet a = '\"'; let b = \"event\";\n#[cfg(test)]\n\"StartSession\"";
    assert_eq!(faults("x.rs", innocent, &words), Vec::<String>::new());
}
