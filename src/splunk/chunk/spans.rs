//! Where the rows of a body lie.

use crate::splunk::odd::OddRow;
use crate::splunk::rows::Lengths;

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
        None => regular.iter().next().map(|length| even(0, length)),
    }
}

/// The rows below the header of a body that is as splunkd writes it.
pub fn even_rows(lengths: &Lengths) -> impl Iterator<Item = Span> + '_ {
    let mut lengths = lengths.iter();
    let mut start = lengths.next().map_or(0, |header| header + 1);
    lengths.map(move |length| {
        let span = even(start, length);
        start = span.end + 1;
        span
    })
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
