//! How it talks to splunkd: the chunked search-command protocol, version 2.

mod body;
pub mod chunk;
pub mod frame;
pub mod link_options;
mod linker;
pub mod metadata;
pub mod options;
pub mod recording;
pub mod required_fields;
pub mod session;
pub mod tuning_list;
