//! Any text as a catalogue file: read, or refused with an error that names the file.
#![no_main]

use directvm::catalogue::Family;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: &str| {
    if let Err(error) = Family::parse("fuzzed", input) {
        assert!(error.to_string().contains("fuzzed"));
    }
});
