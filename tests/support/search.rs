//! The description of a search: arguments, chunks, and variations of splunkd's behaviour.

use std::path::PathBuf;
use std::time::Duration;

use super::getinfo::split_spl;
use super::splunkd::Session;
use super::{BINARY, Getinfo, HeaderForm, Outcome, Pieces, SearchEvent, patience, wire};

/// The content of one request.
#[derive(Clone, Debug)]
pub(super) enum Content {
    Events(Vec<SearchEvent>),
    Body(Vec<u8>),
    /// Bytes that are not a legal frame; nothing is sent after them.
    Broken(Vec<u8>),
}

/// Which chunk has `finished:true`, unless a raw body has it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Finish {
    /// A separate header-only chunk (8.2.1).
    #[default]
    Separate,
    /// A separate chunk of zero length.
    SeparateEmpty,
    /// On the last chunk with rows (6.3).
    WithLast,
}

/// How the conversation ends.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Ending {
    #[default]
    Normal,
    /// Its input is closed after this number of answered chunks, as when a search is cancelled.
    InputAfter(usize),
    /// Its output is closed after this number of answered chunks; one more chunk is still sent.
    OutputAfter(usize),
}

/// Legal variations of splunkd's behaviour.
#[derive(Clone, Copy, Debug, Default)]
pub struct Quirks {
    pub pieces: Pieces,
    /// How long a reply waits before it is read, and the last byte of a request before it is written.
    pub lag: Duration,
    pub header: HeaderForm,
    /// Metadata with blanks and a line feed.
    pub spaced_metadata: bool,
    /// Rows end with CR LF.
    pub crlf: bool,
    pub finish: Finish,
    pub ending: Ending,
    /// All fields are sent, whatever the command asked for.
    pub ignore_required_fields: bool,
}

/// The description of a search.
#[derive(Clone, Debug)]
pub struct Search {
    pub(super) launcher: PathBuf,
    pub(super) command_args: Vec<String>,
    pub(super) args: Vec<String>,
    chunks: Vec<(Content, Option<bool>)>,
    pub(super) quirks: Quirks,
    pub(super) getinfo: Getinfo,
    pub(super) probes: usize,
    pub(super) deadline: Duration,
}

impl Default for Search {
    fn default() -> Self {
        Self::new()
    }
}

impl Search {
    pub fn new() -> Self {
        Self {
            launcher: BINARY.into(),
            command_args: Vec::new(),
            args: Vec::new(),
            chunks: Vec::new(),
            quirks: Quirks::default(),
            getinfo: Getinfo::default(),
            probes: 3,
            // Much longer than any search takes, for a busy machine.
            deadline: patience(Duration::from_mins(1)),
        }
    }

    /// A program other than the binary under test (the launcher of an installed app).
    pub fn launcher(mut self, path: impl Into<PathBuf>) -> Self {
        self.launcher = path.into();
        self
    }

    /// `command.arg.<N>` of commands.conf.
    pub fn command_arg(mut self, arg: impl Into<String>) -> Self {
        self.command_args.push(arg.into());
        self
    }

    /// One SPL argument, raw, as a single token.
    pub fn arg(mut self, token: impl Into<String>) -> Self {
        self.args.push(token.into());
        self
    }

    /// SPL arguments, split as splunkd splits them.
    pub fn spl(mut self, text: &str) -> Self {
        self.args.extend(split_spl(text));
        self
    }

    /// One chunk of results; without results, a header-only chunk.
    pub fn chunk(mut self, events: Vec<SearchEvent>) -> Self {
        self.chunks.push((Content::Events(events), None));
        self
    }

    /// One chunk with exactly this body.
    pub fn raw_body(mut self, body: impl Into<Vec<u8>>, finished: bool) -> Self {
        self.chunks.push((Content::Body(body.into()), Some(finished)));
        self
    }

    /// A chunk of zero length.
    pub fn empty_body(mut self) -> Self {
        self.chunks.push((Content::Body(Vec::new()), None));
        self
    }

    /// Bytes that are not a legal frame; the input ends after them, and an `error` reply may come.
    pub fn raw_frame(mut self, bytes: impl Into<Vec<u8>>) -> Self {
        self.chunks.push((Content::Broken(bytes.into()), None));
        self
    }

    pub fn quirks(mut self, quirks: Quirks) -> Self {
        self.quirks = quirks;
        self
    }

    pub fn pieces(mut self, pieces: Pieces) -> Self {
        self.quirks.pieces = pieces;
        self
    }

    pub fn ending(mut self, ending: Ending) -> Self {
        self.quirks.ending = ending;
        self
    }

    pub fn ignore_required_fields(mut self) -> Self {
        self.quirks.ignore_required_fields = true;
        self
    }

    pub fn getinfo(mut self, getinfo: Getinfo) -> Self {
        self.getinfo = getinfo;
        self
    }

    /// The number of getinfo-only instances before the search; three by default.
    pub fn probes(mut self, count: usize) -> Self {
        self.probes = count;
        self
    }

    /// The longest wait for one reply, one write, or the exit.
    pub fn deadline(mut self, deadline: Duration) -> Self {
        self.deadline = patience(deadline);
        self
    }

    /// Runs the search to its end.
    #[track_caller]
    pub fn run(&self) -> Outcome {
        Session::play(self)
    }

    /// The chunks to send, each with its `finished`.
    pub(super) fn plan(&self) -> Vec<(Content, bool)> {
        let mut plan: Vec<_> = self
            .chunks
            .iter()
            .map(|(content, said)| (content.clone(), said.unwrap_or(false)))
            .collect();
        let ends_itself = plan
            .last()
            .is_some_and(|(content, finished)| *finished || matches!(content, Content::Broken(_)));
        match self.quirks.finish {
            _ if ends_itself => {}
            Finish::WithLast if !plan.is_empty() => plan
                .iter_mut()
                .rev()
                .take(1)
                .for_each(|(_, finished)| *finished = true),
            Finish::SeparateEmpty => plan.push((Content::Body(Vec::new()), true)),
            _ => plan.push((Content::Events(Vec::new()), true)),
        }
        plan
    }

    pub(super) fn all_events(&self) -> Vec<SearchEvent> {
        let events = self.chunks.iter().filter_map(|(content, _)| match content {
            Content::Events(events) => Some(events.clone()),
            _ => None,
        });
        events.flatten().collect()
    }

    pub(super) fn frame(&self, metadata: &[u8], body: &[u8]) -> Vec<u8> {
        wire::frame_as(self.quirks.header, metadata, body)
    }

    pub(super) fn execute_metadata(&self, finished: bool) -> Vec<u8> {
        if self.quirks.spaced_metadata {
            format!("{{ \"action\": \"execute\", \"finished\": {finished} }}\n").into_bytes()
        } else {
            format!("{{\"action\":\"execute\",\"finished\":{finished}}}").into_bytes()
        }
    }
}
