//! `analyticstories.conf`: the story that Enterprise Security shows, and which search belongs to it.

use super::content::{GENERATED_NOTE, Kind, Search, searches};
use crate::catalogue::Catalogue;
use serde_json::json;

/// Name of the analytic story.
pub const STORY: &str = "Direct Cloud VM Connections";

const DESCRIPTION: &str = "Find and investigate connections to cloud virtual machines that come through the provider's own \
doors: session services, run commands, pushed keys, serial consoles, tunnels, credential resets.";

const NARRATIVE: &str = "With stolen cloud credentials an intruder needs no open port: AWS Session Manager, Run Command, EC2 \
Instance Connect and serial consoles, Azure Run Command, extensions, Serial Console and Bastion, Google OS Login, IAP, \
metadata keys and serial ports carry shells and commands to a machine past every firewall and network sensor \
(MITRE ATT&CK T1021.008, with T1651 and T1098.004). What remains is the provider's audit log. The searches of this story \
read it with the command directvm, which says of each record who reached which machine, from where, in which way and \
with what outcome. The log proves a request; what was typed or whether it ran, only the machine can tell.";

const REQUIREMENTS: &str = "AWS CloudTrail, Azure Activity and Google Cloud audit logs, as JSON in _raw; the macros \
directvm_aws_index, directvm_azure_index and directvm_gcp_index set. See README.md of the app directvm.";

pub fn render(_: &Catalogue) -> String {
    let searches: Vec<Search> = searches()
        .into_iter()
        .filter(|search| matches!(search.kind, Kind::Alert | Kind::Hunt))
        .collect();
    let names: Vec<String> = searches.iter().map(Search::stanza).collect();
    let references = [
        "https://attack.mitre.org/techniques/T1021/008/",
        "https://attack.mitre.org/techniques/T1651/",
        "https://attack.mitre.org/techniques/T1098/004/",
    ];
    let mut text = format!(
        "{GENERATED_NOTE}\n\n[analytic_story://{STORY}]\ncategory = Cloud Security\nlast_updated = 2026-11-24\nversion = 1\n\
         references = {}\nmaintainers = {}\nspec_version = 3\nsearches = {}\ndescription = {DESCRIPTION}\n\
         narrative = {NARRATIVE}\n",
        json!(references),
        json!([{ "company": "directvm", "email": "-", "name": "directvm" }]),
        json!(names),
    );
    for search in &searches {
        text.push_str(&member(search));
    }
    text
}

fn member(search: &Search) -> String {
    let annotations = json!({
        "mitre_attack": search.technique,
        "nist": ["DE.CM"],
        "cis20": ["CIS 10"],
    });
    format!(
        "\n[savedsearch://{}]\ntype = detection\nasset_type = Cloud instance\nconfidence = medium\nexplanation = {}\n\
         how_to_implement = {REQUIREMENTS}\nannotations = {annotations}\nknown_false_positives = {}\n\
         providing_technologies = null\n",
        search.stanza(),
        search.about,
        search.tuning,
    )
}
