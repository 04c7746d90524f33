//! Properties of any rules and any events.

use super::{event, list, row, tag, tag_tracing, text};
use directvm::detect::tune::Tuning;
use proptest::prelude::*;
use serde_json::Value;

const TUNED: [&str; 5] = [
    "dvm_verdict",
    "dvm_tuning",
    "dvm_severity",
    "dvm_risk_score",
    "dvm_reasons",
];

fn cell(values: &'static [&'static str]) -> impl Strategy<Value = String> {
    proptest::collection::vec(proptest::sample::select(values), 0..3).prop_map(|parts| parts.join("|"))
}

prop_compose! {
    fn conditions()(
        cloud in cell(&["aws", "gcp", "a*"]),
        operation in cell(&["SendCommand", "aws_ssm*", "StartSession", "*command*"]),
        actor in cell(&["*/dana", "*/Dana", "arn:*", "??*", "*a*", "bob"]),
        principal in cell(&["arn:aws:iam::1:user/dana", "*user/*", "*/BOB", "*"]),
        target in cell(&["i-1", "i-2", "I-*", "?-?", "*2"]),
        src in cell(&["10.0.0.0/8", "10.1.0.0/16", "10.1.1.1", "10.1.*", "2001:db8::/32", "0.0.0.0/1"]),
        document in cell(&["AWS-*", "Own", "own|x", "*w*"]),
    ) -> [String; 7] {
        [cloud, operation, actor, principal, target, src, document]
    }
}

prop_compose! {
    fn rule()(
        conditions in conditions(),
        action in proptest::sample::select(&[("suppress", ""), ("expect", ""), ("severity", "+1"), ("severity", "-1"), ("severity", "low"), ("severity", "critical")]),
        expires in proptest::sample::select(&["", "", "2026-03-01", "2026-04-01"]),
        enabled in proptest::sample::select(&["1", "1", "1", "0"]),
    ) -> Vec<(&'static str, String)> {
        let names = ["cloud", "operation", "actor", "principal", "target", "src", "document"];
        let mut cells: Vec<(&str, String)> = names.into_iter().zip(conditions).collect();
        cells.extend([("action", action.0.to_owned()), ("value", action.1.to_owned())]);
        cells.extend([("expires", expires.to_owned()), ("enabled", enabled.to_owned())]);
        cells
    }
}

prop_compose! {
    fn events()(
        actor in proptest::sample::select(&["arn:aws:iam::1:user/dana", "arn:aws:iam::1:user/bob", "bob"]),
        targets in proptest::sample::select(vec![vec!["i-1"], vec!["i-1", "i-2"], vec!["i-3"], vec![]]),
        src in proptest::sample::select(&["10.1.1.1", "10.2.0.1", "192.0.2.1", "2001:db8::7", "ssm.amazonaws.com"]),
        document in proptest::sample::select(&["AWS-RunShellScript", "Own"]),
        time in proptest::sample::select(&["2026-03-14T09:26:53Z", "no time"]),
    ) -> Value {
        let mut event = event();
        event["userIdentity"]["arn"] = actor.into();
        event["requestParameters"]["instanceIds"] = targets.into();
        event["requestParameters"]["documentName"] = document.into();
        event["sourceIPAddress"] = src.into();
        event["eventTime"] = time.into();
        event
    }
}

fn rows(rules: &[Vec<(&'static str, String)>], prefix: &str) -> Vec<String> {
    let number = |(at, cells): (usize, &Vec<(&'static str, String)>)| {
        let id = format!("{prefix}{at}");
        let mut cells: Vec<(&str, &str)> = cells.iter().map(|(name, cell)| (*name, cell.as_str())).collect();
        cells.push(("id", &id));
        row(&cells)
    };
    rules.iter().enumerate().map(number).collect()
}

fn applied(tuning: &Tuning, event: &Value) -> Vec<String> {
    tag_tracing(tuning, event).1
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn rules_found_by_their_keys_are_those_found_by_trying_all(rules in proptest::collection::vec(rule(), 0..12), event in events()) {
        let rows = rows(&rules, "r");
        let mut named: Vec<String> = tag(&list(&rows), &event)
            .field("dvm_tuning")
            .iter()
            .flat_map(|text| text.split("; "))
            .map(|text| text.split(':').next().unwrap_or_default().to_owned())
            .collect();
        let mut tried = applied(&list(&rows), &event);
        named.sort();
        tried.sort();
        prop_assert_eq!(named, tried);
    }

    #[test]
    fn another_target_never_makes_a_finding_less_visible(rules in proptest::collection::vec(rule(), 1..8), event in events()) {
        let lowering = |cells: &&Vec<(&'static str, String)>| {
            !cells.contains(&("value", "+1".to_owned())) && !cells.contains(&("value", "critical".to_owned()))
        };
        let rules: Vec<_> = rules.iter().filter(lowering).cloned().collect();
        let mut more = event.clone();
        let targets = more["requestParameters"]["instanceIds"].as_array_mut().expect("a list");
        prop_assume!(!targets.is_empty());
        targets.push("i-0fedcba9876543210".into());
        let tuning = list(&rows(&rules, "r"));
        let (few, many) = (applied(&tuning, &event), applied(&tuning, &more));
        let named = |rule: &String| rules.iter().enumerate().any(|(at, _)| *rule == format!("r{at}"));
        prop_assert!(many.iter().all(named));
        for name in &many {
            let outranked = few.iter().any(|other| other != name);
            prop_assert!(few.contains(name) || outranked, "{} applies to more targets only", name);
        }
    }

    #[test]
    fn a_verdict_changes_no_other_field(rules in proptest::collection::vec(rule(), 1..12), event in events()) {
        let (before, after) = (tag(&Tuning::default(), &event), tag(&list(&rows(&rules, "r")), &event));
        for ((name, old), (_, new)) in before.0.iter().zip(&after.0) {
            prop_assert!(TUNED.contains(name) || old == new, "{}: {:?} became {:?}", name, old, new);
        }
    }

    #[test]
    fn a_rule_that_does_not_apply_changes_nothing(rules in proptest::collection::vec(rule(), 0..8), more in proptest::collection::vec(rule(), 1..8), at in 0_usize..8, event in events()) {
        let without = rows(&rules, "r");
        let mut with = without.clone();
        // Whether a rule lowers a finding depends on the rules before it: it is tried among them, not alone.
        for (number, new) in rows(&more, "new").into_iter().enumerate() {
            let mut tried = with.clone();
            tried.insert(at.min(with.len()), new);
            if !applied(&list(&tried), &event).contains(&format!("new{number}")) {
                with = tried;
            }
        }
        prop_assert_eq!(tag(&list(&with), &event), tag(&list(&without), &event));
    }

    #[test]
    fn a_refused_rule_changes_nothing(rules in proptest::collection::vec(rule(), 0..8), bad in rule(), fault in 0_usize..5, at in 0_usize..8, event in events()) {
        let spoil = [("owner", ""), ("reason", ""), ("expires", "soon"), ("action", "hide"), ("src", "1.2.3.4/99")][fault];
        let cells: Vec<(&str, &str)> = bad
            .iter()
            .map(|(name, cell)| (*name, cell.as_str()))
            .chain([("id", "bad"), spoil])
            .collect();
        let without = rows(&rules, "r");
        let mut with = without.clone();
        with.insert(at.min(with.len()), row(&cells));
        prop_assert!(Tuning::parse(text(&with).as_bytes()).rules().iter().all(|rule| rule.id != "bad"));
        prop_assert_eq!(tag(&list(&with), &event), tag(&list(&without), &event));
    }
}
