//! `directvm_operations.csv`: the catalogue as a lookup, one row for each operation.

use crate::catalogue::Catalogue;

/// The columns. Several values of one cell are separated by a space.
const HEADER: [&str; 19] = [
    "id",
    "cloud",
    "name",
    "service",
    "access",
    "scope",
    "severity",
    "technique",
    "log",
    "on_by_default",
    "created",
    "updated",
    "evidence",
    "meaning",
    "limits",
    "false_positives",
    "triage",
    "contain",
    "references",
];

/// The whole text.
pub fn render(catalogue: &Catalogue) -> String {
    let mut writer = csv::WriterBuilder::new().from_writer(Vec::new());
    let mut put = |cells: [&str; 19]| {
        writer
            .write_record(cells)
            .expect("writing into memory cannot fail");
    };
    put(HEADER);
    for (family, operation) in catalogue.operations() {
        let log = catalogue.tables.log(family.cloud, operation);
        put([
            &family.operation_id(operation),
            family.cloud.as_str(),
            &operation.name,
            &family.services(operation).join(" "),
            operation.access.as_str(),
            operation.scope.as_str(),
            operation.severity.as_str(),
            &operation.technique.join(" "),
            &log.id,
            if log.on_by_default { "1" } else { "0" },
            &operation.created,
            operation.updated.as_deref().unwrap_or_default(),
            operation.evidence.as_str(),
            &operation.summary,
            &operation.limits,
            &operation.false_positives,
            &operation.triage,
            &operation.contain,
            &operation.references.join(" "),
        ]);
    }
    String::from_utf8(writer.into_inner().unwrap_or_default()).unwrap_or_default()
}
