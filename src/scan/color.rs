//! The colours of severities on a terminal.

use crate::catalogue::Severity;

/// A text in the colour of a severity.
pub fn paint(severity: Severity, text: &str) -> String {
    let code = match severity {
        Severity::Critical => "1;37;41",
        Severity::High => "1;31",
        Severity::Medium => "33",
        Severity::Low => "36",
        Severity::Informational => "2",
    };
    format!("\u{1b}[{code}m{text}\u{1b}[0m")
}
