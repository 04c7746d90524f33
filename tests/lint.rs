//! The app's linter (`scripts/lint_app.py`), run with the program under test: it finds nothing in the app, and every mistake
//! that `scripts/test_lint_app.py` plants.

use crate::support::{BINARY, assert_python, command, install};
use std::path::Path;

#[test]
fn the_linter_finds_every_planted_mistake_and_nothing_in_the_app() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let folder = tempfile::tempdir().expect("a folder");
    let program = folder.path().join("directvm");
    install(&program);
    assert_python(&[&root.join("scripts/test_lint_app.py"), &program]);
}

#[test]
fn bad_options_end_with_status_2_and_every_fault() {
    let ended = command(BINARY)
        .args(["options", "--", "mode=filtre", "scop=core"])
        .output()
        .expect("the program can be started");
    assert_eq!(ended.status.code(), Some(2));
    let said = String::from_utf8_lossy(&ended.stderr);
    assert!(
        said.contains("did you mean filter?") && said.contains("did you mean scope?"),
        "{said}"
    );
}
