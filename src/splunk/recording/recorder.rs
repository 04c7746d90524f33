//! Records what a session receives and sends while it runs. Files and the clock are handed in.

use super::redact::Keys;
use super::{FILE_EXTENSION, Kind, MAX_LENGTH, Record, Writer};
use std::io::{Error, ErrorKind, Write};

/// Where recordings are written, and the clock.
pub trait Recordings {
    /// Whether a recording could be written in a search's dispatch directory. Cheap, as getinfo waits
    /// for it.
    fn check(&self, folder: &str, name: &str) -> Result<(), Error>;

    /// A new file; one that is there is never written to.
    fn create(&self, folder: &str, name: &str) -> Result<Box<dyn Write>, Error>;

    /// Microseconds since a moment that stays the same.
    fn micros(&self) -> u64;
}

/// Nowhere: every recording is refused.
#[derive(Debug, Clone, Copy)]
pub struct NoRecordings;

impl Recordings for NoRecordings {
    fn check(&self, _: &str, _: &str) -> Result<(), Error> {
        Err(ErrorKind::Unsupported.into())
    }

    fn create(&self, _: &str, _: &str) -> Result<Box<dyn Write>, Error> {
        Err(ErrorKind::Unsupported.into())
    }

    fn micros(&self) -> u64 {
        0
    }
}

enum State {
    /// Nothing was asked for, or nothing more is written.
    Off,
    /// Asked for by getinfo. Nothing is written yet, since splunkd may only be asking.
    Asked {
        folder: String,
        name: String,
        held: Vec<Record>,
    },
    Open(Writer<Box<dyn Write>>),
}

/// Records one session, if that is asked for.
pub struct Recorder {
    recordings: Box<dyn Recordings>,
    state: State,
    keys: Keys,
    start: u64,
    is_unanswered: bool,
    warning: Option<String>,
}

impl Recorder {
    /// Files come from `recordings`.
    pub fn new(recordings: Box<dyn Recordings>) -> Self {
        Self {
            recordings,
            state: State::Off,
            keys: Keys::default(),
            start: 0,
            is_unanswered: false,
            warning: None,
        }
    }

    /// Asks for a recording; the error is for the user. A missing directory is not an error yet: while splunkd only
    /// parses a search, it may name none (documented).
    pub fn ask(&mut self, folder: Option<&str>, name: &str) -> Result<(), String> {
        let folder = folder.unwrap_or_default();
        match self.recordings.check(folder, name) {
            Err(error) if error.kind() != ErrorKind::NotADirectory => return Err(refusal(name, &error)),
            _ => {}
        }
        self.start = self.recordings.micros();
        self.state = State::Asked {
            folder: folder.to_owned(),
            name: name.to_owned(),
            held: Vec::new(),
        };
        Ok(())
    }

    /// Opens the file, if one was asked for and it is not open: events are coming.
    pub fn open(&mut self) {
        let State::Asked { folder, name, held } = &mut self.state else {
            return;
        };
        let (held, name) = (std::mem::take(held), std::mem::take(name));
        let opened = self.recordings.create(folder, &name);
        self.state = State::Off;
        match opened.and_then(|file| Writer::new(file, env!("CARGO_PKG_VERSION"))) {
            Ok(writer) => {
                self.state = State::Open(writer);
                held.into_iter().for_each(|record| self.write(&record));
            }
            Err(error) => {
                let why = refusal(&name, &error);
                self.warning = Some(format!("directvm: nothing is recorded: {why}"));
            }
        }
    }

    /// Whether a reply with this body can be recorded; where not, the recording ends, with a warning.
    pub fn fits(&mut self, metadata: usize, body: usize) -> bool {
        match &self.state {
            State::Off => false,
            State::Open(writer) if !writer.fits(metadata, body) => {
                self.stop(&ErrorKind::FileTooLarge.into());
                false
            }
            _ => true,
        }
    }

    /// What the user must know, once.
    pub fn take_warning(&mut self) -> Option<String> {
        self.warning.take()
    }

    /// A request came.
    pub fn request(&mut self, metadata: &[u8], body: &[u8]) {
        self.is_unanswered = true;
        self.put(Kind::Request, metadata, body);
    }

    /// A reply went out.
    pub fn reply(&mut self, metadata: &[u8], body: &[u8]) {
        self.is_unanswered = false;
        self.put(Kind::Reply, metadata, body);
    }

    /// A tuning list was read, or not.
    pub fn list(&mut self, file: &str, read: &Result<Vec<u8>, Error>) {
        match read {
            Ok(text) => self.put(Kind::List, file.as_bytes(), text),
            Err(error) if error.kind() == ErrorKind::Unsupported => {}
            Err(error) if error.kind() == ErrorKind::NotFound => self.put(Kind::NoList, file.as_bytes(), b""),
            Err(error) => self.put(Kind::NoList, file.as_bytes(), error.to_string().as_bytes()),
        }
    }

    /// The session failed; the reply answers the last request, if that was recorded.
    pub fn failure(&mut self, why: &str, metadata: &[u8]) {
        if self.is_unanswered {
            self.reply(metadata, b"");
        } else {
            self.close(why);
        }
    }

    fn put(&mut self, kind: Kind, metadata: &[u8], body: &[u8]) {
        // A body that does not fit is not copied first.
        if !self.fits(metadata.len(), body.len()) {
            return;
        }
        let mut body = body.to_vec();
        let metadata = self.keys.blank_metadata(metadata);
        self.keys.blank(&mut body);
        let record = Record {
            kind,
            at: self.recordings.micros().saturating_sub(self.start),
            metadata,
            body,
        };
        match &mut self.state {
            State::Asked { held, .. } => held.push(record),
            _ => self.write(&record),
        }
    }

    fn write(&mut self, record: &Record) {
        if let State::Open(writer) = &mut self.state
            && let Err(error) = writer.put(record)
        {
            self.stop(&error);
        }
    }

    fn stop(&mut self, error: &Error) {
        let why = match error.kind() {
            ErrorKind::FileTooLarge => format!("it would grow larger than {} MiB", MAX_LENGTH >> 20),
            _ => error.to_string(),
        };
        self.warning = Some(format!("directvm: the recording ends here: {why}"));
        self.close(&why);
    }

    fn close(&mut self, why: &str) {
        if let State::Open(mut writer) = std::mem::replace(&mut self.state, State::Off) {
            let at = self.recordings.micros().saturating_sub(self.start);
            // A file that takes no more bytes keeps what it has; the warning says so.
            let _ = writer.close(at, why);
        }
    }
}

fn refusal(name: &str, error: &Error) -> String {
    format!(
        "record=\"{name}\": {error}. A recording is written to {name}.{FILE_EXTENSION} in the search's dispatch directory only; \
         an existing file is not overwritten. If an indexer has no such directory, distributed=false records on the search head."
    )
}
