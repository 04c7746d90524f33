//! No two files of `src` use each other, directly or through other files.
//!
//! An edge leads from a file to the file that defines the item it names: `crate::…`, `super::…` and paths that begin with
//! a child module. An item that a parent only re-exports counts as its child's, and declaring a child counts as nothing.

use std::collections::{BTreeMap, BTreeSet};

use crate::architecture::{faults_are_none, module_of, paths, sources};

type Module = Vec<String>;

struct File {
    name: String,
    /// The text without its test modules.
    code: String,
}

/// Files by module path.
struct Tree(BTreeMap<Module, File>);

impl Tree {
    fn of(files: impl Iterator<Item = (String, Module, String)>) -> Self {
        let files = files.map(|(name, module, text)| {
            let end = text.find("#[cfg(test)]\nmod ").unwrap_or(text.len());
            let code = text[..end].to_owned();
            (module, File { name, code })
        });
        Self(files.collect())
    }

    /// The module of the file that defines what `path` names.
    fn definer(&self, path: &[String]) -> Option<Module> {
        let length = (1..=path.len())
            .rev()
            .find(|length| self.0.contains_key(&path[..*length]))?;
        let (module, rest) = path.split_at(length);
        let Some(item) = rest.first() else {
            return Some(module.to_vec());
        };
        let exported = reexports(module, &self.0[module].code);
        match exported.iter().find(|exported| exported.last() == Some(item)) {
            Some(exported) if exported.as_slice() != path => self.definer(exported),
            _ => Some(module.to_vec()),
        }
    }

    /// The modules of the files that a file uses.
    fn used(&self, module: &Module, file: &File) -> BTreeSet<Module> {
        let declared = without_declarations(&file.code);
        let code = without_unused_reexports(&declared);
        let mut named = paths(module, &code);
        for child in self
            .0
            .keys()
            .filter(|other| other.len() == module.len() + 1 && other.starts_with(module))
        {
            named.extend(child_paths(module, child.last().expect("it has a name"), &code));
        }
        let definers = named.iter().filter_map(|path| self.definer(path));
        definers.filter(|other| other != module).collect()
    }

    /// Every file that can be reached from itself, with one other of its circle.
    fn circles(&self) -> BTreeSet<(String, String)> {
        let uses: BTreeMap<&Module, BTreeSet<Module>> = self
            .0
            .iter()
            .map(|(module, file)| (module, self.used(module, file)))
            .collect();
        let mut found = BTreeSet::new();
        for (module, used) in &uses {
            for other in used {
                if reaches(other, module, &uses) {
                    let mut pair = [*module, other].map(|module| self.0[module].name.clone());
                    pair.sort();
                    let [first, second] = pair;
                    found.insert((first, second));
                }
            }
        }
        found
    }
}

fn reaches(from: &Module, to: &Module, uses: &BTreeMap<&Module, BTreeSet<Module>>) -> bool {
    let (mut seen, mut open) = (BTreeSet::new(), vec![from]);
    while let Some(module) = open.pop() {
        if module == to {
            return true;
        }
        if seen.insert(module) {
            open.extend(uses.get(module).into_iter().flatten());
        }
    }
    false
}

/// The statements of a file that begin at the left edge with one of `starts`, whole.
fn statements<'t>(code: &'t str, starts: &[&str]) -> Vec<&'t str> {
    let mut found = Vec::new();
    let mut at = 0;
    for line in code.split_inclusive('\n') {
        if starts.iter().any(|start| line.starts_with(start)) {
            let end = code[at..].find(';').map_or(code.len(), |end| at + end + 1);
            found.push(&code[at..end]);
        }
        at += line.len();
    }
    found
}

/// `pub use child::Item;` → the whole paths of what is exported.
fn reexports(module: &[String], code: &str) -> BTreeSet<Module> {
    let mut found = BTreeSet::new();
    for statement in statements(code, &["pub use ", "pub(crate) use ", "pub(super) use "]) {
        let (_, path) = statement.split_once("use ").expect("it is a use");
        let path = path.trim_start_matches("self::");
        let text = if path.starts_with("crate::") || path.starts_with("super::") {
            path.to_owned()
        } else {
            // `super::` of a module below this one is this one.
            format!("super::{path}")
        };
        let below = [module, &["below".to_owned()]].concat();
        found.extend(paths(&below, &text));
    }
    found
}

