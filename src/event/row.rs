//! A row of fields that Splunk has extracted: quoted cells, multivalue twins (`__mv_`), names with `{}`.

mod columns;
#[cfg(test)]
mod tests;

pub use columns::{Columns, TWIN};

use super::json::{Document, Value, is_json, items_in_text};
use super::path::{Name, NameTable, Path};
use super::{Event, TargetGroup, is_absent};
use crate::csv::cells::{split_values, unquote};
use columns::Location;
use rustc_hash::FxHashMap;
use std::borrow::Cow;
use std::cell::{OnceCell, RefCell};
use std::ops::Range;
use std::rc::Rc;

/// The cells of one row, as they stand in the chunk, read as an event.
#[derive(Debug)]
pub struct Row<'a> {
    names: &'a NameTable,
    columns: &'a Columns,
    /// The cells, quotes included; no more than there are columns.
    cells: &'a [&'a [u8]],
    pick: Option<Pick>,
    values: OnceCell<Rc<ColumnValues>>,
    /// Column → the JSON in its values, read when it is first asked for.
    documents: RefCell<FxHashMap<usize, Rc<[Document<'a>]>>>,
}

/// One event of a batch: of fields with as many values as the batch has events, only its own counts.
#[derive(Debug, Clone, Copy)]
struct Pick {
    event: usize,
    events: usize,
}

/// Column → its values, split when they are first asked for; the events of a batch share them.
#[derive(Debug, Default)]
struct ColumnValues(RefCell<FxHashMap<usize, Rc<[String]>>>);

/// Of values that cannot be told apart by the event of a batch, each event gets up to this many.
const MAX_SHARED_VALUES: usize = 64;

impl ColumnValues {
    fn of(&self, column: usize, cell: &[u8]) -> Rc<[String]> {
        let mut known = self.0.borrow_mut();
        let values = known.entry(column).or_insert_with(|| {
            let values = split_values(&unquote(cell)).into_iter();
            values.map(into_text).collect()
        });
        Rc::clone(values)
    }
}

impl<'a> Row<'a> {
    /// The cells below a header, asked for paths of `names`.
    pub fn new(names: &'a NameTable, columns: &'a Columns, cells: &'a [&'a [u8]]) -> Self {
        Self {
            names,
            columns,
            cells,
            pick: None,
            values: OnceCell::new(),
            documents: RefCell::default(),
        }
    }

    /// The event number `event` of a batch of `events`, which this row is as a whole.
    #[must_use]
    pub fn picking(&self, event: usize, events: usize) -> Self {
        Self {
            pick: Some(Pick { event, events }),
            values: Rc::clone(self.values.get_or_init(Rc::default)).into(),
            documents: RefCell::default(),
            ..*self
        }
    }

    fn cell(&self, column: usize) -> &'a [u8] {
        self.cells.get(column).copied().unwrap_or_default()
    }

    /// The values of a column that has several, and which of them are this event's.
    fn multivalue(&self, column: usize) -> Option<(Rc<[String]>, Range<usize>)> {
        let twin = self.cell(self.columns.twin(column)?);
        if twin.is_empty() {
            return None;
        }
        let values = self.values.get_or_init(Rc::default).of(column, twin);
        let own = match self.pick {
            None => 0..values.len(),
            Some(pick) if values.len() == pick.events => pick.event..pick.event + 1,
            Some(_) => 0..values.len().min(MAX_SHARED_VALUES),
        };
        Some((values, own))
    }

    /// Every value of a column, empty ones too.
    pub fn values(&self, column: usize) -> Vec<Cow<'a, str>> {
        match self.multivalue(column) {
            None => vec![text_of(unquote(self.cell(column)))],
            Some((values, own)) => values[own].iter().cloned().map(Cow::Owned).collect(),
        }
    }

    fn present_values(&self, column: usize) -> impl Iterator<Item = Cow<'a, str>> {
        self.values(column).into_iter().filter(|value| !is_absent(value))
    }

    /// The number of values of a column, empty ones too.
    pub fn count(&self, column: usize) -> usize {
        self.multivalue(column).map_or(1, |(_, own)| own.len())
    }

    fn first_value(&self, column: usize) -> Option<Cow<'a, str>> {
        if let Some((values, own)) = self.multivalue(column) {
            let first = values[own].iter().find(|value| !is_absent(value))?;
            return Some(Cow::Owned(first.clone()));
        }
        let cell = Some(self.cell(column)).filter(|cell| !cell.is_empty())?;
        Some(text_of(unquote(cell))).filter(|value| !is_absent(value))
    }

    /// Whether a column has values, but not one for each event of the batch: whose they are cannot be told.
    fn is_shared(&self, column: usize) -> bool {
        self.pick.is_some_and(|pick| match self.multivalue(column) {
            Some((values, _)) => values.len() != pick.events,
            None => !unquote(self.cell(column)).is_empty(),
        })
    }

    /// Calls `visit` with the first value of each JSON text of a column, and the names of `path` below the first `depth`, which lead
    /// to the column.
    fn each_root(&self, column: usize, depth: usize, path: &Path, mut visit: impl FnMut(Value<'_>, &[Name])) {
        let (above, below) = path.names().split_at(depth);
        let name = above.last().copied();
        for root in self
            .documents(column, name)
            .iter()
            .filter_map(|json| json.roots().next())
        {
            visit(name.map_or(root, |name| root.below(name)), below);
        }
    }

    /// The JSON in the values of a column, which is called `name`.
    fn documents(&self, column: usize, name: Option<Name>) -> Rc<[Document<'a>]> {
        let folds = name.is_some_and(|name| self.names.folds_below(name));
        let mut known = self.documents.borrow_mut();
        let documents = known.entry(column).or_insert_with(|| {
            let texts = self.present_values(column).filter(|text| is_json(text));
            let parse = |text: Cow<'_, str>| Document::parse_owned(text.as_bytes(), self.names, folds);
            texts.map(parse).collect()
        });
        Rc::clone(documents)
    }

    fn values_at(&self, location: &Location, path: &Path) -> Vec<Cow<'a, str>> {
        let own = location
            .own
            .iter()
            .flat_map(|column| self.present_values(*column));
        let mut values: Vec<_> = own.collect();
        if values.is_empty() {
            values = self.values_in_json(location, path);
        }
        if path.is_list() {
            values.into_iter().flat_map(items_in_text).collect()
        } else {
            values
        }
    }

    /// The values at `path` in the JSON of the fields above it.
    fn values_in_json(&self, location: &Location, path: &Path) -> Vec<Cow<'a, str>> {
        let mut values = Vec::new();
        for (column, depth) in &location.parents {
            self.each_root(*column, *depth, path, |root, names| {
                let texts = root.texts_at(names).into_iter();
                values.extend(texts.map(|text| Cow::Owned(text.into_owned())));
            });
        }
        values
    }

    fn groups_at(&self, location: &Location, path: &Path) -> Vec<TargetGroup> {
        let present = |columns: &[usize]| {
            let values = columns.iter().flat_map(|column| self.present_values(*column));
            values.map(Cow::into_owned).collect::<Vec<String>>()
        };
        let keys = present(&location.keys);
        if !keys.is_empty() {
            return flattened_groups(&keys, &present(&location.values));
        }
        let own = location.own.iter().map(|column| (column, path.names().len()));
        let parents = location.parents.iter().map(|(column, depth)| (column, *depth));
        let mut groups = Vec::new();
        for (column, depth) in own.chain(parents) {
            self.each_root(*column, depth, path, |root, names| {
                groups.extend(root.groups_at(names));
            });
        }
        groups
    }
}

