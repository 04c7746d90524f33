//! Any bytes as the body of a chunk: what goes out has the cells that came in, as the `csv` crate reads them.
#![no_main]

use csv::{ByteRecord, ReaderBuilder};
use directvm::catalogue::Catalogue;
use directvm::detect::finding::Shown;
use directvm::detect::{Detector, Filter};
use directvm::splunk::chunk::Tagger;
use directvm::splunk::options::{Input, Mode};
use libfuzzer_sys::fuzz_target;
use std::cell::RefCell;
use std::sync::LazyLock;

/// All but those without any value: a line without cells, which `csv` passes over, is a row that can get empty cells.
fn records(body: &[u8]) -> Vec<ByteRecord> {
    let reader = ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .from_reader(body);
    let records = reader.into_byte_records().filter_map(Result::ok);
    records
        .filter(|record| record.iter().any(|cell| !cell.is_empty()))
        .collect()
}

thread_local! {
    /// One search that never ends, since making the catalogue ready takes longer than a chunk.
    static TAGGER: RefCell<Tagger> = RefCell::new({
        let catalogue = Catalogue::embedded().expect("the embedded catalogue is sound");
        Tagger::new(Detector::new(&catalogue, Filter::default()), Input::Auto, Mode::Tag, Shown::DEFAULT)
    });
}

fn check(tagger: &mut Tagger, input: &[u8]) {
    tagger.begin();
    for upto in (0..input.len()).step_by(100.max(input.len() / 20)) {
        tagger.arrived(&input[..upto]);
    }
    let length = tagger.inspect(input);
    let mut output = Vec::new();
    tagger
        .write(&[], input, &mut output)
        .expect("writing into memory cannot fail");
    assert_eq!(output.len(), length);
    let (before, after) = (records(input), records(&output));
    assert_eq!(before.len(), after.len());
    let findings_can_be = before
        .first()
        .is_some_and(|header| header.iter().any(|name| !name.is_empty()));
    for (old, new) in before.iter().zip(&after) {
        let same = old.iter().zip(new.iter()).filter(|(a, b)| a == b).count();
        assert!(same == old.len() || findings_can_be && new.len() >= old.len());
    }
}

/// Rows before the input, so many that they are inspected before all has arrived.
static EARLY: LazyLock<Vec<u8>> = LazyLock::new(|| {
    let rows = b"StartSession,\"ssm.amazonaws.com\"\nGetObject,\"s3.amazonaws.com\"\n".repeat(600);
    [b"eventName,eventSource\n", rows.as_slice()].concat()
});

fuzz_target!(|input: &[u8]| {
    TAGGER.with_borrow_mut(|tagger| {
        check(tagger, input);
        // One in sixteen, as it takes longer.
        if input.first().is_some_and(|byte| byte.is_multiple_of(16)) {
            check(tagger, &[EARLY.as_slice(), input].concat());
        }
    });
});
