//! `src/splunk/required_fields.txt`: the extracted fields that splunkd is asked for, by cloud and scope.

use crate::catalogue::{Catalogue, Cloud, Scope};
use crate::detect::entry::FieldRef;
use crate::detect::{Detector, Filter};
use crate::event::EventReader;
use crate::event::format::Format;
use std::collections::BTreeSet;

/// `<cloud> <scope>`, then its fields, each on a line and indented.
pub fn render(catalogue: &Catalogue) -> String {
    let detector = Detector::new(catalogue, Filter::default());
    let mut text = String::new();
    for cloud in Cloud::ALL {
        let pair_lists = &catalogue.tables.cloud(*cloud).pair_lists;
        let of_scope = |scope| columns(detector.reader(), &detector.fields(*cloud, scope), pair_lists);
        let mut core = of_scope(Scope::Core);
        core.extend(text_wrappers(detector.reader(), *cloud));
        let all = of_scope(Scope::Extended);
        put_group(*cloud, "core", core.iter(), &mut text);
        put_group(*cloud, "extended", all.difference(&core), &mut text);
    }
    text
}

fn put_group<'f>(cloud: Cloud, scope: &str, fields: impl Iterator<Item = &'f String>, text: &mut String) {
    text.push_str(&format!("{cloud} {scope}\n"));
    fields.for_each(|field| text.push_str(&format!(" {field}\n")));
}

/// Fields that can hold much of an entry as text.
fn text_wrappers(reader: &EventReader, cloud: Cloud) -> impl Iterator<Item = String> {
    let formats = reader.formats().map(|(_, format)| format.definition());
    let of_cloud = formats.filter(move |format| format.cloud == cloud.as_str());
    of_cloud.flat_map(|format| format.text_wrappers.clone())
}

fn columns(reader: &EventReader, fields: &[&FieldRef], pair_lists: &[String]) -> BTreeSet<String> {
    let mut columns = BTreeSet::new();
    for field in fields {
        let is_pair_list = pair_lists.iter().any(|path| path == field.name());
        // splunkd takes no wildcards; the values lie in `_raw` too.
        if field.is_of_any_name() {
            continue;
        }
        for (format, path) in field.every_path() {
            let format = reader.format(format);
            if !format.reaches_splunk(field.name(), path.text()) {
                continue;
            }
            let names = names(format, path.text(), is_pair_list);
            let prefixes = &format.definition().prefixes;
            let is_wrapped = format.is_wrapped(field.name(), path.text());
            let prefixes = prefixes.iter().filter(|prefix| is_wrapped || prefix.is_empty());
            columns
                .extend(prefixes.flat_map(|prefix| names.iter().map(move |name| format!("{prefix}{name}"))));
        }
        columns.extend(field.add_on_paths().map(|path| path.text().to_owned()));
    }
    columns
}

/// The names that Splunk gives to the field: an SSM target list arrives as two, JSON inside a text as one.
fn names(format: &Format, path: &str, is_pair_list: bool) -> Vec<String> {
    let is_inside = |text: &&String| {
        path.strip_prefix(text.as_str())
            .is_some_and(|rest| rest.starts_with('.'))
    };
    if let Some(text) = format.definition().text_fields.iter().find(is_inside) {
        return vec![text.clone()];
    }
    let mut names = if is_pair_list {
        vec![format!("{path}.key"), format!("{path}.values{{}}")]
    } else {
        vec![path.to_owned()]
    };
    // What a dialect has no name for lies under the canonical one, often a list or an object as text.
    let unmapped = format
        .definition()
        .dialects
        .iter()
        .filter_map(|dialect| dialect.unmapped.as_deref());
    let is_unmapped = |text: &str| {
        let mut parents = unmapped.clone();
        parents.any(|parent| {
            text.strip_prefix(parent)
                .is_some_and(|rest| rest.starts_with('.'))
        })
    };
    names.extend(
        path.split_once("{}")
            .filter(|(text, _)| is_unmapped(text))
            .map(|(text, _)| text.to_owned()),
    );
    names
}
