//! Time zones by name, for plugins, which have neither clock nor calendar: how the clocks of a place
//! run around a moment, as data.
//!
//! Names and rules are those of the tz database that is compiled in, so that they are the same on
//! every machine. What a decision rested on is kept with it, and nothing here is asked again.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::tz::{TimeZone, TimeZoneDatabase};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::description::Description;
use crate::identity::Digest;

/// The keyword of a settings schema with which a plugin asks something of the host.
pub(super) const KEYWORD: &str = "x-regent";

/// What it says of a setting that names a zone.
pub(super) const ZONE: &str = "time-zone";

/// What it says of the member that the host fills in.
pub(super) const PERIODS: &str = "time-zone-periods";

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

/// A plugin's settings as they go over to it.
#[derive(Debug, Clone)]
pub(super) struct Told {
    text: Arc<str>,
    /// The member that is filled in with how clocks run, where its schema has one.
    periods: Option<String>,
}

impl Told {
    /// Settings that fit the plugin, or were told before.
    pub(super) fn new(description: &Description, settings: &Value) -> Self {
        let members = description.settings_schema.get("properties");
        let mut members = members.and_then(Value::as_object).into_iter().flatten();
        let periods = members.find(|(_, schema)| schema.get(KEYWORD) == Some(&PERIODS.into()));
        Self {
            text: settings.to_string().into(),
            periods: periods.map(|(name, _)| name.clone()),
        }
    }

    /// The settings alone.
    pub(super) fn text(&self) -> &Arc<str> {
        &self.text
    }

    /// SHA-256 of the settings alone: how clocks run is no setting, but told like the time.
    pub(super) fn digest(&self) -> Digest {
        Digest::of(self.text.as_bytes())
    }

    /// How the clocks of every zone that the settings name run around a moment, where the plugin
    /// wants to know.
    pub(super) fn zones(&self, now: Timestamp) -> Zones {
        let mut zones = Zones::default();
        if self.periods.is_some() {
            for text in texts(&self.value()) {
                if let Some(zone) = zone(text) {
                    zones.0.insert(text.to_owned(), periods(&zone, now));
                }
            }
        }
        zones
    }

    /// The settings with how the clocks of the zones that they name run.
    pub(super) fn filled(&self, zones: &Zones) -> Arc<str> {
        let Some(member) = &self.periods else {
            return Arc::clone(&self.text);
        };
        let mut settings = self.value();
        let named = texts(&settings).into_iter().map(ToOwned::to_owned);
        let known = named.filter_map(|name| Some((name.clone(), zones.0.get(&name)?.clone())));
        let known = Zones(known.collect());
        if let Value::Object(settings) = &mut settings {
            let known = serde_json::to_value(known).expect("it is plain data with string keys");
            settings.insert(member.clone(), known);
        }
        settings.to_string().into()
    }

    fn value(&self) -> Value {
        serde_json::from_str(&self.text).expect("it was JSON before")
    }
}

/// Every text in settings.
fn texts(settings: &Value) -> Vec<&str> {
    match settings {
        Value::String(text) => vec![text],
        Value::Array(values) => values.iter().flat_map(texts).collect(),
        Value::Object(entries) => entries.values().flat_map(texts).collect(),
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn told(settings: &Value) -> Told {
        let schema = json!({ "properties": { "clocks": { "x-regent": "time-zone-periods" } } });
        let description = Description {
            name: "change-window".to_owned(),
            version: "1.0.0".to_owned(),
            summary: "Promotes in the window".to_owned(),
            rules: Vec::new(),
            settings_schema: schema,
        };
        Told::new(&description, settings)
    }

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

    /// The seam of a replay: what is filled in is what is given, whatever is known of the zone now.
    #[test]
    fn what_is_filled_in_is_what_was_kept() {
        let told = told(&json!({ "zone": "Europe/Berlin", "other": ["Nowhere/Atall", "SSO01"] }));
        let kept = r#"{"Europe/Berlin":[{"from":1,"until":2,"utc-offset-seconds":42}],
            "Nowhere/Atall":[{"from":1,"until":2,"utc-offset-seconds":43}],"Asia/Tokyo":[]}"#;
        let kept: Zones = serde_json::from_str(kept).expect("zones");
        let filled: Value = serde_json::from_str(&told.filled(&kept)).expect("JSON");
        let of = |seconds| json!([{ "from": 1, "until": 2, "utc-offset-seconds": seconds }]);
        let expected = json!({ "Europe/Berlin": of(42), "Nowhere/Atall": of(43) });
        assert_eq!(filled["clocks"], expected);
        // What is not kept is not looked up.
        let filled: Value = serde_json::from_str(&told.filled(&Zones::default())).expect("JSON");
        assert_eq!(filled["clocks"], json!({}));
    }

    #[test]
    fn how_clocks_run_is_no_setting() {
        let told = told(&json!({ "zone": "Europe/Berlin" }));
        assert_eq!(&**told.text(), r#"{"zone":"Europe/Berlin"}"#);
        assert_eq!(told.digest(), Digest::of(told.text().as_bytes()));
        let named: Vec<String> = told.zones(Timestamp::UNIX_EPOCH).0.into_keys().collect();
        assert_eq!(named, ["Europe/Berlin"]);
    }
}
