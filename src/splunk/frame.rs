//! The wire form: header line and lengths ↔ bytes. Knows neither JSON nor CSV.
//!
//! `chunked 1.0,<metadata bytes>,<body bytes>\n`, then the metadata, then the body, nothing between them (seen in recordings
//! of Splunk 6.3 and 8.2.1).

use std::io::{BufRead, BufReader, ErrorKind, Read};

/// No header is longer, whatever the lengths.
const MAX_HEADER: usize = 128;
/// splunkd's metadata is a few KiB; a search string can make it longer.
const MAX_METADATA: u64 = 64 << 20;
/// Capacity of the input's buffer.
const BUFFER_BYTES: usize = 64 << 10;
/// A body is read in pieces of up to this many bytes.
const MAX_PIECE: usize = 1 << 20;

/// The lengths that a header declares, in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Header {
    /// Length of the metadata.
    pub metadata: usize,
    /// Length of the body.
    pub body: usize,
}

/// Why no frame could be read.
#[derive(Debug)]
pub enum FrameError {
    /// The header is not of the protocol's form; holds what was read of it.
    Header(String),
    /// A declared length is more than is ever read; holds its name and the length.
    TooLong(&'static str, String),
    /// The input ended inside a frame; holds the part, the bytes wanted and the bytes got.
    Ended(&'static str, usize, usize),
    /// The input could not be read.
    Io(std::io::Error),
}

impl std::fmt::Display for FrameError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let text = match self {
            Self::Header(got) => {
                format!("frame header is not \"chunked 1.0,<metadata length>,<body length>\": {got}")
            }
            Self::TooLong(part, length) => {
                format!("frame header declares a {part} of {length} bytes, which is too long")
            }
            Self::Ended(part, wanted, got) => {
                format!("input ended inside a frame's {part}: {wanted} bytes were declared, {got} arrived")
            }
            Self::Io(error) => format!("input could not be read: {error}"),
        };
        f.write_str(&text)
    }
}

impl std::error::Error for FrameError {}

/// Reads frames one after the other.
#[derive(Debug)]
pub struct FrameReader<R> {
    input: BufReader<R>,
}

impl<R: Read> FrameReader<R> {
    /// Frames come from `input`.
    pub fn new(input: R) -> Self {
        Self {
            input: BufReader::with_capacity(BUFFER_BYTES, input),
        }
    }

    /// The next header; nothing where the input ends between frames.
    pub fn header(&mut self) -> Result<Option<Header>, FrameError> {
        let mut line = Vec::with_capacity(MAX_HEADER);
        let mut input = self.input.by_ref().take(MAX_HEADER as u64);
        input.read_until(b'\n', &mut line).map_err(FrameError::Io)?;
        match line.strip_suffix(b"\n") {
            Some(line) => parse_header(line).map(Some),
            None if line.is_empty() => Ok(None),
            None => Err(FrameError::Header(shown(&line))),
        }
    }

    /// The metadata; memory grows with what arrives, not with what was declared.
    pub fn metadata(&mut self, length: usize) -> Result<Vec<u8>, FrameError> {
        let mut metadata = Vec::new();
        let mut input = self.input.by_ref().take(length as u64);
        input.read_to_end(&mut metadata).map_err(FrameError::Io)?;
        match metadata.len() {
            got if got < length => Err(FrameError::Ended("metadata", length, got)),
            _ => Ok(metadata),
        }
    }

    /// Fills `body` from the input; `arrived` gets, after each piece, all that is there.
    pub fn body(&mut self, body: &mut [u8], mut arrived: impl FnMut(&[u8])) -> Result<(), FrameError> {
        let mut got = 0;
        while got < body.len() {
            let upto = body.len().min(got + MAX_PIECE);
            match self.input.read(&mut body[got..upto]) {
                Ok(0) => return Err(FrameError::Ended("body", body.len(), got)),
                Ok(more) => got += more,
                Err(error) if error.kind() == ErrorKind::Interrupted => continue,
                Err(error) => return Err(FrameError::Io(error)),
            }
            arrived(&body[..got]);
        }
        Ok(())
    }
}

