//! Input: encodings, compression, wrappers, links, and text before or between the records.

use super::{errors, event, gzip, hit, rows, scan, scan_text};
use base64::Engine;
use serde_json::{Value, json};

/// Scans a text; returns the number of findings and the messages.
fn found(text: &[u8]) -> (usize, String) {
    let output = scan_text(&[], text);
    (rows(&output).len(), errors(&output))
}

#[track_caller]
fn one_is_found(text: &[u8]) {
    let (count, said) = found(text);
    assert_eq!(count, 1, "{said}");
}

#[test]
fn other_lines_may_come_first() {
    let comment = format!("# exported by hand\n\n12\ntrue\n\"a\"\n{}\n", hit(1));
    one_is_found(comment.as_bytes());
    one_is_found(format!("{}{}\n", "\n".repeat(100_000), hit(1)).as_bytes());
    let pretty: Value = serde_json::from_str(&hit(1)).expect("JSON");
    one_is_found(format!("time,host,event\n{pretty:#}\n").as_bytes());
    one_is_found(format!("list:\n[\n{}]\n", hit(1)).as_bytes());
}

#[test]
fn utf16_is_read() {
    for is_big in [false, true] {
        let units = "\u{feff}".encode_utf16().chain(hit(1).leak().encode_utf16());
        let bytes = units.flat_map(|unit| {
            if is_big {
                unit.to_be_bytes()
            } else {
                unit.to_le_bytes()
            }
        });
        let text: Vec<u8> = bytes.collect();
        one_is_found(&text);
        one_is_found(&gzip(&text));
    }
    one_is_found(format!("\u{feff}{}", hit(1)).as_bytes());
    let unmarked: Vec<u8> = hit(1).encode_utf16().flat_map(u16::to_le_bytes).collect();
    one_is_found(&unmarked);
}

#[test]
fn zeros_before_a_log_and_bytes_that_are_not_utf_8_hide_nothing() {
    let mut zeros = vec![0; 1_000_000];
    zeros.extend_from_slice(hit(1).as_bytes());
    one_is_found(&zeros);
    let text = hit(1).replace("user/a", "user/\u{1}").into_bytes();
    let not_utf8: Vec<u8> = text
        .into_iter()
        .map(|byte| if byte == 1 { 0xff } else { byte })
        .collect();
    let (count, said) = found(&not_utf8);
    assert!(
        count == 1 && said.contains("1 record has bytes that are not UTF-8"),
        "{said}"
    );
}

#[test]
fn gzip_in_gzip_and_zeros_behind_it_are_read() {
    one_is_found(&gzip(&gzip(hit(1).as_bytes())));
    let mut padded = gzip(hit(1).as_bytes());
    padded.resize(padded.len() + 100_000, 0);
    let (count, said) = found(&padded);
    assert!(count == 1 && !said.contains("gzip"), "{said}");
    padded.extend([7; 20]);
    assert!(found(&padded).1.contains("gzip is broken"));
    let often = (0..5).fold(hit(1).into_bytes(), |text, _| gzip(&text));
    let (count, said) = found(&often);
    assert!(
        count == 0 && said.contains("compression is nested more than 4 deep"),
        "{said}"
    );
}

