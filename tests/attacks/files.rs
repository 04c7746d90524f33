//! Files and pipes that are not what they seem to be.

use super::made::{ONE, aws, run};
use serde_json::json;

fn session() -> String {
    aws("StartSession", &json!({ "requestParameters": { "target": ONE } })).to_string()
}

#[cfg(unix)]
#[test]
fn a_report_is_written_to_a_pipe_that_nobody_reads() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = |name: &str| folder.path().join(name);
    std::fs::write(path("a.json"), session()).expect("it is written");
    let made = std::process::Command::new("mkfifo")
        .arg(path("pipe.html"))
        .status();
    assert!(made.expect("mkfifo is there").success());
    std::os::unix::fs::symlink("pipe.html", path("link.html")).expect("a link");
    for report in ["pipe.html", "link.html", "/dev/stdout", "/dev/null"] {
        let output = run(folder.path(), &["scan", "--report", report, "a.json"], b"");
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{report}: {said}");
        assert!(
            said.contains(&format!("--report {report}: is a pipe or a device")),
            "{said}"
        );
        assert!(output.stdout.is_empty(), "{report}: the scan began");
    }
    let output = run(folder.path(), &["scan", "--report", "page.html", "a.json"], b"");
    assert_eq!(output.status.code(), Some(0));
    assert!(path("page.html").is_file());
}

#[cfg(target_os = "linux")]
#[test]
fn an_output_that_takes_nothing_loses_the_findings() {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join("a.json"), session()).expect("it is written");
    for args in [
        &["scan", "--format", "jsonl", "a.json"][..],
        &["scan", "--format", "csv", "a.json"],
        &["scan", "--format", "table", "a.json"],
        &["scan", "--output", "/dev/full", "a.json"],
    ] {
        let full = std::fs::OpenOptions::new()
            .write(true)
            .open("/dev/full")
            .expect("the device");
        let output = crate::support::command(crate::support::BINARY)
            .args(args)
            .current_dir(folder.path())
            .stdout(full)
            .output()
            .expect("it runs");
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{args:?}: {said}");
        assert!(said.contains("directvm: "), "{args:?}: {said}");
    }
}

/// A CSV of one record, beside this number of other columns.
fn wide(columns: usize) -> String {
    let names: Vec<String> = (0..columns).map(|at| format!("c{at}")).collect();
    let record = session().replace('"', "\"\"");
    format!("_raw,{}\n\"{record}\"{}\n", names.join(","), ",x".repeat(columns))
}

#[test]
fn a_table_has_more_columns_than_anybody_reads() {
    let folder = tempfile::tempdir().expect("a folder");
    for columns in [3, 1_000, 50_000] {
        let output = run(
            folder.path(),
            &["scan", "--format", "csv"],
            wide(columns).as_bytes(),
        );
        let text = String::from_utf8_lossy(&output.stdout);
        assert_eq!(output.status.code(), Some(0), "{columns}");
        assert!(text.contains(ONE), "{columns}: {text}");
        assert!(text.len() < 1 << 16, "{columns}: {} bytes", text.len());
    }
    for (columns, why) in [
        (300_000, "record 1 has more than"),
        (800_000, "row 1 cannot be read"),
    ] {
        let output = run(folder.path(), &["scan"], wide(columns).as_bytes());
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{columns}: {said}");
        assert!(said.contains(why), "{columns}: {said}");
    }
}

#[test]
fn a_cell_of_a_megabyte_makes_no_larger_row() {
    let folder = tempfile::tempdir().expect("a folder");
    let long = "\u{fc}\"\n=,".repeat(60_000);
    let members = json!({ "requestParameters": { "target": ONE, "documentName": long, "reason": long }, "userAgent": long });
    let event = aws("StartSession", &members).to_string();
    for args in [
        &["scan", "--format", "csv", "--fields", "all"][..],
        &["scan", "--format", "jsonl"],
    ] {
        let output = run(folder.path(), args, event.as_bytes());
        assert_eq!(output.status.code(), Some(0), "{args:?}");
        assert!(
            output.stdout.len() < 1 << 18,
            "{args:?}: {} bytes",
            output.stdout.len()
        );
        assert!(String::from_utf8_lossy(&output.stdout).contains(ONE), "{args:?}");
    }
}
