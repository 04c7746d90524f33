//! What an input is, told by its first bytes, never by its name.

/// How many bytes tell it.
pub const HEAD: usize = 512;

/// What an input is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// One stream, compressed.
    Packed(Packing),
    /// Members, each compressed.
    Zip,
    /// Members, one after the other.
    Tar,
    /// Known, and not read.
    Unread(Unread),
    /// Anything else: text, if it is a log.
    Plain,
}

/// How a stream is compressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "each is the compression of this name")]
pub enum Packing {
    Gzip,
    Bzip2,
    Xz,
    Zstd,
}

/// An input that may hold logs and is not read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[expect(missing_docs, reason = "each is the format of this name")]
pub enum Unread {
    Parquet,
    Avro,
    Orc,
    SevenZip,
    Rar,
    OldCompress,
    Lz4,
    Snappy,
    Lzma,
    Cabinet,
    EventLog,
    Database,
    Workbook,
    NotAsNamed,
    Csv,
}

impl Packing {
    /// For people.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Gzip => "gzip",
            Self::Bzip2 => "bzip2",
            Self::Xz => "xz",
            Self::Zstd => "zstd",
        }
    }
}

impl Unread {
    /// Of several, for the summary.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Parquet => "Parquet",
            Self::Avro => "Avro",
            Self::Orc => "ORC",
            Self::SevenZip => "7-Zip",
            Self::Rar => "RAR",
            Self::OldCompress => "compress (.Z)",
            Self::Lz4 => "lz4",
            Self::Snappy => "framed Snappy",
            Self::Lzma => "lzma",
            Self::Cabinet => "cabinet (.cab)",
            Self::EventLog => "Windows event log (.evtx)",
            Self::Database => "SQLite",
            Self::Workbook => "spreadsheet (.xlsx)",
            Self::NotAsNamed => "content that does not fit the name",
            Self::Csv => "CSV of unknown columns",
        }
    }

    /// What it is, and what to do.
    pub const fn advice(self) -> &'static str {
        match self {
            Self::Parquet | Self::Avro | Self::Orc => {
                "is not read; export it as JSON Lines or CSV, from Athena for example"
            }
            Self::NotAsNamed => "is not read: it is neither JSON nor CSV; is the file damaged?",
            Self::Workbook => "is not read; save it as CSV, or export the records as JSON",
            Self::EventLog | Self::Database => "is not read; export what it holds as JSON Lines or CSV",
            Self::SevenZip
            | Self::Rar
            | Self::OldCompress
            | Self::Lz4
            | Self::Snappy
            | Self::Lzma
            | Self::Cabinet => "is not read; unpack it, or pack it as zip, tar or gzip",
            Self::Csv => "is not read: no column is that of a known cloud log; export the records as JSON",
        }
    }
}

/// Beginnings, and what they are of.
const STARTS: &[(&[u8], Kind)] = &[
    (b"\x1f\x8b", Kind::Packed(Packing::Gzip)),
    (b"BZh", Kind::Packed(Packing::Bzip2)),
    (b"\xfd7zXZ\x00", Kind::Packed(Packing::Xz)),
    (b"\x28\xb5\x2f\xfd", Kind::Packed(Packing::Zstd)),
    (b"PK\x03\x04", Kind::Zip),
    (b"PK\x05\x06", Kind::Zip),
    (b"PK\x07\x08", Kind::Zip),
    (b"PAR1", Kind::Unread(Unread::Parquet)),
    (b"Obj\x01", Kind::Unread(Unread::Avro)),
    (b"ORC", Kind::Unread(Unread::Orc)),
    (b"7z\xbc\xaf\x27\x1c", Kind::Unread(Unread::SevenZip)),
    (b"Rar!\x1a\x07", Kind::Unread(Unread::Rar)),
    (b"\x1f\x9d", Kind::Unread(Unread::OldCompress)),
    (b"\x04\x22\x4d\x18", Kind::Unread(Unread::Lz4)),
    (b"\xff\x06\x00\x00sNaPpY", Kind::Unread(Unread::Snappy)),
    // The usual properties, and a dictionary of whole powers of two from 64 KiB on.
    (b"\x5d\x00\x00", Kind::Unread(Unread::Lzma)),
    (b"MSCF\x00\x00\x00\x00", Kind::Unread(Unread::Cabinet)),
    (b"ElfFile\x00", Kind::Unread(Unread::EventLog)),
    (b"SQLite format 3\x00", Kind::Unread(Unread::Database)),
];

