//! Denies a promotion unless its backup is proven and recent.

use std::num::NonZeroU32;

// Reads `wit/plugin.wit` and writes the Rust types and traits of the contract.
wit_bindgen::generate!({
    path: "wit",
    world: "promoter-plugin",
    additional_derives: [PartialEq],
});

use exports::regent::plugin::{about, promoter};
use regent::plugin::log::{Level, log};
use regent::plugin::types::{
    Backup, BackupFacts, Decision, Description, Kind, Promotion, Reason, Rule, Severity,
};

struct BackupAge;

export!(BackupAge);

impl about::Guest for BackupAge {
    fn describe() -> Result<Description, String> {
        Ok(description())
    }
}

impl promoter::Guest for BackupAge {
    fn decide(promotion: Promotion, settings: String) -> Result<Decision, String> {
        let settings = Settings::parse(&settings)?;
        if let Backup::Proven(facts) = &promotion.backup {
            let age = duration(age(facts, promotion.now.unix));
            log(
                Level::Info,
                &format!("the backup from {} is {age} old", facts.server),
            );
        }
        Ok(decide(&promotion, &settings))
    }
}

/// How far ahead another server's clock may be, in seconds.
const CLOCK_TOLERANCE: u64 = 5 * 60;

const NO_BACKUP: &str = "no-backup";
const UNPROVEN: &str = "unproven";
const TOO_OLD: &str = "too-old";
const CLOCK: &str = "clock";

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
                NO_BACKUP,
                "The promotion restores no backup.",
                "Name the backup file with `--restore-file`.",
            ),
            rule(
                UNPROVEN,
                "The backup was not shown to open this credential database.",
                "Give the backup's password, so that regent can open and prove it.",
            ),
            rule(
                TOO_OLD,
                "The backup is older than the settings allow.",
                "Back up the master secret again, and promote with the new file.",
            ),
            rule(
                CLOCK,
                "The backup says that it was made in the future.",
                "Set the clocks of both servers right.",
            ),
        ],
        settings_schema: include_str!("../settings.schema.json").to_owned(),
    }
}

/// The `[plugin.settings]` of `regent.toml`.
#[derive(Debug, serde::Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Settings {
    max_age_hours: NonZeroU32,
    emergency_max_age_hours: Option<NonZeroU32>,
}

impl Settings {
    fn parse(json: &str) -> Result<Self, String> {
        serde_json::from_str(json).map_err(|error| format!("the settings are wrong: {error}"))
    }

    /// The oldest age allowed, in seconds.
    fn limit(&self, kind: Kind) -> u64 {
        let hours = match kind {
            Kind::Planned => self.max_age_hours,
            Kind::Emergency => self.emergency_max_age_hours.unwrap_or(self.max_age_hours),
        };
        u64::from(hours.get()) * 3600
    }
}

fn decide(promotion: &Promotion, settings: &Settings) -> Decision {
    let now = promotion.now.unix;
    let limit = settings.limit(promotion.kind);
    match &promotion.backup {
        Backup::None => deny(
            NO_BACKUP,
            "the promotion restores no backup of the master secret",
            "name the newest backup with `--restore-file`",
        ),
        Backup::Unproven(facts) => deny(
            UNPROVEN,
            &format!(
                "nobody has shown that the backup from {} opens this credential database",
                facts.server
            ),
            "give the backup's password, so that regent can open the file and prove it",
        ),
        // Age 0 may mean "just made" as well as "made in the future", so the dates decide.
        Backup::Proven(facts) if facts.created > now.saturating_add(CLOCK_TOLERANCE) => deny(
            CLOCK,
            &format!(
                "the backup from {} says that it was made {} from now, so its age is unknown",
                facts.server,
                duration(facts.created - now)
            ),
            "set the clocks of this server and of that one right, then back up again",
        ),
        Backup::Proven(facts) if age(facts, now) > limit => deny(
            TOO_OLD,
            &format!(
                "the backup from {} is {} old, and at most {} are allowed",
                facts.server,
                duration(age(facts, now)),
                duration(limit)
            ),
            match promotion.kind {
                Kind::Planned => {
                    "run `regent secret backup NEW-BACKUP` on the master secret server, and promote with the new file"
                }
                Kind::Emergency => {
                    "look for a newer backup; if there is none, whoever owns regent.toml can raise `emergency-max-age-hours`"
                }
            },
        ),
        Backup::Proven(_) => Decision::Approve,
    }
}

