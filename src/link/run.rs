//! Runs of a service, and the order that set them up.

use super::connection::Link;
use super::definitions::Order;
use super::machine::{Machine, Machines};
use super::record::{KNOWN, Record};
use super::request::Request;
use super::rules::Rules;
use super::times::in_words;
use crate::catalogue::AccessType;
use rustc_hash::FxHashMap;

/// Cloud, account, and what joins: a document, or a run by its id.
type Key = [String; 3];

/// An order: when, and the numbers of its request and rule.
type Given = (i64, usize, usize);

/// Orders for one document that are remembered: the last ones.
const MAX_ORDERS: usize = 32;

/// Links each run of a service to the last order in its account that names the same document or started this very run, for
/// that service, and no other machines or region.
pub fn links(
    records: &[Record],
    requests: &[Request],
    machines: &Machines,
    rules: &Rules,
    links: &mut Vec<Link>,
) {
    let mut orders: FxHashMap<Key, Vec<Given>> = FxHashMap::default();
    for (number, request) in requests.iter().enumerate() {
        let Some(time) = request.time.filter(|_| request.is_granted(records)) else {
            continue;
        };
        let mut kinds = rules.orders.iter();
        if let Some(kind) = kinds.position(|rule| request.is_one_of(records, &rule.operations)) {
            for key in documents(request, records).chain(run_id(request, records)) {
                let of_key = orders.entry(key).or_default();
                if of_key.len() == MAX_ORDERS {
                    of_key.remove(0);
                }
                of_key.push((time, number, kind));
            }
            continue;
        }
        if !request.is_of_service(records) || request.access(records) != Some(AccessType::RunCommand) {
            continue;
        }
        let fits = |(_, earlier, kind): &Given| {
            let regions = [*earlier, number].map(|number| requests[number].value(records, KNOWN.region));
            runs_it(&rules.orders[*kind], request, records)
                && may_cause(regions, [*earlier, number].map(|number| machines.of(number)))
        };
        let last = |key: Key| Some((*orders.get(&key)?.iter().rev().find(|given| fits(given))?, key));
        let by_run = run_of_actor(request, records).and_then(last);
        let found = by_run.or_else(|| documents(request, records).find_map(last));
        if let Some(((at, earlier, _), [_, _, joined])) = found {
            let operation = requests[earlier].value(records, KNOWN.operation_name);
            let ago = in_words(time - at);
            links.push(Link {
                kind: "order_then_run",
                later: number,
                earlier,
                reason: match joined.strip_prefix(RUN) {
                    Some(run) => format!(
                        "{run} was started ({operation}) {ago} before, and a service runs it; same dvm_account, and the \
                         order's dvm_session names the run in dvm_actor"
                    ),
                    None => format!(
                        "{joined} was ordered or changed ({operation}) {ago} before, and a service runs it; same dvm_account \
                         and dvm_document only, as the order is not named; neither region nor machines speak against it"
                    ),
                },
            });
        }
    }
}

/// What a key begins with that is a run.
const RUN: &str = "run ";

/// The run that an order started.
fn run_id(order: &Request, records: &[Record]) -> Option<Key> {
    let session = order.value(records, KNOWN.session);
    (!session.is_empty()).then(|| key(order, records, format!("{RUN}{session}")))
}

/// The run that a service names in the session of its role.
fn run_of_actor(run: &Request, records: &[Record]) -> Option<Key> {
    let (_, name) = run.value(records, KNOWN.actor).rsplit_once('/')?;
    Some(key(run, records, format!("{RUN}{name}")))
}

fn key(request: &Request, records: &[Record], joined: String) -> Key {
    let [cloud, account] = [KNOWN.cloud, KNOWN.account].map(|field| request.value(records, field).to_owned());
    [cloud, account, joined]
}

/// Whether the service that makes a run is one that such orders are for.
fn runs_it(order: &Order, run: &Request, records: &[Record]) -> bool {
    let service = run.value(records, KNOWN.service);
    service.is_empty() || order.run_by.is_empty() || order.run_by.iter().any(|known| known == service)
}

/// Whether nothing in both speaks against it: they are in one region, and if both name machines, one of them is the same.
fn may_cause([there, here]: [&str; 2], [ordered, reached]: [&[Machine]; 2]) -> bool {
    let is_near = there.is_empty() || here.is_empty() || there == here;
    let is_open = ordered.is_empty() || reached.is_empty();
    is_near && (is_open || reached.iter().any(|machine| ordered.contains(machine)))
}

/// What joins an order and its run: each document by its name.
fn documents<'r>(request: &Request, records: &'r [Record]) -> impl Iterator<Item = Key> + use<'r> {
    let [cloud, account] = [KNOWN.cloud, KNOWN.account].map(|field| request.value(records, field).to_owned());
    let documents = request.union(records, KNOWN.document).into_iter();
    let names = documents.flat_map(|documents| documents.split(", "));
    names.map(move |document| [cloud.clone(), account.clone(), name(document, &account)])
}

/// A document's name without its version. An ARN that names the document of an account other than `own` keeps that account.
fn name(document: &str, own: &str) -> String {
    let (head, rest) = match document.strip_prefix("arn:") {
        Some(arn) => {
            let mut parts = arn.splitn(5, ':').skip(3);
            let account = parts.next().unwrap_or_default();
            let resource = parts.next().unwrap_or_default();
            (
                account,
                resource.split_once('/').map_or(resource, |(_, name)| name),
            )
        }
        None => ("", document),
    };
    let name = rest.split(':').next().unwrap_or(rest);
    if head.is_empty() || head == own {
        name.to_owned()
    } else {
        format!("{name} of {head}")
    }
}

#[cfg(test)]
mod tests {
    use super::name;

    #[test]
    fn a_document_is_known_by_its_name_and_owner() {
        for (document, wanted) in [
            ("patch-all", "patch-all"),
            ("patch-all:3", "patch-all"),
            (
                "arn:aws:ssm:eu-west-1::document/AWS-RunShellScript",
                "AWS-RunShellScript",
            ),
            ("arn:aws:ssm:eu-west-1:111122223333:document/tidy:2", "tidy"),
            (
                "arn:aws:ssm:eu-west-1:444455556666:document/tidy:2",
                "tidy of 444455556666",
            ),
        ] {
            assert_eq!(name(document, "111122223333"), wanted);
        }
    }
}
