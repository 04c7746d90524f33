//! Events that are made to cost much more than their size. What they cost in time is measured by `scripts/bench`.

use super::made::{EXTENSION, ONE, aws, azure, check, only, run, send};
use crate::support::{BINARY, Search, SearchEvent};
use directvm::detect::bounds::{MAX_LIST_BYTES, MAX_LISTED, MAX_VALUE};
use directvm::detect::finding::FIELDS;
use serde_json::{Value, json};

/// A command for a tag with a key of this length and this number of values.
fn tagged(length: usize, count: usize) -> Value {
    let values: Vec<String> = (0..count).map(|at| at.to_string()).collect();
    let key = format!("tag:{}", "k".repeat(length));
    send(&json!({ "documentName": "tidy-up", "targets": [{ "key": key, "values": values }] }))
}

/// Length of the key, and number of values: one that fits, and those that were once copied for each other.
const KEYS: [(usize, usize); 4] = [(6, 3), (40_000, 4_000), (400_000, 30_000), (600, 50_000)];

/// What a finding can add to its row: each list and each value as long as it may be, doubled for the second cell of lists
/// with several values.
fn most_added() -> usize {
    let lists = FIELDS.iter().filter(|field| field.multivalue).count();
    2 * lists * (MAX_LIST_BYTES + MAX_VALUE) + FIELDS.len() * MAX_VALUE
}

#[test]
fn one_long_key_is_repeated_for_thousands_of_values() {
    for (length, count) in KEYS {
        let seen = only(&tagged(length, count));
        for (name, values) in &seen.0 {
            let bytes: usize = values.iter().map(String::len).sum();
            assert!(values.iter().all(|value| value.len() <= MAX_VALUE), "{name}");
            assert!(values.len() <= MAX_LISTED + 1, "{name}: {} values", values.len());
            assert!(bytes <= MAX_LIST_BYTES + 32, "{name}: {bytes} bytes");
        }
        let shown = seen.field("dvm_target");
        assert!(shown[0].starts_with("tag:kkkkkk"), "{}", shown[0]);
        if count > MAX_LISTED {
            let more = format!("and {} more", count + 1 - shown.len());
            assert_eq!(shown.last(), Some(&more.as_str()), "{length} and {count}");
        } else {
            assert_eq!(shown.len(), count);
        }
        assert_eq!(seen.field("dvm_target_type"), ["tag"]);
    }
}

#[test]
fn a_search_replies_with_many_times_what_it_was_sent() {
    const COPIES: usize = 3;
    for (length, count) in KEYS {
        let event = tagged(length, count).to_string();
        let events = (0..COPIES).map(|_| SearchEvent::from_raw(&event));
        let outcome = Search::new()
            .spl("input=raw cim=true json=true")
            .probes(0)
            .chunk(events.collect())
            .run()
            .expect_clean();
        assert_eq!(outcome.events.len(), COPIES);
        let sent = COPIES * (2 * event.len() + 1_000);
        // The finding stands in its fields, and once more as JSON.
        let most = sent + COPIES * 2 * most_added();
        assert!(
            outcome.stdout.len() <= most,
            "{length} and {count}: {} bytes",
            outcome.stdout.len()
        );
    }
}

#[test]
fn a_scan_writes_many_times_what_it_read() {
    let folder = tempfile::tempdir().expect("a folder");
    for (length, count) in KEYS {
        let event = tagged(length, count).to_string();
        std::fs::write(folder.path().join("a.json"), &event).expect("it is written");
        for args in [
            &["scan", "--format", "jsonl", "a.json"][..],
            &["scan", "--format", "csv", "--fields", "all", "a.json"],
            &["scan", "--format", "table", "--full", "a.json"],
            &["explain", "a.json"],
            &["explain", "--format", "json", "a.json"],
            &[
                "scan",
                "--quiet",
                "--report",
                "page.html",
                "--output",
                "rows.jsonl",
                "a.json",
            ],
        ] {
            let output = run(folder.path(), args, b"");
            assert_eq!(output.status.code(), Some(0), "{args:?}");
            let page = std::fs::read(folder.path().join("page.html")).unwrap_or_default();
            let written = output.stdout.len().max(page.len());
            // A page of styles and scripts comes with each report.
            let most = 2 * event.len() + 2 * most_added() + (1 << 18);
            assert!(written <= most, "{args:?}, {length} and {count}: {written} bytes");
        }
    }
}

