//! `directvm` recognises direct connections to cloud virtual machines (MITRE ATT&CK T1021.008, with T1651 and T1098.004
//! where they serve the same end) in AWS `CloudTrail`, Azure Activity and Google Cloud audit events.
//!
//! The straight line of a search:
//!
//! ```text
//! stdin → frame → metadata → chunk → rows + prefilter (while bytes arrive) → candidate row → unquote(_raw) → entries
//!       → recognise → normalise → severity → tune → edits of the row → frame → stdout
//! ```
//!
//! [`catalogue`] is what is known about operations, [`event`] what is known about log formats, [`detect`] what is decided;
//! these are pure. [`simd`], [`csv`] and [`prefilter`] read bodies fast. `splunk` talks to splunkd, `scan` reads files without
//! one.

pub mod catalogue;
pub mod cli;
pub mod csv;
pub mod detect;
pub mod event;
pub mod examples;
pub mod export;
pub mod link;
pub mod prefilter;
pub mod scan;
pub mod simd;
pub mod splunk;
mod words;
