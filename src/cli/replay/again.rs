//! The recorded requests through a session in this process, and its replies beside the recorded ones.

use super::Ended;
use crate::splunk::recording::{Kind, Reader, Record, Recordings};
use crate::splunk::session::Session;
use crate::splunk::tuning_list::Lookups;
use std::collections::BTreeMap;
use std::io::{Error, ErrorKind, Read, Result, Write};

/// What a recording holds, sorted out.
#[derive(Default)]
struct Recorded {
    requests: Vec<u8>,
    request_count: usize,
    replies: Vec<Vec<u8>>,
    lists: Lists,
    note: Option<String>,
    fault: Option<String>,
}

/// The tuning lists that the recorded session read: text, or why there was none.
#[derive(Default)]
struct Lists(BTreeMap<String, std::result::Result<Vec<u8>, String>>);

impl Lookups for Lists {
    /// A recorded search has been let pass.
    fn check(&self, _: &str) -> Result<()> {
        Ok(())
    }

    fn read(&self, file: &str) -> Result<Vec<u8>> {
        match self.0.get(file) {
            Some(Ok(text)) => Ok(text.clone()),
            Some(Err(why)) if why.is_empty() => Err(ErrorKind::NotFound.into()),
            Some(Err(why)) => Err(Error::other(why.clone())),
            None => Err(ErrorKind::Unsupported.into()),
        }
    }
}

/// The recorded options ask for a recording; of a replay none is made.
struct Nowhere;

impl Recordings for Nowhere {
    fn check(&self, _: &str, _: &str) -> Result<()> {
        Ok(())
    }

    fn create(&self, _: &str, _: &str) -> Result<Box<dyn Write>> {
        Ok(Box::new(std::io::sink()))
    }

    fn micros(&self) -> u64 {
        0
    }
}

/// Takes replies apart where the session flushes them.
#[derive(Default)]
struct Replies {
    whole: Vec<Vec<u8>>,
    open: Vec<u8>,
}

impl Write for Replies {
    fn write(&mut self, bytes: &[u8]) -> Result<usize> {
        self.open.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> Result<()> {
        self.whole.push(std::mem::take(&mut self.open));
        Ok(())
    }
}

/// Runs a recording, and tells where replies differ.
pub fn replay(reader: Reader<impl Read>, output: &mut dyn Write) -> Result<Ended> {
    let recorded = sort_out(reader);
    let mut replies = Replies::default();
    let session = Session::new(recorded.requests.as_slice(), &mut replies).with_lookups(recorded.lists);
    // A session that fails says so in its last reply, which is compared.
    let _ = session.with_recordings(Nowhere).run();
    let mut different = compare(&recorded.replies, &replies.whole, output)?;
    if replies.whole.len() < recorded.replies.len() {
        different += recorded.replies.len() - replies.whole.len();
    }
    if let Some(note) = &recorded.note {
        writeln!(output, "the recording ends early: {}", note.escape_debug())?;
    }
    writeln!(
        output,
        "{} requests, {} recorded replies, {different} different",
        recorded.request_count,
        recorded.replies.len()
    )?;
    Ok(match recorded.fault {
        Some(fault) => Ended::Unreadable(fault),
        None if different > 0 => Ended::Different,
        None => Ended::Well,
    })
}

fn sort_out(reader: Reader<impl Read>) -> Recorded {
    let mut recorded = Recorded::default();
    for record in reader {
        match record {
            Ok(record) => recorded.take(record),
            Err(error) => recorded.fault = Some(error.to_string()),
        }
    }
    if recorded.request_count == 0 && recorded.fault.is_none() {
        recorded.fault = Some("it holds no request".to_owned());
    }
    recorded
}

impl Recorded {
    fn take(&mut self, record: Record) {
        let file = || String::from_utf8_lossy(&record.metadata).into_owned();
        let text = || String::from_utf8_lossy(&record.body).into_owned();
        match record.kind {
            Kind::Request => {
                self.request_count += 1;
                self.requests.extend_from_slice(&record.to_wire());
            }
            Kind::Reply => self.replies.push(record.to_wire()),
            Kind::NoList => {
                self.lists.0.insert(file(), Err(text()));
            }
            Kind::List => {
                self.lists.0.insert(file(), Ok(record.body));
            }
            Kind::Note => self.note = Some(text()),
        }
    }
}

/// Names every pair that differs; how many do. A reply that was not recorded is not compared.
fn compare(recorded: &[Vec<u8>], now: &[Vec<u8>], output: &mut dyn Write) -> Result<usize> {
    let mut different = 0;
    for (number, (was, is)) in recorded.iter().zip(now).enumerate() {
        if was == is {
            continue;
        }
        different += 1;
        let at = was.iter().zip(is).take_while(|(was, is)| was == is).count();
        let number = number + 1;
        writeln!(
            output,
            "reply {number} differs at byte {at} of its frame: {} bytes were recorded, {} come now",
            was.len(),
            is.len()
        )?;
        writeln!(output, "  recorded: {}", around(was, at))?;
        writeln!(output, "  now:      {}", around(is, at))?;
    }
    Ok(different)
}

/// Some bytes from a little before `at`.
fn around(bytes: &[u8], at: usize) -> String {
    let end = bytes.len().min(at + 60);
    let start = at.saturating_sub(20).min(end);
    bytes[start..end].escape_ascii().to_string()
}
