//! `macros.conf`: indexes, sourcetypes and the prefilter, which names every operation as a search term; the macros of
//! `content/macros.toml`; a filter for each saved search.

use super::content::{self, GENERATED_NOTE, Macro};
use crate::catalogue::{Catalogue, Cloud};
use crate::detect::tune::COLUMNS;
use crate::link::Rules;
use std::collections::BTreeSet;

pub fn render(catalogue: &Catalogue) -> String {
    let mut macros = content::macros();
    macros.extend(conditions());
    macros.push(tuning_columns());
    macros.extend(events(catalogue));
    let filters = content::searches().into_iter().map(|search| {
        let about = format!(
            "Last filter of {}; lets everything pass as shipped.",
            search.stanza()
        );
        plain(&search.filter(), "search *", &about)
    });
    macros.extend(filters);
    let stanzas = macros.iter().map(stanza);
    let note = "# Change a macro in Splunk Web or in local/macros.conf.\n";
    format!("{GENERATED_NOTE}\n{note}{}", stanzas.collect::<String>())
}

fn tuning_columns() -> Macro {
    plain(
        "directvm_tuning_columns",
        &COLUMNS.join(" "),
        "The columns of the tuning list.",
    )
}

/// A macro without arguments.
fn plain(name: &str, definition: &str, about: &str) -> Macro {
    Macro {
        name: name.to_owned(),
        arguments: Vec::new(),
        definition: definition.to_owned(),
        about: about.to_owned(),
    }
}

fn stanza(shared: &Macro) -> String {
    let count = shared.arguments.len();
    let (number, arguments) = match count {
        0 => (String::new(), String::new()),
        _ => (
            format!("({count})"),
            format!("args = {}\n", shared.arguments.join(", ")),
        ),
    };
    format!(
        "\n[{}{number}]\n{arguments}definition = {}\ndescription = {}\niseval = 0\n",
        shared.name, shared.definition, shared.about
    )
}

/// Where the events of each cloud lie, and how they are found.
fn events(catalogue: &Catalogue) -> Vec<Macro> {
    let mut macros = Vec::new();
    for info in &catalogue.tables.clouds {
        let (cloud, splunk) = (info.id, &info.splunk);
        macros.push(plain(
            &format!("directvm_{cloud}_index"),
            &format!("({})", any_of("index=", &splunk.index, "")),
            &format!("Where the events of {cloud} lie. Set this to your indexes."),
        ));
        macros.push(plain(
            &format!("directvm_sourcetypes_{cloud}"),
            &format!("({})", any_of("sourcetype=\"", &splunk.sourcetypes, "\"")),
            &format!("Sourcetypes that hold events of {cloud}."),
        ));
        let definition = format!(
            "(`directvm_{cloud}_index` `directvm_sourcetypes_{cloud}` ({}))",
            terms(catalogue, cloud)
        );
        macros.push(plain(
            &format!("directvm_{cloud}_events"),
            &definition,
            &format!("Events of {cloud} that hold an operation's name."),
        ));
    }
    let clouds = catalogue.tables.clouds.iter().map(|info| info.id.to_string());
    let all = any_of("`directvm_", &clouds.collect::<Vec<_>>(), "_events`");
    macros.push(plain(
        "directvm_events",
        &format!("({all})"),
        "Prefilter: what the command is given.",
    ));
    macros
}

/// What the rules of linking say of operations, as conditions.
fn conditions() -> [Macro; 2] {
    let of = |rules: Vec<(Vec<String>, Vec<String>)>| {
        let all = rules.into_iter().map(|(operations, documents)| {
            let operation = matches("dvm_operation", &operations);
            if documents.is_empty() {
                operation
            } else {
                format!("({operation} AND {})", matches("dvm_document", &documents))
            }
        });
        format!("({})", all.collect::<Vec<_>>().join(" OR "))
    };
    [
        plain(
            "directvm_orders",
            &of(Rules::orders()),
            "Condition: the request sets up or changes what a service then runs on machines.",
        ),
        plain(
            "directvm_recording",
            &of(Rules::recordings()),
            "Condition: the request changes the preferences or the recording of sessions.",
        ),
    ]
}

/// A condition that a field fits one of several globs.
fn matches(field: &str, globs: &[String]) -> String {
    let regex = |glob: &String| glob.replace('.', "\\.").replace('*', ".*");
    let regexes: Vec<String> = globs.iter().map(regex).collect();
    format!("match({field}, \"^(?:{})$\")", regexes.join("|"))
}

/// Each value between two texts, joined with `OR`.
fn any_of(before: &str, values: &[String], after: &str) -> String {
    let terms = values.iter().map(|value| [before, value, after].concat());
    terms.collect::<Vec<_>>().join(" OR ")
}

/// The names as search terms, the fewest that find every operation. A name with separators is a phrase.
fn terms(catalogue: &Catalogue, cloud: Cloud) -> String {
    let mut terms: BTreeSet<String> = BTreeSet::new();
    for (_, operation) in catalogue.operations().filter(|(family, _)| family.cloud == cloud) {
        let is_id = |literal: &&str| literal.bytes().any(|b| b.is_ascii_digit());
        match operation.literal.as_deref().filter(is_id) {
            // The name says too little, as that of a sign-in; an id that each of its events has says more.
            Some(literal) => drop(terms.insert(format!("{literal}*"))),
            None => terms.extend(operation.names().map(whole_words).map(str::to_owned)),
        }
    }
    let is_needed = |term: &&String| {
        !terms
            .iter()
            .any(|other| other != *term && is_phrase_in(other, term))
    };
    let needed: Vec<String> = terms
        .iter()
        .filter(is_needed)
        .map(|term| format!("\"{term}\""))
        .collect();
    needed.join(" OR ")
}

/// Whether each text with the phrase `whole` has the phrase `part` too, in any letter case.
fn is_phrase_in(part: &str, whole: &str) -> bool {
    let (part, whole) = (part.to_ascii_lowercase(), whole.to_ascii_lowercase());
    let is_word = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
    whole.match_indices(&part).any(|(at, _)| {
        let before = whole[..at].chars().next_back();
        let after = whole[at + part.len()..].chars().next();
        !is_word(before) && !is_word(after)
    }) && part != whole
}

/// Of a name that may hold anything, the last part that Splunk has as whole words: a word next to a `*` may go on.
fn whole_words(name: &str) -> &str {
    let last = name.matches('*').count();
    let parts = name.split('*').enumerate().map(|(at, part)| {
        let part = if at == 0 {
            part
        } else {
            part.find(['.', '/']).map_or("", |dot| &part[dot + 1..])
        };
        if at == last {
            part
        } else {
            part.rfind(['.', '/']).map_or("", |dot| &part[..dot])
        }
    });
    parts.filter(|part| !part.is_empty()).last().unwrap_or(name)
}

#[cfg(test)]
mod tests {
    use super::whole_words;

    #[test]
    fn a_glob_leaves_whole_words() {
        assert_eq!(whole_words("StartSession"), "StartSession");
        assert_eq!(
            whole_words("Microsoft.Compute/sshPublicKeys/*/generateKeyPair/action"),
            "generateKeyPair/action"
        );
        assert_eq!(whole_words("*users.sshPublicKeys.patch"), "sshPublicKeys.patch");
        assert_eq!(
            whole_words("google.cloud.osconfig.v*.*.CreateOSPolicyAssignment"),
            "CreateOSPolicyAssignment"
        );
        assert_eq!(whole_words("google.cloud.oslogin.*.CheckPolicy"), "CheckPolicy");
        assert_eq!(whole_words("google.cloud.v*"), "google.cloud");
    }
}
