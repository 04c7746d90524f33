//! The catalogue as Markdown: a table for each cloud, and a reference with everything.

use crate::catalogue::{Catalogue, Cloud, Family, Operation};

/// The tables of docs/operations.md.
pub fn tables(catalogue: &Catalogue) -> String {
    let table = |cloud: &Cloud| {
        let operations = catalogue
            .operations()
            .filter(|(family, _)| family.cloud == *cloud);
        let rows: Vec<String> = operations
            .map(|(family, operation)| row(family, operation))
            .collect();
        format!(
            "**{}** ({} operations)\n\n{HEAD}{}",
            catalogue.tables.cloud(*cloud).title,
            rows.len(),
            rows.concat()
        )
    };
    let tables: Vec<String> = Cloud::ALL.iter().map(table).collect();
    tables.join("\n")
}

/// Everything, for reading.
pub fn render(catalogue: &Catalogue) -> String {
    let mut text = String::from("# What directvm knows\n");
    for family in &catalogue.families {
        text.push_str(&format!("\n## {}\n\n{}\n", family.family, family.summary));
        family
            .operations
            .iter()
            .for_each(|operation| text.push_str(&section(catalogue, family, operation)));
    }
    text
}

const HEAD: &str = "| operation | provider's name | access | severity | ATT&CK | scope |\n| --- | --- | --- | --- | --- | --- |\n";

fn row(family: &Family, operation: &Operation) -> String {
    format!(
        "| `{}` | `{}` | {} | {} | {} | {} |\n",
        family.operation_id(operation),
        operation.name,
        operation.access,
        operation.severity,
        operation.technique.join(" "),
        operation.scope,
    )
}

fn section(catalogue: &Catalogue, family: &Family, operation: &Operation) -> String {
    let mut text = format!(
        "\n### {}\n\n{}\n\n",
        family.operation_id(operation),
        operation.summary
    );
    let mut put = |name: &str, value: &str| {
        if !value.is_empty() {
            text.push_str(&format!("- {name}: {value}\n"));
        }
    };
    put(
        "name",
        &operation
            .names()
            .map(|name| format!("`{name}`"))
            .collect::<Vec<_>>()
            .join(", "),
    );
    put("service", &family.services(operation).join(", "));
    put(
        "access, severity, scope",
        &format!(
            "{}, {}, {}",
            operation.access, operation.severity, operation.scope
        ),
    );
    put("ATT&CK", &operation.technique.join(", "));
    let log = catalogue.tables.log(family.cloud, operation);
    let default = if log.on_by_default { "on" } else { "off" };
    put("log", &format!("{} ({default} by default)", log.title));
    let updated = operation.updated.as_ref().map(|day| format!(", updated {day}"));
    put(
        "created",
        &[operation.created.as_str(), updated.as_deref().unwrap_or_default()].concat(),
    );
    put("evidence", operation.evidence.as_str());
    for variant in &operation.variants {
        let severity = variant.severity.unwrap_or(operation.severity);
        let access = variant.access.unwrap_or(operation.access);
        put("case", &format!("{}: {access}, {severity}", variant.reason));
    }
    put("not in the log", &operation.limits);
    put("false positives", &operation.false_positives);
    put("triage", &operation.triage);
    put("contain", &operation.contain);
    put("references", &operation.references.join(", "));
    text
}
