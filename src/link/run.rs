//! Runs of a service, and the order that set them up.

use super::connection::Link;
use super::machine::{Machine, Machines};
use super::record::{KNOWN, Record};
use super::request::Request;
use super::rules::Rules;
use super::times::in_words;
use crate::catalogue::AccessType;
use rustc_hash::FxHashMap;

/// Cloud, account and document.
type Key = [String; 3];

/// Orders for one document that are remembered: the last ones.
const MAX_ORDERS: usize = 32;

/// Links each run of a service to the last order in its account that names the same document, and no other machines or
/// region.
pub fn links(
    records: &[Record],
    requests: &[Request],
    machines: &Machines,
    rules: &Rules,
    links: &mut Vec<Link>,
) {
    let mut orders: FxHashMap<Key, Vec<(i64, usize)>> = FxHashMap::default();
    for (number, request) in requests.iter().enumerate() {
        let Some(time) = request.time.filter(|_| request.is_granted(records)) else {
            continue;
        };
        if request.is_one_of(records, &rules.orders) {
            for key in keys(request, records) {
                let of_document = orders.entry(key).or_default();
                if of_document.len() == MAX_ORDERS {
                    of_document.remove(0);
                }
                of_document.push((time, number));
            }
            continue;
        }
        if !request.is_of_service(records) || request.access(records) != Some(AccessType::RunCommand) {
            continue;
        }
        let fits = |earlier: usize| {
            let regions = [earlier, number].map(|number| requests[number].value(records, KNOWN.region));
            may_cause(regions, [earlier, number].map(|number| machines.of(number)))
        };
        let known = keys(request, records).find_map(|key| {
            let mut last = orders.get(&key)?.iter().rev();
            let (at, earlier) = last.find(|(_, earlier)| fits(*earlier))?;
            let [_, _, document] = key;
            Some((*at, *earlier, document))
        });
        if let Some((at, earlier, document)) = known {
            let operation = requests[earlier].value(records, KNOWN.operation_name);
            links.push(Link {
                kind: "order_then_run",
                later: number,
                earlier,
                reason: format!(
                    "{document} was ordered or changed ({operation}) {} before, and a service runs it; same dvm_account and \
                     dvm_document only, as the order is not named",
                    in_words(time - at)
                ),
            });
        }
    }
}

/// Whether nothing in both speaks against it: they are in one region, and if both name machines, one of them is the same.
fn may_cause([there, here]: [&str; 2], [ordered, reached]: [&[Machine]; 2]) -> bool {
    let is_near = there.is_empty() || here.is_empty() || there == here;
    let is_open = ordered.is_empty() || reached.is_empty();
    is_near && (is_open || reached.iter().any(|machine| ordered.contains(machine)))
}

/// What joins an order and its run: each document by its name.
fn keys<'r>(request: &Request, records: &'r [Record]) -> impl Iterator<Item = Key> + use<'r> {
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
