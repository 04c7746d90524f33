//! Links from one earlier request to one later one: what was pushed, read, switched on or denied, and then used.

use super::connection::Link;
use super::definitions::Opening;
use super::machine::{Machine, Machines, is_account_wide, machine, whole_account};
use super::options::LinkOptions;
use super::record::{KNOWN, Record};
use super::request::{Caller, Request};
use super::rules::Rules;
use super::times::{hours, in_words, minutes, seconds};
use crate::catalogue::{AccessType, Outcome};
use crate::detect::glob::fits;
use rustc_hash::FxHashMap;

/// When something was last seen, and in which request.
type Seen = (i64, usize);

/// What has been seen so far, while requests are gone through in the order of time.
pub struct Chains<'r> {
    records: &'r [Record],
    requests: &'r [Request],
    machines: &'r Machines,
    rules: &'r Rules,
    options: &'r LinkOptions,
    keys: FxHashMap<(Caller<'r>, Machine), Seen>,
    credentials: FxHashMap<(Caller<'r>, Machine), Seen>,
    denials: FxHashMap<(Caller<'r>, Machine, AccessType), Seen>,
    /// Caller, machine or account, and number of the rule.
    opened: FxHashMap<(Caller<'r>, Machine, usize), Seen>,
    /// When it was taken back: machine or account, and number of the rule.
    closed: FxHashMap<(Machine, usize), i64>,
    /// Account, and number of the rule.
    recording: FxHashMap<(Machine, usize), Seen>,
    entered: FxHashMap<Machine, Seen>,
}

impl<'r> Chains<'r> {
    /// Of requests that are sorted by time.
    pub fn new(
        records: &'r [Record],
        requests: &'r [Request],
        machines: &'r Machines,
        rules: &'r Rules,
        options: &'r LinkOptions,
    ) -> Self {
        Self {
            records,
            requests,
            machines,
            rules,
            options,
            keys: FxHashMap::default(),
            credentials: FxHashMap::default(),
            denials: FxHashMap::default(),
            opened: FxHashMap::default(),
            closed: FxHashMap::default(),
            recording: FxHashMap::default(),
            entered: FxHashMap::default(),
        }
    }

    /// Adds every link.
    pub fn links(mut self, links: &mut Vec<Link>) {
        for (number, request) in self.requests.iter().enumerate() {
            let Some(time) = request.time else { continue };
            let machines = self.machines.of(number);
            if request.is_granted(self.records) {
                self.used(number, time, machines, links);
                self.prepared(number, time, machines);
            } else if request.outcome(self.records) == Outcome::Denied {
                self.denied(number, time, machines);
            }
        }
    }

    fn request(&self, number: usize) -> &'r Request {
        &self.requests[number]
    }

    /// Remembers what a request makes possible, unless somebody has said that it is as it should be.
    fn prepared(&mut self, number: usize, time: i64, machines: &[Machine]) {
        use AccessType::{CredentialReset, CredentialRetrieval, SshKeyPush};
        let (request, records) = (self.request(number), self.records);
        let access = request.access(records);
        let covered = self.covered(request, machines);
        self.taken_back(request, time, &covered);
        if !request.is_reported(records) {
            return;
        }
        for caller in request.callers(records).chain([Caller::Unnamed]) {
            let places = covered.iter().map(|place| (caller, place.clone()));
            match access {
                Some(SshKeyPush) => self.keys.extend(places.map(|key| (key, (time, number)))),
                Some(CredentialReset | CredentialRetrieval) => {
                    self.credentials.extend(places.map(|key| (key, (time, number))));
                }
                _ => {}
            }
        }
        self.switched(number, time, &covered);
        let is_in = |access| is_use(access) || access == AccessType::RunCommand;
        if access.is_some_and(is_in) {
            let entered = machines.iter().map(|machine| (machine.clone(), (time, number)));
            self.entered.extend(entered);
        }
    }

    /// Remembers which access a request switches off, whoever expects it.
    fn taken_back(&mut self, request: &Request, time: i64, covered: &[Machine]) {
        for (at, rule) in self.rules.opens.iter().enumerate() {
            if request.is_one_of(self.records, &rule.closed_by) {
                let places = covered.iter().map(|place| ((place.clone(), at), time));
                self.closed.extend(places);
            }
        }
    }

    /// Remembers which access a request switches on, and which recording off.
    fn switched(&mut self, number: usize, time: i64, covered: &[Machine]) {
        let (request, records, rules) = (self.request(number), self.records, self.rules);
        if matches!(
            request.access(records),
            Some(AccessType::AccessEnablement | AccessType::Preparation)
        ) {
            let enables = request.access(records) == Some(AccessType::AccessEnablement);
            for (at, _) in rules
                .opens
                .iter()
                .enumerate()
                .filter(|(_, rule)| enables && is_it(request, records, rule))
            {
                for caller in request.callers(records).chain([Caller::Unnamed]) {
                    let places = covered
                        .iter()
                        .map(|place| ((caller, place.clone(), at), (time, number)));
                    self.opened.extend(places);
                }
            }
            let is_off = request.union(records, KNOWN.technique).contains(&"T1685.002");
            for (at, _) in rules
                .recording
                .iter()
                .enumerate()
                .filter(|(_, rule)| is_off && is_it(request, records, rule))
            {
                self.recording
                    .insert((whole_account(request, records), at), (time, number));
            }
        }
    }

    /// The machines that a request is about; the account where it is about no machine.
    fn covered(&self, request: &Request, machines: &[Machine]) -> Vec<Machine> {
        if machines.is_empty() || is_account_wide(request, self.records) {
            vec![whole_account(request, self.records)]
        } else {
            machines.to_vec()
        }
    }

    fn denied(&mut self, number: usize, time: i64, machines: &[Machine]) {
        let request = self.request(number);
        let Some(access) = request.access(self.records) else {
            return;
        };
        for caller in request.callers(self.records) {
            let places = machines
                .iter()
                .map(|machine| ((caller, machine.clone(), access), (time, number)));
            self.denials.extend(places);
        }
    }

    /// Links a request to what made it possible.
    fn used(&self, number: usize, time: i64, machines: &[Machine], links: &mut Vec<Link>) {
        let (request, records) = (self.request(number), self.records);
        let Some(access) = request.access(records) else {
            return;
        };
        if is_use(access) {
            let here: Vec<Machine> = self.here(request, machines);
            let within = seconds(self.options.key_seconds);
            self.last(&self.keys, request, &here, time, within, |caller, place, seen| {
                links.push(self.link("key_then_access", number, seen, caller, place, "a key was pushed"));
            });
            let within = hours(self.options.enabled_hours);
            self.last(
                &self.credentials,
                request,
                &here,
                time,
                within,
                |caller, place, seen| {
                    links.push(self.link(
                        "credential_then_access",
                        number,
                        seen,
                        caller,
                        place,
                        "a credential was read or set",
                    ));
                },
            );
            self.unrecorded(number, time, links);
        }
        if is_use(access) || access == AccessType::RunCommand {
            self.enabled(number, time, machines, links);
        }
        self.granted(number, time, machines, access, links);
        self.hop(number, time, machines, links);
    }

    /// Who uses what was prepared; where the record names nobody, it can have been anybody.
    fn users(&self, request: &Request) -> Vec<Caller<'r>> {
        let named: Vec<Caller<'r>> = request.callers(self.records).collect();
        if named.is_empty() {
            vec![Caller::Unnamed]
        } else {
            named
        }
    }

    /// The machines of a request, and the account that they are in.
    fn here(&self, request: &Request, machines: &[Machine]) -> Vec<Machine> {
        let account = whole_account(request, self.records);
        machines.iter().cloned().chain([account]).collect()
    }

    /// Calls `found` with the latest of what was seen of one of the callers on one of the places.
    fn last(
        &self,
        seen: &FxHashMap<(Caller<'r>, Machine), Seen>,
        request: &Request,
        places: &[Machine],
        time: i64,
        within: i64,
        mut found: impl FnMut(Caller<'r>, &Machine, Seen),
    ) {
        let mut best: Option<(Seen, Caller<'r>, &Machine)> = None;
        for caller in self.users(request) {
            for place in places.iter().filter(|place| is_near(caller, place)) {
                let key = (caller, place.clone());
                let Some(known) = seen.get(&key).filter(|(at, _)| time - at <= within) else {
                    continue;
                };
                if best.is_none_or(|(seen, ..)| *known > seen) {
                    best = Some((*known, caller, place));
                }
            }
        }
        if let Some((seen, caller, place)) = best {
            found(caller, place, seen);
        }
    }

    fn link(
        &self,
        kind: &'static str,
        later: usize,
        seen: Seen,
        caller: Caller<'_>,
        place: &Machine,
        what: &str,
    ) -> Link {
        let (at, earlier) = seen;
        let time = self.requests[later].time.unwrap_or(at);
        let operation = self.requests[earlier].value(self.records, KNOWN.operation_name);
        let joined = if place.name() == "*" {
            "dvm_account, as no machine is named"
        } else {
            "dvm_target"
        };
        let on = if place.name() == "*" {
            String::new()
        } else {
            format!(" on {}", place.name())
        };
        Link {
            kind,
            later,
            earlier,
            reason: format!(
                "{what}{on} ({operation}) {} before; {}",
                in_words(time - at),
                match caller.field() {
                    Some(field) => format!("same {field} and {joined}"),
                    None => format!("same {joined}; the record names no caller"),
                }
            ),
        }
    }

    fn enabled(&self, number: usize, time: i64, machines: &[Machine], links: &mut Vec<Link>) {
        let (request, records) = (self.request(number), self.records);
        let here = self.here(request, machines);
        let within = hours(self.options.enabled_hours);
        for (at, rule) in self.rules.opens.iter().enumerate() {
            if !request.is_one_of(records, &rule.used_by) {
                continue;
            }
            for caller in self.users(request) {
                for place in here.iter().filter(|place| is_near(caller, place)) {
                    let closed = self.closed.get(&(place.clone(), at));
                    let seen = self.opened.get(&(caller, place.clone(), at)).copied();
                    let seen = seen.filter(|(seen, _)| closed.is_none_or(|closed| seen > closed));
                    if let Some(seen) = seen.filter(|(seen, _)| time - seen <= within) {
                        let what = "this kind of access was switched on";
                        links.push(self.link("enabled_then_used", number, seen, caller, place, what));
                    }
                }
            }
        }
    }

    fn granted(
        &self,
        number: usize,
        time: i64,
        machines: &[Machine],
        access: AccessType,
        links: &mut Vec<Link>,
    ) {
        let request = self.request(number);
        let within = minutes(self.options.denied_minutes);
        for caller in request.callers(self.records) {
            for machine in machines {
                let seen = self.denials.get(&(caller, machine.clone(), access)).copied();
                if let Some(seen) = seen.filter(|(at, _)| time - at <= within) {
                    let what = "the same access was denied";
                    links.push(self.link("denied_then_granted", number, seen, caller, machine, what));
                }
            }
        }
    }

    fn unrecorded(&self, number: usize, time: i64, links: &mut Vec<Link>) {
        let (request, records) = (self.request(number), self.records);
        let account = whole_account(request, records);
        for (at, rule) in self.rules.recording.iter().enumerate() {
            let seen = self.recording.get(&(account.clone(), at)).copied();
            let within = hours(self.options.recording_hours);
            let Some((seen, earlier)) = seen.filter(|(seen, _)| time - seen <= within) else {
                continue;
            };
            if request.is_one_of(records, &rule.used_by) {
                let operation = self.requests[earlier].value(records, KNOWN.operation_name);
                links.push(Link {
                    kind: "recording_off_then_session",
                    later: number,
                    earlier,
                    reason: format!(
                        "the recording of such sessions was switched off or changed ({operation}) {} before; same dvm_account only",
                        in_words(time - seen)
                    ),
                });
            }
        }
    }

    /// A machine's own credentials, after somebody entered it.
    fn hop(&self, number: usize, time: i64, machines: &[Machine], links: &mut Vec<Link>) {
        let (request, records) = (self.request(number), self.records);
        if request.value(records, KNOWN.actor_type) != "instance" {
            return;
        }
        let actor = request.value(records, KNOWN.actor);
        let Some(name) = actor
            .rsplit('/')
            .next()
            .filter(|name| name.starts_with("i-") || name.starts_with("mi-"))
        else {
            return;
        };
        let own = machine(request, records, name);
        let others = machines.iter().filter(|machine| **machine != own);
        let within = hours(self.options.hop_hours);
        let Some((seen, earlier)) = self
            .entered
            .get(&own)
            .copied()
            .filter(|(at, _)| time - at <= within)
        else {
            return;
        };
        if let Some(other) = others.into_iter().next() {
            links.push(Link {
                kind: "machine_hop",
                later: number,
                earlier,
                reason: format!(
                    "{} was entered {} before, and its credentials (dvm_actor) now reach {}",
                    own.name(),
                    in_words(time - seen),
                    other.name()
                ),
            });
        }
    }
}

/// Whether a place is enough to join on: of a caller whom no record names, only a machine is.
fn is_near(caller: Caller<'_>, place: &Machine) -> bool {
    caller != Caller::Unnamed || place.name() != "*"
}

/// Whether somebody is on a machine.
fn is_use(access: AccessType) -> bool {
    use AccessType::{RemoteDesktop, SerialConsole, ShellSession, Tunnel};
    matches!(access, ShellSession | RemoteDesktop | Tunnel | SerialConsole)
}

/// Whether a request is what a rule begins with.
fn is_it(request: &Request, records: &[Record], rule: &Opening) -> bool {
    let documents = request.union(records, KNOWN.document).into_iter();
    let mut documents = documents.flat_map(|documents| documents.split(", "));
    let fits_any = |document: &str| rule.documents.iter().any(|glob| fits(glob, document));
    request.is_one_of(records, &rule.operations) && (rule.documents.is_empty() || documents.any(fits_any))
}
