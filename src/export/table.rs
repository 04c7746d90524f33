//! The catalogue as a table for terminals.

use crate::catalogue::Catalogue;
use comfy_table::{ContentArrangement, Table, presets};

/// One line for each operation, in columns; `width` is that of the terminal, if it is one.
pub fn render(catalogue: &Catalogue, width: Option<u16>) -> String {
    let mut table = Table::new();
    table.load_preset(presets::NOTHING);
    if let Some(width) = width {
        table
            .set_content_arrangement(ContentArrangement::Dynamic)
            .set_width(width);
    }
    table.set_header(["OPERATION", "NAME", "ACCESS", "SEVERITY", "SCOPE", "LOG"]);
    for (family, operation) in catalogue.operations() {
        let log = catalogue.tables.log(family.cloud, operation);
        table.add_row([
            family.operation_id(operation).as_str(),
            &operation.name,
            operation.access.as_str(),
            operation.severity.as_str(),
            operation.scope.as_str(),
            if log.on_by_default { "" } else { "off by default" },
        ]);
    }
    let lines = table
        .lines()
        .map(|line| line.strip_prefix(' ').unwrap_or(&line).trim_end().to_owned() + "\n");
    lines.collect()
}
