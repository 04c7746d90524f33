//! What links rest on, as `rules.toml` has it; the build script compiles it.

use super::definitions::{Interrupt, Opening, Operations, Order, RuleFile};

/// The rules as the build script compiles them, in JSON.
const RULES: &str = include_str!(concat!(env!("OUT_DIR"), "/links.json"));

/// The rules, ready.
#[derive(Debug)]
pub struct Rules {
    pub opens: Vec<Opening>,
    pub recording: Vec<Opening>,
    pub orders: Vec<Order>,
    pub interrupts: Vec<Interrupt>,
    pub ends: Vec<String>,
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
}
