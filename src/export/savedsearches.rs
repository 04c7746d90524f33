//! `savedsearches.conf`: every search with its schedule, throttling and Enterprise Security keys, all disabled.

use super::content::{GENERATED_NOTE, Kind, Search, searches};
use super::stories::STORY;
use crate::catalogue::{Catalogue, Severity};
use serde_json::{Value, json};

/// Name of the app as users see it.
const LABEL: &str = "Direct Cloud VM Connections";

/// 2026-11-24 in seconds: when the alerts were first published.
const PUBLISHED: f64 = 1_795_478_400.0;

const HEAD: &str = "\
# What lies behind it: src/export/content. To change a search, change its filter macro, the tuning list or a setting macro;
# all ship disabled. Those scheduled by index time take what was indexed in one stretch, so that late cloud logs are
# neither missed nor counted twice. Keys that begin with action.correlationsearch, action.risk and action.notable are
# for Enterprise Security, 7 and 8, and do nothing without it.
";

pub fn render(_: &Catalogue) -> String {
    let mut text = format!("{GENERATED_NOTE}\n{HEAD}");
    for search in searches() {
        text.push_str(&format!("\n[{}]\n", search.stanza()));
        for (key, value) in keys(&search) {
            text.push_str(&format!("{key} = {value}\n"));
        }
    }
    text
}

