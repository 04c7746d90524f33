//! A layer for the ATT&CK Navigator: the techniques that operations serve, by how many serve each.

use crate::catalogue::Catalogue;
use serde_json::json;
use std::collections::BTreeMap;

/// Layer format 4.5.
pub fn render(catalogue: &Catalogue) -> String {
    let mut served: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for (family, operation) in catalogue.operations() {
        for technique in operation.every_technique() {
            let ids = served.entry(technique).or_default();
            let id = family.operation_id(operation);
            if !ids.contains(&id) {
                ids.push(id);
            }
        }
    }
    let most = served.values().map(Vec::len).max().unwrap_or(1);
    let techniques = served.iter().map(|(technique, ids)| {
        json!({ "techniqueID": technique, "score": ids.len(), "comment": ids.join("\n"), "enabled": true, "showSubtechniques": true })
    });
    let layer = json!({
        "name": "directvm",
        "versions": { "attack": catalogue.tables.attack_version, "navigator": "5.1.0", "layer": "4.5" },
        "domain": "enterprise-attack",
        "description": "Direct cloud VM connections that directvm recognises; the score is the number of operations.",
        "techniques": techniques.collect::<Vec<_>>(),
        "gradient": { "colors": ["#ffe0b2", "#e65100"], "minValue": 0, "maxValue": most },
    });
    format!("{layer:#}\n")
}
