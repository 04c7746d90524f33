//! Rules about the sources: which module may import which, how long a file may be, what the catalogue must contain.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use crate::catalogue::catalogue;
use crate::support::{files_below, golden};
use directvm::catalogue::Expected;

/// Modules, and what each may use inside the crate. The row with the longest matching name applies to a module.
pub const TABLE: &[(&str, &[&str])] = &[
    ("words", &[]),
    ("simd", &[]),
    ("catalogue", &["words"]),
    ("csv", &["simd"]),
    ("prefilter", &["simd"]),
    ("event", &["csv::cells"]),
    ("detect", &["words", "catalogue", "event"]),
    ("examples", &["catalogue", "event", "detect"]),
    ("link", &["catalogue", "detect"]),
    (
        "scan",
        &[
            "simd",
            "prefilter",
            "event",
            "detect",
            "catalogue",
            "link",
            "words",
        ],
    ),
    (
        "export",
        &[
            "catalogue",
            "splunk::options",
            "splunk::link_options",
            "detect",
            "event",
            "link",
        ],
    ),
    (
        "cli",
        &[
            "event",
            "detect",
            "catalogue",
            "examples",
            "link",
            "scan",
            "export",
            "splunk::recording",
            "splunk::session",
            "splunk::tuning_list",
            "splunk::options",
        ],
    ),
    ("splunk", &[]),
    ("splunk::frame", &[]),
    ("splunk::metadata", &[]),
    ("splunk::options", &["words"]),
    ("splunk::recording", &["splunk::frame"]),
    ("splunk::body", &[]),
    ("splunk::link_options", &["splunk::options", "link"]),
    (
        "splunk::linker",
        &["splunk::link_options", "csv", "detect", "link"],
    ),
    ("splunk::required_fields", &["splunk::options", "detect"]),
    ("splunk::tuning_list", &["splunk::options", "detect"]),
    (
        "splunk::chunk",
        &["csv", "prefilter", "event", "detect", "splunk::options"],
    ),
    ("splunk::session", &["splunk", "detect", "catalogue"]),
];

const MAX_FILE_LINES: usize = 500;
const MAX_MAIN_LINES: usize = 60;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

pub fn sources(folder: &str) -> Vec<(PathBuf, String)> {
    let files = files_below(&root().join(folder)).into_iter();
    files
        .filter(|file| file.extension().is_some_and(|extension| extension == "rs"))
        .map(|file| {
            let text = std::fs::read_to_string(&file).expect("a source is text");
            let inside = file.strip_prefix(root()).expect("it lies below the root");
            (inside.to_path_buf(), text)
        })
        .collect()
}

/// `src/detect/normalise/aws.rs` → `detect`, `normalise`, `aws`.
pub fn module_of(file: &Path) -> Vec<String> {
    let inside = file.strip_prefix("src").expect("it lies in src");
    let mut parts: Vec<String> = inside
        .with_extension("")
        .iter()
        .map(|part| part.to_string_lossy().into_owned())
        .collect();
    if parts
        .last()
        .is_some_and(|last| ["mod", "lib"].contains(&last.as_str()))
    {
        parts.pop();
    }
    parts
}

/// Every path into the crate in the text of `module`: `crate::…`, and `super::…` resolved.
pub fn paths(module: &[String], text: &str) -> BTreeSet<Vec<String>> {
    let mut found = BTreeSet::new();
    let (mut code, mut inner) = (String::new(), false);
    for line in text.lines().filter(|line| !line.trim_start().starts_with("//")) {
        if line.trim_start().starts_with("mod ") && line.ends_with('{') {
            collect(module, inner, &code, &mut found);
            code.clear();
            inner = true;
        }
        code.push_str(line);
        code.push('\n');
    }
    collect(module, inner, &code, &mut found);
    found
}

/// `inner`: the code is in a module inside the file, so that its first `super` is the file itself.
fn collect(module: &[String], inner: bool, code: &str, found: &mut BTreeSet<Vec<String>>) {
    for (at, _) in code.match_indices("crate::") {
        expand(&[], &code[at + "crate::".len()..], found);
    }
    let mut at = 0;
    while let Some(next) = code[at..].find("super::") {
        let mut rest = &code[at + next..];
        let mut levels = 0;
        while let Some(after) = rest.strip_prefix("super::") {
            levels += 1;
            rest = after;
        }
        at = code.len() - rest.len();
        let up = levels - usize::from(inner);
        if let Some(kept) = module.len().checked_sub(up) {
            expand(&module[..kept], rest, found);
        }
    }
}

/// Follows the path at the start of `text`; a list in braces is several paths.
fn expand(base: &[String], text: &str, found: &mut BTreeSet<Vec<String>>) {
    let text = text.trim_start();
    if let Some(list) = text.strip_prefix('{') {
        items(list).iter().for_each(|item| expand(base, item, found));
        return;
    }
    let end = text
        .find(|letter: char| !letter.is_alphanumeric() && letter != '_')
        .unwrap_or(text.len());
    if end == 0 {
        return;
    }
    let longer = [base, &[text[..end].to_owned()]].concat();
    match text[end..].strip_prefix("::") {
        Some(rest) if !rest.starts_with(['<', '*']) => expand(&longer, rest, found),
        _ => {
            found.insert(longer);
        }
    }
}

/// The items of a list up to its closing brace.
fn items(list: &str) -> Vec<&str> {
    let (mut items, mut depth, mut start) = (Vec::new(), 0, 0);
    for (at, letter) in list.char_indices() {
        match letter {
            '{' => depth += 1,
            '}' | ',' if depth == 0 => {
                items.push(list[start..at].trim());
                start = at + 1;
                if letter == '}' {
                    break;
                }
            }
            '}' => depth -= 1,
            _ => {}
        }
    }
    items
}

