//! The inputs of a scan: files, the files in folders in the order of their names, standard input.

use std::path::{Path, PathBuf};
use walkdir::{DirEntry, WalkDir};

/// One input.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// Standard input.
    Standard,
    /// A file.
    File(PathBuf),
    /// Neither a file nor a folder, found in a folder: a pipe, a device.
    Other(PathBuf),
    /// A path that cannot be read, and why.
    Lost(PathBuf, String),
}

/// Finds the inputs lazily. Links inside folders are followed, except to files that are read anyway; a link to a folder
/// above it is reported.
pub struct Sources(Box<dyn Iterator<Item = Source> + Send>);

impl Sources {
    /// The inputs that `paths` name; `-` and no path at all are standard input.
    pub fn new(paths: Vec<PathBuf>) -> Self {
        if paths.is_empty() {
            return Self(Box::new(std::iter::once(Source::Standard)));
        }
        Self(Box::new(paths.into_iter().flat_map(inputs_of)))
    }
}

impl Sources {
    /// Without a file that is written meanwhile.
    #[must_use]
    pub fn without(self, output: Option<&Path>) -> Self {
        let Some(place) = output.and_then(|output| output.canonicalize().ok()) else {
            return self;
        };
        let is_it = move |path: &Path| {
            path.file_name() == place.file_name() && path.canonicalize().is_ok_and(|path| path == place)
        };
        Self(Box::new(self.filter(
            move |source| !matches!(source, Source::File(path) if is_it(path)),
        )))
    }
}

impl Iterator for Sources {
    type Item = Source;

    fn next(&mut self) -> Option<Source> {
        self.0.next()
    }
}

impl Source {
    /// Its name in messages and in the column `file`.
    pub fn name(&self) -> String {
        match self {
            Self::Standard => "-".to_owned(),
            Self::File(path) | Self::Other(path) | Self::Lost(path, _) => path.display().to_string(),
        }
    }
}

fn inputs_of(path: PathBuf) -> Box<dyn Iterator<Item = Source> + Send> {
    if path.as_os_str() == "-" {
        return Box::new(std::iter::once(Source::Standard));
    }
    if !path.is_dir() {
        return Box::new(std::iter::once(Source::File(path)));
    }
    let root = path.canonicalize().ok();
    let leads_inside = move |entry: &DirEntry| {
        let target = || entry.path().canonicalize().ok();
        entry.depth() > 0
            && entry.path_is_symlink()
            && root
                .as_ref()
                .is_some_and(|root| target().is_some_and(|target| target.starts_with(root)))
    };
    let entries = WalkDir::new(&path)
        .follow_links(true)
        .sort_by_file_name()
        .into_iter();
    let entries = entries.filter_entry(move |entry| !leads_inside(entry));
    Box::new(entries.filter_map(|entry| match entry {
        Ok(entry) if entry.file_type().is_dir() => None,
        Ok(entry) => Some(of_entry(entry)),
        // A link to a folder above it leads to nothing that is not read anyway.
        Err(error) if error.loop_ancestor().is_some() => None,
        Err(error) => Some(lost(&error)),
    }))
}

fn lost(error: &walkdir::Error) -> Source {
    let at = error.path().unwrap_or(Path::new("")).to_owned();
    let text = error
        .io_error()
        .map_or_else(|| error.to_string(), ToString::to_string);
    Source::Lost(at, text)
}

fn of_entry(entry: DirEntry) -> Source {
    let is_file = entry.file_type().is_file();
    let path = entry.into_path();
    if is_file {
        Source::File(path)
    } else {
        Source::Other(path)
    }
}
