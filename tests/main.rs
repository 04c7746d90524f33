//! The one test crate. What each module asserts:
//!
//! - `app`: the app's .conf files and its launcher
//! - `architecture`: who may import whom, how long a file may be, what the catalogue must hold
//! - `bounds`: what a finding adds is bounded
//! - `catalogue`: every example of the catalogue is what it says
//! - `docs`: every command and search in the pages is run, every link and name leads somewhere
//! - `faults`: what splunkd should never send ends in one readable error
//! - `generated`: generated files are up to date
//! - `interrupted`: whatever is ended at any moment, nothing stays behind
//! - `knowledge`: the engine names no operation, service, document or key
//! - `options`: every option does what the contract says
//! - `passthrough`: rows that are no finding come back as they were, whatever they hold
//! - `protocol`: the conversation with splunkd, and what findings look like in it
//! - `recording`: a session on disk, without its key, read again and replayed
//! - `recordings`: real sessions and real attacks through the real protocol
//! - `same`: the sessions that `make same` sends to two programs are well formed
//! - `sessions`: generated sessions, legal and broken, lose, change and reorder nothing
//! - `shapes`: one event in every shape its provider has
//! - `support`: the stand-in for splunkd, and its own tests

#![allow(clippy::disallowed_methods, reason = "tests read files and the environment")]

mod app;
mod architecture;
mod bounds;
mod catalogue;
mod contributing;
mod describe;
mod docs;
mod explain;
mod faults;
mod formats;
mod generated;
#[cfg(target_os = "linux")]
mod interrupted;
mod knowledge;
mod lint;
mod options;
mod oracle;
mod passthrough;
mod protocol;
mod recording;
mod recordings;
mod release;
mod rows;
mod same;
mod scan;
mod searches;
mod sessions;
mod shapes;
mod support;
mod tuning;
mod unsound;
