//! CSV as consoles and queries export it, told by its headings.

use super::{errors, hit, rows, scan_text};
use serde_json::Value;

fn csv_of(lines: &[&[&str]]) -> Vec<u8> {
    let mut writer = csv::WriterBuilder::new().flexible(true).from_writer(Vec::new());
    lines
        .iter()
        .for_each(|line| writer.write_record(*line).expect("memory takes it"));
    writer.into_inner().expect("memory takes it")
}

#[track_caller]
fn one(text: &[u8]) -> Value {
    let output = scan_text(&["--scope", "extended"], text);
    let found = rows(&output);
    assert_eq!(found.len(), 1, "{}", errors(&output));
    assert_eq!(output.status.code(), Some(0), "{}", errors(&output));
    found[0].clone()
}

#[test]
fn splunk_and_others_keep_the_record_in_a_cell() {
    let record = hit(1);
    for name in [
        "_raw",
        "@message",
        "event.original",
        "eventData",
        "CloudTrailEvent",
    ] {
        for text in [
            csv_of(&[&["time", name, "host"], &["x", &record, "h"]]),
            csv_of(&[&[name], &[&record]]),
        ] {
            assert_eq!(one(&text)["UserARN"], "arn:aws:iam::1:user/a", "{name}");
        }
    }
    let semicolons = csv_of(&[&["_time", "_raw"], &["x", &record]]);
    let text = String::from_utf8(semicolons)
        .expect("text")
        .replacen("_time,_raw\nx,", "_time;_raw\nx;", 1);
    assert_eq!(one(text.as_bytes())["dvm_access"], "shell_session");
    let named = format!("\u{feff}sep=;\r\n{text}");
    assert_eq!(one(named.as_bytes())["dvm_access"], "shell_session");
}

#[test]
fn strings_that_hold_records_are_read() {
    let (first, second) = (format!("{:?}", hit(1)), format!("{:?}", hit(2)));
    for text in [
        format!("[{first},\n{second}]"),
        format!("{first}\n{second}\n"),
        format!("\u{feff} [ {first} , {} ]", hit(2)),
    ] {
        let output = scan_text(&[], text.as_bytes());
        let records: Vec<u64> = rows(&output)
            .iter()
            .filter_map(|row| row["record"].as_u64())
            .collect();
        assert_eq!(
            (records, output.status.code()),
            (vec![1, 2], Some(0)),
            "{text}: {}",
            errors(&output)
        );
    }
    let cut = scan_text(&[], format!("{first}\n\"{{\\\"a").as_bytes());
    assert_eq!(
        (rows(&cut).len(), cut.status.code()),
        (1, Some(2)),
        "{}",
        errors(&cut)
    );
    assert!(
        errors(&cut).contains("record 2 cannot be read"),
        "{}",
        errors(&cut)
    );
}

#[test]
fn lists_in_lists_are_read_or_named() {
    let text = format!("[[{:?}],[{}]]", hit(1), hit(2));
    let output = scan_text(&[], text.as_bytes());
    assert_eq!(
        (rows(&output).len(), output.status.code()),
        (2, Some(0)),
        "{}",
        errors(&output)
    );
    for text in [r#"[["a","b"]]"#, r#"{"value":[["x"]]}"#, "[[1,2]]"] {
        let output = scan_text(&[], text.as_bytes());
        assert_eq!(output.status.code(), Some(2), "{text}");
        assert!(
            errors(&output).contains("of unknown format"),
            "{text}: {}",
            errors(&output)
        );
    }
    let beside = format!("[1,2,\"abc\"]\n{}", hit(1));
    assert!(rows(&scan_text(&[], beside.as_bytes())).len() == 1);
    let scalars = scan_text(&[], b"[1,2,\"abc\"]");
    assert!(
        errors(&scalars).contains("holds a list without records"),
        "{}",
        errors(&scalars)
    );
    let notice = r#"{"Records":[{"eventVersion":"2.1","eventSource":"aws:s3","eventName":"ObjectCreated:Put","s3":{"bucket":{"name":"b"},"object":{"key":"k"}}}]}"#;
    assert!(errors(&scan_text(&[], notice.as_bytes())).contains("Nothing was analysed"));
}