/// The row of the table that applies to a module.
fn rights(module: &str) -> Option<&'static (&'static str, &'static [&'static str])> {
    let rows = TABLE.iter().filter(|(name, _)| lies_in(module, name));
    rows.max_by_key(|(name, _)| name.len())
}

fn lies_in(path: &str, module: &str) -> bool {
    path.strip_prefix(module)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with("::"))
}

fn import_faults(file: &str, module: &[String], text: &str) -> Vec<String> {
    let name = module.join("::");
    if name.is_empty() || name == "main" {
        return Vec::new();
    }
    let Some((row, allowed)) = rights(&name) else {
        return vec![format!("{file}: module `{name}` is not in the table")];
    };
    if name.starts_with("splunk::") && *row == "splunk" {
        return vec![format!("{file}: module `{name}` is not in the table")];
    }
    let is_allowed = |path: &String| lies_in(path, row) || allowed.iter().any(|right| lies_in(path, right));
    let used = paths(module, text).into_iter().map(|path| path.join("::"));
    used.filter(|path| !is_allowed(path))
        .map(|path| format!("{file}: `{name}` uses `{path}`"))
        .collect()
}

pub fn faults_are_none(faults: &[String], rule: &str) {
    assert!(faults.is_empty(), "{rule}:\n  {}", faults.join("\n  "));
}

#[test]
fn modules_use_only_what_the_design_allows() {
    let sources = sources("src");
    assert!(sources.len() > 20, "only {} sources were found", sources.len());
    let faults: Vec<String> = sources
        .iter()
        .flat_map(|(file, text)| import_faults(&file.display().to_string(), &module_of(file), text))
        .collect();
    faults_are_none(&faults, "imports against the design's table");
}

#[test]
fn the_reader_of_imports_sees_every_form() {
    let module = ["detect", "normalise", "aws"].map(str::to_owned);
    let text = "use crate::{event::{Path, json::Value}, splunk};\nuse super::super::entry::{Entry};\n\
                //! crate::hidden\nlet x = crate::scan::run::<u8>();\nuse super::{a, b::c};\n\
                mod tests {\nuse super::inside;\nuse super::super::arm;\n";
    let seen: Vec<String> = paths(&module, text).iter().map(|path| path.join("::")).collect();
    let wanted = [
        "detect::entry::Entry",
        "detect::normalise::a",
        "detect::normalise::arm",
        "detect::normalise::aws::inside",
        "detect::normalise::b::c",
        "event::Path",
        "event::json::Value",
        "scan::run",
        "splunk",
    ];
    assert_eq!(seen, wanted);
    let faults = import_faults("x.rs", &module, text);
    assert_eq!(faults.len(), 2, "{faults:?}");
    let session = ["splunk", "frame"].map(str::to_owned);
    assert_eq!(
        import_faults("x.rs", &session, "use super::options::Input;\n").len(),
        1
    );
    assert_eq!(import_faults("x.rs", &["surprise".to_owned()], "").len(), 1);
}

#[test]
fn no_source_is_too_long() {
    let mut faults = Vec::new();
    for (file, text) in ["src", "tests", "benches", "fuzz"]
        .iter()
        .flat_map(|folder| sources(folder))
    {
        let is_main = file == Path::new("src/main.rs");
        let limit = if is_main { MAX_MAIN_LINES } else { MAX_FILE_LINES };
        let lines = text.lines().count();
        if lines > limit {
            faults.push(format!("{}: {lines} lines, {limit} are allowed", file.display()));
        }
    }
    faults_are_none(&faults, "files that are too long");
}

#[test]
fn every_file_of_the_catalogue_is_compiled_in() {
    let folder = files_below(&root().join("src/catalogue/data"));
    let stems: Vec<String> = folder
        .iter()
        .filter(|file| file.extension().is_some_and(|extension| extension == "toml"))
        .map(|file| {
            file.file_stem()
                .expect("it has a name")
                .to_string_lossy()
                .into_owned()
        })
        .collect();
    assert_eq!(stems.len(), folder.len(), "the folder holds only .toml files");
    let listed: Vec<String> = catalogue()
        .families
        .iter()
        .map(|family| family.family.clone())
        .collect();
    assert_eq!(listed, stems);
}

#[test]
fn every_operation_is_complete() {
    let mut faults = Vec::new();
    for (family, operation) in catalogue().operations() {
        let has = |verdict| {
            operation
                .examples
                .iter()
                .any(|example| example.verdict == verdict)
        };
        let texts = [
            &operation.summary,
            &operation.limits,
            &operation.false_positives,
            &operation.triage,
            &operation.contain,
        ];
        let checks = [
            (has(Expected::Hit), "a hit"),
            (has(Expected::Miss), "a near miss"),
            (!operation.references.is_empty(), "a reference"),
            (
                operation
                    .references
                    .iter()
                    .all(|link| link.starts_with("https://")),
                "links only",
            ),
            (texts.iter().all(|text| text.trim().len() > 3), "all its texts"),
            (!operation.evidence.as_str().is_empty(), "evidence"),
        ];
        let lacking = checks.iter().filter(|(is_there, _)| !is_there);
        faults.extend(lacking.map(|(_, what)| format!("{}: lacks {what}", family.operation_id(operation))));
    }
    faults_are_none(&faults, "operations that are not complete");
}

#[test]
fn operation_ids_do_not_vanish_silently() {
    let mut ids: Vec<String> = catalogue()
        .operations()
        .map(|(family, operation)| family.operation_id(operation))
        .collect();
    ids.sort();
    let count = ids.len();
    ids.dedup();
    assert_eq!(ids.len(), count, "an id is used twice");
    golden::check("operation_ids.txt", &(ids.join("\n") + "\n"));
}
