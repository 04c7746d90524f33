//! Golden files below `tests/golden`: compared byte for byte, rewritten with `BLESS=1`, orphans rejected.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use super::files_below;

/// What each golden file was compared with in this run: two tests must not expect different contents of one file.
static USED: Mutex<BTreeMap<String, String>> = Mutex::new(BTreeMap::new());

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden")
}

/// Compares `actual` with `tests/golden/<path>`; `BLESS=1` writes it there instead.
#[track_caller]
pub fn check(path: &str, actual: &str) {
    let bless = std::env::var_os("BLESS").is_some_and(|value| value == "1");
    if let Err(fault) = note_use(path, actual).and_then(|()| check_below(&root(), path, actual, bless)) {
        panic!("{fault}");
    }
}

/// Panics if a file below `tests/golden/<dir>` is not in `used` (paths relative to `tests/golden`).
#[track_caller]
pub fn assert_no_orphans(dir: &str, used: &[&str]) {
    let orphans = orphans_below(&root(), dir, used);
    assert!(
        orphans.is_empty(),
        "golden files that no test uses (delete them):\n  {}",
        orphans.join("\n  ")
    );
}

pub(super) fn note_use(path: &str, actual: &str) -> Result<(), String> {
    let mut used = USED.lock().unwrap_or_else(PoisonError::into_inner);
    match used.insert(path.to_owned(), actual.to_owned()) {
        Some(earlier) if earlier != actual => Err(format!(
            "two tests compare tests/golden/{path} with different texts"
        )),
        _ => Ok(()),
    }
}

pub(super) fn check_below(root: &Path, path: &str, actual: &str, bless: bool) -> Result<(), String> {
    let file = root.join(path);
    if bless {
        return write(&file, actual).map_err(|error| format!("cannot write {}: {error}", file.display()));
    }
    let how = "if the new text is right, run the test again with BLESS=1 and look at the difference";
    let expected =
        fs::read_to_string(&file).map_err(|error| format!("tests/golden/{path}: {error}; {how}"))?;
    match first_difference(&expected, actual) {
        None => Ok(()),
        Some(difference) => Err(format!("tests/golden/{path} differs {difference}\n{how}")),
    }
}

fn write(file: &Path, actual: &str) -> std::io::Result<()> {
    if let Some(folder) = file.parent() {
        fs::create_dir_all(folder)?;
    }
    fs::write(file, actual)
}

fn first_difference(expected: &str, actual: &str) -> Option<String> {
    if expected == actual {
        return None;
    }
    let (mut old, mut new) = (expected.split_inclusive('\n'), actual.split_inclusive('\n'));
    let mut line = 1;
    loop {
        match (old.next(), new.next()) {
            (before, after) if before == after => line += 1,
            (before, after) => {
                return Some(format!(
                    "from line {line} on\n  expected: {}\n  actual:   {}",
                    shown(before),
                    shown(after)
                ));
            }
        }
    }
}

fn shown(line: Option<&str>) -> String {
    line.map_or_else(|| "(end of text)".to_owned(), |line| format!("{line:?}"))
}

pub(super) fn orphans_below(root: &Path, dir: &str, used: &[&str]) -> Vec<String> {
    let names = files_below(&root.join(dir)).into_iter().filter_map(|file| {
        let relative = file.strip_prefix(root).ok()?;
        Some(relative.to_string_lossy().replace('\\', "/"))
    });
    names.filter(|name| !used.contains(&name.as_str())).collect()
}
