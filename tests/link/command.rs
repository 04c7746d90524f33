//! `directvmlink` through pipes, as splunkd drives a command of type reporting: it asks for the fields that the command
//! named, sends all chunks, and then empty requests until the command says that it has finished.

use super::{azure, requests};
use crate::catalogue::detector;
use crate::support::getinfo::Getinfo;
use crate::support::replay::{RawOutcome, run_bytes};
use crate::support::{Pieces, csvtext, wire};
use directvm::detect::finding::FIELDS;
use directvm::detect::tune::time::parse_event_time;
use directvm::link::{LINK_FIELDS, LinkedRow};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::path::Path;

/// A row that splunkd sends: name of the field → values.
pub type Row = BTreeMap<String, Vec<String>>;

/// The findings in events, as rows with their fields.
pub fn live(events: &[Value]) -> Vec<Row> {
    let detector = detector();
    let rows = events.iter().flat_map(|event| {
        let findings = detector.findings(event.to_string().as_bytes());
        let row = |finding: &directvm::detect::finding::Finding<'_, '_>| {
            let fields = FIELDS
                .iter()
                .map(|field| (field.name.to_owned(), field.list(finding)));
            let mut row: Row = fields.collect();
            let time = finding.facts.time.as_deref().and_then(parse_event_time);
            let seconds =
                time.map(|time| format!("{}.{:06}", time.div_euclid(1_000_000), time.rem_euclid(1_000_000)));
            row.insert("_time".to_owned(), seconds.into_iter().collect());
            row
        };
        findings.iter().map(row).collect::<Vec<_>>()
    });
    rows.collect()
}

/// The same as they were collected: a JSON object in `_raw`, lists as arrays.
pub fn collected(events: &[Value]) -> Vec<Row> {
    let as_json = |mut row: Row| {
        let time = row.remove("_time").expect("a time");
        let members = row.into_iter().filter(|(_, values)| !values.is_empty());
        let members = members.map(|(name, values)| match &values[..] {
            [one] => (name, Value::from(one.as_str())),
            several => (name, several.into()),
        });
        let raw = Value::Object(members.collect()).to_string();
        BTreeMap::from([("_time".to_owned(), time), ("_raw".to_owned(), vec![raw])])
    };
    live(events).into_iter().map(as_json).collect()
}

/// The chunk that splunkd makes of rows for a command that named these fields: no `_chunked_idx`, all twins at the end.
fn body(rows: &[Row], asked: &[String]) -> Vec<u8> {
    let bytes = |values: &[String]| {
        values
            .iter()
            .map(|value| value.clone().into_bytes())
            .collect::<Vec<_>>()
    };
    let header = asked.iter().cloned();
    let twins = asked.iter().map(|name| format!("__mv_{name}"));
    let mut table = vec![header.chain(twins).map(String::into_bytes).collect::<Vec<_>>()];
    for row in rows {
        let values = |name: &String| row.get(name).cloned().unwrap_or_default();
        let plain = asked
            .iter()
            .map(|name| csvtext::plain_cell(&bytes(&values(name))));
        let twins = asked.iter().map(|name| match &values(name)[..] {
            several if several.len() > 1 => csvtext::mv_encode(&bytes(several)),
            _ => Vec::new(),
        });
        table.push(plain.chain(twins).collect());
    }
    csvtext::encode(&table, b"\n")
}