/// Reads a header. White space between its parts and a carriage return at its end are accepted.
fn parse_header(line: &[u8]) -> Result<Header, FrameError> {
    let lengths = || {
        let text = std::str::from_utf8(line).ok()?;
        let version = text.trim_start().strip_prefix("chunked")?;
        let lengths = version.trim_start().strip_prefix("1.0")?.trim_start();
        let (metadata, body) = lengths.strip_prefix(',')?.split_once(',')?;
        let lengths = [metadata.trim(), body.trim()];
        let is_number = |text: &&str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        lengths.iter().all(is_number).then_some(lengths)
    };
    let [metadata, body] = lengths().ok_or_else(|| FrameError::Header(shown(line)))?;
    Ok(Header {
        metadata: length("metadata", metadata, MAX_METADATA)?,
        body: length("body", body, isize::MAX as u64)?,
    })
}

fn length(part: &'static str, digits: &str, max: u64) -> Result<usize, FrameError> {
    let parsed = digits.parse::<u64>().ok().filter(|length| *length <= max);
    parsed
        .and_then(|length| usize::try_from(length).ok())
        .ok_or_else(|| FrameError::TooLong(part, digits.to_owned()))
}

/// The beginning of what stands where a header should; only where it is one, since metadata holds a session key.
fn shown(bytes: &[u8]) -> String {
    if bytes.trim_ascii_start().starts_with(b"chunked") {
        format!("{:?}", String::from_utf8_lossy(&bytes[..bytes.len().min(40)]))
    } else {
        "the line does not begin with chunked; to read logs without Splunk, use directvm scan".to_owned()
    }
}

/// The header and the metadata of a frame; the body, of `body` bytes, must follow.
pub fn head(metadata: &[u8], body: usize) -> Vec<u8> {
    let header = format!("chunked 1.0,{},{body}\n", metadata.len());
    [header.as_bytes(), metadata].concat()
}

#[cfg(test)]
mod tests {
    use super::{FrameError, FrameReader, Header, head};

    /// Hands out one byte at a time.
    struct Drops<'a>(&'a [u8]);

    impl std::io::Read for Drops<'_> {
        fn read(&mut self, to: &mut [u8]) -> std::io::Result<usize> {
            let given = self.0.len().min(1).min(to.len());
            to[..given].copy_from_slice(&self.0[..given]);
            self.0 = &self.0[given..];
            Ok(given)
        }
    }

    #[test]
    fn frames_come_back_as_written_in_any_pieces() {
        let mut wire = head(b"{}", 3);
        wire.extend_from_slice(b"a\nbchunked 1.0 , 2,0\r\n{}");
        let mut reader = FrameReader::new(Drops(&wire));
        assert_eq!(reader.header().unwrap(), Some(Header { metadata: 2, body: 3 }));
        assert_eq!(reader.metadata(2).unwrap(), b"{}");
        let mut body = [0; 3];
        reader.body(&mut body, |_| {}).unwrap();
        assert_eq!(&body, b"a\nb");
        assert_eq!(reader.header().unwrap(), Some(Header { metadata: 2, body: 0 }));
        assert_eq!(reader.metadata(2).unwrap(), b"{}");
        assert_eq!(reader.header().unwrap(), None);
    }

    #[test]
    fn broken_headers_are_named() {
        let error = |text: &str| FrameReader::new(text.as_bytes()).header().unwrap_err();
        let lengths = ["a,1\n", "-1,1\n", "1\n"].map(|lengths| format!("chunked 1.0,{lengths}"));
        let others = ["chunked 2.0,1,1\n", "hello\n", "chunk", &"x".repeat(500)].map(str::to_owned);
        for text in lengths.iter().chain(&others) {
            assert!(matches!(error(text), FrameError::Header(_)), "{text}");
        }
        let huge = error("chunked 1.0,99999999999999999999,1\n").to_string();
        assert!(huge.contains("metadata of 99999999999999999999 bytes"), "{huge}");
    }

    #[test]
    fn input_that_ends_inside_a_frame_is_not_a_normal_end() {
        let mut reader = FrameReader::new(&b"chunked 1.0,10,0\n{}"[..]);
        let header = reader.header().unwrap().unwrap();
        let error = reader.metadata(header.metadata).unwrap_err().to_string();
        assert!(error.contains("10 bytes were declared, 2 arrived"), "{error}");
    }
}
