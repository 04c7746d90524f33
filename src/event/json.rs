//! JSON documents, read by `serde_json`. Only members whose names are asked for are kept.

mod cut;
mod parse;
#[cfg(test)]
mod tests;

use super::path::{Name, NameSet, NameTable, Path};
use super::{Event, TargetGroup, is_absent};
use std::borrow::Cow;
use std::cell::{Cell, OnceCell};

pub use parse::{BASE64_GZIP, BASE64_JSON, MAX_MEMBERS, MAX_TEXT, MAX_VALUES};

/// The values that a text holds one after the other.
#[derive(Debug)]
pub struct Document<'a> {
    context: Context<'a>,
    roots: Vec<Json<'a>>,
    has_fault: bool,
}

/// What is needed to read JSON inside the strings of a document.
#[derive(Debug)]
struct Context<'a> {
    names: &'a NameTable,
    /// Whether a value that the text ends in is kept, as far as it goes.
    keeps_cut: bool,
    /// How many more values may be kept, strings that hold JSON included.
    values_left: Cell<usize>,
    /// How many more bytes may be made of compressed strings.
    bytes_left: Cell<usize>,
    /// How many encoded strings were asked for that could not be read to their end.
    unread: Cell<usize>,
}

/// A JSON value without the members that nobody asks for.
#[derive(Debug)]
enum Json<'a> {
    Null,
    Bool(bool),
    Unsigned(u64),
    Negative(i64),
    Float(f64),
    Text(Cow<'a, str>),
    Embedded(Box<Embedded<'a>>),
    List(Vec<Json<'a>>, NameSet),
    Object(Vec<(Name, Json<'a>)>, Shape),
}

/// What is known about an object.
#[derive(Debug, Clone, Copy)]
struct Shape {
    names: NameSet,
    /// Whether it has members that were not kept.
    has_others: bool,
}

/// A string that may hold JSON, which is read when it is first asked for.
#[derive(Debug)]
struct Embedded<'a> {
    text: Cow<'a, str>,
    encoding: Encoding,
    /// Which members of the objects in it are kept.
    kept: Kept,
    roots: OnceCell<Vec<Json<'static>>>,
}

/// Which members of objects are kept.
#[derive(Debug, Default, Clone, Copy)]
struct Kept {
    /// Whether members are kept that nobody asks for by name.
    is_whole: bool,
    /// Whether the case of letters counts for nothing in their names.
    folds: bool,
}

/// How JSON lies in a string.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encoding {
    /// As text.
    Plain,
    /// In base64.
    Base64,
    /// Compressed by gzip, in base64.
    Base64Gzip,
}

/// A value inside a [`Document`].
#[derive(Debug, Clone, Copy)]
pub struct Value<'d> {
    context: &'d Context<'d>,
    json: &'d Json<'d>,
    /// Whether the case of letters counts for nothing in the names below.
    folds: bool,
}

impl Document<'_> {
    /// Whether reading ended before the end of the text, at something that JSON forbids.
    pub fn has_fault(&self) -> bool {
        self.has_fault
    }

    /// How many strings in base64 were asked for so far whose JSON could not be read to its end.
    pub fn unread(&self) -> usize {
        self.context.unread.get()
    }

    /// The values, in order.
    pub fn roots(&self) -> impl Iterator<Item = Value<'_>> {
        let context = &self.context;
        self.roots.iter().map(move |json| Value {
            context,
            json,
            folds: false,
        })
    }
}

impl<'d> Value<'d> {
    fn with(self, json: &'d Json<'d>) -> Self {
        Self { json, ..self }
    }

    /// The same value below a member called `name`, in whose names the case of letters may count for nothing.
    #[must_use]
    pub fn below(self, name: Name) -> Self {
        let folds = self.folds || self.context.names.folds_below(name);
        Self { folds, ..self }
    }

