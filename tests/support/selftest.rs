//! Tests of the stand-in: texts and bytes.

use serde_json::json;

use super::csvtext::{decode, encode, mv_decode, mv_encode, plain_cell, quote, value};
use super::getinfo::{split_spl, unquote};
use super::wire::{frame, frame_as, read_frame};
use super::{Getinfo, HeaderForm, SECRET, SearchEvent, Style, golden};

const AWKWARD: [&[u8]; 14] = [
    b"",
    b"abc123",
    b"a_b",
    b"a b",
    b"\"",
    b"\"\"",
    b"say \"no\", twice",
    b"line\nline",
    b"cr\rcr\r\n",
    b"$20",
    b"\x8e\xff",
    b"\0",
    "é漢🙂".as_bytes(),
    b",",
];

fn bytes(texts: &[&str]) -> Vec<Vec<u8>> {
    texts.iter().map(|text| text.as_bytes().to_vec()).collect()
}

#[test]
fn only_ascii_letters_and_digits_stay_bare() {
    let cases = [
        ("", ""),
        ("Ab0", "Ab0"),
        ("a_b", "\"a_b\""),
        ("é", "\"é\""),
        ("a\"b", "\"a\"\"b\""),
        ("a\nb", "\"a\nb\""),
    ];
    for (cell, token) in cases {
        assert_eq!(quote(cell.as_bytes()), token.as_bytes());
    }
}

#[test]
fn awkward_cells_come_back_and_the_csv_crate_agrees() {
    let rows: Vec<Vec<Vec<u8>>> = (0..AWKWARD.len())
        .map(|turn| {
            AWKWARD
                .iter()
                .cycle()
                .skip(turn)
                .take(AWKWARD.len())
                .map(|cell| cell.to_vec())
                .collect()
        })
        .collect();
    for row_end in [&b"\n"[..], b"\r\n"] {
        let body = encode(&rows, row_end);
        let own = decode(&body).expect("own encoding");
        let own: Vec<Vec<_>> = own
            .iter()
            .map(|row| row.iter().map(|token| value(token).into_owned()).collect())
            .collect();
        let mut reader = csv::ReaderBuilder::new()
            .has_headers(false)
            .from_reader(body.as_slice());
        let oracle: Vec<Vec<_>> = reader
            .byte_records()
            .map(|record| record.expect("record").iter().map(<[u8]>::to_vec).collect())
            .collect();
        assert_eq!(own, rows);
        assert_eq!(oracle, rows);
    }
}

#[test]
fn tokens_keep_their_spelling() {
    let rows = decode(b"a,\"\",x\"y,\"q\"\"q\"\r\n\"1\",,\"\n\",\"\r\n\"").expect("legal");
    assert_eq!(rows[0], [&b"a"[..], b"\"\"", b"x\"y", b"\"q\"\"q\""]);
    assert_eq!(rows[1], [&b"\"1\""[..], b"", b"\"\n\"", b"\"\r\n\""]);
    assert_eq!(&*value(rows[0][3]), b"q\"q");
    assert_eq!(&*value(rows[0][2]), b"x\"y");
}

#[test]
fn broken_csv_is_named() {
    let cases = [
        ("a,\"b\n", "never closed"),
        ("\"a\"b\n", "after the closing quote"),
        ("a,b\nc\n", "row 1 has 1 columns"),
    ];
    for (body, fault) in cases {
        let found = decode(body.as_bytes()).expect_err("broken");
        assert!(found.contains(fault), "{found}");
    }
}

#[test]
fn multivalue_cells_are_spelt_as_observed() {
    let cases: [(&[&str], &str, &str); 6] = [
        (
            &["FIREFLY-WIN", "beatles"],
            "FIREFLY-WIN\nbeatles",
            "$FIREFLY-WIN$;$beatles$",
        ),
        (&["a$;$b", "", "c"], "a$;$b\n\nc", "$a$$;$$b$;$$;$c$"),
        (&["p", "", "$q"], "p\n\n$q", "$p$;$$;$$$q$"),
        (&["", ""], "\n", "$$;$$"),
        (&["x$", "$"], "x$\n$", "$x$$$;$$$$"),
        (&["$;", "a\nb"], "$;\na\nb", "$$$;$;$a\nb$"),
    ];
    for (values, plain, mv) in cases {
        let values = bytes(values);
        assert_eq!(plain_cell(&values), plain.as_bytes());
        assert_eq!(mv_encode(&values), mv.as_bytes());
        assert_eq!(mv_decode(mv.as_bytes()).as_ref(), Ok(&values), "{mv}");
    }
    assert_eq!(mv_encode(&bytes(&["one"])), b"");
    assert_eq!(mv_decode(b"$one$"), Ok(bytes(&["one"])));
    assert_eq!(mv_decode(b"$$"), Ok(bytes(&[""])));
}

