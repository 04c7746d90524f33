//! The most severe findings of a scan, with bounded memory.

use crate::scan::summary::Shown;

/// How many findings a page explains.
pub const MAX_EXPLAINED: usize = 2000;

/// Keeps the most severe findings.
#[derive(Debug, Default)]
pub struct MostSevere(Vec<Shown>);

impl MostSevere {
    /// Adds a finding; above the limit, the least severe ones are dropped.
    pub fn add(&mut self, shown: Shown) {
        self.0.push(shown);
        if self.0.len() >= 2 * MAX_EXPLAINED {
            self.0
                .sort_by_key(|shown| std::cmp::Reverse((shown.severity, shown.score)));
            self.0.truncate(MAX_EXPLAINED);
        }
    }

    /// Returns at most [`MAX_EXPLAINED`] of them, in the order of their time.
    pub fn sorted(&self) -> Vec<&Shown> {
        let mut all: Vec<&Shown> = self.0.iter().collect();
        all.sort_by_key(|shown| std::cmp::Reverse((shown.severity, shown.score)));
        all.truncate(MAX_EXPLAINED);
        all.sort_by_key(|shown| (shown.moment.is_none(), shown.moment));
        all
    }
}
