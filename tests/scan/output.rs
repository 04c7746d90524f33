//! Output: formats, filters, exit statuses.

use super::{errors, event, hit, rows, scan, scan_text};
use directvm::detect::finding::FIELDS;
use directvm::link::LINK_FIELDS;

#[test]
fn csv_has_the_same_columns_always_and_no_formulas() {
    let mut text = hit(1).replace("arn:aws:iam::1:user/a", "=cmd|x");
    text.push('\n');
    text += &event("Nothing", 2);
    let output = scan_text(&["--format", "csv", "--all"], text.as_bytes());
    let mut reader = csv::Reader::from_reader(output.stdout.as_slice());
    let header: Vec<String> = reader
        .headers()
        .expect("a header")
        .iter()
        .map(str::to_owned)
        .collect();
    assert_eq!(header[..4], ["time", "file", "record", "format"]);
    assert_eq!(header.len(), 4 + FIELDS.len() + LINK_FIELDS.len());
    let records: Vec<csv::StringRecord> = reader.records().map(|row| row.expect("a row")).collect();
    let actor = header
        .iter()
        .position(|name| name == "dvm_actor")
        .expect("a column");
    assert_eq!(&records[0][actor], "'=cmd|x");
    assert_eq!(
        (&records[1][2], &records[1][actor]),
        ("2", "arn:aws:iam::1:user/a")
    );
    let whole = scan_text(&["--format", "csv", "--fields", "all"], hit(1).as_bytes());
    let header_alone = String::from_utf8_lossy(&whole.stdout);
    let first = header_alone.lines().next().expect("a header");
    assert_eq!(first.split(',').count(), header.len());
}

#[test]
fn since_and_until_are_times_of_events() {
    let text: String = (0..10).map(|at| hit(at) + "\n").collect();
    let args = ["--since", "2026-01-03", "--until", "2026-01-05T00:00:00Z"];
    let found = rows(&scan_text(&args, text.as_bytes()));
    let times: Vec<&str> = found.iter().filter_map(|row| row["time"].as_str()).collect();
    assert_eq!(times, ["2026-01-03T00:00:00Z", "2026-01-04T00:00:00Z"]);
    assert_eq!(scan_text(&["--since", "yesterday"], b"").status.code(), Some(2));
}

#[test]
fn exit_statuses() {
    let code = |args: &[&str], text: &str| scan_text(args, text.as_bytes()).status.code();
    assert_eq!(code(&[], &hit(1)), Some(0));
    assert_eq!(code(&["--fail-on-finding"], &hit(1)), Some(1));
    assert_eq!(code(&["--fail-on-finding"], &event("Nothing", 1)), Some(0));
    assert_eq!(
        code(&["--fail-on-finding", "no/such/file", "-"], &hit(1)),
        Some(2)
    );
    assert_eq!(code(&["--no-such-option"], ""), Some(2));
    assert_eq!(code(&["--threads", "0"], ""), Some(2));
}

#[test]
fn a_tuning_list_changes_the_verdict() {
    let folder = tempfile::tempdir().expect("a folder");
    let list = "id,enabled,cloud,operation,access,actor,target,account,src,document,user_agent,action,value,expires,reason,owner\n\
                r1,1,aws,,,arn:aws:iam::1:user/a,,,,,,suppress,,,known,me\n";
    std::fs::write(folder.path().join("list.csv"), list).expect("it is written");
    std::fs::write(folder.path().join("a.json"), hit(1)).expect("it is written");
    let output = scan(folder.path(), &["--tuning", "list.csv", "a.json"]);
    assert_eq!(
        rows(&output)[0]["dvm_verdict"],
        "suppressed",
        "{}",
        errors(&output)
    );
}

#[test]
fn the_table_shows_no_control_character_of_a_value_and_sums_up() {
    let start = hit(7).replace("user/a", "user/\\u001b[2Ja");
    let end = event("TerminateSession", 7)
        .replace("\"target\":", "\"sessionId\":\"s-7\",\"target\":")
        .replace("T00:00:00Z", "T01:30:00Z");
    let output = scan_text(&["--format", "table"], format!("{start}\n{end}").as_bytes());
    let table = String::from_utf8(output.stdout).expect("text");
    assert!(!table.contains('\u{1b}'), "{table}");
    for part in [
        "shell session",
        "2 findings   1 medium",
        "1 file · 2 records in ",
        "1 closed",
    ] {
        assert!(table.contains(part), "{part} in {table}");
    }
}

#[test]
fn files_without_a_log_are_counted() {
    let folder = tempfile::tempdir().expect("a folder");
    let put =
        |name: &str, text: &[u8]| std::fs::write(folder.path().join(name), text).expect("it is written");
    put("a.json", hit(1).as_bytes());
    put("b.txt", b"nothing of interest");
    put("c.bin", b"{\0\0\0StartSession");
    put(
        "d.syslog",
        format!("Jan  1 host app[12]: {}\n", hit(2)).as_bytes(),
    );
    put("e.json", b"");
    let output = scan(folder.path(), &["."]);
    let files: Vec<_> = rows(&output).iter().map(|row| row["file"].clone()).collect();
    assert_eq!(files, ["./a.json", "./d.syslog"]);
    assert!(
        errors(&output).contains("skipped        3 files without a log: ./b.txt, ./c.bin, ./e.json"),
        "{}",
        errors(&output)
    );
    assert_eq!(output.status.code(), Some(0));
}

