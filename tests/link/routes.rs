//! The same events give the same rows, whatever their order, by the library, by the command and by `scan`.

use super::command::{Row, asked, collected, live, replies, rows, session, wanted};
use super::requests;
use crate::support::dice::Dice;
use crate::support::replay::run_bytes;
use crate::support::{BINARY, Pieces, command};
use directvm::link::LinkedRow;
use serde_json::Value;

/// Checks that every route gives these rows.
#[track_caller]
pub fn check_same(events: &[Value], linked: &[LinkedRow]) {
    let wanted = wanted(linked);
    let mut shuffled = events.to_vec();
    for seed in 0..5 {
        shuffle(&mut shuffled, seed);
        let has: Vec<Row> = super::command::wanted(&requests(&shuffled));
        assert_eq!(has, wanted, "order {seed}");
    }
    assert_eq!(scan(&shuffled), wanted, "scan");
    let asked = asked();
    for (how, chunk, sent) in [
        ("live", 1, live(&shuffled)),
        ("live", 3, live(events)),
        ("collected", 50_000, collected(&shuffled)),
    ] {
        let outcome = run_bytes(&session(&sent, &[], chunk, &asked), Pieces::Whole);
        let (_, body) = replies(&outcome).pop().expect("a reply");
        let mut has = rows(&body);
        has.iter_mut().for_each(|row| drop(row.remove("_time")));
        assert_eq!(has, wanted, "{how}, chunks of {chunk}");
    }
}

fn shuffle(events: &mut [Value], seed: u64) {
    let mut dice = Dice(seed);
    for at in (1..events.len()).rev() {
        events.swap(at, dice.below(at + 1));
    }
}

/// The rows of `scan`, without their places.
fn scan(events: &[Value]) -> Vec<Row> {
    let folder = tempfile::tempdir().expect("a folder");
    let text: String = events.iter().map(|event| event.to_string() + "\n").collect();
    std::fs::write(folder.path().join("a.jsonl"), text).expect("it is written");
    let output = command(BINARY)
        .current_dir(folder.path())
        .args(["scan", ".", "--scope", "extended", "--format", "jsonl"])
        .output()
        .expect("it runs");
    let lines = String::from_utf8(output.stdout).expect("text");
    let row = |line: &str| {
        let row: serde_json::Map<String, Value> = serde_json::from_str(line).expect("JSON");
        let fields = row
            .into_iter()
            .filter(|(name, _)| !["time", "file", "record"].contains(&name.as_str()));
        fields.map(|(name, value)| (name, values(value))).collect::<Row>()
    };
    lines.lines().map(row).collect()
}

fn values(value: Value) -> Vec<String> {
    match value {
        Value::Array(items) => items.into_iter().flat_map(values).collect(),
        Value::String(text) => vec![text],
        other => vec![other.to_string()],
    }
}
