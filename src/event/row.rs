//! A row of fields that Splunk has extracted: quoted cells, multivalue twins (`__mv_`), names with `{}`.

use super::json::{each_in_text, each_item, pairs_in_text};
use super::{Event, Path, is_absent, without_marks};
use std::borrow::Cow;
use std::collections::HashMap;

/// The header of a chunk: which column holds which field.
#[derive(Debug, Default)]
pub struct Columns {
    names: Vec<Vec<u8>>,
    /// Name without `{}` → columns of that name, plain ones only.
    plain: HashMap<String, Vec<usize>>,
    /// Column → its `__mv_` twin.
    twin: Vec<Option<usize>>,
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
        let mut plain: HashMap<String, Vec<usize>> = HashMap::new();
        let mut twin = Vec::with_capacity(names.len());
        for (at, name) in names.iter().enumerate() {
            let is_twin = name.starts_with(TWIN.as_bytes());
            twin.push(if is_twin {
                None
            } else {
                first.get(&twin_name(name)[..]).copied()
            });
            if !is_twin {
                plain
                    .entry(without_marks(&String::from_utf8_lossy(name)))
                    .or_default()
                    .push(at);
            }
        }
        Self { names, plain, twin }
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

    /// The first column of the field `<prefix><name>`, list marks not counted.
    pub fn find_unmarked(&self, prefix: &str, name: &str) -> Option<usize> {
        self.of(prefix, name).first().copied()
    }

    /// Whether `name` stands in the header more than once.
    pub fn has_repeats(&self) -> bool {
        self.plain.values().any(|columns| {
            columns
                .iter()
                .enumerate()
                .any(|(i, a)| columns[..i].iter().any(|b| self.names[*a] == self.names[*b]))
        })
    }

    /// The `__mv_` twin of a column.
    pub fn twin(&self, column: usize) -> Option<usize> {
        self.twin[column]
    }

    /// The columns of the field, whose name is given without list marks.
    fn of(&self, prefix: &str, unmarked: &str) -> &[usize] {
        let columns = if prefix.is_empty() {
            self.plain.get(unmarked)
        } else {
            self.plain.get(&[prefix, unmarked].concat())
        };
        columns.map_or(&[], Vec::as_slice)
    }
}

fn twin_name(name: &[u8]) -> Vec<u8> {
    [TWIN.as_bytes(), name].concat()
}

/// The cells of one row, as they stand in the chunk, read as an event.
#[derive(Debug, Clone, Copy)]
pub struct Row<'a> {
    /// The header.
    pub columns: &'a Columns,
    /// The cells, quotes included; no more than there are columns.
    pub cells: &'a [&'a [u8]],
    /// What all names of the event begin with, e.g. `detail.`.
    pub prefix: &'a str,
    /// Of fields with as many values as the batch has events, only this one's: (index, number of events).
    pub pick: Option<(usize, usize)>,
}

impl<'a> Row<'a> {
    /// The values of a column.
    pub fn values(&self, column: usize) -> Vec<Cow<'a, str>> {
        let cell = |at: usize| self.cells.get(at).copied().unwrap_or_default();
        let listed = self.columns.twin(column).map(cell).filter(|raw| !raw.is_empty());
        let values = match listed {
            Some(raw) => split_values(&unquote(raw))
                .into_iter()
                .map(|v| Cow::Owned(into_text(v)))
                .collect(),
            None => vec![text_of(unquote(cell(column)))],
        };
        self.picked(values)
    }

    fn picked(&self, values: Vec<Cow<'a, str>>) -> Vec<Cow<'a, str>> {
        match self.pick {
            Some((at, of)) if values.len() == of => vec![values[at].clone()],
            _ => values,
        }
    }

    /// The values of a field, with the prefix put before its name.
    fn field(&self, unmarked: &str) -> Vec<Cow<'a, str>> {
        let columns = self.columns.of(self.prefix, unmarked).iter();
        columns
            .flat_map(|column| self.values(*column))
            .filter(|value| !is_absent(value))
            .collect()
    }

    /// The fields above `path`, which hold JSON where `properties` or the like arrives as one string; each with the
    /// names that are left.
    fn above<'p>(&self, path: &'p Path) -> impl Iterator<Item = (Cow<'a, str>, &'p [String])> {
        let names = path.segments();
        let depths = path.above().iter().zip((1..names.len()).rev());
        depths.flat_map(move |(above, depth)| {
            let texts = self.field(above).into_iter();
            texts.map(move |text| (text, &names[depth..]))
        })
    }
}

impl Event for Row<'_> {
    fn each<'s>(&'s self, path: &Path, found: &mut dyn FnMut(Cow<'s, str>)) {
        let values = self.field(path.unmarked());
        if values.is_empty() {
            let mut put = |value| each_item(path, Cow::Owned(value), found);
            self.above(path)
                .for_each(|(text, names)| each_in_text(&text, names, &mut put));
        }
        values.into_iter().for_each(|value| each_item(path, value, found));
    }

    fn pairs(&self, path: &Path) -> Vec<(String, Vec<String>)> {
        let list = |name: &str| self.field(&format!("{}.{name}", path.unmarked()));
        let keys = list("key");
        let values: Vec<String> = list("values").into_iter().map(Cow::into_owned).collect();
        let paired = keys.len() == values.len();
        let of = |at: usize| match (keys.len(), paired) {
            (1, _) => values.clone(),
            (_, true) => vec![values[at].clone()],
            // Which value belongs to which key is lost in flattening; ids are told by their form.
            _ if keys[at].eq_ignore_ascii_case("InstanceIds") => {
                values.iter().filter(|v| is_instance(v)).cloned().collect()
            }
            _ => vec!["*".to_owned()],
        };
        let pairs = keys.iter().enumerate().map(|(at, key)| (key.to_string(), of(at)));
        if keys.is_empty() {
            let whole = self
                .field(path.unmarked())
                .into_iter()
                .map(|text| (text, &[][..]));
            let texts = whole.chain(self.above(path));
            return texts
                .flat_map(|(text, names)| pairs_in_text(&text, names))
                .collect();
        }
        pairs.collect()
    }
}

