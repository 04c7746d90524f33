//! Every kind of condition: what it matches, and what it does not.

use super::{event, list, row, sound, verdict, with};
use serde_json::json;

#[test]
fn each_condition_matches_what_it_should_and_nothing_else() {
    let cases = [
        ("cloud", "aws", true),
        ("cloud", "AWS|gcp", true),
        ("cloud", "a?s", true),
        ("cloud", "azure | gcp", false),
        ("operation", "aws_ssm_command.send_command", true),
        ("operation", "SENDCOMMAND", true),
        ("operation", "aws_ssm_*", true),
        ("operation", "StartSession|SendCommand", true),
        ("operation", "Send", false),
        ("operation", "aws_ssm_session.*", false),
        ("access", "run_command", true),
        ("access", "run_*", true),
        ("access", "shell_session|tunnel", false),
        ("actor", "arn:aws:sts::111122223333:assumed-role/Deploy/*", true),
        (
            "actor",
            "ARN:AWS:STS::111122223333:ASSUMED-ROLE/DEPLOY/DANA",
            true,
        ),
        ("actor", "*/deploy/????", true),
        ("actor", "*/deploy/???", false),
        ("actor", "arn:aws:sts::111122223333:assumed-role/Deploy", false),
        ("principal", "arn:aws:sts::111122223333:assumed-role/deploy", true),
        ("principal", "*:assumed-role/Deploy", true),
        ("principal", "*/dana", false),
        ("person", "*dana*", false),
        ("service", "ssm.amazonaws.com", false),
        ("target", "i-0ffffffffffffffff", false),
        ("target", "I-0A1B2C3D4E5F60718|I-0FFFFFFFFFFFFFFFF", true),
        ("target", "i-0a1b*|i-0fff*", true),
        ("target", "i-0000*|i-0fff*", false),
        ("target", "i-*", true),
        ("target", "i-0a1b2c3d4e5f6071", false),
        ("account", "111122223333", true),
        ("account", "1111*3333", true),
        ("account", "444455556666", false),
        ("src", "203.0.113.24", true),
        ("src", "203.0.113.0/24", true),
        ("src", "203.0.113.77/24", true),
        ("src", "203.0.113.24/32", true),
        ("src", "203.0.113.25/32", false),
        ("src", "203.0.113.16/29", false),
        ("src", "203.0.113.*", true),
        ("src", "2001:db8::/32", false),
        ("src", "10.0.0.0/8 | 203.0.113.0/25", true),
        ("src", "::ffff:203.0.113.0/120", true),
        ("document", "aws-runshellscript", true),
        ("document", "AWS-Run?hell*", true),
        ("document", "AWS-RunPatchBaseline", false),
        ("user_agent", "Boto3/*", true),
        ("user_agent", "*M\u{fc}NCHEN", true),
        ("user_agent", "*M\u{dc}NCHEN", false),
        ("user_agent", "*m?nchen", true),
        ("user_agent", "aws-cli/*", false),
    ];
    for (column, cell, holds) in cases {
        let wanted = if holds { "expected" } else { "report" };
        let tuning = sound(&[row(&[(column, cell)])]);
        assert_eq!(verdict(&tuning, &event()), wanted, "{column}={cell}");
    }
}

#[test]
fn a_lowering_rule_needs_every_target_and_a_raising_one_any() {
    let one = ("target", "i-0fff*");
    let both = ("target", "i-0fff*|i-0a1b*");
    let applies = |target, action, value| {
        let rule = row(&[target, ("action", action), ("value", value)]);
        !super::tag(&sound(&[rule]), &event())
            .field("dvm_tuning")
            .is_empty()
    };
    let base = super::tag(&sound(&[]), &event());
    assert_eq!(
        base.field("dvm_severity"),
        ["high"],
        "the event was chosen for it"
    );
    for (action, value, needs_every) in [
        ("suppress", "", true),
        ("expect", "", true),
        ("severity", "-1", true),
        ("severity", "medium", true),
        ("severity", "high", false),
        ("severity", "critical", false),
        ("severity", "+1", false),
    ] {
        assert!(applies(both, action, value), "{action} {value}");
        assert_eq!(applies(one, action, value), !needs_every, "{action} {value}");
    }
}

