//! Time zones by name, for plugins, which have neither clock nor calendar: how the clocks of a place
//! run around a moment, as data.
//!
//! Names and rules are those of the tz database that is compiled in, so that they are the same on
//! every machine. What a decision rested on is kept with it, and nothing here is asked again.

use std::collections::BTreeMap;

use jiff::tz::{TimeZone, TimeZoneDatabase};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

/// How far back and ahead of a decision the clocks are told.
const REACH: SignedDuration = SignedDuration::from_hours(400 * 24);

/// The most slips of the finger between a zone's name and the one that was meant.
const MAX_SLIPS: usize = 3;

/// How the clocks of zones run around a moment, by the zones' names.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Zones(BTreeMap<String, Vec<Period>>);

/// A time during which a zone's clocks are as far ahead of UTC. The next begins where it ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct Period {
    /// Its first second, since 1970-01-01T00:00:00Z.
    from: i64,
    /// The second after its last.
    until: i64,
    utc_offset_seconds: i32,
}

impl Zones {
    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Those of every zone that is named here, around a moment.
    pub(super) fn around<'a>(names: impl IntoIterator<Item = &'a str>, now: Timestamp) -> Self {
        let known = names
            .into_iter()
            .filter_map(|name| Some((name, zone(name)?)));
        let known = known.map(|(name, zone)| (name.to_owned(), periods(&zone, now)));
        Self(known.collect())
    }

    /// Those that are named here and no others.
    pub(super) fn among<'a>(&self, names: impl IntoIterator<Item = &'a str>) -> Self {
        let known = names
            .into_iter()
            .filter_map(|name| self.0.get_key_value(name));
        let known = known.map(|(name, periods)| (name.clone(), periods.clone()));
        Self(known.collect())
    }

    /// Both.
    #[must_use]
    pub(super) fn and(mut self, other: Self) -> Self {
        self.0.extend(other.0);
        self
    }
}

/// A zone of exactly that name.
pub(super) fn zone(name: &str) -> Option<TimeZone> {
    let zone = TimeZoneDatabase::bundled().get(name).ok()?;
    (zone.iana_name() == Some(name)).then_some(zone)
}

/// Why a name is none of a zone, and which was probably meant.
pub(super) fn unknown(name: &str) -> String {
    let why = match nearest(name) {
        Some(meant) => format!("did you mean {meant}?"),
        None if name.ends_with(" Standard Time") => {
            "that is a name of Windows; write the tz database's, as in Europe/Berlin".to_owned()
        }
        None => "write a name of the tz database, as in Europe/Berlin".to_owned(),
    };
    format!("“{}” is no time zone; {why}", name.escape_debug())
}

/// By the whole name or by its last part, the city.
fn nearest(name: &str) -> Option<String> {
    let plain = |text: &str| text.to_lowercase().replace([' ', '-'], "_");
    let wrong = plain(name);
    // A short name has many that are near it.
    let most = MAX_SLIPS.min(wrong.chars().count().saturating_sub(1) / 4);
    let database = TimeZoneDatabase::bundled();
    let slips = database.available().filter_map(|known| {
        let whole = plain(known.as_str());
        let by_whole = strsim::osa_distance(&wrong, &whole);
        let slips = match whole.rsplit_once('/') {
            Some((_, city)) => by_whole.min(strsim::osa_distance(&wrong, city)),
            // An abbreviation that looks like another is not it.
            None if by_whole == 0 => 0,
            None => return None,
        };
        (slips <= most).then(|| (slips, by_whole, known.as_str().to_owned()))
    });
    slips.min().map(|(.., name)| name)
}

fn periods(zone: &TimeZone, now: Timestamp) -> Vec<Period> {
    let reach = |by| now.saturating_add(by).unwrap_or(now);
    let (first, end) = (reach(-REACH), reach(REACH));
    let mut offset = zone.to_offset(first);
    let mut from = first.as_second();
    let mut periods = Vec::new();
    let mut close = |until: i64, offset: jiff::tz::Offset, from: &mut i64| {
        periods.push(Period {
            from: *from,
            until,
            utc_offset_seconds: offset.seconds(),
        });
        *from = until;
    };
    for change in zone.following(first) {
        if change.timestamp() >= end {
            break;
        }
        // Clocks that only get another name go on.
        if change.offset() != offset {
            close(change.timestamp().as_second(), offset, &mut from);
            offset = change.offset();
        }
    }
    close(end.as_second(), offset, &mut from);
    periods
}

