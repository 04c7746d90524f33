//! Recordings: written on request, without the session key, within the size limit; read whatever the file contains; replayed
//! with the same replies.

mod sessions;

use crate::protocol::mixed;
use crate::support::{BINARY, Getinfo, Outcome, SECRET, Search, command, files_below};
use directvm::splunk::recording::{Kind, MAX_LENGTH, Reader, Record, Writer};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::process::Output;

fn record(kind: Kind, at: u64, metadata: &[u8], body: &[u8]) -> Record {
    let [metadata, body] = [metadata, body].map(<[u8]>::to_vec);
    Record {
        kind,
        at,
        metadata,
        body,
    }
}

fn written(records: &[Record]) -> Vec<u8> {
    let mut writer = Writer::new(Vec::new(), "1.2").expect("memory takes it");
    for record in records {
        writer.put(record).expect("it fits");
    }
    writer.into_inner()
}

fn all(file: &[u8]) -> Result<Vec<Record>, String> {
    let records = Reader::new(file).and_then(Iterator::collect);
    records.map_err(|error| error.to_string())
}

fn samples() -> Vec<Record> {
    vec![
        record(Kind::Request, 0, b"{}", b""),
        record(Kind::Reply, u64::MAX, b"", b"a,\xff\r\n\0"),
        record(Kind::List, 1 << 40, b"x.csv", b"id\n"),
        record(Kind::NoList, 3, b"x.csv", b""),
        record(Kind::Note, 4, b"", b"full"),
    ]
}

#[test]
fn records_come_back_as_written() {
    assert_eq!(all(&written(&samples())), Ok(samples()));
    let one = written(&[record(Kind::Reply, 0x0102_0304_0506_0708, b"mm", b"bbb")]);
    let wanted =
        b"DVMREC\r\n\0\x01\0\x031.2\x02\x01\x02\x03\x04\x05\x06\x07\x08\0\0\0\x02\0\0\0\0\0\0\0\x03mmbbb";
    assert_eq!(one.escape_ascii().to_string(), wanted.escape_ascii().to_string());
    assert_eq!(samples()[1].to_wire(), b"chunked 1.0,0,6\na,\xff\r\n\0");
}

#[test]
fn a_file_cut_anywhere_is_read_up_to_there() {
    let file = written(&samples());
    let whole = all(&file).expect("it is sound");
    let mut clean = 0;
    for end in 0..file.len() {
        let Ok(reader) = Reader::new(&file[..end]) else {
            assert!(end < 15, "cut at {end}");
            continue;
        };
        let read: Vec<_> = reader.collect();
        let good = read.iter().take_while(|record| record.is_ok()).count();
        for (record, wanted) in read.iter().take(good).zip(&whole) {
            assert_eq!(record.as_ref().expect("it is good"), wanted);
        }
        match read.get(good) {
            None => clean += 1,
            Some(Err(error)) => {
                let text = error.to_string();
                assert!(
                    text.contains("the file ends inside") && error.offset <= end as u64,
                    "{text}"
                );
                assert_eq!(read.len(), good + 1, "something comes after an error");
            }
            Some(Ok(_)) => panic!("a good record after the last good one"),
        }
    }
    assert_eq!(clean, whole.len());
}

#[test]
fn a_bad_file_is_named_with_its_place() {
    let head = written(&[]);
    let with = |tail: &[u8]| [&head, tail].concat();
    let long_body = [&[2][..], &[0; 12], &[0xff; 8]].concat();
    let missing_body = [&[2][..], &[0; 12], &[0, 0, 0, 0, 0x0c, 0, 0, 0], b"ab"].concat();
    for (file, parts) in [
        (b"".to_vec(), ["byte 0: ", "8 bytes were declared, 0 are there"]),
        (
            b"chunked 1.0,2,0\n{}".to_vec(),
            ["byte 0: ", "this is not a recording of directvm"],
        ),
        (
            b"DVMREC\n\0\x01\0\0\0".to_vec(),
            ["byte 0: ", "this is not a recording of directvm"],
        ),
        (b"DVMREC\r\n\0\x02\0\0".to_vec(), ["byte 8: ", "version 2"]),
        (
            b"DVMREC\r\n\0\x01\xff\xffab".to_vec(),
            ["byte 12: ", "65535 bytes were declared, 2 are there"],
        ),
        (with(&[9; 40]), ["byte 15: ", "9 is not a kind of record"]),
        (
            with(&long_body),
            ["byte 15: ", "a body of 18446744073709551615 bytes"],
        ),
        (
            with(&missing_body),
            ["byte 36: ", "201326592 bytes were declared, 2 are there"],
        ),
    ] {
        let error = all(&file).expect_err("it is bad");
        for part in parts {
            assert!(error.contains(part), "{part} in {error}");
        }
    }
}

