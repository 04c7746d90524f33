//! A JSON document as a flat list of nodes: borrowed where it can be, without what no path asks for.

mod document;
mod marks;
mod number;
mod reader;
mod source;
mod text;
mod tree;

use super::name::Name;
use super::{Event, Path, is_absent};
use std::borrow::Cow;
use std::ops::ControlFlow;
use std::sync::LazyLock;
use tree::{Kind, Tree};

pub use document::{Document, LARGEST};
pub use reader::MOST_MEMBERS;
pub use tree::{MOST_VALUES, is_json};

/// A value inside a [`Document`].
#[derive(Debug, Clone, Copy)]
pub struct Value<'d> {
    tree: &'d Tree,
    /// What the tree was read from.
    source: &'d str,
    at: usize,
}

impl<'d> Value<'d> {
    /// The values of a tree from one node up to another, one after the other.
    fn all(tree: &'d Tree, source: &'d str, mut at: usize, end: usize) -> impl Iterator<Item = Value<'d>> {
        std::iter::from_fn(move || {
            (at < end).then(|| {
                let value = Value { tree, source, at };
                at = tree.nodes[at].end();
                value
            })
        })
    }

    /// The known members of an object or the items of a list.
    pub fn children(self) -> impl Iterator<Item = Value<'d>> {
        Self::all(
            self.tree,
            self.source,
            self.at + 1,
            self.tree.nodes[self.at].end(),
        )
    }

    /// The member called `name`; of several that were kept ([`MOST_MEMBERS`]) the last, as in Splunk.
    pub fn member(self, name: Name) -> Option<Value<'d>> {
        debug_assert!(self.tree.names.has(name), "a name made after the text was read");
        match self.kind() {
            Kind::Object { names, .. } if names.may_have(name) => {
                self.children().filter(|child| child.name() == name).last()
            }
            _ => None,
        }
    }

    /// The name this value has in its object.
    pub fn name(self) -> Name {
        self.tree.nodes[self.at].name
    }

    fn kind(self) -> Kind {
        self.tree.nodes[self.at].kind
    }

    /// Whether this is an object.
    pub fn is_object(self) -> bool {
        matches!(self.kind(), Kind::Object { .. })
    }

    /// Whether this is an object with members whose names are not known.
    pub fn has_others(self) -> bool {
        matches!(self.kind(), Kind::Object { has_others: true, .. })
    }

    /// Whether this is a list.
    pub fn is_list(self) -> bool {
        matches!(self.kind(), Kind::List(_))
    }

    /// What a string holds.
    pub fn string(self) -> Option<&'d str> {
        self.tree.string(self.at, self.source)
    }

    /// The text of a string, number or boolean.
    pub fn text(self) -> Option<Cow<'d, str>> {
        match self.kind() {
            Kind::Plain(_) | Kind::Unescaped(_) => self.string().map(Cow::Borrowed),
            Kind::Bool(value) => Some(Cow::Borrowed(if value { "true" } else { "false" })),
            Kind::Negative(number) => Some(number.to_string().into()),
            Kind::Integer(number) => Some(number.to_string().into()),
            Kind::Float(number) => Some(float(number).into()),
            Kind::Null | Kind::List(_) | Kind::Object { .. } => None,
        }
    }

    /// The first value of the JSON that stands in this string.
    fn inner(self) -> Option<Value<'d>> {
        let (tree, source) = self.tree.inner(self.at, self.source)?;
        Self::all(tree, source, 0, tree.nodes.len()).next()
    }

    /// Whether a name that is asked for can be met in it.
    pub fn has_names(self) -> bool {
        match self.kind() {
            Kind::List(names) | Kind::Object { names, .. } => !names.is_empty(),
            _ => self.tree.has_inner(self.at),
        }
    }

    /// The items of a list; none where what `names` lead to cannot be met in them.
    fn items(self, names: &[Name]) -> Option<impl Iterator<Item = Value<'d>>> {
        let Kind::List(met) = self.kind() else {
            return None;
        };
        let can_be_met = names.first().is_none_or(|name| met.may_have(*name));
        Some(self.children().take_while(move |_| can_be_met))
    }

    /// The value at `names`, where the way there leads through objects only and ends at a single value: as
    /// [`Self::each`] finds it, in fewer steps.
    fn single(self, names: &[Name]) -> Result<Option<Cow<'d, str>>, OtherWay> {
        let mut value = self;
        for name in names {
            if !value.is_object() {
                return Err(OtherWay);
            }
            let Some(member) = value.member(*name) else {
                return Ok(None);
            };
            value = member;
        }
        if value.is_list() {
            return Err(OtherWay);
        }
        Ok(value.text().filter(|text| !is_absent(text)))
    }

    /// Calls `found` with the values at `names` until it breaks off.
    fn each(self, names: &[Name], found: &mut Found<'_, Cow<'d, str>>) -> ControlFlow<()> {
        if let Some(mut items) = self.items(names) {
            return items.try_for_each(|item| item.each(names, found));
        }
        if let Some((&name, rest)) = names.split_first() {
            if let Some(inner) = self.inner() {
                return inner.each(names, found);
            }
            return self
                .member(name)
                .map_or(ControlFlow::Continue(()), |member| member.each(rest, found));
        }
        match self.text().filter(|text| !is_absent(text)) {
            Some(text) => found(text),
            None => ControlFlow::Continue(()),
        }
    }

    /// All values at `names`.
    fn all_at(self, names: &[Name], found: &mut dyn FnMut(Cow<'d, str>)) {
        let _ = self.each(names, &mut |value| {
            found(value);
            ControlFlow::Continue(())
        });
    }

    /// The objects at `names`, and in JSON that stands inside a string on the way.
    fn objects(self, names: &[Name], found: &mut dyn FnMut(Value<'d>)) {
        if let Some(items) = self.items(names) {
            items.for_each(|item| item.objects(names, found));
        } else if let Some(inner) = self.inner() {
            inner.objects(names, found);
        } else if let Some((&name, rest)) = names.split_first() {
            if let Some(member) = self.member(name) {
                member.objects(rest, found);
            }
        } else if self.is_object() {
            found(self);
        }
    }
}

/// A list or JSON in a string is on the way.
struct OtherWay;

/// What values are given to, until it breaks off.
type Found<'f, T> = dyn FnMut(T) -> ControlFlow<()> + 'f;

/// Beyond these, a number is written with an exponent: it would take up to 308 digits.
const PLAIN_FLOATS: std::ops::Range<f64> = 1e-7..1e16;

fn float(number: f64) -> String {
    if number == 0.0 || PLAIN_FLOATS.contains(&number.abs()) {
        number.to_string()
    } else {
        format!("{number:e}")
    }
}

/// The items of a list that arrived as text; nothing where `text` is no list.
fn items_in_text(text: &str) -> Option<Vec<String>> {
    if !is_json(text) {
        return None;
    }
    let inner = Document::parse(text.as_bytes());
    let list = inner.roots().next().filter(|root| root.is_list())?;
    let mut items = Vec::new();
    list.all_at(&[], &mut |item| items.push(item.into_owned()));
    Some(items)
}

impl Event for Value<'_> {
    fn each<'s>(&'s self, path: &Path, found: &mut dyn FnMut(Cow<'s, str>)) {
        self.all_at(path.names(), &mut |value| each_item(path, value, found));
    }

    fn first<'s>(&'s self, path: &Path) -> Option<Cow<'s, str>> {
        if let Ok(single) = self.single(path.names())
            && !path.is_list()
        {
            return single;
        }
        let mut first = None;
        let _ = Value::each(*self, path.names(), &mut |value| {
            each_item(path, value, &mut |item| {
                first.get_or_insert(item);
            });
            if first.is_some() {
                ControlFlow::Break(())
            } else {
                ControlFlow::Continue(())
            }
        });
        first
    }

    fn pairs(&self, path: &Path) -> Vec<(String, Vec<String>)> {
        self.groups(path.names())
    }
}

