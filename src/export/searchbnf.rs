//! `searchbnf.conf`: what Splunk's search assistant shows of the commands.

use super::content::GENERATED_NOTE;
use crate::catalogue::Catalogue;
use crate::splunk::link_options;
use crate::splunk::options::{OptionRow, TABLE, Values};

/// What is shown of a command.
struct Shown {
    name: &'static str,
    simple: &'static str,
    short: &'static str,
    description: &'static str,
    category: &'static str,
    tags: &'static str,
    related: &'static str,
    examples: &'static [(&'static str, &'static str)],
    options: &'static [OptionRow],
}

const COMMANDS: [Shown; 2] = [
    Shown {
        name: "directvm",
        simple: "mode=<tag|filter> input=<auto|raw|fields> min_severity=<level>",
        short: "Recognises direct cloud VM connections (ATT&CK T1021.008) in AWS, Azure and Google Cloud events.",
        description: DESCRIPTION,
        category: "streaming",
        tags: "cloud aws azure gcp security attack lateral-movement ssm serial-console",
        related: "directvmlink search where lookup",
        examples: &EXAMPLES,
        options: TABLE,
    },
    Shown {
        name: link_options::COMMAND,
        simple: "by=<request|session|case>",
        short: "Links findings of directvm into requests, sessions and cases.",
        description: LINK_DESCRIPTION,
        category: "reporting",
        tags: "cloud security attack lateral-movement correlation session case",
        related: "directvm stats transaction",
        examples: &LINK_EXAMPLES,
        options: link_options::TABLE,
    },
];

const EXAMPLES: [(&str, &str); 4] = [
    (
        "`directvm_events` | directvm mode=filter min_severity=medium | table _time dvm_actor dvm_access dvm_target dvm_src dvm_outcome dvm_summary",
        "Every direct connection to a cloud machine that matters, in one row each.",
    ),
    (
        "`directvm_events` | directvm input=raw | stats count BY dvm_cloud dvm_access dvm_outcome",
        "The fastest way: read _raw only, and count what is found.",
    ),
    (
        "`directvm_events` | directvm mode=filter scope=extended | where dvm_outcome=\"denied\" | stats dc(dvm_access) AS paths BY dvm_actor",
        "Who was denied on several access paths.",
    ),
    (
        "| inputlookup directvm_samples.csv | directvm mode=filter input=raw",
        "Try it on the sample events that come with the app.",
    ),
];

const LINK_EXAMPLES: [(&str, &str); 3] = [
    (
        "`directvm_events` | directvm mode=filter scope=extended input=raw | directvmlink | where isnotnull(dvm_link) | table _time dvm_link dvm_link_reason dvm_summary",
        "Requests that follow from an earlier one: a key pushed and then used, a denial and then a session.",
    ),
    (
        "`directvm_events` | directvm mode=filter input=raw | directvmlink by=session | table _time dvm_principal dvm_target dvm_session_state dvm_session_seconds",
        "Sessions with how long they lasted and whether they were ended.",
    ),
    (
        "`directvm_events` | directvm mode=filter scope=extended input=raw | directvmlink by=case | sort 0 -dvm_risk_score | table _time dvm_case dvm_severity dvm_principal dvm_target dvm_link",
        "What belongs together, the gravest first.",
    ),
];

const DESCRIPTION: &str = "Tags events of AWS CloudTrail, Azure Activity and Google Cloud audit logs that open, carry, enable or end direct \
     access to a virtual machine: Session Manager, Run Command, EC2 Instance Connect, serial consoles, Bastion, VM \
     extensions, OS Login, IAP tunnels, metadata keys. Findings carry AlertType and the dvm_ fields; all other events \
     pass unchanged. Runs on the indexers.";

const LINK_DESCRIPTION: &str = "Takes findings of directvm in any order, as rows with its fields or as collected JSON in _raw. Folds the records of \
     one request, pairs starts and ends of sessions, links requests that follow from one another, and joins them into \
     cases. Returns one row for each request, session or case, with the dvm_ fields of the findings and dvm_records, \
     dvm_session_state, dvm_link, dvm_link_reason, dvm_case and others. Holds at most 500,000 findings. Runs on the search head.";

pub fn render(_: &Catalogue) -> String {
    let commands: String = COMMANDS.iter().map(command).collect();
    format!("{GENERATED_NOTE}\n{commands}")
}

fn command(shown: &Shown) -> String {
    let name = shown.name;
    let option = |row: &OptionRow| row.name.replace('_', "-");
    let syntax = shown.options.iter();
    let syntax: Vec<String> = syntax
        .map(|row| format!("({}=<{name}-{}>)?", row.name, option(row)))
        .collect();
    let mut text = format!("\n[{name}-command]\nsyntax = {name} {}\n", syntax.join(" "));
    text.push_str(&format!("simplesyntax = {name} {}\n", shown.simple));
    text.push_str(&format!(
        "shortdesc = {}\ndescription = {}\n",
        shown.short, shown.description
    ));
    for (at, (example, comment)) in shown.examples.iter().enumerate() {
        let at = at + 1;
        text.push_str(&format!("example{at} = {example}\ncomment{at} = {comment}\n"));
    }
    let Shown {
        category,
        tags,
        related,
        ..
    } = shown;
    text.push_str(&format!(
        "category = {category}\nusage = public\ntags = {tags}\nrelated = {related}\n"
    ));
    for row in shown.options {
        text.push_str(&format!(
            "\n[{name}-{}]\nsyntax = {}\ndescription = {} Default: {}.\n",
            option(row),
            syntax_of(row),
            row.meaning,
            row.default
        ));
    }
    text
}

fn syntax_of(row: &OptionRow) -> String {
    match row.values {
        Values::One(words) => words.join("|"),
        Values::Some(words) => format!("({})(,({}))*", words.join("|"), words.join("|")),
        Values::Bool => "<bool>".to_owned(),
        Values::File(word) => format!("{word}|<string>"),
        Values::Name => "<string>".to_owned(),
        Values::Number(..) => "<int>".to_owned(),
    }
}