#[test]
fn records_whose_members_were_flattened_keep_who_and_where() {
    let flat = r#"{"eventVersion":"1.08","eventTime":"2026-01-02T00:00:00Z","eventSource":"ssm.amazonaws.com","eventName":"StartSession","userIdentity.type":"IAMUser","userIdentity.arn":"arn:aws:iam::1:user/a","requestParameters.target":"i-00000000000000001","responseElements.sessionId":"s-1"}"#;
    let found = rows(&scan_text(&[], flat.as_bytes()));
    assert_eq!(found[0]["dvm_actor"], "arn:aws:iam::1:user/a");
    assert_eq!(found[0]["dvm_target"][0], "i-00000000000000001");
    assert_eq!(found[0]["dvm_session"], "s-1");
}

#[test]
fn zeros_and_other_bytes_hide_no_record() {
    for (before, after) in [("", "\0"), ("", "\n\0\0\0\0\n")] {
        let text = format!("{before}{}\n{}{after}", hit(1), hit(2));
        let output = scan_text(&[], text.as_bytes());
        assert_eq!(rows(&output).len(), 2, "{}", errors(&output));
    }
    let latin = hit(1).replace("user/a", "user/d@na").into_bytes();
    let latin: Vec<u8> = latin
        .iter()
        .map(|byte| if *byte == b'@' { 0xe4 } else { *byte })
        .collect();
    let output = scan_text(&[], &latin);
    assert_eq!(rows(&output).len(), 1, "{}", errors(&output));
    assert_eq!(rows(&output)[0]["dvm_target"][0], "i-00000000000000001");
}

#[test]
fn every_list_of_records_of_an_object_is_read() {
    let far = "x".repeat(5000);
    let text = format!(
        "{{\"Records\":[{}],\"note\":\"{far}\",\"records\":[{}]}}",
        hit(1),
        hit(2)
    );
    let output = scan_text(&[], text.as_bytes());
    assert_eq!(
        (rows(&output).len(), output.status.code()),
        (2, Some(0)),
        "{}",
        errors(&output)
    );
}

#[test]
fn extracted_fields_and_tables_of_queries_are_records() {
    let fields = csv_of(&[
        &[
            "_time",
            "eventName",
            "eventSource",
            "userIdentity.arn",
            "requestParameters.target",
            "eventTime",
        ],
        &[
            "x",
            "StartSession",
            "ssm.amazonaws.com",
            "arn:aws:iam::1:user/a",
            "i-0c0ffee0c0ffee001",
            "2026-03-14T09:02:34Z",
        ],
    ]);
    let row = one(&fields);
    assert_eq!(
        (&row["dvm_target"][0], &row["time"]),
        (&"i-0c0ffee0c0ffee001".into(), &"2026-03-14T09:02:34Z".into())
    );
    let athena = csv_of(&[
        &[
            "eventversion",
            "useridentity",
            "eventtime",
            "eventsource",
            "eventname",
            "sourceipaddress",
            "requestparameters",
        ],
        &[
            "1.11",
            "{type=AssumedRole, principalid=X:kim, arn=arn:aws:sts::1:assumed-role/Ops/kim, accountid=1, sessioncontext={sessionissuer={arn=arn:aws:iam::1:role/Ops}}}",
            "2026-03-14T09:02:34Z",
            "ssm.amazonaws.com",
            "StartSession",
            "198.51.100.7",
            "{\"target\":\"i-0c0ffee0c0ffee001\"}",
        ],
    ]);
    let row = one(&athena);
    assert_eq!(row["dvm_principal"], "arn:aws:sts::1:assumed-role/Ops");
    assert_eq!(row["dvm_target"][0], "i-0c0ffee0c0ffee001");
}

