//! Takes compression off an input, layer by layer, while it is read.

use super::kind::{HEAD, Kind, Packing, kind};
use bzip2::bufread::BzDecoder;
use flate2::bufread::GzDecoder;
use lzma_rust2::XzReader;
use ruzstd::decoding::StreamingDecoder;
use std::io::{BufRead, BufReader, Cursor, Error, ErrorKind, Read};

/// Size of the buffer before a decoder.
const BUFFER_SIZE: usize = 64 << 10;
/// How many layers of compression may lie over one another: some log shippers compress files that are compressed already.
const MAX_LAYERS: usize = 4;
/// The window that zstd may ask for: that of its highest ordinary level.
const MAX_ZSTD_WINDOW: u64 = 32 << 20;
/// What xz may ask for, in KiB: enough for its highest level, which keeps a window of 64 MiB.
const MAX_XZ_KIB: u32 = 80 << 10;

/// A reader of any kind.
pub type AnyRead<'r> = Box<dyn Read + 'r>;

/// An input without its compression.
pub struct Layered<'r> {
    /// What is in it.
    pub reader: AnyRead<'r>,
    /// What that is.
    pub kind: Kind,
    /// Whether anything was taken off.
    pub is_unpacked: bool,
}

/// Takes off every layer.
pub fn peel(mut reader: AnyRead<'_>) -> Result<Layered<'_>, String> {
    for layer in 0..=MAX_LAYERS {
        let (head, whole) = peek(reader, HEAD).map_err(|error| error.to_string())?;
        let Kind::Packed(packing) = kind(&head) else {
            return Ok(Layered {
                kind: kind(&head),
                reader: whole,
                is_unpacked: layer > 0,
            });
        };
        reader = Box::new(Named {
            packing,
            reader: decoder(packing, whole).map_err(|error| fault(packing, &error).to_string())?,
        });
    }
    Err(format!("compression is nested more than {MAX_LAYERS} deep"))
}

/// Reads up to `length` bytes ahead; returns them, and a reader that begins with them.
pub fn peek(mut reader: AnyRead<'_>, length: usize) -> std::io::Result<(Vec<u8>, AnyRead<'_>)> {
    let mut head = Vec::with_capacity(length);
    let read = (&mut reader).take(length as u64).read_to_end(&mut head);
    let whole = Cursor::new(head.clone());
    match read {
        Ok(_) => Ok((head, Box::new(whole.chain(reader)))),
        Err(error) if head.is_empty() => Err(error),
        Err(error) => Ok((head, Box::new(whole.chain(Fails(Some(error)))))),
    }
}

/// Fails once: what was read before an error is read first.
struct Fails(Option<Error>);

impl Read for Fails {
    fn read(&mut self, _: &mut [u8]) -> std::io::Result<usize> {
        self.0.take().map_or(Ok(0), Err)
    }
}

fn decoder(packing: Packing, input: AnyRead<'_>) -> std::io::Result<AnyRead<'_>> {
    let input = BufReader::with_capacity(BUFFER_SIZE, input);
    Ok(match packing {
        Packing::Gzip => Box::new(Members::new(input, GzDecoder::new, GzDecoder::into_inner)),
        Packing::Bzip2 => Box::new(Members::new(input, BzDecoder::new, BzDecoder::into_inner)),
        Packing::Xz => Box::new(XzReader::new_mem_limit(input, true, MAX_XZ_KIB)),
        Packing::Zstd => Box::new(Frames::new(input)?),
    })
}

/// Names the compression in errors.
struct Named<'r> {
    packing: Packing,
    reader: AnyRead<'r>,
}

impl Read for Named<'_> {
    fn read(&mut self, to: &mut [u8]) -> std::io::Result<usize> {
        self.reader.read(to).map_err(|error| fault(self.packing, &error))
    }
}

/// An error of a decoder, for people. It keeps its kind only where reading can be tried again.
fn fault(packing: Packing, error: &Error) -> Error {
    let name = packing.name();
    let (kind, text) = match error.kind() {
        ErrorKind::Interrupted => (ErrorKind::Interrupted, String::new()),
        // The text of a layer inside.
        ErrorKind::QuotaExceeded => (ErrorKind::QuotaExceeded, error.to_string()),
        ErrorKind::UnexpectedEof => (
            ErrorKind::QuotaExceeded,
            format!("{name} is cut short; the part before was read"),
        ),
        ErrorKind::OutOfMemory => (
            ErrorKind::QuotaExceeded,
            format!("{name} needs too much memory; unpack it first"),
        ),
        _ => (
            ErrorKind::QuotaExceeded,
            format!("{name} is broken ({error}); the part before was read"),
        ),
    };
    Error::new(kind, text)
}

/// Reads the members of a compressed file, one after the other. Zeros after the last one, as tapes and block devices leave
/// them, are ignored.
struct Members<R, D> {
    /// `None` only between two members.
    member: Option<D>,
    begin: fn(R) -> D,
    end: fn(D) -> R,
}

impl<R: BufRead, D: Read> Members<R, D> {
    fn new(input: R, begin: fn(R) -> D, end: fn(D) -> R) -> Self {
        Self {
            member: Some(begin(input)),
            begin,
            end,
        }
    }

    /// Goes to the next member; returns whether there is one.
    fn next(&mut self) -> std::io::Result<bool> {
        let Some(mut input) = self.member.take().map(self.end) else {
            return Ok(false);
        };
        let has_more = skip_zeros(&mut input)?;
        if has_more {
            self.member = Some((self.begin)(input));
        }
        Ok(has_more)
    }
}

/// Skips zeros; returns whether something else follows.
fn skip_zeros(input: &mut impl BufRead) -> std::io::Result<bool> {
    loop {
        let ahead = input.fill_buf()?;
        if ahead.is_empty() {
            return Ok(false);
        }
        let zeros = ahead.iter().take_while(|byte| **byte == 0).count();
        let is_all = zeros == ahead.len();
        input.consume(zeros);
        if !is_all {
            return Ok(true);
        }
    }
}

impl<R: BufRead, D: Read> Read for Members<R, D> {
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

/// Reads the frames of a zstd file, one after the other.
struct Frames<R: BufRead> {
    frame: Option<StreamingDecoder<R, ruzstd::decoding::FrameDecoder>>,
}

impl<R: BufRead> Frames<R> {
    fn new(input: R) -> std::io::Result<Self> {
        Ok(Self {
            frame: Some(frame(input)?),
        })
    }
}

fn frame<R: BufRead>(input: R) -> std::io::Result<StreamingDecoder<R, ruzstd::decoding::FrameDecoder>> {
    StreamingDecoder::new_with_max_window_size(input, MAX_ZSTD_WINDOW)
        .map_err(|error| Error::new(ErrorKind::InvalidData, error.to_string()))
}

impl<R: BufRead> Read for Frames<R> {
    fn read(&mut self, to: &mut [u8]) -> std::io::Result<usize> {
        loop {
            let Some(frame_now) = &mut self.frame else {
                return Ok(0);
            };
            let read = frame_now.read(to)?;
            if read > 0 || to.is_empty() {
                return Ok(read);
            }
            let Some(mut input) = self.frame.take().map(StreamingDecoder::into_inner) else {
                return Ok(0);
            };
            if skip_zeros(&mut input)? {
                self.frame = Some(frame(input)?);
            }
        }
    }
}
