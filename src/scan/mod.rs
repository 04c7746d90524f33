//! Files, folders and standard input → findings, in a stable order, with memory that does not grow with the input.
//!
//! ```text
//! source (or part of one) → archive, compression → text: JSON or table → window → records (no parsing)
//!        → candidate? → Event → Detector → Found → order → sink
//! ```

pub mod archive;
pub mod color;
mod input;
mod item;
pub mod kind;
mod layers;
pub mod lines;
pub mod linked;
mod members;
pub mod most_severe;
mod order;
mod parts;
mod reading;
pub mod report;
pub mod request;
pub mod rows;
mod rows_as_json;
pub mod sanitise;
pub mod shown;
pub mod sources;
mod split;
mod strings;
pub mod summary;
pub mod summary_text;
mod text;
mod utf16;
pub mod wanted;
mod window;

pub use item::{Covered, FileCounts, Found, Item, Meter, Settings, Sink, Told};

use crate::detect::Detector;
use crate::prefilter::LiteralFinder;
use archive::{Content, Opened, walk};
use input::Input;
use kind::promises_logs;
use members::KnownMembers;
use order::Ordered;
use parts::{PART, parts};
use sources::{Source, Sources};
use std::io::{Cursor, Error, Read, Seek, SeekFrom};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use text::Text;
use window::Scanner;

/// Opens a source; files and standard input are opened at the edge.
pub type Open<'o> = dyn Fn(&Source) -> std::io::Result<Opened> + Sync + 'o;

/// Scans all sources.
pub fn scan<'d>(
    sources: Sources,
    open: &Open<'_>,
    detector: &'d Detector,
    settings: &Settings,
    meter: &Meter,
    sink: &mut Sink<'_, 'd>,
) -> std::io::Result<()> {
    let finder = Arc::new(LiteralFinder::new(&detector.literals()));
    let members = KnownMembers::new(detector.reader());
    let jobs = sources.flat_map(|source| jobs(source, open, settings));
    let jobs = Mutex::new(jobs.enumerate());
    let stop = AtomicBool::new(false);
    let ordered = Ordered::new(sink, &stop);
    std::thread::scope(|scope| {
        for _ in 0..settings.threads.max(1) {
            scope.spawn(|| {
                let mut scanner =
                    Scanner::new((detector, &members), Arc::clone(&finder), settings, meter, &stop);
                while !stop.load(Ordering::Relaxed) {
                    let next = jobs.lock().ok().and_then(|mut jobs| jobs.next());
                    let Some((at, job)) = next else { break };
                    let mut out = ordered.file(at);
                    scan_job(&mut scanner, &job, open, &mut |name, item| out.add(name, item));
                    meter.files.fetch_add(u64::from(job.is_last), Ordering::Relaxed);
                    out.end();
                }
            });
        }
    });
    ordered.into_result()
}

/// Whether a text is a table, of known columns or not, rather than JSON.
pub fn is_table(detector: &Detector, text: &[u8]) -> bool {
    let members = KnownMembers::new(detector.reader());
    let head = &text[..text.len().min(text::TEXT_HEAD)];
    let told = text::text(head, head.len() == text.len(), &members);
    matches!(told, Text::Table(_) | Text::OtherTable)
}

/// Decodes a text that may be compressed or in UTF-16, as [`scan`] does with files. An archive is not one text.
pub fn unpacked(bytes: &[u8]) -> Result<Vec<u8>, String> {
    let bytes = bytes.to_vec();
    let length = bytes.len() as u64;
    let mut all: Vec<Result<Vec<u8>, String>> = Vec::new();
    walk(
        Opened::File(Box::new(Cursor::new(bytes)), length),
        &mut |_, content| {
            all.push(match content {
                Content::Plain(reader, _) => Input::new(reader).and_then(Input::whole),
                Content::Unread(unread) => Err(format!("{} {}", unread.name(), unread.advice())),
                Content::Nothing => Err("holds nothing".to_owned()),
                Content::Fault(fault) => Err(fault),
            });
        },
    );
    match all.len() {
        1 => all.pop().unwrap_or_else(|| Ok(Vec::new())),
        members => Err(format!(
            "is an archive of {members} files; give one of them, as FILE.zip!/MEMBER"
        )),
    }
}

