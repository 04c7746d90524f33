//! The protocol of splunkd, and findings in it.

use std::path::Path;

use serde_json::Value;

use crate::catalogue::catalogue;
use crate::support::{
    Ending, Finish, Getinfo, HeaderForm, Outcome, Pieces, Quirks, Search, SearchEvent, Style, csvtext,
    run_bytes, wire,
};
use directvm::catalogue::Expected;
use directvm::detect::finding::FIELDS;

/// The first hit of an operation in the catalogue, as a complete event.
pub fn example(id: &str) -> Value {
    let catalogue = catalogue();
    let mut operations = catalogue.operations();
    let (family, operation) = operations
        .find(|(family, operation)| family.operation_id(operation) == id)
        .unwrap_or_else(|| panic!("the catalogue has no {id}"));
    let hit = operation
        .examples
        .iter()
        .find(|example| example.verdict == Expected::Hit);
    hit.expect("it has a hit")
        .whole(family, operation)
        .expect("it is JSON")
}

/// An event in a known format that is not a finding.
pub fn quiet() -> Value {
    let mut event = example("aws_ssm_session.start_session");
    event["eventName"] = "DescribeInstances".into();
    event["eventSource"] = "ec2.amazonaws.com".into();
    event
}

/// A hit of each cloud with other events between them, each with `_raw` and extracted fields.
pub fn mixed() -> Vec<SearchEvent> {
    let hits = [
        "aws_ssm_command.send_command",
        "azure_run_command.run_command",
        "gcp_serial_port.connect",
        "aws_ssm_session.start_session",
    ];
    let pairs = hits.iter().flat_map(|id| [quiet(), example(id)]);
    pairs
        .map(|event| SearchEvent::from_json_with_raw(&event))
        .collect()
}

/// The `dvm_operation` of every merged event.
pub fn operations(outcome: &Outcome) -> Vec<Option<String>> {
    outcome
        .events
        .iter()
        .map(|event| event.text("dvm_operation"))
        .collect()
}

/// Every field of the command, of every merged event.
fn findings(outcome: &Outcome) -> Vec<Vec<(&'static str, Option<String>)>> {
    let fields = |event: &SearchEvent| {
        FIELDS
            .iter()
            .map(|field| (field.name, event.text(field.name)))
            .collect()
    };
    outcome.events.iter().map(fields).collect()
}

fn found_in_mixed(outcome: &Outcome) -> bool {
    let is_found: Vec<bool> = operations(outcome).iter().map(Option::is_some).collect();
    is_found == [false, true, false, true, false, true, false, true]
}

#[test]
fn getinfo_asks_for_what_is_needed_and_says_nothing_else() {
    let outcome = Search::new().run().expect_clean();
    let fields = outcome.getinfo["required_fields"].as_array().expect("a list");
    assert_eq!(outcome.getinfo["type"], "streaming");
    for wanted in [
        "_raw",
        "_time",
        "sourcetype",
        "eventName",
        "operationName",
        "user",
        "src",
    ] {
        assert!(
            fields.iter().any(|field| field == wanted),
            "{wanted} is not asked for"
        );
    }
    assert_eq!(outcome.getinfo.as_object().expect("an object").len(), 2);
    assert!(outcome.events.is_empty() && outcome.messages.is_empty());
}

#[test]
fn every_splunk_is_understood() {
    let sixth = Getinfo {
        style: Style::Splunk63,
        ..Getinfo::default()
    };
    let strange = Getinfo {
        preview: true,
        will_restart: true,
        dispatch_dir: Some(String::new()),
        maxresultrows: 0,
        earliest_time: Value::from(0),
        latest_time: "".into(),
        owner: "zoë \u{1f600}".to_owned(),
        ascii_only: true,
        extra: vec![("later".to_owned(), serde_json::json!({"a": [null, 1.5]}))],
        ..Getinfo::default()
    };
    let windows = Getinfo {
        dispatch_dir: Some(r"C:\Program Files\Splunk\var\run".to_owned()),
        ..Getinfo::default()
    };
    for getinfo in [sixth, strange, windows] {
        let outcome = Search::new().getinfo(getinfo).chunk(mixed()).run().expect_clean();
        assert!(found_in_mixed(&outcome), "{}", outcome.report());
    }
}

