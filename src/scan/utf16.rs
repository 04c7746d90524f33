//! Reads UTF-16, as `>` of PowerShell writes it, as UTF-8.

use std::io::{ErrorKind, Read};

/// How many bytes are read at once.
const READ_SIZE: usize = 32 << 10;

/// Reads UTF-8 from an input in UTF-16 after its byte-order mark. Unpaired surrogates become U+FFFD.
pub struct Utf16<R> {
    input: R,
    is_big_endian: bool,
    /// Bytes of an incomplete character.
    rest: Vec<u8>,
    text: String,
    /// How many bytes of `text` were returned.
    returned: usize,
}

impl<R: Read> Utf16<R> {
    /// Starts at the beginning of `input`.
    pub fn new(input: R, is_big_endian: bool) -> Self {
        Self {
            input,
            is_big_endian,
            rest: Vec::new(),
            text: String::new(),
            returned: 0,
        }
    }

    /// Decodes the next bytes; `text` is empty at the end.
    fn refill(&mut self) -> std::io::Result<()> {
        self.text.clear();
        self.returned = 0;
        while self.text.is_empty() {
            let had = self.rest.len();
            self.rest.resize(had + READ_SIZE, 0);
            let read = match self.input.read(&mut self.rest[had..]) {
                Err(error) if error.kind() == ErrorKind::Interrupted => {
                    self.rest.truncate(had);
                    continue;
                }
                read => read?,
            };
            self.rest.truncate(had + read);
            self.decode(read == 0);
            if read == 0 {
                break;
            }
        }
        Ok(())
    }

    fn decode(&mut self, is_last: bool) {
        let from_bytes = if self.is_big_endian {
            u16::from_be_bytes
        } else {
            u16::from_le_bytes
        };
        let (pairs, rest) = self.rest.as_chunks::<2>();
        let mut units: Vec<u16> = pairs.iter().map(|pair| from_bytes(*pair)).collect();
        // The low surrogate may come with the next bytes.
        let ends_in_half = units.last().is_some_and(|unit| (0xd800..0xdc00).contains(unit));
        let kept = match (is_last, ends_in_half) {
            (true, _) => 0,
            (false, true) => rest.len() + 2,
            (false, false) => rest.len(),
        };
        if ends_in_half && !is_last {
            units.pop();
        }
        let chars = char::decode_utf16(units).map(|unit| unit.unwrap_or(char::REPLACEMENT_CHARACTER));
        self.text.extend(chars);
        self.rest.drain(..self.rest.len() - kept);
    }
}

impl<R: Read> Read for Utf16<R> {
    fn read(&mut self, to: &mut [u8]) -> std::io::Result<usize> {
        if self.returned == self.text.len() {
            self.refill()?;
        }
        let rest = &self.text.as_bytes()[self.returned..];
        let given = rest.len().min(to.len());
        to[..given].copy_from_slice(&rest[..given]);
        self.returned += given;
        Ok(given)
    }
}

#[cfg(test)]
mod tests {
    use super::Utf16;
    use proptest::prelude::*;
    use std::io::Read;

    /// Gives a few bytes at a time.
    struct Slow<'b>(&'b [u8], usize);

    impl Read for Slow<'_> {
        fn read(&mut self, to: &mut [u8]) -> std::io::Result<usize> {
            let piece = self.0.len().min(self.1).min(to.len());
            to[..piece].copy_from_slice(&self.0[..piece]);
            self.0 = &self.0[piece..];
            Ok(piece)
        }
    }

    proptest! {
        #[test]
        fn text_comes_back_however_it_is_cut(text in any::<String>(), piece in 1_usize..9, is_big: bool) {
            let bytes: Vec<u8> = text
                .encode_utf16()
                .flat_map(|unit| if is_big { unit.to_be_bytes() } else { unit.to_le_bytes() })
                .collect();
            let mut got = String::new();
            Utf16::new(Slow(&bytes, piece), is_big).read_to_string(&mut got).unwrap();
            prop_assert_eq!(got, text);
        }
    }

    #[test]
    fn unpaired_surrogates_become_replacement_characters() {
        let mut got = String::new();
        Utf16::new(&b"a\0\x3d\xd8b\0\x3d\xd8"[..], false)
            .read_to_string(&mut got)
            .unwrap();
        assert_eq!(got, "a\u{fffd}b\u{fffd}");
    }
}
