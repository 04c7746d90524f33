//! Shapes in which others write an entry's members as pairs or as cells, made into objects before they are read.

use super::structure::structure;
use memchr::memmem::find;
use serde_json::{Map, Value};

/// What is made of a text is not larger.
const MAX_RESHAPED: usize = 4 << 20;

/// The members that hold lists of pairs where a map is meant, as Parquet and Arrow write maps.
const MAPS: [&str; 1] = ["unmapped"];

/// Members of members are told by a name of which this many parts are joined, at most.
const MAX_PARTS: usize = 16;
/// Where such a name must begin, in bytes, to be noticed: exports that join names join them all.
const FLAT_HEAD: usize = 512;

/// The text with such shapes made into objects; nothing where it has none.
///
/// - `{"a.b":"1","a.c":"2"}` → `{"a":{"b":"1","c":"2"}}`
/// - `{"tables":[{"columns":[{"name":"a"}],"rows":[["1"]]}]}` → `[{"a":"1"}]`
/// - `{"QueryResultRows":[[{"a":"1"},{"b":"2"}]]}` → `[{"a":"1","b":"2"}]`
/// - `[{"field":"a","value":"1"},{"field":"b","value":"2"}]` → `{"a":"1","b":"2"}`
/// - `{"unmapped":[["a","1"]]}`, `{"unmapped":[{"key":"a","value":"1"}]}` → `{"unmapped":{"a":"1"}}`
pub fn reshaped(text: &[u8]) -> Option<String> {
    let has = |name: &str| find(text, name.as_bytes()).is_some();
    let is_table = has("\"columns\"") && has("\"rows\"");
    let is_rows = has("\"QueryResultRows\"");
    let is_fields = text.starts_with(b"[") && has("\"field\"") && has("\"value\"");
    let has_map = MAPS.iter().any(|name| has_list(text, name));
    let is_flat = has_joined_name(text);
    if !(is_table || is_rows || is_fields || has_map || is_flat) || text.len() > MAX_RESHAPED {
        return None;
    }
    let mut value: Value = serde_json::from_slice(text).ok()?;
    let reshaped = if is_table {
        tables(&value)?
    } else if is_rows {
        merged(value.get("QueryResultRows")?)?
    } else if is_fields {
        fields(&value)?
    } else {
        let any = has_map && maps(&mut value);
        match value {
            Value::Object(members) if is_flat => nested(members),
            value => any.then_some(value)?,
        }
    };
    let text = reshaped.to_string();
    (text.len() <= MAX_RESHAPED).then_some(text)
}

/// Whether an object soon has a member with a name of several parts, as `"a.b":`.
fn has_joined_name(text: &[u8]) -> bool {
    let head = &text[..text.len().min(FLAT_HEAD)];
    let is_part = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'_';
    let is_joined = |dot: usize| {
        let before = head[..dot].iter().rev().take_while(|byte| is_part(byte)).count();
        let name = &head[dot + 1..];
        let length = name
            .iter()
            .take_while(|byte| is_part(byte) || **byte == b'.')
            .count();
        let after = name[length..].strip_prefix(b"\"").map(<[u8]>::trim_ascii_start);
        let is_quoted = dot > before && head[dot - before - 1] == b'"';
        before > 0 && length > 0 && is_quoted && after.is_some_and(|after| after.starts_with(b":"))
    };
    text.starts_with(b"{") && memchr::memchr_iter(b'.', head).any(is_joined)
}

/// Members under joined names as members of members; those that do not fit beside others keep their names.
fn nested(members: Map<String, Value>) -> Value {
    let mut whole = Map::new();
    let (joined, mut plain): (Vec<_>, Vec<_>) = members.into_iter().partition(|(name, _)| name.contains('.'));
    plain.extend(joined);
    for (name, value) in plain {
        let parts: Vec<&str> = name.split('.').collect();
        let is_name = parts.len() <= MAX_PARTS && parts.iter().all(|part| !part.is_empty());
        if let (true, Some((last, above))) = (is_name, parts.split_last())
            && let Some(place) = place(&mut whole, above)
            && !place.contains_key(*last)
        {
            place.insert((*last).to_owned(), value);
        } else {
            whole.insert(name, value);
        }
    }
    Value::Object(whole)
}

/// The object below these names, made where there is none; nothing where something else stands there.
fn place<'w>(whole: &'w mut Map<String, Value>, names: &[&str]) -> Option<&'w mut Map<String, Value>> {
    let mut place = whole;
    for name in names {
        let below = place
            .entry((*name).to_owned())
            .or_insert_with(|| Map::new().into());
        place = below.as_object_mut()?;
    }
    Some(place)
}

/// Whether a member of this name is a list.
fn has_list(text: &[u8], name: &str) -> bool {
    let quoted = format!("\"{name}\"");
    let Some(at) = find(text, quoted.as_bytes()) else {
        return false;
    };
    let rest = text[at + quoted.len()..].trim_ascii_start();
    let rest = rest.strip_prefix(b":").unwrap_or_default();
    rest.trim_ascii_start().starts_with(b"[")
}

