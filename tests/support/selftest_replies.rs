//! Tests of the stand-in: which columns it sends, and how it merges a reply.

use super::SearchEvent;
use super::merge::{Sent, merge};
use super::reply::{self, INVALID_RESULT, MERGE_ERROR, Mode, SETUP_ERROR};

fn selected(names: &[&str]) -> Mode {
    Mode::Selected(names.iter().map(|&name| name.to_owned()).collect())
}

fn body_of(events: &[SearchEvent], mode: &Mode) -> String {
    String::from_utf8(Sent::from_events(events, &[], mode, b"\n").body).expect("text")
}

#[test]
fn selected_fields_come_in_the_order_asked_for_with_the_index_last() {
    let events = [
        SearchEvent::new().with("c", "x").with("age", "66"),
        SearchEvent::new().with_values("c", &["1", "2"]),
    ];
    assert_eq!(
        body_of(&[], &selected(&["age"])),
        "age,\"_chunked_idx\",\"__mv_age\",\"__mv__chunked_idx\"\n"
    );
    let expected = "age,none,c,\"_chunked_idx\",\"__mv_age\",\"__mv_none\",\"__mv_c\",\"__mv__chunked_idx\"\n\
                    66,,x,0,,,,\n,,\"1\n2\",1,,,\"$1$;$2$\",\n";
    assert_eq!(body_of(&events, &selected(&["age", "none", "c"])), expected);
    assert_eq!(
        body_of(&events, &Mode::AllFields),
        "c,age,\"__mv_c\",\"__mv_age\"\nx,66,,\n\"1\n2\",,\"$1$;$2$\",\n"
    );
    assert_eq!(body_of(&[], &Mode::AllFields), "");
}

fn three_events() -> Sent {
    let events: Vec<_> = ["p", "q", "r"]
        .map(|a| SearchEvent::new().with("a", a).with("_raw", "kept"))
        .to_vec();
    Sent::from_events(&events, &[], &selected(&["a"]), b"\n")
}

#[test]
fn replies_are_merged_by_index() {
    let reply = "a,\"_chunked_idx\",\"__mv_a\",new,\"__mv_new\"\nchanged,0,,\"x\ny\",$x$;$y$\nr,2,,,\n";
    let merged = merge(&three_events(), reply.as_bytes()).expect("legal");
    let changed = SearchEvent::new()
        .with("a", "changed")
        .with("_raw", "kept")
        .with_values("new", &["x", "y"]);
    assert_eq!(
        merged.events,
        [changed, SearchEvent::new().with("a", "r").with("_raw", "kept")]
    );
    assert_eq!(merged.complaints, [""; 0]);
}

#[test]
fn bad_indexes_are_merge_errors() {
    let bad = [
        "a,_chunked_idx\np,1\nq,0\n",
        "a,_chunked_idx\np,1\nq,1\n",
        "a,_chunked_idx\np,3\n",
        "a,_chunked_idx\np,\n",
        "a,_chunked_idx\np,-1\n",
        "a,_chunked_idx\np,01\n",
        "a\np\n",
    ];
    for reply in bad {
        let fatal = merge(&three_events(), reply.as_bytes()).expect_err(reply);
        assert_eq!(fatal.text, MERGE_ERROR, "{reply}");
    }
    let fatal = merge(&three_events(), b"a,_chunked_idx\np\n").expect_err("ragged");
    assert_eq!(fatal.text, INVALID_RESULT);
}

#[test]
fn questionable_replies_are_complained_of() {
    let cases = [
        ("", "zero length"),
        ("_chunked_idx\n0\n", "column `a` was sent"),
        ("a,_chunked_idx\n\"p\",0\n", "spelt anew"),
        ("a,_chunked_idx\np,0", "does not end"),
        ("a,_chunked_idx,n,n\np,0,1,1\n", "comes twice"),
        ("a,_chunked_idx,__mv_n\np,0,\n", "without its plain column"),
        ("a,_chunked_idx,n,__mv_n\np,0,x,$x\n", "malformed multivalue"),
        ("a,_chunked_idx,n,__mv_n\np,0,x,$x$;$y$\n", "disagree"),
        ("a,_chunked_idx,n\np,0,x\"y\n", "outside quotes"),
    ];
    for (reply, complaint) in cases {
        let merged = merge(&three_events(), reply.as_bytes()).expect("merged all the same");
        assert!(
            matches!(merged.complaints.as_slice(), [only] if only.contains(complaint)),
            "{:?}",
            merged.complaints
        );
    }
}

