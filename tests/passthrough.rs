//! Rows that are not findings come back unchanged, whatever they contain. The `csv` crate is the reference.

use std::cell::RefCell;

use proptest::collection::vec;
use proptest::prelude::{Just, Strategy, any, prop_oneof};
use proptest::sample::select;
use proptest::test_runner::{Config, TestCaseError, TestRunner};

use crate::catalogue::detector;
use crate::protocol::example;
use directvm::detect::finding::Shown;
use directvm::splunk::chunk::Tagger;
use directvm::splunk::options::{Input, Mode};

type Record = Vec<Vec<u8>>;

/// How a cell is quoted.
#[derive(Clone, Copy, Debug)]
enum Spelling {
    /// Without quotes if possible.
    Bare,
    Quoted,
    /// Quoted, with more text after the closing quote.
    Trailing,
}

#[derive(Clone, Debug)]
struct Line {
    cells: Vec<(Vec<u8>, Spelling)>,
    ends_in_crlf: bool,
}

#[derive(Clone, Debug)]
struct Table {
    lines: Vec<Line>,
    ends: bool,
    pieces: usize,
}

impl Table {
    fn body(&self) -> Vec<u8> {
        let mut body = Vec::new();
        for (number, line) in self.lines.iter().enumerate() {
            let tokens: Vec<_> = line.cells.iter().map(|(cell, how)| spell(cell, *how)).collect();
            let text = tokens.join(&b',');
            // The reference skips empty lines.
            body.extend(if text.is_empty() { b"\"\"".to_vec() } else { text });
            if self.ends || number + 1 < self.lines.len() {
                body.extend(if line.ends_in_crlf { &b"\r\n"[..] } else { b"\n" });
            }
        }
        body
    }
}

fn spell(cell: &[u8], how: Spelling) -> Vec<u8> {
    let must_quote = cell.starts_with(b"\"") || cell.iter().any(|byte| b",\r\n".contains(byte));
    if matches!(how, Spelling::Bare) && !must_quote {
        return cell.to_vec();
    }
    let doubled = cell
        .iter()
        .flat_map(|byte| std::iter::repeat_n(*byte, if *byte == b'"' { 2 } else { 1 }));
    let mut token: Vec<u8> = std::iter::once(b'"').chain(doubled).chain([b'"']).collect();
    token.extend(matches!(how, Spelling::Trailing).then_some(b'x'));
    token
}

fn cell() -> impl Strategy<Value = Vec<u8>> {
    const KNOWN: [&[u8]; 20] = [
        b"",
        b"\"",
        b"\"\"",
        b",",
        b"\r\n",
        b"\n",
        b"\r",
        b"a\"b",
        b"$a$;$b$",
        b"$$$;$;$;$$$",
        b"\0",
        b"\xff\xfe\x8e",
        b"\xef\xbb\xbf",
        "안녕 \u{1f30d}".as_bytes(),
        b"{\"eventName\":\"StartSession\"}",
        b"{\"eventName\":\"SendCommand\",\"eventSource\":\"qldb.amazonaws.com\"}",
        b"{\"\\u0053tartSession\":",
        b"runCommand",
        b" leading, and trailing ",
        b"0",
    ];
    prop_oneof![
        3 => Just(Vec::new()),
        3 => select(&KNOWN[..]).prop_map(<[u8]>::to_vec),
        2 => vec(any::<u8>(), 0..12),
        1 => vec(select(&b"a\",\n\r$;"[..]), 0..90),
    ]
}

fn name() -> impl Strategy<Value = Vec<u8>> {
    const KNOWN: [&[u8]; 9] = [
        b"_raw",
        b"eventName",
        b"requestParameters.instanceIds{}",
        b"_chunked_idx",
        b"__mv_eventName",
        b"__mv_",
        b"x",
        b"x",
        b"a, \"b\"\nc",
    ];
    prop_oneof![select(&KNOWN[..]).prop_map(<[u8]>::to_vec), cell()]
}

fn spelling() -> impl Strategy<Value = Spelling> {
    prop_oneof![5 => Just(Spelling::Bare), 5 => Just(Spelling::Quoted), 1 => Just(Spelling::Trailing)]
}

fn line(width: usize, content: impl Strategy<Value = Vec<u8>>) -> impl Strategy<Value = Line> {
    (vec((content, spelling()), width), any::<bool>())
        .prop_map(|(cells, ends_in_crlf)| Line { cells, ends_in_crlf })
}