/// Rows of tables, each as an object under the names of the columns.
fn tables(value: &Value) -> Option<Value> {
    let mut objects = Vec::new();
    let mut left = MAX_RESHAPED;
    let one = std::slice::from_ref(value);
    let tables = value.get("tables").and_then(Value::as_array);
    for table in tables.map_or(one, Vec::as_slice) {
        let (columns, rows) = (table.get("columns")?.as_array()?, table.get("rows")?.as_array()?);
        let names: Vec<&str> = columns
            .iter()
            .map(|column| column.get("name").and_then(Value::as_str).or(column.as_str()))
            .collect::<Option<_>>()?;
        let of_names: usize = names.iter().map(|name| name.len()).sum();
        for row in rows {
            left = left.checked_sub(of_names + names.len() * 4)?;
            let cells = row.as_array()?.iter();
            let members = names
                .iter()
                .zip(cells)
                .map(|(name, cell)| ((*name).to_owned(), cell.clone()));
            objects.push(Value::Object(members.collect()));
        }
    }
    Some(Value::Array(objects))
}

/// Rows of objects with one member each, each row as one object.
fn merged(rows: &Value) -> Option<Value> {
    let row = |row: &Value| {
        let mut object = Map::new();
        for cell in row.as_array()? {
            let members = cell.as_object()?.iter();
            object.extend(members.map(|(name, value)| {
                let inside = value.as_str().and_then(structure);
                (name.clone(), inside.unwrap_or_else(|| value.clone()))
            }));
        }
        Some(Value::Object(object))
    };
    rows.as_array()?.iter().map(row).collect()
}

/// A list of names and values, as one object.
fn fields(list: &Value) -> Option<Value> {
    let pair = |item: &Value| {
        let name = item.get("field")?.as_str()?;
        Some((name.to_owned(), item.get("value")?.clone()))
    };
    let members: Option<Map<String, Value>> = list.as_array()?.iter().map(pair).collect();
    members.map(Value::Object)
}

/// Makes objects of the lists of pairs under [`MAPS`], wherever they are; whether there was one.
fn maps(value: &mut Value) -> bool {
    match value {
        Value::Object(members) => {
            let mut any = false;
            for (name, member) in members {
                match pairs(member).filter(|_| MAPS.contains(&name.as_str())) {
                    Some(object) => (*member, any) = (object, true),
                    None => any |= maps(member),
                }
            }
            any
        }
        Value::Array(items) => items.iter_mut().fold(false, |any, item| maps(item) | any),
        _ => false,
    }
}

fn pairs(list: &Value) -> Option<Value> {
    let pair = |item: &Value| match item {
        Value::Array(pair) => match pair.as_slice() {
            [Value::String(name), value] => Some((name.clone(), value.clone())),
            _ => None,
        },
        Value::Object(pair) => {
            let name = ["key", "name"]
                .iter()
                .find_map(|member| pair.get(*member)?.as_str());
            Some((name?.to_owned(), pair.get("value")?.clone()))
        }
        _ => None,
    };
    let members: Option<Map<String, Value>> = list.as_array()?.iter().map(pair).collect();
    members.map(Value::Object)
}

#[cfg(test)]
mod tests {
    use super::reshaped;
    use serde_json::{Value, json};

    #[test]
    fn pairs_and_cells_become_members() {
        for (text, wanted) in [
            (
                r#"{"tables":[{"name":"x","columns":[{"name":"a","type":"string"},{"name":"b"}],"rows":[["1",2],["3",null]]}]}"#,
                json!([{ "a": "1", "b": 2 }, { "a": "3", "b": null }]),
            ),
            (r#"{"columns":["a"],"rows":[["1"]]}"#, json!([{ "a": "1" }])),
            (
                r#"{"QueryResultRows":[[{"a":"1"},{"b":"2"}],[]]}"#,
                json!([{ "a": "1", "b": "2" }, {}]),
            ),
            (
                r#"[{"field":"a","value":"1"},{"field":"b","value":2}]"#,
                json!({ "a": "1", "b": 2 }),
            ),
            (
                r#"[{"x":{"unmapped" : [["a","1"],["b.c","2"]]}}]"#,
                json!([{ "x": { "unmapped": { "a": "1", "b.c": "2" } } }]),
            ),
            (
                r#"{"a.b":"1","a.c.d":[2],"e":"f.g","a.b.x":3}"#,
                json!({ "a": { "b": "1", "c": { "d": [2] } }, "e": "f.g", "a.b.x": 3 }),
            ),
            (
                r#"{"unmapped":[{"key":"a","value":"1"}]}"#,
                json!({ "unmapped": { "a": "1" } }),
            ),
        ] {
            let value: Option<Value> = reshaped(text.as_bytes()).map(|text| text.parse().expect("JSON"));
            assert_eq!(value, Some(wanted), "{text}");
        }
    }

    #[test]
    fn what_has_no_such_shape_stays() {
        for text in [
            r#"{"eventName":"StartSession"}"#,
            r#"{"unmapped":{"a":1}}"#,
            r#"{"a":"b.c\":1"}"#,
            r#"{"http://a.b/c":1}"#,
            r#"[{"a.b":1}]"#,
            r#"{"unmapped":[1]}"#,
            r#"{"columns":1,"rows":2}"#,
            r#"[{"field":"a"},{"value":1}]"#,
            r#"{"QueryResultRows":["#,
        ] {
            assert_eq!(reshaped(text.as_bytes()), None, "{text}");
        }
        let name = "n".repeat(100_000);
        let rows = vec!["[1]"; 1000].join(",");
        let wide = format!("{{\"columns\":[\"{name}\"],\"rows\":[{rows}]}}");
        assert_eq!(reshaped(wide.as_bytes()), None);
    }
}
