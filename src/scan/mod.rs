//! Files, folders and standard input → findings, in a stable order, with memory that does not grow with the input.
//!
//! ```text
//! source → plain or gzip → window → records (no parsing) → candidate? → Event → Detector → Found → order → sink
//! ```

pub mod color;
mod input;
mod item;
pub mod linked;
mod members;
mod order;
pub mod report;
pub mod request;
pub mod rows;
pub mod sanitise;
pub mod sources;
mod split;
pub mod summary;
pub mod table;
mod utf16;
mod window;

pub use item::{FileCounts, Found, Item, Meter, Settings, Sink};

use crate::detect::Detector;
use crate::prefilter::LiteralFinder;
use input::Input;
use members::KnownMembers;
use order::Ordered;
use sources::{Source, Sources};
use std::io::Read;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use window::Scanner;

/// Opens a source; files and standard input are opened at the edge.
pub type Open<'o> = dyn Fn(&Source) -> std::io::Result<Box<dyn Read>> + Sync + 'o;

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
    let sources = Mutex::new(sources.enumerate());
    let stop = AtomicBool::new(false);
    let ordered = Ordered::new(sink, &stop);
    std::thread::scope(|scope| {
        for _ in 0..settings.threads.max(1) {
            scope.spawn(|| {
                let mut scanner =
                    Scanner::new((detector, &members), Arc::clone(&finder), settings, meter, &stop);
                while !stop.load(Ordering::Relaxed) {
                    let next = sources.lock().ok().and_then(|mut sources| sources.next());
                    let Some((at, source)) = next else { break };
                    let mut out = ordered.file(at, source.name());
                    let counts = scan_source(&mut scanner, &source, open, &mut |found| {
                        out.add(Item::Found(found));
                    });
                    meter.files.fetch_add(1, Ordering::Relaxed);
                    out.add(Item::End(counts));
                    out.end();
                }
            });
        }
    });
    ordered.into_result()
}

/// Decodes a text that may be gzip or UTF-16, as [`scan`] does with files.
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

fn scan_source<'d>(
    scanner: &mut Scanner<'_, 'd>,
    source: &Source,
    open: &Open<'_>,
    found: &mut dyn FnMut(Found<'d>),
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
            Ok(mut file) => scanner.scan(&mut file, found),
            Err(error) => unreadable(error.to_string()),
        },
    }
}
