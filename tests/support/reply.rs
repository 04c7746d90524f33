//! Parses the metadata of a reply strictly, and gives splunkd's own messages for its faults.

use serde_json::Value;

pub const SETUP_ERROR: &str =
    "Invalid message received from external search command during setup, see search.log.";
pub const INVALID_RESULT: &str =
    "Invalid message received from external search command during search, see search.log.";
pub const MERGE_ERROR: &str =
    "Invalid '_chunked_idx' from external search process: out of range or out of order.";
pub const WRITE_ERROR: &str = "Failed to send message to external search command, see search.log.";
pub const UNEXPECTED_EXIT: &str = "External search command exited unexpectedly.";
pub const DUPLICATE_MESSAGE: &str = "Error adding inspector message: invalid level or message already exists";

/// The text that the user sees if the command ends in the middle of an exchange.
pub fn exit_text(exit: i32) -> String {
    if exit > 0 {
        format!("External search command exited unexpectedly with non-zero error code {exit}.")
    } else {
        UNEXPECTED_EXIT.to_owned()
    }
}

/// An error that ends a search: the text for the user, and the exact fault.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fatal {
    pub text: String,
    pub detail: String,
}

impl Fatal {
    pub fn new(text: impl Into<String>, detail: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            detail: detail.into(),
        }
    }
}

/// Which fields splunkd sends from now on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Mode {
    AllFields,
    Selected(Vec<String>),
}

/// The parsed metadata of a reply.
#[derive(Debug)]
pub struct Told {
    pub metadata: Value,
    pub finished: Option<bool>,
    pub error: Option<String>,
    pub messages: Vec<(String, String)>,
    /// Faults that splunkd would only log.
    pub complaints: Vec<String>,
}

const GETINFO_KEYS: [&str; 8] = [
    "type",
    "generating",
    "required_fields",
    "maxwait",
    "streaming_preop",
    "finished",
    "error",
    "inspector",
];
const EXECUTE_KEYS: [&str; 3] = ["finished", "error", "inspector"];
const LEVELS: [&str; 4] = ["DEBUG", "INFO", "WARN", "ERROR"];

/// Parses the reply to getinfo, with the requested mode.
pub fn read_getinfo(metadata: &[u8], body: &[u8]) -> Result<(Told, Mode), Fatal> {
    let mut told = read(metadata, &GETINFO_KEYS).map_err(|detail| Fatal::new(SETUP_ERROR, detail))?;
    if !body.is_empty() {
        told.complaints
            .push(format!("the getinfo reply has a body of {} bytes", body.len()));
    }
    if told.finished == Some(true) && told.error.is_none() {
        told.complaints
            .push("`finished` is true in a getinfo reply without `error`".to_owned());
    }
    check_settings(&mut told);
    let mode = mode(&mut told).map_err(|detail| Fatal::new(SETUP_ERROR, detail))?;
    Ok((told, mode))
}

/// Parses the reply to an execute request with `finished`.
pub fn read_execute(metadata: &[u8], finished: bool) -> Result<Told, Fatal> {
    let mut told = read(metadata, &EXECUTE_KEYS).map_err(|detail| Fatal::new(INVALID_RESULT, detail))?;
    if told.error.is_none() && told.finished != Some(finished) {
        told.complaints.push(format!(
            "request said finished:{finished}, reply said {:?}",
            told.finished
        ));
    }
    Ok(told)
}

fn read(bytes: &[u8], known: &[&str]) -> Result<Told, String> {
    let metadata: Value = serde_json::from_slice(bytes)
        .map_err(|error| format!("metadata is not JSON ({error}): \"{}\"", bytes.escape_ascii()))?;
    if !metadata.is_object() {
        return Err(format!("metadata is not a JSON object: {metadata}"));
    }
    let mut complaints = check_keys(bytes, known);
    let messages = messages(&metadata, &mut complaints);
    let error = text_of(&metadata, "error")?;
    let finished = bool_of(&metadata, "finished")?;
    if error.is_some() && finished != Some(true) {
        complaints.push("`error` without \"finished\":true".to_owned());
    }
    if error.as_deref().is_some_and(str::is_empty) {
        complaints.push("`error` is an empty text".to_owned());
    }
    Ok(Told {
        metadata,
        finished,
        error,
        messages,
        complaints,
    })
}

fn check_keys(bytes: &[u8], known: &[&str]) -> Vec<String> {
    let mut complaints = Vec::new();
    let keys = top_level_keys(bytes);
    for (index, key) in keys.iter().enumerate() {
        if !known.contains(&key.as_str()) {
            complaints.push(format!(
                "Unsupported metadata field sent by custom search command: {key}"
            ));
        }
        if keys[..index].contains(key) {
            complaints.push(format!("metadata key `{key}` appears twice"));
        }
    }
    let place = |name: &str| keys.iter().position(|key| key == name);
    if place("error").is_some_and(|error| place("inspector").is_some_and(|inspector| inspector > error)) {
        complaints.push("`inspector` must come before `error`".to_owned());
    }
    if !bytes.starts_with(b"{") || !bytes.ends_with(b"}") {
        complaints.push("blanks around the metadata object".to_owned());
    }
    complaints
}

