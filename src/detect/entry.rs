//! One entry seen through its format: a field is asked for by its canonical name, wherever the format has it.

use crate::catalogue::Cloud;
use crate::detect::text::Text;
use crate::event::format::FormatId;
use crate::event::unwrap::FoundEntry;
use crate::event::{Event, EventReader, Path};
use rustc_hash::FxHashMap;
use std::borrow::Cow;
use std::cell::RefCell;
use std::sync::Arc;

/// A field of entries by its canonical name, and where each format of its cloud has it.
#[derive(Debug, Clone)]
pub struct FieldRef(Arc<Aliases>);

#[derive(Debug)]
struct Aliases {
    name: String,
    by_format: Vec<(FormatId, Vec<Path>)>,
    add_on: Vec<Path>,
}

/// Makes fields. Most operations ask for the same few: each is made once.
#[derive(Debug)]
pub struct FieldTable {
    reader: EventReader,
    known: FxHashMap<Cloud, FxHashMap<String, FieldRef>>,
}

impl FieldTable {
    /// Facts that `reader` will read.
    pub fn new(reader: EventReader) -> Self {
        let known = FxHashMap::default();
        Self { reader, known }
    }

    /// The field of `cloud` with this canonical name.
    pub fn field(&mut self, cloud: Cloud, canonical: &str) -> FieldRef {
        let Self { reader, known } = self;
        let known = known.entry(cloud).or_default();
        if let Some(field) = known.get(canonical) {
            return field.clone();
        }
        let field = FieldRef(Arc::new(Aliases {
            name: canonical.to_owned(),
            by_format: reader.aliases(cloud.as_str(), canonical),
            add_on: reader.add_on_aliases(cloud.as_str(), canonical),
        }));
        known.insert(canonical.to_owned(), field.clone());
        field
    }

    /// The fields of `cloud` with these canonical names.
    pub fn all(&mut self, cloud: Cloud, canonical: &[String]) -> Vec<FieldRef> {
        canonical.iter().map(|name| self.field(cloud, name)).collect()
    }

    /// A path that formats do not change.
    pub fn path(&mut self, text: &str) -> Path {
        self.reader.path(text)
    }

    /// What reads entries in which these fields can be found.
    pub fn into_reader(self) -> EventReader {
        self.reader
    }
}

impl FieldRef {
    /// Its canonical name.
    pub fn name(&self) -> &str {
        &self.0.name
    }

    /// Whether it stands for the values of all members of an object, whatever their names.
    pub fn is_of_any_name(&self) -> bool {
        self.0.name.ends_with(".*")
    }

    /// Where it can lie in entries of `format`.
    pub fn paths(&self, format: FormatId) -> &[Path] {
        let mut by_format = self.0.by_format.iter();
        let found = by_format.find(|(known, _)| *known == format);
        found.map_or(&[], |(_, paths)| paths)
    }

    /// Every path of every format, for the list of fields that splunkd is asked for.
    pub fn every_path(&self) -> impl Iterator<Item = (FormatId, &Path)> {
        let by_format = self.0.by_format.iter();
        by_format.flat_map(|(format, paths)| paths.iter().map(|path| (*format, path)))
    }

    /// Names under which add-ons extract it.
    pub fn add_on_paths(&self) -> impl Iterator<Item = &Path> {
        self.0.add_on.iter()
    }
}

/// A field that was found, for `explain`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// The canonical name of the field.
    pub field: String,
    /// Where it lay.
    pub path: String,
    /// Its (first) value.
    pub value: String,
}

/// An entry with its format, and what else is known of the same event.
pub struct Entry<'e> {
    /// The entry's format.
    pub format: FormatId,
    cloud: Cloud,
    event: &'e dyn Event,
    fields: Option<&'e dyn Event>,
    add_on: Option<&'e dyn Event>,
    seen: Option<&'e RefCell<Vec<Found>>>,
    envelope: Option<&'e dyn Event>,
    /// Whether the record ended in the middle of the entry.
    pub is_cut: bool,
}

impl<'e> Entry<'e> {
    /// An entry alone.
    pub fn new(reader: &'e EventReader, format: FormatId, event: &'e dyn Event) -> Self {
        let cloud = Cloud::parse(reader.format(format).cloud());
        Self {
            format,
            cloud: cloud.expect("the build script has checked the formats' clouds"),
            event,
            fields: None,
            add_on: None,
            seen: None,
            envelope: None,
            is_cut: event.is_cut(),
        }
    }

    /// An entry of a document; the object around it may have the time.
    pub fn found(reader: &'e EventReader, found: &'e FoundEntry<'e>) -> Self {
        Self {
            envelope: found.envelope.as_ref().map(|around| around as &dyn Event),
            ..Self::new(reader, found.format, &found.value)
        }
    }

    /// Gaps are filled from what Splunk has extracted of the same entry, and then from an add-on's own names.
    #[must_use]
    pub fn with_fallbacks(mut self, fields: Option<&'e dyn Event>, add_on: Option<&'e dyn Event>) -> Self {
        self.fields = fields;
        self.add_on = add_on;
        self
    }

