//! Reads an input as UTF-8: plain or gzip, UTF-8 or UTF-16, recognised by its content.

use super::utf16::Utf16;
use flate2::bufread::GzDecoder;
use std::io::{BufRead, BufReader, Cursor, Error, ErrorKind, Read};

const GZIP: [u8; 2] = [0x1f, 0x8b];
/// Byte-order marks of UTF-16: little-endian, big-endian.
const BYTE_ORDER_MARKS: [[u8; 2]; 2] = [[0xff, 0xfe], [0xfe, 0xff]];
/// Size of the buffer for gzip.
const BUFFER_SIZE: usize = 64 << 10;
/// How deep gzip may be nested: some log shippers compress files that are already compressed.
const MAX_NESTED_GZIP: usize = 3;

/// A decompressed and decoded input.
pub struct Input<'r> {
    reader: Box<dyn Read + 'r>,
    is_compressed: bool,
}

impl<'r> Input<'r> {
    /// Recognises the encoding by the first two bytes; of gzip, by those of its content again.
    pub fn new(input: &'r mut dyn Read) -> Result<Self, String> {
        let mut this = Self {
            reader: Box::new(input),
            is_compressed: false,
        };
        for _ in 0..=MAX_NESTED_GZIP {
            let mut head = Vec::with_capacity(GZIP.len());
            let read = (&mut this.reader).take(GZIP.len() as u64).read_to_end(&mut head);
            read.map_err(|error| this.fault(&error))?;
            if BYTE_ORDER_MARKS.iter().any(|mark| head == *mark) {
                this.reader = Box::new(Utf16::new(this.reader, head == BYTE_ORDER_MARKS[1]));
                return Ok(this);
            }
            let (is_gzip, utf16) = (head == GZIP, detect_utf16(&head));
            let whole = Cursor::new(head).chain(this.reader);
            if !is_gzip {
                this.reader = match utf16 {
                    Some(is_big_endian) => Box::new(Utf16::new(whole, is_big_endian)),
                    None => Box::new(whole),
                };
                return Ok(this);
            }
            this.reader = Box::new(Members::new(BufReader::with_capacity(BUFFER_SIZE, whole)));
            this.is_compressed = true;
        }
        Err(format!("gzip is nested more than {MAX_NESTED_GZIP} deep"))
    }

    /// Reads into `to`; returns the number of bytes, 0 at the end.
    pub fn some(&mut self, to: &mut [u8]) -> Result<usize, String> {
        loop {
            match self.reader.read(to) {
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(self.fault(&error)),
                Ok(read) => return Ok(read),
            }
        }
    }

    fn fault(&self, error: &Error) -> String {
        match error.kind() {
            ErrorKind::UnexpectedEof if self.is_compressed => {
                "gzip is cut short; the part before was read".to_owned()
            }
            ErrorKind::InvalidInput | ErrorKind::InvalidData if self.is_compressed => {
                format!("gzip is broken ({error}); the part before was read")
            }
            _ => error.to_string(),
        }
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

/// Reads the members of a gzip file, one after the other. Zeros after the last one, as tapes and block devices leave them,
/// are ignored.
struct Members<R> {
    /// `None` only between two members.
    member: Option<GzDecoder<R>>,
}

impl<R: BufRead> Members<R> {
    fn new(input: R) -> Self {
        Self {
            member: Some(GzDecoder::new(input)),
        }
    }

    /// Goes to the next member; returns whether there is one.
    fn next(&mut self) -> std::io::Result<bool> {
        let Some(mut input) = self.member.take().map(GzDecoder::into_inner) else {
            return Ok(false);
        };
        loop {
            let ahead = input.fill_buf()?;
            if ahead.is_empty() {
                return Ok(false);
            }
            let zeros = ahead.iter().take_while(|byte| **byte == 0).count();
            let is_all = zeros == ahead.len();
            input.consume(zeros);
            if !is_all {
                self.member = Some(GzDecoder::new(input));
                return Ok(true);
            }
        }
    }
}

impl<R: BufRead> Read for Members<R> {
    fn read(&mut self, to: &mut [u8]) -> std::io::Result<usize> {
        loop {
            let Some(member) = &mut self.member else {
                return Ok(0);
            };
            let read = member.read(to)?;
            if read > 0 || to.is_empty() || !self.next()? {
                return Ok(read);
            }
        }
    }
}
