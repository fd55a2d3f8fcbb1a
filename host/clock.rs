//! The time: the operating system's, or in a rehearsal or a test a given moment.
//!
//! **Invariant:** nothing that is read from outside sets the clock of a real site. A build without
//! debug assertions stops it only in a rehearsal, whose site it makes itself; `tests/it/tidy.rs`
//! holds who does.

use jiff::Timestamp;
use jiff::tz::{Offset, TimeZone};

/// Where "now" comes from; always whole seconds.
#[derive(Debug, Clone, Copy)]
pub struct Clock(Option<(Timestamp, Offset)>);

impl Clock {
    /// The operating system's clock.
    pub fn operating_system() -> Self {
        Self(None)
    }

    /// A clock that stands still, in a place whose clocks are so far ahead of UTC.
    pub fn fixed(now: Timestamp, ahead: Offset) -> Self {
        Self(Some((now, ahead)))
    }

    /// The present moment, cut to whole seconds.
    #[expect(clippy::disallowed_methods, reason = "this is the clock")]
    pub fn now(self) -> Timestamp {
        let now = self.0.map_or_else(Timestamp::now, |(now, _)| now);
        Timestamp::from_second(now.as_second()).unwrap_or(now)
    }

    /// How far local time is ahead of UTC at a moment.
    pub fn utc_offset(self, at: Timestamp) -> Offset {
        self.0
            .map_or_else(|| TimeZone::system().to_offset(at), |(_, ahead)| ahead)
    }
}
