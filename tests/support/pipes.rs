//! The two threads at the pipes of a command: one writes on request, one reads on request.

use std::io::{self, BufReader, Read, Write};
use std::process::{ChildStdin, ChildStdout};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, Sender};
use std::thread;
use std::time::Duration;

use super::wire;

/// The pieces in which a request is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Pieces {
    #[default]
    Whole,
    OneByte,
    Of(usize),
    /// 1, 2, … 7, 1, 2, … bytes.
    Odd,
}

impl Pieces {
    fn size(self, piece: usize, rest: usize) -> usize {
        let size = match self {
            Pieces::Whole => rest,
            Pieces::OneByte => 1,
            Pieces::Of(size) => size.max(1),
            Pieces::Odd => piece % 7 + 1,
        };
        size.min(rest)
    }
}

/// How a request is written. With pieces or a pause, the reader listens while the request is incomplete and notices an
/// early reply.
#[derive(Clone, Copy, Debug, Default)]
pub struct Manner {
    pub pieces: Pieces,
    /// Pause before the last byte.
    pub pause: Duration,
    /// How long the reply stays in the pipe.
    pub lag: Duration,
}

impl Manner {
    pub(super) fn listens(self) -> bool {
        self.pieces != Pieces::Whole || !self.pause.is_zero()
    }
}

/// The result of one request.
#[derive(Debug, PartialEq, Eq)]
pub enum Got {
    Frame(Vec<u8>, Vec<u8>),
    /// The command closed its output.
    End,
    Broken(String),
    /// No reply before the deadline.
    Late,
    /// The request could not be written before the deadline.
    Unread,
}

pub(super) enum Ask {
    Frame,
    Rest,
    HangUp,
}

pub(super) enum Answer {
    Frame {
        got: Got,
        early: bool,
        surplus: bool,
    },
    /// Everything read, and the end of the last reply.
    Rest(Vec<u8>, usize),
}

pub(super) fn write_orders(
    mut stdin: ChildStdin,
    orders: &Receiver<(Vec<u8>, Manner)>,
    wrote: &Sender<io::Result<()>>,
    whole: &AtomicBool,
) {
    for (bytes, manner) in orders {
        let result = write_one(&mut stdin, &bytes, manner, whole);
        if wrote.send(result).is_err() {
            return;
        }
    }
}

fn write_one(stdin: &mut ChildStdin, bytes: &[u8], manner: Manner, whole: &AtomicBool) -> io::Result<()> {
    let held_back = usize::from(manner.listens()).min(bytes.len());
    let (mut rest, last) = bytes.split_at(bytes.len() - held_back);
    let mut piece = 0;
    while !rest.is_empty() {
        let (now, later) = rest.split_at(manner.pieces.size(piece, rest.len()));
        stdin.write_all(now)?;
        breathe(manner.pieces, piece);
        rest = later;
        piece += 1;
    }
    thread::sleep(manner.pause);
    whole.store(true, Ordering::SeqCst);
    stdin.write_all(last)
}

/// Pause that lets the command read a small piece before the next one follows; used only for the first pieces.
fn breathe(pieces: Pieces, piece: usize) {
    match pieces {
        Pieces::Whole => {}
        _ if piece < 400 => thread::sleep(Duration::from_micros(50)),
        _ => thread::yield_now(),
    }
}

/// The output of the command.
pub(super) struct Tape {
    source: BufReader<ChildStdout>,
    seen: Vec<u8>,
    whole: Arc<AtomicBool>,
    early: bool,
}

impl Tape {
    pub(super) fn new(stdout: ChildStdout, whole: Arc<AtomicBool>) -> Self {
        Self {
            source: BufReader::with_capacity(1 << 16, stdout),
            seen: Vec::new(),
            whole,
            early: false,
        }
    }
}

impl Read for Tape {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let length = self.source.read(buffer)?;
        self.early |= length > 0 && !self.whole.load(Ordering::SeqCst);
        self.seen.extend(&buffer[..length]);
        Ok(length)
    }
}

pub(super) fn answer_asks(mut tape: Tape, asks: &Receiver<Ask>, answers: &Sender<Answer>) {
    let mut replies = 0;
    for ask in asks {
        let answer = match ask {
            Ask::Frame => {
                tape.early = false;
                let got = read_reply(&mut tape);
                if matches!(got, Got::Frame(..)) {
                    replies = tape.seen.len();
                }
                Answer::Frame {
                    got,
                    early: tape.early,
                    surplus: !tape.source.buffer().is_empty(),
                }
            }
            Ask::Rest => {
                let _ended = tape.read_to_end(&mut Vec::new());
                Answer::Rest(std::mem::take(&mut tape.seen), replies)
            }
            Ask::HangUp => {
                drop(tape.source);
                let _gone = answers.send(Answer::Rest(tape.seen, replies));
                return;
            }
        };
        if answers.send(answer).is_err() {
            return;
        }
    }
}

fn read_reply(tape: &mut Tape) -> Got {
    match wire::read_frame(tape) {
        Ok(Some((metadata, body))) => Got::Frame(metadata, body),
        Ok(None) => Got::End,
        Err(fault) => Got::Broken(fault),
    }
}