/// `value`, or the items of the list that it holds as text where `path` leads to a list.
pub fn each_item<'s>(path: &Path, value: Cow<'s, str>, found: &mut dyn FnMut(Cow<'s, str>)) {
    let items = if path.is_list() {
        items_in_text(&value)
    } else {
        None
    };
    match items {
        Some(items) => items.into_iter().for_each(|item| found(Cow::Owned(item))),
        None => found(value),
    }
}

/// The names in an SSM target group.
struct Group {
    key: Name,
    values: Name,
}

static GROUP: LazyLock<Group> = LazyLock::new(|| Group {
    key: Name::new("key"),
    values: Name::new("values"),
});

impl Value<'_> {
    fn groups(self, names: &[Name]) -> Vec<(String, Vec<String>)> {
        let mut pairs = Vec::new();
        self.objects(names, &mut |group| {
            let mut values = Vec::new();
            let key = group.member(GROUP.key).and_then(Value::text).map(Cow::into_owned);
            if let Some(list) = group.member(GROUP.values) {
                list.all_at(&[], &mut |value| values.push(value.into_owned()));
            }
            pairs.extend(key.map(|key| (key, values)));
        });
        pairs
    }
}

#[cfg(test)]
mod tests {
    use super::{Document, LARGEST, MOST_VALUES};
    use crate::event::{Event, Path};

    fn values(json: &str, path: &str) -> Vec<String> {
        let path = Path::new(path);
        let document = Document::parse(json.as_bytes());
        let root = document.roots().next().unwrap();
        let mut values = Vec::new();
        Event::each(&root, &path, &mut |value| {
            values.push(value.into_owned());
        });
        values
    }

    #[test]
    fn lists_on_the_way_are_gone_through() {
        let json = r#"{"a":[{"b":[1,2]},{"b":3},{"c":9}],"b":7}"#;
        assert_eq!(values(json, "a{}.b{}"), ["1", "2", "3"]);
        assert_eq!(values(json, "a.b"), ["1", "2", "3"]);
    }

