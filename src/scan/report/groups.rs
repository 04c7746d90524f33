//! Findings by principal, by machine and by operation.

use super::rows::{ReportRows, Row, field};
use super::texts::Texts;
use crate::catalogue::{Catalogue, Severity};
use rustc_hash::{FxHashMap, FxHashSet};
use std::cmp::Reverse;

/// Values of one kind that a row names.
const MAX_VALUES: usize = 50;
/// What stands where a finding names nobody, or no machine.
const NONE: &str = "(none named)";

/// The fields of rows about principals and machines, by number.
pub const FIELDS: [&str; 10] = [
    "name", "findings", "severity", "persons", "names", "machines", "who", "access", "first", "last",
];
/// The fields of rows about operations, by number.
pub const OPERATION_FIELDS: [&str; 8] = [
    "operation",
    "findings",
    "summary",
    "triage",
    "limits",
    "false_positives",
    "contain",
    "references",
];

/// Different values, in the order in which they came.
#[derive(Default)]
struct Distinct {
    seen: FxHashSet<u32>,
    first: Vec<u32>,
}

impl Distinct {
    fn add(&mut self, value: u32) {
        if self.seen.insert(value) && self.first.len() < MAX_VALUES {
            self.first.push(value);
        }
    }
}

/// What the findings of one principal or machine have.
struct Group {
    findings: usize,
    gravest: Severity,
    score: u8,
    persons: Distinct,
    names: Distinct,
    machines: Distinct,
    who: Distinct,
    access: Distinct,
    first: Option<(i64, u32)>,
    last: Option<(i64, u32)>,
}

/// One row for each principal; of those who have none, for each actor.
pub fn principals(rows: &mut ReportRows) -> Vec<Row> {
    let [principal, actor] = ["dvm_principal", "dvm_actor"].map(field);
    grouped(rows, &|row| {
        let named: Vec<u32> = row.values(principal).collect();
        if named.is_empty() {
            row.values(actor).collect()
        } else {
            named
        }
    })
}

/// One row for each machine.
pub fn machines(rows: &mut ReportRows) -> Vec<Row> {
    let target = field("dvm_target");
    grouped(rows, &|row| row.values(target).collect())
}

fn grouped(rows: &mut ReportRows, keys: &dyn Fn(&Row) -> Vec<u32>) -> Vec<Row> {
    let none = rows.texts.number(NONE);
    let of = [
        "dvm_person",
        "dvm_actor",
        "dvm_target",
        "dvm_principal",
        "dvm_access",
        "time",
    ]
    .map(field);
    let mut groups: FxHashMap<u32, Group> = FxHashMap::default();
    for row in &rows.findings.rows {
        let mut keys = keys(row);
        if keys.is_empty() {
            keys.push(none);
        }
        for key in keys {
            groups.entry(key).or_insert_with(Group::new).add(row, of);
        }
    }
    let mut groups: Vec<(u32, Group)> = groups.into_iter().collect();
    groups.sort_by_key(|(key, group)| (Reverse((group.gravest, group.score, group.findings)), *key));
    let to_row = |(key, group): (u32, Group)| group.row(key, &mut rows.texts);
    groups.into_iter().map(to_row).collect()
}

impl Group {
    fn new() -> Self {
        Self {
            findings: 0,
            gravest: Severity::Informational,
            score: 0,
            persons: Distinct::default(),
            names: Distinct::default(),
            machines: Distinct::default(),
            who: Distinct::default(),
            access: Distinct::default(),
            first: None,
            last: None,
        }
    }

    fn add(&mut self, row: &Row, [person, actor, target, principal, access, time]: [u8; 6]) {
        self.findings += 1;
        let (_, severity, score) = row.weight;
        (self.gravest, self.score) = (self.gravest, self.score).max((severity, score));
        row.values(person).for_each(|value| self.persons.add(value));
        row.values(actor).for_each(|value| self.names.add(value));
        row.values(target).for_each(|value| self.machines.add(value));
        row.values(principal).for_each(|value| self.who.add(value));
        row.values(access).for_each(|value| self.access.add(value));
        if let (Some(moment), Some(text)) = (row.time, row.values(time).next()) {
            let at = (moment, text);
            self.first = Some(self.first.map_or(at, |first| first.min(at)));
            self.last = self.last.max(Some(at));
        }
    }

    /// Its row, in the order of [`FIELDS`].
    fn row(self, key: u32, texts: &mut Texts) -> Row {
        let mut cells = vec![(0, key), (1, texts.number(&self.findings.to_string()))];
        cells.push((2, texts.number(self.gravest.as_str())));
        cells.extend(self.persons.first.iter().map(|text| (3, *text)));
        for (field, values) in [(4, &self.names), (5, &self.machines)] {
            cells.push((field, texts.number(&values.seen.len().to_string())));
        }
        for (field, values) in [(6, &self.who), (7, &self.access)] {
            cells.extend(values.first.iter().map(|text| (field, *text)));
        }
        cells.extend(self.first.map(|(_, text)| (8, text)));
        cells.extend(self.last.map(|(_, text)| (9, text)));
        Row {
            time: self.first.map(|(moment, _)| moment),
            weight: (true, self.gravest, self.score),
            cells: cells.into(),
        }
    }
}

/// One row for each operation that was found, with what the catalogue says of it.
pub fn operations(rows: &mut ReportRows, catalogue: &Catalogue) -> Vec<Row> {
    let operation = field("dvm_operation");
    let mut counts: FxHashMap<u32, usize> = FxHashMap::default();
    let found = rows.findings.rows.iter().flat_map(|row| row.values(operation));
    found.for_each(|number| *counts.entry(number).or_default() += 1);
    let mut counts: Vec<(u32, usize)> = counts.into_iter().collect();
    counts.sort_by_key(|(number, count)| (Reverse(*count), *number));
    let texts = &mut rows.texts;
    let mut all = Vec::new();
    for (number, count) in counts {
        let id = texts.text(number);
        let mut known = catalogue.operations();
        let known = known.find(|(family, operation)| family.operation_id(operation) == id);
        let mut cells = vec![(0, number), (1, texts.number(&count.to_string()))];
        if let Some((_, known)) = known {
            let told = [
                &known.summary,
                &known.triage,
                &known.limits,
                &known.false_positives,
                &known.contain,
            ];
            let told = told.into_iter().zip(2..);
            cells.extend(told.map(|(text, field)| (field, texts.number(text))));
            cells.extend(known.references.iter().map(|text| (7, texts.number(text))));
        }
        all.push(Row {
            time: None,
            weight: (true, Severity::Informational, 0),
            cells: cells.into(),
        });
    }
    all
}
