//! Tests of the stand-in: correct and faulty commands, each a few lines of sh.

use std::path::Path;
use std::time::Duration;

use super::instance::Launch;
use super::pipes::{Got, Manner};
use super::replay::run_bytes_through;
use super::reply::{
    DUPLICATE_MESSAGE, INVALID_RESULT, MERGE_ERROR, SETUP_ERROR, UNEXPECTED_EXIT, WRITE_ERROR,
};
use super::{
    BINARY, Ending, Finish, Getinfo, HeaderForm, Outcome, Pieces, Quirks, RawOutcome, SECRET, Search,
    SearchEvent, run_bytes, wire,
};

/// `take` reads one frame or ends with the input; `say` writes one; `echo_back` answers a frame with its own body.
const PRELUDE: &str = r#"
take() { IFS=', ' read -r word version m b || exit 0; meta=$(head -c "$m"); head -c "$b" > "$body"; }
say() { printf 'chunked 1.0,%d,%d\n%s%s' "${#1}" "${#2}" "$1" "$2"; }
echo_back() {
    case $meta in *true*) r='{"finished":true}' ;; *) r='{"finished":false}' ;; esac
    printf 'chunked 1.0,%d,%d\n%s' "${#r}" "$b" "$r"; cat "$body"
}
body=$(mktemp "$SPLUNK_HOME/XXXXXX"); trap 'rm -f "$body"' EXIT
"#;

const ECHO: &str = "take; say '{\"type\":\"streaming\"}'; while take; do echo_back; done";
const SELECTING: &str = r#"take; say '{"type":"streaming","required_fields":["a"]}'; "#;

fn command(script: &str) -> Search {
    Search::new()
        .launcher("/bin/sh")
        .command_arg("-c")
        .command_arg(format!("{PRELUDE}{script}"))
        .probes(0)
}

/// A command that requests `a`, then does this with its first chunk.
fn selecting(script: &str) -> Search {
    command(&format!("{SELECTING} take; {script}")).chunk(two_events())
}

fn two_events() -> Vec<SearchEvent> {
    vec![
        SearchEvent::new().with("a", "x, \"y\"\n").with("b", b"\x8e$"),
        SearchEvent::new().with_values("a", &["1", "$"]).with("c", "2"),
    ]
}

#[track_caller]
fn assert_violation(outcome: &Outcome, fault: &str) {
    let found = outcome
        .violations
        .iter()
        .any(|violation| violation.contains(fault));
    assert!(found, "no violation holds {fault:?}\n{}", outcome.report());
}

#[test]
fn an_echo_has_no_faults_with_any_spelling_and_timing() {
    for pieces in [Pieces::Whole, Pieces::OneByte, Pieces::Of(5), Pieces::Odd] {
        for finish in [Finish::Separate, Finish::SeparateEmpty, Finish::WithLast] {
            let quirks = Quirks {
                pieces,
                finish,
                crlf: finish == Finish::WithLast,
                ..Quirks::default()
            };
            let outcome = command(ECHO)
                .chunk(two_events())
                .chunk(Vec::new())
                .quirks(quirks)
                .run()
                .expect_clean();
            assert_eq!(outcome.events, two_events());
            assert_eq!(
                outcome.replies.len(),
                if finish == Finish::WithLast { 2 } else { 3 }
            );
            assert_eq!(outcome.replies[0].metadata["finished"], false);
            assert_eq!(outcome.getinfo["type"], "streaming");
        }
    }
}

#[test]
fn an_echo_of_selected_fields_is_merged() {
    let script = format!("{SELECTING} while take; do echo_back; done");
    let search = command(&script)
        .chunk(two_events())
        .empty_body()
        .chunk(two_events());
    let outcome = search.run().expect_clean();
    assert_eq!(outcome.events, [two_events(), two_events()].concat());
    let body = String::from_utf8_lossy(&outcome.replies[0].body).into_owned();
    assert!(body.starts_with("a,\"_chunked_idx\","), "{body}");
    let all = search.ignore_required_fields().run().expect_clean();
    assert!(all.replies[0].body.starts_with(b"a,b,c,"));
    assert_eq!(all.events, outcome.events);
}

