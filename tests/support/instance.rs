//! One spawned command and its three pipes, driven as by splunkd: a request is written completely before its reply is read,
//! so a command that replies early into a full pipe blocks here as it would there.

use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread;
use std::time::{Duration, Instant};

use super::pipes::{Answer, Ask, Got, Manner, Tape, answer_asks, write_orders};

#[derive(Debug)]
pub struct Exchange {
    pub got: Got,
    /// Output came before the request was complete.
    pub early: bool,
    /// More output came together with the reply.
    pub surplus: bool,
    pub write_error: Option<io::Error>,
}

impl Exchange {
    fn without_reply(got: Got, write_error: Option<io::Error>) -> Self {
        Self {
            got,
            early: false,
            surplus: false,
            write_error,
        }
    }
}

/// The result of a command that has ended.
#[derive(Debug, Default)]
pub struct End {
    /// The status, or the negative number of the signal that ended it.
    pub exit: i32,
    /// Everything it wrote.
    pub stdout: Vec<u8>,
    /// The output after the last reply.
    pub surplus: Vec<u8>,
    pub stderr: Vec<u8>,
    /// It had to be killed.
    pub overdue: bool,
    pub elapsed: Duration,
}

/// What to spawn, and where.
#[derive(Clone, Debug)]
pub struct Launch {
    pub program: PathBuf,
    /// `command.arg.<N>` of commands.conf; SPL arguments are not passed this way.
    pub args: Vec<String>,
    pub home: PathBuf,
    pub deadline: Duration,
}

impl Launch {
    /// Spawns the command in its own folder, with `SPLUNK_HOME` set and a library path that breaks dynamic linking
    /// against anything but the system's own libraries.
    pub fn start(&self) -> Instance {
        let mut command = super::command(&self.program);
        command
            .args(&self.args)
            .current_dir(self.program.parent().unwrap_or(Path::new(".")));
        command
            .env("SPLUNK_HOME", &self.home)
            .env("LD_LIBRARY_PATH", "/nonsense")
            .env_remove("RUST_LOG");
        command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        Instance::new(spawn(&mut command), self.deadline)
    }
}

/// Retries where a program file that another test has just written is still busy.
fn spawn(command: &mut Command) -> Child {
    for _ in 0..100 {
        match command.spawn() {
            Err(error) if error.kind() == io::ErrorKind::ExecutableFileBusy => {
                thread::sleep(Duration::from_millis(10));
            }
            Err(error) => panic!("cannot spawn {command:?}: {error}"),
            Ok(child) => return child,
        }
    }
    panic!("cannot spawn {command:?}: the file stays busy")
}

/// A running command.
pub struct Instance {
    child: Child,
    orders: Option<Sender<(Vec<u8>, Manner)>>,
    written: Receiver<io::Result<()>>,
    asks: Sender<Ask>,
    answers: Receiver<Answer>,
    stderr: Receiver<Vec<u8>>,
    whole: Arc<AtomicBool>,
    deadline: Duration,
    started: Instant,
    hung_up: Option<(Vec<u8>, usize)>,
    /// It missed a deadline; there is no second one.
    stuck: bool,
}

impl Instance {
    fn new(mut child: Child, deadline: Duration) -> Self {
        let (Some(stdin), Some(stdout), Some(mut stderr)) =
            (child.stdin.take(), child.stdout.take(), child.stderr.take())
        else {
            panic!("a pipe of the command is missing")
        };
        let whole = Arc::new(AtomicBool::new(true));
        let (orders, taken_orders) = channel();
        let (wrote, written) = channel();
        let (asks, taken_asks) = channel();
        let (answer, answers) = channel();
        let (complain, complaints) = channel();
        let flag = Arc::clone(&whole);
        thread::spawn(move || write_orders(stdin, &taken_orders, &wrote, &flag));
        let tape = Tape::new(stdout, Arc::clone(&whole));
        thread::spawn(move || answer_asks(tape, &taken_asks, &answer));
        thread::spawn(move || {
            let mut lines = Vec::new();
            let _ended = stderr.read_to_end(&mut lines);
            complain.send(lines)
        });
        let orders = Some(orders);
        let started = Instant::now();
        Self {
            child,
            orders,
            written,
            asks,
            answers,
            stderr: complaints,
            whole,
            deadline,
            started,
            hung_up: None,
            stuck: false,
        }
    }