    /// The items of a list.
    pub fn items(self) -> Option<impl Iterator<Item = Value<'d>>> {
        match self.json {
            Json::List(items, _) => Some(items.iter().map(move |json| self.with(json))),
            _ => None,
        }
    }

    /// The members of an object that are asked for, with their names; of other values, none.
    pub fn members(self) -> impl Iterator<Item = (Name, Value<'d>)> {
        let members = match self.json {
            Json::Object(members, _) => members.as_slice(),
            _ => &[],
        };
        members.iter().map(move |(name, json)| (*name, self.with(json)))
    }

    /// The member called `name`; of several that were kept ([`MAX_MEMBERS`]) the last, as in Splunk.
    pub fn member(self, name: Name) -> Option<Value<'d>> {
        match self.json {
            Json::Object(members, shape) if shape.names.may_have(name) => {
                let member = members.iter().rev().find(|(known, _)| *known == name)?;
                Some(self.with(&member.1))
            }
            _ => None,
        }
    }

    /// Whether this is an object with members that were not kept.
    pub fn has_others(self) -> bool {
        matches!(self.json, Json::Object(_, Shape { has_others: true, .. }))
    }

    /// Whether this is an object or a list without anything in it.
    pub fn is_empty(self) -> bool {
        match self.json {
            Json::Object(members, shape) => members.is_empty() && !shape.has_others,
            Json::List(items, _) => items.is_empty(),
            _ => false,
        }
    }

    /// Whether this is a list.
    pub fn is_list(self) -> bool {
        matches!(self.json, Json::List(..))
    }

    /// Whether a name that is asked for can be found in this value.
    pub fn has_names(self) -> bool {
        !self.json.names().is_empty()
    }

    /// The values of the JSON in this string, if it has this encoding.
    pub fn embedded(self, wanted: Encoding) -> impl Iterator<Item = Value<'d>> {
        let roots = match self.json {
            Json::Embedded(string) if string.encoding == wanted => string.roots(self.context).as_slice(),
            _ => &[],
        };
        roots.iter().map(move |json| self.with(json))
    }

    /// The text of a string, number or boolean.
    pub fn text(self) -> Option<Cow<'d, str>> {
        match self.json {
            Json::Text(text) => Some(Cow::Borrowed(text)),
            Json::Embedded(string) => Some(Cow::Borrowed(&string.text)),
            Json::Bool(value) => Some(Cow::Borrowed(if *value { "true" } else { "false" })),
            Json::Unsigned(number) => Some(number.to_string().into()),
            Json::Negative(number) => Some(number.to_string().into()),
            Json::Float(number) => Some(float(*number).into()),
            Json::Null | Json::List(..) | Json::Object(..) => None,
        }
    }

    /// Walks to the values at `names`, through lists and through JSON in strings, until `visit` returns something.
    fn walk<T>(self, names: &[Name], visit: &mut dyn FnMut(Value<'d>) -> Option<T>) -> Option<T> {
        let Some((name, rest)) = names.split_first() else {
            return match self.items() {
                Some(mut items) => items.find_map(|item| item.walk(names, visit)),
                None => visit(self),
            };
        };
        match self.json {
            Json::Object(..) if *name == Name::ANY => self.walk_all(visit),
            Json::Object(members, _) if self.folds => {
                let same = |(known, _): &&(Name, Json<'d>)| self.context.names.is_same_folded(*known, *name);
                let mut members = members.iter().filter(same);
                members.find_map(|(_, json)| self.with(json).walk(rest, visit))
            }
            Json::Object(..) => self.member(*name)?.below(*name).walk(rest, visit),
            Json::List(items, in_items) if self.folds || *name == Name::ANY || in_items.may_have(*name) => {
                items.iter().find_map(|item| self.with(item).walk(names, visit))
            }
            Json::Embedded(_) => self.embedded(Encoding::Plain).next()?.walk(names, visit),
            _ => None,
        }
    }

    /// Walks to every value in this one, whatever the names.
    fn walk_all<T>(self, visit: &mut dyn FnMut(Value<'d>) -> Option<T>) -> Option<T> {
        match self.json {
            Json::Object(members, _) => {
                let mut members = members.iter();
                members.find_map(|(_, json)| self.with(json).walk_all(visit))
            }
            Json::List(items, _) => items.iter().find_map(|json| self.with(json).walk_all(visit)),
            Json::Embedded(_) => match self.embedded(Encoding::Plain).next() {
                Some(inner) => inner.walk_all(visit),
                None => visit(self),
            },
            _ => visit(self),
        }
    }

    /// Calls `visit` with each present text at `names`, until it returns something.
    fn walk_texts<T>(self, names: &[Name], visit: &mut dyn FnMut(Cow<'d, str>) -> Option<T>) -> Option<T> {
        self.walk(names, &mut |value| {
            visit(value.text().filter(|text| !is_absent(text))?)
        })
    }

    /// Every present text at `names`.
    pub fn texts_at(self, names: &[Name]) -> Vec<Cow<'d, str>> {
        let mut texts = Vec::new();
        self.walk_texts(names, &mut |text| {
            texts.push(text);
            None::<()>
        });
        texts
    }

    /// The groups of an SSM target list at `names`.
    pub fn groups_at(self, names: &[Name]) -> Vec<TargetGroup> {
        let mut groups = Vec::new();
        self.walk(names, &mut |value| {
            value.push_groups(&mut groups);
            None::<()>
        });
        groups
    }

    fn push_groups(self, groups: &mut Vec<TargetGroup>) {
        if let Some(inner) = self.embedded(Encoding::Plain).next() {
            groups.extend(inner.groups_at(&[]));
            return;
        }
        let key = self.member(Name::KEY).and_then(Value::text);
        let values = self.member(Name::VALUES).map(|list| list.texts_at(&[]));
        let owned = |values: Vec<Cow<'_, str>>| values.into_iter().map(Cow::into_owned).collect();
        groups.extend(key.map(|key| (key.into_owned(), values.map_or(Vec::new(), owned))));
    }
}

impl Json<'_> {
    /// The names that can be found in this value: any in a string that may hold JSON.
    fn names(&self) -> NameSet {
        match self {
            Self::List(_, names) | Self::Object(_, Shape { names, .. }) => *names,
            Self::Embedded(_) => NameSet::ALL,
            _ => NameSet::default(),
        }
    }
}

/// Numbers outside this range are written with an exponent: they would take up to 308 digits.
const PLAIN_FLOATS: std::ops::Range<f64> = 1e-7..1e16;

fn float(number: f64) -> String {
    if number == 0.0 || PLAIN_FLOATS.contains(&number.abs()) {
        number.to_string()
    } else {
        format!("{number:e}")
    }
}

impl Event for Value<'_> {
    fn all<'s>(&'s self, path: &Path) -> Vec<Cow<'s, str>> {
        let texts = self.texts_at(path.names());
        if path.is_list() {
            texts.into_iter().flat_map(items_in_text).collect()
        } else {
            texts
        }
    }

    fn first<'s>(&'s self, path: &Path) -> Option<Cow<'s, str>> {
        if path.is_list() {
            let mut first_item = |text| items_in_text(text).into_iter().next();
            self.walk_texts(path.names(), &mut first_item)
        } else {
            self.walk_texts(path.names(), &mut Some)
        }
    }

    fn has(&self, path: &Path) -> bool {
        let is_something = |value: Value<'_>| match value.json {
            Json::Null => None,
            Json::Object(members, shape) => (!members.is_empty() || shape.has_others).then_some(()),
            _ => Some(()),
        };
        self.walk(path.names(), &mut |value| is_something(value))
            .is_some()
    }

    fn is_cut(&self) -> bool {
        self.member(Name::CUT).is_some()
    }

    fn groups(&self, path: &Path) -> Vec<TargetGroup> {
        self.groups_at(path.names())
    }
}

/// The items of a list that arrived as JSON text; `text` itself where it is not a list.
pub fn items_in_text(text: Cow<'_, str>) -> Vec<Cow<'_, str>> {
    match list_in_text(&text) {
        Some(items) => items.into_iter().map(Cow::Owned).collect(),
        None => vec![text],
    }
}

fn list_in_text(text: &str) -> Option<Vec<String>> {
    if !is_json(text) {
        return None;
    }
    let names = NameTable::default();
    let document = Document::parse(text.as_bytes(), &names);
    let list = document.roots().next().filter(|root| root.is_list())?;
    let items = list.texts_at(&[]).into_iter();
    Some(items.map(Cow::into_owned).collect())
}

/// Whether a text can hold a JSON object or list.
pub fn is_json(text: &str) -> bool {
    text.trim_start().starts_with(['{', '['])
}
