//! Generated files are equal to the output of the renderers. `GENERATE=write` (`make generate`) writes them.

use crate::support::files_below;
use directvm::catalogue::Catalogue;
use directvm::export::{FOLDERS, PARTS, generated, with_part};
use std::path::Path;

#[test]
fn generated_files_are_up_to_date() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let catalogue = Catalogue::sources().expect("the catalogue is sound");
    let write = std::env::var("GENERATE").is_ok_and(|mode| mode == "write");
    let current = |path: &str| std::fs::read_to_string(root.join(path)).unwrap_or_default();
    let mut stale = Vec::new();
    for (path, wanted) in generated(&catalogue, &current) {
        if current(&path) == wanted {
            continue;
        }
        if write {
            let file = root.join(&path);
            std::fs::create_dir_all(file.parent().expect("a file lies in a folder"))
                .expect("the folder can be made");
            std::fs::write(&file, wanted).expect("the file can be written");
        } else {
            stale.push(path);
        }
    }
    assert!(
        stale.is_empty(),
        "not up to date: {}; run `make generate`",
        stale.join(", ")
    );
}

#[test]
fn files_with_generated_parts_have_the_marks() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    for (path, name, _) in PARTS {
        let text = std::fs::read_to_string(root.join(path)).expect("the file can be read");
        assert!(
            with_part(&text, name, "").is_some(),
            "{path} lacks the marks of {name}"
        );
    }
}

#[test]
fn generated_folders_hold_nothing_else() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let catalogue = Catalogue::sources().expect("the catalogue is sound");
    for (folder, render) in FOLDERS {
        let wanted: Vec<_> = render(&catalogue)
            .into_iter()
            .map(|(path, _)| root.join(path))
            .collect();
        let stray: Vec<_> = files_below(&root.join(folder))
            .into_iter()
            .filter(|file| !wanted.contains(file))
            .collect();
        assert!(stray.is_empty(), "delete what no renderer gives: {stray:?}");
    }
}
