//! Bad input is reported, the rest is scanned, and nothing panics.

use super::{command, errors, event, gzip, hit, rows, scan, scan_text};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use std::process::Stdio;

/// Scans `text` and checks the number of findings and the messages.
#[track_caller]
fn check(text: &[u8], findings: usize, said: &str) {
    let output = scan_text(&[], text);
    let errors = errors(&output);
    assert_eq!(rows(&output).len(), findings, "{errors}");
    assert!(errors.contains(said), "{said:?} in {errors}");
    let is_fault = !said.is_empty();
    assert_eq!(
        output.status.code(),
        Some(if is_fault { 2 } else { 0 }),
        "{errors}"
    );
}

#[test]
fn truncated_gzip_gives_the_records_before_the_end() {
    let text: String = (0..3000).map(|at| hit(at * 7919) + "\n").collect();
    let packed = gzip(text.as_bytes());
    let output = scan_text(&[], &packed[..packed.len() / 2]);
    assert!(rows(&output).len() > 1000, "{}", errors(&output));
    assert!(
        errors(&output).contains("gzip is cut short"),
        "{}",
        errors(&output)
    );
    assert_eq!(output.status.code(), Some(2));
    let mut broken = gzip(hit(1).as_bytes());
    broken.extend_from_slice(b"rubbish that no member begins with");
    check(&broken, 1, "gzip is broken");
    check(
        &[gzip(hit(1).as_bytes()), gzip(hit(2).as_bytes())].concat(),
        2,
        "",
    );
}

#[test]
fn truncated_json_hides_no_other_record() {
    let [a, b] = [hit(1), hit(2)];
    check(
        format!("{{\"Records\":[{a},{}", &b[..90]).as_bytes(),
        1,
        "ends in the middle, at record 2",
    );
    // Truncated inside a string, after a comma, after a colon.
    for at in [
        40,
        b.find(",\"eventTime").expect("a comma") + 1,
        b.find(':').expect("a colon") + 1,
    ] {
        check(format!("{a}\n{}\n{b}\n{a}\n", &b[..at]).as_bytes(), 3, "record");
    }
}

#[test]
fn a_record_that_the_file_ends_in_is_a_finding_that_says_so() {
    let record = hit(1);
    let cut = &record[..record.find("\"responseElements").expect("a member") + 9];
    for text in [
        cut.to_owned(),
        format!("{{\"Records\":[{cut}"),
        format!("{{\"Records\":[{},{cut}", event("DescribeSessions", 2)),
    ] {
        let output = scan_text(&[], text.as_bytes());
        let rows = rows(&output);
        assert_eq!(rows.len(), 1, "{text}");
        assert!(rows[0]["dvm_reasons"].to_string().contains("cut"), "{}", rows[0]);
        assert!(
            errors(&output).contains("ends in the middle, at record"),
            "{text}"
        );
        assert_eq!(output.status.code(), Some(2));
    }
}

#[test]
fn bytes_that_are_not_utf_8_do_not_hide_a_record() {
    let mut text = hit(1).replace("user/a", "user/~").into_bytes();
    text.iter_mut()
        .filter(|byte| **byte == b'~')
        .for_each(|byte| *byte = 0xff);
    text.extend_from_slice(b"\n");
    check(&[&text[..], hit(2).as_bytes()].concat(), 2, "");
}

#[test]
fn a_huge_record_is_skipped_and_named() {
    let [a, b] = [hit(1), hit(2)];
    let huge = format!(
        "{{\"eventName\":\"StartSession\",\"x\":\"{}\"}}",
        "y".repeat(9 << 20)
    );
    for text in [
        format!("{a}\n{huge}\n{b}"),
        format!("{{\"Records\":[{a},{huge},{b}]}}"),
    ] {
        let output = scan_text(&[], text.as_bytes());
        let records: Vec<_> = rows(&output).iter().map(|row| row["record"].clone()).collect();
        assert_eq!(records, [1, 3]);
        assert!(
            errors(&output).contains("record 2 is larger than 4 MiB"),
            "{}",
            errors(&output)
        );
    }
    let large = hit(3).replace(
        "\"awsRegion\"",
        &format!("\"x\":\"{}\",\"awsRegion\"", "y".repeat(3 << 20)),
    );
    check(format!("{a}\n{large}\n{b}").as_bytes(), 3, "");
    let many = hit(3).replace(
        "\"awsRegion\"",
        &format!("\"x\":[{}0],\"awsRegion\"", "0,".repeat(300_000)),
    );
    check(
        format!("{a}\n{many}\n{b}").as_bytes(),
        2,
        "record 2 has more than",
    );
}

