//! Documents against what `serde_json` reads, and what is not read.

use super::{Document, Json, MAX_TEXT, MAX_VALUES, float};
use crate::event::Event;
use crate::event::path::{Name, PathTable};
use proptest::prelude::*;
use std::borrow::Cow;
use std::collections::BTreeMap;

fn values(json: &str, path: &str) -> Vec<String> {
    let mut table = PathTable::default();
    let path = table.path(path);
    let document = Document::parse(json.as_bytes(), table.names());
    let root = document.roots().next().unwrap();
    let all: Vec<String> = root.all(&path).into_iter().map(Cow::into_owned).collect();
    assert_eq!(root.first(&path).as_deref(), all.first().map(String::as_str));
    all
}

fn root_count(text: &str) -> usize {
    Document::parse(text.as_bytes(), PathTable::default().names())
        .roots()
        .count()
}

#[test]
fn paths_lead_through_lists_and_through_json_in_strings() {
    let lists = r#"{"a":[{"b":[1,2]},{"b":3},{"c":9}],"b":7}"#;
    let nested = r#"{"a":[1,[{"b":2}],"{\"b\":3}",[[]]],"c":[{"d":4}]}"#;
    let cases: [(&str, &str, &[&str]); 7] = [
        (lists, "a{}.b{}", &["1", "2", "3"]),
        (lists, "a.b", &["1", "2", "3"]),
        (r#"{"a":"{\"b\":{\"c\":true}}"}"#, "a.b.c", &["true"]),
        (nested, "a.b", &["2", "3"]),
        (nested, "c.b", &[]),
        (nested, "c.d", &["4"]),
        (r#"{"a":"first","a":"last"}"#, "a", &["last"]),
    ];
    for (json, path, wanted) in cases {
        assert_eq!(values(json, path), wanted, "{path} in {json}");
    }
}

#[test]
fn an_object_keeps_up_to_4096_members_that_are_asked_for() {
    let text = |times: usize| format!(r#"{{{}"a":"last"}}"#, r#""a":1,"#.repeat(times));
    assert_eq!(values(&text(4_095), "a"), ["last"]);
    assert_eq!(values(&text(4_096), "a"), ["1"]);
    assert_eq!(
        values(&format!(r#"[{},{{"a":2}}]"#, text(9_999)), "a"),
        ["1", "2"]
    );
}

#[test]
fn null_empty_and_the_text_null_are_absent() {
    for path in ["a", "b", "c"] {
        assert!(
            values(r#"{"a":null,"b":"","c":"null"}"#, path).is_empty(),
            "{path}"
        );
    }
}

#[test]
fn a_text_may_hold_several_values_and_a_cut_one_at_the_end() {
    assert_eq!(root_count(r#"{"a":1} {"a":2}{"a":"#), 2);
}

#[test]
fn texts_that_are_too_large_are_not_read() {
    let list = |values: usize| format!("[{}]", vec!["1"; values].join(","));
    assert_eq!(root_count(&list(MAX_VALUES - 1)), 1);
    assert_eq!(root_count(&list(MAX_VALUES)), 0);
    assert_eq!(root_count(&format!("{{}}{}", list(MAX_VALUES))), 0);
    let text = |length: usize| format!("\"{}\"", "x".repeat(length - 2));
    assert_eq!(
        (root_count(&text(MAX_TEXT)), root_count(&text(MAX_TEXT + 1))),
        (1, 0)
    );
}

#[test]
fn numbers_keep_their_value_and_long_ones_have_an_exponent() {
    let json = r#"{"a":[-7,18446744073709551615,1.5,1e3,0]}"#;
    assert_eq!(
        values(json, "a{}"),
        ["-7", "18446744073709551615", "1.5", "1000", "0"]
    );
    let json = r#"{"a":[1e307,-2.5e-300,1e15,1e16,0.0]}"#;
    assert_eq!(
        values(json, "a{}"),
        ["1e307", "-2.5e-300", "1000000000000000", "1e16", "0"]
    );
}

#[test]
fn values_in_strings_count_with_those_of_the_document() {
    let list = |values: usize| format!(r#""[\"\",{}]""#, vec!["1"; values].join(","));
    let half = list(MAX_VALUES / 2 - 10);
    assert_eq!(
        values(&format!(r#"{{"a":[{half},{half},{half}]}}"#), "a{}.b").len(),
        0
    );
    let object = r#""{\"b\":1}""#;
    let few = format!(r#"{{"a":[{object},{half},{half},{object}]}}"#);
    assert_eq!(values(&few, "a{}.b"), ["1", "1"]);
    let many = format!(r#"{{"a":[{object},{half},{half},{half},{object}]}}"#);
    assert_eq!(values(&many, "a{}.b"), ["1"]);
}

#[test]
fn target_groups_keep_key_and_values_together() {
    let json = r#"{"t":[{"key":"tag:Env","values":["prod","test"]},{"key":"InstanceIds","values":["i-1"]}]}"#;
    let text = serde_json::json!({ "data": json }).to_string();
    let mut table = PathTable::default();
    let (path, path_inside) = (table.path("t{}"), table.path("data.t{}"));
    let groups = |json: &str, path| {
        let document = Document::parse(json.as_bytes(), table.names());
        document.roots().next().unwrap().groups(path)
    };
    let wanted = [("tag:Env", vec!["prod", "test"]), ("InstanceIds", vec!["i-1"])].map(|(key, values)| {
        (
            key.to_owned(),
            values.into_iter().map(str::to_owned).collect::<Vec<_>>(),
        )
    });
    assert_eq!(groups(json, &path), wanted);
    assert_eq!(groups(&text, &path_inside), wanted);
}

#[test]
fn a_list_may_arrive_as_text_where_a_list_is_expected() {
    let json = r#"{"ids":"[\"i-1\",\"i-2\"]","none":"[]","word":"[x]"}"#;
    assert_eq!(values(json, "ids{}"), ["i-1", "i-2"]);
    assert_eq!(values(json, "ids"), [r#"["i-1","i-2"]"#]);
    assert!(values(json, "none{}").is_empty());
    assert_eq!(values(json, "word{}"), ["[x]"]);
}

#[test]
fn what_json_forbids_is_a_fault_and_a_cut_text_is_not() {
    let faults = [
        "[1,]",
        "{\"known\":1,}",
        "[1 2]",
        "{\"known\" 1}",
        "{known:1}",
        "[tru]",
        "[01]",
        "[1e999]",
        "[+1]",
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
    ];
    let mut table = PathTable::default();
    table.name("known");
    for (text, has_fault) in faults
        .map(|text| (text, true))
        .into_iter()
        .chain(cut.map(|text| (text, false)))
    {
        let document = Document::parse(text.as_bytes(), table.names());
        assert!(
            document.has_fault() == has_fault && document.roots().count() == 0,
            "{text}"
        );
    }
}

#[test]
fn values_are_kept_127_deep_and_skipped_at_any_depth() {
    let deep = |depth: usize| "[".repeat(depth) + &"]".repeat(depth);
    assert_eq!((root_count(&deep(127)), root_count(&deep(128))), (1, 0));
    assert_eq!(root_count(&format!("{{\"x\":{}}}", deep(100_000))), 1);
}

const KNOWN: [&str; 2] = ["known", "kn\"own\u{1}"];

fn table() -> PathTable {
    let mut table = PathTable::default();
    KNOWN.iter().for_each(|name| {
        table.name(name);
    });
    table
}

/// A value as text: of objects the known members, of several with one name the last, and `+` where there are others.
fn shown(json: &Json<'_>) -> String {
    match json {
        Json::List(items, _) => format!("{:?}", items.iter().map(shown).collect::<Vec<_>>()),
        Json::Object(members, shape) => {
            let members: BTreeMap<Name, String> =
                members.iter().map(|(name, json)| (*name, shown(json))).collect();
            format!("{members:?}{}", shape.has_others)
        }
        Json::Text(text) => format!("{text:?}"),
        Json::Embedded(string) => format!("{:?}", string.text),
        Json::Null => "null".into(),
        Json::Bool(value) => value.to_string(),
        Json::Unsigned(number) => number.to_string(),
        Json::Negative(number) => number.to_string(),
        Json::Float(number) => float(*number),
    }
}

/// The same of what `serde_json` has read.
fn wanted(json: &serde_json::Value, table: &PathTable) -> String {
    use serde_json::Value;
    let names = table.names();
    match json {
        Value::Array(items) => format!(
            "{:?}",
            items.iter().map(|item| wanted(item, table)).collect::<Vec<_>>()
        ),
        Value::Object(members) => {
            let kept: BTreeMap<Name, String> = members
                .iter()
                .filter_map(|(name, json)| Some((names.find(name)?, wanted(json, table))))
                .collect();
            let has_others = members.keys().any(|name| names.find(name).is_none());
            format!("{kept:?}{has_others}")
        }
        Value::Null => "null".into(),
        Value::String(text) => format!("{text:?}"),
        Value::Bool(value) => value.to_string(),
        Value::Number(number) => match number.as_f64().filter(|_| number.is_f64()) {
            Some(number) => float(number),
            None => number.to_string(),
        },
    }
}

fn any_json() -> impl Strategy<Value = serde_json::Value> {
    use serde_json::Value;
    let text = "[a\"\\\\\n\u{1}ä😀{\\[]{0,40}";
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        text.prop_map(Value::from),
    ];
    let name = prop_oneof![
        prop::sample::select(KNOWN.to_vec()).prop_map(str::to_owned),
        text.prop_map(String::from)
    ];
    leaf.prop_recursive(5, 60, 6, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            prop::collection::hash_map(name.clone(), inner, 0..6)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn documents_hold_what_serde_json_reads(values in prop::collection::vec(any_json(), 1..4), is_pretty: bool) {
        let table = table();
        let written = |json: &serde_json::Value| if is_pretty { format!("{json:#}") } else { json.to_string() };
        let text = values.iter().map(written).collect::<Vec<_>>().join(" ");
        let found: Vec<_> = Document::parse(text.as_bytes(), table.names()).roots.iter().map(shown).collect();
        // Read again, since reading a number of many digits may not give back the one that was written.
        let values = serde_json::Deserializer::from_str(&text).into_iter::<serde_json::Value>();
        let wanted: Vec<_> = values.map(|json| wanted(&json.unwrap(), &table)).collect();
        prop_assert_eq!(&found, &wanted);
        let owned = Document::parse_owned(text.as_bytes(), table.names(), false);
        prop_assert_eq!(owned.roots.iter().map(shown).collect::<Vec<_>>(), wanted);
    }
}