#[test]
fn odd_headers_and_metadata_are_sent_on_request() {
    let script = "read -r line; printf '%s' \"$line\" >&2; exit 0";
    for (header, start) in [
        (HeaderForm::Blanks, "chunked  1.0, "),
        (HeaderForm::Crlf, "chunked 1.0,"),
    ] {
        let quirks = Quirks {
            header,
            spaced_metadata: true,
            ..Quirks::default()
        };
        let outcome = command(script).quirks(quirks).run();
        let line = String::from_utf8_lossy(&outcome.stderr).into_owned();
        assert!(
            line.starts_with(start) && line.ends_with('\r') == (header == HeaderForm::Crlf),
            "{line:?}"
        );
    }
}

#[test]
fn probes_see_only_getinfo_and_must_agree() {
    command(ECHO).probes(3).run().expect_clean();
    let cases = [
        (
            "take; say '{}'; echo noise >&2",
            "probe 0: exit 0, stderr \"noise",
        ),
        ("take; say '{}'; exit 3", "probe 0: exit 3"),
        ("take; exit 0", "probe 0: no getinfo reply but End"),
        ("take; say \"{\\\"maxwait\\\":$$}\"; take", "otherwise"),
        (
            "take; say '{}'; : > \"$SPLUNK_HOME/left\"; take",
            "a getinfo-only instance left ",
        ),
    ];
    for (script, fault) in cases {
        assert_violation(&command(script).probes(3).run(), fault);
    }
}

#[test]
fn a_reply_before_the_request_is_whole_is_noticed() {
    let home = tempfile::tempdir().expect("temporary folder");
    for (script, early) in [("say '{}'; take", true), ("take; say '{}'", false)] {
        let launch = Launch {
            program: "/bin/sh".into(),
            args: vec!["-c".to_owned(), format!("{PRELUDE}{script}")],
            home: home.path().to_path_buf(),
            deadline: Duration::from_secs(10),
        };
        let manner = Manner {
            pieces: Pieces::Whole,
            pause: Duration::from_millis(500),
            ..Manner::default()
        };
        let mut instance = launch.start();
        let exchange = instance.exchange(wire::frame(b"{}", b"a\n"), manner);
        assert_eq!(instance.finish().exit, 0);
        assert_eq!(
            (exchange.early, exchange.got),
            (early, Got::Frame(b"{}".to_vec(), Vec::new()))
        );
    }
}

#[test]
fn bad_replies_are_named_in_splunkds_words() {
    let cases = [
        (
            "say '{\"finished\":false}' '_chunked_idx\n1\n0\n'; take",
            MERGE_ERROR,
        ),
        (
            "say '{\"finished\":false}' '_chunked_idx\n0,1\n'; take",
            INVALID_RESULT,
        ),
        ("say '[]'; take", INVALID_RESULT),
        ("printf 'chunked 1.0, 2,0\\n{}'; take", INVALID_RESULT),
        ("printf 'chunked 1.0,2,9\\n{}abc'; exit 0", INVALID_RESULT),
        (
            "exit 7",
            "External search command exited unexpectedly with non-zero error code 7.",
        ),
        ("exit 0", UNEXPECTED_EXIT),
        ("kill -9 $$", UNEXPECTED_EXIT),
    ];
    for (script, text) in cases {
        let outcome = selecting(script).run();
        assert_violation(&outcome, text);
        assert_eq!(
            outcome.banner,
            Some(format!("Error in 'directvm' command: {text}"))
        );
    }
    let outcome = command("take; say '{\"type\":\"eventing\"}'; take").run();
    assert_violation(&outcome, SETUP_ERROR);
}

