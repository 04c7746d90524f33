//! Runs the recorded requests through a session in this process and compares its replies with the recorded ones.

use super::outcome::Outcome;
use crate::splunk::recording::{Kind, Reader, Record, Recordings};
use crate::splunk::session::Session;
use crate::splunk::tuning_list::Lookups;
use std::collections::BTreeMap;
use std::io::{Error, ErrorKind, Read, Result, Write};

/// The records of a recording, by kind.
#[derive(Default)]
struct Recorded {
    requests: Vec<u8>,
    request_count: usize,
    replies: Vec<Vec<u8>>,
    lists: Lists,
    note: Option<String>,
    fault: Option<String>,
}

/// The tuning lists that the recorded session read: the text, or why a list could not be read.
#[derive(Default)]
struct Lists(BTreeMap<String, std::result::Result<Vec<u8>, String>>);

impl Lookups for Lists {
    /// The lists of a recorded search were already checked when it ran.
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

/// Discards recordings: the recorded options ask for one, but a replay is not recorded.
struct NoRecording;

impl Recordings for NoRecording {
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

/// Splits the output into replies: the session flushes after each one.
#[derive(Default)]
struct Replies {
    complete: Vec<Vec<u8>>,
    current: Vec<u8>,
}

impl Write for Replies {
    fn write(&mut self, bytes: &[u8]) -> Result<usize> {
        self.current.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> Result<()> {
        self.complete.push(std::mem::take(&mut self.current));
        Ok(())
    }
}

/// Runs a recording and reports which replies differ.
pub fn replay(reader: Reader<impl Read>, output: &mut dyn Write) -> Result<Outcome> {
    let recorded = read_records(reader);
    let mut replies = Replies::default();
    let session = Session::new(recorded.requests.as_slice(), &mut replies).with_lookups(recorded.lists);
    // A session that fails reports it in its last reply, which is compared.
    let _ = session.with_recordings(NoRecording).run();
    let mut different = compare(&recorded.replies, &replies.complete, output)?;
    if replies.complete.len() < recorded.replies.len() {
        different += recorded.replies.len() - replies.complete.len();
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
        Some(fault) => Outcome::Unreadable(fault),
        None if different > 0 => Outcome::Different,
        None => Outcome::Same,
    })
}

fn read_records(reader: Reader<impl Read>) -> Recorded {
    let mut recorded = Recorded::default();
    for record in reader {
        match record {
            Ok(record) => recorded.add(record),
            Err(error) => recorded.fault = Some(error.to_string()),
        }
    }
    if recorded.request_count == 0 && recorded.fault.is_none() {
        recorded.fault = Some("it contains no request".to_owned());
    }
    recorded
}

impl Recorded {
    fn add(&mut self, record: Record) {
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

/// Reports every pair that differs and returns their number. Replies beyond the recorded ones are not compared.
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
            "reply {number} differs at byte {at} of its frame: recorded {} bytes, now {} bytes",
            was.len(),
            is.len()
        )?;
        writeln!(output, "  recorded: {}", around(was, at))?;
        writeln!(output, "  now:      {}", around(is, at))?;
    }
    Ok(different)
}

/// The bytes around `at`, escaped.
fn around(bytes: &[u8], at: usize) -> String {
    let end = bytes.len().min(at + 60);
    let start = at.saturating_sub(20).min(end);
    bytes[start..end].escape_ascii().to_string()
}
