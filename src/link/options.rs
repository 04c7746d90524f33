//! How near in time events must be to be linked, and what is shown.

/// What a row stands for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum By {
    /// A request.
    #[default]
    Request,
    /// A session.
    Session,
    /// A case.
    Case,
}

/// The windows of links and the numbers from which on something counts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LinkOptions {
    /// Seconds from a pushed key to the access.
    pub key_seconds: u32,
    /// Hours from access that was switched on, or a credential that was read, to its use.
    pub enabled_hours: u32,
    /// Minutes from a denial to the access that was granted, and of denials on several paths.
    pub denied_minutes: u32,
    /// Machines that make a fan-out.
    pub fan_out: u32,
    /// Minutes in which they are reached.
    pub fan_minutes: u32,
    /// Access types on which denials make `paths_denied`.
    pub paths: u32,
    /// Hours from a machine that was entered to the use of its credentials.
    pub hop_hours: u32,
    /// Hours from recording switched off to a session.
    pub recording_hours: u32,
}

impl Default for LinkOptions {
    fn default() -> Self {
        Self {
            key_seconds: 600,
            enabled_hours: 4,
            denied_minutes: 60,
            fan_out: 5,
            fan_minutes: 60,
            paths: 2,
            hop_hours: 24,
            recording_hours: 24,
        }
    }
}
