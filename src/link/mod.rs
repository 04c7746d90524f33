//! Findings in any order → requests, sessions, links and cases. Pure; the same findings give the same rows in whatever order
//! they come.
//!
//! ```text
//! records → requests (records of one request folded, copies dropped) → sessions → links → cases → rows
//! ```
//!
//! What joins what is data where it can be: `rules.toml`.

mod case;
mod chain;
mod connection;
mod definitions;
mod fold;
mod linked;
mod machine;
mod options;
mod record;
mod request;
mod row;
mod rules;
mod run;
mod session;
mod several;
mod times;

pub use connection::LINKS;
pub use linked::{Linked, MAX_RECORDS};
pub use options::{By, LinkOptions};
pub use record::{Record, field_number};
pub use row::{LINK_FIELDS, LinkedRow};
pub use rules::Rules;

use std::ops::Range;

/// How many rows there are.
pub fn count(linked: &Linked, by: By) -> usize {
    match by {
        By::Request => linked.requests.len(),
        By::Session => linked.sessions.all.len(),
        By::Case => row::case_count(linked),
    }
}

/// Gives rows for requests, sessions or cases, in the order of time: those with numbers in `range`, one after the other.
pub fn each_row(linked: &Linked, by: By, range: Range<usize>, put: &mut dyn FnMut(&LinkedRow)) {
    match by {
        By::Request => row::requests(linked, range, put),
        By::Session => row::sessions(linked, range, put),
        By::Case => row::cases(linked, range, put),
    }
}

/// All rows at once.
pub fn rows(linked: &Linked, by: By) -> Vec<LinkedRow> {
    let mut rows = Vec::new();
    each_row(linked, by, 0..count(linked, by), &mut |row| {
        rows.push(row.clone());
    });
    rows
}
