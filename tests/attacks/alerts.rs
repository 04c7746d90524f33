//! Alerts that are silenced by what came before.

use crate::searches;
use std::collections::BTreeMap;

const FILE: &str = "default/savedsearches.conf";

/// The throttle fields of every search that throttles.
fn keys() -> BTreeMap<String, Vec<String>> {
    let fields = searches::values(FILE, "alert.suppress.fields");
    let fields = fields.iter().map(|(name, fields)| {
        let fields = fields.split(',').map(|field| field.trim().to_owned());
        (name.clone(), fields.collect())
    });
    fields.collect()
}

fn has(fields: &[String], name: &str) -> bool {
    fields.iter().any(|field| field == name)
}

#[test]
fn a_denied_try_silences_the_success_that_follows() {
    let (all, mut count) = (keys(), 0);
    for (name, fields) in &all {
        if !has(fields, "dvm_principal") || !has(fields, "machine") {
            continue;
        }
        count += 1;
        for part in ["dvm_outcome", "dvm_severity"] {
            assert!(has(fields, part), "{name}: {part} is not in {fields:?}");
        }
        // What sets up a run is told apart by the operation, which says more than the access.
        let is_told_apart =
            has(fields, "dvm_access") || (has(fields, "dvm_operation") && has(fields, "dvm_document"));
        assert!(
            is_told_apart,
            "{name}: neither access nor operation is in {fields:?}"
        );
    }
    assert!(count >= 10, "{count} of {} searches", all.len());
}

#[test]
fn a_small_crowd_silences_a_large_one() {
    for (name, fields) in keys() {
        let search = &searches::values(FILE, "search")[&name];
        if search.contains("`directvm_fan_out(") {
            assert!(
                has(&fields, "size") && has(&fields, "dvm_severity"),
                "{name}: {fields:?}"
            );
        }
    }
    let definition = &searches::values("default/macros.conf", "definition")["directvm_fan_out(1)"];
    for size in ["500", "100", "50", "20"] {
        assert!(
            definition.contains(&format!("reached >= {size}, \"{size}\"")),
            "{definition}"
        );
    }
}

/// A search with the macros that it names, and those that these name, behind it.
fn expanded(search: &str, macros: &BTreeMap<String, String>) -> String {
    let mut text = search.to_owned();
    for _ in 0..3 {
        let named = macros.iter().filter(|(name, _)| {
            let start = name.split('(').next().expect("a name");
            text.contains(&format!("`{start}`")) || text.contains(&format!("`{start}("))
        });
        let more: Vec<&str> = named.map(|(_, definition)| definition.as_str()).collect();
        text = format!("{search}\n{}", more.join("\n"));
    }
    text
}

#[test]
fn every_throttled_field_is_a_column_of_its_search() {
    let macros = searches::values("default/macros.conf", "definition");
    let searches = searches::values(FILE, "search");
    for (name, fields) in keys() {
        let text = expanded(&searches[&name], &macros);
        let is_word = |field: &str| {
            let mut words = text.split(|letter: char| !letter.is_alphanumeric() && letter != '_');
            words.any(|word| word == field)
        };
        for field in fields {
            assert!(
                is_word(&field),
                "{name}: {field} is no column, so all rows share one key"
            );
        }
    }
    // A finding without a target has a text in its place: an empty cell would throttle nothing, or everything.
    assert!(macros["directvm_some(1)"].contains("\"no machine named\""));
    assert!(macros["directvm_alert"].contains("fillnull value=\"none\" dvm_principal"));
}

/// Searches that compare with what came before.
const FIRST: [&str; 2] = [
    "DirectVM - Principal on a machine for the first time",
    "DirectVM - Unusual combination",
];

#[test]
fn a_harmless_request_makes_a_pair_known_before_the_attack() {
    let searches = searches::values(FILE, "search");
    let reported = &searches::values("default/macros.conf", "definition")["directvm_reported"];
    assert!(
        reported.contains("where dvm_verdict=\"report\""),
        "what is expected is left out: {reported}"
    );
    for name in FIRST {
        let search = &searches[name];
        let compares = search.find("| dedup ").expect("it compares");
        let before = &search[..compares];
        assert!(before.starts_with("`directvm_reported`"), "{name}: {before}");
        for filter in [
            "in(dvm_severity, \"medium\", \"high\", \"critical\")",
            "`directvm_happened`",
        ] {
            assert!(
                before.contains(filter),
                "{name} does not filter by {filter} before it compares: {before}"
            );
        }
        // Nothing is narrowed down by severity or outcome later, so all that is learnt is what would be shown.
        let after = &search[compares..];
        assert!(
            !after.contains("dvm_severity,") && !after.contains("`directvm_happened`"),
            "{after}"
        );
    }
    let happened = &searches::values("default/macros.conf", "definition")["directvm_happened"];
    assert!(
        !happened.contains("denied") && !happened.contains("error"),
        "{happened}"
    );
    let pair = &searches[FIRST[0]];
    assert!(
        pair.contains("dedup dvm_principal dvm_target dvm_access"),
        "by the kind of access: {pair}"
    );
    let properties = &searches::values("default/macros.conf", "definition")["directvm_properties"];
    assert!(properties.contains("\"access \".dvm_access"), "{properties}");
}

#[test]
fn a_service_ran_the_document_before_and_was_refused() {
    let search = &searches::values(FILE, "search")["DirectVM - Service runs a document for the first time"];
    let (before, after) = search.split_once("| stats min(_time)").expect("it compares");
    for filter in [
        "`directvm_reported`",
        "isnotnull(dvm_service)",
        "dvm_access=\"run_command\"",
        "`directvm_happened`",
    ] {
        assert!(
            before.contains(filter),
            "it does not filter by {filter} before it compares: {before}"
        );
    }
    assert!(
        after.contains("BY dvm_cloud dvm_account dvm_service dvm_document"),
        "{after}"
    );
    assert!(!after.contains("dvm_severity"), "{after}");
}

#[test]
fn no_search_writes_a_list_of_what_was_seen() {
    for (name, search) in searches::values(FILE, "search") {
        let writes = search.contains("outputlookup");
        assert!(
            !writes || name == "DirectVM - Watch - The tuning list changed",
            "{name}: {search}"
        );
    }
}
