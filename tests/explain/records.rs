//! Records by their places.

use super::run;
use crate::tuning;

#[test]
fn one_record_of_a_file_or_an_archive_is_explained_by_the_place_that_a_scan_shows() {
    let folder = tempfile::tempdir().expect("temporary folder");
    let event = tuning::event().to_string();
    let other = "{\"eventVersion\":\"1.11\",\"eventName\":\"DescribeInstances\",\"eventSource\":\"ec2.amazonaws.com\"}";
    let batch = format!("{{\"Records\":[{other},{event}]}}");
    let mut writer = zip::ZipWriter::new(std::fs::File::create(folder.path().join("a.zip")).expect("a file"));
    let options = zip::write::SimpleFileOptions::default();
    writer.start_file("logs/b.json", options).expect("a member");
    std::io::Write::write_all(&mut writer, batch.as_bytes()).expect("it is written");
    writer.finish().expect("a zip");
    std::fs::write(folder.path().join("b.json"), &batch).expect("it is written");
    let at = |place: &str| folder.path().join(place).display().to_string();
    for place in ["b.json:2", "a.zip!/logs/b.json:2"] {
        let (status, out, err) = run(&[&at(place), "--raw"], "");
        assert_eq!(status, 0, "{err}");
        assert_eq!(out.matches("operation: ").count(), 1, "{out}");
        assert!(out.contains("operation: aws_ssm_command.send_command"), "{out}");
        assert!(
            out.contains("raw:\n  {\n") && out.contains("    \"eventName\": \"SendCommand\""),
            "{out}"
        );
    }
    let (_, first, _) = run(&[&at("b.json:1")], "");
    assert!(first.contains("is not the name of an operation"), "{first}");
    let (_, all, _) = run(&[&at("a.zip")], "");
    assert_eq!(all.matches("operation: ").count(), 2, "{all}");
    for (place, part) in [
        ("b.json:3", "holds no record 3"),
        ("c.json:1", "c.json"),
        ("a.zip!/x.json:1", "holds no record 1"),
    ] {
        let (status, _, err) = run(&[&at(place)], "");
        assert!(status == 2 && err.contains(part), "{part} in {err}");
    }
}

#[test]
fn rows_of_a_table_are_explained_from_standard_input_too() {
    let event = tuning::event().to_string().replace('"', "\"\"");
    let table = format!("_time,_raw\nx,\"{event}\"\ny,\"{event}\"\n");
    let (status, out, err) = run(&[], &table);
    assert_eq!(
        (
            status,
            out.matches("operation: aws_ssm_command.send_command").count()
        ),
        (0, 2),
        "{out}{err}"
    );
    for (input, part) in [
        ("a, b and c\nd\n", "contains no JSON"),
        ("name,age\nann,7\n", "CSV of unknown columns"),
    ] {
        let (status, out, err) = run(&[], input);
        assert!(
            status == 2 && out.is_empty() && err.contains(part),
            "{part}: {out}{err}"
        );
    }
}

/// More bytes than are read at once, in records of an ordinary size.
fn large() -> String {
    let event = tuning::event();
    let filler = "x".repeat(1 << 20);
    let others =
        (0..5).map(|at| format!("{{\"eventVersion\":\"1.11\",\"at\":{at},\"filler\":\"{filler}\"}}"));
    let records: Vec<_> = others.chain([event.to_string()]).collect();
    format!("{{\"Records\":[{}]}}", records.join(","))
}

#[test]
fn a_file_that_is_too_large_to_be_read_at_once_is_explained_record_by_record() {
    let folder = tempfile::tempdir().expect("temporary folder");
    let file = folder.path().join("large.json").display().to_string();
    std::fs::write(&file, large()).expect("it is written");
    let (status, out, err) = run(&[&file], "");
    assert_eq!(status, 0, "{err}");
    assert!(out.contains("operation: aws_ssm_command.send_command"), "{out}");
    let (status, rule, err) = run(&["--rule", &file], "");
    assert_eq!((status, rule.lines().count()), (0, 2), "{err}");
    let values = format!("{{\"Records\":[{{\"eventName\":[{}0]}}]}}", "0,".repeat(300_000));
    let (status, _, err) = run(&[], &values);
    assert!(
        status == 2 && err.contains("more than 4 MiB or 200000 values"),
        "{err}"
    );
}

#[test]
fn a_story_is_not_told_from_one_record() {
    let (status, _, err) = run(&["trail.json:2", "--session", "s-1"], "");
    assert!(status == 2 && err.contains("as trail.json"), "{err}");
}
