//! The loop: one request, one reply.

use super::body::BodyBuffer;
use super::chunk::{Counts, Tagger};
use super::frame::{FrameError, FrameReader, Header, head};
use super::link_options::{self, Asked};
use super::linker::{self, Linker, Piece};
use super::metadata::{Level, MetadataError, Reply, Request, SearchInfo};
use super::options::Options;
use super::recording::{NoRecordings, Recorder, Recordings};
use super::required_fields;
use super::tuning_list::{self, Lookups, NoLookups};
use crate::catalogue::Catalogue;
use crate::detect::tune::Tuning;
use crate::detect::{Detector, Filter};
use std::io::{ErrorKind, Read, Write};

/// Why a session ended before its time.
#[derive(Debug)]
pub enum SessionError {
    /// A frame was broken.
    Frame(FrameError),
    /// Metadata could not be understood.
    Metadata(MetadataError),
    /// A request came at the wrong time.
    Order(&'static str),
    /// The options are wrong; the text is for the user.
    Options(String),
    /// A body cannot be held; holds its length.
    Memory(usize),
    /// The catalogue in the program is broken.
    Catalogue(String),
    /// The reply could not be written.
    Write(std::io::Error),
}

impl std::fmt::Display for SessionError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Frame(error) => error.fmt(f),
            Self::Metadata(error) => error.fmt(f),
            Self::Order(text) => f.write_str(text),
            Self::Options(text) | Self::Catalogue(text) => f.write_str(text),
            Self::Memory(length) => write!(f, "not enough memory for a body of {length} bytes"),
            Self::Write(error) => write!(f, "the reply could not be written: {error}"),
        }
    }
}

impl std::error::Error for SessionError {}

impl From<FrameError> for SessionError {
    fn from(error: FrameError) -> Self {
        Self::Frame(error)
    }
}

/// One instance of the command, from getinfo to the end of the input.
pub struct Session<R, W> {
    frames: FrameReader<R>,
    output: W,
    body: BodyBuffer,
    lookups: Box<dyn Lookups>,
    recorder: Recorder,
}

impl<R: Read, W: Write> Session<R, W> {
    /// Requests come from `input`, replies go to `output`.
    pub fn new(input: R, output: W) -> Self {
        Self {
            frames: FrameReader::new(input),
            output,
            body: BodyBuffer::default(),
            lookups: Box::new(NoLookups),
            recorder: Recorder::new(Box::new(NoRecordings)),
        }
    }

    /// Reads tuning lists from `lookups`. Without this call, no list is read.
    #[must_use]
    pub fn with_lookups(mut self, lookups: impl Lookups + 'static) -> Self {
        self.lookups = Box::new(lookups);
        self
    }

    /// Recordings are written to `recordings`; without, `record=` is refused.
    #[must_use]
    pub fn with_recordings(mut self, recordings: impl Recordings + 'static) -> Self {
        self.recorder = Recorder::new(Box::new(recordings));
        self
    }

    /// Runs to the end. A reader that went away is a normal end; any other failure is reported to splunkd where that
    /// is still possible, and returned.
    pub fn run(&mut self) -> Result<(), SessionError> {
        match self.converse() {
            Err(SessionError::Write(error)) if nobody_reads(&error) => Ok(()),
            Ok(()) => Ok(()),
            Err(SessionError::Write(error)) => Err(SessionError::Write(error)),
            Err(error) => {
                let reply = Reply::failure(&error.to_string()).to_json();
                self.recorder.failure(&error.to_string(), &reply);
                // splunkd may be gone already; the failure itself is what is returned.
                let _ = self.send(&reply);
                Err(error)
            }
        }
    }

    fn converse(&mut self) -> Result<(), SessionError> {
        let Some(header) = self.frames.header()? else {
            return Ok(());
        };
        let metadata = self.frames.metadata(header.metadata)?;
        let Request::GetInfo(info) = Request::parse(&metadata).map_err(SessionError::Metadata)? else {
            return Err(SessionError::Order("the first request must be getinfo"));
        };
        self.skip_body(header)?;
        if info.command.as_deref() == Some(link_options::COMMAND) {
            return self.link(&info, &metadata);
        }
        let options = self.getinfo(&info, &metadata)?;
        let mut tagger = None;
        while let Some(header) = self.frames.header()? {
            self.recorder.open();
            let metadata = self.frames.metadata(header.metadata)?;
            let finished = self.is_last(&metadata)?;
            let mut messages = Vec::new();
            let tagger = match &mut tagger {
                Some(tagger) => tagger,
                none => {
                    let list = tuning_list::list(&options, self.lookups.as_ref());
                    if let Some((file, read)) = &list {
                        self.recorder.list(file, read);
                    }
                    let (tuning, warning) = tuning_list::tuning(list);
                    messages.extend(warning.map(|text| (Level::Warn, text)));
                    none.insert(new_tagger(&options, tuning)?)
                }
            };
            self.read_body(tagger, &metadata, header.body)?;
            self.answer(tagger, header.body, finished, messages)?;
        }
        Ok(())
    }