#[test]
fn requests_may_be_split_anywhere_and_spelt_loosely() {
    let plain = findings(&Search::new().chunk(mixed()).run().expect_clean());
    for pieces in [Pieces::OneByte, Pieces::Odd, Pieces::Of(3), Pieces::Of(4096)] {
        let outcome = Search::new().pieces(pieces).chunk(mixed()).run().expect_clean();
        assert_eq!(findings(&outcome), plain, "{pieces:?}");
    }
    for header in [HeaderForm::Blanks, HeaderForm::Crlf] {
        let quirks = Quirks {
            header,
            spaced_metadata: true,
            pieces: Pieces::Odd,
            ..Quirks::default()
        };
        let outcome = Search::new().quirks(quirks).chunk(mixed()).run().expect_clean();
        assert_eq!(findings(&outcome), plain, "{header:?}");
    }
}

#[test]
fn rows_may_end_in_crlf() {
    let quirks = Quirks {
        crlf: true,
        ..Quirks::default()
    };
    let plain = findings(&Search::new().chunk(mixed()).run().expect_clean());
    let outcome = Search::new().quirks(quirks).chunk(mixed()).run().expect_clean();
    assert_eq!(findings(&outcome), plain);
}

#[test]
fn a_chunk_may_be_empty_with_either_flag() {
    const HEADER: &str = "_raw,\"_chunked_idx\",\"__mv__raw\",\"__mv__chunked_idx\"\n";
    for finish in [Finish::Separate, Finish::SeparateEmpty, Finish::WithLast] {
        let quirks = Quirks {
            finish,
            ..Quirks::default()
        };
        let search = Search::new().quirks(quirks).chunk(Vec::new()).empty_body();
        let outcome = search
            .chunk(mixed())
            .chunk(Vec::new())
            .chunk(mixed())
            .run()
            .expect_clean();
        assert_eq!(outcome.events.len(), 16, "{finish:?}");
        assert!(outcome.replies[1].body.is_empty());
    }
    for (body, finished) in [("", false), ("", true), (HEADER, false), (HEADER, true)] {
        let outcome = Search::new().raw_body(body, finished).run().expect_clean();
        assert!(outcome.events.is_empty());
        assert_eq!(outcome.replies[0].metadata["finished"], finished);
        let lines = outcome.replies[0]
            .body
            .iter()
            .filter(|byte| **byte == b'\n')
            .count();
        assert_eq!(lines, usize::from(!body.is_empty()), "{body:?} {finished}");
    }
}

#[test]
fn either_side_may_leave_early() {
    let endings = [
        Ending::InputAfter(0),
        Ending::InputAfter(1),
        Ending::InputAfter(2),
        Ending::OutputAfter(0),
        Ending::OutputAfter(1),
    ];
    for ending in endings {
        let search = Search::new().ending(ending).chunk(mixed()).chunk(mixed());
        let outcome = search.chunk(mixed()).run();
        assert_eq!(
            (outcome.exit, outcome.stderr.as_slice()),
            (0, &b""[..]),
            "{ending:?}: {}",
            outcome.report()
        );
        assert_eq!(
            (outcome.violations.as_slice(), &outcome.error),
            (&[][..], &None),
            "{ending:?}"
        );
    }
    let nothing = run_bytes(b"", Pieces::Whole);
    assert_eq!(
        (nothing.exit, nothing.stdout.as_slice(), nothing.stderr.as_slice()),
        (0, &b""[..], &b""[..])
    );
}

#[test]
fn columns_may_change_between_chunks() {
    let hit = || SearchEvent::from_json(&example("aws_ssm_session.start_session"));
    let wide = || hit().with("host", "h").with("note, of \"mine\"", "x\ny");
    let raw = || SearchEvent::from_raw(example("gcp_serial_port.connect").to_string()).with("x", "1");
    let search = Search::new().ignore_required_fields();
    let search = search
        .chunk(vec![hit()])
        .chunk(vec![wide(), hit()])
        .chunk(vec![raw()])
        .chunk(vec![hit()]);
    let outcome = search.run().expect_clean();
    let is_found: Vec<bool> = operations(&outcome).iter().map(Option::is_some).collect();
    assert_eq!(is_found, [true; 5]);
    assert_eq!(
        outcome.events[1].text("note, of \"mine\"").as_deref(),
        Some("x\ny")
    );
    assert_eq!(outcome.events[3].text("x").as_deref(), Some("1"));
}

#[test]
fn all_fields_and_selected_fields_give_equal_findings() {
    let selected = Search::new().chunk(mixed()).run().expect_clean();
    let all = Search::new()
        .ignore_required_fields()
        .chunk(mixed())
        .run()
        .expect_clean();
    assert!(found_in_mixed(&selected), "{}", selected.report());
    assert_eq!(findings(&selected), findings(&all));
    assert_eq!(selected.events, all.events);
}