#[test]
fn malformed_multivalue_cells_are_refused() {
    for cell in ["", "a", "$a", "$a$b", "$a$;", "$a$;b", "$$$", "$a$$", "$a$;;$b$"] {
        assert!(mv_decode(cell.as_bytes()).is_err(), "{cell}");
    }
}

#[test]
fn frames_are_read_strictly() {
    let good = [frame(b"{}", b"a\nb"), frame(b"{\"x\":1}", "é".as_bytes())].concat();
    let mut input = good.as_slice();
    assert_eq!(
        read_frame(&mut input),
        Ok(Some((b"{}".to_vec(), b"a\nb".to_vec())))
    );
    assert_eq!(
        read_frame(&mut input),
        Ok(Some((b"{\"x\":1}".to_vec(), "é".into())))
    );
    assert_eq!(read_frame(&mut input), Ok(None));
}

#[test]
fn frames_that_are_not_strict_are_refused() {
    let cases = [
        "\n",
        "chunked 1.0,2,0\r\n{}",
        "chunked 1.0, 2,0\n{}",
        "chunked 1.0,02,0\n{}",
        "chunked 1.0,+2,0\n{}",
        "chunked 1.0,0,1\na",
        "chunked 1.0,2\n{}",
        "chunked 1.1,2,0\n{}",
        "chunked 1.0,2,5\n{}abc",
        "chunked 1.0,9,0\n{}",
        "chunked 1.0,2",
        "chunked 1.0,2,99999999999999999999\n{}",
    ];
    for case in cases {
        assert!(read_frame(&mut case.as_bytes()).is_err(), "{case:?}");
    }
    let endless = "chunked 1.0,".to_owned() + &"1".repeat(80);
    assert!(
        read_frame(&mut endless.as_bytes())
            .expect_err("endless")
            .contains("no LF")
    );
    for form in [HeaderForm::Blanks, HeaderForm::Crlf] {
        assert!(read_frame(&mut frame_as(form, b"{}", b"").as_slice()).is_err());
    }
}

#[test]
fn json_is_flattened_as_kv_mode_does() {
    let event = SearchEvent::from_json_with_raw(&json!({
        "a": {"b": 1.5, "c": null, "none": {}}, "t": true, "s": ["x", "y"], "o": [{"k": 1}, {"k": [2]}], "e": []
    }));
    let cases = [
        ("a.b", "1.5"),
        ("a.c", "null"),
        ("t", "true"),
        ("s{}", "x\ny"),
        ("o{}.k", "1"),
        ("o{}.k{}", "2"),
    ];
    for (name, text) in cases {
        assert_eq!(event.text(name).as_deref(), Some(text), "{name}");
    }
    assert!(event.text("_raw").is_some_and(|raw| raw.starts_with('{')));
    assert_eq!(event.names().count(), cases.len() + 1);
    assert_eq!(event.get("e"), None);
}

#[test]
fn events_are_equal_when_splunkd_could_not_tell_them_apart() {
    let left = SearchEvent::new()
        .with("a", "1")
        .with_values("m", &["x", "y"])
        .with("empty", "");
    let right = SearchEvent::from_raw("")
        .with_values("m", &["x", "y"])
        .with("a", "1");
    assert_eq!(left, right);
    assert_ne!(left, right.clone().with("m", "x\ny"));
    assert_eq!(
        format!("{:?}", SearchEvent::new().with("é", b"a\xff")),
        r#"{"é": ["a\\xff"]}"#
    );
}

