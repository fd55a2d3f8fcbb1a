//! The time: the operating system's, or in a test a given moment.
//!
//! **Invariant:** a build without debug assertions cannot be told the time.

use jiff::Timestamp;

/// Where "now" comes from; always whole seconds.
#[derive(Debug, Clone, Copy)]
pub struct Clock(Option<Timestamp>);

impl Clock {
    /// The operating system's clock.
    pub fn operating_system() -> Self {
        Self(None)
    }

    /// A clock that stands still, so that snapshots need no redaction.
    #[cfg(debug_assertions)]
    pub fn fixed(now: Timestamp) -> Self {
        Self(Some(now))
    }

    /// Whether it stands still.
    pub fn is_fixed(self) -> bool {
        self.0.is_some()
    }

    /// The present moment, cut to whole seconds.
    #[expect(clippy::disallowed_methods, reason = "this is the clock")]
    pub fn now(self) -> Timestamp {
        let now = self.0.unwrap_or_else(Timestamp::now);
        Timestamp::from_second(now.as_second()).unwrap_or(now)
    }
}
