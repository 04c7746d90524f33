//! Which format an entry has, and where a format has a field. The formats are data: `src/event/formats`.
//!
//! The format is told from the fields, never from the sourcetype: one sourcetype can hold several formats.

use super::definitions::{Dialect, FormatFile, Rename};
use super::path::{Path, PathTable, without_list_marks};
use super::reader::EventReader;
use super::row::{Columns, Row};
use super::{Event, is_absent};
use std::rc::Rc;

/// The number of a format in its [`EventReader`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct FormatId(pub(super) usize);

/// A format, ready to be asked.
#[derive(Debug)]
pub struct Format {
    file: FormatFile,
    name_paths: Vec<Path>,
    witness: Vec<Path>,
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
        let all_of = file.dialects.iter().map(|dialect| &dialect.all_of);
        let all_of = all_of.filter(|texts| !texts.is_empty());
        Self {
            name_paths,
            witness,
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

    /// Whether `event` has this format.
    fn fits(&self, event: &dyn Event) -> bool {
        let has = |path: &Path| event.first(path).is_some();
        let is_named = || self.name_paths.iter().any(has) && self.witness.iter().any(has);
        is_named() || self.all_of.iter().any(|paths| paths.iter().all(has))
    }

    /// Where an entry of this format can have the field with this canonical name: the best alias of each dialect, in the
    /// order of the dialects, then the second ones, and so on.
    pub fn aliases(&self, canonical: &str, paths: &mut PathTable) -> Vec<Path> {
        let dialects = self.file.dialects.iter().filter(|dialect| !dialect.add_on);
        let mut ranked: Vec<(usize, Alias)> = dialects
            .flat_map(|dialect| dialect.aliases(canonical).into_iter().enumerate())
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

    /// Whether a path is one of a dialect whose entries arrive in the wrappers that inputs leave in place.
    pub fn is_wrapped(&self, canonical: &str, path: &str) -> bool {
        let wrapped = self.file.dialects.iter().filter(|dialect| !dialect.unwrapped);
        let mut aliases = wrapped.flat_map(|dialect| dialect.aliases(canonical));
        aliases.any(|alias| match alias {
            Alias::Path(text) => text == path,
            Alias::Flat(_) => true,
        })
    }
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
        let name = match self.capital {
            true => name[..1].to_ascii_uppercase() + &name[1..],
            false => name.to_owned(),
        };
        Some(if self.to.is_empty() {
            name
        } else {
            format!("{}.{name}", self.to)
        })
    }
}

impl EventReader {
    /// The format of `event`, if it is an entry.
    pub fn format_of(&self, event: &dyn Event) -> Option<FormatId> {
        let fitting = self.formats().find(|(_, format)| format.fits(event));
        fitting.map(|(id, _)| id)
    }
}

/// Where the columns of a chunk can hold an entry.
#[derive(Debug)]
pub struct RowFormats {
    columns: Rc<Columns>,
    candidates: Vec<RowFormat>,
    /// Columns that may hold an entry as text.
    wrappers: Vec<usize>,
}

/// A format in which the columns of a chunk can hold an entry.
#[derive(Debug)]
struct RowFormat {
    format: FormatId,
    /// The columns, under the names that they have in the entry.
    columns: Rc<Columns>,
    /// The column of the operation's name, or of what stands for it.
    name: usize,
}

/// An entry in the extracted fields of a row.
#[derive(Debug)]
pub struct RowEntry<'r> {
    /// Its format.
    pub format: FormatId,
    /// Its fields.
    pub row: Row<'r>,
    /// Whether the row holds other entries too: whose a field is cannot be told then.
    pub has_siblings: bool,
}

impl RowFormats {
    /// Looks for the columns once for all rows of a chunk.
    pub fn new(reader: &EventReader, columns: &Rc<Columns>) -> Self {
        let wrappers = reader.wrappers().extracted();
        let wrappers = wrappers.filter_map(|name| columns.find_unmarked(name));
        let mut candidates = Vec::new();
        // Names without a wrapper before them go first, whatever their format.
        for is_bare in [true, false] {
            for (id, format) in reader.formats() {
                let prefixes = format.definition().prefixes.iter();
                for prefix in prefixes.filter(|prefix| prefix.is_empty() == is_bare) {
                    candidates.extend(row_formats(id, format, columns, prefix));
                }
            }
        }
        Self {
            columns: Rc::clone(columns),
            candidates,
            wrappers: wrappers.collect(),
        }
    }

    /// The columns that can hold an entry of a format, under the names that they have in it.
    pub fn columns_of(&self, format: FormatId) -> Option<&Columns> {
        let candidate = self
            .candidates
            .iter()
            .find(|candidate| candidate.format == format)?;
        Some(&candidate.columns)
    }

    /// The entries in the extracted fields of a row: one, or all of a batch that was not split.
    pub fn entries<'r>(&'r self, reader: &'r EventReader, cells: &'r [&'r [u8]]) -> Vec<RowEntry<'r>> {
        // A column that was asked for may be empty; then a name can still lie in a text above it.
        for wants_name in [true, false] {
            for candidate in &self.candidates {
                let row = Row::new(reader.names(), &candidate.columns, cells);
                let is_named = row.values(candidate.name).iter().any(|name| !is_absent(name));
                if is_named == wants_name && reader.format_of(&row) == Some(candidate.format) {
                    return candidate.split(row);
                }
            }
        }
        Vec::new()
    }

    /// The texts in the wrapper columns of a row, as Pub/Sub's `data` can be.
    pub fn wrapped_texts(&self, reader: &EventReader, cells: &[&[u8]]) -> Vec<String> {
        let row = Row::new(reader.names(), &self.columns, cells);
        let values = self.wrappers.iter().flat_map(|column| row.values(*column));
        let texts = values.filter(|text| super::json::is_json(text));
        texts.map(|text| text.into_owned()).collect()
    }
}

impl RowFormat {
    fn split<'r>(&self, row: Row<'r>) -> Vec<RowEntry<'r>> {
        let format = self.format;
        let count = row.count(self.name).max(1);
        let has_siblings = count > 1;
        let entry = |row| RowEntry {
            format,
            row,
            has_siblings,
        };
        if has_siblings {
            (0..count).map(|event| entry(row.picking(event, count))).collect()
        } else {
            vec![entry(row)]
        }
    }
}

/// The columns that can name the operation of an entry below a prefix.
fn row_formats<'f>(
    id: FormatId,
    format: &'f Format,
    columns: &Rc<Columns>,
    prefix: &str,
) -> impl Iterator<Item = RowFormat> + use<'f> {
    let columns = if prefix.is_empty() {
        Rc::clone(columns)
    } else {
        Rc::new(columns.below(&without_list_marks(prefix)))
    };
    let first_of_all = format.all_of.iter().filter_map(|paths| paths.first());
    let names = format.name_paths.iter().chain(first_of_all);
    names.filter_map(move |name| {
        Some(RowFormat {
            format: id,
            columns: Rc::clone(&columns),
            name: columns.find_unmarked(name.unmarked())?,
        })
    })
}