#[test]
fn deep_nesting_is_named() {
    let [a, b] = [hit(1), hit(2)];
    let deep = format!("{{\"x\":{}1{}}}", "[".repeat(100_000), "]".repeat(100_000));
    check(
        format!("{a}\n{deep}\n{b}").as_bytes(),
        2,
        "brackets lie more than 1000 deep",
    );
}

#[test]
fn an_escape_in_the_name_does_not_hide_it() {
    check(
        hit(1)
            .replace("StartSession", "\\u0053tart\\u0053ession")
            .as_bytes(),
        1,
        "",
    );
}

#[cfg(unix)]
#[test]
fn loops_lost_links_and_pipes_in_a_folder() {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join("a.json"), hit(1)).expect("it is written");
    std::os::unix::fs::symlink(folder.path(), folder.path().join("loop")).expect("a link");
    std::os::unix::fs::symlink("nowhere", folder.path().join("lost")).expect("a link");
    let output = scan(folder.path(), &[".", "gone.json"]);
    assert_eq!(rows(&output).len(), 1);
    assert!(
        errors(&output).contains("gone.json: No such file"),
        "{}",
        errors(&output)
    );
    for part in ["lost: No such file", "NOT READ       2 files could not be read"] {
        assert!(errors(&output).contains(part), "{part} in {}", errors(&output));
    }
    assert_eq!(output.status.code(), Some(2));
}

