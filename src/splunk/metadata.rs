//! getinfo, execute and their replies: JSON ↔ structs. Unknown keys are ignored.

use serde::{Deserialize, Serialize};

/// What splunkd asks.
#[derive(Debug, Clone, PartialEq)]
pub enum Request {
    /// The first request of every instance.
    GetInfo(Box<SearchInfo>),
    /// A chunk of events; `true` on the last.
    Execute(bool),
}

/// The part of getinfo that is of use. The session key is not among it, so that it can appear nowhere.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
pub struct SearchInfo {
    /// The command's words in the search, quotes and backslashes resolved by splunkd.
    #[serde(default)]
    pub args: Vec<String>,
    /// The name under which the program was started; older versions of Splunk do not say.
    #[serde(default)]
    pub command: Option<String>,
    /// Where the search's files lie; may be empty or absent while a search is only parsed.
    #[serde(default)]
    pub dispatch_dir: Option<String>,
}

#[derive(Deserialize)]
struct RawRequest {
    action: String,
    #[serde(default)]
    finished: bool,
    #[serde(default)]
    searchinfo: Option<Box<SearchInfo>>,
}

/// Why metadata could not be understood.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MetadataError(String);

impl std::fmt::Display for MetadataError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for MetadataError {}

impl Request {
    /// Reads the metadata of a request. The text itself is never repeated in an error, since it holds a session key.
    pub fn parse(metadata: &[u8]) -> Result<Self, MetadataError> {
        let raw: RawRequest = serde_json::from_slice(metadata).map_err(|error| {
            let fault = if error.is_data() {
                misfit(metadata)
            } else {
                "is not JSON"
            };
            let (line, column) = (error.line(), error.column());
            MetadataError(format!("metadata {fault} (line {line}, column {column})"))
        })?;
        match raw.action.as_str() {
            "getinfo" => Ok(Self::GetInfo(raw.searchinfo.unwrap_or_default())),
            "execute" => Ok(Self::Execute(raw.finished)),
            other => {
                let other: String = other.chars().take(40).collect();
                Err(MetadataError(format!(
                    "action is \"{other}\"; allowed are getinfo and execute"
                )))
            }
        }
    }
}

/// What does not fit, by its name and kind; never by its value.
fn misfit(metadata: &[u8]) -> &'static str {
    use serde_json::Value;
    let value: Value = serde_json::from_slice(metadata).unwrap_or_default();
    let Some(request) = value.as_object() else {
        return "is not a JSON object";
    };
    let info = request.get("searchinfo");
    let args = info.and_then(|info| info.get("args"));
    let is_text_list = |list: &Value| {
        list.as_array()
            .is_some_and(|list| list.iter().all(Value::is_string))
    };
    let is_flag = |value: &Value| value.is_boolean();
    let is_info = |value: &Value| value.is_object() || value.is_null();
    match () {
        () if !request.get("action").is_some_and(Value::is_string) => "lacks the string \"action\"",
        () if !request.get("finished").is_none_or(is_flag) => "has a \"finished\" that is not a boolean",
        () if !info.is_none_or(is_info) => "has a \"searchinfo\" that is not an object",
        () if !args.is_none_or(is_text_list) => "has \"args\" that are not a list of strings",
        () => "has a \"dispatch_dir\" that is not a string",
    }
}

/// How much a message to the user matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Level {
    /// The search failed.
    Error,
    /// Something is not as it should be.
    Warn,
    /// For the record.
    Info,
}

/// What the command answers. The order of the keys matters to splunkd: `inspector` before `error`.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Reply {
    /// `streaming` (where the events are) or `stateful` (search head only); in the answer to getinfo.
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    pub kind: Option<&'static str>,
    /// The fields that splunkd shall send.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub required_fields: Option<Vec<&'static str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    inspector: Option<Inspector>,
    /// Echoes the request's flag.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub finished: Option<bool>,
    /// Ends the search; shown in red.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
}

#[derive(Debug, Clone, Serialize)]
struct Inspector {
    messages: Vec<(Level, String)>,
}

impl Reply {
    /// The answer to getinfo.
    pub fn to_getinfo(kind: &'static str, required_fields: Vec<&'static str>) -> Self {
        Self {
            kind: Some(kind),
            required_fields: Some(required_fields),
            ..Self::default()
        }
    }

    /// The answer to a chunk.
    pub fn to_chunk(finished: bool, messages: Vec<(Level, String)>) -> Self {
        Self {
            finished: Some(finished),
            ..Self::default()
        }
        .saying(messages)
    }

    /// The answer that ends the search.
    pub fn failure(text: &str) -> Self {
        let reply = Self {
            finished: Some(true),
            error: Some(text.to_owned()),
            ..Self::default()
        };
        reply.saying(vec![(Level::Error, text.to_owned())])
    }

    /// With messages to the user.
    #[must_use]
    pub fn saying(mut self, messages: Vec<(Level, String)>) -> Self {
        self.inspector = (!messages.is_empty()).then_some(Inspector { messages });
        self
    }

    /// As it goes onto the wire.
    pub fn to_json(&self) -> Vec<u8> {
        let names = self.required_fields.iter().flatten();
        let capacity = 1024 + names.map(|name| name.len() + 3).sum::<usize>();
        let mut json = Vec::with_capacity(capacity);
        serde_json::to_writer(&mut json, self).expect("a reply holds only strings, flags and lists");
        json
    }
}

#[cfg(test)]
mod tests {
    use super::{Level, Reply, Request};

    #[test]
    fn getinfo_is_read_whatever_the_order_and_the_unknown_keys() {
        let json = br#"{"new":1,"searchinfo":{"session_key":"k","args":["a","b=c"],"maxresultrows":0},"action":"getinfo"}"#;
        let Request::GetInfo(info) = Request::parse(json).unwrap() else {
            panic!("not getinfo")
        };
        assert_eq!(info.args, ["a", "b=c"]);
        assert!(!format!("{info:?}").contains("session_key"));
        assert_eq!(
            Request::parse(br#"{"action":"execute","finished":true}"#).unwrap(),
            Request::Execute(true)
        );
    }

    #[test]
    fn errors_do_not_repeat_the_text() {
        let error = |json: &[u8]| Request::parse(json).unwrap_err().to_string();
        let text = error(br#"{"session_key":"secret""#);
        assert!(text.contains("is not JSON") && !text.contains("secret"), "{text}");
        assert!(error(br#"{"action":"halt"}"#).contains("allowed are"));
    }

    #[test]
    fn inspector_comes_before_error() {
        let json = Reply::failure("no").to_json();
        let wanted = br#"{"inspector":{"messages":[["ERROR","no"]]},"finished":true,"error":"no"}"#;
        assert_eq!(json, wanted);
        let json = Reply::to_chunk(false, vec![(Level::Warn, "w".into())]).to_json();
        let wanted = br#"{"inspector":{"messages":[["WARN","w"]]},"finished":false}"#;
        assert_eq!(json, wanted);
    }
}
