//! How it talks to splunkd: the chunked search-command protocol, version 2.

mod body;
pub mod candidates;
pub mod chunk;
pub mod encoded;
pub mod ends;
pub mod fields;
pub mod frame;
pub mod inspect;
pub mod layout;
pub mod lookups;
pub mod metadata;
pub mod odd;
pub mod options;
pub mod packed;
pub mod recording;
pub mod rows;
pub mod session;
pub mod tile;
