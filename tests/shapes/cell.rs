//! The same text in a cell, where it is read in place and mostly needs no more than a glance.

use super::{Seen, inspect_raw, text};
use crate::catalogue::{detector, each_example};
use crate::support::csvtext::quote;
use directvm::catalogue::Expected;
use directvm::detect::Detector;
use directvm::detect::view::View;
use directvm::event::shape;

/// The findings of a cell, and how many events are in it.
fn inspect_cell(detector: &Detector, cell: &[u8]) -> (Vec<Seen>, usize) {
    let mut seen = Vec::new();
    let reading = shape::read_cell(cell, &mut |shape, value, _| {
        let finding = detector.inspect(&View::new(shape, &value));
        seen.extend(finding.map(|finding| Seen::of(&finding)));
    });
    (seen, reading.entries)
}

/// Whether a glance at a cell shows something that can be a finding, and how many events it shows.
fn glance(detector: &Detector, cell: &[u8]) -> Option<(bool, usize)> {
    let mut may_find = false;
    let entries = shape::glance(cell, detector.telling(), &mut |shape, value, _| {
        may_find |= detector.may_find(&View::new(shape, &value));
    });
    Some((may_find, entries?))
}

#[test]
fn a_cell_holds_the_same_findings_and_a_glance_misses_none() {
    let detector = detector();
    // Of hits and of others: how many events there were, and how many a glance was enough for.
    let mut counts = [[0, 0]; 2];
    each_example(&mut |family, operation, example| {
        let event = example.whole(family, operation).expect("an example is JSON");
        for (writing, raw) in text::writings(&event) {
            let name = format!("{} ({}), {writing}", family.operation_id(operation), example.what);
            let cell = quote(&raw);
            let (seen, entries) = inspect_cell(&detector, &cell);
            assert_eq!(seen, inspect_raw(&detector, &raw), "{name}");
            let glance = glance(&detector, &cell);
            let is_enough = glance.is_some_and(|(may_find, _)| !may_find);
            assert!(seen.is_empty() || !is_enough, "{name} is overlooked");
            assert!(
                glance.is_none_or(|(_, shown)| shown == entries),
                "{name}: {glance:?}, {entries} events"
            );
            let [all, enough] = &mut counts[usize::from(example.verdict == Expected::Hit)];
            *all += 1;
            *enough += usize::from(is_enough);
        }
    });
    let [[others, enough], [hits, overlooked]] = counts;
    assert!(hits > 100 && overlooked == 0);
    assert!(enough * 2 > others, "{enough} of {others}");
}

#[test]
fn a_cell_with_unbalanced_quotes_is_read_but_not_at_a_glance() {
    let detector = detector();
    let text = r#"{"eventName":"StartSession","eventSource":"ssm.amazonaws.com"}"#;
    let wanted = (inspect_raw(&detector, text.as_bytes()), 1);
    assert_eq!(wanted.0.len(), 1);
    let odd = format!("\"{text}\"");
    assert_eq!(glance(&detector, odd.as_bytes()), None);
    assert_eq!(inspect_cell(&detector, odd.as_bytes()), wanted);
    let even = quote(text.as_bytes());
    assert_eq!(glance(&detector, &even), Some((true, 1)));
    assert_eq!(inspect_cell(&detector, &even), wanted);
}

#[test]
fn a_large_cell_is_read_at_once() {
    let detector = detector();
    let text = |padding: usize| {
        let padding = "x".repeat(padding);
        format!(r#"{{"eventName":"StartSession","eventSource":"ssm.amazonaws.com","x":"{padding}"}}"#)
    };
    for (padding, is_glanced_at) in [(1_000, true), (100_000, false)] {
        let cell = quote(text(padding).as_bytes());
        assert_eq!(glance(&detector, &cell).is_some(), is_glanced_at, "{padding}");
        assert_eq!(inspect_cell(&detector, &cell).0.len(), 1, "{padding}");
    }
}
