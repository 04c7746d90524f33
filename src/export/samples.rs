//! `directvm_samples.csv`: the four public tests of T1021.008 and one event of each family, with what is expected of each.
//!
//! What is expected of the public tests is written by hand in `content/seed.toml`. Of the families' events it is what
//! the engine said when the file was generated; the catalogue's own tests hold that against the examples.

use crate::catalogue::tables::CloudInfo;
use crate::catalogue::{Catalogue, Expected, Family, Operation, Scope};
use crate::detect::finding::{FIELDS, Finding};
use crate::detect::{Detector, Filter};
use serde::{Deserialize, Serialize};

/// A row. An empty cell means that the finding has no such field.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Test {
    #[serde(rename(serialize = "test"))]
    name: String,
    sourcetype: String,
    #[serde(rename(serialize = "_raw"))]
    event: String,
    #[serde(rename(serialize = "expected_operation"))]
    operation: String,
    #[serde(rename(serialize = "expected_access"))]
    access: String,
    #[serde(rename(serialize = "expected_alert_type"))]
    alert_type: String,
    #[serde(rename(serialize = "expected_outcome"))]
    outcome: String,
    #[serde(rename(serialize = "expected_severity"))]
    severity: String,
    #[serde(rename(serialize = "expected_actor"))]
    actor: String,
    #[serde(rename(serialize = "expected_target"))]
    target: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Seed {
    test: Vec<Test>,
}

/// A lookup as `inputlookup` reads it: `_raw` holds the event, `expected_*` what the command must say of it.
pub fn render(catalogue: &Catalogue) -> String {
    let seed: Seed = toml::from_str(include_str!("content/seed.toml"))
        .expect("content/seed.toml is sound: a test renders it");
    let filter = Filter {
        scope: Scope::Extended,
        ..Filter::default()
    };
    let detector = Detector::new(catalogue, filter);
    let families = catalogue
        .families
        .iter()
        .filter_map(|family| of_family(catalogue.tables.cloud(family.cloud), family, &detector));
    let mut writer = csv::Writer::from_writer(Vec::new());
    for test in seed.test.into_iter().chain(families) {
        writer.serialize(test).expect("writing into memory cannot fail");
    }
    String::from_utf8(writer.into_inner().unwrap_or_default()).unwrap_or_default()
}

/// The family's first example that is a hit.
fn of_family(cloud: &CloudInfo, family: &Family, detector: &Detector) -> Option<Test> {
    let hits = |operation: &&Operation| operation.examples.iter().any(|e| e.verdict == Expected::Hit);
    let operation = family.operations.iter().find(hits)?;
    let example = operation
        .examples
        .iter()
        .find(|example| example.verdict == Expected::Hit)?;
    let event = without_ipv4(&example.whole(family, operation).ok()?.to_string());
    let mut test = Test {
        name: format!("{}: {}", family.operation_id(operation), example.what),
        sourcetype: cloud.splunk.sample.clone(),
        ..Test::default()
    };
    for finding in detector.findings(event.as_bytes()) {
        test.expect(&finding);
    }
    test.event = event;
    Some(test)
}

impl Test {
    fn expect(&mut self, finding: &Finding<'_, '_>) {
        let text = |name: &str| {
            let field = FIELDS.iter().find(|field| field.name == name);
            field
                .map(|field| field.list(finding).join(","))
                .unwrap_or_default()
        };
        self.operation = text("dvm_operation");
        self.access = text("dvm_access");
        self.alert_type = text("AlertType");
        self.outcome = text("dvm_outcome");
        self.severity = text("dvm_severity");
        self.actor = text("dvm_actor");
        self.target = text("dvm_target");
    }
}

/// Each IPv4 address as one of `2001:db8::/32`: validators of apps object to single documentation and private addresses.
fn without_ipv4(text: &str) -> String {
    let is_part = |c: char| c.is_ascii_alphanumeric() || c == '.';
    let mut clean = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(is_part) {
        clean.push_str(&rest[..at]);
        let word = &rest[at..];
        let word = &word[..word.find(|c| !is_part(c)).unwrap_or(word.len())];
        match word.parse::<std::net::Ipv4Addr>() {
            Ok(address) => clean.push_str(&documentation_ipv6(address)),
            Err(_) => clean.push_str(word),
        }
        rest = &rest[at + word.len()..];
    }
    clean + rest
}

fn documentation_ipv6(address: std::net::Ipv4Addr) -> String {
    let [a, b, c, d] = address.octets();
    format!("2001:db8:{a}:{b}::{c}:{d}")
}
