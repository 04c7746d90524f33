//! CloudTrail events: ordinary ones, and findings made from the catalogue's own examples.

use crate::names;
use anyhow::{Result, ensure};
use directvm::catalogue::{Catalogue, Cloud};
use directvm::detect::{Detector, Filter};
use serde_json::{Value, json};

/// Small, seeded, good enough to mix events (splitmix64).
pub struct Dice(pub u64);

impl Dice {
    /// A number below `below`.
    pub fn roll(&mut self, below: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % below
    }

    /// One of `choices`.
    pub fn pick<'c, T>(&mut self, choices: &'c [T]) -> &'c T {
        let at = self.roll(choices.len() as u64);
        &choices[usize::try_from(at).unwrap_or(0)]
    }

    fn hex(&mut self, digits: usize) -> String {
        (0..digits)
            .map(|_| char::from(*self.pick(b"0123456789abcdef")))
            .collect()
    }

    fn uuid(&mut self) -> String {
        let parts = [8, 4, 4, 4, 12].map(|digits| self.hex(digits));
        parts.join("-")
    }
}

/// What accounts do all day: name, source, whether it only reads.
const ORDINARY: &[(&str, &str, bool)] = &[
    ("DescribeInstances", "ec2", true),
    ("DescribeNetworkInterfaces", "ec2", true),
    ("DescribeInstanceInformation", "ssm", true),
    ("UpdateInstanceInformation", "ssm", false),
    ("AssumeRole", "sts", true),
    ("GetCallerIdentity", "sts", true),
    ("Decrypt", "kms", true),
    ("GenerateDataKey", "kms", true),
    ("GetObject", "s3", true),
    ("ListBuckets", "s3", true),
    ("GetBucketAcl", "s3", true),
    ("CreateLogStream", "logs", false),
    ("DescribeLogGroups", "logs", true),
    ("GetSecretValue", "secretsmanager", true),
    ("ListTasks", "ecs", true),
    ("DescribeDBInstances", "rds", true),
    ("RunInstances", "ec2", false),
    ("StartQueryExecution", "athena", false),
];

const BASE: &str = include_str!("../src/catalogue/base/aws.json");

/// An event that is no finding.
pub fn ordinary(dice: &mut Dice) -> Result<Value> {
    let (name, service, reads) = *dice.pick(ORDINARY);
    let mut event: Value = serde_json::from_str(BASE)?;
    event["eventName"] = json!(name);
    event["eventSource"] = json!(format!("{service}.amazonaws.com"));
    event["readOnly"] = json!(reads);
    event["requestParameters"] = json!({ "filterSet": { "items": [] }, "maxResults": dice.roll(1000) });
    event["resources"] = json!([
        { "ARN": format!("arn:aws:{service}:eu-west-1:111122223333:object/{}", dice.hex(17)), "accountId": "111122223333" },
        { "ARN": format!("arn:aws:{service}:eu-west-1:111122223333:policy/{}", dice.hex(17)), "accountId": "111122223333" },
    ]);
    if dice.roll(8) == 0 {
        event["errorCode"] = json!("AccessDenied");
        event["errorMessage"] = json!(format!("not authorized to perform: {service}:{name}, \"denied\""));
    }
    vary(&mut event, dice);
    let size = 1_150 + usize::try_from(dice.roll(1_150))?;
    while serde_json::to_string(&event)?.len() < size {
        let item = json!({ "name": "tag:Owner", "valueSet": { "items": [{ "value": dice.hex(12) }] } });
        if let Some(items) = event["requestParameters"]["filterSet"]["items"].as_array_mut() {
            items.push(item);
        }
    }
    Ok(event)
}

/// `count` variations of the hits among the catalogue's AWS examples, each a finding with default options. Operations
/// that depend on more than their name are left out: a stream need not hold the columns that these ask for.
pub fn findings(count: usize, dice: &mut Dice) -> Result<Vec<Value>> {
    let catalogue = Catalogue::sources()?;
    let detector = Detector::new(&catalogue, Filter::default());
    let mut hits = Vec::new();
    let plain = catalogue
        .operations()
        .filter(|(family, operation)| family.cloud == Cloud::Aws && names::is_told_by_name(operation));
    for (family, operation) in plain {
        for example in &operation.examples {
            let event = example.whole(family, operation)?;
            if is_finding(&detector, &event)? {
                hits.push(event);
            }
        }
    }
    ensure!(hits.len() > 20, "the catalogue has too few AWS examples");
    let mut findings = Vec::with_capacity(count);
    for at in 0..count {
        let mut event = hits[at % hits.len()].clone();
        vary(&mut event, dice);
        let size = 1_150 + usize::try_from(dice.roll(700))?;
        let mut notes = Vec::new();
        while serde_json::to_string(&event)?.len() < size {
            notes.push(json!({ "x-amz-id": dice.uuid() }));
            event["additionalEventData"] = json!({ "notes": notes });
        }
        ensure!(
            is_finding(&detector, &event)?,
            "a varied example is no finding: {event}"
        );
        findings.push(event);
    }
    Ok(findings)
}

fn is_finding(detector: &Detector, event: &Value) -> Result<bool> {
    let text = serde_json::to_vec(event)?;
    Ok(detector.findings(&text).len() == 1)
}

fn vary(event: &mut Value, dice: &mut Dice) {
    event["eventID"] = json!(dice.uuid());
    event["requestID"] = json!(dice.uuid());
    event["eventTime"] = json!(format!(
        "2026-03-14T{:02}:{:02}:{:02}Z",
        dice.roll(24),
        dice.roll(60),
        dice.roll(60)
    ));
    if event["sourceIPAddress"]
        .as_str()
        .is_some_and(|s| s.starts_with("203."))
    {
        event["sourceIPAddress"] = json!(format!("203.0.113.{}", 1 + dice.roll(250)));
    }
    if event["userIdentity"]["accessKeyId"].is_string() {
        event["userIdentity"]["accessKeyId"] = json!(format!("AKIA{}", dice.hex(16).to_ascii_uppercase()));
    }
}
