//! What links rest on, as `rules.toml` has it; the build script compiles it.

use super::definitions::{Interrupt, Opening, Operations, Order, RuleFile};

/// The rules as the build script compiles them, in JSON.
const RULES: &str = include_str!(concat!(env!("OUT_DIR"), "/links.json"));

/// The rules, ready.
#[derive(Debug)]
pub struct Rules {
    pub(super) opens: Vec<Opening>,
    pub(super) recording: Vec<Opening>,
    pub(super) orders: Vec<Order>,
    pub(super) interrupts: Vec<Interrupt>,
    pub(super) ends: Vec<String>,
}

impl Rules {
    /// Those that are compiled into the program.
    pub fn embedded() -> Self {
        let file: RuleFile = serde_json::from_str(RULES).expect("the build script has checked the rules");
        let all = |lists: Vec<Operations>| lists.into_iter().flat_map(|list| list.operations).collect();
        Self {
            opens: file.opens,
            recording: file.recording,
            orders: file.orders,
            interrupts: file.interrupts,
            ends: all(file.ends),
        }
    }

    /// Globs of the operations by which a service is set up to run something on machines.
    pub fn orders() -> Vec<(Vec<String>, Vec<String>)> {
        let orders = Self::embedded().orders.into_iter();
        let standing = orders.filter(|order| !order.document_only);
        standing.map(|order| (order.operations, Vec::new())).collect()
    }

    /// Globs of the operations, and of their documents if only some count, that change the recording of sessions.
    pub fn recordings() -> Vec<(Vec<String>, Vec<String>)> {
        let recording = Self::embedded().recording.into_iter();
        recording.map(|rule| (rule.operations, rule.documents)).collect()
    }
}
