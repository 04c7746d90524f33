//! A search result as splunkd holds it: named fields with none, one or many values, all of them bytes.

use std::fmt;

use serde_json::Value;

type Values = Vec<Vec<u8>>;

/// One search result. Two are equal if they have the same values under the same names; the order of the fields and empty
/// fields do not matter, since splunkd's CSV preserves neither.
#[derive(Clone, Default)]
pub struct SearchEvent {
    fields: Vec<(Vec<u8>, Values)>,
}

impl SearchEvent {
    pub fn new() -> Self {
        Self::default()
    }

    /// Only `_raw`, as splunkd sends it to a command that requests nothing else.
    pub fn from_raw(raw: impl AsRef<[u8]>) -> Self {
        Self::new().with("_raw", raw)
    }

    /// The fields that `KV_MODE=json` extracts: `a.b`, `a{}` and `a{}.b` (multivalue), null as the text `null`.
    pub fn from_json(json: &Value) -> Self {
        let mut event = Self::new();
        event.flatten(String::new(), json);
        event
    }

    /// `_raw` (compact JSON) and the fields that `KV_MODE=json` extracts from it.
    pub fn from_json_with_raw(json: &Value) -> Self {
        Self::from_json(json).with("_raw", json.to_string())
    }

    /// Sets one value.
    pub fn with(self, name: impl AsRef<[u8]>, value: impl AsRef<[u8]>) -> Self {
        self.with_values(name, &[value])
    }

    /// Sets all values of a field.
    pub fn with_values<V: AsRef<[u8]>>(mut self, name: impl AsRef<[u8]>, values: &[V]) -> Self {
        self.set(name, values.iter().map(|value| value.as_ref().to_vec()).collect());
        self
    }

    /// Sets a field in its place, or appends it; without values, the field exists and is empty.
    pub fn set(&mut self, name: impl AsRef<[u8]>, values: Values) {
        match self.fields.iter_mut().find(|(known, _)| known == name.as_ref()) {
            Some((_, old)) => *old = values,
            None => self.fields.push((name.as_ref().to_vec(), values)),
        }
    }

    pub fn remove(&mut self, name: impl AsRef<[u8]>) {
        self.fields.retain(|(known, _)| known != name.as_ref());
    }

    /// The values of a field; none where it is absent or empty, which splunkd does not distinguish.
    pub fn get(&self, name: impl AsRef<[u8]>) -> Option<&[Vec<u8>]> {
        let (_, values) = self.fields.iter().find(|(known, _)| known == name.as_ref())?;
        (!is_blank(values)).then_some(values)
    }

    /// The values of a field as text, joined by LF like its plain cell.
    pub fn text(&self, name: impl AsRef<[u8]>) -> Option<String> {
        self.get(name)
            .map(|values| String::from_utf8_lossy(&values.join(&b'\n')).into_owned())
    }

    /// The names in order, including those of empty fields.
    pub fn names(&self) -> impl Iterator<Item = &[u8]> {
        self.fields.iter().map(|(name, _)| name.as_slice())
    }

    fn flatten(&mut self, path: String, json: &Value) {
        match json {
            Value::Object(members) => {
                let prefix = if path.is_empty() { path } else { path + "." };
                for (name, member) in members {
                    self.flatten(format!("{prefix}{name}"), member);
                }
            }
            Value::Array(items) => {
                for item in items {
                    self.flatten(format!("{path}{{}}"), item);
                }
            }
            Value::String(text) => self.push(path, text.clone().into_bytes()),
            scalar => self.push(path, scalar.to_string().into_bytes()),
        }
    }

    fn push(&mut self, name: String, value: Vec<u8>) {
        match self.fields.iter_mut().find(|(known, _)| known == name.as_bytes()) {
            Some((_, values)) => values.push(value),
            None => self.fields.push((name.into_bytes(), vec![value])),
        }
    }

    fn sorted(&self) -> Vec<&(Vec<u8>, Values)> {
        let mut fields: Vec<_> = self
            .fields
            .iter()
            .filter(|(_, values)| !is_blank(values))
            .collect();
        fields.sort_by(|a, b| a.0.cmp(&b.0));
        fields
    }
}

/// Whether there is no value or a single empty one: both are an empty cell.
fn is_blank(values: &[Vec<u8>]) -> bool {
    match values {
        [] => true,
        [only] => only.is_empty(),
        _ => false,
    }
}

impl PartialEq for SearchEvent {
    fn eq(&self, other: &Self) -> bool {
        self.sorted() == other.sorted()
    }
}

impl fmt::Debug for SearchEvent {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut map = out.debug_map();
        for (name, values) in self.sorted() {
            let values: Vec<_> = values.iter().map(|value| readable(value)).collect();
            map.entry(&readable(name), &values);
        }
        map.finish()
    }
}

/// UTF-8 unchanged; other bytes as `\x..`.
fn readable(bytes: &[u8]) -> String {
    bytes.utf8_chunks().fold(String::new(), |text, piece| {
        format!("{text}{}{}", piece.valid(), piece.invalid().escape_ascii())
    })
}