    /// Sends one request and reads one reply.
    pub fn exchange(&mut self, request: Vec<u8>, manner: Manner) -> Exchange {
        if manner.listens() {
            let _gone = self.asks.send(Ask::Frame);
        }
        let Some(written) = self.send(request, manner) else {
            return Exchange::without_reply(Got::Unread, None);
        };
        thread::sleep(manner.lag);
        if !manner.listens() {
            let _gone = self.asks.send(Ask::Frame);
        }
        let write_error = written.err();
        match self.answers.recv_timeout(self.deadline) {
            Ok(Answer::Frame { got, early, surplus }) => Exchange {
                got,
                early,
                surplus,
                write_error,
            },
            Ok(Answer::Rest(..)) | Err(RecvTimeoutError::Disconnected) => {
                Exchange::without_reply(Got::End, write_error)
            }
            Err(RecvTimeoutError::Timeout) => {
                self.stuck = true;
                Exchange::without_reply(Got::Late, write_error)
            }
        }
    }

    /// Writes bytes without waiting for a reply; `None` if the command does not read them before the deadline.
    pub fn send(&mut self, bytes: Vec<u8>, manner: Manner) -> Option<io::Result<()>> {
        self.whole.store(false, Ordering::SeqCst);
        let Some(orders) = &self.orders else { return None };
        if orders.send((bytes, manner)).is_err() {
            return None;
        }
        let written = self.written.recv_timeout(self.deadline).ok();
        self.stuck |= written.is_none();
        written
    }

    /// Closes our end of the command's output.
    pub fn hang_up(&mut self) {
        let _gone = self.asks.send(Ask::HangUp);
        if let Ok(Answer::Rest(seen, replies)) = self.answers.recv_timeout(self.deadline) {
            self.hung_up = Some((seen, replies));
        }
    }

    /// Its peak resident memory, in bytes (Linux only).
    pub fn peak_memory(&self) -> Option<u64> {
        if super::is_emulated() {
            return None;
        }
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).ok()?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
        line.trim()
            .strip_suffix(" kB")?
            .trim()
            .parse()
            .ok()
            .map(|kib: u64| kib * 1024)
    }

    /// Closes its input, reads the remaining output, waits for its end.
    pub fn finish(mut self) -> End {
        self.orders = None;
        let _gone = self.asks.send(Ask::Rest);
        let (exit, overdue) = self.wait();
        let elapsed = self.started.elapsed();
        let (stdout, replies) = self.hung_up.take().unwrap_or_else(|| self.rest());
        let surplus = stdout.get(replies..).unwrap_or_default().to_vec();
        let stderr = self
            .stderr
            .recv_timeout(self.deadline)
            .unwrap_or_else(|_| b"(stderr stays open)".to_vec());
        End {
            exit,
            stdout,
            surplus,
            stderr,
            overdue,
            elapsed,
        }
    }

    fn wait(&mut self) -> (i32, bool) {
        let until = Instant::now() + self.deadline;
        while !self.stuck && Instant::now() < until {
            match self.child.try_wait() {
                Ok(Some(status)) => return (number(status), false),
                Ok(None) => thread::sleep(Duration::from_millis(1)),
                Err(error) => panic!("cannot wait for the command: {error}"),
            }
        }
        let _gone = self.child.kill();
        (self.child.wait().map_or(-9, number), true)
    }

    fn rest(&self) -> (Vec<u8>, usize) {
        loop {
            match self.answers.recv_timeout(self.deadline) {
                Ok(Answer::Rest(seen, replies)) => return (seen, replies),
                Ok(Answer::Frame { .. }) => {}
                Err(_) => return Default::default(),
            }
        }
    }
}

#[cfg(unix)]
fn number(status: ExitStatus) -> i32 {
    use std::os::unix::process::ExitStatusExt;
    status.code().unwrap_or_else(|| -status.signal().unwrap_or(0))
}

#[cfg(not(unix))]
fn number(status: ExitStatus) -> i32 {
    status.code().unwrap_or(-1)
}
