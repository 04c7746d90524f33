//! `directvm` recognises direct connections to cloud virtual machines (MITRE ATT&CK T1021.008, with T1651 and T1098.004
//! where they serve the same end) in AWS `CloudTrail`, Azure Activity and Google Cloud audit events.
//!
//! The straight line of a search:
//!
//! ```text
//! stdin → frame → metadata → chunk (rows as slices) → candidate? → Event → recognise → normalise → severity → tune
//!       → appended cells → frame → stdout
//! ```
//!
//! [`catalogue`] is what is known, [`event`] one log entry, [`detect`] what is decided; these are pure. `splunk` is how
//! it talks to splunkd, `scan` how it reads files without one.

mod boolean;
pub mod catalogue;
pub mod cli;
pub mod csv;
pub mod detect;
pub mod event;
pub mod export;
pub mod prefilter;
pub mod scan;
pub mod simd;
pub mod splunk;
