//! Several events in one: an input that did not split a batch.

use super::finding::Finding;
use std::collections::HashSet;

/// The gravest of a batch's findings, with the targets of all and a reason that says how many of how many.
pub fn gravest<'d>(findings: Vec<Box<Finding<'d>>>, events: usize) -> Option<Box<Finding<'d>>> {
    let first_gravest =
        |a: Box<Finding<'d>>, b: Box<Finding<'d>>| if b.weight() > a.weight() { b } else { a };
    if events < 2 {
        return findings.into_iter().reduce(first_gravest);
    }
    let count = findings.len();
    let targets = distinct(findings.iter().flat_map(|finding| &finding.facts.target));
    let objects = distinct(findings.iter().flat_map(|finding| &finding.facts.object_id));
    let mut finding = findings.into_iter().reduce(first_gravest)?;
    finding.facts.target = targets;
    finding.facts.object_id = objects;
    finding.reasons.push(format!(
        "the gravest of {count} findings among {events} events of one unsplit batch"
    ));
    Some(finding)
}

/// Each value once, in order. A batch can hold as many as an attacker likes.
fn distinct<'v>(values: impl Iterator<Item = &'v String>) -> Vec<String> {
    let mut seen = HashSet::new();
    values.filter(|value| seen.insert(*value)).cloned().collect()
}
