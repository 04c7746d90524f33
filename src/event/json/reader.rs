//! Takes JSON apart into a tree. The brackets, names and strings of a large event are most of it, and members that nobody
//! asks for are most of those: a general parser spends three times as long on them. Numbers are left to one.

use super::document::Manner;
use super::source::{Result, Source, Stop};
use super::tree::{Kind, NameSet, Piece, Tree};
use super::{is_json, number};
use crate::event::name::{Name, Names};
use std::ops::Range;

/// How deep values that are kept may lie in one another; it bounds the program's own stack.
const MOST_DEEP: usize = 127;

/// Of how many members of one object the values are kept: several times as many as there are names that are asked for,
/// so that one with more has some again and again, which no provider writes.
pub const MOST_MEMBERS: usize = 2_048;

/// Goes through a text once.
#[derive(Debug)]
pub struct Reader<'r> {
    tree: &'r mut Tree,
    source: Source<'r>,
    /// The names of the members that are kept.
    names: &'r Names,
    is_glance: bool,
    depth: usize,
    /// For names with escapes.
    room: String,
    /// For strings with escapes, of their doubled quotes only one.
    halved: Vec<u8>,
}

impl<'r> Reader<'r> {
    /// Puts into `tree` what it reads.
    pub fn new(tree: &'r mut Tree, source: Source<'r>, manner: &'r Manner) -> Self {
        Self {
            tree,
            source,
            names: &manner.names,
            is_glance: manner.is_glance,
            depth: 0,
            room: String::new(),
            halved: Vec::new(),
        }
    }

    /// Reads values one after the other: how many nodes are good, and why there are no more.
    pub fn all(&mut self) -> (usize, Stop) {
        let mut at = 0;
        loop {
            let good = self.tree.nodes.len();
            match self.value(at, Name::NONE) {
                Ok(end) => at = end,
                Err(stop) => return (good, stop),
            }
        }
    }

