//! What serde_json reads, one value after the other, put into a flat list of nodes.

use super::{Kind, MOST_VALUES, Node};
use crate::event::name::{Name, Names};
use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use std::borrow::Cow;

/// Appends one value, with everything in it, to the list of nodes.
pub struct Seed<'n, 'a> {
    /// Where it goes.
    pub nodes: &'n mut Vec<Node<'a>>,
    /// The names of the members that are kept.
    pub names: &'n Names,
    /// The name it has in its object.
    pub name: Name,
}

impl<'a> Seed<'_, 'a> {
    fn push<E: serde::de::Error>(&mut self, kind: Kind<'a>) -> Result<(), E> {
        let end = self.nodes.len() + 1;
        let end = u32::try_from(end).ok().filter(|_| end <= MOST_VALUES);
        let end = end.ok_or_else(|| E::custom("too many values"))?;
        let name = self.name;
        self.nodes.push(Node { name, end, kind });
        Ok(())
    }

    /// What is in the list or object at `at` is there.
    fn close(&mut self, at: usize) {
        // No list of nodes is longer than `MOST_VALUES`.
        self.nodes[at].end = u32::try_from(self.nodes.len()).unwrap_or(u32::MAX);
    }

    /// For a value in this one.
    fn inside(&mut self, name: Name) -> Seed<'_, 'a> {
        Seed {
            nodes: self.nodes,
            names: self.names,
            name,
        }
    }
}

impl<'a> DeserializeSeed<'a> for Seed<'_, 'a> {
    type Value = ();

    fn deserialize<D: Deserializer<'a>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'a> Visitor<'a> for Seed<'_, 'a> {
    type Value = ();

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E: serde::de::Error>(mut self) -> Result<(), E> {
        self.push(Kind::Null)
    }

    fn visit_bool<E: serde::de::Error>(mut self, value: bool) -> Result<(), E> {
        self.push(Kind::Text(Cow::Borrowed(if value { "true" } else { "false" })))
    }

    fn visit_i64<E: serde::de::Error>(mut self, value: i64) -> Result<(), E> {
        self.push(Kind::Negative(value))
    }

    fn visit_u64<E: serde::de::Error>(mut self, value: u64) -> Result<(), E> {
        self.push(Kind::Integer(value))
    }

    fn visit_f64<E: serde::de::Error>(mut self, value: f64) -> Result<(), E> {
        self.push(Kind::Float(value))
    }

    fn visit_str<E: serde::de::Error>(mut self, value: &str) -> Result<(), E> {
        self.push(Kind::Text(Cow::Owned(value.to_owned())))
    }

    fn visit_borrowed_str<E: serde::de::Error>(mut self, value: &'a str) -> Result<(), E> {
        self.push(Kind::Text(Cow::Borrowed(value)))
    }

    fn visit_seq<A: SeqAccess<'a>>(mut self, mut items: A) -> Result<(), A::Error> {
        let at = self.nodes.len();
        self.push(Kind::List)?;
        while items.next_element_seed(self.inside(Name::NONE))?.is_some() {}
        self.close(at);
        Ok(())
    }

    fn visit_map<A: MapAccess<'a>>(mut self, mut members: A) -> Result<(), A::Error> {
        let at = self.nodes.len();
        self.push(Kind::Object { has_others: false })?;
        let mut has_others = false;
        while let Some(name) = members.next_key_seed(Known(self.names))? {
            if let Some(name) = name {
                members.next_value_seed(self.inside(name))?;
            } else {
                has_others = true;
                members.next_value::<IgnoredAny>()?;
            }
        }
        self.nodes[at].kind = Kind::Object { has_others };
        self.close(at);
        Ok(())
    }
}

/// Reads the name of a member: nothing where nobody asks for it.
struct Known<'n>(&'n Names);

impl<'a> DeserializeSeed<'a> for Known<'_> {
    type Value = Option<Name>;

    fn deserialize<D: Deserializer<'a>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl Visitor<'_> for Known<'_> {
    type Value = Option<Name>;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("the name of a member")
    }

    fn visit_str<E>(self, value: &str) -> Result<Self::Value, E> {
        Ok(self.0.get(value))
    }
}
