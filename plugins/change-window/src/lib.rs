//! Denies a planned promotion outside the agreed hours and in a change freeze.

mod clock;
mod time;

use clock::{Clock, Clocks};
use time::{DAY, Day, LAST_SECOND, Local, WEEKDAYS, time_of_day};

// Reads `wit/plugin.wit` and writes the Rust types and traits of the contract.
wit_bindgen::generate!({
    path: "wit",
    world: "promoter-plugin",
    additional_derives: [PartialEq],
});

use exports::regent::plugin::{about, promoter};
use regent::plugin::types::{Decision, Description, Kind, Promotion, Reason, Rule, Severity};

struct ChangeWindow;

export!(ChangeWindow);

impl about::Guest for ChangeWindow {
    fn describe() -> Result<Description, String> {
        Ok(description())
    }
}

impl promoter::Guest for ChangeWindow {
    fn decide(promotion: Promotion, settings: String) -> Result<Decision, String> {
        let calendar = Calendar::parse(&settings)?;
        calendar.decide(promotion.kind, promotion.now.unix, &promotion.reason)
    }
}

const OUTSIDE_WINDOW: &str = "outside-window";
const FROZEN: &str = "frozen";
const EMERGENCY_WITHOUT_REASON: &str = "emergency-without-reason";

fn description() -> Description {
    let rule = |id: &str, summary: &str, help: &str| Rule {
        id: id.to_owned(),
        severity: Severity::Error,
        summary: summary.to_owned(),
        help: help.to_owned(),
    };
    Description {
        name: env!("CARGO_PKG_NAME").to_owned(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        summary: env!("CARGO_PKG_DESCRIPTION").to_owned(),
        rules: vec![
            rule(
                OUTSIDE_WINDOW,
                "No change window is open.",
                "Wait until the window opens.",
            ),
            rule(
                FROZEN,
                "The day lies in a change freeze.",
                "Wait until the freeze is over.",
            ),
            rule(
                EMERGENCY_WITHOUT_REASON,
                "An emergency promotion outside the window needs a reason.",
                "Say with `--reason` what happened.",
            ),
        ],
        settings_schema: include_str!("../settings.schema.json").to_owned(),
    }
}

/// The `[plugin.settings]` of `regent.toml`, as they are written.
#[derive(Debug, serde::Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Settings {
    utc_offset: Option<String>,
    zone: Option<String>,
    /// Filled in by regent.
    #[serde(default)]
    clocks: Clocks,
    windows: Vec<WindowSettings>,
    #[serde(default)]
    freeze: Vec<FreezeSettings>,
    emergency: Option<EmergencySettings>,
}

#[derive(Debug, serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct WindowSettings {
    days: Vec<String>,
    from: String,
    to: String,
}

#[derive(Debug, serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct FreezeSettings {
    from: String,
    to: String,
    reason: String,
}

#[derive(Debug, serde::Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct EmergencySettings {
    allowed: bool,
    #[serde(default = "ten")]
    reason_at_least: usize,
}

fn ten() -> usize {
    10
}

/// The settings, understood.
#[derive(Debug)]
struct Calendar {
    clock: Clock,
    windows: Vec<Window>,
    freezes: Vec<Freeze>,
    /// The fewest characters of an emergency's reason, where emergencies pass at all.
    emergency: Option<usize>,
}

/// Opens on some days of the week; it may close on the day after.
#[derive(Debug)]
struct Window {
    days: [bool; 7],
    /// Seconds from the start of the day on which it opens.
    opens: i64,
    /// The same; more than a day where the window crosses midnight.
    closes: i64,
}

#[derive(Debug)]
struct Freeze {
    first: Day,
    last: Day,
    reason: String,
}

impl Window {
    fn understand(settings: &WindowSettings) -> Result<Self, String> {
        let mut days = [false; 7];
        for name in &settings.days {
            let day = WEEKDAYS.iter().position(|known| known == name);
            let day = day.ok_or_else(|| {
                format!("“{name}” is no day; the days are {}", WEEKDAYS.join(", "))
            })?;
            days[day] = true;
        }
        if !days.contains(&true) {
            return Err("a window has no days".to_owned());
        }
        let (opens, closes) = (time_of_day(&settings.from)?, time_of_day(&settings.to)?);
        if opens == DAY {
            return Err("a window cannot open at 24:00; write 00:00 and the next day".to_owned());
        }
        if opens == closes {
            return Err(format!(
                "the window from {} to {} is empty; the whole day is 00:00 to 24:00",
                settings.from, settings.to
            ));
        }
        let closes = if closes < opens { closes + DAY } else { closes };
        Ok(Self {
            days,
            opens,
            closes,
        })
    }

    /// Whether the window that opens on `day`, if any, is open at `now`.
    fn is_open(&self, day: Day, now: Local) -> bool {
        let since = now.0 - day.start().0;
        self.days[day.weekday()] && (self.opens..self.closes).contains(&since)
    }
}

impl Calendar {
    /// How far ahead an opening is looked for, in days.
    const HORIZON: i64 = 400;

    fn parse(json: &str) -> Result<Self, String> {
        let wrong = |error: String| format!("the settings are wrong: {error}");
        let settings: Settings =
            serde_json::from_str(json).map_err(|error| wrong(error.to_string()))?;
        Self::understand(settings).map_err(wrong)
    }