fn is_instance(value: &str) -> bool {
    value.starts_with("i-") || value.starts_with("mi-")
}

/// The bytes of a cell without its quotes.
pub fn unquote(cell: &[u8]) -> Cow<'_, [u8]> {
    let Some(inner) = cell.strip_prefix(b"\"") else {
        return Cow::Borrowed(cell);
    };
    let inner = inner.strip_suffix(b"\"").unwrap_or(inner);
    let Some(first) = memchr::memchr(b'"', inner) else {
        return Cow::Borrowed(inner);
    };
    let mut text = Vec::with_capacity(inner.len());
    let mut rest = inner;
    let mut next = Some(first);
    while let Some(at) = next {
        text.extend_from_slice(&rest[..=at]);
        rest = &rest[at + 1..];
        rest = rest.strip_prefix(b"\"").unwrap_or(rest);
        next = memchr::memchr(b'"', rest);
    }
    text.extend_from_slice(rest);
    Cow::Owned(text)
}

/// The values of a `__mv_` cell: `$a$;$b$`, a dollar inside a value doubled.
pub fn split_values(cell: &[u8]) -> Vec<Vec<u8>> {
    let mut values = Vec::new();
    let mut rest = cell;
    while let Some(inner) = rest.strip_prefix(b"$") {
        let (value, after) = one_value(inner);
        values.push(value);
        rest = after.strip_prefix(b";").unwrap_or_default();
    }
    values
}

/// The value up to its closing dollar, and what follows. `$$` is a dollar, but directly before `;` or the end it
/// closes an empty value.
fn one_value(inner: &[u8]) -> (Vec<u8>, &[u8]) {
    let mut value = Vec::new();
    let mut at = 0;
    while at < inner.len() {
        if inner[at] != b'$' {
            value.push(inner[at]);
            at += 1;
        } else if inner.get(at + 1) == Some(&b'$') {
            value.push(b'$');
            at += 2;
        } else {
            return (value, &inner[at + 1..]);
        }
    }
    (value, &[])
}

/// Writes values as a `__mv_` cell holds them.
pub fn join_values<'a>(values: impl IntoIterator<Item = &'a str>) -> String {
    let mut cell = String::new();
    values.into_iter().for_each(|value| push_value(value, &mut cell));
    cell
}

/// Adds a value to a `__mv_` cell.
pub fn push_value(value: &str, cell: &mut String) {
    if !cell.is_empty() {
        cell.push(';');
    }
    cell.push('$');
    for (at, part) in value.split('$').enumerate() {
        cell.push_str(if at == 0 { "" } else { "$$" });
        cell.push_str(part);
    }
    cell.push('$');
}

fn text_of(bytes: Cow<'_, [u8]>) -> Cow<'_, str> {
    match bytes {
        Cow::Borrowed(bytes) => String::from_utf8_lossy(bytes),
        Cow::Owned(bytes) => Cow::Owned(into_text(bytes)),
    }
}

fn into_text(bytes: Vec<u8>) -> String {
    String::from_utf8(bytes).unwrap_or_else(|e| String::from_utf8_lossy(e.as_bytes()).into_owned())
}

#[cfg(test)]
mod tests {
    use super::{Columns, Row, join_values, split_values, unquote};
    use crate::event::{Event, Path};

    fn text(values: Vec<Vec<u8>>) -> Vec<String> {
        values
            .into_iter()
            .map(|v| String::from_utf8(v).unwrap())
            .collect()
    }

    #[test]
    fn dollars_and_semicolons_inside_values_survive() {
        assert_eq!(text(split_values(b"$a$$;$$b$;$$;$c$")), ["a$;$b", "", "c"]);
        assert_eq!(text(split_values(b"$p$;$$;$$$q$")), ["p", "", "$q"]);
        assert_eq!(text(split_values(b"$$")), [""]);
        assert!(split_values(b"").is_empty());
        let values = ["a;b", "$20", "", "x\ny", "$"];
        assert_eq!(text(split_values(join_values(values).as_bytes())), values);
    }

    #[test]
    fn quotes_are_taken_off() {
        assert_eq!(&*unquote(br#""a""b""""#), br#"a"b""#);
        assert_eq!(&*unquote(b"plain"), b"plain");
        assert_eq!(&*unquote(br#""""#), b"");
    }

    #[test]
    fn a_list_wins_over_the_plain_cell_and_marks_in_names_do_not_matter() {
        let names = ["a.ids{}", "p", "__mv_a.ids{}", "__mv_p"]
            .map(|n| n.as_bytes().to_vec())
            .to_vec();
        let columns = Columns::new(names);
        let cells: [&[u8]; 4] = [b"\"x\ny\"", br#""{""q"":{""z"":5}}""#, b"\"$x$;$y$\"", b""];
        let row = Row {
            columns: &columns,
            cells: &cells,
            prefix: "",
            pick: None,
        };
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
}