fn without_declarations(code: &str) -> String {
    let is_declaration = |line: &&str| {
        let line = line.trim_start_matches("pub(crate) ").trim_start_matches("pub ");
        line.starts_with("mod ") && line.trim_end().ends_with(';')
    };
    let kept = code
        .lines()
        .filter(|line| !is_declaration(line) && !line.trim_start().starts_with("//"));
    kept.fold(String::new(), |text, line| text + line + "\n")
}

/// Drops what a file exports of its children and does not name itself.
fn without_unused_reexports(code: &str) -> String {
    let mut kept = code.to_owned();
    for statement in statements(code, &["pub use ", "pub(crate) use ", "pub(super) use "]) {
        let rest = code.replace(statement, "");
        let names: Vec<&str> = statement
            .split(|letter: char| !letter.is_alphanumeric() && letter != '_')
            .filter(|name| name.starts_with(char::is_uppercase))
            .collect();
        let is_named = |name: &&&str| {
            rest.split(|letter: char| !letter.is_alphanumeric() && letter != '_')
                .any(|word| word == **name)
        };
        if names.iter().find(is_named).is_none() {
            kept = kept.replace(statement, "");
        }
    }
    kept
}

/// Paths that begin with the name of a child: `child::Item`.
fn child_paths(module: &[String], child: &str, code: &str) -> BTreeSet<Module> {
    let mut found = BTreeSet::new();
    let start = format!("{child}::");
    for (at, _) in code.match_indices(&start) {
        let before = code[..at].chars().next_back().unwrap_or(' ');
        let is_start = !before.is_alphanumeric() && before != '_';
        if is_start && (before != ':' || code[..at].ends_with("self::")) {
            let below = [module, &["below".to_owned()]].concat();
            found.extend(paths(
                &below,
                &format!("super::{}", first_line_or_list(&code[at..])),
            ));
        }
    }
    found
}

/// As much of `code` as a path can be: to the end of its list, or to the end of its line.
fn first_line_or_list(code: &str) -> &str {
    let line = code.find('\n').unwrap_or(code.len());
    match code[..line].find("::{") {
        Some(_) => &code[..code.find(';').unwrap_or(line)],
        None => &code[..line],
    }
}

#[test]
fn no_two_files_use_each_other() {
    let files = sources("src").into_iter();
    let tree = Tree::of(files.map(|(file, text)| (file.display().to_string(), module_of(&file), text)));
    let found = tree.circles();
    let faults = found
        .iter()
        .map(|(one, other)| format!("{one} and {other} lie on a circle"));
    faults_are_none(&faults.collect::<Vec<_>>(), "files that use each other");
}

#[test]
fn circles_are_seen_and_reexports_are_not() {
    let tree = |files: &[(&str, &str)]| {
        let files = files.iter().map(|(module, text)| {
            let path = module.split("::").map(str::to_owned).collect();
            ((*module).to_owned(), path, (*text).to_owned())
        });
        Tree::of(files.collect::<Vec<_>>().into_iter()).circles().len()
    };
    let used = "mod b;\nuse b::B;\npub struct A;\n";
    assert_eq!(
        tree(&[("a", used), ("a::b", "use super::A;\npub struct B;\n")]),
        1
    );
    assert_eq!(
        tree(&[
            ("a", used),
            ("a::b", "use super::c::C;\npub struct B;\n"),
            ("a::c", "use super::b;\n")
        ]),
        1
    );
    let exported = "mod b;\nmod c;\npub use b::{B, D};\nfn f() -> c::C {}\n";
    assert_eq!(
        tree(&[("a", exported), ("a::b", ""), ("a::c", "use super::B;\n")]),
        0
    );
    let named = "mod b;\npub use b::B;\nfn f(b: B) {}\npub struct A;\n";
    assert_eq!(tree(&[("a", named), ("a::b", "fn f() -> super::A {}\n")]), 1);
    let one = "use crate::z::Z;\n";
    assert_eq!(
        tree(&[
            ("x", "use crate::y::Y;\n"),
            ("y", one),
            ("z", "use crate::x::X;\n")
        ]),
        3
    );
    assert_eq!(
        tree(&[("x", "mod y;\npub fn f() {}\n"), ("x::y", "use super::f;\n")]),
        0
    );
}
