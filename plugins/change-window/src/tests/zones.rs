//! Windows and freezes in zones whose clocks are put forward and back.

use super::*;

/// When the clocks of some zones change, and to which offset; regent tells the same of them.
const BERLIN: &[(&str, i64)] = &[
    ("2025-10-26 01:00", 60),
    ("2026-03-29 01:00", 120),
    ("2026-10-25 01:00", 60),
    ("2027-03-28 01:00", 120),
];
const SYDNEY: &[(&str, i64)] = &[
    ("2025-10-04 16:00", 660),
    ("2026-04-04 16:00", 600),
    ("2026-10-03 16:00", 660),
];
const LORD_HOWE: &[(&str, i64)] = &[
    ("2025-10-04 15:30", 660),
    ("2026-04-04 15:00", 630),
    ("2026-10-03 15:30", 660),
];
/// At midnight, so that a day begins at one, or its last hour is there twice.
const SANTIAGO: &[(&str, i64)] = &[
    ("2025-09-07 04:00", -180),
    ("2026-04-05 03:00", -240),
    ("2026-09-06 04:00", -180),
];
const KOLKATA: &[(&str, i64)] = &[("2025-01-01 00:00", 330)];

/// Unix seconds of a moment in UTC.
fn utc(text: &str) -> i64 {
    let (date, time) = text.split_once(' ').expect("date and time");
    Day::parse(date).expect("a date").start().0 + time_of_day(time).expect("a time")
}

/// A calendar with one window.
fn zoned(changes: &[(&str, i64)], days: &str, from: &str, to: &str) -> Calendar {
    let ends = changes[1..].iter().map(|(at, _)| utc(at));
    let ends = ends.chain([utc("2028-01-01 00:00")]);
    let period = |((from, minutes), until): (&(&str, i64), i64)| {
        serde_json::json!({
            "from": utc(from),
            "until": until,
            "utc-offset-seconds": minutes * 60,
        })
    };
    let periods: Vec<_> = changes.iter().zip(ends).map(period).collect();
    let json = serde_json::json!({
        "zone": "The/Zone",
        "clocks": { "The/Zone": periods },
        "windows": [{ "days": days.split(' ').collect::<Vec<_>>(), "from": from, "to": to }],
        "freeze": [{ "from": "2026-12-20", "to": "2027-01-05", "reason": "year end" }],
    });
    calendar(&json.to_string())
}

#[track_caller]
fn open(calendar: &Calendar, moment: &str, expected: bool) {
    let now = u64::try_from(utc(moment)).expect("after 1970");
    let decision = calendar.decide(Kind::Planned, now, "").expect("a decision");
    assert_eq!(decision == Decision::Approve, expected, "{moment}");
}

/// What is said of the time, and of the next opening.
#[track_caller]
fn closed(calendar: &Calendar, moment: &str) -> String {
    let now = u64::try_from(utc(moment)).expect("after 1970");
    let said = message(calendar.decide(Kind::Planned, now, "").expect("a decision"));
    let (_, said) = said.split_once("it is ").expect("the time");
    said.lines().next().expect("a line").to_owned()
}

#[test]
fn a_window_keeps_its_hour_in_summer_and_winter() {
    let nights = zoned(BERLIN, "tue", "22:00", "04:00");
    for (moment, expected) in [
        ("2026-01-13 20:59", false),
        ("2026-01-13 21:00", true),
        ("2026-01-14 02:59", true),
        ("2026-01-14 03:00", false),
        ("2026-07-14 19:59", false),
        ("2026-07-14 20:00", true),
        ("2026-07-15 01:59", true),
        ("2026-07-15 02:00", false),
    ] {
        open(&nights, moment, expected);
    }
    assert_eq!(
        closed(&nights, "2026-10-24 12:00"),
        "sat 2026-10-24 14:00 +02:00 (The/Zone), and the next window opens tue 2026-10-27 22:00 +01:00"
    );
    let kolkata = zoned(KOLKATA, "tue", "22:00", "04:00");
    for (moment, expected) in [
        ("2026-01-13 16:29", false),
        ("2026-01-13 16:30", true),
        ("2026-07-14 16:30", true),
        ("2026-07-14 22:30", false),
    ] {
        open(&kolkata, moment, expected);
    }
}

#[test]
fn a_window_that_begins_in_a_gap_begins_when_the_gap_ends() {
    // The clocks go from 02:00 to 03:00.
    let berlin = zoned(BERLIN, "sun", "02:30", "04:00");
    open(&berlin, "2026-03-29 00:59", false);
    open(&berlin, "2026-03-29 01:00", true);
    open(&berlin, "2026-03-29 01:59", true);
    open(&berlin, "2026-03-29 02:00", false);
    assert_eq!(
        closed(&berlin, "2026-03-28 12:00"),
        "sat 2026-03-28 13:00 +01:00 (The/Zone), and the next window opens sun 2026-03-29 03:00 +02:00"
    );
    let sydney = zoned(SYDNEY, "sun", "02:30", "04:00");
    open(&sydney, "2026-10-03 15:59", false);
    open(&sydney, "2026-10-03 16:00", true);
    open(&sydney, "2026-10-03 17:00", false);
    // From 02:00 to 02:30.
    let lord_howe = zoned(LORD_HOWE, "sun", "02:15", "03:00");
    open(&lord_howe, "2026-10-03 15:29", false);
    open(&lord_howe, "2026-10-03 15:30", true);
    open(&lord_howe, "2026-10-03 15:59", true);
    open(&lord_howe, "2026-10-03 16:00", false);
    // From midnight to 01:00; the day before ends as ever.
    let santiago = zoned(SANTIAGO, "sun", "00:00", "02:00");
    open(&santiago, "2026-09-06 03:59", false);
    open(&santiago, "2026-09-06 04:00", true);
    open(&santiago, "2026-09-06 04:59", true);
    open(&santiago, "2026-09-06 05:00", false);
}

