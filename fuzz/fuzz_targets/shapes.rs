//! Any bytes as the text of an event: read or passed over, never a panic; what is found is a sound finding.
#![no_main]

use directvm::catalogue::{Catalogue, Scope};
use directvm::detect::finding::FIELDS;
use directvm::detect::view::View;
use directvm::detect::{Detector, Filter};
use directvm::event::shape;
use libfuzzer_sys::fuzz_target;
use std::sync::LazyLock;

static DETECTOR: LazyLock<Detector> = LazyLock::new(|| {
    let catalogue = Catalogue::embedded().expect("the embedded catalogue is sound");
    Detector::new(&catalogue, Filter { scope: Scope::Extended, ..Filter::default() })
});

fuzz_target!(|input: &[u8]| {
    shape::read(input, &mut |shape, value| {
        if let Some(finding) = DETECTOR.inspect(&View::new(shape, &value)) {
            assert!(finding.score <= 100 && !finding.summary.is_empty());
            for field in FIELDS {
                assert!(field.multivalue || field.list(&finding).len() <= 1, "{}", field.name);
            }
        }
    });
});