#[test]
fn the_report_loads_nothing_and_escapes_every_value() {
    let folder = tempfile::tempdir().expect("a folder");
    let evil = "<script src=https://evil.example/x>'\\\"&<img src=x onerror=alert(1)>";
    let text = hit(1).replace("user/a", &format!("user/{evil}")) + "\n{\"cut";
    std::fs::write(folder.path().join("a<b>.json"), text).expect("it is written");
    let output = scan(folder.path(), &["--report", "page.html", "a<b>.json"]);
    let page = std::fs::read_to_string(folder.path().join("page.html")).expect("a page");
    let scripts: Vec<&str> = page.split("<script").skip(1).collect();
    assert_eq!(scripts.len(), 2, "{page}");
    assert!(
        scripts[0].starts_with(" type=\"application/json\" id=\"tables\">{")
            && scripts[1].starts_with(">\n'use strict';")
    );
    let links = page.split("href=").skip(1);
    assert!(links.clone().count() > 0);
    links.for_each(|link| assert!(link.starts_with("\"#"), "{link}"));
    for tag in [
        "<img",
        "<link",
        "<iframe",
        "<b>.json",
        "url(",
        "@import",
        "onerror=alert(1)>",
    ] {
        assert!(!page.contains(tag), "{tag}: {page}");
    }
    for part in [
        "&lt;script src=https://evil.example/x&gt;",
        "\\u003cscript src=https://evil.example/x\\u003e",
        "default-src 'none'",
        "What was not read",
        "<svg ",
    ] {
        assert!(page.contains(part), "{part}: {page}");
    }
    assert_eq!(output.status.code(), Some(2));
    shown_by_a_browser(folder.path());
}

/// If a browser is installed, the content security policy of the page must allow its style and its script.
fn shown_by_a_browser(folder: &std::path::Path) {
    let mut browser = std::process::Command::new("chromium");
    browser.args([
        "--headless=new",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-background-networking",
    ]);
    browser.args([
        "--enable-logging=stderr",
        "--virtual-time-budget=2000",
        "--dump-dom",
    ]);
    browser.arg(format!("--user-data-dir={}", folder.join("profile").display()));
    browser.arg(format!("file://{}", folder.join("page.html").display()));
    let Ok(output) = browser.output() else { return };
    let page = String::from_utf8_lossy(&output.stdout);
    assert!(page.contains("<h2>Timeline</h2>"), "{}", errors(&output));
    assert!(
        page.contains("<html lang=\"en\" class=\"script\">"),
        "{}",
        errors(&output)
    );
    assert!(
        !errors(&output).contains("Content Security Policy"),
        "{}",
        errors(&output)
    );
}

#[test]
fn a_report_replaces_nothing_but_a_report() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = |name: &str| folder.path().join(name);
    std::fs::write(path("a.json"), hit(1)).expect("it is written");
    let refused = scan(folder.path(), &["--report", "a.json", "."]);
    assert_eq!(refused.status.code(), Some(2));
    assert!(errors(&refused).contains("--report a.json: the file exists and is not a report"));
    assert_eq!(
        std::fs::read_to_string(path("a.json")).expect("it is there"),
        hit(1)
    );
    let page = |name| std::fs::read_to_string(path(name)).expect("a page");
    for _ in 0..2 {
        let output = scan(folder.path(), &["--report", "page.html", "a.json"]);
        assert_eq!(output.status.code(), Some(0), "{}", errors(&output));
        assert!(page("page.html").ends_with("</html>\n"));
    }
    let names = std::fs::read_dir(folder.path()).expect("a folder").count();
    assert_eq!(names, 2, "something lies beside the page");
    let nowhere = scan(folder.path(), &["--report", "no/page.html", "a.json"]);
    assert_eq!(nowhere.status.code(), Some(2));
    assert!(errors(&nowhere).contains("no/page.html: the report cannot be written"));
    assert_eq!(
        scan(folder.path(), &["--report", ".", "a.json"]).status.code(),
        Some(2)
    );
}

/// Starts a scan whose output is closed.
fn unread(folder: &std::path::Path, args: &[&str]) -> std::process::Output {
    let mut command = super::command(folder, args);
    command
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped());
    let mut child = command.spawn().expect("the program runs");
    drop(child.stdout.take());
    child.wait_with_output().expect("it ends")
}

