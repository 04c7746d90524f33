//! The cells of a finding, each written once however many columns show it.

use crate::detect::finding::{Finding, Source, Values};
use crate::event::cells::{put_cell, put_lines, put_values};

/// What fields show of one finding, as cells with a comma before each: of each source its text, and then its values
/// where there are several.
#[derive(Debug, Default)]
pub struct Encoded {
    bytes: Vec<u8>,
    /// Cell → where it begins; and where the last one ends.
    begins: Vec<usize>,
}

/// The cell of the text of the source `at`.
pub const fn text_of(at: usize) -> usize {
    2 * at
}

/// The cell of the values of the source `at`.
pub const fn values_of(at: usize) -> usize {
    2 * at + 1
}

impl Encoded {
    /// Writes what a finding has of each of `sources`, in their order.
    pub fn write(&mut self, sources: &[Source], finding: &Finding<'_, '_>) {
        self.bytes.clear();
        self.begins.clear();
        for source in sources {
            let values = source.values(finding);
            self.begin();
            put_text(&values, &mut self.bytes);
            self.begin();
            if values.count() > 1 {
                put_values(|put| values.each(put), &mut self.bytes);
            }
        }
        self.begins.push(self.bytes.len());
    }

    fn begin(&mut self) {
        self.begins.push(self.bytes.len());
        self.bytes.push(b',');
    }

    /// A cell with a comma before it.
    #[inline]
    pub fn with_comma(&self, cell: usize) -> &[u8] {
        &self.bytes[self.begins[cell]..self.begins[cell + 1]]
    }

    /// A cell: a source's value, or its values line by line, or as splunkd writes several.
    pub fn cell(&self, cell: usize) -> &[u8] {
        &self.with_comma(cell)[1..]
    }
}

fn put_text(values: &Values<'_>, out: &mut Vec<u8>) {
    match values {
        Values::One(value) => put_cell(value, out),
        values if values.count() < 2 => values.each(|value| put_cell(value, out)),
        values => put_lines(|put| values.each(put), out),
    }
}
