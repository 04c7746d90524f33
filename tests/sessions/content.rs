//! The content of generated sessions: results with unusual names and values, and tables that no search would produce.

use crate::support::{Dice, SearchEvent, csvtext};

pub const FINDING: &[u8] = br#"{"eventName":"StartSession","eventSource":"ssm.amazonaws.com","requestParameters":{"target":"i-0a1b2c3d4e5f60718"}}"#;

pub fn chunk(dice: &mut Dice) -> Vec<SearchEvent> {
    let columns: Vec<Vec<u8>> = (0..dice.below(8)).map(|at| name(dice, at)).collect();
    let rows = if dice.one_in(10) { 300 } else { dice.below(12) };
    (0..rows).map(|_| event(dice, &columns)).collect()
}

/// A body with repeated columns, with names of splunkd's own columns, and with multivalue twins without a plain column.
pub fn table(dice: &mut Dice) -> Vec<u8> {
    let names: [&[u8]; 8] = [
        b"_raw",
        b"_chunked_idx",
        b"host",
        b"host",
        b"__mv_host",
        b"__mv_alone",
        b"__mv___mv_host",
        b"AlertType",
    ];
    let header: Vec<Vec<u8>> = (0..=dice.below(9)).map(|_| dice.pick(&names).to_vec()).collect();
    let rows = (0..dice.below(30)).map(|_| header.iter().map(|_| table_cell(dice)).collect());
    let rows: Vec<Vec<Vec<u8>>> = std::iter::once(header.clone()).chain(rows).collect();
    csvtext::encode(&rows, dice.pick(&[b"\n".as_slice(), b"\r\n"]))
}

/// Text without a finding: with two columns `_raw`, it is not defined which one is read.
fn table_cell(dice: &mut Dice) -> Vec<u8> {
    match dice.below(4) {
        0 => Vec::new(),
        1 => dice.below(1000).to_string().into_bytes(),
        2 => b"$a$;$b$".to_vec(),
        _ => cell(dice),
    }
}

/// Sizes that Splunk allows and rarely sends.
pub fn outsized(seed: u64) -> Option<Vec<Vec<SearchEvent>>> {
    let finding = || SearchEvent::from_raw(FINDING).with("seen", "finding");
    let text = |size: usize| SearchEvent::from_raw(vec![b'x'; size]).with("seen", "text");
    if seed.is_multiple_of(50_000) {
        let gigabyte = std::iter::once(finding()).chain((0..1000).map(|_| text(1 << 20)));
        return Some(vec![gigabyte.collect()]);
    }
    if seed.is_multiple_of(5_000) {
        return Some(vec![vec![finding(), text(100_000_000), finding()]]);
    }
    if seed.is_multiple_of(2_000) {
        let chunks = (0..10_000).map(|at| vec![if at % 100 == 0 { finding() } else { text(20) }]);
        return Some(chunks.collect());
    }
    if seed.is_multiple_of(500) {
        let mut wide = finding();
        (0..5000).for_each(|at| wide.set(format!("column{at}"), vec![b"1".to_vec()]));
        return Some(vec![vec![wide.clone(), text(10), wide]]);
    }
    None
}

fn name(dice: &mut Dice, at: usize) -> Vec<u8> {
    let odd: [&[u8]; 9] = [
        b"a,b",
        b"q\"q",
        b"line\nbreak",
        b"tag::eventtype",
        b"x{}.y",
        b" ",
        b"user",
        b"dest",
        b"\xff\xfe",
    ];
    if dice.one_in(3) {
        odd[at % odd.len()].to_vec()
    } else {
        format!("column{at}").into_bytes()
    }
}

fn event(dice: &mut Dice, columns: &[Vec<u8>]) -> SearchEvent {
    let (raw, seen) = raw(dice);
    let mut event = SearchEvent::new()
        .with("_time", "1741944413.5")
        .with("_raw", raw)
        .with("seen", seen);
    for column in columns {
        let values: Vec<Vec<u8>> = (0..dice.pick(&[0, 1, 1, 1, 2, 5])).map(|_| cell(dice)).collect();
        event.set(
            column,
            if values.len() == 1 && values[0].is_empty() {
                Vec::new()
            } else {
                values
            },
        );
    }
    event
}

fn raw(dice: &mut Dice) -> (Vec<u8>, &'static str) {
    let other = br#"{"eventName":"StartSession","eventSource":"athena.amazonaws.com","requestParameters":{"target":"runCommand"}}"#;
    match dice.below(6) {
        0 => (FINDING.to_vec(), "finding"),
        1 => (other.to_vec(), "near"),
        2 => (
            br#"{"eventName":"\u0053tartSession","eventSource":"ssm.amazonaws.com","awsRegion":"eu-west-1"}"#
                .to_vec(),
            "finding",
        ),
        3 => (b"no json, but StartSession and RUNCOMMAND".to_vec(), "text"),
        4 => (
            br#"{"level":"info","text":"\u0041 \"quoted\""}"#.to_vec(),
            "other",
        ),
        _ => (cell(dice), "bytes"),
    }
}

fn cell(dice: &mut Dice) -> Vec<u8> {
    let odd: [&[u8]; 12] = [
        b"",
        b"$",
        b";",
        b"$;$",
        b"\"",
        b"\"\"",
        b"\n",
        b"\r\n",
        b",",
        b"\x00",
        b"\xff\x8e",
        "日本語".as_bytes(),
    ];
    let mut bytes = Vec::new();
    for _ in 0..dice.below(6) {
        if dice.one_in(2) {
            bytes.extend_from_slice(dice.pick(&odd));
        } else {
            bytes.extend((0..dice.below(20)).map(|_| u8::try_from(dice.below(256)).expect("a byte")));
        }
    }
    bytes
}
