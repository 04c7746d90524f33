//! The offsets of candidates: one search of a whole text, while it arrives, for the literals of which every finding holds one.

use super::LiteralFinder;
use std::ops::Range;
use std::sync::Arc;

/// How many bytes are searched at once.
const BATCH_BYTES: usize = 32 << 10;

/// A list of more candidates is not kept for the next text.
const MAX_KEPT: usize = 1 << 20;

/// Which of the matches in a text become candidates.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Granularity {
    /// The first match of each line in a batch: enough where a line never holds two rows.
    Line,
    /// Every match.
    Match,
}

/// Searches texts, one after the other, and keeps the offsets of candidates until they were asked for.
#[derive(Debug)]
pub struct CandidateSearch {
    finder: Arc<LiteralFinder>,
    granularity: Granularity,
    searched: usize,
    /// The last candidate that was found.
    last: Option<usize>,
    offsets: Vec<usize>,
    /// Index in `offsets` of the first candidate that was not passed.
    next: usize,
}

impl CandidateSearch {
    /// Ready for the first text.
    pub fn new(finder: Arc<LiteralFinder>, granularity: Granularity) -> Self {
        Self {
            finder,
            granularity,
            searched: 0,
            last: None,
            offsets: Vec::new(),
            next: 0,
        }
    }

    /// Forgets everything, for the next text.
    pub fn reset(&mut self) {
        if self.offsets.capacity() > MAX_KEPT {
            self.offsets = Vec::new();
        }
        self.searched = 0;
        self.last = None;
        self.offsets.clear();
        self.next = 0;
    }

    /// All candidates are asked for once more, from the first one on.
    pub fn rewind(&mut self) {
        self.next = 0;
    }

    /// Searches the whole batches of what has arrived of a text.
    pub fn advance(&mut self, arrived: &[u8]) {
        while arrived.len() - self.searched >= BATCH_BYTES {
            self.search_batch(arrived);
        }
    }

    /// Searches all that has arrived of a text. More may follow, so the last bytes are searched again with it.
    pub fn advance_to_end(&mut self, arrived: &[u8]) {
        while arrived.len() - self.searched > self.finder.overlap() {
            self.search_batch(arrived);
        }
    }

    /// Searches the rest of a text.
    pub fn finish(&mut self, text: &[u8]) {
        while self.searched < text.len() {
            if self.search_batch(text) == text.len() {
                self.searched = text.len();
            }
        }
    }

    /// Searches the next batch, and returns where it ends. What could lie across its end is searched again with the next one.
    fn search_batch(&mut self, text: &[u8]) -> usize {
        let (from, end) = (self.searched, text.len().min(self.searched + BATCH_BYTES));
        let batch = &text[from..end];
        let Self {
            last,
            offsets,
            granularity,
            ..
        } = self;
        self.finder.each(batch, |start, after| {
            let offset = from + start;
            // Where batches overlap, matches are found twice; with one candidate a line, what precedes the last candidate
            // stands in a line that has one.
            if last.is_none_or(|last| offset > last) {
                offsets.push(offset);
                *last = Some(offset);
            }
            match granularity {
                Granularity::Match => after,
                Granularity::Line => {
                    let line_end = memchr::memchr2(b'\n', b'\r', &batch[after..]);
                    line_end.map_or(batch.len(), |line_end| after + line_end)
                }
            }
        });
        self.searched = from.max(end.saturating_sub(self.finder.overlap()));
        end
    }

    /// How many bytes of the text were searched.
    pub fn searched(&self) -> usize {
        self.searched
    }

    /// The first candidate at `start` or behind it, of those found so far. Candidates before `start` are passed, so that it must be
    /// asked for in order.
    #[inline]
    pub fn next_from(&mut self, start: usize) -> Option<usize> {
        while *self.offsets.get(self.next)? < start {
            self.next += 1;
        }
        self.offsets.get(self.next).copied()
    }

    /// Whether there is a candidate in `span`; spans are asked for in order.
    #[inline]
    pub fn has_in(&mut self, span: Range<usize>) -> bool {
        self.next_from(span.start).is_some_and(|offset| offset < span.end)
    }

    /// The first `by` bytes of the text are gone: all offsets count from there.
    pub fn shift(&mut self, by: usize) {
        self.offsets.drain(..self.next);
        self.next = 0;
        self.offsets.retain_mut(|offset| {
            let is_kept = *offset >= by;
            *offset = offset.saturating_sub(by);
            is_kept
        });
        self.last = self.last.and_then(|last| last.checked_sub(by));
        self.searched = self.searched.saturating_sub(by);
    }
}

#[cfg(test)]
mod tests {
    use super::{BATCH_BYTES, CandidateSearch, Granularity, LiteralFinder};
    use std::sync::Arc;

    fn search(granularity: Granularity) -> CandidateSearch {
        let literals = ["startsession".to_owned(), "runcommand".to_owned()];
        CandidateSearch::new(Arc::new(LiteralFinder::new(&literals)), granularity)
    }

    fn candidates(body: &[u8], piece: usize) -> Vec<usize> {
        let mut search = search(Granularity::Line);
        for upto in (0..body.len()).step_by(piece) {
            search.advance(&body[..upto]);
        }
        search.finish(body);
        search.offsets
    }

    #[test]
    fn case_and_escapes_do_not_hide_a_name() {
        let body = b"x StartSession\nRUNCOMMAND\n\\u0053tart\n\\u003c\\u0026\n\\u0072\n";
        assert_eq!(candidates(body, 5), [2, 15, 26, 50]);
    }

    #[test]
    fn a_name_across_the_edge_of_a_batch_is_found() {
        for shift in 0..30 {
            let mut body = vec![b'.'; BATCH_BYTES - 15 + shift];
            body.extend_from_slice(b"StartSession and more\n");
            body.resize(BATCH_BYTES * 2 + 100, b'-');
            assert_eq!(candidates(&body, 1000), [BATCH_BYTES - 15 + shift], "{shift}");
        }
    }

    #[test]
    fn lines_may_end_in_a_carriage_return() {
        assert_eq!(
            candidates(b"runcommand runcommand\rruncommand\r\nruncommand", 9),
            [0, 22, 34]
        );
    }

    #[test]
    fn every_line_with_a_name_is_found_however_many_batches_it_fills() {
        let mut body = b"runcommand".to_vec();
        body.resize(BATCH_BYTES * 3, b'x');
        body.extend_from_slice(b"\nrunCommand\n");
        let found = candidates(&body, 9999);
        assert_eq!(
            (found.first(), found.last()),
            (Some(&0), Some(&(BATCH_BYTES * 3 + 1)))
        );
    }

    #[test]
    fn a_text_that_moves_through_a_window_is_searched_to_its_end() {
        let (mut search, mut window, mut gone) = (search(Granularity::Match), Vec::new(), 0);
        let mut found = Vec::new();
        for piece in [
            &b"runcommand runcom"[..],
            b"mand startse",
            b"",
            b"ssion",
            b"; runcommand",
        ] {
            window.extend_from_slice(piece);
            search.advance_to_end(&window);
            let used = window.len().saturating_sub(11);
            let passed = search.offsets.iter().filter(|offset| **offset < used);
            found.extend(passed.map(|offset| gone + offset));
            window.drain(..used);
            search.shift(used);
            gone += used;
        }
        search.finish(&window);
        found.extend(search.offsets.iter().map(|offset| gone + offset));
        assert_eq!(found, [0, 11, 22, 36]);
    }
}
