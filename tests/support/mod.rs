//! A stand-in for splunkd: it spawns the command, speaks the chunked protocol with it as Splunk 8.2.1 was seen to do,
//! merges the replies as splunkd merges them, and reports everything that splunkd would reject.
//!
//! It shares no code with the crate under test: its frame reader, CSV decoder, multivalue codec and merger are its own, so
//! that one mistake cannot hide in both.
//!
//! ```ignore
//! let outcome = Search::new()
//!     .spl("mode=filter cloud = aws")
//!     .chunk(vec![SearchEvent::from_json_with_raw(&record)])
//!     .run()
//!     .expect_clean();
//! assert_eq!(outcome.events[0].text("dvm_cloud").as_deref(), Some("aws"));
//! ```
#![allow(unreachable_pub, reason = "one test crate, whose modules share all of this")]
#![allow(
    clippy::disallowed_methods,
    clippy::expect_used,
    reason = "tests stand outside the program: they own files, clocks and pipes, and a panic is how they report"
)]

pub mod binary;
pub mod csvtext;
pub mod dice;
pub mod event;
pub mod getinfo;
pub mod golden;
pub mod instance;
pub mod merge;
pub mod outcome;
pub mod pipes;
pub mod replay;
pub mod reply;
mod requests;
pub mod search;
mod selftest;
mod selftest_replies;
#[cfg(unix)]
mod selftest_session;
pub mod splunkd;
pub mod wire;

use std::fs;
use std::path::{Path, PathBuf};

pub use binary::{Binary, command, install, is_emulated, is_for_windows, patience};
pub use dice::Dice;
pub use event::SearchEvent;
pub use getinfo::{Getinfo, Style};
pub use outcome::{Outcome, Reply};
pub use pipes::Pieces;
pub use replay::{RawOutcome, run_bytes};
pub use search::{Ending, Finish, Quirks, Search};
pub use wire::HeaderForm;

/// The program under test. Start it with [`command`].
pub const BINARY: Binary = Binary;

/// The session key in every getinfo; it must appear in no reply, no stderr line and no file.
pub const SECRET: &str = "S3cr3t^SessionKey_of_the_stand_in_0123456789";

/// Every file below `dir`, sorted; empty for a missing folder.
pub fn files_below(dir: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    let mut folders = vec![dir.to_path_buf()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).into_iter().flatten().flatten() {
            let path = entry.path();
            if path.is_dir() {
                folders.push(path);
            } else {
                files.push(path);
            }
        }
    }
    files.sort();
    files
}

/// Runs python3 with a script and its arguments, and fails with what it says.
pub fn assert_python(arguments: &[&Path]) {
    let ended = std::process::Command::new("python3")
        .args(arguments)
        .output()
        .expect("python3 can be started");
    let said = [&ended.stdout, &ended.stderr].map(|said| String::from_utf8_lossy(said));
    assert!(ended.status.success(), "{}", said.join("\n"));
}
