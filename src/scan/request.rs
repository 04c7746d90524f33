//! A request as the table shows it.

use super::rows::{place, time};
use super::shown::{Shown, clip};
use crate::catalogue::{AccessType, Cloud, Outcome, Severity, Verdict};
use crate::link::LinkedRow;

/// What the table shows of a row.
pub fn shown(row: &LinkedRow) -> Shown {
    let text = |name: &str| clip(&row.values(name).join(", "));
    let (file, record) = place(row);
    let word = |name: &str| row.value(name).to_owned();
    Shown {
        time: time(row).unwrap_or_default(),
        moment: row.time,
        file: file.to_owned(),
        record: record.parse().unwrap_or(0),
        cloud: Cloud::parse(&word("dvm_cloud")).unwrap_or(Cloud::Aws),
        severity: Severity::parse(&word("dvm_severity")).unwrap_or(Severity::Informational),
        score: word("dvm_risk_score").parse().unwrap_or(0),
        verdict: Verdict::parse(&word("dvm_verdict")).unwrap_or(Verdict::Report),
        access: AccessType::parse(&word("dvm_access")).unwrap_or(AccessType::Preparation),
        operation: word("dvm_operation"),
        name: word("dvm_operation_name"),
        actor: text("dvm_actor"),
        target: row
            .values("dvm_target")
            .iter()
            .map(|target| clip(target))
            .collect(),
        target_type: word("dvm_target_type"),
        src: text("dvm_src"),
        outcome: Outcome::parse(&word("dvm_outcome"))
            .unwrap_or(Outcome::Unknown)
            .as_str(),
        session: text("dvm_session"),
        summary: text("dvm_summary"),
        reasons: row
            .values("dvm_reasons")
            .iter()
            .take(20)
            .map(|reason| clip(reason))
            .collect(),
        techniques: row.values("dvm_technique").to_vec(),
        tuning: text("dvm_tuning"),
        principal: text("dvm_principal"),
        person: text("dvm_person"),
        document: text("dvm_document"),
        account: text("dvm_account"),
        region: text("dvm_region"),
        links: row.values("dvm_link").to_vec(),
        case: word("dvm_case"),
    }
}
