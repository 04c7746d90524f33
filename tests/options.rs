//! Every option of the command does what its documentation says, in every spelling.

use serde_json::Value;

use crate::protocol::{example, mixed, operations, quiet};
use crate::support::{Outcome, Search, SearchEvent};
use directvm::catalogue::Severity;
use directvm::detect::finding::{FIELDS, Group};

const BOTH: &str = "aws_ssm_session.start_session";

fn run(options: &str, events: Vec<SearchEvent>) -> Outcome {
    Search::new()
        .probes(0)
        .spl(options)
        .chunk(events)
        .run()
        .expect_clean()
}

fn found(options: &str, events: Vec<SearchEvent>) -> Vec<String> {
    operations(&run(options, events)).into_iter().flatten().collect()
}

fn required(outcome: &Outcome) -> Vec<&str> {
    let list = outcome.getinfo["required_fields"].as_array().expect("a list");
    list.iter().filter_map(Value::as_str).collect()
}

#[test]
fn filter_passes_findings_only_and_in_order() {
    let tagged: Vec<SearchEvent> = run("", mixed())
        .events
        .into_iter()
        .filter(|event| event.text("AlertType").is_some())
        .collect();
    assert_eq!(tagged.len(), 4);
    assert_eq!(run("mode=filter", mixed()).events, tagged);
    let search = Search::new().spl("mode=filter").ignore_required_fields();
    let outcome = search
        .chunk(mixed())
        .chunk(vec![SearchEvent::from_json(&quiet())])
        .chunk(mixed());
    assert_eq!(
        outcome.run().expect_clean().events,
        [tagged.clone(), tagged].concat()
    );
    assert_eq!(run("mode=tag", mixed()).events.len(), 8);
}

#[test]
fn cloud_chooses_the_providers() {
    let cases = [
        ("cloud=aws", vec!["aws", "aws"]),
        ("cloud=azure", vec!["azure"]),
        ("cloud=GCP", vec!["gcp"]),
        ("cloud=gcp,aws", vec!["aws", "gcp", "aws"]),
        ("cloud=\"aws, azure\"", vec!["aws", "azure", "aws"]),
        ("", vec!["aws", "azure", "gcp", "aws"]),
    ];
    for (options, wanted) in cases {
        for input in ["raw", "fields", "auto"] {
            let outcome = run(&format!("{options} input={input}"), mixed());
            let clouds: Vec<String> = outcome
                .events
                .iter()
                .filter_map(|event| event.text("dvm_cloud"))
                .collect();
            assert_eq!(clouds, wanted, "{options} input={input}");
        }
    }
    let outcome = run("cloud=gcp", Vec::new());
    assert!(
        required(&outcome)
            .iter()
            .all(|field| !field.starts_with("requestParameters"))
    );
}

#[test]
fn scope_extended_adds_the_rest_of_the_catalogue() {
    let secret = || {
        vec![SearchEvent::from_json_with_raw(&example(
            "aws_ec2_credentials.get_password_data",
        ))]
    };
    for input in ["raw", "fields", "auto"] {
        assert!(found(&format!("input={input}"), secret()).is_empty());
        assert!(found(&format!("input={input} scope=core"), secret()).is_empty());
        let extended = found(&format!("input={input} scope=extended"), secret());
        assert_eq!(extended, ["aws_ec2_credentials.get_password_data"], "{input}");
    }
}

#[test]
fn min_severity_ignores_findings_below_it() {
    let mut denied = example("aws_ssm_command.send_command");
    denied["errorCode"] = "AccessDeniedException".into();
    let events = || {
        let ids = [
            "aws_ssm_session.terminate_session",
            "aws_ssm_command.send_command",
            "azure_run_command.run_command",
            "gcp_serial_port.connect",
            "azure_serial_console.connect",
        ];
        let hits = ids.iter().map(|id| example(id)).chain([denied.clone()]);
        hits.map(|event| SearchEvent::from_json_with_raw(&event))
            .collect::<Vec<_>>()
    };
    let level = |event: &SearchEvent| event.text("dvm_severity").and_then(|word| Severity::parse(&word));
    let all: Vec<_> = run("", events()).events.iter().map(level).collect();
    assert!(all.iter().all(Option::is_some), "{all:?}");
    let mut counts = Vec::new();
    for word in ["informational", "low", "medium", "high", "critical"] {
        let least = Severity::parse(word);
        let wanted: Vec<_> = all.iter().map(|has| has.filter(|_| *has >= least)).collect();
        let tagged = run(&format!("min_severity={word}"), events());
        assert_eq!(
            tagged.events.iter().map(level).collect::<Vec<_>>(),
            wanted,
            "{word}"
        );
        let passed = run(&format!("min_severity={word} mode=filter"), events()).events;
        let wanted: Vec<_> = wanted.into_iter().flatten().map(Some).collect();
        assert_eq!(passed.iter().map(level).collect::<Vec<_>>(), wanted, "{word}");
        counts.push(passed.len());
    }
    assert_eq!(counts[0], 6);
    assert!(
        counts[3] > 0 && counts[3] < 6 && counts[4] < counts[3],
        "{counts:?} tells levels apart"
    );
}

