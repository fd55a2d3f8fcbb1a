//! Suppressions that suppress nothing any more.

use jiff::civil::Date;

use super::{Code, Finding};
use crate::plan::Suppression;
use crate::policy::{self, Loaded};

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

/// A finding for each that names a rule which its plugin does not have.
pub fn unknown(suppressions: &[Suppression], plugins: &[Loaded]) -> Vec<Finding> {
    let unknown = suppressions.iter().filter_map(|by| {
        let (plugin, rule) = by.code.strip_prefix("policy/")?.split_once('/')?;
        let plugin = plugins.iter().find(|known| known.name.as_str() == plugin)?;
        let rules = || plugin.description.rules.iter().map(|rule| rule.id.as_str());
        if rules().any(|known| known == rule) {
            return None;
        }
        let name = &plugin.name;
        let message = format!("{} is suppressed, and {name} has no rule {rule}", by.code);
        let known = rules().take(8).collect::<Vec<_>>().join(", ");
        let help = format!("its rules are {known}; name one of them, or remove its [[suppress]]");
        Some(Finding::new(Code::SuppressionUnknown, message).help(help))
    });
    unknown.collect()
}
