//! The command, its reader or its writer ends at a random moment: the command ends within a second, leaves no process and
//! no file except a requested recording, and writes nothing to stderr. `INTERRUPTIONS=1000` runs 1,000 cases.

use crate::app::installed;
use crate::protocol::mixed;
use crate::support::{
    Binary, Dice, Getinfo, SearchEvent, command, csvtext, files_below, is_for_windows, patience, wire,
};
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};
use tempfile::TempDir;

const FEW: u64 = 60;
/// A build without optimisation, on a machine that is busy with other tests, gets more.
const GONE_WITHIN: Duration = Duration::from_secs(if cfg!(debug_assertions) { 10 } else { 1 });
/// The latest moment of an interruption.
const LONGEST: usize = 40;
/// Marks the processes of a test.
const MARK: &str = "DIRECTVM_INTERRUPTED";

/// The folder and the mark of commands that will be interrupted.
pub struct Site {
    _folder: TempDir,
    launcher: PathBuf,
    /// The mark in their command lines.
    value: String,
}

impl Site {
    /// Creates one for a test.
    pub fn new(test: &str) -> Self {
        let (folder, launcher) = installed(true);
        Self {
            _folder: folder,
            launcher,
            value: format!("{test} of {}", std::process::id()),
        }
    }

    /// Command lines of processes with the mark.
    fn processes(&self) -> Vec<String> {
        let processes = std::fs::read_dir("/proc").into_iter().flatten().flatten();
        let folders = processes.map(|entry| entry.path());
        let of_ours = |folder: &PathBuf| {
            let mark = format!("{MARK}={}", self.value);
            let environment = std::fs::read(folder.join("environ")).unwrap_or_default();
            environment
                .split(|byte| *byte == 0)
                .any(|entry| entry == mark.as_bytes())
        };
        folders
            .filter(of_ours)
            .map(|folder| std::fs::read_to_string(folder.join("cmdline")).unwrap_or_default())
            .collect()
    }
}

