//! Shapes in which others write an entry's members as pairs or as cells, made into objects before they are read.

use super::structure::structure;
use memchr::memmem::find;
use serde_json::{Map, Value};

/// What is made of a text is not larger.
const MAX_RESHAPED: usize = 4 << 20;

/// The members that hold lists of pairs where a map is meant, as Parquet and Arrow write maps.
const MAPS: [&str; 1] = ["unmapped"];

/// The text with such shapes made into objects; nothing where it has none.
///
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
    if !(is_table || is_rows || is_fields || has_map) || text.len() > MAX_RESHAPED {
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
        maps(&mut value).then_some(value)?
    };
    let text = reshaped.to_string();
    (text.len() <= MAX_RESHAPED).then_some(text)
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
