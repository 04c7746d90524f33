//! Which rows are shown.

use super::lines::short_actor;
use super::shown::Shown;
use crate::catalogue::{AccessType, Severity};
use crate::detect::glob::fits;
use ipnet::IpNet;
use std::net::IpAddr;

/// Types of targets that are single machines.
const MACHINES: [&str; 3] = ["instance", "container", "scale_set"];

/// What rows must have; an empty pattern fits all. Patterns are those of the tuning list: `*`, `?`, several with `|`.
#[derive(Debug, Default, Clone)]
pub struct Wanted {
    /// The least severity.
    pub min_severity: Option<Severity>,
    /// The actor, the principal or the person.
    pub actor: Option<String>,
    /// One of the targets.
    pub target: Option<String>,
    /// The source; a CIDR too.
    pub src: Option<String>,
    /// The session.
    pub session: Option<String>,
    /// The case.
    pub case: Option<String>,
}

impl Wanted {
    /// Whether a row is shown.
    pub fn takes(&self, row: &Shown) -> bool {
        let any = |pattern: &Option<String>, values: &[&str]| {
            pattern
                .as_ref()
                .is_none_or(|pattern| values.iter().any(|value| fits_one(pattern, value)))
        };
        let targets: Vec<&str> = row.target.iter().map(String::as_str).collect();
        self.min_severity.is_none_or(|least| row.severity >= least)
            && any(&self.actor, &names(row))
            && any(&self.target, &targets)
            && any(&self.session, &[&row.session])
            && any(&self.case, &[&row.case])
            && self.src.as_ref().is_none_or(|pattern| is_from(pattern, &row.src))
    }

    /// Whether a row that is not shown may have reached the machine that is asked for: it fits but for its targets, and those are tags,
    /// fleets, accounts and the like, or none.
    pub fn may_reach(&self, row: &Shown) -> bool {
        let elsewhere = Self {
            target: None,
            ..self.clone()
        };
        let names_machines = MACHINES.contains(&row.target_type.as_str()) && !row.target.is_empty();
        self.target.is_some()
            && !names_machines
            && row.access != AccessType::SessionEnd
            && elsewhere.takes(row)
            && !self.takes(row)
    }

    /// Whether every row is shown.
    pub fn is_all(&self) -> bool {
        !self.is_narrow()
            && self
                .min_severity
                .is_none_or(|least| least == Severity::Informational)
    }

    /// Whether it asks for more than a severity.
    pub fn is_narrow(&self) -> bool {
        let patterns = [&self.actor, &self.target, &self.src, &self.session, &self.case];
        patterns.into_iter().any(Option::is_some)
    }
}

/// Under which names the actor of a row is known; as the table shows it, too.
fn names(row: &Shown) -> [&str; 5] {
    let (actor, principal) = (short_actor(&row.actor), short_actor(&row.principal));
    [&row.actor, &row.principal, &row.person, actor, principal]
}

/// Whether a value fits one of the alternatives. A value may be several, with commas.
fn fits_one(pattern: &str, value: &str) -> bool {
    let mut alternatives = pattern.split('|').map(str::trim);
    !value.is_empty()
        && alternatives.any(|glob| fits(glob, value) || value.split(", ").any(|part| fits(glob, part)))
}

fn is_from(pattern: &str, src: &str) -> bool {
    let addresses: Vec<IpAddr> = src.split(", ").filter_map(|part| part.parse().ok()).collect();
    let is_in = |net: &str| {
        let net: Option<IpNet> = net.trim().parse().ok();
        net.is_some_and(|net| addresses.iter().any(|address| net.contains(address)))
    };
    fits_one(pattern, src) || pattern.split('|').any(is_in)
}
