//! The members of archives, one after the other, whatever lies in what.

use super::kind::{Kind, Unread, WORKBOOK, kind};
use super::layers::{AnyRead, Layered, peel};
use std::cell::Cell;
use std::io::{BufReader, Error, ErrorKind, Read, Seek, SeekFrom};
use tar::EntryType;
use tempfile::SpooledTempFile;
use zip::ZipReadOptions;
use zip::unstable::read::ZipIterable;

/// How deep archives may lie in one another.
const MAX_DEPTH: usize = 4;
/// What an input may become when it is unpacked: this many times its size, since logs become ten to forty times,
const MAX_EXPANSION: u64 = 200;
/// but always this many bytes.
const MIN_EXPANDED: u64 = 2 << 30;
/// A zip that cannot be read from its end, as one inside another archive, is kept in memory up to this size, and in an
/// unnamed temporary file beyond.
const SPOOLED_IN_MEMORY: usize = 8 << 20;
/// The longest name of a member, in bytes.
const MAX_NAME: u64 = 64 << 10;

/// A reader that can go back.
pub trait ReadSeek: Read + Seek {}

impl<T: Read + Seek> ReadSeek for T {}

/// An input that was opened.
pub enum Opened {
    /// A file; and its size in bytes.
    File(Box<dyn ReadSeek>, u64),
    /// A pipe, a device.
    Stream(Box<dyn Read>),
}

/// What an input holds under a name.
pub enum Content<'c> {
    /// Text, if it is a log; whether compression was taken off it.
    Plain(AnyRead<'c>, bool),
    /// Something that is not read.
    Unread(Unread),
    /// Nothing that can hold a log: a link, an empty archive.
    Nothing,
    /// What is wrong with it.
    Fault(String),
}

/// Receives the contents of an input: the name of the member, empty for the input itself; and what it is.
pub type Visit<'v> = dyn FnMut(&str, Content<'_>) + 'v;

/// Calls `visit` with everything that an input holds.
pub fn walk(opened: Opened, visit: &mut Visit<'_>) {
    match opened {
        Opened::File(file, length) => {
            let budget = Budget::new(length);
            let mut walk = Walk {
                budget: &budget,
                visit,
            };
            if let Err(error) = walk.file(file) {
                (walk.visit)("", Content::Fault(error.to_string()));
            }
        }
        Opened::Stream(stream) => {
            let budget = Budget::new(0);
            let counted = Counted {
                reader: stream,
                budget: &budget,
            };
            let mut walk = Walk {
                budget: &budget,
                visit,
            };
            walk.stream(Box::new(counted), "", 0);
        }
    }
}

/// How much an input may become.
struct Budget {
    packed: Cell<u64>,
    unpacked: Cell<u64>,
}

impl Budget {
    fn new(packed: u64) -> Self {
        Self {
            packed: Cell::new(packed),
            unpacked: Cell::new(0),
        }
    }

    fn is_spent(&self) -> bool {
        let limit = self.packed.get().saturating_mul(MAX_EXPANSION).max(MIN_EXPANDED);
        self.unpacked.get() > limit
    }
}

/// Counts what is read of a stream, whose size is not known before.
struct Counted<'b> {
    reader: Box<dyn Read>,
    budget: &'b Budget,
}

impl Read for Counted<'_> {
    fn read(&mut self, to: &mut [u8]) -> std::io::Result<usize> {
        let read = self.reader.read(to)?;
        self.budget.packed.update(|packed| packed + read as u64);
        Ok(read)
    }
}

/// Ends what becomes too much.
struct Bounded<'b> {
    reader: AnyRead<'b>,
    budget: &'b Budget,
}

