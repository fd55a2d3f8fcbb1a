use super::time::{MINUTE, utc_offset};
use super::*;

mod zones;

const NIGHTS: &str = r#"{
    "utc-offset": "+01:00",
    "windows": [{ "days": ["tue", "thu"], "from": "22:00", "to": "04:00" }],
    "freeze": [{ "from": "2026-12-20", "to": "2027-01-05", "reason": "year end" }],
    "emergency": { "allowed": true, "reason-at-least": 10 }
}"#;

fn calendar(json: &str) -> Calendar {
    Calendar::parse(json).expect("the settings are right")
}

/// Unix seconds of a local date and time in the calendar's offset.
fn unix(calendar: &Calendar, date: &str, time: &str) -> u64 {
    let local = Day::parse(date).expect("a date").start().0 + time_of_day(time).expect("a time");
    let always = calendar.clock.between(0, 1).next().expect("a fixed offset");
    u64::try_from(always.unix(Local(local))).expect("after 1970")
}

fn decide(json: &str, date: &str, time: &str, kind: Kind, reason: &str) -> Decision {
    let calendar = calendar(json);
    let now = unix(&calendar, date, time);
    calendar.decide(kind, now, reason).expect("a decision")
}

fn planned(json: &str, date: &str, time: &str) -> Option<String> {
    match decide(json, date, time, Kind::Planned, "") {
        Decision::Approve => None,
        Decision::Deny(reasons) => Some(reasons[0].rule.clone()),
        Decision::Abstain => panic!("this plugin always has an opinion"),
    }
}

#[test]
fn days_count_as_the_calendar_does() {
    assert_eq!(Day::parse("1970-01-01"), Ok(Day(0)));
    assert_eq!(Day::parse("1969-12-31"), Ok(Day(-1)));
    assert_eq!(Day::parse("2000-03-01"), Ok(Day(11_017)));
    // Every day of four centuries and more follows the one before it.
    let mut expected = (1899, 12, 31);
    let first = Day::from_civil(1899, 12, 31);
    for count in 0..150_000 {
        let day = Day(first.0 + count);
        assert_eq!(day.civil(), expected);
        let (year, month, date) = expected;
        assert_eq!(Day::from_civil(year, month, date), day);
        assert_eq!(day.next().weekday(), (day.weekday() + 1) % 7);
        let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
        let length = match month {
            2 => 28 + i64::from(leap),
            4 | 6 | 9 | 11 => 30,
            _ => 31,
        };
        expected = match (month, date) {
            (12, 31) => (year + 1, 1, 1),
            (month, date) if date == length => (year, month + 1, 1),
            (month, date) => (year, month, date + 1),
        };
    }
    assert_eq!(
        WEEKDAYS[Day::parse("2026-11-24").expect("a date").weekday()],
        "tue"
    );
}

#[test]
fn days_that_are_not_in_the_calendar_are_refused() {
    for (text, said) in [
        ("2026-02-29", "there is no 2026-02-29 in the calendar"),
        ("2026-04-31", "there is no 2026-04-31 in the calendar"),
        ("1900-02-29", "there is no 1900-02-29 in the calendar"),
        (
            "2026-13-01",
            "“2026-13-01” is no date; write it as 2026-12-20",
        ),
        (
            "2026-00-01",
            "“2026-00-01” is no date; write it as 2026-12-20",
        ),
        (
            "20.12.2026",
            "“20.12.2026” is no date; write it as 2026-12-20",
        ),
        (
            "2026-1-01",
            "“2026-1-01” is no date; write it as 2026-12-20",
        ),
        (
            "+026-01-01",
            "“+026-01-01” is no date; write it as 2026-12-20",
        ),
        ("", "“” is no date; write it as 2026-12-20"),
    ] {
        assert_eq!(Day::parse(text).expect_err(text), said);
    }
    assert!(Day::parse("2028-02-29").is_ok());
    assert!(Day::parse("2000-02-29").is_ok());
}

#[test]
fn times_and_offsets_are_read() {
    assert_eq!(time_of_day("00:00"), Ok(0));
    assert_eq!(time_of_day("23:59"), Ok(DAY - MINUTE));
    assert_eq!(time_of_day("24:00"), Ok(DAY));
    for text in [
        "24:01", "12:60", "1:00", "12", "12:3x", "+1:00", "", "12:00:00",
    ] {
        assert!(time_of_day(text).is_err(), "{text}");
    }
    assert_eq!(utc_offset("+00:00"), Ok(0));
    assert_eq!(utc_offset("-05:30"), Ok(-(5 * 60 + 30) * MINUTE));
    assert_eq!(utc_offset("+14:00"), Ok(14 * 60 * MINUTE));
    for text in ["01:00", "+14:01", "Z", "+1:00", "", "−01:00", "CET"] {
        assert!(utc_offset(text).is_err(), "{text}");
    }
}