impl Drop for Site {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            assert_eq!(self.processes(), Vec::<String>::new(), "processes stay behind");
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Ended {
    /// The command is killed or asked to end.
    Command(&'static str),
    /// The reader of its output closes.
    Reader,
    /// Its input ends anywhere in a frame.
    Writer,
}

#[test]
fn an_interruption_at_any_moment_leaves_nothing_behind() {
    let number = |name: &str| std::env::var(name).ok().and_then(|text| text.parse().ok());
    let count = number("INTERRUPTIONS").unwrap_or(FEW);
    let first = number("SESSION_SEED").unwrap_or(1);
    if is_for_windows() {
        return;
    }
    let site = Site::new("interrupted");
    for seed in first..first + count {
        interrupted(&mut Dice(seed), seed, &site);
    }
}

/// One case.
pub fn interrupted(dice: &mut Dice, seed: u64, site: &Site) {
    let ended = dice.pick(&[
        Ended::Command("KILL"),
        Ended::Command("TERM"),
        Ended::Reader,
        Ended::Writer,
    ]);
    let through_launcher = dice.one_in(2);
    let records = dice.one_in(4);
    let moment = Duration::from_micros(dice.below(LONGEST * 1000) as u64);
    let case = format!("SESSION_SEED={seed}: {ended:?} after {moment:?}, launcher: {through_launcher}");
    let home = tempfile::tempdir().expect("a temporary folder");
    let program = if through_launcher {
        Command::new(&site.launcher)
    } else {
        command(Binary)
    };
    let mut child = start(program, home.path(), &site.value);
    let status = play(&mut child, &frames(home.path(), records), ended, moment, &case);
    check(&mut child, status, ended, &case);
    let left: Vec<_> = files_below(home.path())
        .into_iter()
        .filter(|file| !(records && file.ends_with("case.dvmrec")))
        .collect();
    assert_eq!(left, Vec::<PathBuf>::new(), "{case}: files are left");
}

fn start(mut program: Command, home: &Path, mark: &str) -> Child {
    let program = program.current_dir(home).env(MARK, mark).env_remove("RUST_LOG");
    let piped = program.stdin(Stdio::piped()).stdout(Stdio::piped());
    piped.stderr(Stdio::piped()).spawn().expect("it starts")
}

/// getinfo, and a chunk that is sent repeatedly.
fn frames(dispatch: &Path, records: bool) -> [Vec<u8>; 2] {
    let args: &[String] = if records { &["record=case".to_owned()] } else { &[] };
    let getinfo = Getinfo::default().metadata(args, dispatch, false);
    let raw = |event: &SearchEvent| vec![event.text("_raw").unwrap_or_default().into_bytes()];
    let rows: Vec<_> = mixed().iter().map(raw).cycle().take(500).collect();
    let header = vec![vec![b"_raw".to_vec()]];
    let body = csvtext::encode(&[header, rows].concat(), b"\n");
    let execute = br#"{"action":"execute","finished":false}"#;
    [wire::frame(&getinfo, b""), wire::frame(execute, &body)]
}

/// Runs both sides of a search until one ends; returns how the command ended, if it did in time.
fn play(
    child: &mut Child,
    frames: &[Vec<u8>; 2],
    ended: Ended,
    moment: Duration,
    case: &str,
) -> Option<ExitStatus> {
    let input = child.stdin.take().expect("a pipe");
    let output = child.stdout.take().expect("a pipe");
    let [reads, writes] = [AtomicBool::new(true), AtomicBool::new(true)];
    std::thread::scope(|scope| {
        scope.spawn(|| write(input, frames, &writes));
        scope.spawn(|| read(output, &reads));
        std::thread::sleep(moment);
        match ended {
            Ended::Command(signal) => send(signal, child.id(), case),
            Ended::Reader => reads.store(false, Ordering::SeqCst),
            Ended::Writer => writes.store(false, Ordering::SeqCst),
        }
        let status = wait(child);
        // The two threads end whatever the command does.
        let _gone = child.kill();
        writes.store(false, Ordering::SeqCst);
        reads.store(false, Ordering::SeqCst);
        status
    })
}

fn write(mut input: ChildStdin, frames: &[Vec<u8>; 2], goes_on: &AtomicBool) {
    let [getinfo, execute] = frames;
    let requests = std::iter::once(getinfo).chain(std::iter::repeat(execute));
    for piece in requests.flat_map(|request| request.chunks(3000)) {
        if !goes_on.load(Ordering::SeqCst) || input.write_all(piece).is_err() {
            return;
        }
    }
}

fn read(mut output: ChildStdout, goes_on: &AtomicBool) {
    let mut piece = [0; 4096];
    while goes_on.load(Ordering::SeqCst) && output.read(&mut piece).is_ok_and(|length| length > 0) {}
}

fn send(signal: &str, process: u32, case: &str) {
    let words = [format!("-{signal}"), process.to_string()];
    let sent = Command::new("kill").args(words).status().expect("kill is there");
    assert!(sent.success(), "{case}: it was gone already");
}

fn wait(child: &mut Child) -> Option<ExitStatus> {
    let until = Instant::now() + patience(GONE_WITHIN);
    while Instant::now() < until {
        if let Some(status) = child.try_wait().expect("it can be waited for") {
            return Some(status);
        }
        std::thread::sleep(Duration::from_micros(200));
    }
    None
}

fn check(child: &mut Child, status: Option<ExitStatus>, ended: Ended, case: &str) {
    child.wait().expect("it can be waited for");
    let status = status.unwrap_or_else(|| panic!("{case}: it was still there after {GONE_WITHIN:?}"));
    let wanted: &[Option<i32>] = match ended {
        Ended::Command(_) => &[None],
        // A truncated request of the launcher ends early.
        Ended::Reader => &[Some(0)],
        // The end of input between frames is normal, within a frame it is a fault.
        Ended::Writer => &[Some(0), Some(1)],
    };
    assert!(wanted.contains(&status.code()), "{case}: {status}");
    let mut said = String::new();
    let stderr = child.stderr.take().expect("a pipe");
    let read = std::io::BufReader::new(stderr).read_to_string(&mut said);
    assert!(read.is_ok() && said.is_empty(), "{case}: {said}");
}
