//! A session on disk: what came, what went, when. `docs/recording.md` describes the file.
//!
//! Everything is big-endian. Lengths in a file are never trusted: memory grows with what is there.

mod recorder;
pub mod redact;

pub use recorder::{NoRecordings, Recorder, Recordings};

use super::frame::head;
use byteorder::{BigEndian, ByteOrder, WriteBytesExt};
use std::io::{Error, ErrorKind, Read, Write};

/// How a recording begins. The line end shows a file that was carried over as text.
pub const MAGIC: [u8; 8] = *b"DVMREC\r\n";
/// The version of the file format.
pub const VERSION: u16 = 1;
/// No recording is larger, in bytes.
pub const MAX_LENGTH: u64 = 256 << 20;
/// The extension of a recording's file name.
pub const FILE_EXTENSION: &str = "dvmrec";
/// Bytes kept free for the last note, with its head.
const MAX_NOTE: usize = 1 << 10;
/// Bytes of a record's head: kind, time, length of the metadata, length of the body.
const HEAD_LENGTH: usize = 1 + 8 + 4 + 8;

/// What a record holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// What splunkd sent.
    Request,
    /// What the command answered.
    Reply,
    /// A tuning list: its name as metadata, its text as body.
    List,
    /// A tuning list that could not be read: its name, and why; an empty body where there was no such file.
    NoList,
    /// Why the recording ends here, as body.
    Note,
}

impl Kind {
    const ALL: [Self; 5] = [Self::Request, Self::Reply, Self::List, Self::NoList, Self::Note];

    fn code(self) -> u8 {
        match self {
            Self::Request => 1,
            Self::Reply => 2,
            Self::List => 3,
            Self::NoList => 4,
            Self::Note => 5,
        }
    }

    fn of(code: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.code() == code)
    }
}

/// One record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// What it is.
    pub kind: Kind,
    /// When, in microseconds since the recording was asked for.
    pub at: u64,
    /// JSON, or the name of a list.
    pub metadata: Vec<u8>,
    /// CSV, or the text of a list.
    pub body: Vec<u8>,
}

impl Record {
    /// As a frame of the protocol.
    pub fn to_wire(&self) -> Vec<u8> {
        [&head(&self.metadata, self.body.len())[..], &self.body].concat()
    }
}

/// Writes a recording of up to [`MAX_LENGTH`] bytes.
#[derive(Debug)]
pub struct Writer<W> {
    output: W,
    written: u64,
}

impl<W: Write> Writer<W> {
    /// Begins a recording; `program` is the version of the program.
    pub fn new(mut output: W, program: &str) -> Result<Self, Error> {
        let mut head = MAGIC.to_vec();
        let length = u16::try_from(program.len()).map_err(|_| ErrorKind::InvalidInput)?;
        head.write_u16::<BigEndian>(VERSION)?;
        head.write_u16::<BigEndian>(length)?;
        head.extend_from_slice(program.as_bytes());
        output.write_all(&head)?;
        Ok(Self {
            output,
            written: head.len() as u64,
        })
    }

    /// Whether a record of this size can still be written.
    pub fn fits(&self, metadata: usize, body: usize) -> bool {
        let wanted = (HEAD_LENGTH as u64)
            .saturating_add(metadata as u64)
            .saturating_add(body as u64);
        self.written.saturating_add(wanted) <= MAX_LENGTH - MAX_NOTE as u64
    }

    /// Writes one record, whole. `FileTooLarge` where it would not fit: then nothing was written.
    pub fn put(&mut self, record: &Record) -> Result<(), Error> {
        if !self.fits(record.metadata.len(), record.body.len()) {
            return Err(ErrorKind::FileTooLarge.into());
        }
        self.write(record)
    }

    /// Writes the note that is the last record.
    pub fn close(&mut self, at: u64, why: &str) -> Result<(), Error> {
        let length = why.floor_char_boundary(MAX_NOTE - HEAD_LENGTH);
        self.write(&Record {
            kind: Kind::Note,
            at,
            metadata: Vec::new(),
            body: why.as_bytes()[..length].to_vec(),
        })
    }

    /// What it was written to.
    pub fn into_inner(self) -> W {
        self.output
    }

    fn write(&mut self, record: &Record) -> Result<(), Error> {
        let length = u32::try_from(record.metadata.len()).map_err(|_| ErrorKind::FileTooLarge)?;
        let mut head = Vec::with_capacity(HEAD_LENGTH + record.metadata.len());
        head.write_u8(record.kind.code())?;
        head.write_u64::<BigEndian>(record.at)?;
        head.write_u32::<BigEndian>(length)?;
        head.write_u64::<BigEndian>(record.body.len() as u64)?;
        head.extend_from_slice(&record.metadata);
        self.output.write_all(&head)?;
        self.output.write_all(&record.body)?;
        self.written += (head.len() + record.body.len()) as u64;
        self.output.flush()
    }
}

