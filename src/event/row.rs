//! A row of fields that Splunk has extracted: quoted cells, multivalue twins (`__mv_`), names with `{}`.

use super::json::{Document, each_item, is_json};
use super::name::Name;
use super::{Event, Path, is_absent, without_marks};
use crate::csv::cells::{split_values, unquote};
use rustc_hash::FxHashMap;
use std::borrow::Cow;
use std::cell::{OnceCell, RefCell};
use std::collections::HashMap;
use std::ops::Range;
use std::rc::Rc;

/// The header of a chunk: which column holds which field.
#[derive(Debug, Default)]
pub struct Columns {
    names: Rc<[Vec<u8>]>,
    /// Name without `{}` → columns of that name, plain ones only.
    plain: HashMap<String, Vec<usize>>,
    /// Column → its `__mv_` twin.
    twin: Rc<[Option<usize>]>,
    /// Number of a path → where it lies, found when it is first asked for.
    places: OnceCell<Box<[Known]>>,
}

/// Where a path lies, if anywhere, once it was asked for.
type Known = OnceCell<Option<Rc<Places>>>;

/// Where a path lies in a header.
#[derive(Debug)]
struct Places {
    /// The columns of the field itself.
    own: Vec<usize>,
    /// The columns of the fields above it, the nearest first, each with how many of the path's names lead to it.
    /// They hold JSON where `properties` or the like arrives as one string.
    above: Vec<(usize, usize)>,
    /// Of a list, the columns of its items' `key` and of their `values`.
    keys: Vec<usize>,
    values: Vec<usize>,
}

/// What the names of multivalue twins begin with.
pub const TWIN: &str = "__mv_";

impl Columns {
    /// Reads the names of a header, already without quotes.
    pub fn new(names: Vec<Vec<u8>>) -> Self {
        let mut first: HashMap<&[u8], usize> = HashMap::new();
        for (at, name) in names.iter().enumerate() {
            first.entry(name).or_insert(at);
        }
        let twin_of = |name: &Vec<u8>| (!is_twin(name)).then(|| first.get(&twin_name(name)[..]).copied());
        let twin = names.iter().map(|name| twin_of(name).flatten()).collect();
        let mut plain: HashMap<String, Vec<usize>> = HashMap::new();
        for (at, name) in names.iter().enumerate().filter(|(_, name)| !is_twin(name)) {
            let unmarked = without_marks(&String::from_utf8_lossy(name));
            plain.entry(unmarked).or_default().push(at);
        }
        Self {
            names: names.into(),
            plain,
            twin,
            places: OnceCell::new(),
        }
    }

    /// The same columns, of which only those whose names begin with `prefix` are named, and without it.
    #[must_use]
    pub fn below(&self, prefix: &str) -> Self {
        let named = self.plain.iter();
        let named = named.filter_map(|(name, columns)| Some((name.strip_prefix(prefix)?, columns)));
        Self {
            names: Rc::clone(&self.names),
            plain: named
                .map(|(name, columns)| (name.to_owned(), columns.clone()))
                .collect(),
            twin: Rc::clone(&self.twin),
            places: OnceCell::new(),
        }
    }

    /// How many columns there are.
    pub fn len(&self) -> usize {
        self.names.len()
    }

    /// Whether the header is empty.
    pub fn is_empty(&self) -> bool {
        self.names.is_empty()
    }

    /// The column called exactly `name`.
    pub fn find(&self, name: &str) -> Option<usize> {
        let columns = self.plain.get(&without_marks(name))?;
        columns
            .iter()
            .copied()
            .find(|at| self.names[*at] == name.as_bytes())
    }

    /// The column of the field's values, `__mv_<name>`, whether or not the field has a column of its own.
    pub fn find_twin(&self, name: &str) -> Option<usize> {
        let twin = twin_name(name.as_bytes());
        self.names.iter().position(|known| *known == twin)
    }

    /// The first column of the field, list marks not counted.
    pub fn find_unmarked(&self, name: &str) -> Option<usize> {
        self.of(name).first().copied()
    }

    /// The `__mv_` twin of a column.
    pub fn twin(&self, column: usize) -> Option<usize> {
        self.twin[column]
    }

    /// The columns of the field, whose name is given without list marks.
    fn of(&self, unmarked: &str) -> &[usize] {
        self.plain.get(unmarked).map_or(&[], Vec::as_slice)
    }

