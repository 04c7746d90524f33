//! The techniques of the catalogue against ATT&CK 19 (`tests/attack_ids/enterprise-attack-19.json`).

use crate::catalogue::catalogue;
use serde_json::Value;
use std::collections::BTreeSet;

fn objects() -> Vec<Value> {
    let file = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/tests/attack_ids/enterprise-attack-19.json"
    );
    let text = std::fs::read_to_string(file).expect("the list is there");
    let bundle: Value = serde_json::from_str(&text).expect("it is JSON");
    bundle["objects"].as_array().expect("it is a bundle").clone()
}

fn id(object: &Value) -> &str {
    object["external_references"][0]["external_id"]
        .as_str()
        .unwrap_or_default()
}

#[test]
fn every_technique_is_valid_with_its_name_and_tactic() {
    let (catalogue, objects) = (catalogue(), objects());
    let version = objects[0]["x_mitre_version"].as_str().expect("a version");
    let (major, _) = version.split_once('.').expect("it has two parts");
    assert_eq!(major, catalogue.tables.attack_version);
    let mut faults = Vec::new();
    for technique in &catalogue.tables.techniques {
        let known = objects
            .iter()
            .find(|object| object["type"] == "attack-pattern" && id(object) == technique.id);
        let Some(known) = known.filter(|known| known["revoked"] == false) else {
            faults.push(format!("{} is no technique of ATT&CK {version}", technique.id));
            continue;
        };
        let phases = known["kill_chain_phases"].as_array().expect("it serves a tactic");
        if known["name"] != technique.name.as_str() {
            faults.push(format!("{} is called {}", technique.id, known["name"]));
        }
        if !phases
            .iter()
            .any(|phase| phase["phase_name"] == technique.tactic.as_str())
        {
            faults.push(format!("{} does not serve {}", technique.id, technique.tactic));
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn every_technique_of_the_table_is_named_by_an_operation() {
    let catalogue = catalogue();
    let operations = catalogue.operations();
    let named: BTreeSet<&String> = operations
        .flat_map(|(_, operation)| operation.every_technique())
        .collect();
    let unused: Vec<&String> = catalogue
        .tables
        .techniques
        .iter()
        .map(|technique| &technique.id)
        .filter(|id| !named.contains(id))
        .collect();
    assert!(unused.is_empty(), "{unused:?}");
}

#[test]
fn no_technique_of_the_app_is_revoked() {
    let objects = objects();
    let revoked: BTreeSet<&str> = objects
        .iter()
        .filter(|object| object["revoked"] == true)
        .map(id)
        .collect();
    assert!(revoked.contains("T1562.008"), "{revoked:?}");
    for file in ["savedsearches.conf", "analyticstories.conf"] {
        let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("splunk_app/default")
            .join(file);
        let text = std::fs::read_to_string(&path).expect("the file is there");
        let lists = text
            .split("\"mitre_attack\":[")
            .skip(1)
            .filter_map(|rest| rest.split_once(']'));
        let ids: BTreeSet<&str> = lists
            .flat_map(|(list, _)| list.split(','))
            .map(|id| id.trim_matches('"'))
            .collect();
        assert!(ids.contains("T1021.008"), "{file}: {ids:?}");
        let both: Vec<_> = ids.intersection(&revoked).collect();
        assert!(both.is_empty(), "{file}: {both:?}");
    }
}
