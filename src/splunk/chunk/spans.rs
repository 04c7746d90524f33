//! Where the rows of a body lie.

use crate::csv::ends::{Place, RowEnds};
use crate::csv::irregular::{OddRows, line_end};

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
pub fn header(odd: Option<&OddRows>, regular: &RowEnds) -> Option<(Span, Place)> {
    let ends = odd.map_or(regular, |odd| &odd.ends);
    let (place, _) = ends.after(Place::default())?;
    let is_open = odd.is_some_and(|odd| odd.is_open) && ends.is_last(place);
    let span = Span {
        start: 0,
        end: place.end,
        form: if is_open { RowForm::Open } else { RowForm::Even },
    };
    Some((span, place))
}

/// Rows, one after the other.
pub trait Spans: Iterator<Item = Span> {
    /// Passes over rows that have as many cells as the header and end at `last` or before it, no more than `most`: how
    /// many rows, and how many bytes without line ends. It may stop before the first that is none.
    fn pass_even(&mut self, _last: usize, _most: usize) -> (usize, usize) {
        (0, 0)
    }
}

/// Rows of a body that is as splunkd writes it: a line feed between two, all as long as the header.
#[derive(Debug)]
pub struct EvenSpans<'r> {
    ends: &'r RowEnds,
    /// How far one has come.
    pub place: Place,
    upto: usize,
}

impl<'r> EvenSpans<'r> {
    /// The rows behind `place` that end before `upto`.
    pub fn between(ends: &'r RowEnds, place: Place, upto: usize) -> Self {
        Self { ends, place, upto }
    }
}

impl Iterator for EvenSpans<'_> {
    type Item = Span;

    #[inline]
    fn next(&mut self) -> Option<Span> {
        let (next, _) = self.ends.after(self.place)?;
        let span = Span {
            start: self.place.end + 1,
            end: next.end,
            form: RowForm::Even,
        };
        if span.end >= self.upto {
            return None;
        }
        self.place = next;
        Some(span)
    }
}

impl Spans for EvenSpans<'_> {
    #[inline]
    fn pass_even(&mut self, last: usize, most: usize) -> (usize, usize) {
        let before = self.place.end;
        let Some(upto) = self.upto.checked_sub(1) else {
            return (0, 0);
        };
        let (place, rows) = self.ends.pass_even(self.place, last.min(upto), most);
        self.place = place;
        // One line feed a row.
        (rows, place.end - before - rows)
    }
}

/// The rows of any other body.
#[derive(Debug)]
pub struct OddSpans<'r> {
    rows: &'r OddRows,
    body: &'r [u8],
    /// How far one has come.
    pub place: Place,
    upto: usize,
}

impl<'r> OddSpans<'r> {
    /// The rows behind `place` that end before `upto`.
    pub fn between(rows: &'r OddRows, body: &'r [u8], place: Place, upto: usize) -> Self {
        Self {
            rows,
            body,
            place,
            upto,
        }
    }
}

impl Iterator for OddSpans<'_> {
    type Item = Span;

    fn next(&mut self) -> Option<Span> {
        let (next, ragged) = self.rows.ends.after(self.place)?;
        if next.end >= self.upto {
            return None;
        }
        let before = self.place.end;
        let is_open = self.rows.is_open && self.rows.ends.is_last(next);
        self.place = next;
        Some(Span {
            start: before + line_end(&self.body[before..]),
            end: next.end,
            form: match ragged {
                _ if is_open => RowForm::Open,
                Some(cells) => RowForm::Ragged(cells),
                None => RowForm::Even,
            },
        })
    }
}

impl Spans for OddSpans<'_> {}