/// The backup's age in seconds; of two statements that disagree, the one that is worse for it.
fn age(facts: &BackupFacts, now: u64) -> u64 {
    facts.age.max(now.saturating_sub(facts.created))
}

fn deny(rule: &str, message: &str, help: &str) -> Decision {
    Decision::Deny(vec![Reason {
        rule: rule.to_owned(),
        message: message.to_owned(),
        help: help.to_owned(),
    }])
}

/// Says seconds as people do, rounded up to minutes; days are used from two days on.
fn duration(seconds: u64) -> String {
    let minutes = seconds.div_ceil(60);
    let (days, hours) = match minutes / 60 {
        hours if hours < 48 => (0, hours),
        hours => (hours / 24, hours % 24),
    };
    let parts = [(days, "day"), (hours, "hour"), (minutes % 60, "minute")];
    let said: Vec<String> = parts
        .iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, unit)| format!("{count} {unit}{}", if *count == 1 { "" } else { "s" }))
        .collect();
    if said.is_empty() {
        "0 minutes".to_owned()
    } else {
        said.join(" ")
    }
}

// These run on your own machine with `cargo test`; no WebAssembly is involved.
#[cfg(test)]
mod tests {
    use regent::plugin::types::{GlobalInfo, LastSeen, Moment, Server, Weekday};

    use super::*;

    const NOW: u64 = 1_795_000_000;
    const HOUR: u64 = 3600;

    fn proven(created: u64) -> Backup {
        Backup::Proven(facts(created))
    }

    fn facts(created: u64) -> BackupFacts {
        BackupFacts {
            created,
            age: NOW.saturating_sub(created),
            server: "SSO01".to_owned(),
            fingerprint: "30313233-3435-3637-3839-616263646566".to_owned(),
        }
    }

    fn promotion(kind: Kind, backup: Backup) -> Promotion {
        let info = GlobalInfo {
            sso_admin_account: "CONTOSO\\SSO Administrators".to_owned(),
            sso_affiliate_admin_account: "CONTOSO\\SSO Affiliate Administrators".to_owned(),
            secret_server: "SSO01".to_owned(),
            audit_deleted_apps: 1000,
            audit_deleted_mappings: 1000,
            audit_credential_lookups: 1000,
            ticket_timeout: 2,
            cred_cache_timeout: 60,
        };
        let server = |name: &str| Server {
            name: name.to_owned(),
            last_seen: LastSeen::At(NOW),
            roles: Vec::new(),
        };
        Promotion {
            kind,
            current: info.clone(),
            wanted: info,
            candidate: server("SSO02"),
            incumbent: server("SSO01"),
            backup,
            operator: "admin".to_owned(),
            now: Moment {
                unix: NOW,
                utc_offset: 0,
                weekday: Weekday::Wednesday,
                minute_of_day: 0,
            },
            reason: String::new(),
            change: String::new(),
            approvals: Vec::new(),
        }
    }

    fn settings(json: &str) -> Settings {
        Settings::parse(json).expect("the settings are right")
    }

    /// The rule and message of the one denial, or nothing when it approves.
    fn denial(kind: Kind, backup: Backup, json: &str) -> Option<(String, String)> {
        match decide(&promotion(kind, backup), &settings(json)) {
            Decision::Approve => None,
            Decision::Deny(reasons) => {
                assert_eq!(reasons.len(), 1);
                assert!(!reasons[0].help.is_empty());
                Some((reasons[0].rule.clone(), reasons[0].message.clone()))
            }
            Decision::Abstain => panic!("this plugin always has an opinion"),
        }
    }

