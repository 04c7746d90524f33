//! splunkd's side of a search: first the getinfo-only instances, then the one that runs.

use std::time::{Duration, Instant};

use super::getinfo::SID;
use super::instance::{Exchange, Instance, Launch};
use super::merge::{Sent, merge};
use super::patience;
use super::pipes::{Got, Manner};
use super::reply::{self, DUPLICATE_MESSAGE, Fatal, INVALID_RESULT, Mode, SETUP_ERROR, Told, WRITE_ERROR};
use super::search::Content;
use super::{Ending, Outcome, Reply, Search, files_below, wire};

/// An instance whose input is closed must end within this time. A build without optimisation gets more.
const LEAVE_LIMIT: Duration = Duration::from_secs(if cfg!(debug_assertions) { 5 } else { 1 });

pub(super) struct Session<'a> {
    search: &'a Search,
    launch: Launch,
    outcome: Outcome,
    getinfo_frame: Vec<u8>,
    probe_reply: Option<Got>,
    largest_body: usize,
    broken_sent: bool,
    left_mid_exchange: bool,
}

impl<'a> Session<'a> {
    pub(super) fn play(search: &'a Search) -> Outcome {
        let mut session = Session::new(search);
        session.probe();
        session.converse();
        session.outcome
    }

    fn new(search: &'a Search) -> Self {
        let home = tempfile::tempdir().unwrap_or_else(|error| panic!("no temporary folder: {error}"));
        let dispatch_dir = home.path().join("var/run/splunk/dispatch").join(SID);
        std::fs::create_dir_all(&dispatch_dir)
            .unwrap_or_else(|error| panic!("no dispatch directory: {error}"));
        let getinfo_frame = search.getinfo_frame(&dispatch_dir);
        let launch = Launch {
            program: search.launcher.clone(),
            args: search.command_args.clone(),
            home: home.path().to_path_buf(),
            deadline: search.deadline,
        };
        Self {
            search,
            launch,
            outcome: Outcome::new(
                format!("`| directvm {}`", search.args.join(" ")),
                dispatch_dir,
                home,
            ),
            getinfo_frame,
            probe_reply: None,
            largest_body: 0,
            broken_sent: false,
            left_mid_exchange: false,
        }
    }

    fn object(&mut self, violation: impl Into<String>) {
        self.outcome.violations.push(violation.into());
    }

    fn fail(&mut self, fatal: &Fatal) {
        self.object(format!("{} [{}]", fatal.text, fatal.detail));
        self.show(&fatal.text);
    }

    fn show(&mut self, text: &str) {
        self.outcome
            .banner
            .get_or_insert_with(|| format!("Error in 'directvm' command: {text}"));
    }

    fn manner(&self) -> Manner {
        Manner {
            pieces: self.search.quirks.pieces,
            pause: self.search.quirks.lag,
            lag: self.search.quirks.lag,
        }
    }

    /// The instances that receive only getinfo. The first one receives the last byte late.
    fn probe(&mut self) {
        for number in 0..self.search.probes {
            let pause = Duration::from_millis(if number == 0 { 30 } else { 0 });
            let manner = Manner {
                pause,
                ..self.manner()
            };
            let mut instance = self.launch.start();
            let exchange = instance.exchange(self.getinfo_frame.clone(), manner);
            let refused = self.check_probe_reply(number, exchange);
            let end = instance.finish();
            if !end.stderr.is_empty() || !end.surplus.is_empty() || (end.exit != 0 && !refused) {
                let (stderr, surplus) = (end.stderr.escape_ascii(), end.surplus.escape_ascii());
                self.object(format!(
                    "probe {number}: exit {}, stderr \"{stderr}\", after the reply \"{surplus}\"",
                    end.exit
                ));
            }
            if end.elapsed > patience(LEAVE_LIMIT).max(pause) {
                self.object(format!("probe {number} took {:?}", end.elapsed));
            }
        }
        for file in files_below(self.outcome.home.path()) {
            self.object(format!("a getinfo-only instance left {}", file.display()));
        }
    }

