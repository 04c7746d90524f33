//! One self-contained HTML page about the findings of a scan.
//!
//! ```text
//! linked rows → rows (texts kept once, gravest where too many) → groups → grids → page: JSON for the script, plain tables without
//! ```

mod grid;
mod groups;
mod html;
mod page;
mod rows;
mod texts;
mod timeline;

pub use page::{About, page};
pub use rows::ReportRows;
