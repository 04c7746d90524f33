//! Generated sessions, legal and broken, against the real binary. `SESSIONS=100000` runs so many, `SESSION_SEED=n` begins
//! at another seed; a failure names the seed of its session.

use crate::support::{
    Dice, Ending, Finish, Getinfo, HeaderForm, Outcome, Pieces, Quirks, Search, SearchEvent, Style,
};
use std::time::Duration;

const FEW: u64 = 150;

#[test]
fn generated_sessions_lose_change_and_reorder_nothing() {
    let number = |name: &str| std::env::var(name).ok().and_then(|text| text.parse::<u64>().ok());
    let first = number("SESSION_SEED").unwrap_or(1);
    let count = number("SESSIONS").unwrap_or(FEW);
    let threads = std::thread::available_parallelism().map_or(1, usize::from) as u64;
    std::thread::scope(|scope| {
        for lane in 0..threads {
            scope.spawn(move || {
                for seed in
                    (first + lane..first + count).step_by(usize::try_from(threads).expect("few threads"))
                {
                    let result = std::panic::catch_unwind(|| session(&mut Dice(seed)));
                    assert!(
                        result.is_ok(),
                        "the session of SESSION_SEED={seed} SESSIONS=1 failed"
                    );
                }
            });
        }
    });
}

fn session(dice: &mut Dice) {
    let chunks: Vec<Vec<SearchEvent>> = (0..dice.below(5)).map(|_| chunk(dice)).collect();
    let rows: usize = chunks.iter().map(Vec::len).sum();
    let filters = dice.one_in(4);
    let mut search = Search::new()
        .probes(usize::from(dice.one_in(20)))
        .deadline(Duration::from_secs(30));
    if filters {
        search = search.spl(dice.pick(&["mode=filter", "mode = filter", "MODE=\"filter\""]));
    }
    let words = [
        "",
        "input=auto",
        "input=raw",
        "cim=f",
        "scope=extended",
        "distributed=0 cim = yes",
    ];
    search = search.spl(dice.pick(&words)).quirks(quirks(dice, rows < 4));
    if dice.one_in(5) {
        search = search.getinfo(Getinfo {
            style: Style::Splunk63,
            ..Getinfo::default()
        });
    }
    for events in &chunks {
        search = search.chunk(events.clone());
        if dice.one_in(6) {
            search = search.empty_body();
        }
    }
    if dice.one_in(5) {
        broken(search, dice);
    } else {
        whole(&search.run().expect_clean(), &chunks.concat(), filters);
    }
}

fn quirks(dice: &mut Dice, is_small: bool) -> Quirks {
    Quirks {
        // A byte at a time is slow, so it is for small sessions only.
        pieces: if is_small {
            dice.pick(&[Pieces::Whole, Pieces::Odd, Pieces::OneByte])
        } else {
            dice.pick(&[Pieces::Whole, Pieces::Of(1000)])
        },
        header: dice.pick(&[
            HeaderForm::Strict,
            HeaderForm::Strict,
            HeaderForm::Blanks,
            HeaderForm::Crlf,
        ]),
        spaced_metadata: dice.one_in(4),
        crlf: dice.one_in(5),
        finish: dice.pick(&[Finish::Separate, Finish::SeparateEmpty, Finish::WithLast]),
        ending: Ending::Normal,
        ignore_required_fields: dice.one_in(3),
    }
}

/// Every event is there, in order, and is what it was but for the fields of a finding.
fn whole(outcome: &Outcome, sent: &[SearchEvent], filters: bool) {
    let is_finding = |event: &SearchEvent| event.text("AlertType").is_some();
    if filters {
        let wanted = sent
            .iter()
            .filter(|event| event.text("seen").as_deref() == Some("finding"))
            .count();
        assert_eq!(outcome.events.len(), wanted, "{}", outcome.report());
        assert!(outcome.events.iter().all(is_finding));
        return;
    }
    assert_eq!(outcome.events.len(), sent.len(), "{}", outcome.report());
    for (got, sent) in outcome.events.iter().zip(sent) {
        if is_finding(got) {
            let kept = sent.names().all(|name| got.get(name) == sent.get(name));
            assert!(kept, "{got:?} was {sent:?}");
        } else {
            assert_eq!(got, sent);
        }
        assert_eq!(
            is_finding(got),
            sent.text("seen").as_deref() == Some("finding"),
            "{sent:?}"
        );
    }
}

/// What is no frame ends the session with at most one `error`, and never hangs.
fn broken(search: Search, dice: &mut Dice) {
    let frames: [&[u8]; 12] = [
        b"chunked 1.0,20,0\n{\"action\":",
        b"chunked 2.0,1,1\n{}",
        b"chunked 1.0,x,1\n",
        b"chunked 1.0,-1,1\n",
        b"chunked 1.0,2,18446744073709551616\n{}",
        b"chunked 1.0,36,1000000000000\n{\"action\":\"execute\",\"finished\":true}a,b\n",
        b"chunked 1.0,99999999999,0\n",
        b"chunked 1.0,4,0\nnull",
        b"chunked 1.0,16,0\n{\"action\":\"halt\"}",
        b"chunked 1.0,3,0\n\xff\xfe{",
        b"\x00\x01\x02",
        b"chunked 1.0,36,50\n{\"action\":\"execute\",\"finished\":true}_raw\nshort",
    ];
    let frame = if dice.one_in(3) {
        (0..dice.below(200))
            .map(|_| u8::try_from(dice.below(256)).expect("a byte"))
            .collect()
    } else {
        dice.pick(&frames).to_vec()
    };
    let is_empty = frame.is_empty();
    let outcome = search.raw_frame(frame).run();
    assert!(
        outcome.violations.is_empty() && outcome.stderr.is_empty(),
        "{}",
        outcome.report()
    );
    assert!(
        is_empty || (outcome.exit == 1 && outcome.error.is_some()),
        "{}",
        outcome.report()
    );
}

fn chunk(dice: &mut Dice) -> Vec<SearchEvent> {
    let columns: Vec<Vec<u8>> = (0..dice.below(8)).map(|at| name(dice, at)).collect();
    let rows = if dice.one_in(10) { 300 } else { dice.below(12) };
    (0..rows).map(|_| event(dice, &columns)).collect()
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
    let finding = br#"{"eventName":"StartSession","eventSource":"ssm.amazonaws.com","requestParameters":{"target":"i-0a1b2c3d4e5f60718"}}"#;
    let other = br#"{"eventName":"StartSession","eventSource":"athena.amazonaws.com","requestParameters":{"target":"runCommand"}}"#;
    match dice.below(6) {
        0 => (finding.to_vec(), "finding"),
        1 => (other.to_vec(), "near"),
        2 => (
            br#"{"eventName":"\u0053tartSession","eventSource":"ssm.amazonaws.com"}"#.to_vec(),
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
