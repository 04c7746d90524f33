//! The cells of a finding, each written once however many columns show it.

use crate::csv::cells::{put_cell, put_lines, put_values};
use crate::detect::finding::{Finding, Subject, Values};
use std::ops::Range;

/// Which cells are written: the texts of all subjects, and after them the values of those that can have several. Cells
/// that follow each other can be copied as one.
#[derive(Debug, Default)]
pub struct Cells {
    texts: Vec<Subject>,
    values: Vec<Subject>,
}

impl Cells {
    /// The cells of `subjects`, each once, in their order; with each, whether it can have several values.
    pub fn new(subjects: impl Iterator<Item = (Subject, bool)>) -> Self {
        let mut cells = Self::default();
        for (subject, has_several) in subjects {
            add(subject, &mut cells.texts);
            if has_several {
                add(subject, &mut cells.values);
            }
        }
        cells
    }

    /// The number of the cell that holds a subject's text.
    pub fn text(&self, subject: Subject) -> usize {
        place(subject, &self.texts)
    }

    /// The number of the cell that holds a subject's values: empty where there are not several.
    pub fn values(&self, subject: Subject) -> usize {
        self.texts.len() + place(subject, &self.values)
    }
}

fn add(subject: Subject, list: &mut Vec<Subject>) {
    if !list.contains(&subject) {
        list.push(subject);
    }
}

fn place(subject: Subject, list: &[Subject]) -> usize {
    list.iter()
        .position(|known| *known == subject)
        .unwrap_or(list.len())
}

/// So many bytes are kept for the next finding.
const MOST_SPARE: usize = 64 << 10;

/// The cells of one finding, with a comma before each.
#[derive(Debug, Default)]
pub struct Encoded {
    bytes: Vec<u8>,
    /// Cell → where it begins; and where the last one ends.
    begins: Vec<usize>,
}

impl Encoded {
    /// Writes the cells of a finding.
    pub fn write(&mut self, cells: &Cells, finding: &Finding<'_, '_>) {
        if self.bytes.capacity() > MOST_SPARE {
            self.bytes = Vec::new();
        }
        self.bytes.clear();
        self.begins.clear();
        for subject in &cells.texts {
            self.begin();
            put_text(&subject.values(finding), &mut self.bytes);
        }
        for subject in &cells.values {
            self.begin();
            let values = subject.values(finding);
            if values.count() > 1 {
                put_values(|put| values.each(put), &mut self.bytes);
            }
        }
        // One more, always empty.
        self.begin();
        self.begins.push(self.bytes.len());
    }

    fn begin(&mut self) {
        self.begins.push(self.bytes.len());
        self.bytes.push(b',');
    }

    /// Cells that follow each other, with a comma before each.
    pub fn with_commas(&self, cells: &Range<usize>) -> &[u8] {
        &self.bytes[self.begins[cells.start]..self.begins[cells.end]]
    }

    /// One cell: a subject's value, or its values line by line, or as splunkd writes several.
    pub fn cell(&self, cell: usize) -> &[u8] {
        &self.with_commas(&(cell..cell + 1))[1..]
    }
}

fn put_text(values: &Values<'_>, out: &mut Vec<u8>) {
    match values {
        Values::One(value) => put_cell(value, out),
        values if values.count() < 2 => values.each(|value| put_cell(value, out)),
        values => put_lines(|put| values.each(put), out),
    }
}
