//! The one test crate.

mod catalogue;
mod generated;
mod shapes;
mod support;
