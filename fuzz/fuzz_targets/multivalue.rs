//! Any bytes as a multivalue cell, and any values written and read again.
#![no_main]

use directvm::event::cells::unquote;
use directvm::event::row::{join_values, split_values};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: &[u8]| {
    let _ = split_values(&unquote(input));
    let Ok(text) = std::str::from_utf8(input) else { return };
    let values: Vec<&str> = text.split('|').collect();
    let read: Vec<String> =
        split_values(join_values(values.iter().copied()).as_bytes()).into_iter().map(|v| String::from_utf8(v).unwrap()).collect();
    assert_eq!(read, values);
});
