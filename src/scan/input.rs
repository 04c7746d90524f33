//! An input as text: plain or gzip, UTF-8 or UTF-16, told apart by content.

use super::utf16::Utf16;
use flate2::bufread::GzDecoder;
use std::io::{BufRead, BufReader, Cursor, Error, ErrorKind, Read};

const GZIP: [u8; 2] = [0x1f, 0x8b];
/// Byte-order marks of UTF-16: little end first, big end first.
const MARKS: [[u8; 2]; 2] = [[0xff, 0xfe], [0xfe, 0xff]];
const AHEAD: usize = 64 << 10;
/// How often one gzip may lie in another: some shippers pack what is packed already.
const MOST_PACKED: usize = 3;

/// An input, unpacked.
pub struct Input<'r> {
    reader: Box<dyn Read + 'r>,
    is_packed: bool,
}

impl<'r> Input<'r> {
    /// Looks at the first two bytes, and at those of what they lead to.
    pub fn new(input: &'r mut dyn Read) -> Result<Self, String> {
        let mut this = Self {
            reader: Box::new(input),
            is_packed: false,
        };
        for _ in 0..=MOST_PACKED {
            let mut head = Vec::with_capacity(GZIP.len());
            let read = (&mut this.reader).take(GZIP.len() as u64).read_to_end(&mut head);
            read.map_err(|error| this.fault(&error))?;
            if MARKS.iter().any(|mark| head == *mark) {
                this.reader = Box::new(Utf16::new(this.reader, head == MARKS[1]));
                return Ok(this);
            }
            let (is_gzip, utf16) = (head == GZIP, unmarked(&head));
            let whole = Cursor::new(head).chain(this.reader);
            if !is_gzip {
                this.reader = match utf16 {
                    Some(is_big_endian) => Box::new(Utf16::new(whole, is_big_endian)),
                    None => Box::new(whole),
                };
                return Ok(this);
            }
            this.reader = Box::new(Members::new(BufReader::with_capacity(AHEAD, whole)));
            this.is_packed = true;
        }
        Err(format!("gzip lies in gzip more than {MOST_PACKED} times"))
    }

    /// Reads some bytes; none at the end.
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
            ErrorKind::UnexpectedEof if self.is_packed => {
                "gzip is cut short; what came before counts".to_owned()
            }
            ErrorKind::InvalidInput | ErrorKind::InvalidData if self.is_packed => {
                format!("gzip is broken ({error}); what came before counts")
            }
            _ => error.to_string(),
        }
    }
}

/// Whether the text is UTF-16 without a mark, with the big end first or not: JSON begins with a bracket.
fn unmarked(head: &[u8]) -> Option<bool> {
    match head {
        [b'{' | b'[', 0] => Some(false),
        [0, b'{' | b'['] => Some(true),
        _ => None,
    }
}

/// The members of a gzip file, one after the other. Zeros behind the last one, as block devices and tapes leave them,
/// are none.
struct Members<R> {
    /// Nothing only for the moment between two members.
    member: Option<GzDecoder<R>>,
}

impl<R: BufRead> Members<R> {
    fn new(input: R) -> Self {
        Self {
            member: Some(GzDecoder::new(input)),
        }
    }

    /// Whether a further member begins.
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