#[test]
fn a_window_over_midnight_belongs_to_the_day_it_opens_on() {
    // Tuesday and Thursday nights.
    for (date, time, open) in [
        ("2026-11-24", "21:59", false),
        ("2026-11-24", "22:00", true),
        ("2026-11-24", "23:59", true),
        ("2026-11-25", "00:00", true),
        ("2026-11-25", "03:59", true),
        ("2026-11-25", "04:00", false),
        ("2026-11-25", "22:00", false),
        ("2026-11-24", "03:00", false),
        ("2026-11-27", "03:00", true),
        ("2026-11-27", "22:30", false),
    ] {
        assert_eq!(planned(NIGHTS, date, time).is_none(), open, "{date} {time}");
    }
}

#[test]
fn the_week_wraps_from_sunday_to_monday() {
    let sundays = r#"{
        "utc-offset": "+00:00",
        "windows": [{ "days": ["sun"], "from": "23:00", "to": "01:00" }]
    }"#;
    assert_eq!(planned(sundays, "2026-11-29", "23:30"), None);
    assert_eq!(planned(sundays, "2026-11-30", "00:59"), None);
    assert!(planned(sundays, "2026-11-30", "01:00").is_some());
    assert!(planned(sundays, "2026-11-29", "00:30").is_some());
}

#[test]
fn the_offset_of_the_settings_decides_and_no_other() {
    // 21:30 UTC on Tuesday is 22:30 at +01:00 and 16:30 at -05:00.
    let tuesday = unix(&calendar(NIGHTS), "2026-11-24", "22:30");
    for (offset, open) in [
        ("+01:00", true),
        ("-05:00", false),
        ("+07:00", false),
        ("+06:29", true),
    ] {
        let calendar = calendar(&NIGHTS.replace("+01:00", offset));
        let decision = calendar
            .decide(Kind::Planned, tuesday, "")
            .expect("a decision");
        assert_eq!(decision == Decision::Approve, open, "{offset}");
    }
}

/// Checks every minute of three weeks against a table made minute by minute.
#[test]
fn every_minute_of_three_weeks_is_as_a_minute_table_says() {
    let windows: [(&[usize], i64, i64); 5] = [
        (&[1, 3], 22 * 60, 4 * 60),
        (&[6], 23 * 60, 60),
        (&[5], 0, 24 * 60),
        (&[0, 1, 2, 3, 4, 5, 6], 12 * 60, 12 * 60 + 1),
        (&[6, 0], 18 * 60, 17 * 60 + 59),
    ];
    let time = |minute: i64| format!("{:02}:{:02}", minute / 60, minute % 60);
    for (days, from, to) in windows {
        let names: Vec<&str> = days.iter().map(|day| WEEKDAYS[*day]).collect();
        let json = serde_json::json!({
            "utc-offset": "-03:30",
            "windows": [{ "days": names, "from": time(from), "to": time(to) }],
        });
        let calendar = calendar(&json.to_string());
        let length = if to < from {
            to + 1440 - from
        } else {
            to - from
        };
        let mut table = [false; 7 * 1440];
        for day in days {
            for minute in 0..length {
                let at = i64::try_from(*day).expect("a weekday") * 1440 + from + minute;
                table[usize::try_from(at % (7 * 1440)).expect("an index")] = true;
            }
        }
        let monday = Day::parse("2028-02-21").expect("a date");
        for minute in 0..3 * 7 * 1440 {
            let now = Local(monday.start().0 + minute * MINUTE);
            let expected = table[usize::try_from(minute % (7 * 1440)).expect("an index")];
            assert_eq!(calendar.is_open(now), expected, "{now}");
            assert_eq!(
                calendar.is_open(Local(now.0 + 59)),
                expected,
                "{now}, last second"
            );
        }
    }
}

