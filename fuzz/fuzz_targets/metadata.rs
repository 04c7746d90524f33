//! Any bytes as the metadata of a request. An error never repeats what it was given.
#![no_main]

use directvm::splunk::metadata::Request;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: &[u8]| {
    if let Err(error) = Request::parse(input) {
        assert!(error.to_string().len() < 400);
    }
});
