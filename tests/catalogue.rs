//! The whole catalogue: every example is run, and every operation is complete.

use crate::shapes::{Seen, inspect_raw};
use directvm::catalogue::{Catalogue, Example, Expected, Family, Operation, Scope};
use directvm::detect::{Detector, Filter};
use directvm::prefilter::RECOMMENDED_LENGTH;

pub fn catalogue() -> Catalogue {
    Catalogue::sources().expect("the catalogue is sound")
}

pub fn detector() -> Detector {
    Detector::new(
        &catalogue(),
        Filter {
            scope: Scope::Extended,
            ..Filter::default()
        },
    )
}

/// Calls `run` with every example of the catalogue.
pub fn each_example(run: &mut dyn FnMut(&Family, &Operation, &Example)) {
    for (family, operation) in catalogue().operations() {
        operation
            .examples
            .iter()
            .for_each(|example| run(family, operation, example));
    }
}

#[test]
fn all_but_the_examples_is_compiled_into_the_program() {
    let mut wanted = catalogue();
    for operation in wanted
        .families
        .iter_mut()
        .flat_map(|family| &mut family.operations)
    {
        operation.examples.clear();
    }
    let routines = wanted.tables.trust.routines.iter_mut();
    routines.for_each(|routine| routine.examples.clear());
    assert!(
        Catalogue::embedded().expect("it is read") == wanted,
        "src/catalogue/build.rs lost something"
    );
}

#[test]
fn every_example_is_what_it_says() {
    let detector = detector();
    let mut faults = Vec::new();
    each_example(&mut |family, operation, example| {
        let event = example
            .whole(family, operation)
            .expect("an example is JSON")
            .to_string();
        let id = family.operation_id(operation);
        let seen = inspect_raw(&detector, event.as_bytes());
        let hit = seen
            .iter()
            .find(|seen| seen.field("dvm_operation") == [id.as_str()]);
        match (example.verdict, hit) {
            (Expected::Hit, Some(seen)) => {
                faults.extend(differences(example, seen).map(|d| format!("{id} ({}): {d}", example.what)));
            }
            (Expected::Hit, None) => faults.push(format!("{id} ({}): not recognised", example.what)),
            (Expected::Miss, Some(_)) => {
                faults.push(format!("{id} ({}): recognised, but is a near miss", example.what));
            }
            (Expected::Miss, None) => {}
        }
    });
    assert!(
        faults.is_empty(),
        "{} faults:\n{}",
        faults.len(),
        faults.join("\n")
    );
}

fn differences<'e>(example: &'e Example, seen: &'e Seen) -> impl Iterator<Item = String> + 'e {
    example.expect.iter().filter_map(|(name, wanted)| {
        let wanted: Vec<String> = match wanted {
            toml::Value::Array(list) => list.iter().map(text).collect(),
            one => vec![text(one)],
        };
        let has = seen.field(&format!("dvm_{name}"));
        (has != wanted).then(|| format!("{name} is {has:?}, not {wanted:?}"))
    })
}

fn text(value: &toml::Value) -> String {
    value.as_str().map_or_else(|| format!("{value:?}"), str::to_owned)
}

#[test]
fn literals_are_as_long_as_the_search_likes_them() {
    for scope in [Scope::Core, Scope::Extended] {
        let filter = Filter {
            scope,
            ..Filter::default()
        };
        let literals = Detector::new(&catalogue(), filter).operation_literals();
        let short: Vec<_> = literals
            .iter()
            .filter(|literal| literal.len() < RECOMMENDED_LENGTH)
            .collect();
        assert!(literals.len() > 20 && short.is_empty(), "{scope}: {short:?}");
    }
}
