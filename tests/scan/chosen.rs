//! Which rows and columns come out, and where they go.

use super::{errors, event, hit, rows, scan, scan_text};

#[test]
fn csv_has_the_most_telling_columns_unless_others_are_asked_for() {
    let text = |args: &[&str]| {
        let output = scan_text(args, hit(1).replace("\"1:user", "\"0012345:user").as_bytes());
        String::from_utf8(output.stdout).expect("text")
    };
    let telling = text(&["--format", "csv"]);
    let header = "time,severity,outcome,actor,principal,access,target,src,account,region,document,summary,reasons,file,record,event_id";
    assert_eq!(telling.lines().next(), Some(header));
    assert!(
        telling.contains("2026-01-02T00:00:00Z,medium,success,"),
        "{telling}"
    );
    let asked = text(&["--format", "CSV", "--bom", "--fields", "time,dvm_access,record"]);
    assert_eq!(
        asked,
        "\u{feff}time,dvm_access,record\n2026-01-02T00:00:00Z,shell_session,1\n"
    );
    let rows = text(&["--fields", "severity,target"]);
    assert_eq!(
        rows,
        "{\"severity\":\"medium\",\"target\":[\"i-00000000000000001\"]}\n"
    );
    let wrong = scan_text(&["--fields", "severty"], b"");
    assert!(errors(&wrong).contains("did you mean"), "{}", errors(&wrong));
    let long = hit(1).replace("\"s-1\"", "\"01234567890123456789\"");
    let output = scan_text(&["--format", "csv", "--fields", "dvm_session"], long.as_bytes());
    assert_eq!(
        String::from_utf8_lossy(&output.stdout),
        "dvm_session\n'01234567890123456789\n"
    );
}

#[test]
fn rows_are_chosen_by_who_where_and_when() {
    let text: String = (0..10)
        .map(|at| hit(at).replace("user/a", &format!("user/u{at}")) + "\n")
        .collect();
    let count = |args: &[&str]| rows(&scan_text(args, text.as_bytes())).len();
    for (args, wanted) in [
        (&["--actor", "*user/u3"][..], 1),
        (&["--actor", "*/U3|*/u4"], 2),
        (&["--actor", "user/u5"], 1),
        (&["--target", "i-*5"], 1),
        (&["--src", "203.0.113.0/24"], 10),
        (&["--src", "203.0.114.0/24"], 0),
        (&["--session", "s-7", "--min-severity", "LOW"], 1),
        (&["--records", "--actor", "*user/u3"], 1),
        (&["--last", "1h"], 0),
    ] {
        assert_eq!(count(args), wanted, "{args:?}");
    }
    let case = rows(&scan_text(&[], text.as_bytes()))[0]["dvm_case"]
        .as_str()
        .expect("a case")
        .to_owned();
    assert_eq!(count(&["--case", &case]), 1);
    for (args, part) in [
        (&["--last", "soon"][..], "30d, 12h, 90m"),
        (&["--src", "10.0.0.0/99"], "10.0.0.0/99 is no network"),
        (&["--last", "1d", "--since", "2026-01-01"], "cannot be used with"),
        (&["--case", "x", "--records"], "--case needs linked rows"),
        (&["-o", "no/such/file"], "-o no/such/file: "),
    ] {
        let output = scan_text(args, b"");
        assert!(errors(&output).contains(part), "{part} in {}", errors(&output));
        assert_eq!(output.status.code(), Some(2));
    }
}

#[test]
fn a_terminal_gets_the_gravest_lines_and_a_pipe_all_of_them_whole() {
    let folder = tempfile::tempdir().expect("a folder");
    let session = |at: usize| {
        hit(at).replace(
            "user/a",
            &format!("assumed-role/A-rather-long-name-of-a-role/s-{at}"),
        )
    };
    let mut text: String = (0..300).map(|at| session(at) + "\n").collect();
    let grave = event("SendCommand", 301).replace(
        "\"target\":\"i-0000000000000012d\"",
        "\"documentName\":\"AWS-RunShellScript\",\"targets\":[{\"key\":\"tag:a\",\"values\":[\"*\"]}]",
    );
    text += &grave;
    std::fs::write(folder.path().join("a.json"), text).expect("it is written");
    let drawn = |args: &[&str], columns: Option<&str>| {
        let mut command = super::command(folder.path(), &[&["--format", "table", "a.json"], args].concat());
        command.env_remove("COLUMNS");
        columns.map(|columns| command.env("COLUMNS", columns));
        String::from_utf8(command.output().expect("it runs").stdout).expect("text")
    };
    let narrow = drawn(&[], Some("80"));
    assert!(
        narrow.contains("the 200 gravest; 101 more with --full"),
        "{narrow}"
    );
    assert!(narrow.contains(" HIGH ") || narrow.contains(" CRIT "), "{narrow}");
    assert!(narrow.lines().all(|line| line.chars().count() <= 80), "{narrow}");
    let piped = drawn(&["--quiet"], None);
    let lines: Vec<&str> = piped
        .lines()
        .filter(|line| line.contains("shell session"))
        .collect();
    assert_eq!(lines.len(), 300);
    assert!(
        lines[7].contains("assumed-role/A-rather-long-name-of-a-role/s-"),
        "{}",
        lines[7]
    );
    let gravest_first = drawn(&["--sort", "severity", "--quiet"], Some("120"));
    assert!(
        gravest_first
            .lines()
            .nth(2)
            .is_some_and(|line| line.contains("run command")),
        "{gravest_first}"
    );
    let folded = super::scan(folder.path(), &["-o", "rows.jsonl", "--quiet", "a.json"]);
    assert!(folded.stdout.is_empty() && folded.stderr.is_empty(), "{folded:?}");
    let rows = std::fs::read_to_string(folder.path().join("rows.jsonl")).expect("it is there");
    assert_eq!(rows.lines().count(), 301);
}

