//! Any bytes as a tuning list: every fault has its line, every rule that is left is whole, and rules never lose a finding.
#![no_main]

use directvm::catalogue::{Catalogue, Scope};
use directvm::detect::tune::Tuning;
use directvm::detect::tune::check::find_warnings;
use directvm::detect::{Detector, Filter};
use libfuzzer_sys::fuzz_target;
use std::sync::LazyLock;

static CATALOGUE: LazyLock<Catalogue> =
    LazyLock::new(|| Catalogue::embedded().expect("the embedded catalogue is sound"));

const EVENT: &[u8] = br#"{"eventVersion":"1.08","eventTime":"2026-03-01T10:00:00Z","eventSource":"ssm.amazonaws.com",
"eventName":"StartSession","awsRegion":"eu-west-1","sourceIPAddress":"10.1.2.3","userAgent":"aws-cli/2",
"userIdentity":{"type":"IAMUser","arn":"arn:aws:iam::111122223333:user/ann","accountId":"111122223333","userName":"ann"},
"requestParameters":{"target":"i-0123456789abcdef0"},"responseElements":{"sessionId":"ann-0a"},
"recipientAccountId":"111122223333","eventID":"e","readOnly":false}"#;

fuzz_target!(|input: &[u8]| {
    let tuning = Tuning::parse(input);
    for fault in tuning.faults() {
        assert!(fault.line > 0 && fault.to_string().contains(&fault.line.to_string()));
    }
    for rule in tuning.rules() {
        assert!(rule.line > 1);
    }
    let _ = find_warnings(&tuning, &CATALOGUE, 1_772_000_000_000_000, 30);
    let detector = Detector::new(&CATALOGUE, Filter { scope: Scope::Extended, ..Filter::default() }).tuned(tuning);
    let findings = detector.findings(EVENT);
    for finding in &findings {
        assert!(finding.score <= 100);
        assert_eq!(detector.tuning().trace(finding).len(), detector.tuning().rules().len());
    }
    assert_eq!(findings.len(), 1);
});
