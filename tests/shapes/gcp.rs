//! A `LogEntry` in the wrappers of Google Cloud.

use super::Form;
use serde_json::{Value, json};

pub fn forms(event: &Value) -> Vec<Form> {
    let wrapped = |entry: Value| {
        json!({
            "attributes": { "logging.googleapis.com/timestamp": event["timestamp"] },
            "data": entry, "publish_time": 1_786_699_298.5,
        })
    };
    vec![
        Form::new("LogEntry", event.clone()),
        Form::new("Pub/Sub", wrapped(event.clone())),
        Form::new("Pub/Sub, data as a string", wrapped(event.to_string().into())),
        Form::new("list of entries", json!({ "entries": [event] })).raw_only(),
    ]
}