#[test]
fn without_an_index_the_rows_are_the_results() {
    let body = b"a,\"__mv_foo\",\"__mv_a\",\"__mv___mv_foo\"\n\"1\n2\",x,$1$;$2$,\n\x8e,,,\n";
    let sent = Sent::from_body(body, &selected(&["a"]));
    assert!(!sent.selected);
    let merged = merge(&sent, body).expect("echo");
    assert_eq!(merged.complaints, [""; 0]);
    assert_eq!(merged.events, sent.events);
    assert_eq!(
        merged.events[0],
        SearchEvent::new()
            .with_values("a", &["1", "2"])
            .with("__mv_foo", "x")
    );
    let filtered = merge(&sent, b"a,\"__mv_foo\",\"__mv_a\",new\n\x8e,,,1\n").expect("filtered");
    assert_eq!(
        filtered.events,
        [SearchEvent::new().with("a", b"\x8e").with("new", "1")]
    );
    assert_eq!(filtered.complaints, [""; 0]);
}

#[test]
fn getinfo_replies_set_the_mode() {
    let mode =
        |text: &str| reply::read_getinfo(text.as_bytes(), b"").map(|(told, mode)| (told.complaints, mode));
    assert_eq!(mode("{}"), Ok((vec![], Mode::AllFields)));
    assert_eq!(
        mode(r#"{"type":"stateful","required_fields":["a"]}"#),
        Ok((vec![], selected(&["a"])))
    );
    assert_eq!(
        mode(r#"{"required_fields":["*"]}"#),
        Ok((vec![], Mode::AllFields))
    );
    assert_eq!(
        mode(r#"{"type":"events","required_fields":["a"]}"#),
        Ok((vec![], Mode::AllFields))
    );
    for broken in [
        "",
        "[]",
        "{",
        r#"{"type":"eventing"}"#,
        r#"{"type":"reporting"}"#,
        r#"{"required_fields":"a"}"#,
        r#"{"error":1}"#,
    ] {
        assert_eq!(mode(broken).expect_err(broken).text, SETUP_ERROR);
    }
}

#[test]
fn metadata_faults_are_complained_of() {
    let cases = [
        (
            r#"{"maxinputs":1}"#,
            "Unsupported metadata field sent by custom search command: maxinputs",
        ),
        (
            r#"{"error":"x","finished":true,"inspector":{}}"#,
            "must come before",
        ),
        (r#"{"error":"x"}"#, "without \"finished\":true"),
        (r#"{"error":"","finished":true}"#, "empty text"),
        (r#"{"finished":true}"#, "without `error`"),
        (r#"{"type":"events","type":"events"}"#, "appears twice"),
        (r#"{"inspector":{"messages":[["LOUD","x"]]}}"#, "invalid level"),
        (r#"{"inspector":{"metric.x":[1]}}"#, "inspector key"),
        (r#"{"inspector":[{"error":1}]}"#, "not an object"),
        (r#"{"maxwait":-1}"#, "maxwait"),
        (r#"{"generating":1}"#, "generating"),
        (r#"{"required_fields":["a*"]}"#, "wildcard"),
        ("{}\n", "blanks around"),
    ];
    for (text, complaint) in cases {
        let (told, _) = reply::read_getinfo(text.as_bytes(), b"").expect("readable");
        assert!(
            matches!(told.complaints.as_slice(), [only] if only.contains(complaint)),
            "{text}: {:?}",
            told.complaints
        );
    }
    let (told, _) = reply::read_getinfo(b"{}", b"a\n").expect("readable");
    assert!(told.complaints[0].contains("has a body"));
    let told = reply::read_execute(
        br#"{"finished":false,"inspector":{"messages":[["WARN","\"a\",{"]]}}"#,
        true,
    )
    .expect("readable");
    assert_eq!(told.messages, [("WARN".to_owned(), "\"a\",{".to_owned())]);
    assert!(told.complaints[0].contains("finished:true"));
}
