//! Suppressions that suppress nothing any more.

use jiff::civil::Date;

use super::{Code, Finding};
use crate::plan::Suppression;
use crate::policy;

/// A finding for each that has expired by `today`.
pub fn expired(suppressions: &[Suppression], today: Date) -> Vec<Finding> {
    let expired = suppressions
        .iter()
        .filter(|by| policy::has_expired(by, today));
    let finding = |by: &Suppression| {
        let (code, until) = (&by.code, by.until);
        let message = format!("{code} was suppressed until {until} – {}", by.reason);
        Finding::new(Code::SuppressionExpired, message).help(
            "mend what is found, and remove its [[suppress]] from regent.toml; or give it a later `until`",
        )
    };
    expired.map(finding).collect()
}
