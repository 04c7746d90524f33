//! Plain or gzip, told apart by content.

use flate2::bufread::MultiGzDecoder;
use std::io::{BufReader, Chain, Cursor, ErrorKind, Read};

const MAGIC: [u8; 2] = [0x1f, 0x8b];
const AHEAD: usize = 64 << 10;

type Whole<'r> = Chain<Cursor<Vec<u8>>, &'r mut dyn Read>;

/// An input, unpacked.
pub enum Input<'r> {
    /// As it is.
    Plain(Whole<'r>),
    /// Gzip, one member or several.
    Gzip(Box<MultiGzDecoder<BufReader<Whole<'r>>>>),
}

impl<'r> Input<'r> {
    /// Looks at the first two bytes.
    pub fn new(input: &'r mut dyn Read) -> std::io::Result<Self> {
        let mut head = Vec::with_capacity(MAGIC.len());
        (&mut *input).take(MAGIC.len() as u64).read_to_end(&mut head)?;
        let is_gzip = head == MAGIC;
        let whole = Cursor::new(head).chain(input);
        Ok(if is_gzip {
            Self::Gzip(Box::new(MultiGzDecoder::new(BufReader::with_capacity(
                AHEAD, whole,
            ))))
        } else {
            Self::Plain(whole)
        })
    }

    /// Reads some bytes; none at the end.
    pub fn some(&mut self, to: &mut [u8]) -> Result<usize, String> {
        loop {
            let read = match self {
                Self::Plain(input) => input.read(to),
                Self::Gzip(input) => input.read(to),
            };
            match read {
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(self.fault(&error)),
                Ok(read) => return Ok(read),
            }
        }
    }

    fn fault(&self, error: &std::io::Error) -> String {
        match (self, error.kind()) {
            (Self::Gzip(_), ErrorKind::UnexpectedEof) => {
                "gzip is cut short; what came before counts".to_owned()
            }
            (Self::Gzip(_), ErrorKind::InvalidInput | ErrorKind::InvalidData) => {
                format!("gzip is broken ({error}); what came before counts")
            }
            _ => error.to_string(),
        }
    }
}
