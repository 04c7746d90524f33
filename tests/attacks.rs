//! What a caller can choose never makes an event less visible: the name of a session, an extension, a document or a guest,
//! a comment, a user agent, the subject of a federated identity, and how JSON in a text is spelled.
//!
//! A name may raise the severity. So each event is compared with the same event under a name that means nothing.
//!
//! The modules hold one attack each test, named after what the attacker tries, with the honest event beside it.

mod alerts;
mod decoys;
mod files;
mod hidden;
mod identities;
mod limits;
mod made;
mod rules;
mod supply;
mod texts;

use crate::catalogue::{catalogue, detector};
use crate::shapes::{Seen, inspect_raw, writings};
use directvm::catalogue::{Expected, Severity};
use directvm::detect::Detector;
use directvm::detect::bounds::{MAX_LIST_BYTES, MAX_VALUE};
use directvm::detect::finding::FIELDS;
use proptest::prelude::*;
use serde_json::Value;
use std::sync::LazyLock;

static DETECTOR: LazyLock<Detector> = LazyLock::new(detector);

/// Every hit of the catalogue: the id of its operation, and the event.
static HITS: LazyLock<Vec<(String, Value)>> = LazyLock::new(|| {
    let mut hits = Vec::new();
    for (family, operation) in catalogue().operations() {
        let examples = operation.examples.iter();
        for example in examples.filter(|example| example.verdict == Expected::Hit) {
            let event = example.whole(family, operation).expect("an example is JSON");
            hits.push((family.operation_id(operation), event));
        }
    }
    hits
});

/// A place that the caller fills.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    Agent,
    Session,
    Extension,
    Document,
    Comment,
    Guest,
    Subject,
}

impl Place {
    const ALL: [Self; 7] = [
        Self::Agent,
        Self::Session,
        Self::Extension,
        Self::Document,
        Self::Comment,
        Self::Guest,
        Self::Subject,
    ];

    /// A name that means nothing.
    fn neutral(self) -> &'static str {
        match self {
            Self::Document => "Quokka-7",
            _ => "quokka-7",
        }
    }

    /// Names that were made up to look like something that is trusted.
    fn hostile(self) -> &'static [&'static str] {
        match self {
            Self::Agent => &[
                "ssm.amazonaws.com",
                "AWS Internal",
                "google-internal",
                "",
                "-",
                "|*",
            ],
            Self::Session => &[
                "i-0123456789abcdef0",
                "AWSServiceRoleForAmazonSSM",
                "AWSReservedSSO_Admin_0123456789abcdef",
                "ssm.amazonaws.com",
                "ana@example.com",
                "aws:ec2-instance",
                "root",
            ],
            Self::Extension => &[
                "AzureMonitorLinuxAgent",
                "MicrosoftMonitoringAgent",
                "MDE.Linux",
                "AzurePolicyforLinux",
                "AzureBackupLinuxWorkload",
                "VMAccessAgent",
                "CustomScript",
            ],
            Self::Document => &[
                "arn:aws:ssm:eu-west-1:666666666666:document/AWS-RunPatchBaseline",
                "arn:aws:ssm:eu-west-1:666666666666:document/SSM-SessionManagerRunShell",
                "x-AWS-RunPatchBaseline",
                "Patch",
            ],
            Self::Comment => &[
                "AWS-RunPatchBaseline",
                "arn:aws:iam::aws:role/aws-service-role/ssm.amazonaws.com/AWSServiceRoleForAmazonSSM",
                "\n\r\u{1b}[2J",
            ],
            Self::Guest => &[
                "1@cloudservices.gserviceaccount.com",
                "system@google.com",
                "x@system.gserviceaccount.com",
                "root",
            ],
            Self::Subject => &[
                "x@system.gserviceaccount.com",
                "1@cloudservices.gserviceaccount.com",
                "system@google.com",
            ],
        }
    }

    /// Writes a name in this place; `None` where the event has no such place, or the provider fills it.
    fn fill(self, event: &Value, name: &str) -> Option<Value> {
        let mut event = event.clone();
        let filled = match self {
            Self::Agent => {
                set(&mut event, "/userAgent", name)
                    | set(
                        &mut event,
                        "/protoPayload/requestMetadata/callerSuppliedUserAgent",
                        name,
                    )
            }
            Self::Session => session(&mut event, name),
            Self::Extension => {
                let mut count = 0;
                each_text(&mut event, &mut |text| {
                    count += usize::from(name_extension(text, name));
                });
                count > 0
            }
            Self::Document => {
                set(&mut event, "/requestParameters/documentName", name)
                    | set(&mut event, "/requestParameters/DocumentName", name)
            }
            Self::Comment => match event.get_mut("requestParameters") {
                Some(Value::Object(parameters)) => {
                    parameters.insert("comment".to_owned(), name.into());
                    parameters.insert("reason".to_owned(), name.into());
                    true
                }
                _ => false,
            },
            Self::Guest => set(&mut event, "/protoPayload/request/username", name),
            Self::Subject => {
                let subject = format!(
                    "principal://iam.googleapis.com/locations/global/workforcePools/p/subject/{name}"
                );
                let who = event.pointer_mut("/protoPayload/authenticationInfo");
                who.and_then(Value::as_object_mut).is_some_and(|who| {
                    who.remove("principalEmail");
                    who.insert("principalSubject".to_owned(), subject.into());
                    true
                })
            }
        };
        filled.then_some(event)
    }
}

