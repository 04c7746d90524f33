//! A large file of JSON lines in parts, which several threads read at the same time.

use super::archive::ReadSeek;
use std::io::{Read, SeekFrom};

/// How large a part is, in bytes; a file of less than two is read as one.
pub const PART: u64 = 32 << 20;
/// How far behind its place the border of a part is looked for: no record that is read is longer.
const REACH: usize = 4 << 20;
/// What lies where one line of JSON ends and the next begins; nothing else in JSON looks like it.
const BORDER: &[u8] = b"}\n{\"";

/// Where parts of a file begin and end, in order; one part where it cannot be divided.
pub fn parts(file: &mut dyn ReadSeek, length: u64, part: u64) -> Vec<(u64, u64)> {
    let whole = vec![(0, length)];
    if length < 2 * part || !begins_as_lines(file) {
        return whole;
    }
    let mut borders = vec![0];
    for place in (1..length / part).map(|number| number * part) {
        let Some(border) = border(file, place) else {
            return whole;
        };
        borders.push(border);
    }
    borders.push(length);
    borders.dedup();
    borders.windows(2).map(|pair| (pair[0], pair[1])).collect()
}

/// Whether the first line is one object, and the second begins another.
fn begins_as_lines(file: &mut dyn ReadSeek) -> bool {
    border(file, 0).is_some_and(|border| border < REACH as u64)
        && read_at(file, 0, 2).is_some_and(|start| start == b"{\"")
}

/// Where the first line begins that lies behind a place.
fn border(file: &mut dyn ReadSeek, place: u64) -> Option<u64> {
    let mut length = 64 << 10;
    loop {
        let bytes = read_at(file, place, length)?;
        if let Some(at) = memchr::memmem::find(&bytes, BORDER) {
            return Some(place + at as u64 + 2);
        }
        if bytes.len() < length || length >= REACH {
            return None;
        }
        length *= 4;
    }
}

fn read_at(file: &mut dyn ReadSeek, place: u64, length: usize) -> Option<Vec<u8>> {
    file.seek(SeekFrom::Start(place)).ok()?;
    let mut bytes = Vec::new();
    file.take(length as u64).read_to_end(&mut bytes).ok()?;
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::parts;
    use std::io::Cursor;

    #[test]
    fn lines_are_divided_between_lines_and_nothing_else_is() {
        let lines = "{\"a\":\"x}\\n{\"}\n".repeat(100);
        let length = lines.len() as u64;
        let found = parts(&mut Cursor::new(lines.clone()), length, 200);
        assert!(found.len() > 4, "{found:?}");
        assert_eq!((found[0].0, found[found.len() - 1].1), (0, length));
        for pair in found.windows(2) {
            assert_eq!(pair[0].1, pair[1].0);
            let begin = usize::try_from(pair[1].0).unwrap();
            assert!(lines[begin..].starts_with("{\"a\""));
        }
        for text in [
            "{\"Records\":[{\"a\":1},\n{\"a\":2}]}".repeat(100),
            "[\n{\"a\":1}\n]".repeat(100),
            "a,b\n1,2\n".repeat(100),
        ] {
            let length = text.len() as u64;
            assert_eq!(parts(&mut Cursor::new(text), length, 200), [(0, length)]);
        }
        assert_eq!(parts(&mut Cursor::new("{}\n{}\n"), 6, 200), [(0, 6)]);
    }
}
