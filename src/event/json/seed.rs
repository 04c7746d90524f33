//! What serde_json reads, one value after the other, put into a flat list of nodes.

use super::{Kind, MOST_VALUES, Node};
use serde::de::{DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};
use std::borrow::Cow;

/// Appends one value, with everything in it, to the list of nodes.
pub struct Seed<'n, 'a> {
    /// Where it goes.
    pub nodes: &'n mut Vec<Node<'a>>,
    /// The name it has in its object.
    pub key: Cow<'a, str>,
}

impl<'n, 'a> Seed<'n, 'a> {
    fn push<E: serde::de::Error>(self, kind: Kind<'a>) -> Result<(), E> {
        let end = self.nodes.len() + 1;
        if end > MOST_VALUES {
            return Err(E::custom("too many values"));
        }
        self.nodes.push(Node {
            key: self.key,
            kind,
            end,
        });
        Ok(())
    }

    /// Appends a list or an object; what is in it goes to the nodes that are returned.
    fn open<E: serde::de::Error>(self, kind: Kind<'a>) -> Result<&'n mut Vec<Node<'a>>, E> {
        let Seed { nodes, key } = self;
        Seed {
            nodes: &mut *nodes,
            key,
        }
        .push(kind)?;
        Ok(nodes)
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

    fn visit_unit<E: serde::de::Error>(self) -> Result<(), E> {
        self.push(Kind::Null)
    }

    fn visit_bool<E: serde::de::Error>(self, value: bool) -> Result<(), E> {
        self.push(Kind::Text(Cow::Borrowed(if value { "true" } else { "false" })))
    }

    fn visit_i64<E: serde::de::Error>(self, value: i64) -> Result<(), E> {
        self.push(Kind::Negative(value))
    }

    fn visit_u64<E: serde::de::Error>(self, value: u64) -> Result<(), E> {
        self.push(Kind::Integer(value))
    }

    fn visit_f64<E: serde::de::Error>(self, value: f64) -> Result<(), E> {
        self.push(Kind::Float(value))
    }

    fn visit_str<E: serde::de::Error>(self, value: &str) -> Result<(), E> {
        self.push(Kind::Text(Cow::Owned(value.to_owned())))
    }

    fn visit_borrowed_str<E: serde::de::Error>(self, value: &'a str) -> Result<(), E> {
        self.push(Kind::Text(Cow::Borrowed(value)))
    }

    fn visit_seq<A: SeqAccess<'a>>(self, mut items: A) -> Result<(), A::Error> {
        let at = self.nodes.len();
        let nodes = self.open(Kind::List)?;
        while items
            .next_element_seed(Seed {
                nodes: &mut *nodes,
                key: Cow::Borrowed(""),
            })?
            .is_some()
        {}
        nodes[at].end = nodes.len();
        Ok(())
    }

    fn visit_map<A: MapAccess<'a>>(self, mut members: A) -> Result<(), A::Error> {
        let at = self.nodes.len();
        let nodes = self.open(Kind::Object)?;
        while let Some(key) = members.next_key_seed(Key)? {
            members.next_value_seed(Seed {
                nodes: &mut *nodes,
                key,
            })?;
        }
        nodes[at].end = nodes.len();
        Ok(())
    }
}

/// Reads the name of a member, borrowed where it holds no escape.
struct Key;

impl<'a> DeserializeSeed<'a> for Key {
    type Value = Cow<'a, str>;

    fn deserialize<D: Deserializer<'a>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl<'a> Visitor<'a> for Key {
    type Value = Cow<'a, str>;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("the name of a member")
    }

    fn visit_str<E>(self, value: &str) -> Result<Self::Value, E> {
        Ok(Cow::Owned(value.to_owned()))
    }

    fn visit_borrowed_str<E>(self, value: &'a str) -> Result<Self::Value, E> {
        Ok(Cow::Borrowed(value))
    }
}
