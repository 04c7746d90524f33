//! Writes recordings to the dispatch directory of their search, and nowhere else.

use crate::splunk::recording::{FILE_EXTENSION, Recordings};
use std::fs::OpenOptions;
use std::io::{Error, ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::time::Instant;

/// Creates recordings in the dispatch directory that splunkd names.
#[derive(Debug, Clone, Copy)]
pub struct DispatchFolder {
    start: Instant,
}

impl DispatchFolder {
    /// Starts the clock of the recording.
    #[expect(
        clippy::disallowed_methods,
        reason = "this is the edge: the clock is handed in"
    )]
    pub fn new() -> Self {
        Self {
            start: Instant::now(),
        }
    }
}

impl Default for DispatchFolder {
    fn default() -> Self {
        Self::new()
    }
}

/// The path of the file. `name` was checked as an option: letters, digits, `_` and `-`.
fn path(folder: &str, name: &str) -> Result<PathBuf, Error> {
    let folder = Path::new(folder);
    let fault = |text: &str| Err(Error::new(ErrorKind::NotADirectory, text));
    if folder.as_os_str().is_empty() {
        return fault("this search has no dispatch directory");
    }
    if !folder.is_absolute() {
        return fault("the dispatch directory is not an absolute path");
    }
    if !folder.is_dir() {
        return fault("the dispatch directory does not exist");
    }
    Ok(folder.join(format!("{name}.{FILE_EXTENSION}")))
}

impl Recordings for DispatchFolder {
    fn check(&self, folder: &str, name: &str) -> Result<(), Error> {
        match path(folder, name)?.symlink_metadata() {
            Ok(_) => Err(Error::new(ErrorKind::AlreadyExists, "the file already exists")),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
            Err(error) => Err(error),
        }
    }

    fn create(&self, folder: &str, name: &str) -> Result<Box<dyn Write>, Error> {
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        // It contains events: only the user that splunkd runs as may read it.
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let file = options.open(path(folder, name)?)?;
        Ok(Box::new(file))
    }

    fn micros(&self) -> u64 {
        u64::try_from(self.start.elapsed().as_micros()).unwrap_or(u64::MAX)
    }
}