    /// The first value at one of the paths in the object around the entry.
    pub fn first_around(&self, paths: &[Path]) -> Option<Cow<'e, str>> {
        let envelope = self.envelope?;
        paths.iter().find_map(|path| envelope.first(path))
    }

    /// Each field that is found is written down.
    #[must_use]
    pub fn noting(mut self, seen: Option<&'e RefCell<Vec<Found>>>) -> Self {
        self.seen = seen;
        self
    }

    /// The first value at a path of the event itself.
    pub fn value_at(&self, path: &Path) -> Option<Cow<'e, str>> {
        self.event.first(path)
    }

    /// The cloud whose entry this is.
    pub fn cloud(&self) -> Cloud {
        self.cloud
    }

    /// The first value of the field.
    pub fn first(&self, field: &FieldRef) -> Option<Cow<'e, str>> {
        let from = |event: &'e dyn Event, paths: &[Path]| {
            paths
                .iter()
                .find_map(|path| event.first(path).map(|value| (path.text().to_owned(), value)))
        };
        if self.seen.is_none() {
            return self.quickly(field);
        }
        let paths = field.paths(self.format);
        let found = from(self.event, paths).or_else(|| self.fields.and_then(|f| from(f, paths)));
        let found = found.or_else(|| self.add_on.and_then(|a| from(a, &field.0.add_on)));
        let (path, value) = found?;
        self.note(field, &path, &value);
        Some(value)
    }

    fn quickly(&self, field: &FieldRef) -> Option<Cow<'e, str>> {
        let from = |event: &'e dyn Event, paths: &[Path]| paths.iter().find_map(|path| event.first(path));
        let paths = field.paths(self.format);
        from(self.event, paths)
            .or_else(|| self.fields.and_then(|fields| from(fields, paths)))
            .or_else(|| self.add_on.and_then(|add_on| from(add_on, &field.0.add_on)))
    }

    /// The first value of the field that `is_wanted`, wherever the format can have it.
    pub fn first_where(&self, field: &FieldRef, is_wanted: impl Fn(&str) -> bool) -> Option<Cow<'e, str>> {
        let places = [Some(self.event), self.fields].into_iter().flatten();
        let mut of_paths = places.flat_map(|event| {
            let paths = field.paths(self.format).iter();
            paths.map(move |path| (event, path))
        });
        let (path, value) = of_paths.find_map(|(event, path)| {
            let mut values = event.all(path).into_iter();
            Some((path, values.find(|value| is_wanted(value))?))
        })?;
        self.note(field, path.text(), &value);
        Some(value)
    }

    /// All values of the field, from the first place that has one.
    pub fn all(&self, field: &FieldRef) -> Vec<Cow<'e, str>> {
        let places = [Some(self.event), self.fields].into_iter().flatten();
        for (event, path) in
            places.flat_map(|event| field.paths(self.format).iter().map(move |path| (event, path)))
        {
            let values = event.all(path);
            if let Some(first) = values.first() {
                self.note(field, path.text(), first);
                return values;
            }
        }
        Vec::new()
    }

    /// The groups of an SSM target list.
    pub fn pairs(&self, field: &FieldRef) -> Vec<(String, Vec<String>)> {
        let places = [Some(self.event), self.fields].into_iter().flatten();
        let mut pairs = places.flat_map(|event| {
            let paths = field.paths(self.format).iter();
            paths.map(move |path| (path, event.groups(path)))
        });
        let Some((path, pairs)) = pairs.find(|(_, pairs)| !pairs.is_empty()) else {
            return Vec::new();
        };
        if self.seen.is_some() {
            let first = pairs
                .iter()
                .find_map(|(key, values)| Some((key, values.first()?)));
            first.inspect(|(key, value)| self.note(field, path.text(), &format!("{key}={value}")));
        }
        pairs
    }

    fn note(&self, field: &FieldRef, path: &str, value: &str) {
        let Some(seen) = self.seen else { return };
        let found = Found {
            field: field.name().to_owned(),
            path: path.to_owned(),
            value: value.to_owned(),
        };
        let mut seen = seen.borrow_mut();
        if !seen.contains(&found) {
            seen.push(found);
        }
    }
}

/// The first of `fields` that has a value.
pub fn first_of<'e>(entry: &Entry<'e>, fields: &[&FieldRef]) -> Option<Text<'e>> {
    fields.iter().find_map(|field| entry.first(field))
}

/// Declares a struct of fields for one cloud, with the path of each.
macro_rules! fields {
    ($name:ident, $cloud:expr, { $($field:ident = $path:literal),+ $(,)? }) => {
        /// Facts that every operation of the cloud has.
        #[derive(Debug)]
        pub struct $name { $(pub(crate) $field: $crate::detect::entry::FieldRef),+ }

        impl $name {
            /// Makes the paths ready.
            pub fn new(fields: &mut $crate::detect::entry::FieldTable) -> Self {
                Self { $($field: fields.field($cloud, $path)),+ }
            }

            /// All of them.
            pub fn every(&self) -> Vec<&$crate::detect::entry::FieldRef> {
                vec![$(&self.$field),+]
            }
        }
    };
}
pub(super) use fields;
