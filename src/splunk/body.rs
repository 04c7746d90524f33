//! The memory that a request's body lies in: reserved as declared, used as it arrives, kept for the next request.

use memmap2::MmapMut;

/// Bodies of at least this length are advised to use huge pages: page faults at first touch are the largest cost of a large
/// chunk.
#[cfg(target_os = "linux")]
const MIN_HUGE_PAGES: usize = 4 << 20;
/// The least that is reserved.
const MIN_LENGTH: usize = 1 << 20;

/// A buffer that only grows. Memory that was never written to is never taken.
#[derive(Debug, Default)]
pub struct BodyBuffer {
    map: Option<MmapMut>,
}

impl BodyBuffer {
    /// `length` bytes to write to. What they held before does not matter.
    pub fn reserve(&mut self, length: usize) -> std::io::Result<&mut [u8]> {
        if self.map.as_ref().is_none_or(|map| map.len() < length) {
            self.map = None;
            self.map = Some(map(length.max(MIN_LENGTH))?);
        }
        let map = self.map.as_deref_mut().unwrap_or_default();
        Ok(&mut map[..length])
    }

    /// The first `length` bytes.
    pub fn filled(&self, length: usize) -> &[u8] {
        self.map.as_deref().map_or(&[], |map| &map[..length])
    }
}

fn map(length: usize) -> std::io::Result<MmapMut> {
    let mut options = memmap2::MmapOptions::new();
    options.len(length);
    #[cfg(target_os = "linux")]
    options.no_reserve_swap();
    let map = options.map_anon()?;
    #[cfg(target_os = "linux")]
    if length >= MIN_HUGE_PAGES {
        // Advice only: where the kernel does not take it, pages stay small.
        let _ = map.advise(memmap2::Advice::HugePage);
    }
    Ok(map)
}
