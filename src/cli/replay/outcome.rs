//! How a replay ended.

/// How a replay ended.
pub enum Outcome {
    /// The recording was read; with `--run`, every reply is the recorded one.
    Same,
    /// At least one reply differs from the recorded one.
    Different,
    /// The recording could not be read; holds the reason.
    Unreadable(String),
}
