//! Any bytes through the scanner, plain, compressed, archives or tables: no panic; of lines that hold one object each, the findings are those
//! of the events read one by one.
#![no_main]

use directvm::catalogue::{Catalogue, Scope};
use directvm::detect::{Detector, Filter};
use directvm::scan::archive::Opened;
use directvm::scan::sources::Sources;
use directvm::scan::{Item, Meter, Settings, scan};
use libfuzzer_sys::fuzz_target;
use std::io::Cursor;
use std::sync::LazyLock;

static DETECTOR: LazyLock<Detector> = LazyLock::new(|| {
    let catalogue = Catalogue::embedded().expect("the embedded catalogue is sound");
    Detector::new(&catalogue, Filter { scope: Scope::Extended, ..Filter::default() })
});

fn scanned(input: &[u8], every: bool) -> Vec<String> {
    let settings = Settings { every, threads: 1, ..Settings::default() };
    let mut found = Vec::new();
    let mut ends = 0;
    let open = |_: &_| Ok(Opened::File(Box::new(Cursor::new(input.to_vec())), input.len() as u64));
    let mut sink = |_: &str, item: Item<'_>| {
        match item {
            Item::Found(event) => found.extend(event.finding.map(|finding| finding.summary)),
            Item::Text(..) | Item::Part(_) => {}
            Item::End(_) => ends += 1,
        }
        Ok(())
    };
    scan(Sources::new(Vec::new()), &open, &DETECTOR, &settings, &Meter::default(), &mut sink)
        .expect("the sink takes everything");
    assert!(ends > 0);
    found
}

/// The lines, where each is one JSON object. An escape can spell a name that the search for names does not see.
fn objects(input: &[u8]) -> Option<Vec<&[u8]>> {
    let lines: Vec<&[u8]> = input.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()).collect();
    let is_object = |line: &&[u8]| {
        line.starts_with(b"{")
            && line.ends_with(b"}")
            && !line.contains(&b'\\')
            && serde_json::from_slice::<serde_json::Value>(line).is_ok()
    };
    (!lines.is_empty() && lines.iter().all(is_object)).then_some(lines)
}

fuzz_target!(|input: &[u8]| {
    let findings = scanned(input, false);
    assert_eq!(findings, scanned(input, true));
    let Some(lines) = objects(input) else { return };
    let mut wanted = Vec::new();
    for line in lines {
        wanted.extend(DETECTOR.findings(line).into_iter().map(|finding| finding.summary));
    }
    assert_eq!(findings, wanted);
});
