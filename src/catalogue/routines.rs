//! Checks of the routines in `trust.toml`, which need the operations too.

use super::load::{CatalogueError, TABLES, condition};
use super::operation::{Expected, Family};
use super::source::SourceError;
use super::tables::Tables;

/// Every routine must have a hit and a near miss, of services and operations that are known.
pub fn check(families: &[Family], tables: &Tables, text: &str) -> Result<(), CatalogueError> {
    let trust = &tables.trust;
    let ids = || {
        let operations = |family: &'_ Family| -> Vec<String> {
            let operations = family.operations.iter();
            operations
                .map(|operation| family.operation_id(operation))
                .collect()
        };
        families.iter().flat_map(operations).collect::<Vec<_>>()
    };
    let ids = ids();
    for routine in &trust.routines {
        let has = |verdict| routine.examples.iter().any(|example| example.verdict == verdict);
        let unknown_service = routine.service.iter().find(|identity| {
            let plain = identity.trim_start_matches('*');
            trust.service(routine.cloud, plain).is_none()
        });
        let examples = routine.examples.iter();
        let unknown_operation = examples
            .map(|example| &example.operation)
            .find(|id| !ids.contains(id));
        let message = match (unknown_service, unknown_operation) {
            (Some(service), _) => format!("no service of this file is \"{service}\""),
            (_, Some(operation)) => format!("no operation has the id \"{operation}\""),
            _ if !has(Expected::Hit) || !has(Expected::Miss) => "needs a hit and a near miss".to_owned(),
            _ if routine.documents.is_empty() && routine.when.is_empty() && routine.operations.is_empty() => {
                "trusts everything".to_owned()
            }
            _ => match routine.when.iter().try_for_each(condition) {
                Ok(()) => continue,
                Err(fault) => fault.message,
            },
        };
        let file = format!("{TABLES}/trust.toml");
        let error = SourceError::near(text, 1, &format!("id = \"{}\"", routine.id), message);
        return Err(CatalogueError::of_file(&file, error));
    }
    Ok(())
}