#[test]
fn a_reader_that_goes_away_is_a_quiet_end() {
    let folder = tempfile::tempdir().expect("a folder");
    let many: String = (0..20_000).map(|at| hit(at) + "\n").collect();
    std::fs::write(folder.path().join("a.json"), many).expect("it is written");
    let mut child = command(folder.path(), &["a.json"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program runs");
    drop(child.stdout.take());
    let output = child.wait_with_output().expect("it ends");
    assert_eq!((errors(&output).as_str(), output.status.code()), ("", Some(2)));
}

#[cfg(target_os = "linux")]
#[test]
fn a_report_that_cannot_be_written_is_told_before_the_scan() {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join("a.json"), hit(1)).expect("it is written");
    std::fs::create_dir(folder.path().join("page.html")).expect("a folder");
    for (report, part) in [
        ("/dev/full", "is a pipe or a device"),
        ("page.html", "is a folder"),
        ("no/such/x.html", "the report cannot be written"),
        ("out.txt", "give it a name that ends in .html"),
    ] {
        let output = scan(folder.path(), &["--report", report, "a.json"]);
        assert!(output.stdout.is_empty(), "{report}: the scan began");
        assert!(errors(&output).contains(part), "{part} in {}", errors(&output));
        assert_eq!(output.status.code(), Some(2));
    }
    let disk = command(folder.path(), &["--format", "csv", "a.json"])
        .stdout(std::fs::File::create("/dev/full").expect("the device"))
        .output()
        .expect("it runs");
    assert!(
        errors(&disk).contains("output: No space left on device"),
        "{}",
        errors(&disk)
    );
    assert_eq!(disk.status.code(), Some(2));
}

/// A member of Pub/Sub or CloudWatch Logs with a string in base64.
fn data(bytes: &[u8]) -> Vec<u8> {
    let text = BASE64_STANDARD.encode(bytes);
    format!("{{\"message\":{{\"data\":\"{text}\",\"messageId\":\"7\"}}}}\n").into_bytes()
}

#[test]
fn a_string_in_base64_is_read_as_far_as_it_goes_and_the_rest_is_named() {
    let said = "record 1 holds a string in base64 that cannot be read to its end";
    let records: Vec<String> = (0..500).map(|at| hit(at * 7919)).collect();
    let text = format!("{{\"Records\":[{}]}}", records.join(","));
    let packed = gzip(text.as_bytes());
    check(&data(&packed), 500, "");
    check(&data(text.as_bytes()), 500, "");
    let cut = scan_text(&[], &data(&packed[..packed.len() / 2]));
    let found = rows(&cut).len();
    assert!((100..500).contains(&found), "{found} findings");
    assert!(errors(&cut).contains(said), "{}", errors(&cut));
    let mut encoded = data(text.as_bytes());
    let brace = encoded.iter().position(|byte| *byte == b'e').expect("a letter");
    let middle = brace + encoded.len() / 2;
    encoded[middle] = b'!';
    check(&encoded, 0, said);
}

#[test]
fn a_string_that_becomes_far_larger_is_read_up_to_a_bound() {
    let mut text = hit(1).into_bytes();
    text.extend(std::iter::repeat_n(b' ', 64 << 20));
    text.extend(hit(2).bytes());
    let said = "record 1 holds a string in base64 that cannot be read to its end";
    check(&data(&gzip(&text)), 1, said);
}

#[test]
fn headings_in_brackets_are_no_logs() {
    let others = [
        "[default]\nregion = eu-west-1\n",
        "[2026-05-12 10:00:00] started\n[2026-05-12 10:00:01] done\n",
        "[    0.000000] Linux version 6.1\n[    0.000001] done\n",
        "[package]\nname = \"a\"\n",
        "[[bin]]\nname = \"a\"\n",
        "[INFO] 12 of 13\n",
    ];
    for text in others {
        let folder = tempfile::tempdir().expect("a folder");
        std::fs::write(folder.path().join("other.txt"), text).expect("it is written");
        std::fs::write(folder.path().join("a.json"), hit(1)).expect("it is written");
        let output = scan(folder.path(), &["."]);
        let said = errors(&output);
        assert_eq!(
            (rows(&output).len(), output.status.code()),
            (1, Some(0)),
            "{text}: {said}"
        );
        assert!(
            said.contains("other.txt") && !said.contains("DAMAGED"),
            "{text}: {said}"
        );
    }
    for list in [
        "[]",
        "[ ]",
        "[[",
        "[1]",
        "[null, 2]",
        "[[1], [2]]",
        "[-1.5e3\n,2]",
        "[true]\n",
    ] {
        let log = format!("{list}\n{}", hit(1));
        assert_eq!(rows(&scan_text(&[], log.as_bytes())).len(), 1, "{list}");
    }
    for prefix in ["[2026-05-12 10:00:00] ", "[INFO]\n", "[default]\n"] {
        let log = format!("{prefix}{}", hit(1));
        assert_eq!(rows(&scan_text(&[], log.as_bytes())).len(), 1, "{prefix}");
    }
}

#[test]
fn rules_that_cannot_be_applied_are_a_failure() {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join("a.json"), hit(1)).expect("it is written");
    let header = "id,enabled,principal,action,reason,owner";
    for list in [
        format!("{header}\nr1,1,*:user/a,no such action,known,me\n"),
        "one,two\n1,2\n".to_owned(),
    ] {
        std::fs::write(folder.path().join("list.csv"), list).expect("it is written");
        let output = scan(folder.path(), &["--tuning", "list.csv", "a.json"]);
        assert_eq!(
            (rows(&output).len(), output.status.code()),
            (1, Some(2)),
            "{}",
            errors(&output)
        );
        assert!(errors(&output).contains("list.csv: "), "{}", errors(&output));
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_report_that_cannot_be_written_is_refused_before_the_scan() {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join("a.json"), hit(1)).expect("it is written");
    let output = scan(folder.path(), &["--report", "/proc/r.html", "a.json"]);
    assert!(rows(&output).is_empty() && output.status.code() == Some(2));
    let said = errors(&output);
    assert!(
        said.contains("its folder cannot be written to") && !said.contains(".directvm-"),
        "{said}"
    );
}