    #[test]
    fn of_a_key_that_stands_twice_the_last_counts() {
        assert_eq!(values(r#"{"a":"first","a":"last"}"#, "a"), ["last"]);
    }

    #[test]
    fn of_a_key_that_stands_thousands_of_times_not_all_count() {
        let text = |times: usize| format!(r#"{{{}"a":"last"}}"#, r#""a":1,"#.repeat(times));
        assert_eq!(values(&text(2_047), "a"), ["last"]);
        assert_eq!(values(&text(2_048), "a"), ["1"]);
        assert_eq!(
            values(&format!(r#"[{},{{"a":2}}]"#, text(9_999)), "a"),
            ["1", "2"]
        );
    }

    #[test]
    fn null_empty_and_the_text_null_are_no_value() {
        assert!(values(r#"{"a":null,"b":"","c":"null"}"#, "a").is_empty());
        assert!(values(r#"{"a":null,"b":"","c":"null"}"#, "b").is_empty());
        assert!(values(r#"{"a":null,"b":"","c":"null"}"#, "c").is_empty());
    }

    #[test]
    fn json_inside_a_string_is_read() {
        assert_eq!(values(r#"{"a":"{\"b\":{\"c\":true}}"}"#, "a.b.c"), ["true"]);
    }

    #[test]
    fn several_values_in_one_text_and_a_cut_one_at_the_end() {
        let document = Document::parse(br#"{"a":1} {"a":2}{"a":"#);
        assert_eq!(document.roots().count(), 2);
    }

    #[test]
    fn what_is_too_large_is_not_read() {
        let roots = |text: &str| Document::parse(text.as_bytes()).roots().count();
        let list = |values: usize| format!("[{}]", vec!["1"; values].join(","));
        assert_eq!(roots(&list(MOST_VALUES - 1)), 1);
        assert_eq!(roots(&list(MOST_VALUES)), 0);
        assert_eq!(roots(&format!("{{}}{}", list(MOST_VALUES))), 0);
        let text = |length: usize| format!("\"{}\"", "x".repeat(length - 2));
        assert_eq!((roots(&text(LARGEST)), roots(&text(LARGEST + 1))), (1, 0));
    }

    #[test]
    fn numbers_are_what_they_were() {
        let json = r#"{"a":[-7,18446744073709551615,1.5,1e3,0]}"#;
        assert_eq!(
            values(json, "a{}"),
            ["-7", "18446744073709551615", "1.5", "1000", "0"]
        );
    }

    #[test]
    fn numbers_that_would_be_long_have_an_exponent() {
        let json = r#"{"a":[1e307,-2.5e-300,1e15,1e16,0.0]}"#;
        assert_eq!(
            values(json, "a{}"),
            ["1e307", "-2.5e-300", "1000000000000000", "1e16", "0"]
        );
    }

    #[test]
    fn values_in_strings_count_with_those_of_the_text() {
        let list = |values: usize| format!(r#""[\"\",{}]""#, vec!["1"; values].join(","));
        let half = list(MOST_VALUES / 2 - 10);
        let json = format!(r#"{{"a":[{half},{half},{half}]}}"#);
        assert_eq!(values(&json, "a{}.b").len(), 0);
        let objects = r#""{\"b\":1}""#;
        let few = format!(r#"{{"a":[{objects},{half},{half},{objects}]}}"#);
        assert_eq!(values(&few, "a{}.b"), ["1", "1"]);
        let many = format!(r#"{{"a":[{objects},{half},{half},{half},{objects}]}}"#);
        assert_eq!(values(&many, "a{}.b"), ["1"]);
    }

    #[test]
    fn a_list_is_looked_into_for_what_it_can_hold() {
        let json = r#"{"a":[1,[{"b":2}],"{\"b\":3}",[[]]],"c":[{"d":4}]}"#;
        assert_eq!(values(json, "a.b"), ["2", "3"]);
        assert!(values(json, "c.b").is_empty());
        assert_eq!(values(json, "c.d"), ["4"]);
    }

    #[test]
    fn target_groups_keep_key_and_values_together() {
        let json =
            r#"{"t":[{"key":"tag:Env","values":["prod","test"]},{"key":"InstanceIds","values":["i-1"]}]}"#;
        let (path, path_inside) = (Path::new("t{}"), Path::new("data.t{}"));
        let document = Document::parse(json.as_bytes());
        let pairs = document.roots().next().unwrap().pairs(&path);
        assert_eq!(
            pairs[0],
            ("tag:Env".to_owned(), vec!["prod".to_owned(), "test".to_owned()])
        );
        assert_eq!(pairs[1].0, "InstanceIds");
        let text = serde_json::json!({ "data": json }).to_string();
        let document = Document::parse(text.as_bytes());
        let inside = document.roots().next().unwrap().pairs(&path_inside);
        assert_eq!(inside, pairs);
    }

    #[test]
    fn a_list_may_arrive_as_text_where_a_list_is_expected() {
        let json = r#"{"ids":"[\"i-1\",\"i-2\"]","none":"[]","word":"[x]"}"#;
        assert_eq!(values(json, "ids{}"), ["i-1", "i-2"]);
        assert_eq!(values(json, "ids"), [r#"["i-1","i-2"]"#]);
        assert!(values(json, "none{}").is_empty());
        assert_eq!(values(json, "word{}"), ["[x]"]);
    }
}