    fn rule(backup: Backup) -> Option<String> {
        denial(Kind::Planned, backup, r#"{ "max-age-hours": 24 }"#).map(|(rule, _)| rule)
    }

    #[test]
    fn only_a_proven_backup_counts() {
        assert_eq!(rule(Backup::None).as_deref(), Some(NO_BACKUP));
        assert_eq!(
            rule(Backup::Unproven(facts(NOW))).as_deref(),
            Some(UNPROVEN)
        );
        assert_eq!(rule(proven(NOW)), None);
    }

    #[test]
    fn the_limit_itself_is_allowed() {
        assert_eq!(rule(proven(NOW - 24 * HOUR)), None);
        assert_eq!(rule(proven(NOW - 24 * HOUR - 1)).as_deref(), Some(TOO_OLD));
        assert_eq!(rule(proven(0)).as_deref(), Some(TOO_OLD));
    }

    #[test]
    fn no_age_is_refused_under_the_limit_or_passed_over_it() {
        for hours in [1, 2, 24, 47, 48, 720] {
            let json = format!(r#"{{ "max-age-hours": {hours} }}"#);
            for age in (0..=2 * hours * HOUR).step_by(601) {
                let denied = denial(Kind::Planned, proven(NOW - age), &json).is_some();
                assert_eq!(denied, age > hours * HOUR, "age {age}, limit {hours} h");
            }
        }
    }

    #[test]
    fn a_backup_from_the_future_is_no_new_backup() {
        assert_eq!(rule(proven(NOW + CLOCK_TOLERANCE)), None);
        let (rule, message) = denial(
            Kind::Planned,
            proven(NOW + CLOCK_TOLERANCE + 1),
            r#"{ "max-age-hours": 24 }"#,
        )
        .expect("denied");
        assert_eq!(rule, CLOCK);
        assert_eq!(
            message,
            "the backup from SSO01 says that it was made 6 minutes from now, so its age is unknown"
        );
        assert!(
            denial(
                Kind::Emergency,
                proven(u64::MAX),
                r#"{ "max-age-hours": 24 }"#
            )
            .is_some()
        );
    }

    #[test]
    fn the_worse_of_two_ages_counts() {
        let mut facts = facts(NOW);
        facts.age = 25 * HOUR;
        assert_eq!(rule(Backup::Proven(facts)).as_deref(), Some(TOO_OLD));
    }

    #[test]
    fn an_emergency_may_have_a_limit_of_its_own() {
        let both = r#"{ "max-age-hours": 24, "emergency-max-age-hours": 720 }"#;
        let one = r#"{ "max-age-hours": 24 }"#;
        let old = || proven(NOW - 100 * HOUR);
        assert!(denial(Kind::Planned, old(), both).is_some());
        assert!(denial(Kind::Emergency, old(), one).is_some());
        assert_eq!(denial(Kind::Emergency, old(), both), None);
        assert!(denial(Kind::Emergency, proven(NOW - 721 * HOUR), both).is_some());
        assert!(denial(Kind::Emergency, Backup::None, both).is_some());
    }

    #[test]
    fn the_message_says_both_ages() {
        let (_, message) = denial(
            Kind::Planned,
            proven(NOW - 76 * HOUR - 1),
            r#"{ "max-age-hours": 24 }"#,
        )
        .expect("denied");
        assert_eq!(
            message,
            "the backup from SSO01 is 3 days 4 hours 1 minute old, and at most 24 hours are allowed"
        );
    }

    #[test]
    fn durations_read_as_people_say_them() {
        for (seconds, said) in [
            (0, "0 minutes"),
            (1, "1 minute"),
            (3600, "1 hour"),
            (24 * HOUR, "24 hours"),
            (24 * HOUR + 1, "24 hours 1 minute"),
            (47 * HOUR + 3599, "2 days"),
            (48 * HOUR, "2 days"),
            (49 * HOUR + 61, "2 days 1 hour 2 minutes"),
        ] {
            assert_eq!(duration(seconds), said, "{seconds}");
        }
    }

    #[test]
    fn wrong_settings_are_an_error_with_words() {
        for (json, said) in [
            ("{}", "missing field `max-age-hours`"),
            (r#"{ "max-age-hours": 0 }"#, "nonzero"),
            (r#"{ "max-age-hours": -1 }"#, "nonzero"),
            (
                r#"{ "max-age-hours": 24, "max-age": 1 }"#,
                "unknown field `max-age`",
            ),
            ("", "EOF"),
        ] {
            let error = Settings::parse(json).expect_err(json);
            assert!(error.starts_with("the settings are wrong: "), "{error}");
            assert!(error.contains(said), "{error}");
        }
    }

    #[test]
    fn the_description_names_every_rule() {
        let described: Vec<String> = description()
            .rules
            .into_iter()
            .map(|rule| rule.id)
            .collect();
        let used = [
            rule(Backup::None),
            rule(Backup::Unproven(facts(NOW))),
            rule(proven(0)),
            rule(proven(u64::MAX)),
        ];
        assert_eq!(used.map(|rule| rule.expect("denied")).to_vec(), described);
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
        assert_eq!(names, ["emergency-max-age-hours", "max-age-hours"]);
    }
}
