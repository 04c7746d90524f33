//! Any bytes as the text of an event: read or passed over, never a panic; what is found is a sound finding. In a cell the
//! same is found, and a glance overlooks nothing of it.
#![no_main]

use directvm::catalogue::{Catalogue, Scope};
use directvm::detect::finding::FIELDS;
use directvm::detect::view::View;
use directvm::detect::{Detector, Filter};
use directvm::event::json::MOST_MEMBERS;
use directvm::event::shape;
use libfuzzer_sys::fuzz_target;
use std::sync::LazyLock;

static DETECTOR: LazyLock<Detector> = LazyLock::new(|| {
    let catalogue = Catalogue::embedded().expect("the embedded catalogue is sound");
    Detector::new(&catalogue, Filter { scope: Scope::Extended, ..Filter::default() })
});

/// With more, an object may have so many members that not all are read.
const FEW: usize = 2 * MOST_MEMBERS;

fuzz_target!(|input: &[u8]| {
    let mut found = Vec::new();
    shape::read(input, &mut |shape, value| {
        if let Some(finding) = DETECTOR.inspect(&View::new(shape, &value)) {
            assert!(finding.score <= 100 && !finding.summary.is_empty());
            for field in FIELDS {
                assert!(field.multivalue || field.list(&finding).len() <= 1, "{}", field.name);
            }
            found.push(finding.summary);
        }
    });
    let inner = input.iter().flat_map(|byte| std::iter::repeat_n(*byte, 1 + usize::from(*byte == b'"')));
    let cell: Vec<u8> = std::iter::once(b'"').chain(inner).chain(std::iter::once(b'"')).collect();
    let mut in_cell = Vec::new();
    shape::read_cell(&cell, &mut |shape, value, _| {
        in_cell.extend(DETECTOR.inspect(&View::new(shape, &value)).map(|finding| finding.summary));
    });
    assert_eq!(found, in_cell);
    let mut may_find = false;
    let glance = shape::glance(&cell, DETECTOR.telling(), &mut |shape, value, _| {
        may_find |= DETECTOR.may_find(&View::new(shape, &value));
    });
    assert!(found.is_empty() || may_find || glance.is_none() || input.len() > FEW, "overlooked: {found:?}");
});
