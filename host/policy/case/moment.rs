//! Moments in a case: TOML's own, with an offset, or texts that name a time zone (RFC 9557).

use jiff::Timestamp;
use jiff::fmt::temporal::DateTimeParser;
use jiff::tz::{AmbiguousOffset, Disambiguation, Offset, OffsetConflict, TimeZoneDatabase};
use toml::Value;
use toml::value::{Datetime, Offset as TomlOffset};

use crate::policy::zones;

/// A moment as a case tells it.
pub(super) type Told = Value;

/// Refuses what the clocks of a zone never show, and what they show twice.
static ZONED: DateTimeParser = DateTimeParser::new()
    .offset_conflict(OffsetConflict::Reject)
    .disambiguation(Disambiguation::Reject);

/// A moment and how far the clocks of its place are ahead of UTC.
pub(super) fn moment(told: &Told) -> Result<(Timestamp, Offset), String> {
    match told {
        Value::Datetime(told) => with_offset(told),
        Value::String(told) => in_zone(told),
        other => Err(none(&other.to_string())),
    }
}

fn none(told: &str) -> String {
    format!(
        "“{}” is no moment: write date, time and offset, as in 2026-03-04T22:30:00+01:00, or a time \
         zone, as in \"2026-03-04T22:30[Europe/Berlin]\"",
        told.escape_debug()
    )
}

fn with_offset(told: &Datetime) -> Result<(Timestamp, Offset), String> {
    let wrong = || none(&told.to_string());
    let minutes = match told.offset {
        Some(TomlOffset::Z) => 0,
        Some(TomlOffset::Custom { minutes }) => i32::from(minutes),
        None => return Err(wrong()),
    };
    let at = told.to_string().parse().map_err(|_| wrong())?;
    let offset = Offset::from_seconds(minutes * 60).map_err(|_| wrong())?;
    Ok((at, offset))
}

fn in_zone(told: &str) -> Result<(Timestamp, Offset), String> {
    let rest = told.split_once('[').map(|(_, rest)| rest);
    let Some(name) = rest.and_then(|rest| rest.strip_suffix(']')) else {
        return Err(none(told));
    };
    let zone = zones::zone(name).ok_or_else(|| zones::unknown(name))?;
    let read = ZONED.parse_zoned_with(&TimeZoneDatabase::bundled(), told);
    let read = read.map_err(|error| {
        let shown = ZONED.parse_datetime(told.split('[').next().unwrap_or_default());
        let shown = shown.map(|shown| zone.to_ambiguous_timestamp(shown).offset());
        let why = match shown {
            Ok(AmbiguousOffset::Gap { .. }) => {
                "the clocks there are put forward over it".to_owned()
            }
            Ok(AmbiguousOffset::Fold { before, after }) => {
                format!("the clocks there show it twice: write which, with {before} or {after}")
            }
            _ => error.to_string(),
        };
        format!("“{}” is no moment: {why}", told.escape_debug())
    })?;
    Ok((read.timestamp(), read.offset()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(told: &str) -> String {
        match moment(&Value::from(told)) {
            Ok((at, offset)) => format!("{at} {offset}"),
            Err(why) => why,
        }
    }

    #[test]
    fn a_moment_in_a_zone_is_one_moment_or_none() {
        let mut told = String::new();
        for moment in [
            "2026-07-14T22:30[Europe/Berlin]",
            "2026-01-13T22:30:15[Europe/Berlin]",
            "2026-10-04T02:45[Australia/Lord_Howe]",
            // Shown twice, and told apart by the offset.
            "2026-10-25T02:30+02:00[Europe/Berlin]",
            "2026-10-25T02:30+01:00[Europe/Berlin]",
            "2026-10-25T02:30[Europe/Berlin]",
            // Never shown.
            "2026-03-29T02:30[Europe/Berlin]",
            "2026-07-14T22:30+01:00[Europe/Berlin]",
            "2026-07-14T22:30[Europe/Berln]",
            "2026-07-14T22:30",
            "2026-07-14T22:30+02:00",
            "yesterday[Europe/Berlin]",
        ] {
            told += &format!("{moment}: {}\n", said(moment));
        }
        insta::assert_snapshot!(told, @r#"
        2026-07-14T22:30[Europe/Berlin]: 2026-07-14T20:30:00Z +02
        2026-01-13T22:30:15[Europe/Berlin]: 2026-01-13T21:30:15Z +01
        2026-10-04T02:45[Australia/Lord_Howe]: 2026-10-03T15:45:00Z +11
        2026-10-25T02:30+02:00[Europe/Berlin]: 2026-10-25T00:30:00Z +02
        2026-10-25T02:30+01:00[Europe/Berlin]: 2026-10-25T01:30:00Z +01
        2026-10-25T02:30[Europe/Berlin]: “2026-10-25T02:30[Europe/Berlin]” is no moment: the clocks there show it twice: write which, with +02 or +01
        2026-03-29T02:30[Europe/Berlin]: “2026-03-29T02:30[Europe/Berlin]” is no moment: the clocks there are put forward over it
        2026-07-14T22:30+01:00[Europe/Berlin]: “2026-07-14T22:30+01:00[Europe/Berlin]” is no moment: datetime could not resolve to a timestamp since `reject` conflict resolution was chosen, and because datetime has offset `+01`, but the time zone `Europe/Berlin` for the given datetime unambiguously has offset `+02`
        2026-07-14T22:30[Europe/Berln]: “Europe/Berln” is no time zone; did you mean Europe/Berlin?
        2026-07-14T22:30: “2026-07-14T22:30” is no moment: write date, time and offset, as in 2026-03-04T22:30:00+01:00, or a time zone, as in "2026-03-04T22:30[Europe/Berlin]"
        2026-07-14T22:30+02:00: “2026-07-14T22:30+02:00” is no moment: write date, time and offset, as in 2026-03-04T22:30:00+01:00, or a time zone, as in "2026-03-04T22:30[Europe/Berlin]"
        yesterday[Europe/Berlin]: “yesterday[Europe/Berlin]” is no moment: failed to parse four digit integer as year: invalid digit, expected 0-9 but got y
        "#);
    }
}
