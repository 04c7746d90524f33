//! Real input through the real protocol: recorded sessions of splunkd, and CloudTrail records of real attacks.
//!
//! The recordings are not part of the project. Where they are missing, sessions and records of the same form are generated
//! instead, and the test says so.

use std::io::{Read, Write};
use std::path::{Path, PathBuf};

use flate2::read::GzDecoder;
use serde_json::{Value, json};

use crate::protocol::example;
use crate::support::{
    Getinfo, Outcome, Pieces, Search, SearchEvent, Style, csvtext, files_below, run_bytes, wire,
};

/// A folder of the corpus; `None`, with a note on stderr, where it is missing.
fn corpus(folder: &str) -> Option<PathBuf> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../shared/corpus")
        .join(folder);
    if path.is_dir() {
        return Some(path);
    }
    let told = writeln!(
        std::io::stderr(),
        "recordings: {} is not there; checked against input of the same form instead",
        path.display()
    );
    told.expect("stderr can be written");
    None
}

/// The body of the only chunk of a session: from the recording, or generated.
fn body(recording: &str, rows: usize) -> Vec<u8> {
    let Some(folder) = corpus("recordings") else {
        return made_body(rows);
    };
    let packed = std::fs::File::open(folder.join(recording)).expect("the recording is there");
    let mut session = Vec::new();
    GzDecoder::new(packed)
        .read_to_end(&mut session)
        .expect("it is gzip");
    let mut rest = session.as_slice();
    wire::read_frame(&mut rest)
        .expect("getinfo is a frame")
        .expect("there is a getinfo");
    let (metadata, body) = wire::read_frame(&mut rest)
        .expect("execute is a frame")
        .expect("there is a chunk");
    let metadata: Value = serde_json::from_slice(&metadata).expect("metadata is JSON");
    assert_eq!(metadata, json!({"action": "execute", "finished": true}));
    assert!(rest.is_empty(), "one chunk is all there is");
    body
}

/// Rows like those of the recordings: text in several scripts, line feeds, doubled quotes, empty cells, multivalue twins.
fn made_body(rows: usize) -> Vec<u8> {
    const TEXTS: [&str; 7] = [
        "",
        "plain",
        "مرحبا بالعالم",
        "안녕하세요 \u{1f30d}",
        "a \"quoted\" word, a comma\nand a line feed",
        "costs $20",
        "{\"\"\"\":\"\".\"\"...}",
    ];
    let names = ["_raw", "_time", "tag::eventtype", "_si", "punct", "text"];
    let mut table = vec![
        names
            .iter()
            .map(|name| name.as_bytes().to_vec())
            .collect::<Vec<_>>(),
    ];
    for name in names {
        table[0].push(format!("__mv_{name}").into_bytes());
    }
    for row in 0..rows {
        let mut cells: Vec<Vec<u8>> = (0..names.len())
            .map(|column| format!("{}{}", TEXTS[(row + column) % TEXTS.len()], row * column).into_bytes())
            .collect();
        let values = [format!("host{row}").into_bytes(), b"$;$main".to_vec()];
        cells[3] = csvtext::plain_cell(&values);
        let mut twins = vec![Vec::new(); names.len()];
        twins[3] = csvtext::mv_encode(&values);
        cells.extend(twins);
        table.push(cells);
    }
    csvtext::encode(&table, b"\n")
}

/// The session as splunkd 6.3 runs it: getinfo, then the whole body in one chunk that is also the last.
fn session(body: &[u8]) -> Vec<u8> {
    let getinfo = Getinfo {
        style: Style::Splunk63,
        ..Getinfo::default()
    };
    let getinfo = getinfo.metadata(&[], Path::new("dispatch"), false);
    let execute = br#"{"action":"execute","finished":true}"#;
    [wire::frame(&getinfo, b""), wire::frame(execute, body)].concat()
}

/// Replays the session; every cell must come back unchanged, and every new cell must be empty.
fn replay(body: &[u8], pieces: Pieces, least_rows: usize) {
    let outcome = run_bytes(&session(body), pieces);
    assert_eq!(
        (outcome.exit, outcome.stderr.escape_ascii().to_string()),
        (0, String::new())
    );
    let mut output = outcome.stdout.as_slice();
    let (getinfo, _) = wire::read_frame(&mut output)
        .expect("a frame")
        .expect("a getinfo reply");
    let (execute, reply) = wire::read_frame(&mut output).expect("a frame").expect("a reply");
    assert!(output.is_empty(), "{} bytes too many", output.len());
    let getinfo: Value = serde_json::from_slice(&getinfo).expect("JSON");
    assert_eq!(
        (getinfo["type"].as_str(), getinfo.get("error")),
        (Some("streaming"), None)
    );
    let execute: Value = serde_json::from_slice(&execute).expect("JSON");
    assert_eq!(
        (&execute["finished"], execute.get("error")),
        (&Value::Bool(true), None)
    );
    let sent = csvtext::decode(body).expect("the body is CSV");
    let came = csvtext::decode(&reply).expect("the reply is CSV");
    assert!(sent.len() > least_rows, "only {} rows", sent.len());
    assert_eq!(sent.len(), came.len());
    for (number, (sent, came)) in sent.iter().zip(&came).enumerate() {
        let (kept, new) = came.split_at(sent.len());
        assert!(kept == sent.as_slice(), "row {number} has changed");
        assert!(
            number == 0 || new.iter().all(|cell| cell.is_empty()),
            "row {number} has new text"
        );
    }
}