#[test]
fn whether_a_severity_rule_lowers_depends_on_the_rules_before_it() {
    let severity = |id, value, target| {
        row(&[
            ("id", id),
            ("action", "severity"),
            ("value", value),
            ("target", target),
        ])
    };
    let any = "i-0fff*";
    let tuned = |rules: &[String]| {
        let seen = super::tag(&sound(rules), &event());
        (
            seen.field("dvm_severity").concat(),
            seen.field("dvm_tuning").concat(),
        )
    };
    let (level, by) = tuned(&[severity("a", "critical", any), severity("b", "high", any)]);
    assert_eq!((level.as_str(), by.as_str()), ("critical", "a: Known work"));
    let (level, by) = tuned(&[severity("a", "low", "i-*"), severity("b", "medium", any)]);
    assert_eq!(
        (level.as_str(), by.as_str()),
        ("medium", "a: Known work; b: Known work")
    );
}

#[test]
fn a_target_that_is_not_listed_is_not_taken_for_a_harmless_one() {
    let mut many = event();
    let ids: Vec<String> = (0..1_500).map(|at| format!("i-{at:017x}")).collect();
    many["requestParameters"]["instanceIds"] = ids.into();
    let rule = |action| row(&[("target", "i-*"), ("action", action), ("value", "")]);
    assert_eq!(verdict(&sound(&[rule("expect")]), &many), "report");
    assert_eq!(verdict(&sound(&[rule("suppress")]), &many), "report");
    let raised = row(&[
        ("target", "i-00000000000000007"),
        ("action", "severity"),
        ("value", "+1"),
    ]);
    assert_ne!(super::tag(&sound(&[raised]), &many).field("dvm_tuning"), [""; 0]);
    // The machine that a rule which raises is about may be among those that are not listed.
    let unlisted = row(&[
        ("target", "i-000000000000005db"),
        ("action", "severity"),
        ("value", "+1"),
    ]);
    assert_ne!(
        super::tag(&sound(&[unlisted]), &many).field("dvm_tuning"),
        [""; 0]
    );
}

#[test]
fn a_call_that_reaches_more_than_its_harmless_targets_is_not_lowered() {
    let lowered = sound(&[row(&[("target", "i-0fff*|i-0a1b*")])]);
    assert_eq!(
        verdict(&lowered, &event()),
        "expected",
        "the event was chosen for it"
    );
    let mut both = event();
    both["requestParameters"]["targets"] = json!([{ "key": "tag:Env", "values": ["prod"] }]);
    assert_eq!(verdict(&lowered, &both), "report");
    let seen = super::tag(&lowered, &both);
    assert_eq!(seen.field("dvm_target").last(), Some(&"tag:Env=prod"));
    assert_eq!(seen.field("dvm_target_type"), ["tag"]);
    for places in [
        json!({ "targetLocations": [{ "accounts": ["444455556666"], "regions": ["eu-west-1"] }] }),
        json!({ "targetLocationsURL": "https://example.com/places" }),
    ] {
        let mut automation = event();
        automation["eventName"] = "StartAutomationExecution".into();
        automation["requestParameters"] = json!({
            "documentName": "tidy-up", "parameters": { "InstanceId": ["i-0a1b2c3d4e5f60718"] },
        });
        assert_eq!(verdict(&lowered, &automation), "expected", "{automation}");
        let members = places.as_object().expect("members").clone();
        automation["requestParameters"]
            .as_object_mut()
            .expect("members")
            .extend(members);
        assert_eq!(verdict(&lowered, &automation), "report", "{automation}");
    }
}

#[test]
fn person_and_service_are_those_that_the_provider_vouches_for() {
    let mut vouched = event();
    vouched["userIdentity"]["sessionContext"] = json!({"sourceIdentity": "ana@example.com"});
    for (column, cell, wanted) in [
        ("person", "ana@example.com", "expected"),
        ("person", "ben@example.com", "report"),
        ("actor", "*/Ana", "report"),
    ] {
        let tuning = sound(&[row(&[(column, cell)])]);
        assert_eq!(verdict(&tuning, &vouched), wanted, "{column}={cell}");
    }
    let mut called = with("sourceIPAddress", "events.amazonaws.com");
    called["userIdentity"]["invokedBy"] = "events.amazonaws.com".into();
    let by_service = sound(&[row(&[("service", "events.amazonaws.com")])]);
    assert_eq!(verdict(&by_service, &called), "expected");
    let mut claimed = event();
    claimed["userAgent"] = "events.amazonaws.com".into();
    assert_eq!(verdict(&by_service, &claimed), "report");
}

