//! `directvm explain`: every example of the catalogue, and the whole output.

mod records;

use crate::catalogue::{catalogue, each_example};
use crate::support::{BINARY, command, golden};
use crate::tuning;
use directvm::catalogue::Expected;
use directvm::cli::explain::{Format, detector, head, of_text};
use directvm::detect::trace::explain;
use directvm::detect::tune::Tuning;
use directvm::scan::sanitise::is_terminal_control;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::Write as _;
use std::process::Stdio;

#[test]
fn each_example_names_its_operation_and_each_near_miss_what_failed() {
    let detector = detector(&catalogue(), Tuning::default());
    let mut accounts: BTreeMap<String, String> = BTreeMap::new();
    let mut faults = Vec::new();
    each_example(&mut |family, operation, example| {
        let id = family.operation_id(operation);
        let event = example
            .whole(family, operation)
            .expect("an example is JSON")
            .to_string();
        let account = accounts.entry(family.family.clone()).or_default();
        let kind = format!("{:?}", example.verdict).to_lowercase();
        let _infallible = writeln!(account, "## {id}, {kind}: {}", example.what);
        let document = detector.reader().read(event.as_bytes());
        let entries = document.entries(detector.reader());
        for entry in &entries {
            let explanation = explain(&detector, entry.format, &entry.value);
            let named = explanation
                .finding
                .as_ref()
                .map(|finding| finding.rule.id.as_str());
            let missed = explanation
                .misses
                .iter()
                .any(|miss| miss.id == id && !miss.failed.is_empty());
            // A near miss may also have a name other than that of the operation.
            let has_name = explanation
                .name
                .as_ref()
                .is_some_and(|(_, name)| name.eq_ignore_ascii_case(&operation.name));
            let is_named = named == Some(id.as_str());
            let is_right = match example.verdict {
                Expected::Hit => is_named,
                Expected::Miss => !is_named && (missed || !has_name || named.is_some()),
            };
            if !is_right {
                faults.push(format!("{id} ({})", example.what));
            }
            account.push_str(&head(&detector, &explanation));
        }
        if entries.is_empty() {
            account.push_str("format: unknown\n");
        }
        account.push('\n');
    });
    assert!(faults.is_empty(), "not explained: {}", faults.join("; "));
    let names: Vec<String> = accounts
        .keys()
        .map(|family| format!("explain/family/{family}.txt"))
        .collect();
    for (name, account) in names.iter().zip(accounts.values()) {
        golden::check(name, account);
    }
    golden::assert_no_orphans(
        "explain/family",
        &names.iter().map(String::as_str).collect::<Vec<_>>(),
    );
}

/// One event and one list, with a rule for each possible result.
fn whole(format: Format) -> String {
    let rules = [
        tuning::row(&[
            ("id", "patching"),
            ("document", "AWS-*"),
            ("src", "203.0.113.0/24"),
            ("reason", "Patch pipeline"),
        ]),
        tuning::row(&[("id", "later"), ("account", "111122223333")]),
        tuning::row(&[
            ("id", "raise"),
            ("target", "i-0fff*"),
            ("action", "severity"),
            ("value", "+1"),
            ("reason", "Crown jewels"),
        ]),
        tuning::row(&[
            ("id", "ended"),
            ("account", "111122223333"),
            ("expires", "2026-01-01"),
        ]),
        tuning::row(&[("id", "off"), ("account", "111122223333"), ("enabled", "0")]),
        tuning::row(&[("id", "elsewhere"), ("account", "444455556666")]),
        tuning::row(&[("id", "refused"), ("owner", ""), ("account", "1")]),
    ];
    let detector = detector(&catalogue(), tuning::list(&rules));
    of_text(&detector, tuning::event().to_string().as_bytes(), format).expect("it is JSON")
}

#[test]
fn a_whole_explanation_as_text() {
    golden::check("explain/whole.txt", &whole(Format::Text));
}

