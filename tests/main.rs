//! The test crate. Its modules test:
//!
//! - `app`: the app's .conf files and its launcher
//! - `architecture`: which module may import which, how long a file may be, what the catalogue must contain
//! - `attack_ids`: the techniques of the catalogue are valid in the version of ATT&CK that it names
//! - `attacks`: what a caller can choose makes no finding less visible; one test for each known evasion
//! - `bounds`: what a finding adds is bounded
//! - `catalogue`: every example of the catalogue has the result that it states
//! - `circles`: no two files of `src` use each other, directly or through others
//! - `docs`: every command and search in the pages is run, every link and name exists
//! - `faults`: input that splunkd should never send ends in one readable error
//! - `formats`: every dialect and wrapper is read in every form
//! - `generated`: generated files are up to date
//! - `index_terms`: the prefilter macros let every example pass, and nothing unrelated
//! - `interrupted`: an interruption at any moment leaves nothing behind
//! - `knowledge`: the engine names no operation, service, document or key
//! - `options`: every option does what its documentation says
//! - `passthrough`: rows that are not findings come back unchanged, whatever they contain
//! - `protocol`: the protocol of splunkd, and findings in it
//! - `recording`: sessions recorded without their key, read and replayed
//! - `recordings`: real sessions and real attacks with the real protocol
//! - `same`: the sessions that `make same` sends to two programs are well formed
//! - `sessions`: generated sessions, legal and broken, lose, change and reorder nothing
//! - `shapes`: one event in every log format of its provider
//! - `support`: the stand-in for splunkd, and its own tests

#![allow(clippy::disallowed_methods, reason = "tests read files and the environment")]

mod app;
mod architecture;
mod attack_ids;
mod attacks;
mod bounds;
mod catalogue;
mod circles;
mod cloud_values;
mod contributing;
mod describe;
mod docs;
mod explain;
mod faults;
mod formats;
mod generated;
mod identity;
#[cfg(target_os = "linux")]
mod index_terms;
mod interrupted;
mod knowledge;
mod link;
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
mod trust;
mod tuning;
mod unproven;
mod unsound;
mod values;