#[test]
fn the_name_that_a_guest_typed_matches_no_actor() {
    let connected = |who: serde_json::Value, name: &str| {
        json!({
            "logName": "projects/acme-prod/logs/cloudaudit.googleapis.com%2Factivity",
            "insertId": "1abc2de",
            "timestamp": "2026-03-14T09:26:53Z",
            "resource": {"type": "gce_instance", "labels": {"project_id": "acme-prod", "zone": "europe-west1-b", "instance_id": "4711"}},
            "protoPayload": {
                "@type": "type.googleapis.com/google.cloud.audit.AuditLog",
                "serviceName": "europe-west1-ssh-serialport.googleapis.com",
                "methodName": "google.ssh-serialport.v1.connect",
                "authenticationInfo": who,
                "request": {"username": name},
                "resourceName": "projects/acme-prod/zones/europe-west1-b/instances/web-01/SerialPort/1",
                "status": {"message": "Connection succeeded."},
            },
        })
    };
    let by_actor = sound(&[
        row(&[("actor", "ana@example.com")]),
        row(&[("id", "r2"), ("actor", "ana*"), ("cloud", "gcp")]),
    ]);
    let guest = connected(json!(null), "ana@example.com");
    assert_eq!(
        super::tag(&by_actor, &guest).field("dvm_actor"),
        ["ana@example.com"]
    );
    assert_eq!(verdict(&by_actor, &guest), "report");
    let proven = connected(json!({"principalEmail": "ana@example.com"}), "x");
    assert_eq!(verdict(&by_actor, &proven), "expected");
    let by_account = sound(&[row(&[("account", "acme-prod"), ("cloud", "gcp")])]);
    assert_eq!(verdict(&by_account, &guest), "expected");
}

#[test]
fn letters_that_merely_look_alike_do_not_match() {
    let cases = [
        ("\u{212a}ernel", "kernel"),
        ("kernel", "\u{212a}ernel"),
        ("D\u{131}sk", "disk"),
        ("disk", "D\u{130}sk"),
        ("\u{17f}sm", "ssm"),
        ("ssm", "\u{17f}sm"),
        ("\u{c4}rger", "\u{e4}rger"),
    ];
    for (cell, document) in cases {
        for pattern in [cell.to_owned(), format!("*{cell}*")] {
            let mut named = event();
            named["requestParameters"]["documentName"] = document.into();
            let tuning = sound(&[row(&[("document", &pattern)])]);
            assert_eq!(verdict(&tuning, &named), "report", "{pattern} {document}");
        }
    }
}

#[test]
fn all_conditions_of_a_rule_must_match() {
    let both = |src| sound(&[row(&[("actor", "*/Dana"), ("src", src)])]);
    assert_eq!(verdict(&both("203.0.113.0/24"), &event()), "expected");
    assert_eq!(verdict(&both("10.0.0.0/8"), &event()), "report");
}

#[test]
fn networks_match_exactly_their_addresses() {
    let cases = [
        ("10.0.0.0/30", "10.0.0.3", true),
        ("10.0.0.0/30", "10.0.0.4", false),
        ("10.0.0.0/31", "10.0.0.1", true),
        ("10.0.0.0/0", "192.0.2.1", true),
        ("2001:db8::/126", "2001:db8::3", true),
        ("2001:db8::/126", "2001:db8::4", false),
        ("2001:DB8:0:0::1", "2001:db8::1", true),
        ("2001:db8::1/128", "2001:0db8:0000::0001", true),
        ("::/0", "2001:db8::1", true),
        ("::/0", "10.0.0.1", false),
        ("10.0.0.0/8", "::ffff:10.1.2.3", true),
        ("10.0.0.0/8", "ssm.amazonaws.com", false),
        ("ssm.amazonaws.com", "ssm.amazonaws.com", true),
        ("*.amazonaws.com", "ssm.amazonaws.com", true),
    ];
    for (cell, src, holds) in cases {
        let tuning = sound(&[row(&[("src", cell), ("cloud", "aws")])]);
        let wanted = if holds { "expected" } else { "report" };
        assert_eq!(
            verdict(&tuning, &with("sourceIPAddress", src)),
            wanted,
            "{src} in {cell}"
        );
    }
}

