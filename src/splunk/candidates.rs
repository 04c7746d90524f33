//! Which rows are worth reading: one search of the whole body for the letters that every operation's name holds.
//!
//! Letter case does not count, since Azure's varies. JSON may write any letter as `\u0053`; where a letter or a digit
//! is written so, the row is worth reading too.

use super::rows::Lengths;
use aho_corasick::{AhoCorasick, MatchKind};

const TILE: usize = 32 << 10;
/// `\u00` and two digits: the longest escape that can stand for a letter.
const ESCAPE: &str = "\\u00";
const ESCAPE_LENGTH: usize = 6;

/// Searches bodies while they arrive.
#[derive(Debug)]
pub struct CandidateSearch {
    finder: AhoCorasick,
    escape: usize,
    overlap: usize,
    tile: Vec<u8>,
    searched: usize,
    last: Option<usize>,
    hits: Lengths,
}

impl CandidateSearch {
    /// Looks for `literals`, which are in lower case.
    pub fn new(literals: &[String]) -> Self {
        let patterns = literals.iter().map(String::as_str).chain([ESCAPE]);
        let longest = literals
            .iter()
            .map(String::len)
            .max()
            .unwrap_or(0)
            .max(ESCAPE_LENGTH);
        let finder = AhoCorasick::builder()
            .match_kind(MatchKind::LeftmostFirst)
            .build(patterns);
        Self {
            finder: finder.expect("a few dozen short words are no more than a search can hold"),
            escape: literals.len(),
            overlap: longest - 1,
            tile: Vec::with_capacity(TILE),
            searched: 0,
            last: None,
            hits: Lengths::default(),
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
            let resume = if ends_here { end } else { end - self.overlap };
            self.search(arrived, end);
            self.searched = self.searched.max(resume);
        }
    }

    fn search(&mut self, body: &[u8], end: usize) {
        let start = self.searched;
        self.tile.clear();
        self.tile
            .extend(body[start..end].iter().map(u8::to_ascii_lowercase));
        let mut from = 0;
        while let Some(hit) = self.finder.find(&self.tile[from..]) {
            let at = from + hit.start();
            from += hit.end();
            if hit.pattern().as_usize() == self.escape && !is_word_escape(&self.tile[at..]) {
                continue;
            }
            self.hit(start + at);
            from =
                memchr::memchr(b'\n', &self.tile[from..]).map_or(self.tile.len(), |newline| from + newline);
        }
    }

    /// What lies before the last hit was found in the tile before, where tiles overlap, or stands in a line that is
    /// known already.
    fn hit(&mut self, at: usize) {
        if self.last.is_none_or(|last| at > last) {
            self.hits.push(at - self.last.unwrap_or(0));
            self.last = Some(at);
        }
    }

    /// Where, in order, something was found; at most once a line of a tile.
    pub fn hits(&self) -> impl Iterator<Item = usize> + '_ {
        self.hits.iter().scan(0, |at, step| {
            *at += step;
            Some(*at)
        })
    }
}

/// Whether a JSON escape (already in lower case) stands for an ASCII letter or digit.
fn is_word_escape(text: &[u8]) -> bool {
    let digits = text
        .get(ESCAPE.len()..ESCAPE_LENGTH)
        .and_then(|digits| std::str::from_utf8(digits).ok());
    digits
        .and_then(|digits| u8::from_str_radix(digits, 16).ok())
        .is_some_and(|byte| byte.is_ascii_alphanumeric())
}

#[cfg(test)]
mod tests {
    use super::{CandidateSearch, TILE};

    fn hits(body: &[u8], piece: usize) -> Vec<usize> {
        let mut search = CandidateSearch::new(&["startsession".to_owned(), "runcommand".to_owned()]);
        search.reset();
        for upto in (0..body.len()).step_by(piece) {
            search.advance(&body[..upto], false);
        }
        search.advance(body, true);
        search.hits().collect()
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
    fn every_line_with_a_name_is_found_however_many_tiles_it_fills() {
        let mut body = b"runcommand".to_vec();
        body.resize(TILE * 3, b'x');
        body.extend_from_slice(b"\nrunCommand\n");
        let found = hits(&body, 9999);
        assert_eq!((found.first(), found.last()), (Some(&0), Some(&(TILE * 3 + 1))));
    }
}
