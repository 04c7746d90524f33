//! The app's `lookups` folder on disk.

use crate::splunk::tuning_list::Lookups;
use std::fs::File;
use std::io::{Error, ErrorKind, Read};
use std::path::{Path, PathBuf};

/// A folder that lists are read from.
#[derive(Debug, Clone)]
pub struct Folder(Option<PathBuf>);

/// A list larger than this, in bytes, is not read.
const LARGEST: u64 = 64 << 20;

impl Folder {
    /// The `lookups` beside the folder that the program lies in: on a search head the app's, on an indexer the
    /// bundle's. A program that does not lie in a `bin` is not part of an app, and has no lists.
    #[expect(
        clippy::disallowed_methods,
        reason = "this is the edge: the path is found here and handed in"
    )]
    pub fn of_app() -> Self {
        let program = std::env::current_exe().unwrap_or_default();
        let bin = program.parent().filter(|folder| folder.ends_with("bin"));
        Self(bin.and_then(Path::parent).map(|app| app.join("lookups")))
    }

    /// A folder by its path.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self(Some(path.into()))
    }

    #[expect(
        clippy::disallowed_methods,
        reason = "this is the edge: files are opened here"
    )]
    fn open(&self, file: &str) -> Result<(File, u64), Error> {
        let folder = self.0.as_ref().ok_or(ErrorKind::Unsupported)?;
        let path = folder.join(file);
        // Asked before the file is opened: opening a pipe could wait for ever.
        let about = std::fs::metadata(&path)?;
        if !about.is_file() {
            return Err(Error::other("it is no file"));
        }
        if about.len() > LARGEST {
            return Err(Error::new(
                ErrorKind::FileTooLarge,
                format!("more than {LARGEST} bytes"),
            ));
        }
        Ok((File::open(path)?, about.len()))
    }
}

impl Lookups for Folder {
    fn check(&self, file: &str) -> Result<(), Error> {
        self.open(file).map(|_| ())
    }

    fn read(&self, file: &str) -> Result<Vec<u8>, Error> {
        let (file, length) = self.open(file)?;
        let mut bytes = Vec::with_capacity(usize::try_from(length).unwrap_or(0));
        file.take(LARGEST).read_to_end(&mut bytes)?;
        Ok(bytes)
    }
}