#[test]
fn an_output_file_is_no_input_and_no_input_is_written_over() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = |name: &str| folder.path().join(name);
    std::fs::write(path("a.json"), hit(1)).expect("it is written");
    for (args, input) in [
        (["-o", "a.json", "a.json"], "a.json"),
        (["-o", "a.json", "."], "a.json"),
    ] {
        let output = scan(folder.path(), &args);
        assert!(
            errors(&output).contains("is among the inputs"),
            "{}",
            errors(&output)
        );
        assert_eq!(output.status.code(), Some(2));
        assert_eq!(std::fs::read_to_string(path(input)).expect("it is there"), hit(1));
    }
    let output = scan(folder.path(), &["-o", "rows.csv", "."]);
    assert_eq!(output.status.code(), Some(0), "{}", errors(&output));
    let rows = std::fs::read_to_string(path("rows.csv")).expect("it is there");
    assert!(
        rows.starts_with("time,severity,") && rows.lines().count() == 2,
        "{rows}"
    );
}

#[test]
fn each_machine_of_a_long_list_is_found() {
    let ids: Vec<String> = (0..30).map(|at| format!("i-{at:017x}")).collect();
    let many = event("SendCommand", 1).replace(
        "\"target\":\"i-00000000000000001\"",
        &format!("\"documentName\":\"AWS-RunShellScript\",\"instanceIds\":{ids:?}"),
    );
    for args in [&["--target", &ids[29]][..], &["--records", "--target", &ids[20]]] {
        assert_eq!(rows(&scan_text(args, many.as_bytes())).len(), 1, "{args:?}");
    }
    let table = scan_text(&["--format", "table", "--quiet"], many.as_bytes());
    assert!(
        String::from_utf8_lossy(&table.stdout).contains(&ids[29]),
        "{table:?}"
    );
}

#[test]
fn all_events_say_what_they_are() {
    let mut known: serde_json::Value = serde_json::from_str(&event("DescribeSessions", 2)).expect("JSON");
    known["eventID"] = "e-2".into();
    let text = format!("{}\n{known}\n{{\"okta\":1}}\n", hit(1));
    let output = scan_text(&["--all"], text.as_bytes());
    let all = rows(&output);
    assert_eq!(all.len(), 3, "{}", errors(&output));
    assert_eq!(
        (&all[0]["format"], &all[0]["dvm_access"]),
        (&"AWS CloudTrail".into(), &"shell_session".into())
    );
    let told = serde_json::json!({
        "time": "2026-01-03T00:00:00Z", "file": "-", "record": 2, "format": "AWS CloudTrail", "dvm_event_id": "e-2",
        "dvm_operation_name": "DescribeSessions", "dvm_principal": "arn:aws:iam::1:user/a", "dvm_actor": "arn:aws:iam::1:user/a",
        "dvm_src": "203.0.113.9", "dvm_region": "eu-west-1",
    });
    assert_eq!(all[1], told);
    assert_eq!(
        (&all[2]["format"], &all[2]["record"]),
        (&"unknown format".into(), &3.into())
    );
}

#[test]
fn a_finding_on_no_single_machine_may_have_reached_the_one_that_is_asked_for() {
    let on_a_tag = hit(1).replace("StartSession", "SendCommand").replace(
        r#""target":"i-00000000000000001""#,
        r#""documentName":"AWS-RunShellScript","targets":[{"key":"tag:env","values":["prod"]}]"#,
    );
    assert!(on_a_tag.contains("tag:env"), "{on_a_tag}");
    let text = format!("{on_a_tag}\n{}\n", hit(2));
    let said = |args: &[&str]| {
        let output = scan_text(&[&["--format", "table"], args].concat(), text.as_bytes());
        String::from_utf8_lossy(&output.stdout).into_owned()
    };
    let may = "1 finding names no single machine";
    for args in [
        &["--target", "i-0000000000000000f"][..],
        &["--target", "i-0000000000000000f", "--records"],
        &["--target", "i-00000000000000002"],
    ] {
        assert!(said(args).contains(may), "{args:?}: {}", said(args));
    }
    for args in [
        &[][..],
        &["--target", "tag:env*"],
        &["--target", "i-0000000000000000f", "--actor", "nobody"],
    ] {
        assert!(!said(args).contains("names no single machine"), "{args:?}");
    }
}