type Keys = Vec<(&'static str, String)>;

fn keys(search: &Search) -> Keys {
    let mut keys = basics(search);
    match search.kind {
        Kind::Alert => {
            keys.extend(alert(search));
            keys.extend(correlation(search));
            keys.extend(risk(search));
            keys.extend(notable(search));
        }
        Kind::Watch => keys.extend(alert(search)),
        Kind::SelfTest => keys.extend(self_test()),
        Kind::Hunt | Kind::State => {}
    }
    keys
}

fn owned<const N: usize>(pairs: [(&'static str, &str); N]) -> Keys {
    pairs
        .into_iter()
        .map(|(key, value)| (key, value.to_owned()))
        .collect()
}

fn basics(search: &Search) -> Keys {
    let description = format!(
        "{} Tuning: {} Filter macro: {}.",
        search.about,
        search.tuning,
        search.filter()
    );
    let mut keys = owned([
        ("description", &description),
        ("search", &search.stages().join(" \\\n")),
        ("disabled", "1"),
        ("enableSched", "1"),
        ("cron_schedule", &search.cron),
        ("schedule_window", "auto"),
        ("realtime_schedule", "0"),
        ("dispatch.earliest_time", &search.earliest),
        ("dispatch.latest_time", &search.latest),
    ]);
    if let Some(window) = &search.window {
        keys.extend(owned([
            ("dispatch.index_earliest", window),
            ("dispatch.index_latest", "-5m@m"),
        ]));
    }
    keys.extend(owned([
        ("request.ui_dispatch_app", "directvm"),
        ("request.ui_dispatch_view", "search"),
    ]));
    keys
}

fn alert(search: &Search) -> Keys {
    let relation = if search.alarm_when_empty {
        "equal to"
    } else {
        "greater than"
    };
    let mut keys = owned([
        ("counttype", "number of events"),
        ("relation", relation),
        ("quantity", "0"),
        ("alert.track", "1"),
        ("alert.severity", alert_severity(severity(search))),
        ("alert.expires", "7d"),
        ("alert.digest_mode", "1"),
    ]);
    if search.alarm_when_empty {
        // Without a row there is nothing to throttle by.
        keys.extend(owned([("alert.suppress", "0")]));
    } else {
        keys.extend(owned([
            ("alert.suppress", "1"),
            ("alert.suppress.fields", &search.throttle.join(",")),
            ("alert.suppress.period", &search.period),
        ]));
    }
    keys
}

fn self_test() -> Keys {
    owned([
        ("counttype", "custom"),
        ("alert_condition", "search result=\"fail\""),
        ("alert.track", "1"),
        ("alert.severity", "3"),
        ("alert.digest_mode", "1"),
        ("alert.suppress", "0"),
    ])
}

/// Splunk's own scale: 2 info, 3 warning, 4 error, 5 severe.
fn alert_severity(severity: Severity) -> &'static str {
    match severity {
        Severity::Informational | Severity::Low => "2",
        Severity::Medium => "3",
        Severity::High => "4",
        Severity::Critical => "5",
    }
}

fn severity(search: &Search) -> Severity {
    search.severity.unwrap_or(Severity::Medium)
}

/// What ESCU calls it: a `TTP` is a finding of its own, an `Anomaly` only adds risk (an intermediate finding).
fn kind_of_content(search: &Search) -> &'static str {
    if severity(search) >= Severity::High {
        "TTP"
    } else {
        "Anomaly"
    }
}

fn correlation(search: &Search) -> Keys {
    let kind = kind_of_content(search);
    let annotations = json!({
        "analytic_story": [STORY],
        "cis20": ["CIS 10"],
        "data_source": ["AWS CloudTrail", "Azure Activity Log", "Google Cloud Audit Logs"],
        "mitre_attack": search.technique,
        "nist": ["DE.CM"],
        "type": kind,
        "type_list": [kind],
    });
    let metadata = json!({
        "deprecated": "0",
        "detection_id": search.id,
        "detection_version": "1",
        "publish_time": PUBLISHED,
    });
    owned([
        ("action.correlationsearch.enabled", "1"),
        ("action.correlationsearch.detection_type", "ebd"),
        (
            "action.correlationsearch.label",
            &format!("{LABEL} - {} - Rule", search.name),
        ),
        ("action.correlationsearch.annotations", &annotations.to_string()),
        ("action.correlationsearch.metadata", &metadata.to_string()),
    ])
}

fn risk(search: &Search) -> Keys {
    let Some(scores) = search.risk else {
        return Keys::new();
    };
    let objects = json!([
        { "risk_object_field": "who", "risk_object_type": "user", "risk_score": scores.user },
        { "risk_object_field": "dest", "risk_object_type": "system", "risk_score": scores.system },
        { "threat_object_field": "src", "threat_object_type": "ip_address" },
    ]);
    owned([
        ("action.risk", "1"),
        ("action.risk.param._risk", &objects.to_string()),
        ("action.risk.param._risk_message", &search.message),
        ("action.risk.param._risk_score", "0"),
        ("action.risk.param.verbose", "0"),
    ])
}

fn notable(search: &Search) -> Keys {
    let is_finding = kind_of_content(search) == "TTP";
    let entities = json!([{ "risk_object_field": "N/A", "risk_object_type": "N/A", "risk_score": 0 }]);
    owned([
        ("action.notable", if is_finding { "1" } else { "0" }),
        ("action.notable.param._entities", &entities.to_string()),
        ("action.notable.param.nes_fields", "user,dest"),
        ("action.notable.param.rule_title", &search.title),
        ("action.notable.param.rule_description", &search.message),
        ("action.notable.param.security_domain", "access"),
        ("action.notable.param.severity", severity(search).as_str()),
        (
            "action.notable.param.drilldown_searches",
            &drilldowns().to_string(),
        ),
        ("action.notable.param.next_steps", &next_steps(search).to_string()),
    ])
}

fn next_steps(search: &Search) -> Value {
    let steps: Vec<String> = search
        .next
        .iter()
        .enumerate()
        .map(|(at, step)| format!("{}. {step}", at + 1))
        .collect();
    json!({ "version": 1, "data": format!("Recommended steps:\n{}", steps.join("\n")) })
}

fn drilldowns() -> Value {
    let (findings, table) = ("`directvm_findings` | directvmlink", "`directvm_alert`");
    json!([
        {
            "name": "Direct connections of $dvm_principal$",
            "search": format!("{findings} | search dvm_principal=$dvm_principal|s$ | {table}"),
            "earliest_offset": "$info_min_time$",
            "latest_offset": "$info_max_time$",
        },
        {
            "name": "The case of this request",
            "search": format!(
                "{findings} | eval of=if(isnotnull(mvfind(dvm_event_id, \"^\".$request|s$.\"$\")), dvm_case, null()) \
                | eventstats values(of) AS of | where dvm_case=of | {table}"
            ),
            "earliest_offset": "$info_min_time$",
            "latest_offset": "$info_max_time$",
        },
        {
            "name": "Risk of $who$ in seven days",
            "search": "| from datamodel Risk.All_Risk | search normalized_risk_object=$who|s$ | stats count min(_time) AS first max(_time) AS last values(search_name) AS searches \
                values(risk_message) AS messages BY normalized_risk_object",
            "earliest_offset": "7d",
            "latest_offset": "0",
        },
    ])
}
