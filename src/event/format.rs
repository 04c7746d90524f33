//! Which format an entry has, and where a format has a field. The formats are data: `src/event/formats`.
//!
//! The format is told from the fields, never from the sourcetype: one sourcetype can hold several formats.

use super::Event;
use super::definitions::{Dialect, FormatFile, Rename};
use super::path::{Path, PathTable};

/// The number of a format in its [`EventReader`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct FormatId(pub(super) usize);

/// A format, ready to be asked.
#[derive(Debug)]
pub struct Format {
    file: FormatFile,
    name_paths: Vec<Path>,
    witness: Vec<Path>,
    /// Where it is not empty, an entry has one of these too.
    beside: Vec<Path>,
    /// An entry has none of these.
    without: Vec<Path>,
    /// Of each dialect that has them, paths that an entry has all of.
    all_of: Vec<Vec<Path>>,
}

impl Format {
    /// Makes the paths of a format.
    pub(super) fn new(file: FormatFile, paths: &mut PathTable) -> Self {
        let mut paths_of = |part: fn(&Dialect) -> &Vec<String>| {
            let texts = file.dialects.iter().flat_map(part);
            texts.map(|text| paths.path(text)).collect::<Vec<_>>()
        };
        let (name_paths, witness) = (paths_of(|d| &d.name_paths), paths_of(|d| &d.witness));
        let beside = paths_of(|d| &d.beside);
        let without = paths_of(|d| &d.without);
        file.folded.iter().for_each(|name| paths.fold_below(name));
        let all_of = file.dialects.iter().map(|dialect| &dialect.all_of);
        let all_of = all_of.filter(|texts| !texts.is_empty());
        Self {
            name_paths,
            witness,
            beside,
            without,
            all_of: all_of
                .map(|texts| texts.iter().map(|text| paths.path(text)).collect())
                .collect(),
            file,
        }
    }

    /// `cloudtrail`, …
    pub fn id(&self) -> &str {
        &self.file.format
    }

    /// `aws`, `azure` or `gcp`.
    pub fn cloud(&self) -> &str {
        &self.file.cloud
    }

    /// Name for people.
    pub fn title(&self) -> &str {
        &self.file.title
    }

    /// What the build script has read.
    pub fn definition(&self) -> &FormatFile {
        &self.file
    }

    /// Paths of the operation's name.
    pub fn name_paths(&self) -> &[Path] {
        &self.name_paths
    }

    /// Paths of what stands for the operation's name in dialects without one.
    pub fn unnamed_paths(&self) -> impl Iterator<Item = &Path> {
        self.all_of.iter().filter_map(|paths| paths.first())
    }

    /// Whether `event` has this format.
    pub fn fits(&self, event: &dyn Event) -> bool {
        let has = |path: &Path| event.first(path).is_some();
        let is_named = || self.name_paths.iter().any(has) && self.witness.iter().any(has);
        let is_record = || self.beside.is_empty() || self.beside.iter().any(|path| event.has(path));
        let is_other = || self.without.iter().any(has);
        (is_named() && is_record() && !is_other()) || self.all_of.iter().any(|paths| paths.iter().all(has))
    }

    /// Where an entry of this format can have the field with this canonical name: the best alias of each dialect, in the
    /// order of the dialects, then the second ones, and so on.
    pub fn aliases(&self, canonical: &str, paths: &mut PathTable) -> Vec<Path> {
        let dialects = self.file.dialects.iter().filter(|dialect| !dialect.add_on);
        let mut ranked: Vec<(usize, Alias)> = dialects
            .flat_map(|dialect| {
                let rank = move |at: usize| if dialect.before_others { 0 } else { at + 1 };
                let aliases = dialect.aliases(canonical).into_iter().enumerate();
                aliases.map(move |(at, alias)| (rank(at), alias))
            })
            .collect();
        ranked.sort_by_key(|(rank, _)| *rank);
        let mut aliases: Vec<Path> = Vec::new();
        for (_, alias) in ranked {
            let path = match alias {
                Alias::Path(text) => paths.path(&text),
                Alias::Flat(parent) => paths.flat(parent, canonical),
            };
            let is_same = |known: &Path| known.text() == path.text() && known.names() == path.names();
            if !aliases.iter().any(is_same) {
                aliases.push(path);
            }
        }
        aliases
    }

    /// Names under which Splunk add-ons extract the field with this canonical name.
    pub fn add_on_aliases(&self, canonical: &str, paths: &mut PathTable) -> Vec<Path> {
        let dialects = self.file.dialects.iter().filter(|dialect| dialect.add_on);
        let names = dialects.filter_map(|dialect| dialect.fields.get(canonical));
        names.flatten().map(|name| paths.path(name)).collect()
    }

    /// Whether Splunk may extract a field at a path: a dialect whose entries reach it has the path.
    pub fn reaches_splunk(&self, canonical: &str, path: &str) -> bool {
        let of_splunk = self.file.dialects.iter().filter(|dialect| !dialect.file_only);
        has_alias(of_splunk, canonical, path)
    }

    /// Whether a path is one of a dialect whose entries arrive in the wrappers that inputs leave in place.
    pub fn is_wrapped(&self, canonical: &str, path: &str) -> bool {
        let wrapped = self.file.dialects.iter().filter(|dialect| !dialect.unwrapped);
        has_alias(wrapped, canonical, path)
    }
}

/// Whether one of the dialects can have the field with this canonical name at a path.
fn has_alias<'d>(dialects: impl Iterator<Item = &'d Dialect>, canonical: &str, path: &str) -> bool {
    let mut aliases = dialects.flat_map(|dialect| dialect.aliases(canonical));
    aliases.any(|alias| match alias {
        Alias::Path(text) => text == path,
        Alias::Flat(_) => true,
    })
}

/// Where a dialect has a field.
enum Alias<'d> {
    Path(String),
    /// Below this object, under the canonical name as one name.
    Flat(&'d str),
}

impl Dialect {
    fn aliases(&self, canonical: &str) -> Vec<Alias<'_>> {
        if let Some(listed) = self.fields.get(canonical) {
            return listed.iter().cloned().map(Alias::Path).collect();
        }
        let renamed = self.rename.iter().filter_map(|rename| rename.apply(canonical));
        let mut aliases: Vec<Alias<'_>> = renamed.map(Alias::Path).collect();
        if let Some(parent) = self.unmapped.as_deref() {
            aliases.push(Alias::Flat(parent));
            aliases.push(Alias::Path(format!("{parent}.{canonical}")));
        }
        if self.canonical {
            aliases.push(Alias::Path(canonical.to_owned()));
        }
        aliases
    }
}

impl Rename {
    fn apply(&self, canonical: &str) -> Option<String> {
        let rest = canonical.strip_prefix(self.from.as_str())?;
        let Some(name) = rest.strip_prefix('.') else {
            let is_whole = rest.is_empty() && !self.to.is_empty();
            return is_whole.then(|| self.to.clone());
        };
        let mut name = name.to_owned();
        if self.capital
            && let Some(first) = name.get_mut(..1)
        {
            first.make_ascii_uppercase();
        }
        Some(if self.to.is_empty() {
            name
        } else {
            format!("{}.{name}", self.to)
        })
    }
}
