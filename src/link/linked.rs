//! Records → requests, sessions, links and cases.

use super::chain::Chains;
use super::connection::Link;
use super::machine::Machines;
use super::options::LinkOptions;
use super::record::Record;
use super::request::Request;
use super::rules::Rules;
use super::session::Sessions;
use super::{case, fold, run, several};

/// Findings that are held at most; of more, the first ones count.
pub const MAX_RECORDS: usize = 500_000;

/// Findings, linked.
#[derive(Debug)]
pub struct Linked {
    /// All records, in the order in which they came.
    pub(super) records: Vec<Record>,
    /// In the order of time.
    pub(super) requests: Vec<Request>,
    pub(super) sessions: Sessions,
    /// In the order of the later requests.
    pub(super) links: Vec<Link>,
    /// Request → the case that it is part of.
    pub(super) cases: Vec<String>,
}

impl Linked {
    /// Links records. Those beyond [`MAX_RECORDS`] must have been left out before.
    pub fn new(records: Vec<Record>, options: &LinkOptions) -> Self {
        let rules = Rules::embedded();
        let requests = fold::requests(&records, &rules);
        let sessions = Sessions::of(&records, &requests, &rules);
        let machines = Machines::of_all(&requests, &records);
        let mut links = Vec::new();
        Chains::new(&records, &requests, &machines, &rules, options).links(&mut links);
        run::links(&records, &requests, &machines, &rules, &mut links);
        let mut together = Vec::new();
        several::links(&records, &requests, &machines, options, &mut links, &mut together);
        sessions.links(&records, &requests, &mut links);
        links.sort_by(|a, b| (a.later, a.kind, a.earlier).cmp(&(b.later, b.kind, b.earlier)));
        links.dedup_by(|a, b| (a.later, a.kind, a.earlier) == (b.later, b.kind, b.earlier));
        let cases = case::cases(&records, &requests, &machines, &sessions, &links, &together);
        Self {
            records,
            requests,
            sessions,
            links,
            cases,
        }
    }
}
