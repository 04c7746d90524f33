//! Where the rows of a body lie.

use crate::splunk::odd::OddRow;
use crate::splunk::rows::{Lengths, Place};

/// A row of the request.
#[derive(Debug, Clone, Copy)]
pub struct Span {
    /// Where it begins.
    pub start: usize,
    /// Where it ends, its line end not counted.
    pub end: usize,
    /// How it compares with the header.
    pub form: RowForm,
}

/// How a row compares with the header.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RowForm {
    /// As many cells.
    Even,
    /// So many cells, but not as many as the header.
    Ragged(usize),
    /// A quote is left open: nothing can be added.
    Open,
}

/// The header of a body: of an odd one, or of one that is as splunkd writes it.
pub fn header(odd: Option<&[OddRow]>, regular: &Lengths) -> Option<Span> {
    match odd {
        Some(odd) => odd.first().map(|row| span(row, row.cells)),
        None => regular.read(0).map(|(length, _)| even(0, length)),
    }
}

/// Rows of a body that is as splunkd writes it.
#[derive(Debug)]
pub struct EvenRows<'r> {
    lengths: &'r Lengths,
    place: Place,
    upto: usize,
}

impl<'r> EvenRows<'r> {
    /// All rows below the header.
    pub fn new(lengths: &'r Lengths) -> Self {
        let (header, at) = lengths.read(0).unwrap_or_default();
        let sum = header + 1;
        Self::between(lengths, Place { at, sum }, usize::MAX)
    }

    /// The rows from `place` on that end before `upto`.
    pub fn between(lengths: &'r Lengths, place: Place, upto: usize) -> Self {
        Self { lengths, place, upto }
    }

    /// How far one has come.
    pub fn place(&self) -> Place {
        self.place
    }
}

impl Iterator for EvenRows<'_> {
    type Item = Span;

    fn next(&mut self) -> Option<Span> {
        let (length, at) = self.lengths.read(self.place.at)?;
        let span = even(self.place.sum, length);
        if span.end >= self.upto {
            return None;
        }
        let sum = span.end + 1;
        self.place = Place { at, sum };
        Some(span)
    }
}

fn even(start: usize, length: usize) -> Span {
    Span {
        start,
        end: start + length,
        form: RowForm::Even,
    }
}

/// The rows below the header of any other body.
pub fn odd_rows(rows: &[OddRow]) -> impl Iterator<Item = Span> + '_ {
    let wanted = rows.first().map_or(0, |header| header.cells);
    rows.iter().skip(1).map(move |row| span(row, wanted))
}

fn span(row: &OddRow, wanted: usize) -> Span {
    Span {
        start: row.start,
        end: row.end,
        form: match row.cells {
            _ if row.is_open => RowForm::Open,
            cells if cells == wanted => RowForm::Even,
            cells => RowForm::Ragged(cells),
        },
    }
}