#[test]
fn input_chooses_where_an_event_is_read() {
    let hit = example(BOTH);
    let raw = SearchEvent::from_raw(hit.to_string());
    let fields = SearchEvent::from_json(&hit);
    let other_raw = fields.clone().with("_raw", quiet().to_string());
    let cases = [
        ("input=raw", &raw, true),
        ("input=raw", &fields, false),
        ("input=raw", &other_raw, false),
        ("input=fields", &raw, false),
        ("input=fields", &fields, true),
        ("input=fields", &other_raw, true),
        ("input=auto", &raw, true),
        ("input=auto", &fields, true),
        ("input=auto", &other_raw, false),
    ];
    for (options, event, is_found) in cases {
        assert_eq!(
            found(options, vec![event.clone()]).len() == 1,
            is_found,
            "{options} {event:?}"
        );
    }
    assert_eq!(
        required(&run("input=raw", Vec::new())),
        ["_raw", "_time", "sourcetype"]
    );
    let asked = run("input=fields", Vec::new());
    assert!(!required(&asked).contains(&"_raw") && required(&asked).contains(&"eventName"));
    assert!(required(&run("", Vec::new())).contains(&"_raw"));
}

#[test]
fn cim_fields_come_unless_they_are_switched_off() {
    let hit = || vec![SearchEvent::from_json_with_raw(&example(BOTH))];
    let cases = [
        ("", true),
        ("cim=t", true),
        ("cim=f", false),
        ("input=fields", true),
        ("input=fields cim=0", false),
        ("input=raw", false),
        ("input=raw cim=yes", true),
    ];
    for (options, is_filled) in cases {
        let outcome = run(options, hit());
        for name in [
            "action",
            "app",
            "dest",
            "src",
            "user",
            "signature_id",
            "vendor_product",
            "mitre_technique_id",
        ] {
            assert_eq!(
                outcome.events[0].text(name).is_some(),
                is_filled,
                "{options}: {name}"
            );
        }
        assert_eq!(outcome.events[0].text("dvm_operation").as_deref(), Some(BOTH));
        let asked = required(&outcome);
        assert_eq!(
            FIELDS
                .iter()
                .filter(|field| field.group == Group::Cim)
                .all(|field| asked.contains(&field.name)),
            is_filled,
            "{options}: {asked:?}"
        );
    }
}

/// Checks that a finding's JSON says what its fields say.
fn check_json(event: &SearchEvent) {
    let line = event.text("dvm_json").expect("the finding as JSON");
    assert!(!line.contains('\n'), "{line}");
    assert!(
        line.starts_with("{\"time\":\"20"),
        "an index takes the first time in a text: {line}"
    );
    let finding: Value = serde_json::from_str(&line).expect("JSON");
    let values = |value: &Value| match value {
        Value::Array(items) => items
            .iter()
            .map(|item| item.as_str().expect("text").to_owned())
            .collect(),
        Value::String(text) => vec![text.clone()],
        other => vec![other.to_string()],
    };
    for field in FIELDS {
        let of_event = event.get(field.name).unwrap_or_default().iter();
        let of_event: Vec<String> = of_event
            .map(|value| String::from_utf8_lossy(value).into_owned())
            .collect();
        let of_json: Vec<String> = finding.get(field.name).map(values).unwrap_or_default();
        assert_eq!(of_json, of_event, "{}", field.name);
        assert_eq!(
            finding[field.name].is_array(),
            field.multivalue && !of_json.is_empty()
        );
    }
}

#[test]
fn json_is_the_finding_with_every_field_that_has_a_value() {
    let events = || {
        let events = mixed().into_iter().filter(|event| event.get("_raw").is_some());
        events.collect::<Vec<_>>()
    };
    for options in ["json=true", "json=1 input=raw cim=t", "json=yes mode=filter"] {
        let (found, others): (Vec<_>, Vec<_>) = run(options, events())
            .events
            .into_iter()
            .partition(|event| event.text("AlertType").is_some());
        found.iter().for_each(check_json);
        assert_eq!(found.len(), 4, "{options}");
        assert!(others.iter().all(|event| event.text("dvm_json").is_none()));
    }
    for options in ["", "json=false", "json=0 cim=t"] {
        let outcome = run(options, events());
        assert!(
            outcome
                .events
                .iter()
                .all(|event| event.text("dvm_json").is_none())
        );
    }
    assert!(required(&run("json=t", Vec::new())).contains(&"dvm_json"));
    let slim = run("json=t input=raw", Vec::new());
    assert_eq!(required(&slim), ["_raw", "_time", "sourcetype"]);
}