#[test]
fn a_freeze_includes_both_its_days() {
    let always = r#"{
        "utc-offset": "+01:00",
        "windows": [{ "days": ["mon","tue","wed","thu","fri","sat","sun"], "from": "00:00", "to": "24:00" }],
        "freeze": [
            { "from": "2028-02-28", "to": "2028-02-29", "reason": "leap day" },
            { "from": "2026-12-24", "to": "2026-12-24", "reason": "one day" }
        ]
    }"#;
    for (date, time, rule) in [
        ("2028-02-27", "23:59", None),
        ("2028-02-28", "00:00", Some(FROZEN)),
        ("2028-02-29", "23:59", Some(FROZEN)),
        ("2028-03-01", "00:00", None),
        ("2026-12-23", "23:59", None),
        ("2026-12-24", "00:00", Some(FROZEN)),
        ("2026-12-24", "23:59", Some(FROZEN)),
        ("2026-12-25", "00:00", None),
    ] {
        assert_eq!(
            planned(always, date, time).as_deref(),
            rule,
            "{date} {time}"
        );
    }
}

#[test]
fn a_freeze_closes_a_window_that_is_open() {
    // Thursday night 2026-12-17 is before the freeze; Tuesday night 2027-01-05 opens in it.
    assert_eq!(planned(NIGHTS, "2026-12-18", "03:00"), None);
    assert_eq!(
        planned(NIGHTS, "2027-01-05", "23:00").as_deref(),
        Some(FROZEN)
    );
    assert_eq!(planned(NIGHTS, "2027-01-06", "00:00"), None);
}

/// The next opening is open, lies ahead, and nothing before it is.
fn opens_first(calendar: &Calendar, now: i64) {
    let is_open = |moment| calendar.is_open(calendar.clock.local(moment).expect("a time"));
    if is_open(now) {
        return;
    }
    let opening = calendar.next_opening(now).expect("an opening");
    assert!(opening > now && is_open(opening), "{now}: {opening}");
    let before = (now..opening).step_by(300).any(is_open);
    assert!(!before && !is_open(opening - 1), "{now}: {opening}");
}

