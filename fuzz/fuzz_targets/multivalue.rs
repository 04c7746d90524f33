//! Any bytes as a multivalue cell, and any values written and read again.
#![no_main]

use directvm::csv::cells::{put_values, split_values, unquote};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: &[u8]| {
    let _ = split_values(&unquote(input));
    let Ok(text) = std::str::from_utf8(input) else { return };
    let values: Vec<&str> = text.split('|').collect();
    let mut cell = Vec::new();
    put_values(|put| values.iter().for_each(|value| put(value)), &mut cell);
    let read: Vec<String> =
        split_values(&unquote(&cell)).into_iter().map(|v| String::from_utf8(v).unwrap()).collect();
    assert_eq!(read, values);
});
