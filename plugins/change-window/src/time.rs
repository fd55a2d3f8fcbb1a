//! Days, times of day and UTC offsets, in whole seconds.

use std::fmt;

pub(crate) const MINUTE: i64 = 60;
pub(crate) const DAY: i64 = 24 * 60 * MINUTE;

/// The last second of the year 9999, beyond which a clock is broken.
pub(crate) const LAST_SECOND: u64 = 253_402_300_799;

pub(crate) const WEEKDAYS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

/// A calendar day, counted from 1970-01-01.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Day(pub(crate) i64);

impl Day {
    /// Reads `2026-12-20`.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let wrong = || format!("“{text}” is no date; write it as 2026-12-20");
        let fields: Vec<&str> = text.split('-').collect();
        let [year, month, day] = fields[..] else {
            return Err(wrong());
        };
        let number = |field: &str, width: usize| {
            let digits = field.len() == width && field.bytes().all(|byte| byte.is_ascii_digit());
            if digits {
                field.parse::<i64>().ok()
            } else {
                None
            }
        };
        let (Some(year), Some(month), Some(day)) =
            (number(year, 4), number(month, 2), number(day, 2))
        else {
            return Err(wrong());
        };
        if !(1..=12).contains(&month) || !(1..=31).contains(&day) {
            return Err(wrong());
        }
        let counted = Self::from_civil(year, month, day);
        // The 30th of February counts to a day that has another name.
        if counted.civil() == (year, month, day) {
            Ok(counted)
        } else {
            Err(format!("there is no {text} in the calendar"))
        }
    }

    /// Counts in years that begin in March, so that the leap day is the last
    /// (Howard Hinnant, “chrono-compatible low-level date algorithms”).
    pub(crate) fn from_civil(year: i64, month: i64, day: i64) -> Self {
        let year = if month <= 2 { year - 1 } else { year };
        let era = year.div_euclid(400);
        let year_of_era = year.rem_euclid(400);
        let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
        let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
        Self(era * 146_097 + day_of_era - 719_468)
    }

    /// Year, month and day of month.
    pub(crate) fn civil(self) -> (i64, i64, i64) {
        let days = self.0 + 719_468;
        let era = days.div_euclid(146_097);
        let day_of_era = days.rem_euclid(146_097);
        let year_of_era =
            (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
        let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let march_month = (5 * day_of_year + 2) / 153;
        let day = day_of_year - (153 * march_month + 2) / 5 + 1;
        let month = (march_month + 2) % 12 + 1;
        let year = era * 400 + year_of_era + i64::from(month <= 2);
        (year, month, day)
    }

    /// 0 is Monday.
    pub(crate) fn weekday(self) -> usize {
        // 1970-01-01 was a Thursday.
        usize::try_from((self.0 + 3).rem_euclid(7)).expect("it is less than 7")
    }

    pub(crate) fn start(self) -> Local {
        Local(self.0 * DAY)
    }

    pub(crate) fn next(self) -> Self {
        Self(self.0 + 1)
    }

    pub(crate) fn before(self) -> Self {
        Self(self.0 - 1)
    }
}

impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (year, month, day) = self.civil();
        write!(f, "{year:04}-{month:02}-{day:02}")
    }
}

/// What the settings' wall clock shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Local(pub(crate) i64);

impl Local {
    pub(crate) fn day(self) -> Day {
        Day(self.0.div_euclid(DAY))
    }
}

impl fmt::Display for Local {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let weekday = WEEKDAYS[self.day().weekday()];
        let minute = self.0.rem_euclid(DAY) / MINUTE;
        let (hour, minute) = (minute / 60, minute % 60);
        write!(f, "{weekday} {} {hour:02}:{minute:02}", self.day())
    }
}

/// Reads `22:30` as seconds.
pub(crate) fn time_of_day(text: &str) -> Result<i64, String> {
    let wrong = || format!("“{text}” is no time of day; write it as 22:30");
    let (hour, minute) = text.split_once(':').ok_or_else(wrong)?;
    let digits = |field: &str| field.len() == 2 && field.bytes().all(|byte| byte.is_ascii_digit());
    if !digits(hour) || !digits(minute) {
        return Err(wrong());
    }
    let (Ok(hour), Ok(minute)) = (hour.parse::<i64>(), minute.parse::<i64>()) else {
        return Err(wrong());
    };
    let seconds = (hour * 60 + minute) * MINUTE;
    if minute < 60 && seconds <= DAY {
        Ok(seconds)
    } else {
        Err(wrong())
    }
}

/// Reads `+01:00` as seconds ahead of UTC.
pub(crate) fn utc_offset(text: &str) -> Result<i64, String> {
    let wrong = || format!("“{text}” is no UTC offset; write it as +01:00 or -05:00");
    let (sign, time) = match text.split_at_checked(1) {
        Some(("+", time)) => (1, time),
        Some(("-", time)) => (-1, time),
        _ => return Err(wrong()),
    };
    match time_of_day(time) {
        Ok(seconds) if seconds <= 14 * 60 * MINUTE => Ok(sign * seconds),
        _ => Err(wrong()),
    }
}
