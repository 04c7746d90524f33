//! Generated sessions, legal and broken, with the real binary. `SESSIONS=100000` sets their number, `SESSION_SEED=n` the first
//! seed; a failure names the seed of its session.

mod content;

#[cfg(target_os = "linux")]
use crate::interrupted::{Site, interrupted};
use crate::support::{
    Dice, Ending, Finish, Getinfo, HeaderForm, Outcome, Pieces, Quirks, Search, SearchEvent, Style, csvtext,
    is_for_windows,
};
use std::time::Duration;

const FEW: u64 = 150;

#[test]
fn generated_sessions_lose_change_and_reorder_nothing() {
    let number = |name: &str| std::env::var(name).ok().and_then(|text| text.parse::<u64>().ok());
    let first = number("SESSION_SEED").unwrap_or(1);
    let count = number("SESSIONS").unwrap_or(FEW);
    #[cfg(target_os = "linux")]
    let site = &Site::new("sessions");
    #[cfg(not(target_os = "linux"))]
    let site = &();
    let threads = std::thread::available_parallelism().map_or(1, usize::from) as u64;
    std::thread::scope(|scope| {
        for lane in 0..threads {
            scope.spawn(move || {
                for seed in
                    (first + lane..first + count).step_by(usize::try_from(threads).expect("few threads"))
                {
                    let result = std::panic::catch_unwind(|| session(seed, site));
                    assert!(
                        result.is_ok(),
                        "the session of SESSION_SEED={seed} SESSIONS=1 failed"
                    );
                }
            });
        }
    });
}

#[cfg(not(target_os = "linux"))]
type Site = ();

/// What must come of a generated session.
enum Check {
    Whole {
        sent: Vec<SearchEvent>,
        filters: bool,
    },
    Broken {
        is_empty: bool,
    },
    LeftEarly,
    Table(Vec<u8>),
    #[cfg(target_os = "linux")]
    Interrupted,
}

/// The search of a seed, and what must come of it.
fn generated(seed: u64, dice: &mut Dice) -> (Search, Check) {
    if let Some(chunks) = content::outsized(seed) {
        let search = chunks.iter().cloned().fold(Search::new(), Search::chunk);
        let search = search.probes(0).ignore_required_fields();
        let (sent, filters) = (chunks.concat(), false);
        let search = search.deadline(Duration::from_mins(2));
        return (search, Check::Whole { sent, filters });
    }
    match dice.below(20) {
        0..4 => broken(search(dice).0, dice),
        4..6 => (left_early(search(dice).0, dice), Check::LeftEarly),
        6..8 => table(dice),
        #[cfg(target_os = "linux")]
        8 if !is_for_windows() => (Search::new(), Check::Interrupted),
        _ => {
            let (search, sent, filters) = search(dice);
            (search, Check::Whole { sent, filters })
        }
    }
}

#[cfg_attr(not(target_os = "linux"), expect(unused_variables))]
fn session(seed: u64, site: &Site) {
    let dice = &mut Dice(seed);
    let (search, check) = generated(seed, dice);
    match check {
        Check::Whole { sent, filters } => whole(&search.run().expect_clean(), &sent, filters),
        Check::Broken { is_empty } => ends_with_an_error(&search.run(), is_empty),
        Check::LeftEarly => {
            search.run().expect_clean();
        }
        Check::Table(body) => keeps_every_cell(&search.run().expect_clean(), &body),
        #[cfg(target_os = "linux")]
        Check::Interrupted => interrupted(dice, seed, site),
    }
}

/// The requests of a generated session: with every field, and with the few of a search that selects, where it is one.
/// None for a session that is interrupted.
pub fn requests(seed: u64) -> Vec<(&'static str, Vec<u8>)> {
    let (search, check) = generated(seed, &mut Dice(seed));
    match check {
        #[cfg(target_os = "linux")]
        Check::Interrupted => Vec::new(),
        Check::Whole { .. } => {
            let fields = ["_raw", "_time", "seen"];
            vec![
                ("every_field", search.requests(None)),
                ("selected_fields", search.requests(Some(&fields))),
            ]
        }
        Check::Broken { .. } | Check::LeftEarly | Check::Table(_) => {
            vec![("every_field", search.requests(None))]
        }
    }
}

/// A search, its chunks, and whether only findings come back.
fn search(dice: &mut Dice) -> (Search, Vec<SearchEvent>, bool) {
    let chunks: Vec<Vec<SearchEvent>> = (0..dice.below(5)).map(|_| content::chunk(dice)).collect();
    let rows: usize = chunks.iter().map(Vec::len).sum();
    let filters = dice.one_in(4);
    let mut search = Search::new()
        .probes(usize::from(dice.one_in(20)))
        .deadline(Duration::from_mins(2));
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
    (search, chunks.concat(), filters)
}

fn quirks(dice: &mut Dice, is_small: bool) -> Quirks {
    Quirks {
        // Sending single bytes is slow: only some small sessions do.
        pieces: if is_small && dice.one_in(8) {
            dice.pick(&[Pieces::Odd, Pieces::OneByte])
        } else {
            let size = dice.below(3000);
            dice.pick(&[Pieces::Whole, Pieces::Of(1000 + size)])
        },
        lag: Duration::from_millis(if dice.one_in(20) { 20 } else { 0 }),
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

/// Every event comes back, in order, unchanged except for the fields of a finding.
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

/// Input that is not a frame ends the session with at most one `error`, and never hangs.
fn broken(search: Search, dice: &mut Dice) -> (Search, Check) {
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
    (search.raw_frame(frame), Check::Broken { is_empty })
}

fn ends_with_an_error(outcome: &Outcome, is_empty: bool) {
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

/// A search that is cancelled, or whose output is closed, ends without a message.
fn left_early(search: Search, dice: &mut Dice) -> Search {
    let chunks = dice.below(4);
    let ending = dice.pick(&[Ending::InputAfter(chunks), Ending::OutputAfter(chunks)]);
    search.ending(ending)
}

/// Every cell of an irregular table comes back unchanged; our cells are appended.
fn table(dice: &mut Dice) -> (Search, Check) {
    let body = content::table(dice);
    let search = Search::new().probes(0).ignore_required_fields();
    (search.raw_body(body.clone(), true), Check::Table(body))
}

fn keeps_every_cell(outcome: &Outcome, body: &[u8]) {
    let sent = csvtext::decode(body).expect("it was encoded");
    let got = csvtext::decode(&outcome.replies[0].body).expect("it is read by splunkd");
    assert_eq!(got.len(), sent.len(), "{}", outcome.report());
    for (got, sent) in got.iter().zip(&sent) {
        assert_eq!(&got[..sent.len()], sent.as_slice(), "{}", outcome.report());
    }
}
