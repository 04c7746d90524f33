//! Generated files are what the renderers give. `GENERATE=write` (`make generate`) writes them.

use directvm::catalogue::Catalogue;
use directvm::export::ARTEFACTS;
use std::path::Path;

#[test]
fn generated_files_are_up_to_date() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let catalogue = Catalogue::embedded().expect("the embedded catalogue is sound");
    let write = std::env::var("GENERATE").is_ok_and(|mode| mode == "write");
    let mut stale = Vec::new();
    for (path, render) in ARTEFACTS {
        let file = root.join(path);
        let wanted = render(&catalogue);
        if std::fs::read_to_string(&file).ok().as_deref() == Some(wanted.as_str()) {
            continue;
        }
        if write {
            std::fs::create_dir_all(file.parent().expect("a file lies in a folder"))
                .expect("the folder can be made");
            std::fs::write(&file, wanted).expect("the file can be written");
        } else {
            stale.push(*path);
        }
    }
    assert!(
        stale.is_empty(),
        "not up to date: {}; run `make generate`",
        stale.join(", ")
    );
}