    /// All instances of a command must reply with the same bytes. Returns whether the reply is an error.
    fn check_probe_reply(&mut self, number: usize, exchange: Exchange) -> bool {
        self.check_manners(&exchange);
        let refused = match &exchange.got {
            Got::Frame(metadata, body) => match reply::read_getinfo(metadata, body) {
                Ok((told, _)) => told.error.is_some(),
                Err(_) => false,
            },
            other => {
                self.object(format!("probe {number}: no getinfo reply but {other:?}"));
                false
            }
        };
        if self
            .probe_reply
            .as_ref()
            .is_some_and(|first| *first != exchange.got)
        {
            self.object(format!(
                "probe {number} answers getinfo otherwise than the one before: {:?}",
                exchange.got
            ));
        }
        self.probe_reply = Some(exchange.got);
        refused
    }

    fn converse(&mut self) {
        let mut instance = self.launch.start();
        if let Some(mode) = self.set_up(&mut instance) {
            let plan = self.search.plan();
            for (answered, (content, finished)) in plan.iter().enumerate() {
                if self.ends_here(&mut instance, answered, content, *finished, &mode)
                    || !self.execute(&mut instance, content, *finished, &mode)
                {
                    break;
                }
            }
        }
        self.outcome.peak_memory = instance.peak_memory();
        self.close(instance);
    }

    /// The getinfo exchange; `None` if the search ends with it.
    fn set_up(&mut self, instance: &mut Instance) -> Option<Mode> {
        let exchange = instance.exchange(self.getinfo_frame.clone(), self.manner());
        if self
            .probe_reply
            .as_ref()
            .is_some_and(|first| *first != exchange.got)
        {
            self.object(format!(
                "getinfo is answered otherwise than by the probes: {:?}",
                exchange.got
            ));
        }
        let (metadata, body) = self.reply_of(exchange, SETUP_ERROR)?;
        match reply::read_getinfo(&metadata, &body) {
            Err(fatal) => {
                self.fail(&fatal);
                None
            }
            Ok((told, mode)) => {
                self.outcome.getinfo = told.metadata.clone();
                let ignored = self.search.quirks.ignore_required_fields;
                self.listen(told)
                    .then_some(if ignored { Mode::AllFields } else { mode })
            }
        }
    }

    /// Whether the conversation ends before this chunk.
    fn ends_here(
        &mut self,
        instance: &mut Instance,
        answered: usize,
        content: &Content,
        finished: bool,
        mode: &Mode,
    ) -> bool {
        match (self.search.quirks.ending, content) {
            (Ending::InputAfter(chunks), _) => answered >= chunks,
            (Ending::OutputAfter(chunks), _) if answered < chunks => false,
            (Ending::Normal, Content::Broken(bytes)) => {
                self.broken_sent = true;
                let _stopped = instance.send(bytes.clone(), self.manner());
                true
            }
            (Ending::OutputAfter(_), _) => {
                instance.hang_up();
                let request = self
                    .search
                    .execute_frame(&self.search.sent(content, mode), finished);
                let _stopped = instance.send(request, self.manner());
                true
            }
            (Ending::Normal, _) => false,
        }
    }

    /// One execute exchange; false if nothing may follow it.
    fn execute(&mut self, instance: &mut Instance, content: &Content, finished: bool, mode: &Mode) -> bool {
        let sent = self.search.sent(content, mode);
        let request = self.search.execute_frame(&sent, finished);
        let exchange = instance.exchange(request, self.manner());
        let Some((metadata, body)) = self.reply_of(exchange, INVALID_RESULT) else {
            return false;
        };
        self.largest_body = self.largest_body.max(body.len()).max(sent.body.len());
        match reply::read_execute(&metadata, finished) {
            Err(fatal) => {
                self.fail(&fatal);
                false
            }
            Ok(told) => {
                self.outcome.replies.push(Reply {
                    metadata: told.metadata.clone(),
                    body: body.clone(),
                });
                self.listen(told) && self.take_rows(&sent, &body)
            }
        }
    }

