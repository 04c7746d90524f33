//! The most severe findings of a scan, with bounded memory.

use super::shown::Shown;
use std::cmp::Reverse;

/// Keeps the most severe findings.
#[derive(Debug)]
pub struct MostSevere {
    most: usize,
    kept: Vec<Shown>,
}

impl MostSevere {
    /// Keeps at most `most` findings.
    pub fn new(most: usize) -> Self {
        Self {
            most,
            kept: Vec::new(),
        }
    }

    /// Adds a finding; above the limit, the least severe ones are dropped.
    pub fn add(&mut self, shown: Shown) {
        self.kept.push(shown);
        if self.kept.len() >= self.most.saturating_mul(2) {
            self.kept.sort_by_key(|shown| Reverse(shown.weight()));
            self.kept.truncate(self.most);
        }
    }

    /// Returns at most as many as are kept, in the order of their time.
    pub fn sorted(&self) -> Vec<&Shown> {
        let mut all: Vec<&Shown> = self.kept.iter().collect();
        if all.len() > self.most {
            all.sort_by_key(|shown| Reverse(shown.weight()));
            all.truncate(self.most);
        }
        all.sort_by_key(|shown| (shown.moment.is_none(), shown.moment));
        all
    }
}
