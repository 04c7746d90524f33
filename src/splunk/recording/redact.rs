//! The session key: found in metadata, blanked there and wherever else its bytes occur.

use serde::de::IgnoredAny;

const NAME: &str = "session_key";
/// A shorter key is blanked where it is named only: elsewhere it would blank what merely looks like it.
const MIN_KEY: usize = 8;

/// Keys that were met.
#[derive(Debug, Default)]
pub struct Keys(Vec<Vec<u8>>);

impl Keys {
    /// Blanks every key that `metadata` names, and remembers it. The length stays. Of metadata that is not JSON, nothing
    /// is kept from the first sign of a key on, since its end cannot be known.
    pub fn blank_metadata(&mut self, metadata: &[u8]) -> Vec<u8> {
        let mut blanked = metadata.to_vec();
        if serde_json::from_slice::<IgnoredAny>(metadata).is_ok() {
            self.blank_named(&mut blanked);
        } else {
            blank_from_first_sign(&mut blanked);
        }
        self.blank(&mut blanked);
        blanked
    }

    /// Blanks the bytes of every key that was met.
    pub fn blank(&self, bytes: &mut [u8]) {
        for key in &self.0 {
            let mut from = 0;
            while let Some(at) = memchr::memmem::find(&bytes[from..], key) {
                let start = from + at;
                from = start + key.len();
                bytes[start..from].fill(b' ');
            }
        }
    }

    fn blank_named(&mut self, json: &mut [u8]) {
        let mut at = 0;
        while let Some(quote) = memchr::memchr(b'"', &json[at..]) {
            let start = at + quote;
            let end = start + value_length(&json[start..]);
            at = end;
            let Some(value) = value_after(json, end) else {
                continue;
            };
            if serde_json::from_slice::<String>(&json[start..end]).is_ok_and(|name| is_key_name(&name)) {
                at = value + value_length(&json[value..]);
                self.remember(&json[value..at]);
                blank_value(&mut json[value..at]);
            }
        }
    }

    /// A key is remembered as it stands in JSON and as it is.
    fn remember(&mut self, value: &[u8]) {
        let Ok(key) = serde_json::from_slice::<String>(value) else {
            return;
        };
        let written = value[1..value.len() - 1].to_vec();
        for key in [written, key.into_bytes()] {
            if key.len() >= MIN_KEY && !key.iter().all(|byte| *byte == b' ') && !self.0.contains(&key) {
                self.0.push(key);
            }
        }
    }
}

fn is_key_name(name: &str) -> bool {
    name.trim().eq_ignore_ascii_case(NAME)
}

/// How long the JSON value is that `json` begins with; at least 1, so that a search goes on.
fn value_length(json: &[u8]) -> usize {
    let mut values = serde_json::Deserializer::from_slice(json).into_iter::<IgnoredAny>();
    match values.next() {
        Some(Ok(_)) => values.byte_offset().max(1),
        _ => json.len().max(1),
    }
}

/// Where the value begins when a colon follows at `end`.
fn value_after(json: &[u8], end: usize) -> Option<usize> {
    let skip = |from: usize| {
        let blanks = json[from..].iter().take_while(|byte| byte.is_ascii_whitespace());
        from + blanks.count()
    };
    let colon = skip(end);
    (json.get(colon) == Some(&b':')).then(|| skip(colon + 1))
}

/// The value becomes a text of blanks of the same length.
fn blank_value(value: &mut [u8]) {
    match value {
        [] => {}
        [digit] => *digit = b'0',
        [first, inside @ .., last] => {
            (*first, *last) = (b'"', b'"');
            inside.fill(b' ');
        }
    }
}

/// From `session` in any case, or from an escape that could spell it, to the end.
fn blank_from_first_sign(text: &mut [u8]) {
    let word = b"session";
    let sign = (0..text.len()).find(|at| {
        let rest = &text[*at..];
        rest.starts_with(b"\\u")
            || rest
                .get(..word.len())
                .is_some_and(|start| start.eq_ignore_ascii_case(word))
    });
    if let Some(sign) = sign {
        text[sign..].fill(b' ');
    }
}

#[cfg(test)]
mod tests {
    use super::Keys;

    fn blanked(metadata: &str) -> String {
        let text = Keys::default().blank_metadata(metadata.as_bytes());
        assert_eq!(text.len(), metadata.len(), "{metadata}");
        String::from_utf8(text).unwrap()
    }

    #[test]
    fn a_key_is_blanked_wherever_it_is_named() {
        for (metadata, wanted) in [
            (r#"{"session_key":"abc","a":1}"#, r#"{"session_key":"   ","a":1}"#),
            (
                r#"[{"x":{"Session_Key" : "a\"b\\"}}, 1]"#,
                r#"[{"x":{"Session_Key" : "      "}}, 1]"#,
            ),
            (
                r#"{"session\u005fkey":[1,"x"]}"#,
                r#"{"session\u005fkey":"     "}"#,
            ),
            (
                r#"{"session_key":7,"session_key":null}"#,
                r#"{"session_key":0,"session_key":"  "}"#,
            ),
            (r#"{"a":"session_key","b":"c"}"#, r#"{"a":"session_key","b":"c"}"#),
        ] {
            assert_eq!(blanked(metadata), wanted);
        }
    }

    #[test]
    fn a_key_is_blanked_where_it_is_not_named_too() {
        let metadata = r#"{"search":"key S3cr3t\/Key^1!","searchinfo":{"session_key":"S3cr3t\/Key^1"}}"#;
        let mut keys = Keys::default();
        let text = String::from_utf8(keys.blank_metadata(metadata.as_bytes())).unwrap();
        assert!(
            text.contains("\"key              !\"") && !text.contains("S3cr3t"),
            "{text}"
        );
        let mut body = b"a,S3cr3t/Key^1,S3cr3t/Key^1\n".to_vec();
        keys.blank(&mut body);
        assert_eq!(body, b"a,            ,            \n");
    }

    #[test]
    fn metadata_that_is_no_json_shows_nothing_after_the_first_sign() {
        for metadata in [
            r#"{"a":1,"session_key":"abc"#,
            r#"{"a":1,"session_key":"ab"abc","b":2}"#,
            r#"{"a":1,SESSION_KEY='abc'"#,
            r#"{"a":1,"sess\u0069on_key":"abc"}}"#,
        ] {
            let text = blanked(metadata);
            assert!(text.starts_with("{\"a\":1,") && !text.contains("abc"), "{text}");
        }
        assert_eq!(blanked("{\"action\""), "{\"action\"");
    }
}
