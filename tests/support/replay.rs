//! Sends a recorded session to the command, byte for byte.

use std::path::Path;
use std::time::Duration;

use super::instance::Launch;
use super::pipes::{Got, Manner, Pieces};
use super::{BINARY, wire};

/// The replies of the command to a recorded session.
#[derive(Debug, PartialEq, Eq)]
pub struct RawOutcome {
    pub stdout: Vec<u8>,
    pub stderr: Vec<u8>,
    pub exit: i32,
}

/// Sends the bytes of a recorded session to the binary under test: one frame, one reply, and so on. Bytes that are not a
/// frame in the strict form are sent with everything after them, without waiting for a reply.
#[track_caller]
pub fn run_bytes(input: &[u8], pieces: Pieces) -> RawOutcome {
    run_bytes_through(BINARY.as_ref(), &[], input, pieces)
}

/// [`run_bytes`] for any program.
#[track_caller]
pub fn run_bytes_through(program: &Path, args: &[String], mut input: &[u8], pieces: Pieces) -> RawOutcome {
    let home = tempfile::tempdir().unwrap_or_else(|error| panic!("no temporary folder: {error}"));
    let launch = Launch {
        program: program.to_path_buf(),
        args: args.to_vec(),
        home: home.path().to_path_buf(),
        deadline: Duration::from_mins(1),
    };
    let manner = Manner {
        pieces,
        pause: Duration::ZERO,
        ..Manner::default()
    };
    let mut instance = launch.start();
    let mut got = None;
    while let Some(request) = next_frame(&mut input) {
        let exchange = instance.exchange(request, manner);
        assert!(
            !matches!(exchange.got, Got::Late | Got::Unread),
            "the session stands still: {:?}",
            exchange.got
        );
        got = Some(exchange.got);
        if !matches!(got, Some(Got::Frame(..))) {
            break;
        }
    }
    if matches!(got, None | Some(Got::Frame(..))) {
        let _gone = instance.send(input.to_vec(), manner);
    }
    let end = instance.finish();
    assert!(
        !end.overdue,
        "the command does not end after its input; stderr: {}",
        end.stderr.escape_ascii()
    );
    RawOutcome {
        stdout: end.stdout,
        stderr: end.stderr,
        exit: end.exit,
    }
}

/// Removes one frame from the start of `input`, if there is one.
fn next_frame(input: &mut &[u8]) -> Option<Vec<u8>> {
    let mut rest = *input;
    let (metadata, body) = wire::read_frame(&mut rest).ok()??;
    *input = rest;
    Some(wire::frame(&metadata, &body))
}