#[test]
fn a_report_is_whole_though_nobody_reads_the_rows() {
    let folder = tempfile::tempdir().expect("a folder");
    let many: String = (0..20_000).map(|at| hit(at) + "\n").collect();
    std::fs::write(folder.path().join("a.json"), many).expect("it is written");
    for format in ["jsonl", "csv", "table"] {
        let output = unread(
            folder.path(),
            &["--format", format, "--report", "page.html", "a.json"],
        );
        assert_eq!(errors(&output), "report written to page.html\n", "{format}");
        let page = std::fs::read_to_string(folder.path().join("page.html")).expect("a page");
        assert!(
            page.contains("<a href=\"#findings\">Findings 20000</a>"),
            "{format}: the report is not whole"
        );
        let ended = unread(folder.path(), &["--format", format, "a.json"]);
        assert_eq!(
            (errors(&ended).as_str(), ended.status.code()),
            ("", Some(2)),
            "{format}"
        );
        assert_eq!(output.status.code(), Some(2), "{format}");
    }
}

#[test]
fn table_and_summary_are_as_wide_as_the_terminal() {
    let text: String = (0..30)
        .map(|at| {
            hit(at).replace(
                "user/a",
                &format!("assumed-role/a-rather-long-role-name/session-{at}"),
            ) + "\n"
        })
        .collect();
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join("a.json"), text).expect("it is written");
    for columns in [30, 40, 80, 120] {
        let mut command = super::command(folder.path(), &["--format", "table", "a.json"]);
        let output = command
            .env("COLUMNS", columns.to_string())
            .output()
            .expect("it runs");
        let table = String::from_utf8(output.stdout).expect("text");
        let widest = table.lines().map(|line| line.chars().count()).max();
        assert!(
            widest.is_some_and(|widest| widest <= columns),
            "{columns}: {widest:?} in {table}"
        );
    }
}

#[test]
fn rows_for_machines_steer_no_terminal_and_keep_their_values() {
    let evil = "\u{1b}]0;x\u{7}\u{9b}31m\u{202e}y\u{200b}";
    let mut value: serde_json::Value = serde_json::from_str(&hit(1)).expect("JSON");
    value["userIdentity"]["arn"] = evil.into();
    let output = scan_text(&["--format", "jsonl"], value.to_string().as_bytes());
    let text = String::from_utf8(output.stdout.clone()).expect("text");
    assert!(
        text.trim_end()
            .chars()
            .all(|c| !directvm::scan::sanitise::is_terminal_control(c)),
        "{text:?}"
    );
    assert_eq!(rows(&output)[0]["dvm_actor"], evil);
    for beginning in ["=", "+", "-", "@", "\n=", "＝", "＠"] {
        value["userIdentity"]["arn"] = format!("{beginning}1+1").into();
        let output = scan_text(&["--format", "csv"], value.to_string().as_bytes());
        let cell = format!("'{beginning}1+1");
        assert!(String::from_utf8_lossy(&output.stdout).contains(&cell), "{cell}");
    }
}

/// Whether a terminal would show all of the text.
fn is_harmless(output: &std::process::Output) -> bool {
    let text = String::from_utf8_lossy(&output.stdout) + String::from_utf8_lossy(&output.stderr);
    text.chars()
        .all(|c| c == '\n' || !directvm::scan::sanitise::is_terminal_control(c))
}

#[cfg(unix)]
#[test]
fn names_of_files_and_texts_of_lists_steer_no_terminal() {
    let evil = "\u{1b}[2J\u{202e}\u{e0041}";
    let folder = tempfile::tempdir().expect("a folder");
    let put =
        |name: &str, text: String| std::fs::write(folder.path().join(name), text).expect("it is written");
    put(&format!("{evil}.txt"), "nothing".to_owned());
    let mut hidden: serde_json::Value = serde_json::from_str(&hit(1)).expect("JSON");
    hidden["userIdentity"]["arn"] = evil.into();
    put("a.json", hidden.to_string());
    put(
        "list.csv",
        directvm::detect::tune::COLUMNS.join(",") + &format!("\n{evil},{evil}"),
    );
    let missing = format!("missing {evil}");
    for args in [
        &["scan", "--format", "table", "."][..],
        &["scan", "--format", "table", &missing],
        &["scan", "--tuning", "list.csv", "a.json"],
        &["explain", &missing],
        &["explain", "a.json"],
        &["explain", "--format", "json", "a.json"],
        &["tuning", "check", "list.csv"],
        &["replay", &missing],
    ] {
        let output = crate::support::command(crate::support::BINARY)
            .args(args)
            .current_dir(folder.path())
            .output()
            .expect("the program runs");
        assert!(!output.stdout.is_empty() || !output.stderr.is_empty(), "{args:?}");
        assert!(is_harmless(&output), "{args:?}: {output:?}");
    }
}

#[test]
fn all_events_need_jsonl_or_csv() {
    let refused = scan_text(&["--all", "--format", "table"], b"");
    assert_eq!(refused.status.code(), Some(2));
    assert!(errors(&refused).contains("--all needs --format jsonl or csv"));
}