#[test]
fn too_many_replies_are_noticed() {
    let reply = r#"chunked 1.0,17,0\n{"finished":true} "#.trim_end();
    let twice = command(&format!("take; say '{{}}'; take; printf '{reply}{reply}'; take")).run();
    assert_violation(&twice, "more than one reply came to one request");
    let trailing = command(&format!(
        "take; say '{{}}'; take; printf '{reply}'; read -r end; printf more"
    ))
    .run();
    assert_violation(&trailing, "4 bytes came after the last reply: \"more\"");
}

#[test]
fn a_command_that_does_not_read_is_reported_as_stuck() {
    let big = vec![SearchEvent::from_raw("x".repeat(1 << 20))];
    let stuck = command("take; say '{}'; exec sleep 20")
        .chunk(big)
        .deadline(Duration::from_secs(1))
        .run();
    assert_violation(&stuck, WRITE_ERROR);
    assert!(stuck.exit < 0);
    let mute = command("take; say '{}'; exec sleep 20")
        .chunk(two_events())
        .deadline(Duration::from_secs(1))
        .run();
    assert_violation(&mute, "no reply within");
    assert_violation(&mute, "was killed");
}

#[test]
fn a_command_that_answers_while_it_reads_is_reported_as_stuck() {
    let streaming = r#"take; say '{}'; IFS=', ' read -r word version m b; head -c "$m" > "$body"
printf 'chunked 1.0,18,%d\n{"finished":false}' "$b"; head -c "$b"; take"#;
    let search = |length| command(streaming).chunk(vec![SearchEvent::from_raw("_".repeat(length))]);
    assert_violation(
        &search(1 << 20).deadline(Duration::from_secs(1)).run(),
        WRITE_ERROR,
    );
    assert_eq!(search(100).run().events, [SearchEvent::from_raw("_".repeat(100))]);
}

#[test]
fn an_error_reply_ends_the_search() {
    let error =
        r#"take; say '{"inspector":{"messages":[["WARN","w"]]},"finished":true,"error":"no"}'; exit 1"#;
    let outcome = command(error).probes(3).chunk(two_events()).run();
    assert_eq!(outcome.expect_error(), "no");
    assert_eq!(outcome.banner.as_deref(), Some("Error in 'directvm' command: no"));
    assert_eq!((outcome.exit, outcome.replies.len()), (1, 0));
    let twice =
        r#"r='{"finished":false,"inspector":{"messages":[["WARN","w"]]}}'; say "$r"; take; say "$r"; take"#;
    let outcome = selecting(twice).chunk(Vec::new()).run();
    assert_violation(&outcome, DUPLICATE_MESSAGE);
    assert_eq!(outcome.messages.len(), 2);
}

#[test]
fn broken_frames_may_be_answered_by_one_error() {
    let error = r#"take; say '{}'; read -r line; say '{"finished":true,"error":"bad frame"}'; exit 1"#;
    let outcome = command(error).raw_frame("no frame\n").run();
    assert_eq!((outcome.expect_error(), outcome.exit), ("bad frame", 1));
    let quiet = command("take; say '{}'; read -r line; exit 1")
        .raw_frame("no frame\n")
        .run();
    assert_eq!((quiet.error.as_deref(), quiet.exit), (None, 1));
    let wrong = command("take; say '{}'; read -r line; say '{\"finished\":true}'")
        .raw_frame("no frame\n")
        .run();
    assert_violation(&wrong, "something else");
}

#[test]
fn searches_can_end_early() {
    for chunks in 0..3 {
        let quirks = Quirks {
            ending: Ending::InputAfter(chunks),
            ..Quirks::default()
        };
        let outcome = command(ECHO)
            .chunk(two_events())
            .chunk(two_events())
            .quirks(quirks)
            .run()
            .expect_clean();
        assert_eq!(outcome.replies.len(), chunks);
    }
    let quirks = Quirks {
        ending: Ending::OutputAfter(1),
        ..Quirks::default()
    };
    let outcome = command(&format!("exec 2>/dev/null; {ECHO}"))
        .chunk(two_events())
        .chunk(two_events())
        .quirks(quirks)
        .run();
    assert_eq!(
        (outcome.replies.len(), outcome.violations.len()),
        (1, 0),
        "{}",
        outcome.report()
    );
}