#[test]
fn an_event_that_is_not_a_finding_keeps_every_field() {
    let odd = SearchEvent::from_json_with_raw(&quiet())
        .with_values("tag", &["a", "", "$;$", "b\nc"])
        .with("bytes", b"\xff\0\x80\r".as_slice());
    for search in [Search::new(), Search::new().ignore_required_fields()] {
        let outcome = search.chunk(vec![odd.clone()]).run().expect_clean();
        assert_eq!(outcome.events.as_slice(), std::slice::from_ref(&odd));
    }
}

#[test]
fn fields_named_like_ours_stay_on_an_event_that_is_not_a_finding() {
    let own = [
        "SourceIP",
        "UserARN",
        "VMName",
        "dvm_severity",
        "AlertType",
        "user",
        "dest",
    ];
    let named = own
        .iter()
        .fold(SearchEvent::from_json_with_raw(&quiet()), |event, name| {
            event.with(name, "mine")
        });
    for search in [
        Search::new().ignore_required_fields(),
        Search::new(),
        Search::new().spl("input=raw"),
    ] {
        let outcome = search.chunk(vec![named.clone()]).run().expect_clean();
        assert_eq!(outcome.events.as_slice(), std::slice::from_ref(&named));
    }
}

#[test]
fn own_columns_are_set_and_cim_columns_stay_on_a_finding() {
    let hit = SearchEvent::from_json_with_raw(&example("aws_ssm_session.start_session"));
    let event = hit
        .with("dvm_severity", "made up")
        .with("dvm_tuning", "made up")
        .with("SourceIP", "made up")
        .with("user", "of the add-on")
        .with_values("dest", &["one", "two"]);
    for search in [Search::new().ignore_required_fields(), Search::new()] {
        let outcome = search.chunk(vec![event.clone()]).run().expect_clean();
        let found = &outcome.events[0];
        assert_ne!(found.text("dvm_severity").as_deref(), Some("made up"));
        assert_eq!(found.text("dvm_tuning"), None, "nothing tuned it");
        assert_eq!(found.text("SourceIP"), found.text("dvm_src"));
        assert_eq!(found.text("user").as_deref(), Some("of the add-on"));
        assert_eq!(found.text("dest").as_deref(), Some("one\ntwo"));
        assert_eq!(found.text("vendor_product").as_deref(), Some("AWS CloudTrail"));
    }
}

#[test]
fn several_targets_are_several_values() {
    let machines = [
        "i-0a1b2c3d4e5f60711",
        "i-0a1b2c3d4e5f60712",
        "i-0a1b2c3d4e5f60713",
    ];
    let mut command = example("aws_ssm_command.send_command");
    command["requestParameters"]["instanceIds"] = serde_json::json!(machines);
    let fields = SearchEvent::from_json(&command);
    assert_eq!(
        fields.get("requestParameters.instanceIds{}").map(<[_]>::len),
        Some(3)
    );
    for event in [fields, SearchEvent::from_raw(command.to_string())] {
        let outcome = Search::new().chunk(vec![event]).run().expect_clean();
        let values: Vec<Vec<u8>> = machines.iter().map(|id| id.as_bytes().to_vec()).collect();
        for name in ["TargetInstance", "dvm_target", "dest"] {
            assert_eq!(outcome.events[0].get(name), Some(values.as_slice()), "{name}");
        }
    }
}

/// The WARN texts of a search over these `_raw` texts, one chunk for each list; all must pass unchanged.
fn warnings(options: &str, chunks: &[&[&str]]) -> Vec<String> {
    let mut search = Search::new().spl(options).probes(0);
    let mut all = Vec::new();
    for raws in chunks {
        let events: Vec<_> = raws
            .iter()
            .map(|raw| SearchEvent::from_raw(raw).with("x", "1"))
            .collect();
        all.extend(events.clone());
        search = search.chunk(events);
    }
    let outcome = search.run().expect_clean();
    assert_eq!(outcome.events, all);
    let (last, earlier) = outcome.replies.split_last().expect("there are replies");
    assert!(
        earlier
            .iter()
            .all(|reply| reply.metadata.get("inspector").is_none()),
        "{}",
        outcome.report()
    );
    let told = last.metadata.get("inspector").is_some();
    assert_eq!(told, !outcome.messages.is_empty());
    assert!(outcome.messages.iter().all(|(level, _)| level == "WARN"));
    outcome.messages.into_iter().map(|(_, text)| text).collect()
}

