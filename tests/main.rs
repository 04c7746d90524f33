//! The one test crate.

#![allow(clippy::disallowed_methods, reason = "tests read files and the environment")]

mod catalogue;
mod generated;
mod sessions;
mod shapes;
mod support;
