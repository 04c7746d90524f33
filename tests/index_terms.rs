//! The prefilter macros against events as Splunk's index has them: every example passes, nothing unrelated does.

use crate::catalogue::each_example;
use crate::shapes::forms;
use directvm::catalogue::{Cloud, Expected};
use serde_json::Value;

/// The search terms of a cloud's macro, in lower case.
fn terms(cloud: Cloud) -> Vec<String> {
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/splunk_app/default/macros.conf");
    let text = std::fs::read_to_string(file).expect("the app has macros");
    let (_, stanza) = text
        .split_once(&format!("[directvm_{cloud}_events]\n"))
        .expect("each cloud has a macro");
    let definition = stanza.lines().next().expect("it has a definition");
    let quoted = definition.split('"').skip(1).step_by(2);
    let terms: Vec<String> = quoted.map(str::to_ascii_lowercase).collect();
    assert!(terms.len() > 10, "{definition}");
    terms
}

/// Whether a quoted term of a search finds the text. Splunk splits it at the breakers of segmenters.conf, looks the words
/// up in its index, and compares the phrase with the raw text; a star at the end stands for the rest of a word.
fn is_found(term: &str, text: &str) -> bool {
    let (phrase, is_open) = term
        .strip_suffix('*')
        .map_or((term, false), |phrase| (phrase, true));
    let is_word = |c: Option<char>| c.is_some_and(|c| !BREAKERS.contains(c));
    text.match_indices(phrase).any(|(at, _)| {
        let before = text[..at].chars().next_back();
        let after = text[at + phrase.len()..].chars().next();
        !is_word(before) && (is_open || !is_word(after))
    })
}

/// Major and minor breakers that are one character, of the default stanza of segmenters.conf:
/// https://docs.splunk.com/Documentation/Splunk/latest/Admin/Segmentersconf
const BREAKERS: &str = "[]<>(){}|!;,'\"*\n\r \t&?+/:=@.-$#%\\_";

fn passes(terms: &[String], text: &str) -> bool {
    let text = text.to_ascii_lowercase();
    terms.iter().any(|term| is_found(term, &text))
}

#[test]
fn every_example_passes_in_every_format_that_is_indexed_as_text() {
    let mut faults = Vec::new();
    let of_cloud: Vec<(Cloud, Vec<String>)> =
        Cloud::ALL.iter().map(|cloud| (*cloud, terms(*cloud))).collect();
    each_example(&mut |family, operation, example| {
        if example.verdict == Expected::Miss {
            return;
        }
        let (_, terms) = of_cloud
            .iter()
            .find(|(cloud, _)| *cloud == family.cloud)
            .expect("a cloud");
        let event = example.whole(family, operation).expect("an example is JSON");
        for form in forms(family.cloud, &event) {
            if is_encoded(form.name) || passes(terms, &form.value.to_string()) {
                continue;
            }
            faults.push(format!(
                "{} ({}), {}",
                family.operation_id(operation),
                example.what,
                form.name
            ));
        }
    });
    assert!(
        faults.is_empty(),
        "{} faults:\n{}",
        faults.len(),
        faults.join("\n")
    );
}

/// No search term looks into base64 or compressed text; docs/admin.md says so.
fn is_encoded(form: &str) -> bool {
    form.contains("base64") || form.contains("Pub/Sub")
}

#[test]
fn nothing_unrelated_passes() {
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/index_terms/unrelated.jsonl");
    let text = std::fs::read_to_string(file).expect("it is there");
    let mut counts = [0; 3];
    for line in text.lines() {
        let event: Value = serde_json::from_str(line).expect("each line is JSON");
        let cloud = match () {
            () if event.get("eventSource").is_some() => Cloud::Aws,
            () if event.get("protoPayload").is_some() => Cloud::Gcp,
            () => Cloud::Azure,
        };
        counts[cloud as usize] += 1;
        let text = line.to_ascii_lowercase();
        let found: Vec<String> = terms(cloud)
            .into_iter()
            .filter(|term| is_found(term, &text))
            .collect();
        assert!(found.is_empty(), "{found:?} in {line}");
    }
    assert!(counts.iter().all(|count| *count > 7), "{counts:?}");
}

#[test]
fn a_phrase_is_found_between_breakers_only() {
    for (term, text, wanted) in [
        ("startsession", r#"{"eventname":"startsession"}"#, true),
        ("startsession", r#"{"eventname":"startsessions"}"#, false),
        (
            "microsoft.compute/sshpublickeys/write",
            "x/microsoft.compute/sshpublickeys/write,",
            true,
        ),
        ("372140e0*", r#""appid":"372140e0-b3b7""#, true),
        ("372140e0*", r#""appid":"a372140e0-b3b7""#, false),
    ] {
        assert_eq!(is_found(term, text), wanted, "{term} in {text}");
    }
}
