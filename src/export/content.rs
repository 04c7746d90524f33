//! What the app's searches and macros are made of: `content/*.toml`, read and checked.

use crate::catalogue::Severity;
use serde::Deserialize;

/// A saved search, before its keys are written out.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Search {
    /// Ends the name of its filter macro, `directvm_filter_<slug>`.
    pub slug: String,
    /// UUID by which Enterprise Security knows an alert; it never changes.
    #[serde(default)]
    pub id: String,
    /// The stanza's name after `DirectVM - `.
    pub name: String,
    /// What it is for.
    #[serde(default)]
    pub kind: Kind,
    /// What it finds, and why that matters.
    pub about: String,
    /// How to lower its noise.
    pub tuning: String,
    /// The search without its filter, one stage a line.
    pub spl: String,
    /// A stage after the filter, which writes the rows somewhere.
    pub last: Option<String>,
    /// When it runs.
    pub cron: String,
    /// Earliest event time.
    #[serde(default = "day")]
    pub earliest: String,
    /// Earliest index time, for a search scheduled by index time.
    pub window: Option<String>,
    /// Fields by which alerts are throttled.
    #[serde(default = "actor_and_target")]
    pub throttle: Vec<String>,
    /// For how long.
    #[serde(default)]
    pub period: String,
    /// Of the alert as a whole.
    pub severity: Option<Severity>,
    /// Scores for Enterprise Security.
    pub risk: Option<Risk>,
    /// Title of a finding in Enterprise Security; `$field$` is filled in.
    #[serde(default)]
    pub title: String,
    /// One sentence on the finding; `$field$` is filled in.
    #[serde(default)]
    pub message: String,
    /// What an analyst does next, in order.
    #[serde(default)]
    pub next: Vec<String>,
    /// ATT&CK techniques.
    #[serde(default = "techniques")]
    pub technique: Vec<String>,
}

/// Scores, 0 to 100, that an alert adds to those involved.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Risk {
    /// To the actor.
    pub user: u8,
    /// To each machine.
    pub system: u8,
}

/// What a search is for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Somebody is to be told.
    #[default]
    Alert,
    /// To be read now and then.
    Hunt,
    /// Keeps a lookup or a summary up to date.
    State,
    /// Tests the command itself.
    SelfTest,
}

/// A macro that does not depend on the catalogue.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Macro {
    /// Its name.
    pub name: String,
    /// What it stands for; continued lines end with a backslash.
    pub definition: String,
    /// What it is for.
    pub about: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SearchFile {
    search: Vec<Search>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct MacroFile {
    r#macro: Vec<Macro>,
}

const SEARCH_FILES: [&str; 2] = [
    include_str!("content/alerts.toml"),
    include_str!("content/others.toml"),
];

fn day() -> String {
    "-24h@h".to_owned()
}

fn actor_and_target() -> Vec<String> {
    vec!["dvm_actor".to_owned(), "dvm_target".to_owned()]
}

fn techniques() -> Vec<String> {
    vec!["T1021.008".to_owned(), "T1651".to_owned()]
}

/// Every saved search, alerts first.
pub fn searches() -> Vec<Search> {
    SEARCH_FILES
        .iter()
        .flat_map(|text| {
            let file: SearchFile = toml::from_str(text).expect("content/*.toml is sound: a test renders it");
            file.search
        })
        .collect()
}

/// Every macro that does not depend on the catalogue.
pub fn macros() -> Vec<Macro> {
    let file: MacroFile = toml::from_str(include_str!("content/macros.toml"))
        .expect("content/macros.toml is sound: a test renders it");
    file.r#macro
}

impl Search {
    /// The stanza's name.
    pub fn stanza(&self) -> String {
        format!("DirectVM - {}", self.name)
    }

    /// The name of its filter macro.
    pub fn filter(&self) -> String {
        format!("directvm_filter_{}", self.slug)
    }

    /// The stages, the filter last or next to last, one a line.
    pub fn stages(&self) -> Vec<String> {
        let filter = format!("| `{}`", self.filter());
        let stages = self.spl.trim().lines().map(str::to_owned);
        stages.chain([filter]).chain(self.last.clone()).collect()
    }
}
