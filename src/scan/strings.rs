//! JSON strings that hold records as JSON: messages of a queue, cells of a query's answer.

use serde::de::{DeserializeSeed, Deserializer, Error, SeqAccess, Visitor};
use std::fmt::{Formatter, Result as Written};
use std::io::{BufRead, BufReader, Read};

/// Receives the text of a string, or an object as JSON; reading ends where it returns `false`.
type Take<'t> = dyn FnMut(&[u8]) -> bool + 't;

/// Reads the strings of a list, or those that follow one another. The error says what is wrong with the JSON.
pub fn strings(reader: impl Read, take: &mut Take<'_>) -> serde_json::Result<()> {
    let mut reader = BufReader::new(reader);
    while has_more(&mut reader).map_err(serde_json::Error::io)? {
        let mut value = serde_json::Deserializer::from_reader(&mut reader);
        if !Strings(&mut *take).deserialize(&mut value)? {
            break;
        }
    }
    Ok(())
}

/// Whether something follows behind white space.
fn has_more(reader: &mut impl BufRead) -> std::io::Result<bool> {
    loop {
        let buffer = reader.fill_buf()?;
        let blank = buffer.len() - buffer.trim_ascii_start().len();
        if blank < buffer.len() || buffer.is_empty() {
            let is_empty = buffer.is_empty();
            reader.consume(blank);
            return Ok(!is_empty);
        }
        reader.consume(blank);
    }
}

/// A string, an object, or a list of them; whether to go on.
struct Strings<'t, 'f>(&'f mut Take<'t>);

impl<'de> DeserializeSeed<'de> for Strings<'_, '_> {
    type Value = bool;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<bool, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Strings<'_, '_> {
    type Value = bool;

    fn expecting(&self, f: &mut Formatter<'_>) -> Written {
        f.write_str("a string that holds JSON")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<bool, E> {
        Ok((self.0)(text.as_bytes()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<bool, A::Error> {
        while let Some(goes_on) = items.next_element_seed(Strings(&mut *self.0))? {
            if !goes_on {
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn visit_map<A: serde::de::MapAccess<'de>>(self, members: A) -> Result<bool, A::Error> {
        let object = serde::de::value::MapAccessDeserializer::new(members);
        let object = <serde_json::Value as serde::Deserialize>::deserialize(object)?;
        Ok((self.0)(object.to_string().as_bytes()))
    }
}

#[cfg(test)]
mod tests {
    use super::strings;

    fn read(text: &str) -> (Vec<String>, bool) {
        let mut all = Vec::new();
        let read = strings(text.as_bytes(), &mut |text| {
            all.push(String::from_utf8_lossy(text).into_owned());
            true
        });
        (all, read.is_ok())
    }

    #[test]
    fn lists_and_sequences_of_strings_are_read_to_their_end() {
        let all = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>();
        assert_eq!(
            read(r#"["{\"a\":1}", {"b":2}, ["x"]]"#),
            (all(&["{\"a\":1}", "{\"b\":2}", "x"]), true)
        );
        assert_eq!(read("\"{}\"\n\"{\\n}\"\r\n"), (all(&["{}", "{\n}"]), true));
        assert_eq!(read(r#""{}" "{"#), (all(&["{}"]), false));
        assert_eq!(read(r#"["{}","#), (all(&["{}"]), false));
    }
}
