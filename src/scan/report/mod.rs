//! One self-contained HTML page about the findings of a scan.

mod html;
mod most_severe;
mod page;
mod timeline;

pub use most_severe::MostSevere;
pub use page::page;