    fn take_rows(&mut self, sent: &Sent, body: &[u8]) -> bool {
        match merge(sent, body) {
            Ok(merged) => {
                let number = self.outcome.replies.len() - 1;
                self.outcome.violations.extend(
                    merged
                        .complaints
                        .iter()
                        .map(|fault| format!("reply {number}: {fault}")),
                );
                self.outcome.events.extend(merged.events);
                true
            }
            Err(fatal) => {
                self.fail(&fatal);
                false
            }
        }
    }

    /// Keeps the messages and the error; false if the search ends with them.
    fn listen(&mut self, told: Told) -> bool {
        self.outcome.violations.extend(told.complaints);
        for message in told.messages {
            if self.outcome.messages.contains(&message) {
                self.object(format!("{DUPLICATE_MESSAGE}: {message:?}"));
            }
            self.outcome.messages.push(message);
        }
        let Some(error) = told.error else { return true };
        self.show(&error);
        self.outcome.error = Some(error);
        false
    }

    fn check_manners(&mut self, exchange: &Exchange) {
        if exchange.early {
            self.object("output came before the request was whole");
        }
        if exchange.surplus {
            self.object("more than one reply came to one request");
        }
    }

    /// The frame of a reply; anything else ends the search with splunkd's message for it.
    fn reply_of(&mut self, exchange: Exchange, broken: &str) -> Option<wire::Frame> {
        self.check_manners(&exchange);
        let fatal = match (exchange.got, exchange.write_error) {
            (Got::Frame(metadata, body), _) => return Some((metadata, body)),
            (Got::End, _) => {
                self.left_mid_exchange = true;
                return None;
            }
            (Got::Broken(detail), _) => Fatal::new(broken, detail),
            (Got::Late, Some(error)) => Fatal::new(WRITE_ERROR, error.to_string()),
            (Got::Late, None) => Fatal::new("maxwait", format!("no reply within {:?}", self.search.deadline)),
            (Got::Unread, _) => {
                let detail = "buffer full. External process possibly failed to read its stdin.";
                Fatal::new(WRITE_ERROR, format!("Failure writing result chunk, {detail}"))
            }
        };
        self.fail(&fatal);
        None
    }

    fn close(&mut self, instance: Instance) {
        let closed = Instant::now();
        let end = instance.finish();
        if closed.elapsed() > patience(LEAVE_LIMIT) && !end.overdue {
            self.object(format!(
                "it left {:?} after its input was closed",
                closed.elapsed()
            ));
        }
        self.outcome.exit = end.exit;
        self.outcome.elapsed = end.elapsed;
        if end.overdue {
            self.object(format!(
                "it was still there {:?} after its input was closed, and was killed",
                self.search.deadline
            ));
        } else if self.left_mid_exchange {
            let eof = "EOF while attempting to read transport header read_size=0";
            self.fail(&Fatal::new(
                reply::exit_text(end.exit),
                format!("{eof}, exit {}", end.exit),
            ));
        }
        if self.broken_sent {
            self.read_last_words(&end.surplus);
        } else if !end.surplus.is_empty() {
            self.object(format!(
                "{} bytes came after the last reply: \"{}\"",
                end.surplus.len(),
                excerpt(&end.surplus)
            ));
        }
        self.outcome.stdout = end.stdout;
        self.outcome.stderr = end.stderr;
        self.outcome.check_memory(self.largest_body);
        self.outcome.check_secret();
    }

    /// After a broken frame, one `error` reply may come and nothing else.
    fn read_last_words(&mut self, mut surplus: &[u8]) {
        match wire::read_frame(&mut surplus) {
            Ok(None) => {}
            Err(detail) => self.fail(&Fatal::new(INVALID_RESULT, detail)),
            Ok(Some((metadata, body))) => match reply::read_execute(&metadata, true) {
                Err(fatal) => self.fail(&fatal),
                Ok(told) => {
                    self.outcome.replies.push(Reply {
                        metadata: told.metadata.clone(),
                        body,
                    });
                    if self.listen(told) || !surplus.is_empty() {
                        self.object("a broken frame was answered by something else than one `error` reply");
                    }
                }
            },
        }
    }
}

fn excerpt(bytes: &[u8]) -> String {
    bytes[..bytes.len().min(200)].escape_ascii().to_string()
}
