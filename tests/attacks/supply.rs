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

#[test]
fn a_validator_or_what_it_needs_is_replaced() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("scripts/requirements");
    let mut packages = 0;
    for file in std::fs::read_dir(folder).expect("the folder is there") {
        let path = file.expect("it can be read").path();
        let list = std::fs::read_to_string(&path).expect("it is text");
        for package in list.replace("\\\n", " ").lines() {
            let exact = package
                .split_once("==")
                .map(|(_, rest)| rest.contains("--hash=sha256:"));
            assert_eq!(exact, Some(true), "{}: {package}", path.display());
            packages += 1;
        }
    }
    assert!(packages > 50, "{packages}");
    assert!(text("scripts/venv.sh").contains("--require-hashes"));
    for script in ["scripts/validate.sh", "scripts/validate_sigma.sh"] {
        assert!(
            !text(script).contains("pip\" install"),
            "{script} installs past the lists"
        );
    }
}

#[test]
fn a_crate_has_a_weakness_that_became_known() {
    let step = "cargo-deny check advisories";
    assert!(text("scripts/release_check.sh").contains(step));
    assert!(text("RELEASE.md").contains("advisories on the crates"));
}