/// The keys of a valid JSON object in the order they were written.
fn top_level_keys(json: &[u8]) -> Vec<String> {
    let (mut keys, mut depth, mut at, mut before_key) = (Vec::new(), 0, 0, false);
    while at < json.len() {
        match json[at] {
            b'"' => {
                let end = string_end(json, at);
                if before_key {
                    keys.push(String::from_utf8_lossy(&json[at + 1..end]).into_owned());
                }
                before_key = false;
                at = end;
            }
            b'{' | b'[' => {
                depth += 1;
                before_key = depth == 1;
            }
            b'}' | b']' => depth -= 1,
            b',' => before_key = depth == 1,
            _ => {}
        }
        at += 1;
    }
    keys
}

fn string_end(json: &[u8], start: usize) -> usize {
    let mut at = start + 1;
    while json[at] != b'"' {
        at += if json[at] == b'\\' { 2 } else { 1 };
    }
    at
}

fn messages(metadata: &Value, complaints: &mut Vec<String>) -> Vec<(String, String)> {
    let Some(inspector) = metadata.get("inspector") else {
        return Vec::new();
    };
    let Some(members) = inspector.as_object() else {
        complaints.push("`inspector` is not an object".to_owned());
        return Vec::new();
    };
    let mut found = Vec::new();
    for (key, value) in members {
        match value.as_array() {
            Some(items) if key == "messages" => {
                found.extend(items.iter().filter_map(|item| message(item, complaints)));
            }
            Some(numbers) if key.starts_with("metric.") && is_metric(numbers) => {}
            _ => complaints.push(format!("inspector key `{key}` holds {value}")),
        }
    }
    found
}

fn is_metric(numbers: &[Value]) -> bool {
    numbers.len() == 4 && numbers.iter().all(Value::is_number)
}

fn message(item: &Value, complaints: &mut Vec<String>) -> Option<(String, String)> {
    let parts: Option<Vec<&str>> = item
        .as_array()
        .and_then(|parts| parts.iter().map(Value::as_str).collect());
    match parts.as_deref() {
        Some([level, text]) if LEVELS.contains(level) && !text.is_empty() => {
            Some(((*level).to_owned(), (*text).to_owned()))
        }
        _ => {
            complaints.push(format!("{DUPLICATE_MESSAGE}: {item}"));
            None
        }
    }
}

fn check_settings(told: &mut Told) {
    type Rule = (&'static str, &'static str, fn(&Value) -> bool);
    let rules: [Rule; 3] = [
        ("generating", "a boolean", Value::is_boolean),
        ("maxwait", "a number of seconds", |value| {
            value.as_f64().is_some_and(|seconds| seconds >= 0.0)
        }),
        ("streaming_preop", "a text", Value::is_string),
    ];
    for (key, what, allowed) in rules {
        if told.metadata.get(key).is_some_and(|value| !allowed(value)) {
            told.complaints.push(format!("`{key}` is not {what}"));
        }
    }
}

fn mode(told: &mut Told) -> Result<Mode, String> {
    let kind = text_of(&told.metadata, "type")?.unwrap_or_else(|| "streaming".to_owned());
    if !["streaming", "stateful", "events", "reporting"].contains(&kind.as_str()) {
        return Err(format!("Invalid custom search command type: {kind}"));
    }
    let fields = required_fields(told)?;
    match kind.as_str() {
        "streaming" | "stateful" if !fields.is_empty() => Ok(Mode::Selected(fields)),
        "reporting" => Err("the stand-in does not play `type: reporting`".to_owned()),
        _ => Ok(Mode::AllFields),
    }
}

/// The requested fields; none means all.
fn required_fields(told: &mut Told) -> Result<Vec<String>, String> {
    let Some(value) = told.metadata.get("required_fields") else {
        return Ok(Vec::new());
    };
    let names: Option<Vec<String>> = value.as_array().and_then(|names| {
        names
            .iter()
            .map(|name| name.as_str().map(str::to_owned))
            .collect()
    });
    let names = names.ok_or_else(|| format!("`required_fields` is not a list of texts: {value}"))?;
    if names == ["*"] {
        return Ok(Vec::new());
    }
    for (index, name) in names.iter().enumerate() {
        if name.is_empty() || name.contains('*') || name == "_chunked_idx" || names[..index].contains(name) {
            told.complaints.push(format!(
                "`required_fields` holds `{name}`: empty, wildcard, reserved or twice"
            ));
        }
    }
    Ok(names)
}

fn text_of(metadata: &Value, key: &str) -> Result<Option<String>, String> {
    match metadata.get(key) {
        None => Ok(None),
        Some(Value::String(text)) => Ok(Some(text.clone())),
        Some(other) => Err(format!("`{key}` is not text: {other}")),
    }
}

fn bool_of(metadata: &Value, key: &str) -> Result<Option<bool>, String> {
    match metadata.get(key) {
        None => Ok(None),
        Some(Value::Bool(flag)) => Ok(Some(*flag)),
        Some(other) => Err(format!("`{key}` is not a boolean: {other}")),
    }
}