/// Up to `rows` rows of 1 to 40 columns. Every second table is as splunkd writes it: LF, no ragged row, nothing after a
/// closing quote, no quote in an unquoted cell.
fn table(rows: usize) -> impl Strategy<Value = Table> {
    (1..=40_usize).prop_flat_map(move |width| {
        let ragged = prop_oneof![12 => Just(0_isize), 1 => Just(-1), 1 => Just(1), 1 => Just(-30)];
        let lines = vec((line(width, cell()), ragged), 0..rows);
        (
            line(width, name()),
            lines,
            any::<bool>(),
            any::<bool>(),
            1..200_usize,
        )
            .prop_map(|(header, lines, ends, is_regular, pieces)| {
                let cut = lines
                    .into_iter()
                    .map(|(line, by)| if is_regular { line } else { reshape(line, by) });
                let mut lines: Vec<Line> = std::iter::once(header).chain(cut).collect();
                if is_regular {
                    lines.iter_mut().for_each(regularise);
                }
                Table {
                    lines,
                    ends: ends || is_regular,
                    pieces,
                }
            })
    })
}

fn reshape(mut line: Line, by: isize) -> Line {
    let wanted = line.cells.len().saturating_add_signed(by).max(1);
    line.cells.resize(wanted, (b"more".to_vec(), Spelling::Bare));
    line
}

fn regularise(line: &mut Line) {
    line.ends_in_crlf = false;
    for (cell, how) in &mut line.cells {
        let is_plain = cell.iter().all(u8::is_ascii_alphanumeric);
        *how = if is_plain {
            Spelling::Bare
        } else {
            Spelling::Quoted
        };
    }
}

pub fn tagger(mode: Mode) -> Tagger {
    Tagger::new(detector(), Input::Auto, mode, Shown::DEFAULT)
}

/// Sends a body through the command in pieces.
pub fn send(tagger: &mut Tagger, body: &[u8], pieces: usize) -> Vec<u8> {
    tagger.begin();
    for upto in (0..body.len()).step_by((body.len() / pieces).max(1)) {
        tagger.arrived(&body[..upto]);
    }
    tagger.arrived(body);
    let length = tagger.inspect(body);
    let mut reply = Vec::new();
    tagger
        .write(&[], body, &mut reply)
        .expect("memory can be written");
    assert_eq!(reply.len(), length, "the length that is announced");
    reply
}

/// Sends a body through the command at once.
fn send_whole(tagger: &mut Tagger, body: &[u8]) -> Vec<u8> {
    tagger.begin();
    let length = tagger.inspect(body);
    let mut reply = Vec::with_capacity(length);
    tagger
        .write(&[], body, &mut reply)
        .expect("memory can be written");
    reply
}

/// A body that is long enough for rows to be inspected while it arrives; as splunkd writes it, except for its end.
fn long_body() -> impl Strategy<Value = Vec<u8>> {
    const ENDS: [&[u8]; 7] = [
        b"",
        b"StartSession,\"ssm.amazonaws.com\",x\n",
        b"1,2\n",
        b"1,2,3,4\r\n",
        b"a\"b,2,3\n",
        b"1,\"2,3\nStartSession",
        b"StartSession,\"ssm.amazonaws.com\",\"no end\"",
    ];
    let row = (any::<bool>(), 0..4000_usize);
    (vec(row, 20..60), select(&ENDS[..])).prop_map(|(rows, end)| {
        let mut body = b"eventName,eventSource,text\n".to_vec();
        for (is_finding, length) in rows {
            let name = if is_finding { "StartSession" } else { "GetObject" };
            let text = ",\n".repeat(length / 2);
            body.extend(format!("{name},\"ssm.amazonaws.com\",\"{text}\"\n").bytes());
        }
        body.extend_from_slice(end);
        body
    })
}

pub fn records(body: &[u8]) -> Vec<Record> {
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .from_reader(body);
    let records = reader
        .byte_records()
        .map(|record| record.expect("bytes of any kind are CSV"));
    records
        .map(|record| record.iter().map(<[u8]>::to_vec).collect())
        .collect()
}

/// The cells that `reply` adds to those of `request`, row by row; a changed row is an error.
fn added(request: &[u8], reply: &[u8]) -> Result<Vec<Record>, TestCaseError> {
    let (sent, came) = (records(request), records(reply));
    if sent.len() != came.len() {
        let text = format!("{} rows were sent, {} came", sent.len(), came.len());
        return Err(TestCaseError::fail(text));
    }
    let pairs = sent.iter().zip(&came).enumerate();
    pairs
        .map(|(number, (sent, came))| {
            let rest = came.strip_prefix(sent.as_slice()).map(<[_]>::to_vec);
            rest.ok_or_else(|| TestCaseError::fail(format!("row {number} has changed: {sent:?} {came:?}")))
        })
        .collect()
}

