//! Runs of a service, and the order that set them up.

use super::connection::Link;
use super::record::{KNOWN, Record};
use super::request::Request;
use super::rules::Rules;
use super::times::in_words;
use crate::catalogue::AccessType;
use rustc_hash::FxHashMap;

/// Cloud, account and document.
type Key = [String; 3];

/// Links each run of a service to the last order in its account that names the same document.
pub fn links(records: &[Record], requests: &[Request], rules: &Rules, links: &mut Vec<Link>) {
    let mut orders: FxHashMap<Key, (i64, usize)> = FxHashMap::default();
    for (number, request) in requests.iter().enumerate() {
        let Some(time) = request.time.filter(|_| request.is_granted(records)) else {
            continue;
        };
        let is_service = request.is_of_service(records);
        if is_service && request.access(records) == Some(AccessType::RunCommand) {
            let known = keys(request, records).find_map(|key| Some((orders.get(&key)?, key)));
            if let Some(((at, earlier), [_, _, document])) = known {
                let operation = requests[*earlier].value(records, KNOWN.operation_name);
                links.push(Link {
                    kind: "order_then_run",
                    later: number,
                    earlier: *earlier,
                    reason: format!(
                        "{document} was ordered or changed ({operation}) {} before, and a service runs it; same dvm_account and \
                         dvm_document only, as the order is not named",
                        in_words(time - at)
                    ),
                });
            }
        }
        if !is_service && request.is_one_of(records, &rules.orders) {
            orders.extend(keys(request, records).map(|key| (key, (time, number))));
        }
    }
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
