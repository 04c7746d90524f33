//! The one test crate. What each module asserts:
//!
//! - `app`: the app's .conf files and its launcher
//! - `architecture`: who may import whom, how long a file may be, what the catalogue must hold
//! - `catalogue`: every example of the catalogue is what it says
//! - `circles`: no two files of `src` use each other, directly or through others
//! - `docs`: every command and search in the pages is run, every link and name leads somewhere
//! - `faults`: what splunkd should never send ends in one readable error
//! - `generated`: generated files are up to date
//! - `interrupted`: whatever is ended at any moment, nothing stays behind
//! - `options`: every option does what the contract says
//! - `passthrough`: rows that are no finding come back as they were, whatever they hold
//! - `protocol`: the conversation with splunkd, and what findings look like in it
//! - `recording`: a session on disk, without its key, read again and replayed
//! - `recordings`: real sessions and real attacks through the real protocol
//! - `sessions`: generated sessions, legal and broken, lose, change and reorder nothing
//! - `shapes`: one event in every shape its provider has
//! - `support`: the stand-in for splunkd, and its own tests

#![allow(clippy::disallowed_methods, reason = "tests read files and the environment")]

mod app;
mod architecture;
mod catalogue;
mod circles;
mod contributing;
mod describe;
mod docs;
mod explain;
mod faults;
mod generated;
#[cfg(target_os = "linux")]
mod interrupted;
mod lint;
mod options;
mod oracle;
mod passthrough;
mod protocol;
mod recording;
mod recordings;
mod release;
mod rows;
mod scan;
mod searches;
mod sessions;
mod shapes;
mod support;
mod tuning;
mod unsound;
