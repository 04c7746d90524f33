//! Files, folders and standard input → findings, in a stable order, with memory that does not grow with the input.
//!
//! ```text
//! source → plain or gzip → window → records (no parsing) → candidate? → Event → Detector → Found → order → sink
//! ```

pub mod color;
mod input;
mod order;
pub mod report;
pub mod rows;
pub mod sources;
mod split;
pub mod summary;
pub mod table;
mod utf16;
mod window;

use crate::detect::Detector;
use crate::detect::finding::Finding;
use crate::prefilter::LiteralFinder;
use input::Input;
use order::Ordered;
use sources::{Source, Sources};
use std::io::Read;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use window::Scanner;

/// Opens a source; files and standard input are opened at the edge.
pub type Open<'o> = dyn Fn(&Source) -> std::io::Result<Box<dyn Read>> + Sync + 'o;

/// What is looked at.
#[derive(Debug, Clone, Copy)]
pub struct Settings {
    /// Also the events that are no finding.
    pub every: bool,
    /// Only events at or after this, in microseconds since 1970 UTC.
    pub since: Option<i64>,
    /// Only events before this.
    pub until: Option<i64>,
    /// How many files are read at once.
    pub threads: usize,
}

/// An event that was found.
#[derive(Debug)]
pub struct Found<'d> {
    /// Number of the record in its file, from 1.
    pub record: u64,
    /// When it happened, as logged.
    pub time: Option<String>,
    /// The finding; nothing for an event that is none.
    pub finding: Option<Box<Finding<'d, 'static>>>,
}

/// What a file held.
#[derive(Debug, Default)]
pub struct FileCounts {
    /// Records.
    pub records: u64,
    /// Whether it is no log: neither JSON nor gzip of it.
    pub is_other: bool,
    /// Whether nothing of it could be read.
    pub is_lost: bool,
    /// Records with bytes that are no UTF-8, of those that were taken apart.
    pub garbled: u64,
    /// Events without a readable time, which were not left out for it.
    pub undated: u64,
    /// What could not be read, in words.
    pub faults: Vec<String>,
}

/// What is handed on, in the order of the files.
#[derive(Debug)]
pub enum Item<'d> {
    /// An event.
    Found(Found<'d>),
    /// The file ended.
    End(FileCounts),
}

/// How far a scan has come; read by a progress bar.
#[derive(Debug, Default)]
pub struct Meter {
    /// Files ended.
    pub files: AtomicU64,
    /// Bytes read, unpacked.
    pub bytes: AtomicU64,
    /// Findings.
    pub findings: AtomicU64,
}

/// Receives what is found, with the name of the file. An error ends the scan.
pub type Sink<'s, 'd> = dyn FnMut(&str, Item<'d>) -> std::io::Result<()> + Send + 's;

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
    let sources = Mutex::new(sources.enumerate());
    let stop = AtomicBool::new(false);
    let ordered = Ordered::new(sink, &stop);
    std::thread::scope(|scope| {
        for _ in 0..settings.threads.max(1) {
            scope.spawn(|| {
                let mut scanner = Scanner::new(detector, Arc::clone(&finder), settings, meter, &stop);
                while !stop.load(Ordering::Relaxed) {
                    let next = sources.lock().ok().and_then(|mut sources| sources.next());
                    let Some((at, source)) = next else { break };
                    let mut out = ordered.file(at, source.name());
                    let counts = one(&mut scanner, &source, open, &mut |found| {
                        out.put(Item::Found(found));
                    });
                    meter.files.fetch_add(1, Ordering::Relaxed);
                    out.put(Item::End(counts));
                    out.end();
                }
            });
        }
    });
    ordered.into_result()
}

/// All of a text that may be packed or written in UTF-16, as a file's is.
pub fn unpacked(bytes: &[u8]) -> Result<Vec<u8>, String> {
    let mut bytes = bytes;
    let mut input = Input::new(&mut bytes)?;
    let mut all = Vec::new();
    let mut piece = vec![0; 64 << 10];
    loop {
        match input.some(&mut piece)? {
            0 => return Ok(all),
            read => all.extend_from_slice(&piece[..read]),
        }
    }
}

fn one<'d>(
    scanner: &mut Scanner<'_, 'd>,
    source: &Source,
    open: &Open<'_>,
    put: &mut dyn FnMut(Found<'d>),
) -> FileCounts {
    let unreadable = |text: String| FileCounts {
        is_lost: true,
        faults: vec![text],
        ..FileCounts::default()
    };
    match source {
        Source::Other(_) => FileCounts {
            is_other: true,
            ..FileCounts::default()
        },
        Source::Lost(_, fault) => unreadable(fault.clone()),
        _ => match open(source) {
            Ok(mut file) => scanner.scan(&mut file, put),
            Err(error) => unreadable(error.to_string()),
        },
    }
}
