//! Several events in one: an input that did not split a batch.

use super::bounds::{BoundedList, Listed};
use super::finding::Finding;

/// The findings of a batch, of which one is shown. No more is kept of the others than machines that were not met before:
/// there can be as many findings as an attacker likes, each with the same machines.
#[derive(Debug, Default)]
pub struct Batch<'d> {
    gravest: Option<Finding<'d, 'static>>,
    count: usize,
    targets: BoundedList<'static>,
    objects: BoundedList<'static>,
}

impl<'d> Batch<'d> {
    /// Adds a finding.
    pub fn add(&mut self, finding: Finding<'d, '_>) {
        self.count += 1;
        add(&mut self.targets, &finding.facts.target);
        add(&mut self.objects, &finding.facts.object_id);
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
        put_behind(self.targets, &mut finding.facts.target);
        put_behind(self.objects, &mut finding.facts.object_id);
        let count = self.count;
        let reason = format!("the gravest of {count} findings among {events} events of one unsplit batch");
        finding.reasons.push(reason.into());
        Some(finding)
    }
}

fn add(all: &mut BoundedList<'static>, listed: &Listed<'_>) {
    listed.values().iter().for_each(|text| all.add_copy(text));
    all.add_unlisted(listed.unlisted);
}

/// Puts the texts of all behind the own ones. Those that the own list has counted only are among all.
fn put_behind(all: BoundedList<'static>, own: &mut Listed<'_>) {
    let mut list: BoundedList<'_> = own.values().iter().cloned().collect();
    list.append(all);
    *own = list.into_texts();
}

#[cfg(test)]
mod tests {
    use super::super::bounds::{BoundedList, Listed};

    #[test]
    fn a_text_is_kept_once_however_often_it_is_met_and_own_ones_come_first() {
        let listed = |texts: &[&'static str]| -> Listed<'static> {
            let list: BoundedList<'_> = texts.iter().map(|text| (*text).into()).collect();
            list.into_texts()
        };
        let mut all = BoundedList::default();
        (0..1_000).for_each(|_| super::add(&mut all, &listed(&["a", "b"])));
        super::add(&mut all, &listed(&["c", "b"]));
        let mut own = listed(&["c", "c", "b"]);
        super::put_behind(all, &mut own);
        assert_eq!(own.texts, ["c", "b", "a"]);
    }

    #[test]
    fn the_machines_of_a_batch_are_bounded_too() {
        let mut all = BoundedList::default();
        for event in 0..100 {
            let list: BoundedList<'_> = (0..100).map(|at| format!("i-{event}-{at}").into()).collect();
            super::add(&mut all, &list.into_texts());
        }
        let mut own = Listed::default();
        super::put_behind(all, &mut own);
        assert_eq!((own.len(), own.total()), (1_001, 10_000));
        assert_eq!(own.last().unwrap(), "and 9000 more");
    }
}