#[test]
fn nothing_is_open_before_the_next_opening() {
    for json in [
        NIGHTS.to_owned(),
        NIGHTS.replace("+01:00", "-11:00"),
        NIGHTS.replace(r#"["tue", "thu"]"#, r#"["sun"]"#),
        NIGHTS.replace("22:00", "00:00"),
    ] {
        let calendar = calendar(&json);
        let start = Day::parse("2026-12-14").expect("a date").start();
        for quarter in (0..30 * 96).step_by(7) {
            opens_first(&calendar, start.0 + quarter * 15 * MINUTE);
        }
    }
}

fn message(decision: Decision) -> String {
    match decision {
        Decision::Deny(reasons) => format!(
            "{}: {}\n{}",
            reasons[0].rule, reasons[0].message, reasons[0].help
        ),
        other => panic!("no denial: {other:?}"),
    }
}

#[test]
fn a_denial_says_what_time_it_is_and_when_to_come_back() {
    assert_eq!(
        message(decide(NIGHTS, "2026-11-24", "14:05", Kind::Planned, "")),
        "outside-window: no change window is open: it is tue 2026-11-24 14:05 (+01:00), and the next window opens tue 2026-11-24 22:00\n\
         wait until then; if the master is dead, use `--emergency --reason TEXT`"
    );
    assert_eq!(
        message(decide(NIGHTS, "2026-12-22", "22:30", Kind::Planned, "")),
        "frozen: changes are frozen from 2026-12-20 to 2027-01-05 (year end): it is tue 2026-12-22 22:30 (+01:00), and the next window opens wed 2027-01-06 00:00\n\
         wait until then; if the master is dead, use `--emergency --reason TEXT`"
    );
    let for_years = NIGHTS.replace("2027-01-05", "2030-01-05");
    assert!(
        message(decide(&for_years, "2026-12-22", "22:30", Kind::Planned, ""))
            .contains("and no window opens within 400 days")
    );
}

#[test]
fn an_emergency_passes_with_a_reason() {
    let closed = |reason: &str| decide(NIGHTS, "2026-11-24", "14:05", Kind::Emergency, reason);
    let frozen = |reason: &str| decide(NIGHTS, "2026-12-24", "14:05", Kind::Emergency, reason);
    assert_eq!(closed("SSO01 lost its disks"), Decision::Approve);
    assert_eq!(frozen("SSO01 lost its disks"), Decision::Approve);
    for reason in ["", "dead", "  \t dead          ", "123456789"] {
        assert!(
            message(closed(reason)).starts_with(EMERGENCY_WITHOUT_REASON),
            "{reason}"
        );
        assert!(
            message(frozen(reason)).starts_with(EMERGENCY_WITHOUT_REASON),
            "{reason}"
        );
    }
    // Characters are counted, not bytes.
    assert_eq!(closed("1234567890"), Decision::Approve);
    assert!(message(closed("äöüäöüäöü")).starts_with(EMERGENCY_WITHOUT_REASON));
    // In the window nobody needs a reason, and a planned promotion gains nothing by one.
    assert_eq!(
        decide(NIGHTS, "2026-11-24", "23:00", Kind::Emergency, ""),
        Decision::Approve
    );
    assert_eq!(
        message(decide(
            NIGHTS,
            "2026-11-24",
            "14:05",
            Kind::Planned,
            "SSO01 lost its disks"
        ))
        .split(':')
        .next(),
        Some(OUTSIDE_WINDOW)
    );
}

#[test]
fn an_emergency_waits_where_the_settings_say_so() {
    let never = NIGHTS.replace(r#""allowed": true"#, r#""allowed": false"#);
    let denied = message(decide(
        &never,
        "2026-11-24",
        "14:05",
        Kind::Emergency,
        "SSO01 lost its disks",
    ));
    assert!(denied.starts_with(OUTSIDE_WINDOW), "{denied}");
    assert!(
        denied.ends_with("the settings let no emergency pass"),
        "{denied}"
    );
    // Silence about emergencies is not consent; silence about the length means ten.
    let silent = r#"{ "utc-offset": "+01:00", "windows": [{ "days": ["mon"], "from": "01:00", "to": "02:00" }] }"#;
    assert_eq!(calendar(silent).emergency, None);
    let brief = NIGHTS.replace(r#", "reason-at-least": 10"#, "");
    assert_eq!(calendar(&brief).emergency, Some(10));
    let zero = NIGHTS.replace(r#""reason-at-least": 10"#, r#""reason-at-least": 0"#);
    assert_eq!(calendar(&zero).emergency, Some(1));
}

#[test]
fn wrong_settings_are_an_error_with_words() {
    for (from, to, said) in [
        (r#""+01:00""#, r#""CET""#, "“CET” is no UTC offset"),
        (
            r#""tue""#,
            r#""tuesday""#,
            "“tuesday” is no day; the days are mon, tue",
        ),
        (r#"["tue", "thu"]"#, "[]", "a window has no days"),
        (r#""22:00""#, r#""10 pm""#, "“10 pm” is no time of day"),
        (
            r#""22:00""#,
            r#""04:00""#,
            "the window from 04:00 to 04:00 is empty",
        ),
        (r#""22:00""#, r#""24:00""#, "a window cannot open at 24:00"),
        (
            r#""2026-12-20""#,
            r#""2027-02-01""#,
            "the freeze from 2027-02-01 ends before it begins",
        ),
        (
            r#""2026-12-20""#,
            r#""2026-02-30""#,
            "there is no 2026-02-30 in the calendar",
        ),
        (r#""freeze""#, r#""freezes""#, "unknown field `freezes`"),
        (
            r#"{ "days": ["tue", "thu"], "from": "22:00", "to": "04:00" }"#,
            "",
            "there is no window",
        ),
    ] {
        let json = NIGHTS.replace(from, to);
        assert_ne!(json, NIGHTS);
        let error = Calendar::parse(&json).expect_err(&json);
        assert!(error.starts_with("the settings are wrong: "), "{error}");
        assert!(error.contains(said), "{error}");
    }
}

#[test]
fn a_broken_clock_is_an_error() {
    let calendar = calendar(NIGHTS);
    for unix in [LAST_SECOND + 1, u64::MAX] {
        assert!(calendar.decide(Kind::Planned, unix, "").is_err());
    }
    assert!(calendar.decide(Kind::Planned, LAST_SECOND, "").is_ok());
    assert!(calendar.decide(Kind::Planned, 0, "").is_ok());
}

#[test]
fn the_description_names_every_rule() {
    let described: Vec<String> = description()
        .rules
        .into_iter()
        .map(|rule| rule.id)
        .collect();
    assert_eq!(
        described,
        [OUTSIDE_WINDOW, FROZEN, EMERGENCY_WITHOUT_REASON]
    );
}

#[test]
fn the_schema_describes_the_settings() {
    let schema: serde_json::Value =
        serde_json::from_str(&description().settings_schema).expect("the schema is JSON");
    let names: Vec<&String> = schema["properties"]
        .as_object()
        .expect("an object")
        .keys()
        .collect();
    assert_eq!(
        names,
        [
            "clocks",
            "emergency",
            "freeze",
            "utc-offset",
            "windows",
            "zone"
        ]
    );
}
