//! Reads an input as UTF-8: UTF-8 or UTF-16, recognised by its content.

use super::layers::{AnyRead, peek};
use super::utf16::Utf16;
use std::io::{ErrorKind, Read};

/// Byte-order marks of UTF-16: little-endian, big-endian.
const BYTE_ORDER_MARKS: [[u8; 2]; 2] = [[0xff, 0xfe], [0xfe, 0xff]];

/// A decoded input.
pub struct Input<'r> {
    reader: AnyRead<'r>,
}

impl<'r> Input<'r> {
    /// Recognises the encoding by the first two bytes.
    pub fn new(input: AnyRead<'r>) -> Result<Self, String> {
        let (head, mut whole) = peek(input, 2).map_err(|error| error.to_string())?;
        if BYTE_ORDER_MARKS.iter().any(|mark| head == *mark) {
            whole.read_exact(&mut [0; 2]).map_err(|error| error.to_string())?;
            return Ok(Self {
                reader: Box::new(Utf16::new(whole, head == BYTE_ORDER_MARKS[1])),
            });
        }
        Ok(Self {
            reader: match detect_utf16(&head) {
                Some(is_big_endian) => Box::new(Utf16::new(whole, is_big_endian)),
                None => whole,
            },
        })
    }

    /// Reads into `to`; returns the number of bytes, 0 at the end.
    pub fn some(&mut self, to: &mut [u8]) -> Result<usize, String> {
        loop {
            match self.reader.read(to) {
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(error.to_string()),
                Ok(read) => return Ok(read),
            }
        }
    }

    /// All of it.
    pub fn whole(mut self) -> Result<Vec<u8>, String> {
        let mut all = Vec::new();
        let read = self.reader.read_to_end(&mut all);
        read.map(|_| all).map_err(|error| error.to_string())
    }

    /// What was not read yet.
    pub fn into_reader(self) -> AnyRead<'r> {
        self.reader
    }
}

/// Recognises UTF-16 without a byte-order mark by the bracket that JSON begins with; returns whether it is big-endian.
fn detect_utf16(head: &[u8]) -> Option<bool> {
    match head {
        [b'{' | b'[', 0] => Some(false),
        [0, b'{' | b'['] => Some(true),
        _ => None,
    }
}
