//! One self-contained HTML page about the findings of a scan.

mod gravest;
mod html;
mod page;
mod timeline;

pub use gravest::Gravest;
pub use page::page;
