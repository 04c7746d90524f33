//! Event × operation → the fields of a finding, in the words of all three clouds.

mod arm;
mod aws;
mod azure;
pub mod common;
mod fingerprint;
mod gcp;

use super::clock::in_utc;
use super::condition::Test;
use super::entry::{Entry, FieldRef, FieldTable};
use super::finding::{Facts, Outcome};
use super::identity::aws::AwsIdentity;
use super::identity::azure::AzureIdentity;
use super::identity::gcp::GcpIdentity;
use super::recognise::Recognised;
use super::text::Text;
use super::trust::{Standing, TrustTable};
use crate::catalogue::tables::{CloudInfo, Tables};
use crate::catalogue::{Cloud, FactorKind};
use crate::event::Path;
use aws::AwsFields;
use azure::AzureFields;
use common::{Normalised, SeverityFactor};
use gcp::GcpFields;

/// The fields that every operation of a cloud has, made ready for asking.
#[derive(Debug)]
pub struct Normaliser {
    aws: AwsFields,
    azure: AzureFields,
    gcp: GcpFields,
    aws_identity: AwsIdentity,
    azure_identity: AzureIdentity,
    gcp_identity: GcpIdentity,
    tables: Tables,
    trust: TrustTable,
    envelope_times: Vec<Path>,
    record: Vec<(Cloud, RecordTests)>,
}

/// What is asked of the record, not of the call.
#[derive(Debug)]
struct RecordTests {
    /// It is the copy of another record.
    copies: Vec<Test>,
    /// It is not a copy all the same.
    originals: Vec<Test>,
    /// It does not hold the parameters.
    omitted: Vec<Test>,
    /// It does not hold the answer.
    omitted_answer: Vec<Test>,
    /// The call reaches machines that the record does not name.
    elsewhere: Vec<Test>,
}

impl RecordTests {
    fn all(&self) -> impl Iterator<Item = &Test> {
        let lists = [
            &self.copies,
            &self.originals,
            &self.omitted,
            &self.omitted_answer,
            &self.elsewhere,
        ];
        lists.into_iter().flatten()
    }
}

impl Normaliser {
    /// Makes the paths ready.
    pub fn new(tables: &Tables, fields: &mut FieldTable) -> Self {
        Self {
            tables: tables.clone(),
            trust: TrustTable::new(tables, fields),
            envelope_times: tables
                .envelope_times
                .iter()
                .map(|text| fields.path(text))
                .collect(),
            record: record_tests(tables, fields),
            aws: AwsFields::new(fields),
            azure: AzureFields::new(fields),
            gcp: GcpFields::new(fields),
            aws_identity: AwsIdentity::new(fields),
            azure_identity: AzureIdentity::new(fields),
            gcp_identity: GcpIdentity::new(fields),
        }
    }