    /// Where a path lies, if anywhere.
    fn places(&self, path: &Path) -> Option<Rc<Places>> {
        let known = self
            .places
            .get_or_init(|| (0..Path::count()).map(|_| Known::new()).collect());
        match known.get(path.number) {
            Some(known) => known.get_or_init(|| self.find_places(path)).clone(),
            // A path that was made after the first one was asked for.
            None => self.find_places(path),
        }
    }

    fn find_places(&self, path: &Path) -> Option<Rc<Places>> {
        let unmarked = path.unmarked();
        let above = path.above();
        let above = above.flat_map(|(name, depth)| self.of(name).iter().map(move |column| (*column, depth)));
        let below = |name: &str| {
            let columns = path.is_list().then(|| self.of(&[unmarked, ".", name].concat()));
            columns.map_or(Vec::new(), <[usize]>::to_vec)
        };
        let places = Places {
            own: self.of(unmarked).to_vec(),
            above: above.collect(),
            keys: below("key"),
            values: below("values"),
        };
        let Places { own, above, keys, .. } = &places;
        let is_somewhere = !own.is_empty() || !above.is_empty() || !keys.is_empty();
        is_somewhere.then(|| Rc::new(places))
    }
}

fn is_twin(name: &[u8]) -> bool {
    name.starts_with(TWIN.as_bytes())
}

fn twin_name(name: &[u8]) -> Vec<u8> {
    [TWIN.as_bytes(), name].concat()
}

/// The cells of one row, as they stand in the chunk, read as an event.
#[derive(Debug)]
pub struct Row<'a> {
    /// The header.
    pub columns: &'a Columns,
    /// The cells, quotes included; no more than there are columns.
    cells: &'a [&'a [u8]],
    /// The event `0` of a batch of `1`: of fields with as many values as the batch has events, only its own.
    pick: Option<(usize, usize)>,
    values: OnceCell<Rc<Values>>,
    /// Column → the JSON in its values, read when it is first asked for.
    inner: RefCell<FxHashMap<usize, Inner<'a>>>,
}

/// Column → its values, taken apart when they are first asked for; the events of a batch have them in common.
#[derive(Debug, Default)]
struct Values(RefCell<FxHashMap<usize, Rc<[String]>>>);

/// Where it is not known which event of a batch has which of a field's values, each gets so many.
const MOST_SHARED: usize = 64;

type Inner<'a> = Rc<[Document<'a>]>;

impl Values {
    fn of(&self, column: usize, raw: &[u8]) -> Rc<[String]> {
        let mut known = self.0.borrow_mut();
        let values = known.entry(column).or_insert_with(|| {
            let values = split_values(&unquote(raw)).into_iter();
            values.map(into_text).collect()
        });
        Rc::clone(values)
    }
}

impl<'a> Row<'a> {
    /// The cells below a header.
    pub fn new(columns: &'a Columns, cells: &'a [&'a [u8]]) -> Self {
        Self {
            columns,
            cells,
            pick: None,
            values: OnceCell::new(),
            inner: RefCell::default(),
        }
    }

    /// The event `at` of a batch of so many, which this row is as a whole.
    #[must_use]
    pub fn picking(&self, at: usize, of: usize) -> Self {
        Self {
            pick: Some((at, of)),
            values: Rc::clone(self.values.get_or_init(Rc::default)).into(),
            inner: RefCell::default(),
            ..*self
        }
    }

    fn cell(&self, column: usize) -> &'a [u8] {
        self.cells.get(column).copied().unwrap_or_default()
    }