/// Groups of a target list whose keys and values were extracted as two fields. Which value belongs to which key is known
/// only where there is one key, or a value for each key; of others, instance ids are told by their form.
fn flattened_groups(keys: &[String], values: &[String]) -> Vec<TargetGroup> {
    let mut has_ids = false;
    let mut values_of = |at: usize| match keys.len() {
        1 => values.to_vec(),
        count if count == values.len() => vec![values[at].clone()],
        _ if keys[at].eq_ignore_ascii_case("InstanceIds") && !std::mem::replace(&mut has_ids, true) => values
            .iter()
            .filter(|value| is_instance_id(value))
            .cloned()
            .collect(),
        _ => vec!["*".to_owned()],
    };
    let keys = keys.iter().enumerate();
    keys.map(|(at, key)| (key.clone(), values_of(at))).collect()
}

impl Event for Row<'_> {
    fn all<'s>(&'s self, path: &Path) -> Vec<Cow<'s, str>> {
        let location = self.columns.location(path);
        location.map_or(Vec::new(), |location| self.values_at(&location, path))
    }

    /// Most paths lie in one column, with one value. Of an event in a batch, only what is known to be its own.
    fn first<'s>(&'s self, path: &Path) -> Option<Cow<'s, str>> {
        let location = self.columns.location(path)?;
        if location.own.iter().any(|column| self.is_shared(*column)) {
            return None;
        }
        if let [column] = location.own[..]
            && !path.is_list()
        {
            let value = self.first_value(column);
            if value.is_some() || location.parents.is_empty() {
                return value;
            }
        }
        self.values_at(&location, path).into_iter().next()
    }

    fn groups(&self, path: &Path) -> Vec<TargetGroup> {
        let location = self.columns.location(path);
        location.map_or(Vec::new(), |location| self.groups_at(&location, path))
    }
}

fn is_instance_id(value: &str) -> bool {
    value.starts_with("i-") || value.starts_with("mi-")
}

fn text_of(bytes: Cow<'_, [u8]>) -> Cow<'_, str> {
    match bytes {
        Cow::Borrowed(bytes) => {
            str::from_utf8(bytes).map_or_else(|_| String::from_utf8_lossy(bytes), Cow::Borrowed)
        }
        Cow::Owned(bytes) => Cow::Owned(into_text(bytes)),
    }
}

fn into_text(bytes: Vec<u8>) -> String {
    String::from_utf8(bytes).unwrap_or_else(|e| String::from_utf8_lossy(e.as_bytes()).into_owned())
}