impl Read for Bounded<'_> {
    fn read(&mut self, to: &mut [u8]) -> std::io::Result<usize> {
        if self.budget.is_spent() {
            let text = format!("unpacks to more than {MAX_EXPANSION} times its size; the rest was not read");
            return Err(Error::new(ErrorKind::QuotaExceeded, text));
        }
        let read = self.reader.read(to)?;
        self.budget.unpacked.update(|unpacked| unpacked + read as u64);
        Ok(read)
    }
}

struct Walk<'w, 'v> {
    budget: &'w Budget,
    visit: &'w mut Visit<'v>,
}

impl Walk<'_, '_> {
    fn file(&mut self, mut file: Box<dyn ReadSeek>) -> std::io::Result<()> {
        let mut head = Vec::with_capacity(super::kind::HEAD);
        (&mut file)
            .take(super::kind::HEAD as u64)
            .read_to_end(&mut head)?;
        file.seek(SeekFrom::Start(0))?;
        if kind(&head) == Kind::Zip {
            self.zip(file, "", 0);
        } else {
            self.stream(Box::new(file), "", 0);
        }
        Ok(())
    }

    fn fault(&mut self, name: &str, text: String) {
        (self.visit)(name, Content::Fault(text));
    }

    /// Whether no more may be unpacked, which is a fault then.
    fn is_spent(&mut self, name: &str) -> bool {
        let is_spent = self.budget.is_spent();
        if is_spent {
            self.fault(name, "unpacks to too much; the rest was not read".to_owned());
        }
        is_spent
    }

    fn stream(&mut self, stream: AnyRead<'_>, name: &str, depth: usize) {
        let Layered {
            reader,
            kind,
            is_unpacked,
        } = match peel(stream) {
            Ok(layered) => layered,
            Err(text) => return self.fault(name, text),
        };
        let budget = self.budget;
        let reader: AnyRead<'_> = if is_unpacked || depth > 0 {
            Box::new(Bounded { reader, budget })
        } else {
            reader
        };
        match kind {
            Kind::Zip | Kind::Tar if depth == MAX_DEPTH => {
                let text = format!("archives are nested more than {MAX_DEPTH} deep; unpack it first");
                self.fault(name, text);
            }
            Kind::Tar => self.tar(reader, name, depth),
            Kind::Zip => self.spooled(reader, name, depth),
            Kind::Unread(unread) => (self.visit)(name, Content::Unread(unread)),
            Kind::Plain | Kind::Packed(_) => (self.visit)(name, Content::Plain(reader, is_unpacked)),
        }
    }

    fn spooled(&mut self, mut reader: AnyRead<'_>, name: &str, depth: usize) {
        let mut spool = SpooledTempFile::new(SPOOLED_IN_MEMORY);
        match std::io::copy(&mut reader, &mut spool).and_then(|_| spool.seek(SeekFrom::Start(0))) {
            Ok(_) => self.zip(Box::new(spool), name, depth),
            Err(error) => self.fault(name, error.to_string()),
        }
    }

    fn zip<'z>(&mut self, file: Box<dyn ReadSeek + 'z>, name: &str, depth: usize) {
        let opened = ZipIterable::try_new(BufReader::new(file), zip::read::Config::default());
        let opened = opened.map_err(|error| zip_fault(&error));
        let mut archive = match opened {
            Ok(archive) => archive,
            Err(text) => return self.fault(name, text),
        };
        if archive.is_empty() {
            return (self.visit)(name, Content::Nothing);
        }
        let members = match archive.files() {
            Ok(members) => members,
            Err(error) => return self.fault(name, zip_fault(&error)),
        };
        while let Some(member) = members.next() {
            if self.is_spent(name) {
                return;
            }
            let member = match member {
                Ok(member) => member,
                Err(error) => return self.fault(name, zip_fault(&error)),
            };
            let inner = inner_name(name, &String::from_utf8_lossy(member.name_raw()));
            if member.is_dir() {
                continue;
            }
            if member.is_symlink() {
                (self.visit)(&inner, Content::Nothing);
                continue;
            }
            if member.encrypted() {
                self.fault(&inner, "is encrypted; unpack it first".to_owned());
                continue;
            }
            if inner == inner_name(name, WORKBOOK) {
                (self.visit)(name, Content::Unread(Unread::Workbook));
            }
            match member.with_reader(members.reader_mut(), ZipReadOptions::new()) {
                Ok(member) => self.stream(Box::new(ZipMember(member)), &inner, depth + 1),
                Err(error) => self.fault(&inner, zip_fault(&error)),
            }
        }
    }

    fn tar(&mut self, reader: AnyRead<'_>, name: &str, depth: usize) {
        let mut archive = tar::Archive::new(reader);
        archive.set_ignore_zeros(true);
        let entries = match archive.entries() {
            Ok(entries) => entries.raw(true),
            Err(error) => return self.fault(name, tar_fault(&error)),
        };
        let (mut long_name, mut any) = (None, false);
        for entry in entries {
            let mut entry = match entry {
                Ok(entry) => entry,
                Err(error) => return self.fault(name, tar_fault(&error)),
            };
            match entry.header().entry_type() {
                EntryType::GNULongName => long_name = Some(text_of(&mut entry)),
                EntryType::XHeader => long_name = pax_name(&text_of(&mut entry)).or(long_name),
                EntryType::Regular | EntryType::Continuous => {
                    let own = || String::from_utf8_lossy(&entry.path_bytes()).into_owned();
                    let inner = inner_name(name, &long_name.take().unwrap_or_else(own));
                    any = true;
                    self.stream(Box::new(&mut entry), &inner, depth + 1);
                }
                EntryType::GNUSparse => {
                    let inner = inner_name(name, &String::from_utf8_lossy(&entry.path_bytes()));
                    self.fault(
                        &inner,
                        "is a sparse file, which is not read; unpack it first".to_owned(),
                    );
                }
                _ => long_name = None,
            }
            if self.is_spent(name) {
                return;
            }
        }
        if !any {
            (self.visit)(name, Content::Nothing);
        }
    }
}

