//! The catalogue as a table for terminals.

use crate::catalogue::Catalogue;
use comfy_table::{Table, presets};

/// One line for each operation, in columns.
pub fn render(catalogue: &Catalogue) -> String {
    let mut table = Table::new();
    table.load_preset(presets::NOTHING);
    table.set_header(["OPERATION", "NAME", "ACCESS", "SEVERITY", "SCOPE"]);
    for (family, operation) in catalogue.operations() {
        table.add_row([
            family.operation_id(operation).as_str(),
            &operation.name,
            operation.access.as_str(),
            operation.severity.as_str(),
            operation.scope.as_str(),
        ]);
    }
    let lines = table.lines().map(|line| line.trim().to_owned() + "\n");
    lines.collect()
}