    /// Reads the value at `at` with everything in it: where it ends. Only for what is nested there is another call.
    #[expect(
        clippy::inline_always,
        reason = "most values are a few bytes, less than a call takes"
    )]
    #[inline(always)]
    fn value(&mut self, at: usize, name: Name) -> Result<usize> {
        match self.source.next(at)? {
            (b'"', at) => self.string(at, name),
            (b'{', at) => self.object(at, name),
            (b'[', at) => self.list(at, name),
            (b'-' | b'0'..=b'9', at) => self.number(at, name),
            (_, at) => self.word(at, name),
        }
    }

    #[inline]
    fn push(&mut self, name: Name, kind: Kind) -> Result<()> {
        self.tree.push(name, kind).ok_or(Stop::TooMany)
    }

    /// A list or an object begins: its node.
    fn open(&mut self, name: Name) -> Result<usize> {
        if self.depth == MOST_DEEP {
            return Err(Stop::Fault);
        }
        self.depth += 1;
        self.push(name, Kind::Null)?;
        Ok(self.tree.nodes.len() - 1)
    }

    /// It ends.
    fn close(&mut self, node: usize, kind: Kind) {
        self.depth -= 1;
        self.tree.close(node, kind);
    }

    #[inline(never)]
    fn list(&mut self, at: usize, name: Name) -> Result<usize> {
        let (source, node) = (self.source, self.open(name)?);
        let mut names = NameSet::default();
        let (mut has_more, mut at) = source.begins(at, b']')?;
        while has_more {
            let item = self.tree.nodes.len();
            let end = self.value(at, Name::NONE)?;
            names.add(self.tree.names_in(item));
            (has_more, at) = source.goes_on(end, b']')?;
        }
        self.close(node, Kind::List(names));
        Ok(at)
    }

    #[inline(never)]
    fn object(&mut self, at: usize, name: Name) -> Result<usize> {
        let (source, node) = (self.source, self.open(name)?);
        let (mut names, mut has_others, mut left) = (NameSet::default(), false, MOST_MEMBERS);
        let (mut has_more, mut at) = source.begins(at, b'}')?;
        while has_more {
            let (name, value) = self.name(at, left > 0)?;
            let end = if let Some(name) = name {
                left -= 1;
                names.add(NameSet::of(name));
                self.value(value, name)?
            } else {
                has_others = true;
                source.passed(value)?
            };
            (has_more, at) = source.goes_on(end, b'}')?;
        }
        self.close(node, Kind::Object { names, has_others });
        Ok(at)
    }

    /// The name of the member at `at`, nothing where nobody asks for it or it is not wanted; and what comes behind its
    /// colon.
    #[inline]
    fn name(&mut self, at: usize, is_wanted: bool) -> Result<(Option<Name>, usize)> {
        let (b'"', at) = self.source.next(at)? else {
            return Err(Stop::Fault);
        };
        let (inside, is_special) = self.source.quoted(at)?;
        let (b':', colon) = self.source.next(self.source.behind(&inside))? else {
            return Err(Stop::Fault);
        };
        let name = if !is_wanted {
            None
        } else if is_special {
            self.unescaped_name(inside)?
        } else {
            self.names.get(&self.source.text.as_bytes()[inside])
        };
        Ok((name, colon + 1))
    }

    fn unescaped_name(&mut self, inside: Range<usize>) -> Result<Option<Name>> {
        self.room.clear();
        self.source.unescape(inside, &mut self.halved, &mut self.room)?;
        Ok(self.names.get(self.room.as_bytes()))
    }

    #[inline]
    fn string(&mut self, at: usize, name: Name) -> Result<usize> {
        let (inside, is_special) = self.source.quoted(at)?;
        if is_special {
            return self.unescaped(inside, name);
        }
        let end = self.source.behind(&inside);
        // JSON in which a name can be met has quotes, which stand in a string only as escapes.
        let piece = Piece::new(inside.start, inside.len()).ok_or(Stop::TooMany)?;
        self.push(name, Kind::Plain(piece))?;
        Ok(end)
    }

    #[inline(never)]
    fn unescaped(&mut self, inside: Range<usize>, name: Name) -> Result<usize> {
        if self.is_glance {
            return Err(Stop::Escaped);
        }
        let end = self.source.behind(&inside);
        let unescaped = &mut self.tree.unescaped;
        let start = unescaped.len();
        self.source.unescape(inside, &mut self.halved, unescaped)?;
        let piece = Piece::new(start, unescaped.len() - start).ok_or(Stop::TooMany)?;
        if is_json(&unescaped[start..]) {
            self.tree.expect_inner();
        }
        self.push(name, Kind::Unescaped(piece))?;
        Ok(end)
    }

    #[expect(clippy::inline_always, reason = "a digit or two are less than a call takes")]
    #[inline(always)]
    fn number(&mut self, at: usize, name: Name) -> Result<usize> {
        let text = self.source.text;
        let (length, kind) = match number::small(&text.as_bytes()[at..]) {
            Some((length, number)) => (length, Kind::Integer(number)),
            None => number::any(&text[at..])?,
        };
        self.push(name, kind)?;
        Ok(at + length)
    }

    #[inline(never)]
    fn word(&mut self, at: usize, name: Name) -> Result<usize> {
        let rest = &self.source.text[at..];
        let words = [
            ("null", Kind::Null),
            ("true", Kind::Bool(true)),
            ("false", Kind::Bool(false)),
        ];
        if let Some((word, kind)) = words.iter().find(|(word, _)| rest.starts_with(word)) {
            self.push(name, *kind)?;
            return Ok(at + word.len());
        }
        let is_cut = words.iter().any(|(word, _)| word.starts_with(rest));
        Err(if is_cut { Stop::Cut } else { Stop::Fault })
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Document, Value};
    use crate::event::name::{Name, Names};
    use proptest::prelude::*;
    use serde_json::Value as Json;
    use std::collections::BTreeMap;

    const KNOWN: [&str; 2] = ["known", "kn\"own\u{1}"];

    /// A list, as text.
    fn list(items: impl Iterator<Item = String>) -> String {
        format!("[{}]", items.collect::<Vec<_>>().join(","))
    }

    /// An object's members by the numbers of their names, of several the last; and whether it has others.
    fn object(members: impl Iterator<Item = (u32, String)>, has_others: bool) -> String {
        let members: BTreeMap<_, _> = members.collect();
        let members = members.iter().map(|(name, value)| format!("{name}={value}"));
        list(members) + if has_others { "+" } else { "" }
    }

    /// What a value holds under names that are known.
    fn read(value: Value<'_>) -> String {
        if value.is_list() {
            list(value.children().map(read))
        } else if value.is_object() {
            let members = value.children();
            object(
                members.map(|member| (member.name().number(), read(member))),
                value.has_others(),
            )
        } else {
            format!("{:?}", value.text())
        }
    }

    /// The same of what serde_json has read.
    fn wanted(json: &Json) -> String {
        let names = Names::now();
        let known = |name: &str| names.get(name.as_bytes()).map(Name::number);
        match json {
            Json::Array(items) => list(items.iter().map(wanted)),
            Json::Object(members) => {
                let kept = members.iter();
                object(
                    kept.filter_map(|(name, json)| Some((known(name)?, wanted(json)))),
                    members.keys().any(|name| known(name).is_none()),
                )
            }
            Json::Null => "None".into(),
            Json::String(text) => format!("{:?}", Some(text)),
            Json::Bool(value) => format!("{:?}", Some(value.to_string())),
            Json::Number(number) => {
                let float = number
                    .as_f64()
                    .filter(|_| number.is_f64())
                    .map(super::super::float);
                format!("{:?}", Some(float.unwrap_or_else(|| number.to_string())))
            }
        }
    }

    /// Only names that are known when a text is read are found in it.
    fn make_known() {
        for name in KNOWN {
            Name::new(name);
        }
    }

    fn roots(text: &str) -> Vec<String> {
        make_known();
        let document = Document::parse(text.as_bytes());
        let found: Vec<String> = document.roots().map(read).collect();
        // The same of what stands in a cell.
        let doubled = text.replace('"', "\"\"");
        let in_cell = Document::in_cell(doubled.as_bytes()).expect("quotes in pairs");
        assert_eq!(in_cell.roots().map(read).collect::<Vec<_>>(), found);
        assert_eq!(in_cell.has_fault(), document.has_fault());
        found
    }

    fn wanted_roots(text: &str) -> Vec<String> {
        let values = serde_json::Deserializer::from_str(text).into_iter::<Json>();
        values.map_while(Result::ok).map(|json| wanted(&json)).collect()
    }

    fn any_json() -> impl Strategy<Value = Json> {
        let text = "[a\"\\\\\n\u{1}ä😀{\\[]{0,40}";
        let leaf = prop_oneof![
            Just(Json::Null),
            any::<bool>().prop_map(Json::from),
            any::<i64>().prop_map(Json::from),
            any::<u64>().prop_map(Json::from),
            any::<f64>().prop_map(Json::from),
            (0_u8..12).prop_map(Json::from),
            text.prop_map(Json::from),
        ];
        let name = prop_oneof![
            Just(KNOWN[0].to_owned()),
            Just(KNOWN[1].to_owned()),
            text.prop_map(String::from)
        ];
        leaf.prop_recursive(5, 60, 6, move |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..6).prop_map(Json::from),
                prop::collection::hash_map(name.clone(), inner, 0..6)
                    .prop_map(|members| Json::Object(members.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn what_is_json_is_read_as_a_library_reads_it(values in prop::collection::vec(any_json(), 1..4), is_pretty: bool) {
            make_known();
            let written = |json: &Json| if is_pretty { format!("{json:#}") } else { json.to_string() };
            let text = values.iter().map(written).collect::<Vec<_>>().join(" ");
            let found = roots(&text);
            prop_assert_eq!(found.len(), values.len());
            prop_assert_eq!(found, wanted_roots(&text));
        }

        #[test]
        fn nothing_is_lost_of_what_a_library_reads(json in any_json(), at: prop::sample::Index, new in "[\\]\\[{}\",:\\\\u0aé. -]{0,2}") {
            let mut text: Vec<char> = json.to_string().chars().collect();
            let at = at.index(text.len());
            text.splice(at..=at, new.chars());
            let text = text.into_iter().chain("{\"known\":1}".chars()).collect::<String>();
            let (found, wanted) = (roots(&text), wanted_roots(&text));
            prop_assert!(found.starts_with(&wanted), "{}: {:?} for {:?}", text, found, wanted);
        }
    }

    #[test]
    fn what_json_forbids_ends_a_text_and_what_is_cut_is_no_fault() {
        let faults = [
            "[1,]",
            "{\"known\":1,}",
            "[1 2]",
            "{\"known\" 1}",
            "{known:1}",
            "[tru]",
            "[nul",
            "[01]",
            "[-]",
            "[1.]",
            "[1e]",
            "[+1]",
            "[1e999]",
            "[\"\\x\"]",
            "[\"\\ud800\"]",
            "[\"\\ud800\\u0041\"]",
            "[\"\n\"]",
            "[\"\\u00g0\"]",
            "[}",
            "{\"x\":}",
            "{\"x\":,\"known\":1}",
            "{\"x\":1\"known\":1}",
        ];
        for text in faults {
            let document = Document::parse(text.as_bytes());
            let is_cut = text == "[nul";
            assert!(
                document.has_fault() != is_cut && document.roots().count() == 0,
                "{text}"
            );
        }
        let cut = [
            "[",
            "[1",
            "[1,",
            "{",
            "{\"known",
            "{\"known\"",
            "{\"known\":",
            "{\"x\":",
            "{\"x\":1",
            "{\"x\":[",
            "[\"a",
            "[-",
            "[1.",
        ];
        for text in cut {
            let document = Document::parse(text.as_bytes());
            assert!(!document.has_fault() && document.roots().count() == 0, "{text}");
        }
    }

    #[test]
    fn values_are_kept_127_deep_and_passed_over_at_any_depth() {
        let deep = |depth: usize| "[".repeat(depth) + &"]".repeat(depth);
        assert_eq!((roots(&deep(127)).len(), roots(&deep(128)).len()), (1, 0));
        assert!(Document::parse(deep(128).as_bytes()).has_fault());
        let passed = format!("{{\"x\":{}}}", deep(100_000));
        assert_eq!(roots(&passed), ["[]+"]);
    }

    #[test]
    fn escapes_are_read() {
        make_known();
        let text = r#"{"\u006bnown":"\"\\\/\b\f\n\r\t\u00e4\ud83d\ude00\uABCD"}"#;
        assert_eq!(roots(text), wanted_roots(text));
        let long = format!(r#"["{}"]"#, r#"a\"\\bc"#.repeat(200));
        assert_eq!(roots(&long), wanted_roots(&long));
    }
}
