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

/// Every kind of link.
pub const LINKS: [&str; 11] = [
    "key_then_access",
    "credential_then_access",
    "enabled_then_used",
    "denied_then_granted",
    "order_then_run",
    "recording_off_then_session",
    "fan_out",
    "key_fan_out",
    "paths_denied",
    "ended_by_other",
    "machine_hop",
];
