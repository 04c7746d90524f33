//! A list of paths or values, of which one may stand alone and in which `@name` stands for a named list of the family.

use super::source::{allowed, hint};
use serde::de::{Deserializer, Error, SeqAccess, Visitor};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Deref;

/// Texts, in order.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct List(pub Vec<String>);

impl Deref for List {
    type Target = [String];

    fn deref(&self) -> &[String] {
        &self.0
    }
}

impl<'de> Deserialize<'de> for List {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Texts;
        impl<'de> Visitor<'de> for Texts {
            type Value = List;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("a text or a list of texts")
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<List, E> {
                Ok(List(vec![text.to_owned()]))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut texts: A) -> Result<List, A::Error> {
                let mut list = Vec::with_capacity(texts.size_hint().unwrap_or(0));
                while let Some(text) = texts.next_element()? {
                    list.push(text);
                }
                Ok(List(list))
            }
        }
        deserializer.deserialize_any(Texts)
    }
}

/// The named lists of a family while they are put in, with the names that were used.
#[derive(Debug)]
pub struct NamedLists {
    lists: BTreeMap<String, Vec<String>>,
    used: BTreeSet<String>,
}

impl NamedLists {
    /// None of them used so far.
    pub fn new(lists: BTreeMap<String, Vec<String>>) -> Self {
        let used = BTreeSet::new();
        Self { lists, used }
    }

    /// Puts the texts of the named lists in where `list` refers to them; the error names an unknown one as `@name`.
    pub fn put_into(&mut self, list: &mut List) -> Result<(), UnknownList> {
        if !list.iter().any(|text| text.starts_with('@')) {
            return Ok(());
        }
        let mut texts = Vec::new();
        for text in std::mem::take(&mut list.0) {
            match text.strip_prefix('@') {
                None => texts.push(text),
                Some(name) => texts.extend_from_slice(self.find(name)?),
            }
        }
        list.0 = texts;
        Ok(())
    }

    fn find(&mut self, name: &str) -> Result<&[String], UnknownList> {
        let Some(texts) = self.lists.get(name) else {
            let known: Vec<&str> = self.lists.keys().map(String::as_str).collect();
            let hint = hint(name, &known);
            return Err(UnknownList {
                reference: format!("@{name}"),
                message: format!("unknown list \"@{name}\"{hint}; {}", allowed(&known)),
            });
        };
        self.used.insert(name.to_owned());
        Ok(texts)
    }

    /// A list that nothing refers to.
    pub fn unused(&self) -> Option<&str> {
        let mut names = self.lists.keys().map(String::as_str);
        names.find(|name| !self.used.contains(*name))
    }
}

/// A reference to a list that is not there.
#[derive(Debug)]
pub struct UnknownList {
    /// As it stands in the file.
    pub reference: String,
    /// What is wrong.
    pub message: String,
}