/// Why a recording cannot be read on.
#[derive(Debug)]
pub struct RecordingError {
    /// Where what could not be read begins, in bytes from the beginning of the file.
    pub offset: u64,
    what: String,
}

impl std::fmt::Display for RecordingError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "byte {}: {}", self.offset, self.what)
    }
}

impl std::error::Error for RecordingError {}

/// Reads a recording, record by record.
#[derive(Debug)]
pub struct Reader<R> {
    input: R,
    offset: u64,
    program: String,
    is_over: bool,
}

impl<R: Read> Reader<R> {
    /// Reads the beginning of a recording.
    pub fn new(input: R) -> Result<Self, RecordingError> {
        let mut reader = Self {
            input,
            offset: 0,
            program: String::new(),
            is_over: false,
        };
        let magic = reader.exactly("the file's first bytes", MAGIC.len() as u64)?;
        if magic != MAGIC {
            return Err(fault(0, "this is not a recording of directvm".to_owned()));
        }
        let head = reader.exactly("the file's head", 4)?;
        let version = BigEndian::read_u16(&head);
        if version != VERSION {
            let text = format!("version {version} of the file format is unknown; {VERSION} is known");
            return Err(fault(MAGIC.len() as u64, text));
        }
        let length = BigEndian::read_u16(&head[2..]);
        let program = reader.exactly("the program's version", u64::from(length))?;
        reader.program = String::from_utf8_lossy(&program).into_owned();
        Ok(reader)
    }

    /// The version of the program that wrote it.
    pub fn program(&self) -> &str {
        &self.program
    }

    fn record(&mut self) -> Result<Option<Record>, RecordingError> {
        let start = self.offset;
        let head = self.upto(HEAD_LENGTH as u64)?;
        if head.is_empty() {
            return Ok(None);
        }
        if head.len() < HEAD_LENGTH {
            return Err(ended(start, "a record's head", HEAD_LENGTH as u64, head.len()));
        }
        let Some(kind) = Kind::of(head[0]) else {
            let text = format!(
                "{} is not a kind of record; kinds are 1 to {}",
                head[0],
                Kind::ALL.len()
            );
            return Err(fault(start, text));
        };
        let at = BigEndian::read_u64(&head[1..]);
        let metadata = u64::from(BigEndian::read_u32(&head[9..]));
        let body = BigEndian::read_u64(&head[13..]);
        for (part, length) in [("metadata", metadata), ("a body", body)] {
            if length > MAX_LENGTH {
                let text =
                    format!("{part} of {length} bytes is declared; a recording has up to {MAX_LENGTH}");
                return Err(fault(start, text));
            }
        }
        Ok(Some(Record {
            kind,
            at,
            metadata: self.exactly("a record's metadata", metadata)?,
            body: self.exactly("a record's body", body)?,
        }))
    }

    /// Exactly `length` bytes.
    fn exactly(&mut self, part: &str, length: u64) -> Result<Vec<u8>, RecordingError> {
        let start = self.offset;
        let bytes = self.upto(length)?;
        if (bytes.len() as u64) < length {
            return Err(ended(start, part, length, bytes.len()));
        }
        Ok(bytes)
    }

    /// `length` bytes, or as many as there are; memory grows with those.
    fn upto(&mut self, length: u64) -> Result<Vec<u8>, RecordingError> {
        let mut bytes = Vec::new();
        let read = self.input.by_ref().take(length).read_to_end(&mut bytes);
        read.map_err(|error| fault(self.offset, format!("it cannot be read: {error}")))?;
        self.offset += bytes.len() as u64;
        Ok(bytes)
    }
}

impl<R: Read> Iterator for Reader<R> {
    type Item = Result<Record, RecordingError>;

    /// Nothing comes after an error.
    fn next(&mut self) -> Option<Self::Item> {
        if self.is_over {
            return None;
        }
        let record = self.record().transpose();
        self.is_over = !matches!(record, Some(Ok(_)));
        record
    }
}

fn fault(offset: u64, what: String) -> RecordingError {
    RecordingError { offset, what }
}

fn ended(offset: u64, part: &str, wanted: u64, got: usize) -> RecordingError {
    let text = format!("the file ends inside {part}: {wanted} bytes were declared, {got} are there");
    fault(offset, text)
}
