//! The app's `lookups` folder on disk.

use crate::splunk::tuning_list::Lookups;
use std::fs::File;
use std::io::{Error, ErrorKind, Read};
use std::path::{Path, PathBuf};

/// A folder that tuning lists are read from.
#[derive(Debug, Clone)]
pub struct Folder(Option<PathBuf>);

/// A larger list, in bytes, is not read.
const MAX_SIZE: u64 = 64 << 20;

impl Folder {
    /// The `lookups` folder next to the `bin` folder of the program: on a search head that of the app, on an indexer that
    /// of the knowledge bundle. A program outside a `bin` folder is not part of an app and has no lists.
    #[expect(
        clippy::disallowed_methods,
        reason = "this is the edge: the path is found here and handed in"
    )]
    pub fn of_app() -> Self {
        let program = std::env::current_exe().unwrap_or_default();
        let bin = program.parent().filter(|folder| folder.ends_with("bin"));
        Self(bin.and_then(Path::parent).map(|app| app.join("lookups")))
    }

    /// The folder at `path`.
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
        // Checked before the file is opened: opening a named pipe could block for ever.
        let about = std::fs::metadata(&path)?;
        if !about.is_file() {
            return Err(Error::other("it is not a file"));
        }
        if about.len() > MAX_SIZE {
            return Err(Error::new(
                ErrorKind::FileTooLarge,
                format!("more than {MAX_SIZE} bytes"),
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
        file.take(MAX_SIZE).read_to_end(&mut bytes)?;
        Ok(bytes)
    }
}