    /// When the event happened, in UTC; as logged where that is not a time.
    pub fn time<'e>(&self, entry: &Entry<'e>) -> Option<Text<'e>> {
        let logged = entry.first(match entry.cloud() {
            Cloud::Aws => &self.aws.time,
            Cloud::Azure => &self.azure.time,
            Cloud::Gcp => &self.gcp.time,
        });
        let logged = logged.or_else(|| entry.first_around(&self.envelope_times))?;
        Some(in_utc(&logged).map_or(logged, Text::Owned))
    }

    /// Who made a call, from where, and its id, whatever the call is.
    pub fn outline<'e>(&self, entry: &Entry<'e>) -> Facts<'e> {
        match entry.cloud() {
            Cloud::Aws => self.aws.outline(entry, &self.aws_identity, &self.tables),
            Cloud::Azure => self.azure.outline(entry, &self.azure_identity, &self.tables),
            Cloud::Gcp => self.gcp.outline(entry, &self.gcp_identity, &self.tables),
        }
    }

    /// Every field that is asked for in events of `cloud`.
    pub fn fields(&self, cloud: Cloud) -> Vec<&FieldRef> {
        let (mut every, of_identity) = match cloud {
            Cloud::Aws => (self.aws.every(), self.aws_identity.every()),
            Cloud::Azure => (self.azure.every(), self.azure_identity.every()),
            Cloud::Gcp => (self.gcp.every(), self.gcp_identity.every()),
        };
        every.extend(of_identity);
        every.extend(self.trust.fields(cloud));
        let of_cloud = self.record.iter().filter(move |(of, _)| *of == cloud);
        let tests = of_cloud.flat_map(|(_, record)| record.all());
        every.extend(tests.flat_map(Test::fields));
        every
    }

    /// The fields of one event.
    pub fn normalise<'e>(&self, entry: &Entry<'e>, operation: &Recognised<'e>) -> Normalised<'e> {
        let mut normalised = match entry.cloud() {
            Cloud::Aws => self
                .aws
                .normalise(entry, operation, &self.aws_identity, &self.tables),
            Cloud::Azure => self
                .azure
                .normalise(entry, operation, &self.azure_identity, &self.tables),
            Cloud::Gcp => self
                .gcp
                .normalise(entry, operation, &self.gcp_identity, &self.tables),
        };
        normalised.facts.detail = detail(entry, operation);
        let fingerprint = operation
            .rule
            .fields
            .fingerprint
            .iter()
            .find_map(|field| entry.first(field));
        if let Some(key) = fingerprint {
            normalised.facts.document = Some(fingerprint::of_public_key(&key).into());
        }
        self.put_record(entry, &mut normalised);
        self.put_trust(entry, operation, &mut normalised);
        normalised
    }

    /// What the record leaves out, and whether it is a copy.
    fn put_record(&self, entry: &Entry<'_>, normalised: &mut Normalised<'_>) {
        let mut of_cloud = self.record.iter().filter(|(cloud, _)| *cloud == entry.cloud());
        let tests = of_cloud.next().map(|(_, tests)| tests);
        let holding = |tests: &[Test]| {
            let mut holding = tests.iter().filter(|test| test.holds(entry));
            holding.next().map(|test| test.proof(entry))
        };
        if let Some(tests) = tests {
            normalised.copy = holding(&tests.copies).filter(|_| holding(&tests.originals).is_none());
            if let Some(proof) = holding(&tests.omitted_answer) {
                normalised.add(FactorKind::AnswerOmitted, proof);
            }
            if let Some(proof) = holding(&tests.omitted) {
                normalised.add(FactorKind::ParametersOmitted, proof);
                normalised.facts.hides_targets = true;
            }
            if let Some(proof) = holding(&tests.elsewhere) {
                normalised.facts.hides_targets = true;
                normalised.fleet(proof);
            }
        }
        if entry.is_cut {
            normalised.facts.hides_targets = true;
            let proof = "the text ends in the middle of it".to_owned();
            normalised.add(FactorKind::RecordCut, proof);
            // What came of the call may have stood behind the cut.
            normalised.outcome = normalised.outcome.filter(|outcome| *outcome != Outcome::Success);
        }
    }

    /// What the trust table says of the service that made the call.
    fn put_trust(&self, entry: &Entry<'_>, operation: &Recognised<'_>, normalised: &mut Normalised<'_>) {
        let Some(service) = &normalised.service else {
            return;
        };
        let document = normalised.facts.document.as_deref();
        // What is not in the record cannot be trusted.
        let Standing { kind, proof } = if normalised.is_incomplete() {
            Standing::order(service)
        } else {
            self.trust.standing(service, entry, operation, document)
        };
        normalised.factors.insert(0, SeverityFactor { kind, proof });
    }
}

fn record_tests(tables: &Tables, fields: &mut FieldTable) -> Vec<(Cloud, RecordTests)> {
    let of_cloud = |info: &CloudInfo| {
        let tests = RecordTests {
            copies: Test::all(info, &info.copies, fields),
            originals: Test::all(info, &info.originals, fields),
            omitted: Test::all(info, &info.omitted, fields),
            omitted_answer: Test::all(info, &info.omitted_answer, fields),
            elsewhere: Test::all(info, &info.elsewhere, fields),
        };
        (info.id, tests)
    };
    tables.clouds.iter().map(of_cloud).collect()
}

fn detail(entry: &Entry<'_>, operation: &Recognised<'_>) -> Vec<String> {
    let named = |field: &FieldRef| {
        let values = entry.all(field).join(",");
        let name = || {
            let name = field.name().trim_end_matches("{}");
            name.rsplit('.').next().unwrap_or_default()
        };
        (!values.is_empty()).then(|| [name(), "=", &values].concat())
    };
    operation.detail().iter().filter_map(named).collect()
}