#[test]
fn spl_is_split_and_unquoted_as_observed() {
    let raw = split_spl(r#"a=one b = "two" "c"="three" pattern="\w+ \"q\" \\" x="" "#);
    let expected = [
        "a=one",
        "b",
        "=",
        "\"two\"",
        "\"c\"=\"three\"",
        r#"pattern="\w+ \"q\" \\""#,
        "x=\"\"",
    ];
    assert_eq!(raw, expected);
    let args: Vec<_> = raw.iter().map(|token| unquote(token)).collect();
    assert_eq!(
        args,
        ["a=one", "b", "=", "two", "c=three", r#"pattern=\w+ "q" \"#, "x="]
    );
}

fn getinfo_text(getinfo: &Getinfo) -> String {
    let args = ["cloud=\"a é🙂\"".to_owned()];
    String::from_utf8(getinfo.metadata(&args, "/d".as_ref(), false)).expect("text")
}

#[test]
fn getinfo_is_written_in_the_order_of_8_2_1() {
    let text = getinfo_text(&Getinfo::default());
    let order = [
        "{\"action\":\"getinfo\"",
        "\"preview\":",
        "\"streaming_command_will_restart\":",
        "\"searchinfo\":{\"args\":[",
        "\"raw_args\":",
        "\"dispatch_dir\":\"/d\"",
        "\"sid\":",
        "\"app\":",
        "\"owner\":",
        "\"username\":",
        SECRET,
        "\"splunkd_uri\":",
        "\"splunk_version\":\"8.2.1\"",
        "\"search\":\"search%20",
        "\"command\":\"directvm\"",
        "\"maxresultrows\":50000",
        "\"earliest_time\":\"",
        "\"latest_time\":\"",
    ];
    let places: Vec<_> = order.map(|key| text.find(key)).to_vec();
    assert!(
        places.is_sorted() && places.iter().all(Option::is_some),
        "{places:?} in {text}"
    );
    let ascii = getinfo_text(&Getinfo {
        ascii_only: true,
        ..Getinfo::default()
    });
    assert!(
        ascii.is_ascii() && ascii.contains("\\u00e9\\ud83d\\ude42"),
        "{ascii}"
    );
    let parse = |text: &str| serde_json::from_str::<serde_json::Value>(text).expect("JSON");
    assert_eq!(parse(&ascii), parse(&text));
}

#[test]
fn getinfo_of_6_3_lacks_three_keys_and_is_spaced() {
    let extra = vec![("zz".to_owned(), json!({"deep": [1, 2]}))];
    let text = getinfo_text(&Getinfo {
        style: Style::Splunk63,
        extra,
        ..Getinfo::default()
    });
    let parsed: serde_json::Value = serde_json::from_str(&text).expect("JSON");
    assert_eq!(parsed["zz"]["deep"], parsed["searchinfo"]["zz"]["deep"]);
    assert!(parsed.get("streaming_command_will_restart").is_none());
    assert!(
        parsed["searchinfo"].get("maxresultrows").is_none() && parsed["searchinfo"].get("command").is_none()
    );
    assert!(
        text.starts_with("{\"zz\": {\"deep\": [1, 2]}, \"searchinfo\": "),
        "{text}"
    );
}

#[test]
fn golden_files_are_compared_blessed_and_counted() {
    let root = tempfile::tempdir().expect("temporary folder");
    let check = |text: &str, bless| golden::check_below(root.path(), "d/x.txt", text, bless);
    assert!(check("a\nb\n", false).is_err_and(|fault| fault.contains("BLESS=1")));
    assert_eq!(check("a\nb\n", true), Ok(()));
    assert_eq!(check("a\nb\n", false), Ok(()));
    assert!(check("a\nc\n", false).is_err_and(|fault| fault.contains("line 2")));
    assert!(check("a\nb", false).is_err());
    assert_eq!(golden::orphans_below(root.path(), "d", &["d/x.txt"]), [""; 0]);
    assert_eq!(golden::orphans_below(root.path(), "d", &[]), ["d/x.txt"]);
}

#[test]
#[should_panic(expected = "two tests compare tests/golden/support/shared.txt")]
fn two_tests_cannot_disagree_about_one_golden_file() {
    assert_eq!(golden::note_use("support/shared.txt", "one"), Ok(()));
    golden::assert_no_orphans("support/no-such-folder", &[]);
    golden::check("support/shared.txt", "another");
}