#[test]
fn a_whole_explanation_as_json() {
    let account = whole(Format::Json);
    assert_eq!(account.lines().count(), 1, "one line an event");
    let value: serde_json::Value = serde_json::from_str(&account).expect("it is JSON");
    golden::check("explain/whole.json", &format!("{value:#}\n"));
}

fn run(args: &[&str], input: &str) -> (i32, String, String) {
    let mut child = command(BINARY)
        .arg("explain")
        .args(args)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program starts");
    let mut stdin = child.stdin.take().expect("a pipe");
    // The program may end before it has read anything.
    let _gone = stdin.write_all(input.as_bytes());
    drop(stdin);
    let output = child.wait_with_output().expect("the program ends");
    let text = |bytes| String::from_utf8(bytes).expect("text");
    (
        output.status.code().unwrap_or(-1),
        text(output.stdout),
        text(output.stderr),
    )
}

#[test]
fn events_come_from_a_file_or_standard_input() {
    let event = tuning::event().to_string();
    let folder = tempfile::tempdir().expect("temporary folder");
    let file = folder.path().join("event.json");
    std::fs::write(&file, &event).expect("the event is written");
    let from_file = run(&[&file.display().to_string()], "");
    assert_eq!(from_file.0, 0);
    assert!(
        from_file.1.contains("operation: aws_ssm_command.send_command"),
        "{}",
        from_file.1
    );
    assert_eq!(run(&[], &event), from_file);
    assert_eq!(run(&["-"], &event), from_file);
    let batch = format!("{{\"Records\":[{event},{event}]}}");
    let lines = run(&["--format", "json"], &batch).1;
    assert_eq!(
        lines
            .lines()
            .filter(|line| line.contains("aws_ssm_command.send_command"))
            .count(),
        2
    );
}

#[test]
fn input_that_cannot_be_explained_is_reported() {
    let (status, out, _) = run(&[], "{\"hello\":1}");
    assert!(status == 0 && out.starts_with("format: unknown"), "{out}");
    for (args, input) in [
        (&["no-such-file.json"][..], ""),
        (&[], "no JSON"),
        (&["--tuning", "no-such-list.csv"], "{}"),
    ] {
        let (status, out, err) = run(args, input);
        assert!(
            status == 2 && out.is_empty() && err.starts_with("directvm: "),
            "{args:?}: {out}{err}"
        );
    }
}

#[test]
fn an_event_cannot_forge_lines_of_its_explanation() {
    let mut event = tuning::event();
    event["userAgent"] = "x\ntuning: no rules\noperation: none".into();
    let (_, out, _) = run(&[], &event.to_string());
    assert_eq!(
        out.lines().filter(|line| line.starts_with("operation:")).count(),
        1,
        "{out}"
    );
}

/// A member of the JSON that explains an event.
fn json_member(event: &str, name: &str) -> serde_json::Value {
    let (status, out, err) = run(&["--format", "json"], event);
    assert_eq!(status, 0, "{err}");
    let mut value: serde_json::Value = serde_json::from_str(&out).expect("it is JSON");
    value[name].take()
}

#[test]
fn each_value_is_shown_once_with_its_path() {
    let (_, out, _) = run(&[], &tuning::event().to_string());
    let lines: Vec<&str> = out.lines().map(str::trim).collect();
    for wanted in [
        "dvm_src = 203.0.113.24 ← sourceIPAddress (also SourceIP, src)",
        "dvm_region = eu-west-1 ← awsRegion (also vendor_region)",
        "dvm_document = AWS-RunShellScript ← requestParameters.documentName",
        "dvm_outcome = success",
    ] {
        assert!(lines.contains(&wanted), "{wanted} is not in\n{out}");
    }
    let starts = |name: &str| {
        let beginning = format!("{name} = ");
        lines.iter().filter(|line| line.starts_with(&beginning)).count()
    };
    assert_eq!((starts("dvm_src"), starts("src"), starts("SourceIP")), (1, 0, 0));
    let values = json_member(&tuning::event().to_string(), "values");
    let values = values.as_array().expect("a list");
    let src = values.iter().find(|value| value["field"] == "dvm_src");
    assert_eq!(
        src.expect("there is a source")["paths"],
        serde_json::json!(["sourceIPAddress"])
    );
}