fn set(event: &mut Value, pointer: &str, text: &str) -> bool {
    let place = event.pointer_mut(pointer).filter(|place| place.is_string());
    place.map(|place| *place = text.into()).is_some()
}

/// Names the session of an assumed role. The provider names those of instances and of Identity Center.
fn session(event: &mut Value, name: &str) -> bool {
    let text = |event: &Value, pointer| event.pointer(pointer).and_then(Value::as_str).map(str::to_owned);
    let issuer = text(event, "/userIdentity/sessionContext/sessionIssuer/arn").unwrap_or_default();
    let arn = text(event, "/userIdentity/arn").unwrap_or_default();
    let Some((role, session)) = arn.rsplit_once('/').filter(|_| arn.contains(":assumed-role/")) else {
        return false;
    };
    if session.starts_with("i-") || issuer.contains("/aws-reserved/") || issuer.contains("/aws-service-role/")
    {
        return false;
    }
    if let Some((id, _)) = text(event, "/userIdentity/principalId")
        .unwrap_or_default()
        .split_once(':')
    {
        set(event, "/userIdentity/principalId", &format!("{id}:{name}"));
    }
    set(event, "/userIdentity/arn", &format!("{role}/{name}"))
}

/// Names the extension in a resource id.
fn name_extension(text: &mut String, name: &str) -> bool {
    const KIND: &str = "/extensions/";
    let Some(at) = text.to_ascii_lowercase().find(KIND).map(|at| at + KIND.len()) else {
        return false;
    };
    let end = text[at..].find(['/', '"']).map_or(text.len(), |end| at + end);
    // A kind of resource, as in the name of an operation, is no resource id.
    if !text.starts_with('/') || end == at {
        return false;
    }
    text.replace_range(at..end, name);
    true
}

fn each_text(value: &mut Value, run: &mut dyn FnMut(&mut String)) {
    match value {
        Value::String(text) => run(text),
        Value::Array(items) => items.iter_mut().for_each(|item| each_text(item, run)),
        Value::Object(members) => members.values_mut().for_each(|member| each_text(member, run)),
        _ => {}
    }
}

fn finding(id: &str, event: &Value) -> Option<Seen> {
    let seen = inspect_raw(&DETECTOR, event.to_string().as_bytes());
    let seen = seen.into_iter().find(|seen| seen.field("dvm_operation") == [id]);
    seen.inspect(|seen| {
        let bytes: usize = seen
            .0
            .iter()
            .flat_map(|(_, values)| values)
            .map(String::len)
            .sum();
        let lists = FIELDS.iter().filter(|field| field.multivalue).count();
        let bound = lists * (MAX_LIST_BYTES + MAX_VALUE) + FIELDS.len() * MAX_VALUE;
        assert!(bytes <= bound, "{id}: {bytes} bytes");
    })
}

fn severity(seen: &Seen) -> Option<Severity> {
    Severity::parse(seen.field("dvm_severity").first()?)
}

/// What is less visible than under the name that means nothing.
fn faults(id: &str, event: &Value, place: Place, name: &str) -> Option<String> {
    let fault = |text: String| Some(format!("{id}, {place:?} {name:?}: {text}"));
    let wanted = finding(id, &place.fill(event, place.neutral())?)?;
    let Some(has) = finding(id, &place.fill(event, name)?) else {
        return fault("it is not found".to_owned());
    };
    if severity(&has) < severity(&wanted) {
        return fault(format!(
            "severity {:?}, not {:?}",
            severity(&has),
            severity(&wanted)
        ));
    }
    if has.field("dvm_verdict") == ["expected"] && wanted.field("dvm_verdict") != ["expected"] {
        return fault("it is expected".to_owned());
    }
    // The subject is all that is known of a federated identity, so it stands in the principal, as a subject.
    let mut is_same = has.field("dvm_principal") == wanted.field("dvm_principal");
    let is_subject = has
        .field("dvm_principal")
        .iter()
        .all(|who| who.starts_with("principal://"));
    is_same |= place == Place::Subject && is_subject;
    if !is_same {
        return fault(format!(
            "principal {:?}, not {:?}",
            has.field("dvm_principal"),
            wanted.field("dvm_principal")
        ));
    }
    None
}