    /// The cell with the values of a column, where it has several.
    fn twin_cell(&self, column: usize) -> Option<&'a [u8]> {
        let twin = self.columns.twin(column).map(|twin| self.cell(twin));
        twin.filter(|raw| !raw.is_empty())
    }

    /// Calls `found` with each value of a column, empty ones too.
    pub fn each_value(&self, column: usize, found: &mut dyn FnMut(Cow<'a, str>)) {
        match self.several(column) {
            None => found(text_of(unquote(self.cell(column)))),
            Some((values, own)) => values[own]
                .iter()
                .for_each(|value| found(Cow::Owned(value.clone()))),
        }
    }

    /// The first value of a column that is none of those which stand for no value.
    fn first_value(&self, column: usize) -> Option<Cow<'a, str>> {
        match self.several(column) {
            None => {
                let cell = Some(self.cell(column)).filter(|cell| !cell.is_empty());
                cell.map(|cell| text_of(unquote(cell)))
                    .filter(|value| !is_absent(value))
            }
            Some((values, own)) => {
                let first = values[own].iter().find(|value| !is_absent(value));
                first.map(|value| Cow::Owned(value.clone()))
            }
        }
    }

    /// The values of a column that has several, and which of them are this event's.
    fn several(&self, column: usize) -> Option<(Rc<[String]>, Range<usize>)> {
        let raw = self.twin_cell(column)?;
        let values = self.values.get_or_init(Rc::default).of(column, raw);
        let own = match self.pick {
            None => 0..values.len(),
            Some((at, of)) if values.len() == of => at..at + 1,
            Some(_) => 0..values.len().min(MOST_SHARED),
        };
        Some((values, own))
    }

    /// Whether a column has values, but not one for each event of the batch: whose they are cannot be told.
    fn is_shared(&self, column: usize) -> bool {
        self.pick.is_some_and(|(_, events)| match self.several(column) {
            Some((values, _)) => values.len() != events,
            None => !unquote(self.cell(column)).is_empty(),
        })
    }

    /// How many values a column has, empty ones too.
    pub fn count(&self, column: usize) -> usize {
        self.several(column).map_or(1, |(_, own)| own.len())
    }

    /// The values of a field, whose columns are these.
    fn of_columns(&self, columns: &[usize]) -> Vec<Cow<'a, str>> {
        let mut values = Vec::new();
        for column in columns {
            self.each_present(*column, &mut |value| values.push(value));
        }
        values
    }

    fn each_present(&self, column: usize, found: &mut dyn FnMut(Cow<'a, str>)) {
        self.each_value(column, &mut |value| {
            if !is_absent(&value) {
                found(value);
            }
        });
    }

    /// The JSON in the values of a column.
    fn inner(&self, column: usize) -> Inner<'a> {
        let mut known = self.inner.borrow_mut();
        let inner = known.entry(column).or_insert_with(|| {
            let mut documents = Vec::new();
            self.each_present(column, &mut |text| {
                documents.extend(is_json(&text).then(|| Document::of(text)));
            });
            documents.into()
        });
        Rc::clone(inner)
    }

    fn each_at<'s>(&'s self, places: &Places, path: &Path, found: &mut dyn FnMut(Cow<'s, str>)) {
        let mut is_found = false;
        for column in &places.own {
            self.each_present(*column, &mut |value| {
                is_found = true;
                each_item(path, value, found);
            });
        }
        if !is_found {
            let mut put = |value| each_item(path, Cow::Owned(value), found);
            self.each_above(places, path, &mut |json, names| json.each(names, &mut put));
        }
    }

    /// The groups of a target list.
    fn pairs_at(&self, places: &Places, path: &Path) -> Vec<(String, Vec<String>)> {
        let keys = self.of_columns(&places.keys);
        if keys.is_empty() {
            let mut pairs = Vec::new();
            let mut put = |json: &Document<'_>, names: &[Name]| pairs.extend(json.groups(names));
            let own = places.own.iter().map(|column| self.inner(*column));
            own.for_each(|inner| inner.iter().for_each(|json| put(json, &[])));
            self.each_above(places, path, &mut put);
            return pairs;
        }
        let values = self.of_columns(&places.values).into_iter();
        let values: Vec<String> = values.map(Cow::into_owned).collect();
        let paired = keys.len() == values.len();
        let mut has_ids = false;
        let mut of = |at: usize| match (keys.len(), paired) {
            (1, _) => values.clone(),
            (_, true) => vec![values[at].clone()],
            // Which value belongs to which key is lost in flattening; ids are told by their form.
            _ if keys[at].eq_ignore_ascii_case("InstanceIds") && !std::mem::replace(&mut has_ids, true) => {
                values.iter().filter(|v| is_instance(v)).cloned().collect()
            }
            _ => vec!["*".to_owned()],
        };
        let keys = keys.iter().enumerate();
        keys.map(|(at, key)| (key.to_string(), of(at))).collect()
    }

    /// The JSON in the fields above `path`, each with the names that are left.
    fn each_above(&self, places: &Places, path: &Path, found: &mut dyn FnMut(&Document<'_>, &[Name])) {
        for (column, depth) in &places.above {
            let inner = self.inner(*column);
            inner.iter().for_each(|json| found(json, &path.names()[*depth..]));
        }
    }
}

