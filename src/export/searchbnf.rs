//! `searchbnf.conf`: what Splunk's search assistant shows of the command.

use super::content::GENERATED_NOTE;
use crate::catalogue::Catalogue;
use crate::splunk::options::{OptionRow, TABLE, Values};

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

pub fn render(_: &Catalogue) -> String {
    let syntax: Vec<String> = TABLE
        .iter()
        .map(|row| format!("({}=<directvm-{}>)?", row.name, row.name.replace('_', "-")))
        .collect();
    let mut text = format!("{GENERATED_NOTE}\n\n[directvm-command]\n");
    text.push_str(&format!("syntax = directvm {}\n", syntax.join(" ")));
    text.push_str("simplesyntax = directvm mode=<tag|filter> input=<auto|raw|fields> min_severity=<level>\n");
    text.push_str("shortdesc = Recognises direct cloud VM connections (ATT&CK T1021.008) in AWS, Azure and Google Cloud events.\n");
    text.push_str(&format!("description = {}\n", description()));
    for (at, (example, comment)) in EXAMPLES.iter().enumerate() {
        text.push_str(&format!(
            "example{0} = {example}\ncomment{0} = {comment}\n",
            at + 1
        ));
    }
    text.push_str("category = streaming\nusage = public\ntags = cloud aws azure gcp security attack lateral-movement ssm serial-console\nrelated = search where lookup\n");
    for row in TABLE {
        text.push_str(&format!(
            "\n[directvm-{}]\nsyntax = {}\ndescription = {} Default: {}.\n",
            row.name.replace('_', "-"),
            syntax_of(row),
            row.meaning,
            row.default
        ));
    }
    text
}

fn description() -> &'static str {
    "Tags events of AWS CloudTrail, Azure Activity and Google Cloud audit logs that open, carry, enable or end direct \
     access to a virtual machine: Session Manager, Run Command, EC2 Instance Connect, serial consoles, Bastion, VM \
     extensions, OS Login, IAP tunnels, metadata keys. Findings carry AlertType and the dvm_ fields; all other events \
     pass unchanged. Runs on the indexers."
}

fn syntax_of(row: &OptionRow) -> String {
    match row.values {
        Values::One(words) => words.join("|"),
        Values::Some(words) => format!("({})(,({}))*", words.join("|"), words.join("|")),
        Values::Bool => "<bool>".to_owned(),
        Values::File(word) => format!("{word}|<string>"),
        Values::Name => "<string>".to_owned(),
    }
}
