//! `directvm_samples.csv`: one event of each family, and the seed's tests, with the columns expected of each.

use crate::catalogue::{Catalogue, Expected};

/// A lookup as `inputlookup` reads it: `_raw` holds the event, `expected_*` what the command must say of it.
pub fn render(catalogue: &Catalogue) -> String {
    let mut writer = csv::WriterBuilder::new().from_writer(Vec::new());
    let mut put = |cells: [&str; 6]| {
        writer
            .write_record(cells)
            .expect("writing into memory cannot fail");
    };
    put([
        "test",
        "sourcetype",
        "_raw",
        "expected_operation",
        "expected_access",
        "expected_alert_type",
    ]);
    for family in &catalogue.families {
        let first = family.operations.iter().find_map(|operation| {
            let example = operation
                .examples
                .iter()
                .find(|example| example.verdict == Expected::Hit)?;
            Some((operation, example, example.whole(family, operation).ok()?))
        });
        let Some((operation, example, event)) = first else {
            continue;
        };
        let access = example
            .expect
            .get("access")
            .and_then(toml::Value::as_str)
            .unwrap_or(operation.access.as_str());
        let (sourcetype, alert) = match family.cloud {
            crate::catalogue::Cloud::Aws => ("aws:cloudtrail", "AWS_DirectVMConnection"),
            crate::catalogue::Cloud::Azure => ("azure:monitor:activity", "Azure_DirectVMConnection"),
            crate::catalogue::Cloud::Gcp => {
                ("google:gcp:pubsub:audit:admin_activity", "GCP_DirectVMConnection")
            }
        };
        let id = family.operation_id(operation);
        put([
            &format!("{id}: {}", example.what),
            sourcetype,
            &event.to_string(),
            &id,
            access,
            alert,
        ]);
    }
    String::from_utf8(writer.into_inner().unwrap_or_default()).unwrap_or_default()
}