#[test]
fn raw_that_is_not_a_known_event_passes_and_is_counted_once() {
    let strange = [
        "Nov 24 04:00:00 host sshd[1]: Accepted publickey for root",
        "{\"eventName\":\"StartSession\"",
        "{\"note\":\"StartSession\"}",
        "{\"some\":\"JSON of another kind\"}",
        "[1,2]",
        "42",
    ];
    for options in ["", "input=raw"] {
        let mut silent = Vec::new();
        for raw in strange {
            let texts = warnings(options, &[&[raw]]);
            let is_told = texts.len() == 1 && texts[0].contains(" 1 ");
            silent.extend((!is_told).then(|| format!("{raw}: {texts:?}")));
        }
        assert!(
            silent.is_empty(),
            "{options}: not counted:\n  {}",
            silent.join("\n  ")
        );
        let texts = warnings(options, &[&strange, &["text"], &strange]);
        assert_eq!(texts.len(), 1, "{texts:?}");
        assert!(texts[0].contains(" 13 "), "{texts:?}");
    }
}

#[test]
fn events_that_are_understood_give_no_warning() {
    let text = "Nov 24 04:00:00 host forwarder: no JSON here";
    let fields_beside_text = |event: &Value| SearchEvent::from_json(event).with("_raw", text);
    let events = [&quiet(), &example("aws_ssm_session.start_session")].map(fields_beside_text);
    let outcome = Search::new().chunk(events.to_vec()).run().expect_clean();
    assert_eq!(
        operations(&outcome)[1].as_deref(),
        Some("aws_ssm_session.start_session")
    );
    assert_eq!(outcome.messages, []);
    assert_eq!(Search::new().chunk(mixed()).run().expect_clean().messages, []);
}

fn csv_records(body: &[u8]) -> Vec<Vec<String>> {
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .from_reader(body);
    let records = reader.records().map(|record| record.expect("text"));
    records
        .map(|record| record.iter().map(str::to_owned).collect())
        .collect()
}

#[test]
fn an_unbalanced_or_ragged_row_costs_no_row() {
    let raw = example("aws_ssm_session.start_session").to_string();
    let cell = String::from_utf8(csvtext::quote(raw.as_bytes())).expect("text");
    let body = format!("_raw,x\n{cell},1\nshort\n{cell},1,too long\n{cell},2\nlast,\"open\n{cell},3\n");
    let getinfo = Getinfo::default().metadata(&[], Path::new("dispatch"), false);
    let execute = br#"{"action":"execute","finished":true}"#;
    let session = [wire::frame(&getinfo, b""), wire::frame(execute, body.as_bytes())].concat();
    let outcome = run_bytes(&session, Pieces::Whole);
    assert_eq!((outcome.exit, outcome.stderr.as_slice()), (0, &b""[..]));
    let mut rest = outcome.stdout.as_slice();
    wire::read_frame(&mut rest)
        .expect("a frame")
        .expect("a getinfo reply");
    let (metadata, reply) = wire::read_frame(&mut rest).expect("a frame").expect("a reply");
    let rows = csv_records(&reply);
    assert_eq!(rows.len(), 6, "{rows:?}");
    let operation = rows[0]
        .iter()
        .position(|name| name == "dvm_operation")
        .expect("a new column");
    for (row, x) in [(1, "1"), (4, "2")] {
        assert_eq!((rows[row][1].as_str(), rows[row].len()), (x, rows[0].len()));
        assert_eq!(rows[row][operation], "aws_ssm_session.start_session");
    }
    assert_eq!(rows[2].concat(), "short");
    assert_eq!(rows[3][..3], [raw.as_str(), "1", "too long"]);
    assert_eq!(rows[0][2], "directvm_surplus_1");
    assert_eq!(rows[3][operation], "aws_ssm_session.start_session");
    assert!(rows[..5].iter().all(|row| row.len() == rows[0].len()));
    // By the rules of CSV, the unterminated quote ends at the next one, so that the last row has many cells.
    let last = format!("\nlast,\"open\n{cell},3");
    assert!(reply.windows(last.len()).any(|window| window == last.as_bytes()));
    let metadata = String::from_utf8(metadata).expect("text");
    assert!(
        metadata.contains("\"WARN\"") && metadata.contains(": 3;"),
        "{metadata}"
    );
}
