//! Which rows are worth reading: one search of the whole body for the letters that every operation's name holds.

use super::packed::Packed;
use crate::event::literals::LiteralFinder;

const TILE: usize = 32 << 10;

/// Searches bodies while they arrive.
#[derive(Debug)]
pub struct CandidateSearch {
    finder: LiteralFinder,
    searched: usize,
    last: Option<usize>,
    hits: Packed,
}

impl CandidateSearch {
    /// Looks for `literals`, which are in lower case.
    pub fn new(literals: &[String]) -> Self {
        Self {
            finder: LiteralFinder::new(literals),
            searched: 0,
            last: None,
            hits: Packed::default(),
        }
    }

    /// Forgets everything, for the next body.
    pub fn reset(&mut self) {
        self.searched = 0;
        self.last = None;
        self.hits.clear();
    }

    /// Searches what has arrived, in whole tiles; with `is_last`, all of it.
    pub fn advance(&mut self, arrived: &[u8], is_last: bool) {
        while arrived.len() - self.searched >= TILE || (is_last && self.searched < arrived.len()) {
            let end = arrived.len().min(self.searched + TILE);
            let ends_here = is_last && end == arrived.len();
            let resume = if ends_here {
                end
            } else {
                end - self.finder.overlap()
            };
            self.search(arrived, end);
            self.searched = self.searched.max(resume);
        }
    }

    fn search(&mut self, body: &[u8], end: usize) {
        let Self {
            finder,
            searched,
            last,
            hits,
        } = self;
        let tile = &body[*searched..end];
        finder.each(tile, |start, after| {
            let at = *searched + start;
            // What lies before the last hit was found in the tile before, where tiles overlap, or stands in a line that
            // is known already.
            if last.is_none_or(|last| at > last) {
                hits.push(at - last.unwrap_or(0));
                *last = Some(at);
            }
            let line_end = memchr::memchr2(b'\n', b'\r', &tile[after..]);
            line_end.map_or(tile.len(), |line_end| after + line_end)
        });
    }

    /// Forgets the hits before `place`, which will not be asked for again, and tells where they go on now.
    pub fn forget(&mut self, place: Place) -> Place {
        // What is left is moved, so there must be less of it than what goes.
        if place.at == 0 || place.at < self.hits.len() / 2 {
            return place;
        }
        self.hits.forget(place.at);
        Place { at: 0, ..place }
    }

    /// Up to where everything that there is was found.
    pub fn searched(&self) -> usize {
        self.searched
    }

    /// Where, in order, something was found from `place` on; at most once a line of a tile.
    pub fn hits(&self, place: Place) -> Hits<'_> {
        Hits {
            steps: &self.hits,
            place,
        }
    }
}

/// How far one has come in the hits.
#[derive(Debug, Clone, Copy, Default)]
pub struct Place {
    /// Where the next one is kept.
    at: usize,
    /// Where in the body the last one was.
    hit: usize,
}

/// Places where something was found.
#[derive(Debug)]
pub struct Hits<'s> {
    steps: &'s Packed,
    /// How far one has come.
    pub place: Place,
}

impl Iterator for Hits<'_> {
    type Item = usize;

    fn next(&mut self) -> Option<usize> {
        let (step, at) = self.steps.read(self.place.at)?;
        let hit = self.place.hit + step;
        self.place = Place { at, hit };
        Some(hit)
    }
}

#[cfg(test)]
mod tests {
    use super::{CandidateSearch, Place, TILE};

    fn hits(body: &[u8], piece: usize) -> Vec<usize> {
        let mut search = CandidateSearch::new(&["startsession".to_owned(), "runcommand".to_owned()]);
        search.reset();
        for upto in (0..body.len()).step_by(piece) {
            search.advance(&body[..upto], false);
        }
        search.advance(body, true);
        search.hits(Place::default()).collect()
    }

    #[test]
    fn case_and_escapes_do_not_hide_a_name() {
        let body = b"x StartSession\nRUNCOMMAND\n\\u0053tart\n\\u003c\\u0026\n\\u0072\n";
        assert_eq!(hits(body, 5), [2, 15, 26, 50]);
    }

    #[test]
    fn a_name_across_the_edge_of_a_tile_is_found() {
        for shift in 0..30 {
            let mut body = vec![b'.'; TILE - 15 + shift];
            body.extend_from_slice(b"StartSession and more\n");
            body.resize(TILE * 2 + 100, b'-');
            assert_eq!(hits(&body, 1000), [TILE - 15 + shift], "{shift}");
        }
    }

    #[test]
    fn lines_may_end_in_a_carriage_return() {
        assert_eq!(
            hits(b"runcommand runcommand\rruncommand\r\nruncommand", 9),
            [0, 22, 34]
        );
    }

    #[test]
    fn every_line_with_a_name_is_found_however_many_tiles_it_fills() {
        let mut body = b"runcommand".to_vec();
        body.resize(TILE * 3, b'x');
        body.extend_from_slice(b"\nrunCommand\n");
        let found = hits(&body, 9999);
        assert_eq!((found.first(), found.last()), (Some(&0), Some(&(TILE * 3 + 1))));
    }
}
