//! The catalogue as a table for terminals.

use crate::catalogue::Catalogue;
use comfy_table::{Table, presets};

/// `width` in characters, where it is known.
pub fn render(catalogue: &Catalogue, width: Option<u16>) -> String {
    let mut table = Table::new();
    table.force_no_tty();
    table.load_preset(presets::NOTHING);
    table.set_content_arrangement(comfy_table::ContentArrangement::Dynamic);
    if let Some(width) = width {
        table.set_width(width);
    }
    table.set_header(["OPERATION", "NAME", "ACCESS", "SEVERITY", "SCOPE", "MEANING"]);
    for (family, operation) in catalogue.operations() {
        table.add_row([
            family.operation_id(operation).as_str(),
            &operation.name,
            operation.access.as_str(),
            operation.severity.as_str(),
            operation.scope.as_str(),
            &operation.summary,
        ]);
    }
    let lines = table.lines().map(|line| line.trim_end().to_owned() + "\n");
    lines.collect()
}
