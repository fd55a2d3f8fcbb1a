//! The wall clock that the settings mean: in one offset for ever, or in a zone, whose changes of
//! offset regent tells around the moment of the decision.

use std::collections::BTreeMap;

use crate::time::{Local, utc_offset};

/// How the clocks of zones run, as regent fills it in: by the zone's name.
pub(crate) type Clocks = BTreeMap<String, Vec<Period>>;

/// A time during which the clock is as far ahead of UTC.
#[derive(Debug, Clone, Copy, serde::Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct Period {
    /// Its first second, since 1970 in UTC.
    pub(crate) from: i64,
    /// The second after its last.
    pub(crate) until: i64,
    pub(crate) utc_offset_seconds: i64,
}

impl Period {
    pub(crate) fn holds(&self, unix: i64) -> bool {
        (self.from..self.until).contains(&unix)
    }

    /// What the clock shows.
    pub(crate) fn local(&self, unix: i64) -> Local {
        Local(unix + self.utc_offset_seconds)
    }

    /// When a clock of this offset shows that; it may be before or after the period.
    pub(crate) fn unix(&self, local: Local) -> i64 {
        local.0 - self.utc_offset_seconds
    }
}

#[derive(Debug)]
pub(crate) struct Clock {
    /// The offset or the zone, as it is written.
    name: String,
    /// Each begins where the one before ends.
    periods: Vec<Period>,
    zoned: bool,
}

impl Clock {
    /// As far ahead of UTC for ever.
    pub(crate) fn fixed(offset: &str) -> Result<Self, String> {
        let always = Period {
            from: i64::MIN,
            until: i64::MAX,
            utc_offset_seconds: utc_offset(offset)?,
        };
        Ok(Self {
            name: offset.to_owned(),
            periods: vec![always],
            zoned: false,
        })
    }

    /// That of a zone.
    pub(crate) fn of_zone(zone: &str, clocks: &Clocks) -> Result<Self, String> {
        let periods = clocks.get(zone).filter(|periods| !periods.is_empty());
        let periods = periods.ok_or_else(|| {
            format!("this regent does not tell how the clocks of {zone} run; update it, or write `utc-offset`")
        })?;
        Ok(Self {
            name: zone.to_owned(),
            periods: periods.clone(),
            zoned: true,
        })
    }

    /// The offset or the zone.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// What it shows; nothing where that is not told.
    pub(crate) fn local(&self, unix: i64) -> Option<Local> {
        Some(self.period(unix)?.local(unix))
    }

    /// What it shows, for people; in a zone with the offset, for a repeated hour is shown twice.
    pub(crate) fn show(&self, unix: i64) -> String {
        let Some(period) = self.period(unix) else {
            return String::new();
        };
        let local = period.local(unix);
        if !self.zoned {
            return local.to_string();
        }
        let minutes = period.utc_offset_seconds / 60;
        let sign = if minutes < 0 { '-' } else { '+' };
        let (hours, minutes) = (minutes.abs() / 60, minutes.abs() % 60);
        format!("{local} {sign}{hours:02}:{minutes:02}")
    }

    /// The periods between two moments, cut where these lie.
    pub(crate) fn between(&self, first: i64, end: i64) -> impl Iterator<Item = Period> {
        let cut = move |period: &Period| Period {
            from: period.from.max(first),
            until: period.until.min(end),
            ..*period
        };
        self.periods
            .iter()
            .map(cut)
            .filter(|period| period.from < period.until)
    }

    fn period(&self, unix: i64) -> Option<&Period> {
        self.periods.iter().find(|period| period.holds(unix))
    }
}
