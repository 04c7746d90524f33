//! Several events in one: an input that did not split a batch.

use super::distinct;
use super::finding::Finding;

/// The gravest of a batch's findings, with the targets of all behind its own, and a reason that says how many of how
/// many.
pub fn gravest<'d>(mut findings: Vec<Finding<'d, 'static>>, events: usize) -> Option<Finding<'d, 'static>> {
    let graver = |first: usize, at: usize| {
        let is_graver = findings[at].weight() > findings[first].weight();
        if is_graver { at } else { first }
    };
    let at = (0..findings.len()).reduce(graver)?;
    if events < 2 {
        return Some(findings.swap_remove(at));
    }
    let own_first = || std::iter::once(&findings[at]).chain(&findings);
    let targets = distinct(
        own_first()
            .flat_map(|finding| finding.facts.target.clone())
            .collect(),
    );
    let objects = distinct(
        own_first()
            .flat_map(|finding| finding.facts.object_id.clone())
            .collect(),
    );
    let count = findings.len();
    let mut finding = findings.swap_remove(at);
    finding.facts.target = targets;
    finding.facts.object_id = objects;
    let reason = format!("the gravest of {count} findings among {events} events of one unsplit batch");
    finding.reasons.push(reason.into());
    Some(finding)
}