#[cfg(test)]
mod tests {
    use super::*;

    fn clocks(name: &str, now: &str) -> String {
        let now = now.parse().expect("a moment");
        let periods = periods(&zone(name).expect("a zone"), now);
        let line = |period: &Period| {
            let at = |second| Timestamp::from_second(second).expect("a moment");
            let (from, until) = (at(period.from), at(period.until));
            format!("{from} {until} {}\n", period.utc_offset_seconds)
        };
        periods.iter().map(line).collect()
    }

    #[test]
    fn clocks_are_told_400_days_back_and_ahead() {
        insta::assert_snapshot!(clocks("Europe/Berlin", "2026-03-04T21:30:00Z"), @r"
        2025-01-28T21:30:00Z 2025-03-30T01:00:00Z 3600
        2025-03-30T01:00:00Z 2025-10-26T01:00:00Z 7200
        2025-10-26T01:00:00Z 2026-03-29T01:00:00Z 3600
        2026-03-29T01:00:00Z 2026-10-25T01:00:00Z 7200
        2026-10-25T01:00:00Z 2027-03-28T01:00:00Z 3600
        2027-03-28T01:00:00Z 2027-04-08T21:30:00Z 7200
        ");
        insta::assert_snapshot!(clocks("Australia/Lord_Howe", "2026-03-04T21:30:00Z"), @r"
        2025-01-28T21:30:00Z 2025-04-05T15:00:00Z 39600
        2025-04-05T15:00:00Z 2025-10-04T15:30:00Z 37800
        2025-10-04T15:30:00Z 2026-04-04T15:00:00Z 39600
        2026-04-04T15:00:00Z 2026-10-03T15:30:00Z 37800
        2026-10-03T15:30:00Z 2027-04-03T15:00:00Z 39600
        2027-04-03T15:00:00Z 2027-04-08T21:30:00Z 37800
        ");
        insta::assert_snapshot!(clocks("Asia/Kolkata", "2026-03-04T21:30:00Z"), @r"
        2025-01-28T21:30:00Z 2027-04-08T21:30:00Z 19800
        ");
    }

    /// Years that nobody has a table for, and the ends of time.
    #[test]
    fn clocks_are_told_of_any_moment() {
        for now in [
            "1970-01-01T00:00:00Z",
            "2150-07-01T00:00:00Z",
            "9999-12-30T00:00:00Z",
        ] {
            let now = now.parse().expect("a moment");
            let periods = periods(&zone("Europe/Berlin").expect("a zone"), now);
            assert!(periods.windows(2).all(|pair| pair[0].until == pair[1].from));
            assert!(periods.iter().all(|period| period.from < period.until));
        }
    }

    #[test]
    fn a_zone_has_one_spelling_and_an_unknown_one_is_told_with_the_nearest() {
        for name in [
            "Europe/Berlin",
            "America/Argentina/Ushuaia",
            "UTC",
            "Etc/GMT+5",
            "Asia/Kolkata",
        ] {
            assert!(zone(name).is_some(), "{name}");
        }
        let mut told = String::new();
        for name in [
            "Europe/Berln",
            "europe/berlin",
            "Berlin",
            "America/New York",
            "Lord Howe",
            "utc",
            "CEST",
            "+01:00",
            "W. Europe Standard Time",
            "",
            "../etc/passwd",
        ] {
            assert!(zone(name).is_none(), "{name}");
            told += &format!("{}\n", unknown(name));
        }
        insta::assert_snapshot!(told, @r"
        “Europe/Berln” is no time zone; did you mean Europe/Berlin?
        “europe/berlin” is no time zone; did you mean Europe/Berlin?
        “Berlin” is no time zone; did you mean Europe/Berlin?
        “America/New York” is no time zone; did you mean America/New_York?
        “Lord Howe” is no time zone; did you mean Australia/Lord_Howe?
        “utc” is no time zone; did you mean UTC?
        “CEST” is no time zone; write a name of the tz database, as in Europe/Berlin
        “+01:00” is no time zone; write a name of the tz database, as in Europe/Berlin
        “W. Europe Standard Time” is no time zone; that is a name of Windows; write the tz database's, as in Europe/Berlin
        “” is no time zone; write a name of the tz database, as in Europe/Berlin
        “../etc/passwd” is no time zone; write a name of the tz database, as in Europe/Berlin
        ");
    }
}
