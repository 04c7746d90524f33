//! The entries in the fields that Splunk has extracted: one a row, or all of a batch that was not split.

use super::format::{Format, FormatId};
use super::path::without_list_marks;
use super::reader::EventReader;
use super::row::{Columns, Row};
use super::{is_absent, json};
use std::borrow::Cow;
use std::rc::Rc;

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
        let texts = values.filter(|text| json::is_json(text));
        texts.map(Cow::into_owned).collect()
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
    let names = format.name_paths().iter().chain(format.unnamed_paths());
    names.filter_map(move |name| {
        Some(RowFormat {
            format: id,
            columns: Rc::clone(&columns),
            name: columns.find_unmarked(&without_list_marks(name.text()))?,
        })
    })
}
