//! Whom a verdict trusts: a service of the provider that proves itself, for the calls that `trust.toml` lists, and for
//! nothing else.

use super::condition::Test;
use super::entry::{Entry, FieldRef, FieldTable};
use super::glob::fits;
use super::recognise::Recognised;
use crate::catalogue::tables::{ProviderDocuments, Routine, Tables};
use crate::catalogue::{AccessType, Cloud, FactorKind};

/// A service of the provider that made the call, as fields say that only the provider fills in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProvenService {
    /// What `trust.toml` knows it by.
    pub identity: String,
    /// The fields that prove it, with their values.
    pub proof: String,
    /// Whether it acted under an identity of its own, which no customer can make.
    pub has_own_identity: bool,
}

/// What the trust table says of a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// [`FactorKind::TrustedService`] or [`FactorKind::StandingOrder`].
    pub kind: FactorKind,
    /// What proves it, in words.
    pub proof: String,
}

impl Standing {
    /// The service did what a customer told it.
    pub fn order(service: &ProvenService) -> Self {
        Self {
            kind: FactorKind::StandingOrder,
            proof: service.proof.clone(),
        }
    }
}

/// The routines of all clouds, made ready for asking.
#[derive(Debug)]
pub struct TrustTable {
    routines: Vec<(Routine, Vec<Test>)>,
    documents: ProviderDocuments,
}

impl TrustTable {
    /// Makes the conditions ready.
    pub fn new(tables: &Tables, fields: &mut FieldTable) -> Self {
        let ready = |routine: &Routine| {
            let cloud = tables.cloud(routine.cloud);
            (routine.clone(), Test::all(cloud, &routine.when, fields))
        };
        Self {
            routines: tables.trust.routines.iter().map(ready).collect(),
            documents: tables.trust.documents.clone(),
        }
    }

    /// Every field that the routines of `cloud` ask for.
    pub fn fields(&self, cloud: Cloud) -> impl Iterator<Item = &FieldRef> {
        let of_cloud = self
            .routines
            .iter()
            .filter(move |(routine, _)| routine.cloud == cloud);
        of_cloud.flat_map(|(_, when)| when.iter().flat_map(Test::fields))
    }

    /// Whether a call of `service` is a routine of its, or a standing order.
    pub fn standing(
        &self,
        service: &ProvenService,
        entry: &Entry<'_>,
        operation: &Recognised<'_>,
        document: Option<&str>,
    ) -> Standing {
        let is_routine = |(routine, when): &&(Routine, Vec<Test>)| {
            routine.cloud == entry.cloud()
                && routine.is_of(&service.identity)
                && (routine.for_caller || service.has_own_identity)
                && routine
                    .operations
                    .iter()
                    .any(|glob| fits(glob, &operation.rule.id))
                && self.trusts_documents(routine, operation, document)
                && when.iter().all(|test| test.holds_for_all(entry))
        };
        match self.routines.iter().find(is_routine) {
            Some((routine, _)) => Standing {
                kind: FactorKind::TrustedService,
                proof: [&service.proof, ", routine ", &routine.id].concat(),
            },
            None => Standing::order(service),
        }
    }

    fn trusts_documents(
        &self,
        routine: &Routine,
        operation: &Recognised<'_>,
        documents: Option<&str>,
    ) -> bool {
        let is_listed = |document: &str| {
            let name = name_of_provider(&self.documents, document);
            name.is_some_and(|name| routine.documents.iter().any(|glob| fits(glob, name)))
        };
        if routine.documents.is_empty() {
            return documents.is_none() || !operation.raises(FactorKind::CustomDocument);
        }
        let is_end = operation.access() == AccessType::SessionEnd;
        documents.map_or(is_end, |documents| documents.split(", ").all(is_listed))
    }
}

/// Whether the provider owns every document of a list.
pub fn is_providers_document(known: &ProviderDocuments, documents: &str) -> bool {
    let is_own = |document| name_of_provider(known, document).is_some();
    documents.split(", ").all(is_own)
}

/// The name of a document of the provider's; nothing where it can be anybody's. Names that begin as the provider's do
/// can be given by nobody else, but an ARN with an account names a document of that account.
fn name_of_provider<'n>(known: &ProviderDocuments, document: &'n str) -> Option<&'n str> {
    let name = match document.strip_prefix("arn:") {
        None => document,
        Some(rest) => {
            let mut parts = rest.splitn(5, ':').skip(3);
            let account = parts.next()?;
            let resource = parts.next()?;
            resource.split_once('/').filter(|_| account.is_empty())?.1
        }
    };
    let name = name.split(':').next().unwrap_or(name);
    known.has(&name.to_ascii_lowercase()).then_some(name)
}

#[cfg(test)]
mod tests {
    use crate::catalogue::Catalogue;

    #[test]
    fn only_names_that_aws_reserves_are_its_documents() {
        let known = Catalogue::embedded().unwrap().tables.trust.documents;
        let is_providers_document = |name| super::is_providers_document(&known, name);
        for name in [
            "AWS-RunShellScript",
            "arn:aws:ssm:eu-west-1::document/AWS-RunPatchBaseline",
            "AmazonCloudWatch-ManageAgent",
            "SSM-SessionManagerRunShell",
            "arn:aws:ssm:eu-west-1::automation-definition/AWSSupport-X:$DEFAULT",
            "AWS-RunShellScript:1",
        ] {
            assert!(is_providers_document(name), "{name}");
        }
        for name in [
            "patch-all",
            "arn:aws:ssm:eu-west-1:444455556666:document/tools",
            "arn:aws:ssm:eu-west-1:666666666666:document/SSM-SessionManagerRunShell",
            "arn:aws:ssm:eu-west-1:666666666666:document/AWS-RunPatchBaseline",
            "My-AWS-RunShellScript",
            "x/AWS-RunShellScript",
            "arn:aws-RunShellScript",
            "AWS-RunShellScript, patch-all",
        ] {
            assert!(!is_providers_document(name), "{name}");
        }
    }
}