#[test]
fn exports_of_consoles_are_records() {
    let history = csv_of(&[
        &[
            "Event ID",
            "Event time",
            "User name",
            "Event name",
            "Event source",
            "Source IP address",
            "Error code",
        ],
        &[
            "e-1",
            "2026-03-14T09:02:34Z",
            "kim",
            "StartSession",
            "ssm.amazonaws.com",
            "198.51.100.7",
            "AccessDenied",
        ],
    ]);
    let row = one(&history);
    assert_eq!(
        (&row["dvm_outcome"], &row["dvm_target"]),
        (&"denied".into(), &Value::Null)
    );
    let sentinel = csv_of(&[
        &[
            "TenantId",
            "TimeGenerated [UTC]",
            "OperationNameValue",
            "ActivityStatusValue",
            "Caller",
            "_ResourceId",
            "CorrelationId",
        ],
        &[
            "t",
            "3/14/2026, 9:02:34.500 PM",
            "MICROSOFT.COMPUTE/VIRTUALMACHINES/RUNCOMMAND/ACTION",
            "Success",
            "kim@example.org",
            "/subscriptions/s/resourcegroups/r/providers/microsoft.compute/virtualmachines/web-01",
            "c-1",
        ],
    ]);
    let row = one(&sentinel);
    assert_eq!(
        (&row["VMName"], &row["time"]),
        (&"web-01".into(), &"2026-03-14T21:02:34.5Z".into())
    );
}

#[test]
fn display_names_are_counted_apart() {
    let portal = csv_of(&[
        &[
            "Correlation id",
            "Operation name",
            "Status",
            "Time",
            "Event initiated by",
            "Resource",
        ],
        &[
            "c",
            "Befehl auf VM ausführen",
            "Succeeded",
            "2026-03-14T09:02:34Z",
            "kim@example.org",
            "web-01",
        ],
    ]);
    let output = scan_text(&[], &portal);
    let said = errors(&output);
    assert!(
        said.contains("1 record with a display name in place of the operation's name"),
        "{said}"
    );
    assert!(
        said.contains("Nothing was judged") && output.status.code() == Some(2),
        "{said}"
    );
    let record = r#"{"time":"2026-03-14T09:02:34Z","resourceId":"/SUBSCRIPTIONS/S/X","operationName":"Run Command on Virtual Machine","category":"Administrative","correlationId":"c"}"#;
    let said = errors(&scan_text(&[], format!("{record}\n{record}\n").as_bytes()));
    assert!(said.contains("2 records with a display name"), "{said}");
}

#[test]
fn a_quote_left_open_hides_no_record_and_is_named() {
    let quoted = |at: usize| format!("\"{}\"", hit(at).replace('"', "\"\""));
    let text = format!(
        "_time,_raw\nx,{}\ny,\"open\nx,{}\nx,{}\n",
        quoted(1),
        hit(2).replace('"', "\"\""),
        hit(3).replace('"', "\"\"")
    );
    let output = scan_text(&[], text.as_bytes());
    let said = errors(&output);
    assert_eq!(output.status.code(), Some(2), "{said}");
    assert!(
        rows(&output).len() == 3 && said.contains("is a quote left open"),
        "{said}"
    );
    let prefixed = csv_of(&[
        &["_time", "_raw"],
        &["x", &format!("Jan 1 host: {}", hit(1))],
        &["x", &format!("Jan 1 host: {}", hit(2))],
    ]);
    let output = scan_text(&[], &prefixed);
    let numbers: Vec<_> = rows(&output).iter().map(|row| row["record"].clone()).collect();
    assert_eq!(
        (numbers, output.status.code()),
        (vec![1.into(), 2.into()], Some(0)),
        "{}",
        errors(&output)
    );
    let ragged = csv_of(&[&["_time", "_raw"], &["x", &hit(1), "more"], &["x", &hit(2)]]);
    let output = scan_text(&[], &ragged);
    assert!(
        errors(&output).contains("row 1 has 3 cells, the header 2"),
        "{}",
        errors(&output)
    );
    assert_eq!(rows(&output).len(), 2);
    let endless = format!("_time,_raw\nx,\"{}", "y".repeat(9 << 20));
    let output = scan_text(&[], endless.as_bytes());
    assert!(
        errors(&output).contains("larger than 4 MiB, or a quote is left open"),
        "{}",
        errors(&output)
    );
}
