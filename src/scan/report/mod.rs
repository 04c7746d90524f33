//! One self-contained page on what was found.

mod escape;
mod page;
mod timeline;

pub use page::page;

use super::summary::Shown;

/// How many findings a page explains.
pub const MOST: usize = 2000;

/// The gravest findings, in the order of their time.
#[derive(Debug, Default)]
pub struct Gravest(Vec<Shown>);

impl Gravest {
    /// Adds a finding; where there are too many, the least grave go.
    pub fn add(&mut self, shown: Shown) {
        self.0.push(shown);
        if self.0.len() >= 2 * MOST {
            self.0
                .sort_by_key(|shown| std::cmp::Reverse((shown.severity, shown.score)));
            self.0.truncate(MOST);
        }
    }

    /// At most [`MOST`] of them, in the order of their time.
    pub fn sorted(&self) -> Vec<&Shown> {
        let mut all: Vec<&Shown> = self.0.iter().collect();
        all.sort_by_key(|shown| std::cmp::Reverse((shown.severity, shown.score)));
        all.truncate(MOST);
        all.sort_by_key(|shown| (shown.moment.is_none(), shown.moment));
        all
    }
}

/// A moment in microseconds since 1970 as ISO 8601, to the second.
pub fn iso(moment: i64) -> String {
    let seconds = moment.div_euclid(1_000_000);
    let (days, clock) = (seconds.div_euclid(86_400), seconds.rem_euclid(86_400));
    // Years are counted from March on, in eras of 400 years.
    let shifted = days + 719_468;
    let (era, of_era) = (shifted.div_euclid(146_097), shifted.rem_euclid(146_097));
    let year_of_era = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * of_year + 2) / 153;
    let day = of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = (month_from_march + 2) % 12 + 1;
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    format!(
        "{year:04}-{month:02}-{day:02}T{:02}:{:02}:{:02}Z",
        clock / 3600,
        clock % 3600 / 60,
        clock % 60
    )
}

#[cfg(test)]
mod tests {
    use super::iso;
    use crate::detect::tune::time::of_iso;

    proptest::proptest! {
        #[test]
        fn a_moment_is_written_as_it_is_read(seconds in -60_000_000_000_i64..200_000_000_000) {
            let moment = seconds * 1_000_000;
            proptest::prop_assert_eq!(of_iso(&iso(moment)), Some(moment));
        }
    }
}