/// The name of a member, behind those of the archives around it; the input's own name comes before it.
fn inner_name(outer: &str, inner: &str) -> String {
    format!("{outer}!/{inner}")
}

/// Reads a member of a zip, with errors for people.
struct ZipMember<R>(R);

impl<R: Read> Read for ZipMember<R> {
    fn read(&mut self, to: &mut [u8]) -> std::io::Result<usize> {
        self.0.read(to).map_err(|error| match error.kind() {
            ErrorKind::Interrupted => error,
            _ => Error::new(
                ErrorKind::QuotaExceeded,
                format!("the zip is broken here ({error}); the part before was read"),
            ),
        })
    }
}

fn zip_fault(error: &zip::result::ZipError) -> String {
    if matches!(error, zip::result::ZipError::UnsupportedArchive(_)) {
        return format!("is packed in a way that is not read ({error}); unpack it first");
    }
    format!("the zip cannot be read ({error}); is it whole? Unpack it first")
}

fn tar_fault(error: &Error) -> String {
    match error.kind() {
        ErrorKind::QuotaExceeded => error.to_string(),
        _ => format!("the tar is broken or cut short ({error}); the part before was read"),
    }
}

/// A short member that describes the next one.
fn text_of(entry: &mut impl Read) -> String {
    let mut bytes = Vec::new();
    let _ = entry.take(MAX_NAME).read_to_end(&mut bytes);
    let end = bytes.iter().position(|byte| *byte == 0).unwrap_or(bytes.len());
    String::from_utf8_lossy(&bytes[..end]).into_owned()
}

/// The name in an extended header: lines of `<length> <key>=<value>`.
fn pax_name(text: &str) -> Option<String> {
    let mut lines = text.lines();
    lines.find_map(|line| {
        let (_, pair) = line.split_once(' ')?;
        pair.strip_prefix("path=").map(str::to_owned)
    })
}