#[test]
fn a_condition_on_a_value_that_the_event_has_not_fails_but_an_asterisk_does_not() {
    let mut no_agent = event();
    no_agent["userAgent"] = json!(null);
    for (cell, wanted) in [
        ("*", "expected"),
        ("**", "expected"),
        ("?*", "report"),
        ("x|*", "expected"),
    ] {
        let tuning = sound(&[row(&[("user_agent", cell), ("account", "111122223333")])]);
        assert_eq!(verdict(&tuning, &no_agent), wanted, "{cell}");
    }
}

#[test]
fn a_rule_that_matches_every_finding_is_refused() {
    let all_access = directvm::catalogue::AccessType::ALL
        .iter()
        .map(|access| access.as_str())
        .collect::<Vec<_>>()
        .join("|");
    let nothing: &[&[(&str, &str)]] = &[
        &[],
        &[("actor", "*")],
        &[("actor", " ** "), ("target", "*")],
        &[("actor", "?*")],
        &[("target", "i-1|*")],
        &[("src", "0.0.0.0/0")],
        &[("src", "::/0|10.0.0.0/8")],
        &[("cloud", "aws|azure|gcp")],
        &[("cloud", "a*|g*")],
        &[("access", &all_access)],
        &[("access", "*_*|tunnel|preparation")],
        &[("expires", "2030-01-01")],
    ];
    for cells in nothing {
        let tuning = list(&[row(cells)]);
        assert!(tuning.rules().is_empty(), "{cells:?}");
        assert!(
            tuning.faults()[0]
                .to_string()
                .contains("the rule matches every finding"),
            "{cells:?}"
        );
        assert_eq!(verdict(&tuning, &event()), "report");
    }
}

#[test]
fn a_rule_that_is_switched_off_does_not_apply() {
    for (cell, wanted) in [
        ("0", "report"),
        ("False", "report"),
        ("n", "report"),
        ("", "expected"),
        ("YES", "expected"),
    ] {
        let tuning = sound(&[row(&[("enabled", cell), ("cloud", "aws")])]);
        assert_eq!(verdict(&tuning, &event()), wanted, "{cell}");
    }
}

#[test]
fn a_rule_applies_until_it_ends_by_the_events_own_time() {
    let cases = [
        ("2026-03-15", "2026-03-14T23:59:59.999999Z", true),
        ("2026-03-15", "2026-03-15T00:00:00Z", false),
        ("2026-03-14T12:00:00", "2026-03-14T11:59:59Z", true),
        ("2026-03-14T12:00:00", "2026-03-14T12:00:00Z", false),
        ("2026-03-14T12:00:00Z", "2026-03-14T11:59:59.999Z", true),
        ("2026-03-14T14:00:00+02:00", "2026-03-14T11:59:59Z", true),
        ("2026-03-14T14:00:00+02:00", "2026-03-14T12:00:00Z", false),
        ("2026-03-14T07:00:00-05:00", "2026-03-14T13:59:59+02:00", true),
        ("2026-03-14T12:00:00Z", "2026-03-14T11:59:59", true),
        ("2026-03-14T12:00:00Z", "2026-03-14 12:00:00", false),
        ("2026-03-14", "1773446399", true),
        ("2026-03-14", "1773446400", false),
        ("2026-03-14", "1773446399999", true),
        ("2026-03-14", "1773446400000", false),
        ("2099-01-01", "the other day", false),
        ("2099-01-01", "", false),
        ("", "the other day", true),
    ];
    for (expires, time, applies) in cases {
        let tuning = sound(&[row(&[("cloud", "aws"), ("expires", expires)])]);
        let wanted = if applies { "expected" } else { "report" };
        assert_eq!(
            verdict(&tuning, &with("eventTime", time)),
            wanted,
            "{expires} {time}"
        );
    }
}