#[test]
fn names_that_look_trusted_change_nothing_for_the_better() {
    let mut found = Vec::new();
    let mut filled = [0; Place::ALL.len()];
    for (id, event) in HITS.iter() {
        for (place, count) in Place::ALL.into_iter().zip(&mut filled) {
            *count += usize::from(place.fill(event, place.neutral()).is_some());
            let names = place.hostile().iter();
            found.extend(names.filter_map(|name| faults(id, event, place, name)));
        }
    }
    assert!(found.is_empty(), "{} faults:\n{}", found.len(), found.join("\n"));
    assert!(
        filled.iter().all(|count| *count > 0),
        "a place that no example has: {filled:?}"
    );
}

/// All but the provider's error text, which is shown as it is logged.
fn judged(mut seen: Seen) -> Seen {
    seen.0.retain(|(name, _)| *name != "reason");
    seen
}

#[test]
fn the_spelling_of_json_in_a_text_changes_nothing() {
    let mut found = Vec::new();
    let mut count = 0;
    for (id, event) in HITS.iter() {
        let Some(wanted) = finding(id, event) else {
            continue;
        };
        for spelling in 0..5 {
            let mut spelled = event.clone();
            let mut is_spelled = false;
            each_text(&mut spelled, &mut |text| {
                if let Ok(value @ Value::Object(_)) = serde_json::from_str::<Value>(text) {
                    let (_, bytes) = writings(&value).swap_remove(spelling);
                    *text = String::from_utf8(bytes).expect("JSON is text");
                    is_spelled = true;
                }
            });
            count += usize::from(is_spelled);
            let is_same = finding(id, &spelled).is_some_and(|seen| judged(seen) == judged(wanted.clone()));
            if is_spelled && !is_same {
                found.push(format!("{id}: spelling {spelling} of {spelled}"));
            }
        }
    }
    assert!(found.is_empty(), "{} faults:\n{}", found.len(), found.join("\n"));
    assert!(count > 0, "no example has JSON in a text");
}

#[test]
fn huge_names_are_bounded_in_every_place() {
    let huge = "\u{e9}x".repeat(100_000);
    let mut found = Vec::new();
    let mut last = "";
    for (id, event) in HITS.iter() {
        // One example of each operation is enough.
        if std::mem::replace(&mut last, id) != id {
            found.extend(
                Place::ALL
                    .iter()
                    .filter_map(|place| faults(id, event, *place, &huge)),
            );
        }
    }
    let cut: Vec<String> = found
        .into_iter()
        .map(|fault| fault.chars().filter(char::is_ascii).take(90).collect())
        .collect();
    assert!(cut.is_empty(), "{}", cut.join("\n"));
}

/// A name as a caller can choose it in this place.
fn chosen(place: Place) -> BoxedStrategy<String> {
    match place {
        Place::Session => "[\\w+=,.@-]{2,64}".boxed(),
        Place::Extension => "[A-Za-z0-9._-]{1,60}".boxed(),
        Place::Document => {
            let reserved = ["aws", "amazon", "amzn", "ssm-sessionmanagerrunshell"];
            let names = "[a-zA-Z0-9_.-]{3,80}".prop_filter("reserved", move |name| {
                !reserved
                    .iter()
                    .any(|word| name.to_ascii_lowercase().starts_with(word))
            });
            names.boxed()
        }
        Place::Agent | Place::Comment | Place::Guest | Place::Subject => any::<String>().boxed(),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_chosen_name_makes_an_event_less_visible(
        hit in any::<prop::sample::Index>(),
        (place, name) in prop::sample::select(&Place::ALL[..]).prop_flat_map(|place| (Just(place), chosen(place))),
    ) {
        let (id, event) = &HITS[hit.index(HITS.len())];
        let fault = faults(id, event, place, &name);
        prop_assert!(fault.is_none(), "{}", fault.unwrap_or_default());
    }
}