    /// The conversation of the command that links findings: nothing is answered but that nothing is known yet, until the
    /// input has ended; then as many rows as fit, for as long as splunkd asks.
    fn link(&mut self, info: &SearchInfo, metadata: &[u8]) -> Result<(), SessionError> {
        let asked = Asked::parse(&info.args).map_err(SessionError::Options)?;
        self.begin_recording(asked.record.as_deref(), info, metadata)?;
        self.reply(&Reply::to_getinfo("reporting", linker::required()))?;
        let mut linker = Linker::new(asked);
        let mut is_input_finished = false;
        while let Some(header) = self.frames.header()? {
            self.recorder.open();
            let metadata = self.frames.metadata(header.metadata)?;
            is_input_finished |= self.is_last(&metadata)?;
            let body = self.body.reserve(header.body);
            let body = body.map_err(|_| SessionError::Memory(header.body))?;
            self.frames.body(body, |_| {})?;
            let body = self.body.filled(header.body);
            self.recorder.request(&metadata, body);
            linker.add(body);
            self.answer_linked(&linker.reply(is_input_finished), &linker)?;
        }
        Ok(())
    }

    fn answer_linked(&mut self, piece: &Piece, linker: &Linker) -> Result<(), SessionError> {
        let warnings = linker.warnings().into_iter().filter(|_| piece.is_last);
        let messages = warnings.map(|text| (Level::Warn, text)).collect();
        let mut metadata = Reply::to_chunk(piece.is_last, messages).to_json();
        if self.recorder.fits(metadata.len(), piece.body.len()) {
            self.recorder.reply(&metadata, &piece.body);
        }
        if let Some(text) = self.recorder.take_warning() {
            metadata = Reply::to_chunk(piece.is_last, vec![(Level::Warn, text)]).to_json();
        }
        let written = self.output.write_all(&head(&metadata, piece.body.len()));
        written
            .and_then(|()| self.output.write_all(&piece.body))
            .and_then(|()| self.output.flush())
            .map_err(SessionError::Write)
    }

    fn begin_recording(
        &mut self,
        name: Option<&str>,
        info: &SearchInfo,
        metadata: &[u8],
    ) -> Result<(), SessionError> {
        let Some(name) = name else { return Ok(()) };
        let asked = self.recorder.ask(info.dispatch_dir.as_deref(), name);
        asked.map_err(SessionError::Options)?;
        self.recorder.request(metadata, &[]);
        Ok(())
    }

    /// Whether an execute request is the last. What is another request, or none, is recorded without its body.
    fn is_last(&mut self, metadata: &[u8]) -> Result<bool, SessionError> {
        let error = match Request::parse(metadata) {
            Ok(Request::Execute(finished)) => return Ok(finished),
            Ok(Request::GetInfo(_)) => {
                SessionError::Order("getinfo came twice; every further request must be execute")
            }
            Err(error) => SessionError::Metadata(error),
        };
        self.recorder.request(metadata, &[]);
        Err(error)
    }

    fn skip_body(&mut self, header: Header) -> Result<(), SessionError> {
        if header.body == 0 {
            return Ok(());
        }
        let body = self.body.reserve(header.body);
        let body = body.map_err(|_| SessionError::Memory(header.body))?;
        Ok(self.frames.body(body, |_| {})?)
    }

    fn getinfo(&mut self, info: &SearchInfo, metadata: &[u8]) -> Result<Options, SessionError> {
        let options = Options::parse(&info.args).map_err(SessionError::Options)?;
        tuning_list::refuse_missing(&options, self.lookups.as_ref()).map_err(SessionError::Options)?;
        self.begin_recording(options.record.as_deref(), info, metadata)?;
        let is_distributed = options.distributed;
        let kind = if is_distributed { "streaming" } else { "stateful" };
        self.reply(&Reply::to_getinfo(kind, required_fields::required(&options)))?;
        Ok(options)
    }

    fn read_body(&mut self, tagger: &mut Tagger, metadata: &[u8], length: usize) -> Result<(), SessionError> {
        let body = self.body.reserve(length);
        let body = body.map_err(|_| SessionError::Memory(length))?;
        tagger.begin();
        self.frames.body(body, |arrived| tagger.arrived(arrived))?;
        self.recorder.request(metadata, self.body.filled(length));
        Ok(())
    }

