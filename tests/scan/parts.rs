//! A large file of lines that several threads read in parts gives what one thread gives.

use super::{event, hit};
use crate::catalogue::detector;
use directvm::scan::archive::Opened;
use directvm::scan::sources::{Source, Sources};
use directvm::scan::{Item, Meter, Settings, scan};
use std::path::Path;

/// What a scan hands on: records with their findings, and counts.
fn scanned(path: &Path, threads: usize) -> Vec<String> {
    let detector = detector();
    let open = |source: &Source| match source {
        Source::File(path) => {
            let file = std::fs::File::open(path)?;
            let length = file.metadata()?.len();
            Ok(Opened::File(Box::new(file), length))
        }
        _ => Err(std::io::Error::other("no file")),
    };
    let settings = Settings {
        threads,
        part: 20_000,
        ..Settings::default()
    };
    let mut all = Vec::new();
    let mut sink = |_: &str, item: Item<'_>| {
        match item {
            Item::Found(found) => all.push(format!(
                "{} {:?}",
                found.record,
                found.finding.map(|finding| finding.summary)
            )),
            Item::End(counts) => all.push(format!(
                "{} {} {:?} {:?}",
                counts.records, counts.unknown, counts.covered, counts.faults
            )),
            Item::Text(..) | Item::Part(_) => all.push("what reaches no sink".to_owned()),
        }
        Ok(())
    };
    let sources = Sources::new(vec![path.to_owned()]);
    scan(sources, &open, &detector, &settings, &Meter::default(), &mut sink)
        .expect("the sink takes everything");
    all
}

#[test]
fn parts_give_the_same_records_findings_and_counts() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("a.jsonl");
    let lines = (0..1_000).map(|at| if at % 7 == 0 { hit(at) } else { event("DescribeSessions", at) } + "\n");
    let lines: String = lines.collect();
    std::fs::write(&path, &lines).expect("it is written");
    let one = scanned(&path, 1);
    assert_eq!(one.len(), 1 + 1_000_usize.div_ceil(7));
    for threads in [2, 4] {
        let several = scanned(&path, threads);
        let (last, before) = several.split_last().expect("an end");
        let (last_of_one, before_of_one) = one.split_last().expect("an end");
        assert_eq!(before, before_of_one);
        assert!(
            last.starts_with("1000 0 ") && last_of_one.starts_with("1000 0 "),
            "{last}"
        );
    }
    let batch = format!("{{\"Records\":[{}]}}", lines.trim_end().replace('\n', ",\n"));
    std::fs::write(&path, batch).expect("it is written");
    assert_eq!(scanned(&path, 4), scanned(&path, 1));
    std::fs::write(&path, format!("{lines}{{\"cut\":\n")).expect("it is written");
    let cut = scanned(&path, 2);
    assert!(
        cut.last()
            .is_some_and(|end| end.contains("behind byte ") && end.contains("ends in the middle")),
        "{cut:?}"
    );
}
