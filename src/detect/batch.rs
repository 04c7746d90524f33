//! Several events in one: an input that did not split a batch.

use super::finding::Finding;

/// The gravest of a batch's findings, with the targets of all and a reason that says how many of how many.
pub fn gravest<'d>(findings: Vec<Box<Finding<'d>>>, events: usize) -> Option<Box<Finding<'d>>> {
    let first_gravest =
        |a: Box<Finding<'d>>, b: Box<Finding<'d>>| if b.weight() > a.weight() { b } else { a };
    if events < 2 {
        return findings.into_iter().reduce(first_gravest);
    }
    let count = findings.len();
    let mut targets: Vec<String> = Vec::new();
    let mut objects: Vec<String> = Vec::new();
    for finding in &findings {
        add_new(&mut targets, &finding.facts.target);
        add_new(&mut objects, &finding.facts.object_id);
    }
    let mut finding = findings.into_iter().reduce(first_gravest)?;
    finding.facts.target = targets;
    finding.facts.object_id = objects;
    finding.reasons.push(format!(
        "the gravest of {count} findings among {events} events of one unsplit batch"
    ));
    Some(finding)
}

fn add_new(all: &mut Vec<String>, more: &[String]) {
    for value in more {
        if !all.contains(value) {
            all.push(value.clone());
        }
    }
}
