//! Any words as options: read, or refused with one text that is not empty.
#![no_main]

use directvm::splunk::options::Options;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: &str| {
    let words: Vec<String> = input.split(' ').map(str::to_owned).collect();
    match Options::parse(&words) {
        Ok(options) => assert!(!options.scope.is_empty()),
        Err(text) => assert!(!text.is_empty()),
    }
});
