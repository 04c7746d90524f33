//! One entry seen through its shape: a fact is asked for once, by the name it has in the provider's main shape.

use crate::catalogue::Cloud;
use crate::event::places::{add_on_names, alternatives};
use crate::event::shape::Shape;
use crate::event::{Event, Path};
use std::borrow::Cow;
use std::cell::RefCell;
use std::collections::HashMap;
use std::sync::{Arc, LazyLock, Mutex, PoisonError};

/// A fact, and where each shape of its cloud has it.
#[derive(Debug, Clone)]
pub struct Fact(Arc<Places>);

#[derive(Debug)]
struct Places {
    name: String,
    shape: Shape,
    first_shape: Vec<Path>,
    ocsf: Vec<Path>,
    add_on: Vec<Path>,
}

/// Most operations ask for the same few facts: each is made once.
static KNOWN: LazyLock<Mutex<HashMap<Cloud, HashMap<String, Fact>>>> = LazyLock::new(Mutex::default);

impl Fact {
    /// The fact that lies at `canonical` in the main shape of `cloud`.
    pub fn new(cloud: Cloud, canonical: &str) -> Self {
        let mut known = KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
        let known = known.entry(cloud).or_default();
        if let Some(fact) = known.get(canonical) {
            return fact.clone();
        }
        let fact = Self(Arc::new(Places::new(cloud, canonical)));
        known.insert(canonical.to_owned(), fact.clone());
        fact
    }

    /// Its name in the main shape.
    pub fn name(&self) -> &str {
        &self.0.name
    }

    /// Where it may lie in `shape`.
    pub fn paths(&self, shape: Shape) -> &[Path] {
        if shape == Shape::Ocsf {
            &self.0.ocsf
        } else {
            &self.0.first_shape
        }
    }

    /// Every path of every shape, for the list of fields that splunkd is asked for.
    pub fn every_path(&self) -> impl Iterator<Item = (Shape, &Path)> {
        let first = self.0.first_shape.iter().map(|path| (self.0.shape, path));
        first.chain(self.0.ocsf.iter().map(|path| (Shape::Ocsf, path)))
    }

    /// Names under which add-ons extract it.
    pub fn add_on_paths(&self) -> impl Iterator<Item = &Path> {
        self.0.add_on.iter()
    }
}

impl Places {
    fn new(cloud: Cloud, canonical: &str) -> Self {
        let (shape, ocsf) = match cloud {
            Cloud::Aws => (Shape::CloudTrail, alternatives(Shape::Ocsf, canonical)),
            Cloud::Azure => (Shape::Azure, Vec::new()),
            Cloud::Gcp => (Shape::Gcp, Vec::new()),
        };
        let add_on = add_on_names(canonical)
            .iter()
            .map(|name| Path::new(name))
            .collect();
        Self {
            name: canonical.to_owned(),
            shape,
            first_shape: alternatives(shape, canonical),
            ocsf,
            add_on,
        }
    }
}

/// A fact that was found, for `explain`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// The fact's name in the main shape.
    pub fact: String,
    /// Where it lay.
    pub path: String,
    /// Its (first) value.
    pub value: String,
}

/// An entry with its shape, and what else is known of the same event.
pub struct View<'e> {
    /// The vocabulary.
    pub shape: Shape,
    event: &'e dyn Event,
    fields: Option<&'e dyn Event>,
    add_on: Option<&'e dyn Event>,
    seen: Option<&'e RefCell<Vec<Found>>>,
}

impl<'e> View<'e> {
    /// An entry alone.
    pub fn new(shape: Shape, event: &'e dyn Event) -> Self {
        Self {
            shape,
            event,
            fields: None,
            add_on: None,
            seen: None,
        }
    }

    /// Gaps are filled from what Splunk has extracted of the same entry, and then from an add-on's own names.
    #[must_use]
    pub fn filled_from(mut self, fields: Option<&'e dyn Event>, add_on: Option<&'e dyn Event>) -> Self {
        self.fields = fields;
        self.add_on = add_on;
        self
    }

    /// Each fact that is found is written down.
    #[must_use]
    pub fn noting(mut self, seen: Option<&'e RefCell<Vec<Found>>>) -> Self {
        self.seen = seen;
        self
    }

    /// The cloud whose entry this is.
    pub fn cloud(&self) -> Cloud {
        match self.shape {
            Shape::CloudTrail | Shape::Ocsf => Cloud::Aws,
            Shape::Azure => Cloud::Azure,
            Shape::Gcp => Cloud::Gcp,
        }
    }

    /// The first value of the fact.
    pub fn first(&self, fact: &Fact) -> Option<Cow<'e, str>> {
        let from = |event: &'e dyn Event, paths: &[Path]| {
            paths
                .iter()
                .find_map(|path| event.first(path).map(|value| (path.text().to_owned(), value)))
        };
        if self.seen.is_none() {
            return self.quickly(fact);
        }
        let paths = fact.paths(self.shape);
        let found = from(self.event, paths).or_else(|| self.fields.and_then(|f| from(f, paths)));
        let found = found.or_else(|| self.add_on.and_then(|a| from(a, &fact.0.add_on)));
        let (path, value) = found?;
        self.note(fact, &path, &value);
        Some(value)
    }

    fn quickly(&self, fact: &Fact) -> Option<Cow<'e, str>> {
        let from = |event: &'e dyn Event, paths: &[Path]| paths.iter().find_map(|path| event.first(path));
        let paths = fact.paths(self.shape);
        from(self.event, paths)
            .or_else(|| self.fields.and_then(|fields| from(fields, paths)))
            .or_else(|| self.add_on.and_then(|add_on| from(add_on, &fact.0.add_on)))
    }

    /// All values of the fact, from the first place that has one.
    pub fn all(&self, fact: &Fact) -> Vec<Cow<'e, str>> {
        let places = [Some(self.event), self.fields].into_iter().flatten();
        for (event, path) in
            places.flat_map(|event| fact.paths(self.shape).iter().map(move |path| (event, path)))
        {
            let mut values = Vec::new();
            event.each(path, &mut |value| values.push(value));
            if let Some(first) = values.first() {
                self.note(fact, path.text(), first);
                return values;
            }
        }
        Vec::new()
    }

    /// The groups of an SSM target list.
    pub fn pairs(&self, fact: &Fact) -> Vec<(String, Vec<String>)> {
        let places = [Some(self.event), self.fields].into_iter().flatten();
        let mut pairs =
            places.flat_map(|event| fact.paths(self.shape).iter().map(move |path| event.pairs(path)));
        pairs.find(|pairs| !pairs.is_empty()).unwrap_or_default()
    }

    fn note(&self, fact: &Fact, path: &str, value: &str) {
        let Some(seen) = self.seen else { return };
        let found = Found {
            fact: fact.name().to_owned(),
            path: path.to_owned(),
            value: value.to_owned(),
        };
        let mut seen = seen.borrow_mut();
        if !seen.contains(&found) {
            seen.push(found);
        }
    }
}