fn check<S: Strategy>(strategy: &S, test: impl Fn(S::Value) -> Result<(), TestCaseError>) {
    let config = Config {
        failure_persistence: None,
        ..Config::with_cases(300)
    };
    if let Err(fault) = TestRunner::new(config).run(strategy, test) {
        panic!("{fault}");
    }
}

#[test]
fn rows_without_a_finding_come_back_as_they_were() {
    let tagger = RefCell::new(tagger(Mode::Tag));
    check(&table(14), |table| {
        let body = table.body();
        let reply = send(&mut tagger.borrow_mut(), &body, table.pieces);
        let added = added(&body, &reply)?;
        let is_empty = added.iter().skip(1).all(|cells| cells.iter().all(Vec::is_empty));
        if is_empty {
            Ok(())
        } else {
            Err(TestCaseError::fail("a row has new text"))
        }
    });
}

#[test]
fn what_is_inspected_while_more_arrives_is_the_same() {
    for mode in [Mode::Tag, Mode::Filter] {
        let taggers = RefCell::new((tagger(mode), tagger(mode)));
        check(&(long_body(), 1..90_usize), |(body, pieces)| {
            let (early, late) = &mut *taggers.borrow_mut();
            let replies = (send(early, &body, pieces), send_whole(late, &body));
            if replies.0 == replies.1 && early.counts() == late.counts() {
                Ok(())
            } else {
                let counts = format!("{:?} {:?}", early.counts(), late.counts());
                Err(TestCaseError::fail(counts))
            }
        });
    }
}

#[test]
fn filter_drops_all_rows_without_a_finding() {
    let tagger = RefCell::new(tagger(Mode::Filter));
    check(&table(14), |table| {
        let body = table.body();
        let reply = send(&mut tagger.borrow_mut(), &body, table.pieces);
        let (sent, came) = (records(&body), records(&reply));
        let is_header = came.len() == 1 && came[0].starts_with(&sent[0]);
        if is_header {
            Ok(())
        } else {
            Err(TestCaseError::fail(format!("{came:?}")))
        }
    });
}

/// Tables with a column `_raw`, and the rows in which it contains a hit.
fn table_with_findings() -> impl Strategy<Value = (Table, Vec<usize>)> {
    (table(14), any::<usize>(), vec(any::<bool>(), 14)).prop_map(|(mut table, place, chosen)| {
        let hit = example("aws_ssm_session.start_session").to_string().into_bytes();
        let width = table.lines[0].cells.len();
        let column = place % width;
        for (cell, _) in &mut table.lines[0].cells {
            if cell == b"_raw" {
                *cell = b"no raw".to_vec();
            }
        }
        table.lines[0].cells[column] = (b"_raw".to_vec(), Spelling::Bare);
        let mut places = Vec::new();
        for (at, line) in table.lines.iter_mut().enumerate().skip(1) {
            if chosen[at - 1] && line.cells.len() == width {
                line.cells[column] = (hit.clone(), Spelling::Quoted);
                places.push(at);
            }
        }
        (table, places)
    })
}

#[test]
fn findings_among_them_change_no_other_row() {
    let (tag, filter) = (
        RefCell::new(tagger(Mode::Tag)),
        RefCell::new(tagger(Mode::Filter)),
    );
    check(&table_with_findings(), |(table, places)| {
        let body = table.body();
        let reply = send(&mut tag.borrow_mut(), &body, table.pieces);
        if places.is_empty() {
            let is_same = reply == body;
            return if is_same {
                Ok(())
            } else {
                Err(TestCaseError::fail("no finding, but another body"))
            };
        }
        let added = added(&body, &reply)?;
        let operation = added[0]
            .iter()
            .position(|name| name == b"dvm_operation")
            .expect("it is a new column");
        for (at, cells) in added.iter().enumerate().skip(1) {
            let said = cells.get(operation).cloned().unwrap_or_default();
            let wanted: &[u8] = if places.contains(&at) {
                b"aws_ssm_session.start_session"
            } else {
                b""
            };
            if said != wanted {
                return Err(TestCaseError::fail(format!("row {at}: {}", said.escape_ascii())));
            }
        }
        let all = records(&reply);
        let kept: Vec<_> = all
            .iter()
            .enumerate()
            .filter(|(at, _)| *at == 0 || places.contains(at))
            .collect();
        let filtered = records(&send(&mut filter.borrow_mut(), &body, 1));
        let is_same = kept.iter().map(|(_, record)| *record).eq(&filtered);
        if is_same {
            Ok(())
        } else {
            Err(TestCaseError::fail("filter gives other rows than tag"))
        }
    });
}

