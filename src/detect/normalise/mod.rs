//! Event × operation → the facts of a finding, in the words of all three clouds.

mod arm;
mod aws;
mod azure;
pub mod common;
mod fingerprint;
mod gcp;

use super::recognise::Recognised;
use super::text::Text;
use super::view::{Fact, FactTable, View};
use crate::catalogue::Cloud;
use crate::catalogue::tables::Tables;
use aws::AwsFacts;
use azure::AzureFacts;
use common::Normalised;
use gcp::GcpFacts;

/// The facts that every operation of a cloud has, made ready for asking.
#[derive(Debug)]
pub struct Normaliser {
    aws: AwsFacts,
    azure: AzureFacts,
    gcp: GcpFacts,
    tables: Tables,
}

impl Normaliser {
    /// Makes the paths ready.
    pub fn new(tables: &Tables, facts: &mut FactTable) -> Self {
        Self {
            tables: tables.clone(),
            aws: AwsFacts::new(facts),
            azure: AzureFacts::new(facts),
            gcp: GcpFacts::new(facts),
        }
    }

    /// When the event happened, as logged.
    pub fn time<'e>(&self, view: &View<'e>) -> Option<Text<'e>> {
        view.first(match view.cloud() {
            Cloud::Aws => &self.aws.time,
            Cloud::Azure => &self.azure.time,
            Cloud::Gcp => &self.gcp.time,
        })
    }

    /// Every fact that is asked for in events of `cloud`.
    pub fn facts(&self, cloud: Cloud) -> Vec<&Fact> {
        match cloud {
            Cloud::Aws => self.aws.every(),
            Cloud::Azure => self.azure.every(),
            Cloud::Gcp => self.gcp.every(),
        }
    }

    /// The facts of one event.
    pub fn normalise<'e>(&self, view: &View<'e>, operation: &Recognised<'e>) -> Normalised<'e> {
        let mut normalised = match view.cloud() {
            Cloud::Aws => self.aws.normalise(view, operation, &self.tables),
            Cloud::Azure => self.azure.normalise(view, operation, &self.tables),
            Cloud::Gcp => self.gcp.normalise(view, operation, &self.tables),
        };
        normalised.facts.detail = detail(view, operation);
        let fingerprint = operation
            .rule
            .facts
            .fingerprint
            .iter()
            .find_map(|fact| view.first(fact));
        if let Some(key) = fingerprint {
            normalised.facts.document = Some(fingerprint::of_public_key(&key).into());
        }
        normalised
    }
}

fn detail(view: &View<'_>, operation: &Recognised<'_>) -> Vec<String> {
    let named = |fact: &Fact| {
        let values = view.all(fact).join(",");
        let name = || {
            let name = fact.name().trim_end_matches("{}");
            name.rsplit('.').next().unwrap_or_default()
        };
        (!values.is_empty()).then(|| [name(), "=", &values].concat())
    };
    operation.detail().iter().filter_map(named).collect()
}