#[test]
fn a_writer_stops_before_its_bound() {
    let mut writer = Writer::new(std::io::sink(), "1").expect("a sink takes it");
    let mut large = record(Kind::Request, 0, b"{}", &vec![0; 64 << 20]);
    for _ in 0..3 {
        writer.put(&large).expect("it fits");
    }
    let error = writer.put(&large).expect_err("it does not fit");
    assert_eq!(error.kind(), ErrorKind::FileTooLarge);
    large.body.truncate((60 << 20) - 4096);
    writer.put(&large).expect("less still fits");
    assert!(!writer.fits(usize::MAX, usize::MAX) && MAX_LENGTH == 256 << 20);
    writer
        .close(0, &"why ".repeat(10_000))
        .expect("a note always fits");
}

fn recorded(options: &str) -> Outcome {
    let search = Search::new().spl(options).chunk(mixed()).chunk(Vec::new());
    search.chunk(mixed()).run().expect_clean()
}

fn only_file(outcome: &Outcome) -> PathBuf {
    let files = files_below(&outcome.dispatch_dir);
    assert_eq!(files, [outcome.dispatch_dir.join("case-7_a.dvmrec")]);
    files[0].clone()
}

fn replay(file: &Path, args: &[&str]) -> Output {
    let mut replay = command(BINARY);
    replay.arg("replay").arg(file).args(args);
    replay.output().expect("the program runs")
}

fn text(output: &[u8]) -> String {
    String::from_utf8(output.to_vec()).expect("it is text")
}

#[test]
fn a_search_is_recorded_whole_and_without_its_key() {
    let plain = recorded("");
    assert!(
        files_below(&plain.dispatch_dir).is_empty(),
        "nothing was asked for"
    );
    let outcome = recorded("record=case-7_a");
    assert_eq!(outcome.events, plain.events);
    assert!(outcome.messages.is_empty());
    let file = std::fs::read(only_file(&outcome)).expect("it can be read");
    assert!(
        !file
            .windows(SECRET.len())
            .any(|window| window == SECRET.as_bytes())
    );
    let records = all(&file).expect("it is sound");
    let replies: Vec<&Record> = records
        .iter()
        .filter(|record| record.kind == Kind::Reply)
        .collect();
    let requests = records.iter().filter(|record| record.kind == Kind::Request);
    assert_eq!((replies.len(), requests.count()), (5, 5));
    let wire: Vec<u8> = replies.iter().flat_map(|reply| reply.to_wire()).collect();
    assert_eq!(wire, outcome.stdout, "replies are recorded as they went out");
    assert!(records.is_sorted_by_key(|record| record.at));
    let getinfo = text(&records[0].metadata);
    let blanks = format!("\"session_key\":\"{}\"", " ".repeat(SECRET.len()));
    assert!(getinfo.contains(&blanks), "{getinfo}");
}

#[cfg(unix)]
#[test]
fn a_recording_is_for_its_user_only() {
    use std::os::unix::fs::PermissionsExt;
    let outcome = recorded("record=case-7_a");
    let about = only_file(&outcome).metadata().expect("it is there");
    assert_eq!(about.permissions().mode() & 0o777, 0o600);
}

#[test]
fn without_a_directory_the_search_goes_on_and_says_so() {
    for (folder, why) in [
        ("", "no dispatch directory"),
        ("var/run/splunk/dispatch/1", "not an absolute path"),
        ("/not/there/at/all", "does not exist"),
    ] {
        let getinfo = Getinfo {
            dispatch_dir: Some(folder.to_owned()),
            ..Getinfo::default()
        };
        let search = Search::new().spl("record=case").getinfo(getinfo);
        let outcome = search.chunk(mixed()).run().expect_clean();
        let [(level, text)] = outcome.messages.as_slice() else {
            panic!("one warning, not {:?}", outcome.messages)
        };
        assert_eq!(level, "WARN");
        for part in [
            "nothing is recorded",
            why,
            "record=\"case\"",
            "case.dvmrec in the search's dispatch directory only",
        ] {
            assert!(text.contains(part), "{part} in {text}");
        }
        assert_eq!(outcome.events.len(), mixed().len());
        assert!(files_below(&outcome.dispatch_dir).is_empty());
    }
}

#[test]
fn nothing_is_overwritten() {
    let outcome = recorded("record=case-7_a");
    let before = std::fs::read(only_file(&outcome)).expect("it can be read");
    let getinfo = Getinfo {
        dispatch_dir: Some(outcome.dispatch_dir.to_string_lossy().into_owned()),
        ..Getinfo::default()
    };
    let again = Search::new()
        .spl("record=case-7_a")
        .getinfo(getinfo)
        .chunk(mixed())
        .run();
    assert!(again.expect_error().contains("already exists"));
    assert_eq!(
        std::fs::read(only_file(&outcome)).expect("it can be read"),
        before
    );
}