#[test]
fn a_value_that_was_made_of_several_names_each_path() {
    let target = "/subscriptions/0b1f6471-1bf0-4dda-aec3-cb9272f09590/resourceGroups/rg/providers/Microsoft.Compute/virtualMachines/Web-01";
    let event = serde_json::json!({
        "time": "2026-03-14T09:26:53Z",
        "resourceId": target,
        "operationName": "MICROSOFT.COMPUTE/VIRTUALMACHINES/RUNCOMMAND/ACTION",
        "category": "Administrative",
        "resultType": "Success",
        "callerIpAddress": "203.0.113.7:4711",
        "identity": {"claims": {"upn": "ana@example.com"}},
    });
    let values = json_member(&event.to_string(), "values");
    let values = values.as_array().expect("a list");
    let paths = |field: &str| {
        let value = values.iter().find(|value| value["field"] == field);
        value.map(|value| value["paths"].clone()).unwrap_or_default()
    };
    assert_eq!(paths("dvm_src"), serde_json::json!(["callerIpAddress"]));
    assert_eq!(paths("dvm_target"), serde_json::json!(["resourceId"]));
    assert_eq!(paths("dvm_account"), serde_json::json!(["resourceId"]));
    assert_eq!(paths("dvm_verdict"), serde_json::json!([]));
}

#[test]
fn an_unknown_operation_is_asked_about_only_if_one_is_near() {
    let named = |name: &str| {
        let mut event = tuning::event();
        event["eventName"] = name.into();
        event.to_string()
    };
    let (_, out, _) = run(&[], &named("StartSesion"));
    assert!(
        out.contains("eventName=StartSesion is not the name of an operation in the catalogue (did you mean StartSession?)"),
        "{out}"
    );
    assert_eq!(
        json_member(&named("startsession"), "did_you_mean"),
        "StartSession"
    );
    for other in ["DescribeInstances", "ListBuckets", "Start", ""] {
        assert!(json_member(&named(other), "did_you_mean").is_null(), "{other}");
    }
    assert!(json_member(&named("SendCommand"), "did_you_mean").is_null());
}

#[test]
fn an_operation_of_the_extended_scope_says_so() {
    let mut event = tuning::event();
    event["eventName"] = "GetPasswordData".into();
    event["eventSource"] = "ec2.amazonaws.com".into();
    event["requestParameters"] = serde_json::json!({"instanceId": "i-0a1b2c3d4e5f60718"});
    let said = "only a search or scan with scope extended finds it";
    assert!(run(&[], &event.to_string()).1.contains(said));
    assert!(!run(&[], &tuning::event().to_string()).1.contains(said));
    assert_eq!(json_member(&event.to_string(), "scope"), "extended");
}

#[test]
fn a_rule_is_a_sound_row_that_matches_its_event() {
    let event = tuning::event();
    let (status, out, _) = run(&["--rule"], &event.to_string());
    assert_eq!(status, 0);
    let wanted = "deploy-aws_ssm_command.send_command,1,aws,aws_ssm_command.send_command,,,\
        arn:aws:sts::111122223333:assumed-role/Deploy,,,,111122223333,,,,expect,,2026-06-12,REASON,OWNER";
    let [header, row] = out.lines().collect::<Vec<_>>()[..] else {
        panic!("{out}")
    };
    assert_eq!(header, directvm::detect::tune::COLUMNS.join(","));
    assert!(row.eq_ignore_ascii_case(wanted), "{row}");
    let list = Tuning::parse(out.as_bytes());
    assert_eq!(list.faults(), []);
    assert_eq!(tuning::verdict(&list, &event), "expected");
    let mut other_session = event.clone();
    other_session["userIdentity"]["arn"] = "arn:aws:sts::111122223333:assumed-role/Deploy/Eve".into();
    assert_eq!(tuning::verdict(&list, &other_session), "expected");
    let mut other_role = event.clone();
    other_role["userIdentity"]["arn"] = "arn:aws:sts::111122223333:assumed-role/Other/Deploy".into();
    assert_eq!(tuning::verdict(&list, &other_role), "report");
    assert_eq!(
        tuning::verdict(&list, &tuning::with("eventTime", "2026-06-12T00:00:00Z")),
        "report"
    );
}