/// The frames of a search, with `chunk` rows in a request.
pub fn session(rows: &[Row], arguments: &[&str], chunk: usize, asked: &[String]) -> Vec<u8> {
    let getinfo = Getinfo {
        command: "directvmlink".to_owned(),
        ..Getinfo::default()
    };
    let arguments: Vec<String> = arguments.iter().map(ToString::to_string).collect();
    let mut input = wire::frame(&getinfo.metadata(&arguments, Path::new(""), false), b"");
    for rows in rows.chunks(chunk) {
        input.extend(wire::frame(
            br#"{"action":"execute","finished":false}"#,
            &body(rows, asked),
        ));
    }
    input.extend(wire::frame(br#"{"action":"execute","finished":true}"#, b""));
    input
}

/// The replies: metadata and body of each.
pub fn replies(outcome: &RawOutcome) -> Vec<(Value, Vec<u8>)> {
    let mut output = &outcome.stdout[..];
    let mut replies = Vec::new();
    while let Some((metadata, body)) = wire::read_frame(&mut output).expect("frames") {
        replies.push((serde_json::from_slice(&metadata).expect("metadata is JSON"), body));
    }
    replies
}

/// Rows of a reply: name → values.
pub fn rows(body: &[u8]) -> Vec<Row> {
    let table = csvtext::decode(body).expect("the body is CSV");
    let text = |cell: &[u8]| String::from_utf8(csvtext::value(cell).into_owned()).expect("it is UTF-8");
    let Some((header, rest)) = table.split_first() else {
        return Vec::new();
    };
    let names: Vec<String> = header.iter().map(|cell| text(cell)).collect();
    let row = |cells: &Vec<&[u8]>| {
        assert_eq!(cells.len(), names.len());
        let mut row = Row::new();
        for (name, cell) in names.iter().zip(cells) {
            let cell = csvtext::value(cell);
            match name.strip_prefix("__mv_") {
                _ if cell.is_empty() => {}
                Some(name) => {
                    let values = csvtext::mv_decode(&cell).expect("values");
                    let values = values
                        .into_iter()
                        .map(|value| String::from_utf8(value).expect("UTF-8"));
                    row.insert(name.to_owned(), values.collect());
                }
                None => drop(row.insert(
                    name.clone(),
                    vec![String::from_utf8(cell.into_owned()).expect("UTF-8")],
                )),
            }
        }
        row
    };
    rest.iter().map(row).collect()
}

/// What the library says, as rows.
pub fn wanted(rows: &[LinkedRow]) -> Vec<Row> {
    let row = |row: &LinkedRow| {
        let fields = row
            .fields
            .iter()
            .map(|(name, values)| ((*name).to_owned(), values.clone()));
        fields.collect::<Row>()
    };
    rows.iter().map(row).collect()
}

fn events() -> Vec<Value> {
    let run = "MICROSOFT.COMPUTE/VIRTUALMACHINES/RUNCOMMAND/ACTION";
    let mut events = super::hostile::events(60);
    for (at, status) in ["Start", "Accept", "Success"].into_iter().enumerate() {
        events.push(azure(
            &format!("09:00:0{at}"),
            run,
            "web",
            "kim@example.org",
            status,
            "c-1",
        ));
    }
    events
}

pub fn asked() -> Vec<String> {
    let outcome = run_bytes(&session(&[], &[], 1, &[]), Pieces::Whole);
    let (getinfo, _) = replies(&outcome).remove(0);
    assert_eq!(getinfo["type"], "reporting");
    let names = getinfo["required_fields"].as_array().expect("a list");
    names
        .iter()
        .map(|name| name.as_str().expect("a name").to_owned())
        .collect()
}

#[test]
fn rows_are_the_same_in_chunks_of_any_size_live_and_collected() {
    let (events, asked) = (events(), asked());
    let wanted = wanted(&requests(&events));
    let reversed: Vec<Value> = events.iter().rev().cloned().collect();
    for (how, rows_sent) in [("live", live(&reversed)), ("collected", collected(&events))] {
        for chunk in [1, 3, 50_000] {
            let outcome = run_bytes(&session(&rows_sent, &[], chunk, &asked), Pieces::Whole);
            let replies = replies(&outcome);
            assert_eq!(outcome.exit, 0);
            assert_eq!(
                replies.len(),
                rows_sent.len().div_ceil(chunk) + 2,
                "{how}: one reply to each request"
            );
            let (last, before) = replies.split_last().expect("replies");
            for (metadata, body) in &before[1..] {
                assert_eq!(metadata["finished"], false);
                assert!(body.is_empty(), "rows come when the input is finished");
            }
            assert_eq!(last.0["finished"], true);
            let mut has = rows(&last.1);
            has.iter_mut()
                .for_each(|row| drop(row.remove("_time").expect("a time")));
            assert_eq!(has, wanted, "{how}, chunks of {chunk}");
        }
    }
}

#[test]
fn what_is_no_finding_is_counted_and_a_wrong_option_ends_the_search() {
    let other = BTreeMap::from([("_raw".to_owned(), vec!["{\"eventName\":\"x\"}".to_owned()])]);
    let outcome = run_bytes(&session(&[other], &[], 1, &asked()), Pieces::Whole);
    let (metadata, body) = replies(&outcome).pop().expect("a reply");
    let said = metadata["inspector"]["messages"].to_string();
    assert!(said.contains("1 row is not a finding"), "{said}");
    assert!(rows(&body).is_empty());
    let outcome = run_bytes(&session(&[], &["by=machine"], 1, &[]), Pieces::Whole);
    let (metadata, _) = replies(&outcome).remove(0);
    let error = metadata["error"].as_str().expect("an error");
    assert!(
        error.contains("by=\"machine\" is not allowed") && error.contains("request, session, case"),
        "{error}"
    );
}

#[test]
fn by_case_and_by_session_give_rows_of_their_own() {
    let (events, asked) = (events(), asked());
    let count = |by: &str| {
        let outcome = run_bytes(&session(&live(&events), &[by], 1_000, &asked), Pieces::Whole);
        rows(&replies(&outcome).pop().expect("a reply").1).len()
    };
    let [requests, sessions, cases] = ["by=request", "by=session", "by=case"].map(count);
    assert!(
        requests > sessions && sessions > 0 && cases > 0 && cases < requests,
        "{requests} {sessions} {cases}"
    );
    let names: Vec<&str> = LINK_FIELDS.iter().map(|(name, _)| *name).collect();
    let outcome = run_bytes(&session(&[], &[], 1, &[]), Pieces::Whole);
    let (_, body) = replies(&outcome).pop().expect("a reply");
    let header = String::from_utf8(body).expect("UTF-8");
    assert!(names.iter().all(|name| header.contains(name)), "{header}");
    assert_eq!(json!(header.lines().count()), 1);
}
