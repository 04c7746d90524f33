//! Only Cargo.toml contains the version, and the changelog has an entry for it.

use crate::support::{BINARY, command, files_below};
use std::fs;
use std::path::Path;

const VERSION: &str = env!("CARGO_PKG_VERSION");

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn text(file: &str) -> String {
    fs::read_to_string(root().join(file)).unwrap_or_else(|error| panic!("{file}: {error}"))
}

/// Versions such as 1.2.3 after `before`.
fn versions_behind<'a>(text: &'a str, before: &'a str) -> impl Iterator<Item = &'a str> {
    text.split(before).skip(1).filter_map(|rest| {
        let end = rest
            .find(|c: char| !c.is_ascii_digit() && c != '.')
            .unwrap_or(rest.len());
        let version = rest[..end].trim_end_matches('.');
        (version.split('.').count() == 3).then_some(version)
    })
}

#[test]
fn the_program_says_the_version_of_the_crate() {
    let said = command(BINARY)
        .arg("--version")
        .output()
        .expect("the program starts");
    assert_eq!(
        String::from_utf8_lossy(&said.stdout).trim_end(),
        format!("directvm {VERSION}")
    );
}

#[test]
fn the_app_leaves_its_version_to_the_packager() {
    for (file, key) in [
        ("splunk_app/default/app.conf", "version = "),
        ("splunk_app/app.manifest", "\"version\": \""),
    ] {
        let text = text(file);
        let places = text
            .split(key)
            .skip(1)
            .filter(|rest| rest.starts_with("@VERSION@"))
            .count();
        assert!(places > 0, "{file}: no {key}@VERSION@");
        assert_eq!(versions_behind(&text, key).collect::<Vec<_>>(), [""; 0], "{file}");
    }
}

#[test]
fn no_document_names_a_package_of_another_version() {
    let files = files_below(&root().join("docs")).into_iter();
    for file in files.chain(["README.md", "RELEASE.md", "CONTRIBUTING.md"].map(|file| root().join(file))) {
        let text = fs::read_to_string(&file).unwrap_or_default();
        for before in ["directvm-", "directvm-windows-"] {
            for version in versions_behind(&text, before) {
                assert_eq!(version, VERSION, "{}", file.display());
            }
        }
    }
}

#[test]
fn the_changelog_has_an_entry_for_this_version_or_for_the_next_one() {
    let text = text("CHANGELOG.md");
    let entries: Vec<_> = text.lines().filter_map(|line| line.strip_prefix("## ")).collect();
    let known = |entry: &&str| **entry == *"Unreleased" || entry.split(' ').next() == Some(VERSION);
    assert!(
        entries.iter().any(known),
        "CHANGELOG.md has neither {VERSION} nor Unreleased: {entries:?}"
    );
}