impl Event for Row<'_> {
    fn each<'s>(&'s self, path: &Path, found: &mut dyn FnMut(Cow<'s, str>)) {
        if let Some(places) = self.columns.places(path) {
            self.each_at(&places, path, found);
        }
    }

    /// Most paths lie in one column, with one value. Of an event in a batch, only what is known to be its own.
    fn first<'s>(&'s self, path: &Path) -> Option<Cow<'s, str>> {
        let places = self.columns.places(path)?;
        if places.own.iter().any(|column| self.is_shared(*column)) {
            return None;
        }
        if let [column] = places.own[..]
            && !path.is_list()
        {
            let value = self.first_value(column);
            if value.is_some() || places.above.is_empty() {
                return value;
            }
        }
        let mut first = None;
        self.each_at(&places, path, &mut |value| {
            first.get_or_insert(value);
        });
        first
    }

    fn pairs(&self, path: &Path) -> Vec<(String, Vec<String>)> {
        let places = self.columns.places(path);
        places.map_or(Vec::new(), |places| self.pairs_at(&places, path))
    }
}

fn is_instance(value: &str) -> bool {
    value.starts_with("i-") || value.starts_with("mi-")
}

fn text_of(bytes: Cow<'_, [u8]>) -> Cow<'_, str> {
    match bytes {
        Cow::Borrowed(bytes) => {
            std::str::from_utf8(bytes).map_or_else(|_| String::from_utf8_lossy(bytes), Cow::Borrowed)
        }
        Cow::Owned(bytes) => Cow::Owned(into_text(bytes)),
    }
}

fn into_text(bytes: Vec<u8>) -> String {
    String::from_utf8(bytes).unwrap_or_else(|e| String::from_utf8_lossy(e.as_bytes()).into_owned())
}

#[cfg(test)]
mod tests {
    use super::{Columns, Row};
    use crate::event::{Event, Path};

    #[test]
    fn a_list_wins_over_the_plain_cell_and_marks_in_names_do_not_matter() {
        let names = ["a.ids{}", "p", "__mv_a.ids{}", "__mv_p"]
            .map(|n| n.as_bytes().to_vec())
            .to_vec();
        let columns = Columns::new(names);
        let cells: [&[u8]; 4] = [b"\"x\ny\"", br#""{""q"":{""z"":5}}""#, b"\"$x$;$y$\"", b""];
        let row = Row::new(&columns, &cells);
        let all = |path: &str| {
            let mut all = Vec::new();
            row.each(&Path::new(path), &mut |value| all.push(value.into_owned()));
            all
        };
        assert_eq!(all("a.ids{}"), ["x", "y"]);
        assert_eq!(all("a.ids"), ["x", "y"]);
        assert_eq!(all("p.q.z"), ["5"]);
        assert_eq!(columns.find("a.ids"), None);
    }

    fn columns(names: &[&str]) -> Columns {
        Columns::new(names.iter().map(|name| name.as_bytes().to_vec()).collect())
    }

    fn values(value: &str, count: usize) -> Vec<u8> {
        let values = vec![format!("${value}$"); count];
        format!("\"{}\"", values.join(";")).into_bytes()
    }

    #[test]
    fn instance_ids_that_belong_to_no_one_key_are_given_once() {
        let columns = columns(&["t{}.key", "t{}.values{}", "__mv_t{}.key", "__mv_t{}.values{}"]);
        let (keys, ids) = (values("InstanceIds", 3), values("i-1", 4));
        let cells: [&[u8]; 4] = [b"x", b"y", &keys, &ids];
        let pairs = Row::new(&columns, &cells).pairs(&Path::new("t{}"));
        let counts: Vec<_> = pairs.iter().map(|(_, values)| values.len()).collect();
        assert_eq!(counts, [4, 1, 1]);
    }

    #[test]
    fn an_event_of_a_batch_has_its_own_value_or_among_others_the_first_ones() {
        let columns = columns(&["a", "b", "__mv_a", "__mv_b"]);
        let (own, other) = (values("x", 200), values("y", 201));
        let cells: [&[u8]; 4] = [b"x", b"y", &own, &other];
        let row = Row::new(&columns, &cells);
        let event = row.picking(7, 200);
        assert_eq!((row.count(0), row.count(1)), (200, 201));
        assert_eq!((event.count(0), event.count(1)), (1, super::MOST_SHARED));
        assert_eq!(event.first(&Path::new("a")).as_deref(), Some("x"));
        assert_eq!(event.first(&Path::new("b")), None);
    }
}
