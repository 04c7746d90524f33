//! The getinfo request as splunkd writes it, and how splunkd splits the SPL arguments of a command.

use std::fmt::Write;
use std::path::Path;

use serde_json::Value;

use super::SECRET;

/// Whose keys and spelling: those of Splunk 8.2.1, or of the recordings of 6.3 (three keys fewer, blanks, another order).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Style {
    #[default]
    Splunk82,
    Splunk63,
}

/// The parts of getinfo that vary from search to search.
#[derive(Clone, Debug)]
pub struct Getinfo {
    pub style: Style,
    pub preview: bool,
    pub will_restart: bool,
    /// Sent in place of the stand-in's dispatch directory; empty and other paths occur.
    pub dispatch_dir: Option<String>,
    pub maxresultrows: u64,
    /// Seconds since the epoch; splunkd sends text.
    pub earliest_time: Value,
    pub latest_time: Value,
    pub owner: String,
    /// The SPL before the command.
    pub search: String,
    /// The name under which the command is started.
    pub command: String,
    /// Write characters beyond ASCII as `\u` escapes.
    pub ascii_only: bool,
    /// Unknown keys, added to the request and to its `searchinfo`.
    pub extra: Vec<(String, Value)>,
}

impl Default for Getinfo {
    fn default() -> Self {
        Self {
            style: Style::Splunk82,
            preview: false,
            will_restart: false,
            dispatch_dir: None,
            maxresultrows: 50_000,
            earliest_time: "1627333200".into(),
            latest_time: "1627354345.934".into(),
            owner: "admin".to_owned(),
            command: "directvm".to_owned(),
            search: "search index=cloud \"eventName\"=*".to_owned(),
            ascii_only: false,
            extra: Vec::new(),
        }
    }
}

pub(super) const SID: &str = "1433261372.158";

type Members = Vec<(String, String)>;

impl Getinfo {
    /// The metadata of the request, for a command with these raw SPL tokens.
    pub fn metadata(&self, raw_args: &[String], dispatch_dir: &Path, spaced: bool) -> Vec<u8> {
        let spelling = Spelling {
            spaced: spaced || self.style == Style::Splunk63,
            ascii_only: self.ascii_only,
        };
        let mut members = vec![
            ("action".to_owned(), spelling.value(&"getinfo".into())),
            ("preview".to_owned(), spelling.value(&self.preview.into())),
            (
                "streaming_command_will_restart".to_owned(),
                spelling.value(&self.will_restart.into()),
            ),
            (
                "searchinfo".to_owned(),
                self.searchinfo(raw_args, dispatch_dir, spelling),
            ),
        ];
        self.finish(&mut members, spelling);
        spelling.object(&members).into_bytes()
    }

    fn searchinfo(&self, raw_args: &[String], dispatch_dir: &Path, spelling: Spelling) -> String {
        let args: Vec<_> = raw_args.iter().map(|token| unquote(token)).collect();
        let own_dir = dispatch_dir.to_string_lossy();
        let search = format!("{} | directvm {}", self.search, raw_args.join(" "));
        let keys: [(&str, Value); 15] = [
            ("args", args.into()),
            ("raw_args", raw_args.into()),
            (
                "dispatch_dir",
                self.dispatch_dir.as_deref().unwrap_or(&own_dir).into(),
            ),
            ("sid", SID.into()),
            ("app", "search".into()),
            ("owner", self.owner.as_str().into()),
            ("username", self.owner.as_str().into()),
            ("session_key", SECRET.into()),
            ("splunkd_uri", "https://127.0.0.1:8089".into()),
            ("splunk_version", self.version().into()),
            ("search", percent_encode(&search).into()),
            ("command", self.command.as_str().into()),
            ("maxresultrows", self.maxresultrows.into()),
            ("earliest_time", self.earliest_time.clone()),
            ("latest_time", self.latest_time.clone()),
        ];
        let mut members = keys
            .map(|(key, value)| (key.to_owned(), spelling.value(&value)))
            .to_vec();
        self.finish(&mut members, spelling);
        spelling.object(&members)
    }

    fn version(&self) -> &'static str {
        match self.style {
            Style::Splunk82 => "8.2.1",
            Style::Splunk63 => "20150522",
        }
    }

    /// Adds the extra keys; for 6.3 removes the keys that it lacks and reverses the order.
    fn finish(&self, members: &mut Members, spelling: Spelling) {
        members.extend(
            self.extra
                .iter()
                .map(|(key, value)| (key.clone(), spelling.value(value))),
        );
        if self.style == Style::Splunk63 {
            let later = ["command", "maxresultrows", "streaming_command_will_restart"];
            members.retain(|(key, _)| !later.contains(&key.as_str()));
            members.reverse();
        }
    }
}

#[derive(Clone, Copy)]
struct Spelling {
    spaced: bool,
    ascii_only: bool,
}

impl Spelling {
    fn separators(self) -> (&'static str, &'static str) {
        if self.spaced { (", ", ": ") } else { (",", ":") }
    }

    fn object(self, members: &Members) -> String {
        let (comma, colon) = self.separators();
        let members = members
            .iter()
            .map(|(key, text)| format!("{}{colon}{text}", self.value(&key.as_str().into())));
        format!("{{{}}}", members.collect::<Vec<_>>().join(comma))
    }

    fn value(self, value: &Value) -> String {
        match value {
            Value::Array(items) => {
                let items: Vec<_> = items.iter().map(|item| self.value(item)).collect();
                format!("[{}]", items.join(self.separators().0))
            }
            Value::Object(members) => self.object(
                &members
                    .iter()
                    .map(|(key, value)| (key.clone(), self.value(value)))
                    .collect(),
            ),
            scalar if self.ascii_only => escape_beyond_ascii(&scalar.to_string()),
            scalar => scalar.to_string(),
        }
    }
}

fn escape_beyond_ascii(json: &str) -> String {
    let mut text = String::new();
    for unit in json.encode_utf16() {
        match u8::try_from(unit) {
            Ok(byte) if byte.is_ascii() => text.push(char::from(byte)),
            _ => {
                let _infallible = write!(text, "\\u{unit:04x}");
            }
        }
    }
    text
}

fn percent_encode(text: &str) -> String {
    let escape = |byte: u8| match byte {
        b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => char::from(byte).to_string(),
        _ => format!("%{byte:02X}"),
    };
    text.bytes().map(escape).collect()
}

/// Splits SPL arguments as splunkd does: at blanks outside quotes, keeping everything else. `name = value` is three tokens.
pub fn split_spl(text: &str) -> Vec<String> {
    let mut tokens = vec![String::new()];
    let (mut quoted, mut escaped) = (false, false);
    for letter in text.chars() {
        if letter.is_whitespace() && !quoted {
            tokens.push(String::new());
            continue;
        }
        quoted ^= letter == '"' && !escaped;
        escaped = letter == '\\' && !escaped;
        if let Some(token) = tokens.last_mut() {
            token.push(letter);
        }
    }
    tokens.retain(|token| !token.is_empty());
    tokens
}

/// A raw token as written in `args`: without quotes, `\"` and `\\` unescaped, other backslashes kept.
pub fn unquote(token: &str) -> String {
    let mut text = String::new();
    let mut letters = token.chars().peekable();
    while let Some(letter) = letters.next() {
        match letter {
            '"' => {}
            '\\' => text.push(letters.next_if(|next| matches!(next, '"' | '\\')).unwrap_or('\\')),
            _ => text.push(letter),
        }
    }
    text
}
