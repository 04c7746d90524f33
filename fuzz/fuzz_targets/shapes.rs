//! Any bytes as the text of an event: read or skipped, never a panic; what is found is a sound finding, and the same in a
//! cell.
#![no_main]

use directvm::catalogue::{Catalogue, Scope};
use directvm::csv::cells::unquote;
use directvm::detect::finding::FIELDS;
use directvm::detect::{Detector, Filter};
use libfuzzer_sys::fuzz_target;
use std::sync::LazyLock;

static DETECTOR: LazyLock<Detector> = LazyLock::new(|| {
    let catalogue = Catalogue::embedded().expect("the embedded catalogue is sound");
    Detector::new(&catalogue, Filter { scope: Scope::Extended, ..Filter::default() })
});

fn summaries(text: &[u8]) -> Vec<String> {
    DETECTOR.findings(text).into_iter().map(|finding| finding.summary).collect()
}

fuzz_target!(|input: &[u8]| {
    for finding in DETECTOR.findings(input) {
        assert!(finding.score <= 100 && !finding.summary.is_empty());
        for field in FIELDS {
            assert!(field.multivalue || field.list(&finding).len() <= 1, "{}", field.name);
        }
    }
    let inner = input.iter().flat_map(|byte| std::iter::repeat_n(*byte, 1 + usize::from(*byte == b'"')));
    let cell: Vec<u8> = std::iter::once(b'"').chain(inner).chain(std::iter::once(b'"')).collect();
    assert_eq!(summaries(input), summaries(&unquote(&cell)));
});