#[test]
fn what_getinfo_says_can_be_chosen() {
    let script = "take; printf '%s' \"$meta\" >&2; say '{}'; while take; do echo_back; done";
    let getinfo = Getinfo {
        preview: true,
        dispatch_dir: Some(r"C:\d".to_owned()),
        ..Getinfo::default()
    };
    let outcome = command(script)
        .spl("mode = tag")
        .getinfo(getinfo)
        .pieces(Pieces::Odd)
        .run();
    let sent: serde_json::Value = serde_json::from_slice(&outcome.stderr).expect("metadata");
    assert_eq!(sent["preview"], true);
    assert_eq!(sent["searchinfo"]["dispatch_dir"], r"C:\d");
    assert_eq!(
        sent["searchinfo"]["raw_args"],
        serde_json::json!(["mode", "=", "tag"])
    );
    assert_violation(&outcome, "session key is in the output");
}

#[test]
fn raw_bodies_go_out_as_they_are() {
    let odd = b"a,a,\"__mv_foo\"\r\n\"1\",\x8e,\"\"\r\n";
    let outcome = command(ECHO)
        .raw_body(odd, false)
        .raw_body("", true)
        .run()
        .expect_clean();
    assert_eq!(outcome.replies[0].body, odd);
    assert_eq!(outcome.replies.len(), 2);
}

#[test]
fn the_session_key_is_missed_nowhere() {
    let reply = format!("take; say '{{\"streaming_preop\":\"{SECRET}\"}}'; while take; do echo_back; done");
    assert_violation(&command(&reply).run(), "session key is in the output");
    let file = format!("printf %s '{SECRET}' > \"$SPLUNK_HOME/var/run/key\"; {ECHO}");
    let outcome = command(&file).run();
    assert_violation(&outcome, "session key is in ");
    assert!(outcome.dispatch_dir.is_dir() && outcome.peak_memory.is_none_or(|bytes| bytes > 0));
    assert!(outcome.elapsed < Duration::from_secs(10));
}

#[test]
#[should_panic(expected = "stderr: \"oops")]
fn reports_explain_themselves() {
    command(&format!("echo oops >&2; {ECHO}"))
        .arg("mode=tag")
        .spl("a = b")
        .run()
        .expect_clean();
}

#[test]
fn recorded_bytes_are_fed_in_lock_step() {
    let session = [
        wire::frame(b"{}", b""),
        wire::frame(b"{\"finished\":true}", b"a\n1\n"),
        b"stray\n".to_vec(),
    ]
    .concat();
    let script =
        format!("{PRELUDE} take; echo_back; take; echo_back; read -r word; printf %s \"$word\"; exit 4");
    let args = ["-c".to_owned(), script];
    for pieces in [Pieces::Whole, Pieces::Of(3)] {
        let outcome = run_bytes_through(Path::new("/bin/sh"), &args, &session, pieces);
        let replies = [
            wire::frame(b"{\"finished\":false}", b""),
            wire::frame(b"{\"finished\":true}", b"a\n1\n"),
            b"stray".to_vec(),
        ];
        assert_eq!(outcome.stdout, replies.concat());
        assert_eq!((outcome.exit, outcome.stderr.as_slice()), (4, &b""[..]));
    }
}

#[test]
fn the_binary_under_test_answers_getinfo() {
    let metadata = Getinfo::default().metadata(&[], Path::new(""), false);
    let outcome: RawOutcome = run_bytes(&wire::frame(&metadata, b""), Pieces::Odd);
    assert_eq!(
        (outcome.exit, String::from_utf8_lossy(&outcome.stderr).as_ref()),
        (0, ""),
        "{BINARY}"
    );
    let (reply, body) = wire::read_frame(&mut outcome.stdout.as_slice())
        .expect("a frame")
        .expect("a reply");
    assert!(reply.starts_with(b"{") && body.is_empty());
}
