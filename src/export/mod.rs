//! Files that are generated: pure renderers, sorted, without dates, so that equal input gives equal bytes.

mod content;
mod coverage;
pub mod csv;
mod fields;
pub mod json;
mod macros;
pub mod markdown;
mod navigator;
mod samples;
mod savedsearches;
pub mod schema;
mod searchbnf;
pub mod sigma;
mod stories;
pub mod table;

use crate::catalogue::Catalogue;

/// Renders one file.
pub type Renderer = fn(&Catalogue) -> String;

/// Every generated file: its path in the repository, and its renderer. `make generate` writes them.
pub const ARTEFACTS: &[(&str, Renderer)] = &[
    ("src/splunk/required_fields.txt", fields::render),
    ("splunk_app/default/searchbnf.conf", searchbnf::render),
    ("splunk_app/default/macros.conf", macros::render),
    ("splunk_app/default/savedsearches.conf", savedsearches::render),
    ("splunk_app/default/analyticstories.conf", stories::render),
    ("splunk_app/lookups/directvm_samples.csv", samples::render),
    ("splunk_app/lookups/directvm_operations.csv", csv::render),
    ("docs/attack_navigator.json", navigator::render),
    ("docs/coverage.md", coverage::render),
];

/// Every generated part of a file written by hand: its path, the name in its marks, and its renderer.
pub const PARTS: &[(&str, &str, Renderer)] = &[
    ("docs/operations.md", "operations", markdown::tables),
    ("docs/comparison.md", "counts", coverage::counts),
    ("README.md", "claim", coverage::claim),
];

/// Every folder of generated files, and the renderer of its files as (path, text). It holds no other file.
pub const FOLDERS: &[(&str, FolderRenderer)] = &[("sigma", sigma::files)];

/// Renders the files of a folder.
pub type FolderRenderer = fn(&Catalogue) -> Vec<(String, String)>;

/// Every generated file as (path, text). `current` gives the text that a file has now, of which parts stay.
pub fn generated(catalogue: &Catalogue, current: &dyn Fn(&str) -> String) -> Vec<(String, String)> {
    let whole = ARTEFACTS
        .iter()
        .map(|(path, render)| ((*path).to_owned(), render(catalogue)));
    let parts = PARTS.iter().map(|(path, name, render)| {
        let text = current(path);
        (
            (*path).to_owned(),
            with_part(&text, name, &render(catalogue)).unwrap_or(text),
        )
    });
    let folders = FOLDERS.iter().flat_map(|(_, render)| render(catalogue));
    whole.chain(parts).chain(folders).collect()
}

/// `text` with what stands between the marks of `name` replaced; nothing where it lacks the marks.
pub fn with_part(text: &str, name: &str, part: &str) -> Option<String> {
    let (begin, end) = (
        format!("<!-- generated: {name} -->\n"),
        format!("<!-- end: {name} -->"),
    );
    let (before, rest) = text.split_once(&begin)?;
    let (_, after) = rest.split_once(&end)?;
    Some(format!("{before}{begin}\n{part}\n{end}{after}"))
}

#[cfg(test)]
mod tests {
    use super::with_part;

    #[test]
    fn a_part_is_replaced_between_its_marks() {
        let text = "a\n<!-- generated: x -->\nold\n<!-- end: x -->\nb\n";
        let new = with_part(text, "x", "new\n").unwrap();
        assert_eq!(new, "a\n<!-- generated: x -->\n\nnew\n\n<!-- end: x -->\nb\n");
        assert_eq!(with_part(&new, "x", "new\n"), Some(new));
        assert_eq!(with_part(text, "y", "new"), None);
    }
}
