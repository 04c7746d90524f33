//! A link between two requests.

/// What one request follows from: an earlier request, and in which way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    /// Its name in `dvm_link`.
    pub kind: &'static str,
    /// Number of the request that came later.
    pub later: usize,
    /// Number of the one before it.
    pub earlier: usize,
    /// A sentence with the fields that prove it.
    pub reason: String,
}