#[test]
fn a_rule_for_a_hostile_name_matches_no_more_than_that_name() {
    let mut event = tuning::event();
    event["userIdentity"] = serde_json::json!({
        "type": "IAMUser",
        "arn": "arn:aws:iam::111122223333:user/a|*\n\u{202e},\"b\"",
        "accountId": "111122223333",
    });
    let (_, out, _) = run(&["--rule"], &event.to_string());
    let list = Tuning::parse(out.as_bytes());
    assert_eq!(list.faults(), [], "{out}");
    assert_eq!(tuning::verdict(&list, &event), "expected", "{out}");
    assert_eq!(tuning::verdict(&list, &tuning::event()), "report");
    let mut other = event.clone();
    other["userIdentity"]["arn"] = "arn:aws:iam::111122223333:user/a".into();
    assert_eq!(tuning::verdict(&list, &other), "report");
}

#[test]
fn a_rule_is_written_only_where_the_log_proves_a_principal() {
    let mut several = tuning::event();
    several["userIdentity"]["arn"] = "arn:aws:sts::111122223333:assumed-role/Other/x".into();
    let batch = format!("{{\"Records\":[{},{several},{several}]}}", tuning::event());
    assert_eq!(
        run(&["--rule"], &batch).1.lines().count(),
        3,
        "the header and two rules"
    );
    for (args, input) in [
        (&["--rule"][..], "{\"hello\":1}"),
        (
            &["--rule"],
            r#"{"eventName":"DescribeInstances","eventSource":"ec2.amazonaws.com","eventVersion":"1.08"}"#,
        ),
        (&["--rule", "--format", "json"], "{}"),
    ] {
        let (status, out, err) = run(args, input);
        assert!(
            status == 2 && out.is_empty() && !err.is_empty(),
            "{args:?}: {out}{err}"
        );
    }
}

#[test]
fn the_trust_table_is_asked_and_its_answer_shown() {
    let mut event = tuning::event();
    assert!(
        run(&[], &event.to_string())
            .1
            .contains("\ntrust: nothing in the event proves")
    );
    event["userIdentity"]["invokedBy"] = "events.amazonaws.com".into();
    event["sourceIPAddress"] = "events.amazonaws.com".into();
    let (_, out, _) = run(&[], &event.to_string());
    assert!(out.contains("\ntrust: standing order: "), "{out}");
    assert_eq!(
        json_member(&event.to_string(), "trust")["answer"],
        "standing_order"
    );
    event["userIdentity"] = serde_json::json!({
        "type": "AssumedRole",
        "arn": "arn:aws:sts::111122223333:assumed-role/AWSServiceRoleForAmazonSSM/StateManagerService",
        "accountId": "111122223333",
        "sessionContext": {"sessionIssuer": {
            "type": "Role",
            "arn": "arn:aws:iam::111122223333:role/aws-service-role/ssm.amazonaws.com/AWSServiceRoleForAmazonSSM",
        }},
        "invokedBy": "ssm.amazonaws.com",
    });
    event["sourceIPAddress"] = "ssm.amazonaws.com".into();
    event["requestParameters"]["documentName"] = "AWS-GatherSoftwareInventory".into();
    let (_, out, _) = run(&[], &event.to_string());
    let line = out.lines().find(|line| line.starts_with("trust: routine: "));
    let line = line.unwrap_or_else(|| panic!("{out}"));
    assert!(
        line.contains("userIdentity.invokedBy") && line.contains(", routine "),
        "{line}"
    );
}