#[test]
fn the_smaller_recording_comes_back_byte_for_byte() {
    let body = body("countmatches.input.gz", 500);
    replay(&body, Pieces::Whole, 500);
    replay(&body, Pieces::OneByte, 500);
    replay(&body, Pieces::Odd, 500);
}

#[test]
fn the_larger_recording_comes_back_byte_for_byte() {
    let body = body("sum.map.input.gz", 50_000);
    replay(&body, Pieces::Whole, 50_000);
    replay(&body, Pieces::Of(997), 50_000);
}

/// Every record of the CloudTrail corpus, or records of the same form.
fn records() -> Vec<Value> {
    let Some(folder) = corpus("cloudtrail") else {
        return made_records();
    };
    let mut records = Vec::new();
    for file in files_below(&folder) {
        let text = std::fs::read(&file).expect("the file can be read");
        let list: Vec<Value> = serde_json::from_slice(&text).expect("a list of records");
        records.extend(list);
    }
    records
}

fn made_records() -> Vec<Value> {
    let quiet = |name: &str| {
        let mut record = example("aws_ssm_command.send_command");
        record["eventName"] = name.into();
        record
    };
    let mut command = example("aws_ssm_command.send_command");
    let machines = json!([
        "i-0a1b2c3d4e5f60711",
        "i-0a1b2c3d4e5f60712",
        "i-0a1b2c3d4e5f60713"
    ]);
    command["requestParameters"]["instanceIds"] = machines;
    let mut records = vec![
        quiet("DescribeInstanceInformation"),
        command,
        quiet("ListCommandInvocations"),
    ];
    for number in 1..=3 {
        let mut push = example("aws_instance_connect.send_ssh_public_key");
        push["requestParameters"]["instanceId"] = format!("i-0a1b2c3d4e5f6072{number}").into();
        records.push(push);
        records.push(quiet("DescribeInstances"));
    }
    records
}

/// The machines in a record, as written there.
fn machines(record: &Value) -> Vec<Vec<u8>> {
    let parameters = &record["requestParameters"];
    let list = parameters["instanceIds"].as_array().cloned();
    let list = list.unwrap_or_else(|| vec![parameters["instanceId"].clone()]);
    let ids = list.iter().filter_map(Value::as_str);
    ids.map(|id| id.as_bytes().to_vec()).collect()
}

/// Exactly one SendCommand with three machines and three SendSSHPublicKey are tagged, and nothing else.
fn assert_attacks_are_found(records: &[Value], outcome: &Outcome) {
    assert_eq!(outcome.events.len(), records.len());
    let mut found = Vec::new();
    for (record, event) in records.iter().zip(&outcome.events) {
        let name = record["eventName"].as_str().unwrap_or_default();
        let is_attack = ["SendCommand", "SendSSHPublicKey"].contains(&name);
        assert_eq!(event.text("AlertType").is_some(), is_attack, "{event:?}");
        if !is_attack {
            assert!(
                !event
                    .names()
                    .any(|name| name.starts_with(b"dvm_") && event.get(name).is_some())
            );
            continue;
        }
        assert_eq!(event.text("AlertType").as_deref(), Some("AWS_DirectVMConnection"));
        assert_eq!(event.text("dvm_operation_name").as_deref(), Some(name));
        assert_eq!(
            event.text("UserARN").as_deref(),
            record["userIdentity"]["arn"].as_str()
        );
        assert_eq!(
            event.text("SourceIP").as_deref(),
            record["sourceIPAddress"].as_str()
        );
        let machines = machines(record);
        assert_eq!(event.get("TargetInstance"), Some(machines.as_slice()));
        assert_eq!(event.get("dvm_target"), Some(machines.as_slice()));
        found.push((name, machines.len()));
    }
    found.sort_unstable();
    let wanted = [
        ("SendCommand", 3),
        ("SendSSHPublicKey", 1),
        ("SendSSHPublicKey", 1),
        ("SendSSHPublicKey", 1),
    ];
    assert_eq!(found, wanted);
}

/// Converts a record to a search result.
type Form<'f> = &'f dyn Fn(&Value) -> SearchEvent;

#[test]
fn the_attacks_of_the_corpus_are_found_in_raw_and_in_fields() {
    let records = records();
    let raw = |record: &Value| SearchEvent::from_raw(record.to_string());
    let forms: [(&str, Form<'_>); 6] = [
        ("input=raw", &raw),
        ("input=raw cim=t", &raw),
        ("", &raw),
        ("", &SearchEvent::from_json),
        ("", &SearchEvent::from_json_with_raw),
        ("input=fields", &SearchEvent::from_json),
    ];
    for (options, form) in forms {
        let events: Vec<_> = records.iter().map(form).collect();
        let search = Search::new().spl(options).probes(0).chunk(events);
        assert_attacks_are_found(&records, &search.run().expect_clean());
        let all_fields = search.ignore_required_fields();
        assert_attacks_are_found(&records, &all_fields.run().expect_clean());
    }
}
