//! Rows and cells of CSV bodies.

pub mod batch;
pub mod cells;
pub mod ends;
pub mod irregular;
pub mod packed;
pub mod rows;