#[test]
fn an_explanation_cannot_steer_a_terminal() {
    let hostile = "x\u{9b}31m\u{202e}\u{2066}\u{7f}\u{1b}[2J\u{2028}\u{e0041}";
    let mut event = tuning::event();
    event["userAgent"] = hostile.into();
    event["userIdentity"]["arn"] = format!("arn:aws:iam::111122223333:user/{hostile}").into();
    event["requestParameters"]["documentName"] = hostile.into();
    let mut unknown = event.clone();
    unknown["eventName"] = hostile.into();
    for event in [event.to_string(), unknown.to_string()] {
        for args in [&[][..], &["--format", "json"], &["--rule"]] {
            let (_, out, err) = run(args, &event);
            for text in [out, err] {
                let mut steering = text.chars().filter(|c| *c != '\n');
                assert!(!steering.any(is_terminal_control), "{args:?}: {text:?}");
            }
        }
    }
}

/// The paths that a field of the explanation of an event was read from.
fn paths_of(explained: &serde_json::Value, field: &str) -> Vec<String> {
    let values = explained["values"].as_array().expect("a list");
    let is_it = |value: &&serde_json::Value| {
        let mut also = value["also"].as_array().expect("a list").iter();
        value["field"] == field || also.any(|also| also == field)
    };
    let value = values
        .iter()
        .find(is_it)
        .unwrap_or_else(|| panic!("{field} in {explained}"));
    let paths = value["paths"].as_array().expect("a list").iter();
    paths
        .map(|path| path.as_str().expect("a text").to_owned())
        .collect()
}

#[test]
fn a_value_is_shown_with_the_paths_that_it_hangs_on() {
    let of_service = serde_json::json!({
        "eventVersion": "1.11", "eventTime": "2026-05-02T07:11:00Z", "eventSource": "ssm.amazonaws.com",
        "eventName": "SendCommand", "sourceIPAddress": "ssm.amazonaws.com", "errorCode": "AccessDenied",
        "recipientAccountId": "222233334444",
        "requestParameters": {
            "documentName": "AWS-RunPatchBaseline",
            "instanceIds": ["i-0c0ffee0c0ffee001"], "targets": [{ "key": "tag:stage", "values": ["prod"] }],
        },
        "userIdentity": {
            "type": "AssumedRole", "invokedBy": "ssm.amazonaws.com",
            "arn": "arn:aws:sts::222233334444:assumed-role/Deploy/Run",
        },
    });
    let of_azure = serde_json::json!({
        "time": "2026-05-02T07:11:00Z", "correlationId": "0d9f", "resultType": "Start", "category": "Administrative",
        "resourceId": "/subscriptions/1/resourceGroups/r/providers/Microsoft.Compute/virtualMachines/web",
        "operationName": "Microsoft.Compute/virtualMachines/runCommand/action",
    });
    let cases = [
        (
            &of_service,
            "dvm_service",
            "userIdentity.invokedBy + sourceIPAddress",
        ),
        (&of_service, "dvm_src", "sourceIPAddress"),
        (&of_service, "dvm_outcome", "errorCode"),
        (
            &of_service,
            "dvm_target",
            "requestParameters.targets{} + requestParameters.instanceIds{}",
        ),
        (&of_service, "dvm_principal", "userIdentity.arn"),
        (&of_azure, "dvm_event_id", "correlationId + resultType + time"),
        (&of_azure, "VMName", "resourceId"),
    ];
    for (event, field, wanted) in cases {
        let detector = detector(&catalogue(), Tuning::default());
        let text = of_text(&detector, event.to_string().as_bytes(), Format::Json).expect("it is JSON");
        let explained: serde_json::Value = serde_json::from_str(&text).expect("it is JSON");
        let mut paths = paths_of(&explained, field);
        let mut wanted: Vec<&str> = wanted.split(" + ").collect();
        paths.sort_unstable();
        wanted.sort_unstable();
        assert_eq!(paths, wanted, "{field}");
    }
}
