//! Forms into which others bring records, and which keep too little of them to judge; and what lies beside records without
//! being one. They are data: `src/event/wrappers.toml`.

use super::Event;
use super::definitions::TooLittle;
use super::path::{Path, PathTable};

/// Every form, ready to be looked for.
#[derive(Debug)]
pub struct Forms(Vec<Form>);

/// A form.
#[derive(Debug)]
pub struct Form {
    /// Name for people.
    pub name: String,
    /// Whether it stands for no record at all.
    pub no_record: bool,
    all_of: Vec<Path>,
}

impl Form {
    fn fits(&self, record: &dyn Event) -> bool {
        self.all_of.iter().all(|path| record.first(path).is_some())
    }
}

impl Forms {
    /// Makes the paths of all forms.
    pub(super) fn new(forms: Vec<TooLittle>, paths: &mut PathTable) -> Self {
        let known = forms.into_iter().map(|form| Form {
            all_of: form.all_of.iter().map(|path| paths.path(path)).collect(),
            name: form.name,
            no_record: form.no_record,
        });
        Self(known.collect())
    }

    /// Whether what looks like a record is none.
    pub fn is_no_record(&self, record: &dyn Event) -> bool {
        let mut none = self.0.iter().filter(|form| form.no_record);
        none.any(|form| form.fits(record))
    }

    /// The form that a record has.
    pub fn of(&self, record: &dyn Event) -> Option<&Form> {
        self.0.iter().find(|form| form.fits(record))
    }
}