#[test]
fn a_window_that_ends_in_a_gap_ends_when_the_gap_begins() {
    let berlin = zoned(BERLIN, "sat", "22:00", "02:30");
    open(&berlin, "2026-03-29 00:59", true);
    open(&berlin, "2026-03-29 01:00", false);
    let lord_howe = zoned(LORD_HOWE, "sun", "01:00", "02:15");
    open(&lord_howe, "2026-10-03 15:29", true);
    open(&lord_howe, "2026-10-03 15:30", false);
}

#[test]
fn a_window_that_lies_in_a_gap_does_not_open_that_day() {
    let berlin = zoned(BERLIN, "sun", "02:00", "03:00");
    open(&berlin, "2026-03-29 00:59", false);
    open(&berlin, "2026-03-29 01:00", false);
    assert_eq!(
        closed(&berlin, "2026-03-28 12:00"),
        "sat 2026-03-28 13:00 +01:00 (The/Zone), and the next window opens sun 2026-04-05 02:00 +02:00"
    );
}

#[test]
fn a_repeated_hour_counts_both_times() {
    // The clocks go from 03:00 back to 02:00.
    let berlin = zoned(BERLIN, "sun", "02:00", "02:30");
    for (moment, expected) in [
        ("2026-10-24 23:59", false),
        ("2026-10-25 00:00", true),
        ("2026-10-25 00:29", true),
        ("2026-10-25 00:30", false),
        ("2026-10-25 01:00", true),
        ("2026-10-25 01:29", true),
        ("2026-10-25 01:30", false),
    ] {
        open(&berlin, moment, expected);
    }
    assert_eq!(
        closed(&berlin, "2026-10-25 00:45"),
        "sun 2026-10-25 02:45 +02:00 (The/Zone), and the next window opens sun 2026-10-25 02:00 +01:00"
    );
    let sydney = zoned(SYDNEY, "sun", "02:30", "03:00");
    open(&sydney, "2026-04-04 15:30", true);
    open(&sydney, "2026-04-04 16:00", false);
    open(&sydney, "2026-04-04 16:30", true);
    open(&sydney, "2026-04-04 17:00", false);
    // From 02:00 back to 01:30.
    let lord_howe = zoned(LORD_HOWE, "sun", "01:30", "01:45");
    open(&lord_howe, "2026-04-04 14:30", true);
    open(&lord_howe, "2026-04-04 14:45", false);
    open(&lord_howe, "2026-04-04 15:00", true);
    open(&lord_howe, "2026-04-04 15:15", false);
    // From midnight back to 23:00 of the same Saturday.
    let santiago = zoned(SANTIAGO, "sat", "23:00", "23:30");
    open(&santiago, "2026-04-05 02:00", true);
    open(&santiago, "2026-04-05 02:30", false);
    open(&santiago, "2026-04-05 03:00", true);
    open(&santiago, "2026-04-05 03:30", false);
}

#[test]
fn a_freeze_is_of_days_in_the_zone() {
    let always = "mon tue wed thu fri sat sun";
    let sydney = zoned(SYDNEY, always, "00:00", "24:00");
    open(&sydney, "2026-12-19 12:59", true);
    open(&sydney, "2026-12-19 13:00", false);
    open(&sydney, "2027-01-05 12:59", false);
    open(&sydney, "2027-01-05 13:00", true);
}

#[test]
fn nothing_is_open_before_the_next_opening_where_clocks_change() {
    for changes in [BERLIN, SYDNEY, LORD_HOWE, SANTIAGO] {
        for (from, to) in [
            ("02:00", "02:30"),
            ("23:30", "01:30"),
            ("02:15", "04:00"),
            ("00:00", "24:00"),
        ] {
            let calendar = zoned(changes, "sat sun", from, to);
            for (at, _) in &changes[1..changes.len() - 1] {
                for half_hour in (-200..200).step_by(9) {
                    opens_first(&calendar, utc(at) + half_hour * 30 * MINUTE);
                }
            }
        }
    }
}

#[test]
fn a_zone_that_regent_does_not_tell_is_an_error_with_words() {
    let windows = r#""windows": [{ "days": ["mon"], "from": "01:00", "to": "02:00" }]"#;
    for (settings, said) in [
        (
            r#""zone": "Europe/Berlin""#,
            "does not tell how the clocks of Europe/Berlin run",
        ),
        (
            r#""zone": "Europe/Berlin", "utc-offset": "+01:00""#,
            "write either `zone` or `utc-offset`",
        ),
        (r#""clocks": {}"#, "write either `zone` or `utc-offset`"),
    ] {
        let error = Calendar::parse(&format!("{{ {settings}, {windows} }}")).expect_err(settings);
        assert!(error.contains(said), "{error}");
    }
    let berlin = zoned(BERLIN, "sun", "02:00", "03:00");
    let error = berlin
        .decide(Kind::Planned, 0, "")
        .expect_err("1970 is not told");
    assert!(
        error.contains("what the clocks of The/Zone show at 0"),
        "{error}"
    );
}
