//! `src/splunk/fields.txt`: the extracted fields that splunkd is asked for, by cloud and scope.

use crate::catalogue::{Catalogue, Cloud, Scope};
use crate::detect::view::Fact;
use crate::detect::{Detector, Filter};
use crate::event::shape::{Shape, field_prefixes};
use std::collections::BTreeSet;

/// Fields that hold JSON as text: what lies in them is read from there, so only they are asked for.
const TEXTS: [&str; 9] = [
    "Properties.",
    "Claims.",
    "Authorization.",
    "HTTPRequest.",
    "api.request.data.",
    "api.response.data.",
    "responseBody.",
    "ResponseBody.",
    "properties.responseBody.",
];

/// Where OCSF keeps what it has no name for.
const UNMAPPED: &str = "unmapped.";

/// Wrappers that can hold the whole entry, or much of it, as text.
const TEXT_WRAPPERS: [(Cloud, &str); 10] = [
    (Cloud::Gcp, "data"),
    (Cloud::Azure, "identity"),
    (Cloud::Azure, "properties"),
    (Cloud::Azure, "claims"),
    (Cloud::Azure, "authorization"),
    (Cloud::Azure, "body"),
    (Cloud::Azure, "body.identity"),
    (Cloud::Azure, "body.properties"),
    (Cloud::Azure, "records{}.identity"),
    (Cloud::Azure, "records{}.properties"),
];

/// `<cloud> <scope>`, then its fields, each on a line and indented.
pub fn render(catalogue: &Catalogue) -> String {
    let detector = Detector::new(catalogue, Filter::default());
    let mut text = String::new();
    for cloud in Cloud::ALL {
        let pair_lists = &catalogue.tables.cloud(*cloud).pair_lists;
        let mut core = columns(&detector.facts(*cloud, Scope::Core), pair_lists);
        core.extend(
            TEXT_WRAPPERS
                .iter()
                .filter(|(of, _)| of == cloud)
                .map(|(_, name)| (*name).to_owned()),
        );
        let all = columns(&detector.facts(*cloud, Scope::Extended), pair_lists);
        put_group(*cloud, "core", core.iter(), &mut text);
        put_group(*cloud, "extended", all.difference(&core), &mut text);
    }
    text
}

fn put_group<'f>(cloud: Cloud, scope: &str, fields: impl Iterator<Item = &'f String>, text: &mut String) {
    text.push_str(&format!("{cloud} {scope}\n"));
    fields.for_each(|field| text.push_str(&format!(" {field}\n")));
}

fn columns(facts: &[&Fact], pair_lists: &[String]) -> BTreeSet<String> {
    let mut columns = BTreeSet::new();
    for fact in facts {
        let is_pair_list = pair_lists.iter().any(|path| path == fact.name());
        for (at, (shape, path)) in fact.every_path().enumerate() {
            let names = names(path.text(), is_pair_list);
            let is_wrapped = at == 0 || path.text() == fact.name() || is_wrapped(shape, path.text());
            let prefixes = if is_wrapped { field_prefixes(shape) } else { &[""] };
            let prefixed = |prefix: &&str| {
                names
                    .iter()
                    .map(|name| format!("{prefix}{name}"))
                    .collect::<Vec<_>>()
            };
            columns.extend(prefixes.iter().flat_map(prefixed));
        }
        columns.extend(fact.add_on_paths().map(|path| path.text().to_owned()));
    }
    columns
}

/// Of Azure's shapes only the one from Event Hub arrives in wrappers: so its own names are asked for there too.
fn is_wrapped(shape: Shape, path: &str) -> bool {
    let parts = [
        "identity.",
        "properties.",
        "operationName",
        "resultType",
        "resultSignature",
        "callerIpAddress",
    ];
    shape != Shape::Azure
        || parts
            .iter()
            .any(|part| path == *part || (part.ends_with('.') && path.starts_with(part)))
}

/// The names that Splunk gives to the field: an SSM target list arrives as two, JSON inside a text as one.
fn names(path: &str, is_pair_list: bool) -> Vec<String> {
    if let Some(text) = TEXTS.iter().find(|text| path.starts_with(**text)) {
        return vec![text.trim_end_matches('.').to_owned()];
    }
    let mut names = if is_pair_list {
        vec![format!("{path}.key"), format!("{path}.values{{}}")]
    } else {
        vec![path.to_owned()]
    };
    // OCSF keeps what it has no name for under the provider's own, often a list or an object as text.
    if let Some((text, _)) = path
        .split_once("{}")
        .filter(|(text, _)| text.starts_with(UNMAPPED))
    {
        names.push(text.to_owned());
    }
    names
}
