//! Machines as they are told apart.

use super::record::{KNOWN, Record};
use super::request::Request;
use rustc_hash::{FxHashMap, FxHashSet};

/// Machines of one request that links look at; of a call that names more, the first ones.
const MAX_MACHINES: usize = 100;

/// A machine: where its name is unique, and the name in lower case.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Machine(pub String);

/// Kinds of target that are machines.
const KINDS: [&str; 4] = ["instance", "address", "container", "scale_set"];

/// The machines of each request, by its number.
#[derive(Debug)]
pub struct Machines(Vec<Vec<Machine>>);

impl Machines {
    /// Of all requests, each machine under one name. Google Cloud names a machine in some logs, and gives its number in others:
    /// where a record has both, the number means the machine of that name.
    pub fn of_all(requests: &[Request], all: &[Record]) -> Self {
        let mut machines: Vec<Vec<Machine>> = requests.iter().map(|request| machines(request, all)).collect();
        let mut same: FxHashMap<Machine, Machine> = FxHashMap::default();
        for (request, of_request) in requests.iter().zip(&machines) {
            let number = number(request, all);
            if let ([one], Some(number)) = (&of_request[..], number.filter(|number| *number != of_request[0]))
            {
                same.entry(number).or_insert_with(|| one.clone());
            }
        }
        same.extend(bare_names(requests, &machines, all));
        for machine in machines.iter_mut().flatten() {
            if let Some(name) = same.get(machine) {
                *machine = name.clone();
            }
        }
        Self(machines)
    }

    /// Those of one request.
    pub fn of(&self, request: usize) -> &[Machine] {
        &self.0[request]
    }
}

/// Sign-ins to Azure name the machine and the tenant, but no subscription: where all other records know one machine of the
/// name, it is that one.
fn bare_names(requests: &[Request], machines: &[Vec<Machine>], all: &[Record]) -> Vec<(Machine, Machine)> {
    let mut bare = FxHashSet::default();
    let mut by_name: FxHashMap<&str, Option<&Machine>> = FxHashMap::default();
    let of_azure = requests
        .iter()
        .zip(machines)
        .filter(|(request, _)| request.value(all, KNOWN.cloud) == "azure");
    for (request, of_request) in of_azure {
        for machine in of_request {
            if resource_group(request, all, machine.name()).is_empty() {
                bare.insert(machine);
            } else {
                let known = by_name.entry(machine.name()).or_insert(Some(machine));
                *known = known.filter(|known| *known == machine);
            }
        }
    }
    let same = |machine: &Machine| Some((machine.clone(), (*by_name.get(machine.name())?)?.clone()));
    bare.into_iter().filter_map(same).collect()
}

/// The machine under the number that Google Cloud gives it, where a record has name and number.
fn number(request: &Request, all: &[Record]) -> Option<Machine> {
    let is_number = |id: &&str| !id.is_empty() && id.bytes().all(|byte| byte.is_ascii_digit());
    let mut numbers = request.union(all, KNOWN.object_id).into_iter().filter(is_number);
    let (number, others) = (numbers.next()?, numbers.count());
    let is_it = others == 0 && request.value(all, KNOWN.cloud) == "gcp";
    is_it.then(|| machine(request, all, number))
}

/// The machines that a request names.
fn machines(request: &Request, all: &[Record]) -> Vec<Machine> {
    let kind = request.value(all, KNOWN.target_type);
    if !KINDS.contains(&kind) {
        return Vec::new();
    }
    let named = request.union(all, KNOWN.target).into_iter().take(MAX_MACHINES);
    let is_machine = |name: &&str| *name != "*" && !name.contains('=');
    named
        .filter(is_machine)
        .map(|name| machine(request, all, name))
        .collect()
}

/// The machine of this name where the request was made. The ids of AWS are unique; a name is in its account.
pub fn machine(request: &Request, all: &[Record], name: &str) -> Machine {
    let cloud = request.value(all, KNOWN.cloud);
    let name = name.to_ascii_lowercase();
    if name.starts_with("i-") || name.starts_with("mi-") {
        return Machine(format!("{cloud} {name}"));
    }
    let account = request.value(all, KNOWN.account).to_ascii_lowercase();
    let group = resource_group(request, all, &name);
    Machine(format!("{cloud} {account} {group} {name}"))
}

/// The resource group of a machine of Azure, in which its name is unique; empty where the log does not say.
fn resource_group(request: &Request, all: &[Record], name: &str) -> String {
    let ids = request
        .union(all, KNOWN.object_id)
        .into_iter()
        .map(str::to_ascii_lowercase);
    let mut groups = ids
        .filter(|id| id.split('/').any(|segment| segment == name))
        .filter_map(|id| {
            let (_, rest) = id.split_once("/resourcegroups/")?;
            rest.split('/').next().map(str::to_owned)
        });
    groups.next().unwrap_or_default()
}

/// All machines of the account in which a request was made; of AWS, whose settings are each of one region, those of the
/// region.
pub fn whole_account(request: &Request, all: &[Record]) -> Machine {
    let cloud = request.value(all, KNOWN.cloud);
    let account = request.value(all, KNOWN.account).to_ascii_lowercase();
    let region = if cloud == "aws" {
        request.value(all, KNOWN.region)
    } else {
        ""
    };
    Machine(format!("{cloud} {account} {region} *"))
}

/// Whether the request is about an account or project, or about people, as a whole.
pub fn is_account_wide(request: &Request, all: &[Record]) -> bool {
    let kind = request.value(all, KNOWN.target_type);
    ["account", "project", "fleet", "user"].contains(&kind)
}

impl Machine {
    /// The name alone, for people.
    pub fn name(&self) -> &str {
        self.0.rsplit(' ').next().unwrap_or(&self.0)
    }
}