#[test]
fn a_machine_is_named_a_hundred_thousand_times() {
    let ids = vec![ONE; 100_000];
    let event = send(&json!({ "documentName": "tidy-up", "instanceIds": ids }));
    check(&event, &[("dvm_target", ONE), ("dvm_target_type", "instance")]);
    assert!(
        !only(&event)
            .field("dvm_reasons")
            .join("")
            .contains("many machines")
    );
}

#[test]
fn millions_of_bytes_beside_the_members_that_count_change_nothing() {
    let write = |more: Value| {
        let mut properties = json!({ "responseBody": "{\"properties\":{\"type\":\"MDE.Linux\"}}" });
        for (name, value) in more.as_object().expect("members") {
            properties[name] = value.clone();
        }
        only(&azure(
            EXTENSION,
            "till-1/extensions/helper",
            &json!({ "properties": properties }),
        ))
    };
    let plain = write(json!({}));
    let words = "VMAccessForLinux /extensions/enablevmaccess CustomScript ".repeat(20_000);
    for more in [
        json!({ "statusMessage": words }),
        json!({ "another": { "type": words, "fileUris": [words] } }),
        json!({ "requestBodies": format!("{{\"properties\":{{\"type\":\"{words}\"}}}}") }),
    ] {
        let seen = write(more);
        for field in [
            "dvm_access",
            "dvm_severity",
            "dvm_document",
            "dvm_target",
            "dvm_reasons",
        ] {
            assert_eq!(seen.field(field), plain.field(field), "{field}");
        }
    }
    // And those that count are found behind them.
    let mut late = json!({ "a": words });
    late["responseBody"] = "{\"properties\":{\"type\":\"VMAccessForLinux\"}}".into();
    assert_eq!(write(late).field("dvm_access"), ["credential_reset"]);
}

/// With half the memory of what is sent, the search ends with one error that its user reads.
#[cfg(target_os = "linux")]
#[test]
fn a_search_is_sent_more_than_fits_into_memory() {
    use std::os::unix::fs::PermissionsExt;
    if crate::support::is_emulated() {
        return;
    }
    let folder = tempfile::tempdir().expect("a folder");
    let launcher = folder.path().join("limited");
    let events = |bytes: usize| {
        let event = aws(
            "StartSession",
            &json!({ "requestParameters": { "target": ONE }, "x": "y".repeat(bytes) }),
        );
        vec![SearchEvent::from_raw(event.to_string())]
    };
    for (kib, is_enough) in [(400_000, true), (60_000, false)] {
        let script = format!("#!/bin/sh\nulimit -v {kib}\nexec '{BINARY}' \"$@\"\n");
        std::fs::write(&launcher, script).expect("it is written");
        std::fs::set_permissions(&launcher, std::fs::Permissions::from_mode(0o755)).expect("its mode is set");
        let search = Search::new().launcher(&launcher).probes(0).spl("input=raw");
        let search = search
            .chunk(events(10))
            .chunk((0..24).flat_map(|_| events(3 << 20)).collect());
        let outcome = search.run();
        if is_enough {
            assert_eq!(outcome.expect_clean().events.len(), 25);
        } else {
            // The stand-in finds fault with an answer that comes before the request is whole: here it must.
            let error = outcome.error.clone().unwrap_or_default();
            assert!(
                error.starts_with("not enough memory for a body of "),
                "{}",
                outcome.report()
            );
            assert_eq!(
                (outcome.exit, outcome.stderr.len()),
                (1, 0),
                "{}",
                outcome.report()
            );
            assert_eq!(outcome.messages, [("ERROR".to_owned(), error)]);
        }
    }
}