/// Ends of names that say that a file holds records.
const LOG_NAMES: [&str; 6] = [".json", ".jsonl", ".ndjson", ".jsonlines", ".csv", ".tsv"];
/// Ends of names that say that a file holds other files.
const ARCHIVE_NAMES: [&str; 3] = [".zip", ".tar", ".tgz"];
/// Ends of names that say that a file is compressed.
const PACKED_NAMES: [&str; 7] = [".gz", ".gzip", ".bz2", ".xz", ".zst", ".zstd", ".z"];

/// Whether a name says that the file holds logs, though nothing of its content does; `is_packed` where compression was taken off
/// it. What macOS keeps beside a file has its name behind `._`.
pub fn promises_logs(name: &str, is_packed: bool) -> bool {
    let name = name
        .rsplit(['/', '\\'])
        .next()
        .unwrap_or(name)
        .to_ascii_lowercase();
    let mut packed = PACKED_NAMES.iter();
    let inner = packed.find_map(|end| name.strip_suffix(end));
    let ends = |ends: &[&str]| ends.iter().any(|end| inner.unwrap_or(&name).ends_with(end));
    let is_broken = !is_packed && (inner.is_some() || ends(&ARCHIVE_NAMES));
    !name.starts_with("._") && (is_broken || ends(&LOG_NAMES))
}

/// The member of a zip by which a workbook of a spreadsheet is told.
pub const WORKBOOK: &str = "xl/workbook.xml";

/// Where a tar header has its magic, and its checksum.
const TAR_MAGIC: std::ops::Range<usize> = 257..262;
const TAR_CHECKSUM: std::ops::Range<usize> = 148..156;

/// Tells an input by its first [`HEAD`] bytes, or by all of them if there are fewer.
pub fn kind(head: &[u8]) -> Kind {
    let mut starts = STARTS.iter();
    if let Some((_, kind)) = starts.find(|(start, _)| head.starts_with(start)) {
        return *kind;
    }
    if is_tar(head) { Kind::Tar } else { Kind::Plain }
}

fn is_tar(head: &[u8]) -> bool {
    let (Some(magic), Some(checksum)) = (head.get(TAR_MAGIC), head.get(TAR_CHECKSUM)) else {
        return false;
    };
    if head.len() < HEAD || head[0] == 0 {
        return false;
    }
    let digits: String = checksum
        .iter()
        .filter(|byte| (b'0'..=b'7').contains(*byte))
        .map(|byte| char::from(*byte))
        .collect();
    let bytes = head[..HEAD].iter().enumerate();
    let sum: u32 = bytes
        .map(|(at, byte)| {
            if TAR_CHECKSUM.contains(&at) {
                32
            } else {
                u32::from(*byte)
            }
        })
        .sum();
    // The oldest tars have no magic.
    u32::from_str_radix(&digits, 8) == Ok(sum) && (magic == b"ustar" || magic.iter().all(|byte| *byte == 0))
}

#[cfg(test)]
mod tests {
    use super::{Kind, Packing, Unread, kind, promises_logs};

    #[test]
    fn inputs_are_told_by_their_beginnings() {
        for (head, wanted) in [
            (&b"\x1f\x8b\x08"[..], Kind::Packed(Packing::Gzip)),
            (b"PK\x03\x04\x14", Kind::Zip),
            (b"PAR1\x15", Kind::Unread(Unread::Parquet)),
            (b"{\"Records\":[]}", Kind::Plain),
            (b"", Kind::Plain),
            (b"P", Kind::Plain),
        ] {
            assert_eq!(kind(head), wanted, "{head:?}");
        }
    }

    #[test]
    fn names_that_promise_logs() {
        for name in [
            "a.json",
            "x/B.JSON.gz",
            "a.zip!/d/t.jsonl",
            "t.ndjson.zst",
            "a.csv",
        ] {
            assert!(promises_logs(name, true), "{name}");
        }
        for name in ["a.log.gz", "a.zip", "b.tgz", "c.tar.xz"] {
            assert!(promises_logs(name, false) && !promises_logs(name, true), "{name}");
        }
        let others = [
            "a.log",
            "json",
            "a.json.bak",
            "x.zip!/__MACOSX/._a.json",
            "a.json/b",
        ];
        for name in others {
            assert!(!promises_logs(name, false), "{name}");
        }
    }
}