#[test]
fn distributed_tells_splunkd_where_to_run() {
    for word in ["1", "t", "true", "y", "yes", "TRUE"] {
        assert_eq!(
            run(&format!("distributed={word}"), Vec::new()).getinfo["type"],
            "streaming",
            "{word}"
        );
    }
    for word in ["0", "f", "false", "n", "no", "No"] {
        let outcome = run(&format!("distributed={word}"), mixed());
        assert_eq!(outcome.getinfo["type"], "stateful", "{word}");
        assert_eq!(outcome.events.len(), 8);
    }
    assert_eq!(run("", Vec::new()).getinfo["type"], "streaming");
}

#[test]
fn name_and_value_may_be_written_in_three_words() {
    let forms = [
        "mode=filter cloud=aws",
        "mode = filter cloud = aws",
        "mode = \"filter\" cloud = \"aws\"",
        "mode=\"filter\" cloud=\"aws\"",
        "mode= filter cloud =aws",
        "MODE=Filter Cloud = AWS",
        "\"mode\"=filter \"cloud\"=\"aws\"",
        "cloud = aws tuning = none mode=filter",
    ];
    for form in forms {
        let outcome = run(form, mixed());
        let clouds: Vec<_> = outcome
            .events
            .iter()
            .map(|event| event.text("dvm_cloud"))
            .collect();
        assert_eq!(clouds, [Some("aws".to_owned()), Some("aws".to_owned())], "{form}");
    }
}

/// The error of a search with these options.
fn refused(options: &str) -> String {
    let outcome = Search::new().spl(options).chunk(mixed()).run();
    let error = outcome.expect_error().to_owned();
    assert!(
        outcome.replies.is_empty() && outcome.events.is_empty(),
        "{options}: the search went on"
    );
    assert!(outcome.getinfo["required_fields"].is_null() && outcome.getinfo["finished"] == true);
    assert_eq!(outcome.exit, 1, "{options}");
    error
}

#[test]
fn all_faults_of_the_options_are_one_error() {
    let error = refused("mdoe=tag scope=cor cim=maybe cim=f cim=t word cloud=aws,oracle min_severity = hgih");
    let parts = [
        "\"mdoe\"",
        "did you mean mode?",
        "scope=\"cor\"",
        "did you mean core?",
        "core, extended",
        "cim=\"maybe\"",
        "cim is given more than once",
        "\"word\"",
        "cloud=\"aws,oracle\"",
        "aws, azure, gcp",
        "min_severity=\"hgih\"",
        "did you mean high?",
    ];
    for part in parts {
        assert!(error.contains(part), "`{part}` is not in \"{error}\"");
    }
}

#[test]
fn a_single_fault_is_refused_with_its_name() {
    let cases = [
        ("mode=", "mode"),
        ("mode=\"\"", "mode"),
        ("mode = ", "mode"),
        ("= tag", "="),
        ("mode=tag mode=tag", "more than once"),
        ("mode=tag MODE = filter", "more than once"),
        ("input=\"raw fields\"", "input"),
        ("tuning=../x.csv", "../x.csv"),
        ("tuning=a/b.csv", "a/b.csv"),
        (r#"tuning="a\\b.csv""#, "tuning"),
        ("record=../x", "record"),
        ("record=a.b", "record"),
        ("record=", "record"),
        ("söurce=x", "söurce"),
        ("foo", "\"foo\""),
        ("distributed=2", "distributed"),
    ];
    for (options, word) in cases {
        let error = refused(options);
        assert!(error.contains(word), "{options}: `{word}` is not in \"{error}\"");
    }
    assert!(found("tuning=none", mixed()).len() == 4);
}

#[test]
fn the_usual_mistakes_are_told_how_to_write_it() {
    for (options, wanted) in [
        ("mode filter", "write mode=filter for \"mode filter\""),
        (
            "cloud=google",
            "cloud=\"google\" is not allowed (did you mean gcp?)",
        ),
        ("tuning=off", "tuning=\"off\" is not allowed (did you mean none?)"),
        (
            "cloud=aws azure",
            "write cloud=\"aws,azure\" for \"cloud=aws azure\"",
        ),
        (
            "filter",
            "\"filter\" is not of the form name=value (did you mean mode=filter?)",
        ),
        ("cim=off", "cim=\"off\" is not allowed (did you mean false?)"),
    ] {
        let error = refused(options);
        assert!(error.contains(wanted), "{wanted} in {error}");
    }
    let several = refused("mdoe=tag scpoe=core word");
    assert_eq!(several.matches("options are ").count(), 1, "{several}");
}
