//! Several events in one: an input that did not split a batch.

use super::finding::{Finding, Text};
use std::collections::HashSet;

/// The findings of a batch, of which one is shown. No more is kept of the others than machines that were not met before:
/// there can be as many findings as an attacker likes, each with the same machines.
#[derive(Debug, Default)]
pub struct Batch<'d> {
    gravest: Option<Finding<'d, 'static>>,
    count: usize,
    targets: Distinct,
    objects: Distinct,
}

impl<'d> Batch<'d> {
    /// Adds a finding.
    pub fn add(&mut self, finding: Finding<'d, '_>) {
        self.count += 1;
        self.targets.add(&finding.facts.target);
        self.objects.add(&finding.facts.object_id);
        let gravest = self.gravest.as_ref();
        if gravest.is_none_or(|gravest| finding.weight() > gravest.weight()) {
            self.gravest = Some(finding.into_owned());
        }
    }

    /// The gravest finding, with the machines of all behind its own, and a reason that says how many there were of how many
    /// events.
    pub fn gravest(self, events: usize) -> Option<Finding<'d, 'static>> {
        let mut finding = self.gravest?;
        if events < 2 {
            return Some(finding);
        }
        self.targets.put_behind(&mut finding.facts.target);
        self.objects.put_behind(&mut finding.facts.object_id);
        let count = self.count;
        let reason = format!("the gravest of {count} findings among {events} events of one unsplit batch");
        finding.reasons.push(reason.into());
        Some(finding)
    }
}

/// Texts, each once, in the order in which they were met.
#[derive(Debug, Default)]
struct Distinct {
    known: HashSet<String>,
    texts: Vec<String>,
}

impl Distinct {
    fn add(&mut self, texts: &[Text<'_>]) {
        for text in texts {
            if !self.known.contains(text.as_ref()) {
                self.known.insert(text.to_string());
                self.texts.push(text.to_string());
            }
        }
    }

    fn put_behind(mut self, own: &mut Vec<Text<'_>>) {
        own.retain(|text| self.known.remove(text.as_ref()));
        let others = self.texts.into_iter().filter(|text| self.known.contains(text));
        own.extend(others.map(Text::from));
    }
}

#[cfg(test)]
mod tests {
    use super::{Distinct, Text};

    #[test]
    fn a_text_is_kept_once_however_often_it_is_met_and_own_ones_come_first() {
        let [a, b, c] = ["a", "b", "c"].map(Text::from);
        let mut distinct = Distinct::default();
        (0..1_000).for_each(|_| distinct.add(&[a.clone(), b.clone()]));
        distinct.add(&[c.clone(), b.clone()]);
        assert_eq!(distinct.texts.len(), 3);
        let mut own = vec![c.clone(), c.clone(), b.clone()];
        distinct.put_behind(&mut own);
        assert_eq!(own, [c, b, a]);
    }
}
