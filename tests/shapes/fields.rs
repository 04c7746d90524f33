//! A JSON value as a row of the fields that Splunk extracts from it, and the findings in such a row.

use super::Seen;
use directvm::detect::Detector;
use directvm::detect::batch::Batch;
use directvm::detect::view::View;
use directvm::event::Event;
use directvm::event::cells::put_values;
use directvm::event::row::{Columns, Row};
use directvm::event::shape::{Company, RowShapes};
use directvm::splunk::fields::required;
use directvm::splunk::options::Options;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;
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
    let names = fields
        .keys()
        .cloned()
        .chain(fields.keys().map(|name| format!("__mv_{name}")));
    let columns = Rc::new(Columns::new(names.map(String::into_bytes).collect()));
    let plain = fields.values().map(|values| quoted(&values.join("\n")));
    let twins = fields.values().map(|values| match values.len() {
        1 => String::new(),
        _ => listed(values),
    });
    let cells: Vec<String> = plain.chain(twins).collect();
    let cells: Vec<&[u8]> = cells.iter().map(String::as_bytes).collect();
    let add_on = Row::new(&columns, &cells);
    let mut batch = Batch::default();
    let entries = RowShapes::new(&columns).read(&cells, &mut |shape, row, company| {
        let add_on = Some(&add_on as &dyn Event).filter(|_| company != Company::Known);
        let finding = detector.inspect(&View::new(shape, row).filled_from(None, add_on));
        finding.into_iter().for_each(|finding| batch.add(finding));
    });
    batch.gravest(entries).map(|finding| Seen::of(&finding))
}

fn listed(values: &[String]) -> String {
    let mut cell = Vec::new();
    put_values(|put| values.iter().for_each(|value| put(value)), &mut cell);
    String::from_utf8(cell).expect("values are text")
}

fn quoted(cell: &str) -> String {
    format!("\"{}\"", cell.replace('"', "\"\""))
}
