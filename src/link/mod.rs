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

/// One row for each request, session or case, in the order of time.
pub fn rows(linked: &Linked, by: By) -> Vec<LinkedRow> {
    match by {
        By::Request => row::requests(linked),
        By::Session => row::sessions(linked),
        By::Case => row::cases(linked),
    }
}
