//! Event × operation → the fields of a finding, in the words of all three clouds.

mod arm;
mod aws;
mod azure;
pub mod common;
mod fingerprint;
mod gcp;

use super::entry::{Entry, FieldRef, FieldTable};
use super::identity::aws::AwsIdentity;
use super::identity::azure::AzureIdentity;
use super::identity::gcp::GcpIdentity;
use super::recognise::Recognised;
use super::text::Text;
use super::trust::{Standing, TrustTable};
use crate::catalogue::Cloud;
use crate::catalogue::tables::Tables;
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
}

impl Normaliser {
    /// Makes the paths ready.
    pub fn new(tables: &Tables, fields: &mut FieldTable) -> Self {
        Self {
            tables: tables.clone(),
            trust: TrustTable::new(tables, fields),
            aws: AwsFields::new(fields),
            azure: AzureFields::new(fields),
            gcp: GcpFields::new(fields),
            aws_identity: AwsIdentity::new(fields),
            azure_identity: AzureIdentity::new(fields),
            gcp_identity: GcpIdentity::new(fields),
        }
    }

    /// When the event happened, as logged.
    pub fn time<'e>(&self, entry: &Entry<'e>) -> Option<Text<'e>> {
        entry.first(match entry.cloud() {
            Cloud::Aws => &self.aws.time,
            Cloud::Azure => &self.azure.time,
            Cloud::Gcp => &self.gcp.time,
        })
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
        self.put_trust(entry, operation, &mut normalised);
        normalised
    }

    /// What the trust table says of the service that made the call.
    fn put_trust(&self, entry: &Entry<'_>, operation: &Recognised<'_>, normalised: &mut Normalised<'_>) {
        let Some(service) = &normalised.service else {
            return;
        };
        let document = normalised.facts.document.as_deref();
        let Standing { kind, proof } = self.trust.standing(service, entry, operation, document);
        normalised.factors.insert(0, SeverityFactor { kind, proof });
    }
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