    fn understand(settings: Settings) -> Result<Self, String> {
        if settings.windows.is_empty() {
            return Err("there is no window, so nothing could ever be promoted".to_owned());
        }
        let freeze = |freeze: FreezeSettings| {
            let (first, last) = (Day::parse(&freeze.from)?, Day::parse(&freeze.to)?);
            if last < first {
                return Err(format!(
                    "the freeze from {first} ends before it begins, on {last}"
                ));
            }
            Ok(Freeze {
                first,
                last,
                reason: freeze.reason,
            })
        };
        let clock = match (&settings.utc_offset, &settings.zone) {
            (Some(offset), None) => Clock::fixed(offset),
            (None, Some(zone)) => Clock::of_zone(zone, &settings.clocks),
            _ => Err("write either `zone` or `utc-offset`".to_owned()),
        };
        Ok(Self {
            clock: clock?,
            windows: settings
                .windows
                .iter()
                .map(Window::understand)
                .collect::<Result<_, _>>()?,
            freezes: settings
                .freeze
                .into_iter()
                .map(freeze)
                .collect::<Result<_, _>>()?,
            emergency: settings
                .emergency
                .filter(|emergency| emergency.allowed)
                .map(|emergency| emergency.reason_at_least.max(1)),
        })
    }

    /// The moment, and what the clock shows then.
    fn read(&self, unix: u64) -> Result<(i64, Local), String> {
        let Some(now) = i64::try_from(unix).ok().filter(|_| unix <= LAST_SECOND) else {
            return Err(format!(
                "{unix} is no time of day; set this server's clock right"
            ));
        };
        let local = self.clock.local(now);
        let local = local.ok_or_else(|| {
            let zone = self.clock.name();
            format!("regent does not tell what the clocks of {zone} show at {unix}")
        })?;
        Ok((now, local))
    }

    fn freeze(&self, now: Local) -> Option<&Freeze> {
        let day = now.day();
        self.freezes
            .iter()
            .find(|freeze| (freeze.first..=freeze.last).contains(&day))
    }

    /// Whether a window is open, freezes aside. Last night's may still be.
    fn in_window(&self, now: Local) -> bool {
        let today = now.day();
        self.windows
            .iter()
            .any(|window| window.is_open(today, now) || window.is_open(today.before(), now))
    }

    fn is_open(&self, now: Local) -> bool {
        self.in_window(now) && self.freeze(now).is_none()
    }

    /// The first moment after `now` at which a closed calendar is open. It can begin only where a
    /// window opens, at the midnight that ends a freeze, or where the clock is put forward or back.
    fn next_opening(&self, now: i64) -> Option<i64> {
        let mut periods = self.clock.between(now, now + Self::HORIZON * DAY);
        periods.find_map(|period| {
            let opens_at = |moment: &i64| {
                *moment > now && period.holds(*moment) && self.is_open(period.local(*moment))
            };
            let changed = Some(period.from).filter(opens_at);
            let last = period.local(period.until - 1).day();
            let days = std::iter::successors(Some(period.local(period.from).day()), |day| {
                Some(day.next()).filter(|day| *day <= last)
            });
            changed.or_else(|| {
                let mut days = days;
                days.find_map(|day| {
                    let openings = self.windows.iter().map(|window| window.opens);
                    std::iter::once(0)
                        .chain(openings)
                        .map(|opens| period.unix(Local(day.start().0 + opens)))
                        .filter(opens_at)
                        .min()
                })
            })
        })
    }

    fn decide(&self, kind: Kind, unix: u64, reason: &str) -> Result<Decision, String> {
        let (now, local) = self.read(unix)?;
        if self.is_open(local) {
            return Ok(Decision::Approve);
        }
        let (rule, closed) = match self.freeze(local) {
            Some(Freeze {
                first,
                last,
                reason,
            }) => (
                FROZEN,
                format!("changes are frozen from {first} to {last} ({reason})"),
            ),
            None => (OUTSIDE_WINDOW, "no change window is open".to_owned()),
        };
        let opening = match self.next_opening(now) {
            Some(opening) => format!("the next window opens {}", self.clock.show(opening)),
            None => format!("no window opens within {} days", Self::HORIZON),
        };
        let (shown, name) = (self.clock.show(now), self.clock.name());
        let closed = format!("{closed}: it is {shown} ({name}), and {opening}");
        Ok(match (kind, self.emergency) {
            (Kind::Emergency, Some(least)) if reason.trim().chars().count() >= least => {
                Decision::Approve
            }
            (Kind::Emergency, Some(least)) => deny(
                EMERGENCY_WITHOUT_REASON,
                closed,
                format!("say with `--reason`, in {least} characters or more, what happened"),
            ),
            (Kind::Emergency, None) => deny(
                rule,
                closed,
                "wait until then; the settings let no emergency pass".to_owned(),
            ),
            (Kind::Planned, Some(_)) => deny(
                rule,
                closed,
                "wait until then; if the master is dead, use `--emergency --reason TEXT`"
                    .to_owned(),
            ),
            (Kind::Planned, None) => deny(rule, closed, "wait until then".to_owned()),
        })
    }
}

fn deny(rule: &str, message: String, help: String) -> Decision {
    Decision::Deny(vec![Reason {
        rule: rule.to_owned(),
        message,
        help,
    }])
}

// These run on your own machine with `cargo test`; no WebAssembly is involved.
#[cfg(test)]
mod tests;