#[test]
fn what_pubsub_and_shippers_wrap_is_read() {
    let plain: Value = serde_json::from_str(&hit(1)).expect("JSON");
    let [data, pretty, url] = [plain.to_string(), format!("{plain:#}"), format!("{plain}")]
        .map(|text| base64::engine::general_purpose::STANDARD.encode(text));
    let unpadded = url.trim_end_matches('=');
    let wrapped = [
        json!([{"ackId": "x", "message": {"data": data, "messageId": "1"}}]),
        json!({"receivedMessages": [{"ackId": "x", "message": {"data": pretty}}]}),
        json!({"message": {"data": data}, "subscription": "projects/p/subscriptions/s"}),
        json!({"data": unpadded}),
        json!({"@timestamp": "2026-01-01T00:00:00Z", "message": plain.to_string()}),
        json!({"Type": "Notification", "Message": plain.to_string()}),
        json!({"messageType": "DATA_MESSAGE", "logEvents": [{"id": "1", "message": plain.to_string()}]}),
        json!({"preview": false, "result": {"_time": "x", "_raw": plain.to_string()}}),
        json!({"_index": "i", "_source": plain}),
    ];
    for value in wrapped {
        one_is_found(value.to_string().as_bytes());
        one_is_found(format!("{value:#}").as_bytes());
    }
    assert_eq!(found(br#"{"data":"eyJub3RoaW5nIjoxfQ=="}"#).0, 0);
    assert_eq!(found(br#"{"data":"eyJ!!!"}"#).0, 0);
}

#[test]
fn every_wrapper_that_is_a_large_list_is_split() {
    let plain: Value = serde_json::from_str(&hit(1)).expect("JSON");
    let filler = json!({"id": "0", "message": "x".repeat(6 << 10)}).to_string();
    let items = format!("{filler},").repeat(1 << 10);
    for (member, item) in [
        ("logEvents", json!({"id": "1", "message": plain.to_string()})),
        ("receivedMessages", json!({"ackId": "x", "message": plain})),
        ("entries", plain.clone()),
    ] {
        let text = format!("{{\"owner\":\"1\",\"{member}\":[{items}{item}]}}");
        assert!(text.len() > 6 << 20);
        let output = scan_text(&[], text.as_bytes());
        let records: Vec<_> = rows(&output).iter().map(|row| row["record"].clone()).collect();
        assert_eq!(records, [1025], "{member}: {}", errors(&output));
    }
    let texts = json!({"message": [plain.to_string()]}).to_string();
    one_is_found(texts.as_bytes());
}

#[test]
fn a_truncated_record_hides_no_other_on_its_line() {
    let [a, b, c] = [hit(1), hit(2), hit(3)];
    for cut in [a.len() / 3, a.len() / 2, a.len() - 30] {
        let text = format!("{{\"Records\":[{a},{},{b},{c}]}}", &a[..cut]);
        let output = scan_text(&[], text.as_bytes());
        let targets: Vec<_> = rows(&output)
            .iter()
            .map(|row| row["dvm_target"][0].clone())
            .collect();
        assert_eq!(targets.len(), 3, "cut at {cut}: {targets:?} {}", errors(&output));
        assert!(errors(&output).contains("record"), "{}", errors(&output));
    }
}

#[test]
fn starts_of_records_that_are_not_complete_do_not_make_it_slow() {
    let mut text = "{\"eventVersion\":[0,".repeat(200_000);
    text += &hit(1);
    let begun = std::time::Instant::now();
    found(text.as_bytes());
    assert!(begun.elapsed().as_secs() < 20, "{:?}", begun.elapsed());
}

#[cfg(unix)]
#[test]
fn links_in_a_folder_are_followed_and_nothing_is_read_twice() {
    use std::os::unix::fs::symlink;
    let [folder, other] = [(); 2].map(|()| tempfile::tempdir().expect("a folder"));
    std::fs::write(folder.path().join("a.json"), hit(1)).expect("it is written");
    std::fs::write(other.path().join("b.json"), hit(2)).expect("it is written");
    symlink("a.json", folder.path().join("same.json")).expect("a link");
    symlink(other.path(), folder.path().join("elsewhere")).expect("a link");
    symlink(other.path().join("b.json"), folder.path().join("one.json")).expect("a link");
    let output = scan(folder.path(), &["."]);
    let files: Vec<_> = rows(&output).iter().map(|row| row["file"].clone()).collect();
    assert_eq!(
        files,
        ["./a.json", "./elsewhere/b.json", "./one.json"],
        "{}",
        errors(&output)
    );
}

#[test]
fn files_without_a_log_are_listed() {
    let folder = tempfile::tempdir().expect("a folder");
    for at in 0..12 {
        std::fs::write(folder.path().join(format!("{at:02}.txt")), "no log").expect("it is written");
    }
    let output = scan(folder.path(), &["."]);
    let said = errors(&output);
    for part in ["skipped        12 files without a log: ./00.txt", "and 9 more"] {
        assert!(said.contains(part), "{part} in {said}");
    }
}

#[test]
fn frequent_values_stay_in_the_summary_however_late() {
    let mut text: String = (0..10_050)
        .map(|at| hit(at).replace("user/a", &format!("user/u{at}")) + "\n")
        .collect();
    text += &(hit(1).replace("user/a", "user/late") + "\n").repeat(500);
    let said = errors(&scan_text(&["--threads", "1"], text.as_bytes()));
    let late = said.lines().find(|line| line.contains("user/late"));
    assert!(late.is_some_and(|line| line.starts_with("who")), "{said}");
    assert!(said.contains("(at least 10,000 in all)"), "{said}");
}

#[test]
fn events_without_a_readable_time_are_counted_when_times_are_asked_for() {
    let undated = event("StartSession", 1).replace("2026-01-02T00:00:00Z", "soon");
    let output = scan_text(
        &["--since", "2026-01-10"],
        format!("{undated}\n{}", hit(1)).as_bytes(),
    );
    assert_eq!(rows(&output).len(), 1);
    let said = errors(&output);
    assert!(
        said.contains("1 event has no readable time; --since and --until did not exclude it"),
        "{said}"
    );
    let swapped = scan_text(&["--since", "2026-02-01", "--until", "2026-01-01"], b"");
    assert_eq!(swapped.status.code(), Some(2));
    assert!(
        errors(&swapped).contains("--since 2026-02-01"),
        "{}",
        errors(&swapped)
    );
}
