//! Any bytes, in any pieces: frames are read or refused, never past what was declared.
#![no_main]

use directvm::splunk::frame::FrameReader;
use libfuzzer_sys::fuzz_target;
use std::io::Read;

/// Hands out as many bytes at a time as the last one says.
struct Pieces<'a>(&'a [u8], usize);

impl Read for Pieces<'_> {
    fn read(&mut self, to: &mut [u8]) -> std::io::Result<usize> {
        let given = self.0.len().min(self.1).min(to.len());
        to[..given].copy_from_slice(&self.0[..given]);
        self.0 = &self.0[given..];
        Ok(given)
    }
}

fuzz_target!(|input: &[u8]| {
    let size = input.last().map_or(1, |byte| usize::from(*byte) + 1);
    let mut reader = FrameReader::new(Pieces(input, size));
    while let Ok(Some(header)) = reader.header() {
        let Ok(metadata) = reader.metadata(header.metadata) else { return };
        assert_eq!(metadata.len(), header.metadata);
        // A body is reserved as declared, not touched; here only what can arrive is asked for.
        let mut body = vec![0; header.body.min(input.len() + 1)];
        if reader.body(&mut body, |_| {}).is_err() || header.body > body.len() {
            return;
        }
    }
});