#[test]
fn a_recording_is_decoded_for_people() {
    let outcome = recorded("record=case-7_a mode=filter");
    let output = replay(&only_file(&outcome), &["--rows", "2"]);
    let shown = text(&output.stdout);
    assert_eq!(
        (output.status.code(), text(&output.stderr).as_str()),
        (Some(0), "")
    );
    for part in [
        "request: metadata of ",
        "\"action\":\"getinfo\"",
        "\"record=case-7_a\"",
        "answered after 0.",
        "  row 2\n",
        "8 rows, ",
        "4 rows, ",
        "; 2 rows shown",
        "    AlertType = AWS_DirectVMConnection",
    ] {
        assert!(shown.contains(part), "{part} in {shown}");
    }
    assert!(!shown.contains("  row 3\n") && !shown.contains(SECRET), "{shown}");
}

#[test]
fn values_of_a_recording_do_not_steer_the_terminal() {
    let folder = tempfile::tempdir().expect("temporary folder");
    let file = folder.path().join("x.dvmrec");
    let key = br#"{"session_key":"from elsewhere","a":"\u001b"}"#;
    let records = [record(
        Kind::Request,
        0,
        key,
        b"a\x1b[2J,b\n\"1\r\n2\x9b\",from elsewhere,more\n",
    )];
    std::fs::write(&file, written(&records)).expect("it is written");
    let output = replay(&file, &[]);
    let shown = text(&output.stdout);
    assert_eq!(output.status.code(), Some(0));
    assert!(shown.chars().all(|c| c == '\n' || !c.is_control()), "{shown:?}");
    assert!(
        !shown.contains("elsewhere") && shown.contains("(no column) = more"),
        "{shown}"
    );
}

#[test]
fn a_replayed_recording_gives_the_recorded_replies() {
    for options in [
        "",
        "mode=filter input=raw scope=extended",
        "tuning=none cim=f distributed=0 cloud=gcp",
    ] {
        let outcome = recorded(&format!("record=case-7_a {options}"));
        let output = replay(&only_file(&outcome), &["--run"]);
        let shown = text(&output.stdout);
        assert_eq!(
            shown, "5 requests, 5 recorded replies, 0 different\n",
            "{options}"
        );
        assert_eq!(
            (output.status.code(), text(&output.stderr).as_str()),
            (Some(0), "")
        );
        assert_eq!(
            files_below(&outcome.dispatch_dir).len(),
            1,
            "a replay records nothing"
        );
    }
}

#[test]
fn a_reply_that_differs_is_named() {
    let outcome = recorded("record=case-7_a");
    let file = only_file(&outcome);
    let mut records = all(&std::fs::read(&file).expect("it can be read")).expect("it is sound");
    let reply = records
        .iter_mut()
        .filter(|record| record.kind == Kind::Reply)
        .nth(1);
    let reply = reply.expect("there are replies");
    let at = reply.to_wire().len() - 1;
    *reply.body.last_mut().expect("it has a body") = b'?';
    std::fs::write(&file, written(&records)).expect("it is written");
    let output = replay(&file, &["--run"]);
    let shown = text(&output.stdout);
    assert_eq!(output.status.code(), Some(1));
    assert!(
        shown.contains(&format!("reply 2 differs at byte {at} of its frame")),
        "{shown}"
    );
    assert!(
        shown.ends_with("5 requests, 5 recorded replies, 1 different\n"),
        "{shown}"
    );
    let last = records.pop().expect("there are records");
    records.extend([last.clone(), last]);
    std::fs::write(&file, written(&records)).expect("it is written");
    let shown = text(&replay(&file, &["--run"]).stdout);
    assert!(
        shown.ends_with("5 requests, 6 recorded replies, 2 different\n"),
        "{shown}"
    );
}

#[test]
fn the_readable_part_comes_before_the_fault() {
    let outcome = recorded("record=case-7_a");
    let file = only_file(&outcome);
    let whole = std::fs::read(&file).expect("it can be read");
    std::fs::write(&file, &whole[..whole.len() - 1]).expect("it is written");
    for args in [&[][..], &["--run"]] {
        let output = replay(&file, args);
        let told = text(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{args:?}");
        assert!(
            told.contains("case-7_a.dvmrec: byte ") && told.contains("the file ends inside"),
            "{told}"
        );
        assert!(!output.stdout.is_empty());
    }
    for path in [outcome.dispatch_dir.as_path(), Path::new("not-there.dvmrec")] {
        assert_eq!(replay(path, &["--run"]).status.code(), Some(2));
    }
}
