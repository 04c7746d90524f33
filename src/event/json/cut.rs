//! A text that ends in the middle of a JSON value → the same with what is open closed.

use crate::event::path::CUT;

/// Where a scan of JSON is.
#[derive(Debug, Default)]
struct Scan {
    /// The brackets that are open.
    open: Vec<u8>,
    /// Where the outermost of them is.
    root: usize,
    /// The end of what is whole, and how many brackets were open there.
    whole: (usize, usize),
    /// Where the string begins that is open.
    string: Option<usize>,
    /// Whether a value, not a name, comes next.
    is_value: bool,
}

/// The last value of `text`, without the member or item that the text ends in; each object that is still open gets a
/// member [`CUT`]. Of a string that holds JSON, what stands before the cut stays. Nothing where no value is open.
pub fn closed(text: &str) -> Option<String> {
    let bytes = text.as_bytes();
    let mut scan = Scan::default();
    let mut at = 0;
    while at < bytes.len() {
        at = scan.step(bytes, at);
    }
    scan.close(text)
}

impl Scan {
    /// Looks at one byte, or at a whole string; returns where the next begins.
    fn step(&mut self, bytes: &[u8], at: usize) -> usize {
        match bytes[at] {
            b'"' => return self.string(bytes, at),
            bracket @ (b'{' | b'[') => {
                if self.open.is_empty() {
                    self.root = at;
                }
                self.open.push(bracket);
                self.is_value = bracket == b'[';
                self.whole = (at + 1, self.open.len());
            }
            b'}' | b']' => {
                self.open.pop();
                self.whole = (at + 1, self.open.len());
                self.is_value = false;
            }
            b',' => {
                self.whole = (at, self.open.len());
                self.is_value = self.open.last() == Some(&b'[');
            }
            b':' => self.is_value = true,
            _ => {}
        }
        at + 1
    }

    fn string(&mut self, bytes: &[u8], start: usize) -> usize {
        let mut at = start + 1;
        while let Some(found) = memchr::memchr2(b'"', b'\\', bytes.get(at..).unwrap_or_default()) {
            at += found;
            if bytes[at] == b'"' {
                if self.is_value {
                    self.whole = (at + 1, self.open.len());
                }
                return at + 1;
            }
            at += 2;
        }
        self.string = Some(start);
        bytes.len()
    }

    fn close(self, text: &str) -> Option<String> {
        if self.open.is_empty() {
            return None;
        }
        let json = self.string.filter(|_| self.is_value);
        let json = json.and_then(|start| json_in_string(text, start));
        let (end, depth) = match &json {
            Some(_) => (text.len(), self.open.len()),
            None => self.whole,
        };
        let mut closed = match &json {
            Some((start, string)) => [&text[self.root..*start], string, "\""].concat(),
            None => text[self.root..end].to_owned(),
        };
        for bracket in self.open[..depth].iter().rev() {
            if *bracket == b'[' {
                closed.push(']');
                continue;
            }
            let comma = if closed.trim_ascii_end().ends_with('{') {
                ""
            } else {
                ","
            };
            closed.push_str(&[comma, "\"", CUT, "\":true}"].concat());
        }
        Some(closed)
    }
}

/// Where the string begins, and the string without an escape that the text ends in; if it holds JSON.
fn json_in_string(text: &str, start: usize) -> Option<(usize, &str)> {
    let string = &text[start..];
    let begins = string[1..].trim_ascii_start().starts_with(['{', '[']);
    let mut end = string.len();
    if let Some(escape) = string.rfind('\\') {
        let before = string[..escape]
            .bytes()
            .rev()
            .take_while(|byte| *byte == b'\\')
            .count();
        let is_escape = before % 2 == 0;
        let length = if string[escape + 1..].starts_with('u') {
            6
        } else {
            2
        };
        if is_escape && escape + length > end {
            end = escape;
        }
    }
    begins.then(|| (start, &string[..end]))
}

#[cfg(test)]
mod tests {
    use super::closed;

    #[test]
    fn what_stands_before_the_cut_stays() {
        for (text, wanted) in [
            (
                r#"{"a":1,"b":{"c":[1,2"#,
                r#"{"a":1,"b":{"c":[1],"directvm.cut":true},"directvm.cut":true}"#,
            ),
            (r#"{"a":1,"b":"x"#, r#"{"a":1,"directvm.cut":true}"#),
            (r#"{"a":1,"b"#, r#"{"a":1,"directvm.cut":true}"#),
            (r#"{"a":"x","#, r#"{"a":"x","directvm.cut":true}"#),
            (r#"{"a":"x""#, r#"{"a":"x","directvm.cut":true}"#),
            (r#"{"a":"x\"#, r#"{"directvm.cut":true}"#),
            (
                r#"{} {"a":[{"b":1},{"#,
                r#"{"a":[{"b":1},{"directvm.cut":true}],"directvm.cut":true}"#,
            ),
            (
                r#"{"m":"{\"a\":\"b\",\"c\u00"#,
                r#"{"m":"{\"a\":\"b\",\"c","directvm.cut":true}"#,
            ),
            ("[", "[]"),
        ] {
            assert_eq!(closed(text).as_deref(), Some(wanted), "{text}");
        }
        assert_eq!(closed(r#"{"a":1}"#), None);
        assert_eq!(closed("12"), None);
    }

    proptest::proptest! {
        #[test]
        fn a_document_that_is_cut_anywhere_is_json_again(at in 0_usize..200) {
            let whole = r#"{"Records":[{"a":"x\\","b":[1,-2.5e3,null,true],"c":{"d":"\u00e9\"q","e":"{\"f\":[1]}"}},{"g":"ü"}]}"#;
            let at = (0..=at.min(whole.len())).rev().find(|at| whole.is_char_boundary(*at)).unwrap_or(0);
            if let Some(closed) = closed(&whole[..at]) {
                let read = serde_json::from_str::<serde_json::Value>(&closed);
                proptest::prop_assert!(read.is_ok(), "{}", closed);
            }
        }
    }
}
