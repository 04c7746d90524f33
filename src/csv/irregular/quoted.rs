//! The rows of a body in which quotes stand where they should, found by the masks that also find a regular one's.

use super::OddRows;
use crate::csv::batch::{Last, TILE, Tile};
use crate::csv::ends::Gathering;
use crate::simd::BLOCK;
use fearless_simd::{Level, Simd, dispatch};

/// What the last block is filled up with: a cell may end before it.
const FILLER: u8 = b'\n';

/// Finds all rows, whatever they end in and however many cells they have; nothing where a quote stands beside a byte of
/// a cell without quotes, or is left open, or a byte-order mark begins the body, behind which the `csv` crate reads.
pub fn rows(body: &[u8]) -> Option<OddRows> {
    if body.starts_with("\u{feff}".as_bytes()) {
        return None;
    }
    // So that no row has more commas than are counted.
    u32::try_from(body.len()).ok()?;
    let mut scan = Scan::default();
    let (blocks, rest) = body.as_chunks();
    let mut last = [FILLER; BLOCK];
    last[..rest.len()].copy_from_slice(rest);
    let is_sound = dispatch!(Level::new(), simd => {
        scan.scan(simd, blocks, BLOCK) && scan.scan(simd, &[last], rest.len())
    });
    (is_sound && scan.in_quotes == 0).then(|| scan.finish(body))
}

/// How far the rows were found.
#[derive(Default)]
struct Scan {
    scanned: usize,
    /// Commas since the row began that has not ended.
    commas: u32,
    in_quotes: u64,
    last: Last,
    /// 1 where the last byte before a block is a carriage return, which a line feed may follow.
    carriage: u64,
    rows: OddRows,
    gathering: Gathering,
}

impl Scan {
    /// Goes on with `blocks`, of which the last holds so many bytes of the body; whether their quotes stand where they
    /// should.
    #[expect(
        clippy::inline_always,
        reason = "it is compiled for each processor's instructions"
    )]
    #[inline(always)]
    fn scan<S: Simd>(&mut self, simd: S, blocks: &[[u8; BLOCK]], last_holds: usize) -> bool {
        let body = self.scanned + (blocks.len() * BLOCK).saturating_sub(BLOCK - last_holds);
        let mut tile = Tile::default();
        for blocks in blocks.chunks(TILE) {
            tile.find(simd, blocks);
            self.in_quotes = tile.find_inside(blocks.len(), self.in_quotes);
            let ending = tile.ending(blocks.len());
            let carriages = tile.find_line_ends(simd, blocks, ending);
            if tile.is_odd(blocks.len(), &mut self.last) {
                return false;
            }
            let commas = tile.count(blocks.len(), self.commas);
            self.commas = commas - self.end_rows(&mut tile, &carriages[..blocks.len()], body);
            self.scanned += blocks.len() * BLOCK;
        }
        true
    }

    /// Adds the rows that end in a tile, before the body does; how many of the commas that were counted are theirs.
    fn end_rows(&mut self, tile: &mut Tile, carriages: &[u64], body: usize) -> u32 {
        let mut done = 0;
        for (at, carriage) in carriages.iter().enumerate() {
            let ends = std::mem::take(&mut tile.newline[at]);
            let second = ends & !carriage & (carriage << 1 | self.carriage);
            self.carriage = carriage >> (BLOCK - 1);
            let (mut first, block) = (ends ^ second, self.scanned + at * BLOCK);
            while first != 0 {
                let end = block + first.trailing_zeros() as usize;
                if end >= body {
                    return done;
                }
                let commas = tile.comma[at] & !tile.inside[at] & (first ^ (first - 1));
                let upto = tile.commas[at] + commas.count_ones();
                self.rows
                    .end(end, (upto - done) as usize + 1, &mut self.gathering);
                done = upto;
                first &= first - 1;
            }
        }
        done
    }

    /// The body ends here, and with it a row that has no line end.
    fn finish(mut self, body: &[u8]) -> OddRows {
        if !matches!(body.last(), None | Some(b'\r' | b'\n')) {
            self.rows
                .end(body.len(), self.commas as usize + 1, &mut self.gathering);
        }
        self.gathering.finish(&mut self.rows.ends);
        self.rows
    }
}
