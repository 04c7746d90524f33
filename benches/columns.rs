//! What splunkd makes of an event: columns in its order, cells quoted by its rule.

use anyhow::{Result, bail};
use directvm::csv::cells::{put_cell, put_values};
use directvm::splunk::options::Options;
use directvm::splunk::required_fields;
use serde_json::Value;
use std::collections::HashMap;

/// Stands for the row's number in a row made ready.
const NUMBER: u8 = 1;

/// 60 columns: index fields, CIM names as an add-on sets them, what is extracted from CloudTrail's JSON.
const WIDE: &str = "_raw _time index host source sourcetype _indextime _cd _bkt _si linecount splunk_server \
    timestartpos timeendpos punct eventtype tag date_hour date_mday date_zone action app dest dvc object_id reason \
    signature src user user_agent user_type vendor_account vendor_product vendor_region eventName eventSource eventID \
    eventTime eventType eventVersion eventCategory awsRegion sourceIPAddress userAgent recipientAccountId requestID \
    readOnly errorCode errorMessage userIdentity.type userIdentity.arn userIdentity.accountId \
    userIdentity.accessKeyId userIdentity.userName requestParameters.instanceId requestParameters.target \
    resources{}.ARN resources{}.accountId requestParameters.filterSet.items{}.name _chunked_idx";

/// What `input=raw` asks for.
const RAW: &str = "_raw _time sourcetype _chunked_idx";

/// Twelve fields for `input=fields`, without `_raw`.
const SLIM: &str = "_time sourcetype eventName eventSource eventID awsRegion sourceIPAddress recipientAccountId \
    userIdentity.type userIdentity.arn requestParameters.target _chunked_idx";

/// The columns of a layout, by its name.
pub fn of(layout: &str) -> Result<Vec<String>> {
    let words = |text: &str| text.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
    Ok(match layout {
        "wide" => words(WIDE),
        "raw" => words(RAW),
        "slim" => words(SLIM),
        "asked" => {
            let options = Options::parse(&[]).map_err(anyhow::Error::msg)?;
            let columns = required_fields::required(&options)
                .into_iter()
                .chain(["_chunked_idx"]);
            columns.map(str::to_owned).collect()
        }
        _ => bail!("{layout} is none of wide, raw, slim, asked"),
    })
}

/// The header: all columns, then a twin of each.
pub fn header(columns: &[String]) -> Vec<u8> {
    let twins = columns.iter().map(|name| format!("__mv_{name}"));
    let mut row = Vec::new();
    for (at, name) in columns.iter().cloned().chain(twins).enumerate() {
        if at > 0 {
            row.push(b',');
        }
        put_cell(&name, &mut row);
    }
    row.push(b'\n');
    row
}

/// A row with a mark for its number.
pub struct Ready {
    before: Vec<u8>,
    after: Vec<u8>,
}

impl Ready {
    /// The row of `event`.
    pub fn new(columns: &[String], event: &Value) -> Result<Self> {
        let mut fields: HashMap<String, Vec<String>> = HashMap::new();
        flatten(event, "", &mut fields);
        index_fields(event, &mut fields)?;
        let mut row = Vec::new();
        for name in columns {
            match fields.get(name) {
                _ if name == "_chunked_idx" => row.push(NUMBER),
                Some(values) => put_cell(&values.join("\n"), &mut row),
                None => {}
            }
            row.push(b',');
        }
        for name in columns {
            if let Some(values) = fields.get(name).filter(|values| values.len() > 1) {
                put_values(|put| values.iter().for_each(|value| put(value)), &mut row);
            }
            row.push(b',');
        }
        row.pop();
        row.push(b'\n');
        let at = row.iter().position(|byte| *byte == NUMBER).unwrap_or(0);
        Ok(Self {
            before: row[..at].to_vec(),
            after: row[at + 1..].to_vec(),
        })
    }

    /// Writes the row as number `number` of its chunk.
    pub fn put(&self, number: usize, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.before);
        out.extend_from_slice(number.to_string().as_bytes());
        out.extend_from_slice(&self.after);
    }
}

/// As Splunk's JSON extraction names fields: `a.b{}.c`.
fn flatten(value: &Value, path: &str, fields: &mut HashMap<String, Vec<String>>) {
    match value {
        Value::Object(members) => {
            for (name, member) in members {
                let dot = if path.is_empty() { "" } else { "." };
                flatten(member, &format!("{path}{dot}{name}"), fields);
            }
        }
        Value::Array(items) => items
            .iter()
            .for_each(|item| flatten(item, &format!("{path}{{}}"), fields)),
        Value::Null => fields.entry(path.to_owned()).or_default().push("null".to_owned()),
        Value::String(text) => fields.entry(path.to_owned()).or_default().push(text.clone()),
        other => fields.entry(path.to_owned()).or_default().push(other.to_string()),
    }
}

/// What the index and an add-on know of it.
fn index_fields(event: &Value, fields: &mut HashMap<String, Vec<String>>) -> Result<()> {
    let text = |path: &str| event.pointer(path).and_then(Value::as_str).unwrap_or_default();
    let one = |value: &str| vec![value.to_owned()];
    let raw = serde_json::to_string(event)?;
    let has_failed = event.get("errorCode").is_some();
    let known: [(&str, Vec<String>); 31] = [
        ("_time", one("1773480413.000")),
        ("index", one("aws_cloudtrail")),
        ("host", one("hf01.example.com")),
        (
            "source",
            one("s3://example-trail/AWSLogs/111122223333/CloudTrail/eu-west-1"),
        ),
        ("sourcetype", one("aws:cloudtrail")),
        ("_indextime", one("1773480529")),
        ("_cd", one("41:1209338")),
        (
            "_bkt",
            one("aws_cloudtrail~41~7C0E6D3B-2D52-4C6E-8B31-5D7E6A0E2F11"),
        ),
        (
            "_si",
            vec!["idx03.example.com".to_owned(), "aws_cloudtrail".to_owned()],
        ),
        ("linecount", one("1")),
        ("splunk_server", one("idx03.example.com")),
        ("timestartpos", one("417")),
        ("timeendpos", one("437")),
        ("punct", one("{\"\":\".\",\"\":{\"\":\"\",\"\":\"\",\"\":\"::::/")),
        (
            "eventtype",
            vec!["aws_cloudtrail_management".to_owned(), "aws_change".to_owned()],
        ),
        ("tag", vec!["change".to_owned(), "cloud".to_owned()]),
        ("date_hour", one("9")),
        ("date_mday", one("14")),
        ("date_zone", one("0")),
        ("action", one(if has_failed { "failure" } else { "success" })),
        (
            "app",
            one(text("/eventSource").split('.').next().unwrap_or_default()),
        ),
        ("dvc", one(text("/eventSource"))),
        ("signature", one(text("/eventName"))),
        ("src", one(text("/sourceIPAddress"))),
        ("user", one(text("/userIdentity/userName"))),
        ("user_agent", one(text("/userAgent"))),
        ("user_type", one(text("/userIdentity/type"))),
        ("vendor_account", one(text("/recipientAccountId"))),
        ("vendor_product", one("CloudTrail")),
        ("vendor_region", one(text("/awsRegion"))),
        ("_raw", vec![raw]),
    ];
    fields.extend(known.map(|(name, values)| (name.to_owned(), values)));
    Ok(())
}
