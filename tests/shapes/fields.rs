//! A JSON value as a row of the fields that Splunk extracts from it, and the findings in such a row.

use super::Seen;
use directvm::csv::cells::put_values;
use directvm::detect::Detector;
use directvm::detect::finding::Shown;
use directvm::splunk::chunk::columns::Layout;
use directvm::splunk::chunk::inspect::RowInspector;
use directvm::splunk::options::{Input, Options};
use directvm::splunk::required_fields::required;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

/// Fields by name, as `KV_MODE=json` makes them: `{}` after the names of lists, `null` as text.
pub type Fields = BTreeMap<String, Vec<String>>;

/// Flattens `event`.
pub fn extract(event: &Value) -> Fields {
    let mut fields = Fields::new();
    flatten(event, String::new(), &mut fields);
    fields
}

fn flatten(value: &Value, name: String, fields: &mut Fields) {
    let text = match value {
        Value::Object(members) => {
            for (member, value) in members {
                let dot = if name.is_empty() { "" } else { "." };
                flatten(value, format!("{name}{dot}{member}"), fields);
            }
            return;
        }
        Value::Array(items) => {
            for item in items {
                flatten(item, format!("{name}{{}}"), fields);
            }
            return;
        }
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    fields.entry(name).or_default().push(text);
}

/// The fields that are requested with `input=fields`: splunkd sends no others.
static ASKED: LazyLock<BTreeSet<&str>> = LazyLock::new(|| {
    let words = ["input=fields", "scope=extended"].map(str::to_owned);
    let options = Options::parse(&words).expect("options");
    required(&options).into_iter().collect()
});

/// The finding in these fields; the most severe one of several entries.
pub fn inspect(detector: &Detector, fields: &Fields) -> Option<Seen> {
    let mut fields = fields.clone();
    fields.retain(|name, _| ASKED.contains(name.as_str()));
    let names = fields.keys().map(|name| quoted(name));
    let twins = fields.keys().map(|name| quoted(&format!("__mv_{name}")));
    let header: Vec<String> = names.chain(twins).collect();
    let plain = fields.values().map(|values| quoted(&values.join("\n")));
    let twins = fields.values().map(|values| match values.len() {
        1 => String::new(),
        _ => listed(values),
    });
    let cells: Vec<String> = plain.chain(twins).collect();
    let cells: Vec<&[u8]> = cells.iter().map(String::as_bytes).collect();
    let inspector = RowInspector {
        detector,
        input: Input::Fields,
        layout: &Layout::new(detector.reader(), header.join(",").as_bytes(), Shown::DEFAULT),
    };
    let mut seen = None;
    inspector.inspect(&cells, &mut |finding| seen = Some(Seen::of(finding)));
    seen
}

fn listed(values: &[String]) -> String {
    let mut cell = Vec::new();
    put_values(|put| values.iter().for_each(|value| put(value)), &mut cell);
    String::from_utf8(cell).expect("values are text")
}

fn quoted(cell: &str) -> String {
    format!("\"{}\"", cell.replace('"', "\"\""))
}