#[test]
fn two_thousand_columns_pass_and_hold_a_finding() {
    let hit = example("aws_ssm_session.start_session").to_string();
    let line = |cell: &dyn Fn(usize) -> String| {
        let tokens: Vec<_> = (0..2000)
            .map(|column| spell(cell(column).as_bytes(), Spelling::Bare))
            .collect();
        [tokens.join(&b','), b"\n".to_vec()].concat()
    };
    let mut body = line(&|column| {
        if column == 1500 {
            "_raw".to_owned()
        } else {
            format!("c{column}")
        }
    });
    for row in 0..20 {
        body.extend(line(&|column| match column {
            1500 if row == 7 => hit.clone(),
            _ if column % 3 == 0 => String::new(),
            _ => format!("{row}, {column}"),
        }));
    }
    let reply = send(&mut tagger(Mode::Tag), &body, 10);
    let added = added(&body, &reply).expect("no cell has changed");
    let is_found: Vec<usize> = (1..=20)
        .filter(|row| added[*row].iter().any(|cell| !cell.is_empty()))
        .collect();
    assert_eq!(is_found, [8]);
}

#[test]
fn more_than_a_million_short_rows_pass_and_hold_findings() {
    let hit = example("aws_ssm_session.start_session").to_string();
    let finding = [spell(hit.as_bytes(), Spelling::Quoted), b"\n".to_vec()].concat();
    let (short, many) = (b"1\n", 1 << 20);
    let mut body = [b"_raw\n", short.repeat(5).as_slice(), &finding].concat();
    body.extend(short.repeat(many));
    body.extend([finding.as_slice(), &short.repeat(200), &finding, b"1"].concat());
    for end in ["\n", "\r\n", ""] {
        let body = [body.as_slice(), end.as_bytes()].concat();
        let reply = send(&mut tagger(Mode::Tag), &body, 50);
        let (mut rows, mut record) = (csv::Reader::from_reader(&*reply), csv::ByteRecord::new());
        let (mut found, mut count) = (Vec::new(), 0);
        while rows
            .read_byte_record(&mut record)
            .expect("all rows have as many cells")
        {
            let is_finding = record.iter().skip(1).any(|cell| !cell.is_empty());
            assert_eq!(&record[0], if is_finding { hit.as_bytes() } else { b"1" });
            found.extend(is_finding.then_some(count));
            count += 1;
        }
        assert_eq!(count, many + 209, "the body ends in {end:?}");
        assert_eq!(found, [5, many + 6, many + 207], "the body ends in {end:?}");
    }
}

#[test]
fn a_cell_of_100_mb_passes() {
    let started = std::time::Instant::now();
    let cell = 100_000_000;
    let mut body = b"_raw,x\n".to_vec();
    body.resize(body.len() + cell, b'a');
    body.extend(b",1\nlast,2\n");
    let reply = send(&mut tagger(Mode::Tag), &body, 3);
    assert!(reply == body, "a chunk without findings goes out as it came");
    assert!(
        started.elapsed().as_secs() < 10,
        "it took {:?}",
        started.elapsed()
    );
}

#[test]
fn irregular_rows_pass_and_are_counted() {
    let cases: [(&[u8], u64); 8] = [
        (b"a,b\n\0,\xff\xfe\n", 0),
        (b"a,b\n\"\0\r\n\x8e\",1\r\n", 0),
        (b"a,a\n1,2\n", 0),
        (b"a,b\n1\n1,2,3\n4,5\n", 2),
        (b"a,b\n1,2\n3,\"open\n4,5\n", 1),
        (b"a,b\n1,2\n\"open", 1),
        (b"\"a", 1),
        (b"a", 0),
    ];
    for (body, unsound) in cases {
        let mut tagger = tagger(Mode::Tag);
        let reply = send(&mut tagger, body, 1);
        added(body, &reply).unwrap_or_else(|fault| panic!("{}: {fault}", body.escape_ascii()));
        assert_eq!(tagger.counts().unsound_rows, unsound, "{}", body.escape_ascii());
    }
}
