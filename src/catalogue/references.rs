//! What operations refer to in the tables: techniques and logs; and the days that they name.

use super::load::{CatalogueError, FAMILIES, Fault, at_operation};
use super::operation::{Family, Operation};
use super::source::allowed;
use super::tables::{CloudInfo, Tables};

/// Every technique of an operation must be in `techniques.toml`, its log in `clouds.toml`; `text` is the family's file.
pub fn check(family: &Family, text: &str, tables: &Tables) -> Result<(), CatalogueError> {
    let file = format!("{FAMILIES}/{}.toml", family.family);
    let cloud = tables.cloud(family.cloud);
    family.operations.iter().try_for_each(|operation| {
        let checked = techniques(operation, tables)
            .and_then(|()| log(operation, cloud))
            .and_then(|()| days(operation));
        checked.map_err(|fault| at_operation(&file, text, &operation.id, fault))
    })
}

fn techniques(operation: &Operation, tables: &Tables) -> Result<(), Fault> {
    let mut named = operation.every_technique();
    let Some(unknown) = named.find(|id| tables.technique(id).is_none()) else {
        return Ok(());
    };
    let message = format!("techniques.toml has no entry for \"{unknown}\"");
    Err(Fault::new(&format!("\"{unknown}\""), message))
}

fn log(operation: &Operation, cloud: &CloudInfo) -> Result<(), Fault> {
    let Some(id) = &operation.log else { return Ok(()) };
    let known: Vec<&str> = cloud.logs.iter().map(|log| log.id.as_str()).collect();
    if known.contains(&id.as_str()) {
        return Ok(());
    }
    let message = format!("unknown log \"{id}\"; {}", allowed(&known));
    Err(Fault::new("log = ", message))
}

fn days(operation: &Operation) -> Result<(), Fault> {
    for (key, day) in [
        ("created", Some(&operation.created)),
        ("updated", operation.updated.as_ref()),
    ] {
        if let Some(day) = day.filter(|day| !is_day(day)) {
            let message = format!("{key} is \"{day}\" but must be a day, YYYY-MM-DD");
            return Err(Fault::new(&format!("{key} = "), message));
        }
    }
    if operation
        .updated
        .as_ref()
        .is_some_and(|updated| *updated < operation.created)
    {
        return Err(Fault::new("updated = ", "updated is before created"));
    }
    Ok(())
}

fn is_day(text: &str) -> bool {
    let mut parts = text.split('-');
    let mut number = |length: usize| {
        let part = parts.next().filter(|part| part.len() == length)?;
        part.parse::<u32>().ok()
    };
    let day = (number(4), number(2), number(2));
    matches!(day, (Some(_), Some(1..=12), Some(1..=31))) && parts.next().is_none()
}
