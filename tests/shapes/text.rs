//! One JSON value as text, in every spelling in which `_raw` arrives.

use serde_json::{Map, Number, Value};

/// How JSON is written.
#[derive(Clone, Copy, Default)]
struct Style {
    reversed: bool,
    escaped: bool,
    spaced: bool,
}

/// Every spelling of `event`, by name.
pub fn writings(event: &Value) -> Vec<(&'static str, Vec<u8>)> {
    let plain = event.to_string();
    let styled = |style: Style| {
        let mut text = String::new();
        write(event, style, &mut text);
        text.into_bytes()
    };
    let style = Style::default();
    let header = "<134>1 2026-03-14T09:27:01Z collector.example audit 4711 - [meta@32473 seq=\"7\"] ";
    let envelope = |event: &Value| serde_json::json!({ "time": 1_773_480_413.0, "host": "hec", "sourcetype": "x", "event": event });
    vec![
        ("plain", plain.clone().into_bytes()),
        (
            "pretty-printed",
            serde_json::to_vec_pretty(event).expect("a value can be written"),
        ),
        (
            "key order reversed",
            styled(Style {
                reversed: true,
                ..style
            }),
        ),
        (
            "letters as escapes",
            styled(Style {
                escaped: true,
                ..style
            }),
        ),
        (
            "white space everywhere",
            styled(Style {
                spaced: true,
                ..style
            }),
        ),
        ("byte-order mark", [b"\xef\xbb\xbf", plain.as_bytes()].concat()),
        ("syslog header", format!("{header}{plain}").into_bytes()),
        (
            "syslog header with braces",
            format!("<13>Mar 14 09:27:01 fw{{1}} audit: {plain}\n").into_bytes(),
        ),
        ("HEC envelope", envelope(event).to_string().into_bytes()),
        (
            "HEC envelope with text",
            envelope(&Value::from(plain)).to_string().into_bytes(),
        ),
        (
            "numbers for text",
            scalars(event, &number).to_string().into_bytes(),
        ),
        ("text for numbers", scalars(event, &text).to_string().into_bytes()),
    ]
}

fn write(value: &Value, style: Style, out: &mut String) {
    let gap = if style.spaced { " \t\r\n " } else { "" };
    match value {
        Value::Object(members) => {
            let mut members: Vec<_> = members.iter().collect();
            if style.reversed {
                members.reverse();
            }
            out.push('{');
            for (at, (name, member)) in members.into_iter().enumerate() {
                out.push_str(if at > 0 { "," } else { "" });
                out.push_str(gap);
                string(name, style, out);
                out.push_str(gap);
                out.push(':');
                out.push_str(gap);
                write(member, style, out);
                out.push_str(gap);
            }
            out.push('}');
        }
        Value::Array(items) => {
            out.push('[');
            for (at, item) in items.iter().enumerate() {
                out.push_str(if at > 0 { "," } else { "" });
                out.push_str(gap);
                write(item, style, out);
            }
            out.push(']');
        }
        Value::String(text) => string(text, style, out),
        other => out.push_str(&other.to_string()),
    }
}

fn string(text: &str, style: Style, out: &mut String) {
    if !style.escaped {
        out.push_str(&Value::from(text).to_string());
        return;
    }
    out.push('"');
    for unit in text.encode_utf16() {
        out.push_str(&format!("\\u{unit:04x}"));
    }
    out.push('"');
}

/// `value` with every scalar changed.
fn scalars(value: &Value, change: &dyn Fn(&Value) -> Value) -> Value {
    match value {
        Value::Object(members) => {
            let changed = members
                .iter()
                .map(|(name, member)| (name.clone(), scalars(member, change)));
            Value::Object(changed.collect::<Map<_, _>>())
        }
        Value::Array(items) => items.iter().map(|item| scalars(item, change)).collect(),
        scalar => change(scalar),
    }
}

/// A string that looks like a number or a boolean becomes one.
fn number(value: &Value) -> Value {
    let Value::String(text) = value else {
        return value.clone();
    };
    match text.as_str() {
        "true" => Value::Bool(true),
        "false" => Value::Bool(false),
        text => text
            .parse::<u64>()
            .ok()
            .filter(|number| number.to_string() == text)
            .map_or_else(|| value.clone(), |number| Value::Number(Number::from(number))),
    }
}

fn text(value: &Value) -> Value {
    match value {
        Value::Number(number) => Value::from(number.to_string()),
        Value::Bool(truth) => Value::from(truth.to_string()),
        other => other.clone(),
    }
}
