//! Input that splunkd should never send: one readable error where a reply is still possible, exit 1, no hang, little memory.

use std::path::Path;
use std::time::Duration;

use serde_json::Value;

use crate::protocol::mixed;
use crate::support::{Getinfo, Pieces, SECRET, Search, patience, run_bytes, wire};

const EXECUTE: &[u8] = br#"{"action":"execute","finished":false}"#;
const LITTLE_MEMORY: u64 = 64 << 20;

fn getinfo() -> Vec<u8> {
    Getinfo::default().metadata(&[], Path::new("dispatch"), false)
}

/// Frames that are broken in every position: a name, the bytes, and a word that the error must contain.
fn broken() -> Vec<(&'static str, Vec<u8>, &'static str)> {
    let frame = |metadata: &[u8]| wire::frame(metadata, b"");
    let cut = |bytes: Vec<u8>, less: usize| bytes[..bytes.len() - less].to_vec();
    vec![
        (
            "no header",
            b"hello\n".to_vec(),
            "does not begin with chunked; to read logs without Splunk, use directvm scan",
        ),
        ("no version", b"chunked 2.0,1,1\n{}".to_vec(), "header"),
        ("no numbers", b"chunked 1.0,x,y\n".to_vec(), "header"),
        ("no comma", b"chunked 1.0,5\n{}".to_vec(), "header"),
        ("three lengths", b"chunked 1.0,2,0,0\n{}".to_vec(), "header"),
        ("signs", b"chunked 1.0,-1,+2\n".to_vec(), "header"),
        ("hexadecimal", b"chunked 1.0,0x2,0\n{}".to_vec(), "header"),
        ("a float", b"chunked 1.0,2.0,0\n{}".to_vec(), "header"),
        ("bytes", b"\xff\xfe\0\n".to_vec(), "header"),
        ("an endless line", vec![b'c'; 1 << 20], "header"),
        ("half a header", b"chunked 1.0,2".to_vec(), "header"),
        (
            "longer than a number",
            b"chunked 1.0,99999999999999999999999,0\n{}".to_vec(),
            "metadata",
        ),
        (
            "2^64-1",
            b"chunked 1.0,18446744073709551615,0\n{}".to_vec(),
            "metadata",
        ),
        (
            "metadata of 10^12",
            b"chunked 1.0,1000000000000,0\n{}".to_vec(),
            "metadata",
        ),
        ("metadata cut", cut(frame(EXECUTE), 5), "metadata"),
        ("no metadata", frame(b""), "metadata"),
        ("no JSON", frame(b"{\"action\":"), "JSON"),
        ("words", frame(b"action execute"), "JSON"),
        ("a list", frame(b"[1]"), "metadata"),
        ("no action", frame(b"{}"), "action"),
        ("another action", frame(br#"{"action":"dance"}"#), "dance"),
        ("action is a number", frame(br#"{"action":7}"#), "action"),
        ("invalid UTF-8", frame(b"{\"action\":\"\xff\"}"), "metadata"),
    ]
}

/// A body of which only a part arrives.
fn body_cut(declared: &str, arrives: usize) -> Vec<u8> {
    let header = format!("chunked 1.0,{},{declared}\n", EXECUTE.len());
    [header.as_bytes(), EXECUTE, &vec![b'x'; arrives]].concat()
}

fn assert_one_error(what: &str, sent: Vec<u8>, word: &str) {
    let outcome = Search::new().probes(0).chunk(mixed()).raw_frame(sent).run();
    let error = outcome.expect_error();
    assert!(error.contains(word), "{what}: `{word}` is not in \"{error}\"");
    assert_eq!(outcome.exit, 1, "{what}");
    assert_eq!(
        outcome.events.len(),
        mixed().len(),
        "{what}: what came before is lost"
    );
    assert!(
        outcome.elapsed < patience(Duration::from_secs(8)),
        "{what} took {:?}",
        outcome.elapsed
    );
    if let Some(peak) = outcome.peak_memory {
        assert!(peak < LITTLE_MEMORY, "{what}: {peak} bytes");
    }
}

#[test]
fn a_broken_frame_after_a_chunk_is_one_error() {
    for (what, sent, word) in broken() {
        assert_one_error(what, sent, word);
    }
    assert_one_error("getinfo again", wire::frame(&getinfo(), b""), "getinfo");
}

#[test]
fn a_body_that_ends_too_soon_is_one_error_and_takes_no_memory() {
    let cases = [
        ("5", 4),
        ("70000", 69_999),
        ("1000000000000", 0),
        ("1000000000000", 8 << 20),
    ];
    for (declared, arrives) in cases {
        assert_one_error("a body cut", body_cut(declared, arrives), declared);
    }
    for declared in [
        "18446744073709551615",
        "9223372036854775807",
        "99999999999999999999999",
    ] {
        assert_one_error("a body too long", body_cut(declared, 10), "body");
    }
}

#[test]
fn a_broken_first_frame_is_one_error() {
    let mut cases = broken();
    cases.push(("execute first", wire::frame(EXECUTE, b""), "getinfo"));
    for (what, sent, word) in cases {
        for pieces in [Pieces::Whole, Pieces::Of(5)] {
            let outcome = run_bytes(&sent, pieces);
            assert_eq!((outcome.exit, outcome.stderr.as_slice()), (1, &b""[..]), "{what}");
            let mut rest = outcome.stdout.as_slice();
            let (metadata, body) = wire::read_frame(&mut rest).expect(what).expect(what);
            let reply: Value = serde_json::from_slice(&metadata).expect("metadata is JSON");
            let error = reply["error"].as_str().unwrap_or_default();
            assert!(error.contains(word), "{what}: `{word}` is not in \"{error}\"");
            assert_eq!(reply["finished"], true, "{what}");
            assert!(body.is_empty() && rest.is_empty(), "{what}: more than one reply");
        }
    }
}

#[test]
fn no_error_repeats_the_session_key() {
    let whole = getinfo();
    let text = String::from_utf8(whole.clone()).expect("metadata is text");
    assert!(text.contains(SECRET));
    let wrongs = [
        whole[..whole.len() - 1].to_vec(),
        text.replace("\"action\":\"getinfo\"", "\"action\":[]")
            .into_bytes(),
        text.replace("\"args\":[]", &format!("\"args\":\"{SECRET}\""))
            .into_bytes(),
        text.replace("\"dispatch_dir\":\"", "\"dispatch_dir\":7,\"x\":\"")
            .into_bytes(),
    ];
    for wrong in wrongs {
        let outcome = run_bytes(&wire::frame(&wrong, b""), Pieces::Whole);
        let output = String::from_utf8_lossy(&outcome.stdout).into_owned();
        assert!(output.contains("\"error\""), "{output}");
        assert!(!output.contains(SECRET), "{output}");
        assert_eq!((outcome.exit, outcome.stderr.as_slice()), (1, &b""[..]));
    }
}