/// An input, or a part of one.
struct Job {
    source: Source,
    /// Where the part begins and ends; nothing for the whole.
    part: Option<(u64, u64)>,
    /// Whether no other part follows.
    is_last: bool,
}

/// One job an input, or several where it is a large file of lines and several threads read.
fn jobs(source: Source, open: &Open<'_>, settings: &Settings) -> Vec<Job> {
    let part = if settings.part == 0 { PART } else { settings.part };
    // A pipe must not be opened twice.
    let is_large = |path: &Path| {
        path.metadata()
            .is_ok_and(|found| found.is_file() && found.len() >= 2 * part)
    };
    let parts = match (&source, settings.threads) {
        (Source::File(path), 2..) if is_large(path) => match open(&source) {
            Ok(Opened::File(mut file, length)) => parts(&mut *file, length, part),
            _ => Vec::new(),
        },
        _ => Vec::new(),
    };
    if parts.len() < 2 {
        return vec![Job {
            source,
            part: None,
            is_last: true,
        }];
    }
    let end = parts.last().map(|(_, end)| *end);
    let job = |(start, to): (u64, u64)| Job {
        source: source.clone(),
        part: Some((start, to)),
        is_last: Some(to) == end,
    };
    parts.into_iter().map(job).collect()
}

fn scan_job<'d>(
    scanner: &mut Scanner<'_, 'd>,
    job: &Job,
    open: &Open<'_>,
    put: &mut dyn FnMut(&Arc<str>, Item<'d>),
) {
    let Some((start, end)) = job.part else {
        return scan_source(scanner, &job.source, open, put);
    };
    let name: Arc<str> = job.source.name().into();
    let opened = open(&job.source).and_then(|opened| match opened {
        Opened::File(mut file, _) => file.seek(SeekFrom::Start(start)).map(|_| file.take(end - start)),
        Opened::Stream(_) => Err(Error::other("is no longer a file")),
    });
    let mut counts = match opened {
        // Only a file of lines is divided: its name need not promise anything.
        Ok(part) => scanner.scan(Box::new(part), false, &mut |item| put(&name, item)),
        Err(error) => lost(error.to_string()),
    };
    if start > 0 {
        // Its records are numbered from the beginning of the part.
        let faults = counts
            .faults
            .iter()
            .map(|fault| format!("behind byte {start}: {fault}"));
        counts.faults = faults.collect();
    }
    put(
        &name,
        if job.is_last {
            Item::End(counts)
        } else {
            Item::Part(counts)
        },
    );
}

fn scan_source<'d>(
    scanner: &mut Scanner<'_, 'd>,
    source: &Source,
    open: &Open<'_>,
    put: &mut dyn FnMut(&Arc<str>, Item<'d>),
) {
    let name = source.name();
    let mut end = |counts: FileCounts| put(&Arc::from(name.as_str()), Item::End(counts));
    match source {
        Source::Other(_) => end(FileCounts {
            is_other: true,
            ..FileCounts::default()
        }),
        Source::Lost(_, fault) => end(lost(fault.clone())),
        _ => match open(source) {
            Ok(opened) => walk(opened, &mut |member, content| {
                let name: Arc<str> = format!("{name}{member}").into();
                let counts = match content {
                    Content::Plain(reader, is_packed) => {
                        let promises = promises_logs(&name, is_packed);
                        scanner.scan(reader, promises, &mut |item| put(&name, item))
                    }
                    Content::Unread(unread) => FileCounts {
                        unread: Some(unread),
                        ..FileCounts::default()
                    },
                    Content::Nothing => FileCounts {
                        is_other: true,
                        ..FileCounts::default()
                    },
                    Content::Fault(fault) => lost(fault),
                };
                put(&name, Item::End(counts));
            }),
            Err(error) => end(lost(error.to_string())),
        },
    }
}

/// What could not be read at all, and why.
fn lost(fault: String) -> FileCounts {
    FileCounts {
        is_lost: true,
        faults: vec![fault],
        ..FileCounts::default()
    }
}