    fn answer(
        &mut self,
        tagger: &mut Tagger,
        length: usize,
        finished: bool,
        mut messages: Vec<(Level, String)>,
    ) -> Result<(), SessionError> {
        let body = self.body.filled(length);
        let reply_length = tagger.inspect(body);
        if finished {
            messages.extend(warnings(tagger.counts()));
        }
        let mut metadata = Reply::to_chunk(finished, messages.clone()).to_json();
        if self.recorder.fits(metadata.len(), reply_length) {
            let mut reply = Vec::with_capacity(reply_length);
            tagger.write(&[], body, &mut reply).map_err(SessionError::Write)?;
            self.recorder.reply(&metadata, &reply);
        }
        if let Some(text) = self.recorder.take_warning() {
            messages.push((Level::Warn, text));
            metadata = Reply::to_chunk(finished, messages).to_json();
        }
        let head = head(&metadata, reply_length);
        let written = tagger.write(&head, body, &mut self.output);
        written
            .and_then(|()| self.output.flush())
            .map_err(SessionError::Write)
    }

    fn reply(&mut self, reply: &Reply) -> Result<(), SessionError> {
        let metadata = reply.to_json();
        self.recorder.reply(&metadata, &[]);
        self.send(&metadata).map_err(SessionError::Write)
    }

    /// Writes a frame without a body.
    fn send(&mut self, metadata: &[u8]) -> std::io::Result<()> {
        self.output.write_all(&head(metadata, 0))?;
        self.output.flush()
    }
}

/// Whether the other end of a pipe is closed. Windows has a second error for it, ERROR_PIPE_NOT_CONNECTED (seen
/// under wine).
pub fn nobody_reads(error: &std::io::Error) -> bool {
    const NOT_CONNECTED: i32 = 233;
    error.kind() == ErrorKind::BrokenPipe || (cfg!(windows) && error.raw_os_error() == Some(NOT_CONNECTED))
}

fn new_tagger(options: &Options, tuning: Tuning) -> Result<Tagger, SessionError> {
    let catalogue = Catalogue::embedded().map_err(|error| SessionError::Catalogue(error.to_string()))?;
    let filter = Filter::from_words(&options.clouds, &options.scope, &options.min_severity);
    let detector = Detector::new(&catalogue, filter).tuned(tuning);
    Ok(Tagger::new(
        detector,
        options.input,
        options.mode,
        required_fields::shown(options),
    ))
}

/// What the user must know at the end, each text once.
fn warnings(counts: Counts) -> Vec<(Level, String)> {
    let (unsound, read, unreadable) = (counts.unsound_rows, counts.read, counts.unreadable);
    let ragged = format!(
        "directvm: rows with more or fewer cells than their header, or with a quote left open: {unsound}; where there \
         are findings beside them, missing cells are empty and surplus ones are named directvm_surplus_1 and so on"
    );
    let texts = [(unsound, ragged), (unreadable, unknown_formats(read, unreadable))].into_iter();
    let texts = texts.filter(|(count, _)| *count > 0);
    texts.map(|(_, text)| (Level::Warn, text)).collect()
}

/// What is said where events that were read are not in a known format.
fn unknown_formats(read: u64, unreadable: u64) -> String {
    const RECORD: &str = "an AWS, Azure or Google Cloud audit record";
    const ADVICE: &str = "Check index and sourcetype; if _raw is not JSON, use input=fields.";
    match (read, unreadable) {
        (1, 1) => format!("directvm: The 1 sampled event is not {RECORD}. {ADVICE}"),
        _ if read == unreadable => {
            format!("directvm: None of the {read} sampled events is {RECORD}. {ADVICE}")
        }
        (_, 1) => format!(
            "directvm: 1 of the {read} events that were read is not in a known format and cannot be a finding."
        ),
        _ => format!(
            "directvm: {unreadable} of the {read} events that were read are not in a known format and cannot be findings."
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::unknown_formats;

    #[test]
    fn a_search_over_the_wrong_events_is_told_what_to_check() {
        let none = "directvm: None of the 256 sampled events is an AWS, Azure or Google Cloud audit record. \
                    Check index and sourcetype; if _raw is not JSON, use input=fields.";
        assert_eq!(unknown_formats(256, 256), none);
        assert!(unknown_formats(1, 1).starts_with("directvm: The 1 sampled event is not an AWS,"));
        let cases = [
            (1, "1 of the 256 events that were read is not in"),
            (2, "2 of the 256 events that were read are not in"),
        ];
        for (unreadable, text) in cases {
            assert!(unknown_formats(256, unreadable).contains(text), "{text}");
        }
    }
}
