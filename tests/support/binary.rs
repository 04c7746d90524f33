//! The program under test: the one that cargo built for this run, or one for another machine.
//!
//! `DIRECTVM_BINARY` names another program, `DIRECTVM_RUNNER` what it takes to run it here (`qemu-aarch64-static`, a
//! wine). `scripts/cross_test.sh` sets both.

use std::env;
use std::ffi::OsStr;
use std::fmt;
use std::fs::{self, File};
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::LazyLock;
use std::time::Duration;

static PROGRAM: LazyLock<PathBuf> = LazyLock::new(|| {
    env::var_os("DIRECTVM_BINARY").map_or_else(|| env!("CARGO_BIN_EXE_directvm").into(), PathBuf::from)
});

/// Used in place of the path of the program.
#[derive(Clone, Copy, Debug)]
pub struct Binary;

impl AsRef<Path> for Binary {
    fn as_ref(&self) -> &Path {
        &PROGRAM
    }
}

impl AsRef<OsStr> for Binary {
    fn as_ref(&self) -> &OsStr {
        PROGRAM.as_os_str()
    }
}

impl From<Binary> for PathBuf {
    fn from(_: Binary) -> Self {
        PROGRAM.clone()
    }
}

impl fmt::Display for Binary {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        PROGRAM.display().fmt(out)
    }
}

/// A command line that starts `program`, with the runner if it is built for the machine of the program under test.
pub fn command(program: impl AsRef<Path>) -> Command {
    let program = program.as_ref();
    match env::var_os("DIRECTVM_RUNNER") {
        Some(runner) if kind(program) == kind(&PROGRAM) => {
            let mut command = Command::new(runner);
            command.arg(program);
            command
        }
        _ => Command::new(program),
    }
}

/// Installs the program under test at `place`, so that it starts from there like a program of this machine.
pub fn install(place: &Path) {
    let Some(runner) = env::var_os("DIRECTVM_RUNNER") else {
        fs::copy(Binary, place).expect("the program can be copied");
        return;
    };
    let script = format!("#!/bin/sh\nexec '{}' '{Binary}' \"$@\"\n", runner.display());
    fs::write(place, script).expect("a script can be written");
    #[cfg(unix)]
    fs::set_permissions(place, std::os::unix::fs::PermissionsExt::from_mode(0o755))
        .expect("the mode can be set");
}

/// Whether the program runs in an emulator, which uses memory of its own.
pub fn is_emulated() -> bool {
    env::var_os("DIRECTVM_RUNNER").is_some()
}

/// Whether the program is for Windows: then signals reach only its runner.
pub fn is_for_windows() -> bool {
    PROGRAM.extension().is_some_and(|extension| extension == "exe")
}

/// The time limit for something that takes `limit` on this machine: an emulator is slower.
pub fn patience(limit: Duration) -> Duration {
    if is_emulated() { limit * 8 } else { limit }
}

/// The start of a file, with the machine that an ELF program is for.
fn kind(program: &Path) -> Option<[u8; 20]> {
    let mut start = [0; 20];
    File::open(program)
        .ok()?
        .read_exact(&mut start)
        .ok()
        .map(|()| start)
}
