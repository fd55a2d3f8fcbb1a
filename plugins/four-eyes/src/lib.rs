//! Denies a promotion that not enough people other than its operator and the plan's author have
//! approved.

mod people;

use std::collections::BTreeSet;
use std::num::NonZeroU32;

// Reads `wit/plugin.wit` and writes the Rust types and traits of the contract.
wit_bindgen::generate!({
    path: "wit",
    world: "promoter-plugin",
    additional_derives: [PartialEq],
});

use exports::regent::plugin::{about, promoter};
use regent::plugin::types::{Decision, Description, Kind, Promotion, Reason, Rule, Severity};

use people::People;

struct FourEyes;

export!(FourEyes);

impl about::Guest for FourEyes {
    fn describe() -> Result<Description, String> {
        Ok(description())
    }
}

impl promoter::Guest for FourEyes {
    fn decide(promotion: Promotion, settings: String) -> Result<Decision, String> {
        let settings = Settings::parse(&settings)?;
        let people = settings.people.as_ref().ok_or(UNTOLD)?;
        Ok(decide(&promotion, &settings, people))
    }
}

/// How far ahead an approver's clock may be, in seconds.
const CLOCK_TOLERANCE: u64 = 5 * 60;

const UNTOLD: &str = "this regent does not tell who acts; update it";

const NOT_ENOUGH: &str = "not-enough-approvals";

fn description() -> Description {
    Description {
        name: env!("CARGO_PKG_NAME").to_owned(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        summary: env!("CARGO_PKG_DESCRIPTION").to_owned(),
        rules: vec![Rule {
            id: NOT_ENOUGH.to_owned(),
            severity: Severity::Error,
            summary: "Not enough people other than the operator have approved the plan.".to_owned(),
            help: HELP.to_owned(),
        }],
        settings_schema: include_str!("../settings.schema.json").to_owned(),
    }
}

const HELP: &str = "Write the plan with `regent plan UPDATE-FILE --restore-file BACKUP --out \
                    PLAN-FILE`, have others approve it with `regent approve PLAN-FILE --key KEY`, \
                    and run it with `regent promote --plan PLAN-FILE`.";

/// The `[plugin.settings]` of `regent.toml`.
#[derive(Debug, serde::Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Settings {
    approvers: NonZeroU32,
    emergency_approvers: Option<u32>,
    more_if_unknown: Option<u32>,
    #[serde(default)]
    distrust_environment: bool,
    max_age_hours: Option<NonZeroU32>,
    /// No setting: regent fills it in.
    people: Option<People>,
}

impl Settings {
    fn parse(json: &str) -> Result<Self, String> {
        serde_json::from_str(json).map_err(|error| format!("the settings are wrong: {error}"))
    }

    /// How many approvals are needed, and how many of them because somebody is unknown: one of the
    /// approvers may be who it is.
    fn needed(&self, kind: Kind, unknown: bool) -> (usize, u32) {
        let needed = match kind {
            Kind::Planned => self.approvers.get(),
            Kind::Emergency => self.emergency_approvers.unwrap_or(self.approvers.get()),
        };
        let more = if needed > 0 && unknown {
            self.more_if_unknown.unwrap_or(1)
        } else {
            0
        };
        let all = needed.saturating_add(more);
        (usize::try_from(all).unwrap_or(usize::MAX), more)
    }

    /// Whether an approval of that moment counts. One from the future does not: its time is wrong,
    /// so its age is unknown.
    fn is_fresh(&self, at: u64, now: u64) -> bool {
        if at > now.saturating_add(CLOCK_TOLERANCE) {
            return false;
        }
        match self.max_age_hours {
            None => true,
            Some(hours) => now.saturating_sub(at) <= u64::from(hours.get()) * 3600,
        }
    }
}

/// Who an account is, whatever its case and with or without its domain. Two people whose accounts
/// differ in the domain alone are taken for one, so that nobody is counted as two.
fn person(account: &str) -> String {
    let name = account.rsplit(['\\', '/']).next().unwrap_or(account);
    let name = name.split('@').next().unwrap_or(name);
    name.trim().to_lowercase()
}

fn decide(promotion: &Promotion, settings: &Settings, people: &People) -> Decision {
    let mut counted = BTreeSet::new();
    let mut passed_over = Vec::new();
    for approval in &promotion.approvals {
        let who = person(&approval.approver);
        if let Some(did) = people.own(&who) {
            passed_over.push(format!("{} {did}", approval.approver));
        } else if !settings.is_fresh(approval.at, promotion.now.unix) {
            passed_over.push(format!(
                "the approval of {} is too old, or not of this time",
                approval.approver
            ));
        } else {
            counted.insert(who);
        }
    }
    let doubts = people.doubts(settings.distrust_environment);
    let (needed, more) = settings.needed(promotion.kind, !doubts.is_empty());
    if counted.len() >= needed {
        return Decision::Approve;
    }
    let people = if needed == 1 {
        "one other person"
    } else {
        &format!("{needed} other people")
    };
    let mut message = format!("{people} must approve, and {} did", number(counted.len()));
    if more > 0 {
        let why = doubts.join(", and because ");
        message.push_str(&format!("; {more} of them because {why}"));
    }
    for why in passed_over {
        message.push_str("; ");
        message.push_str(&why);
    }
    Decision::Deny(vec![Reason {
        rule: NOT_ENOUGH.to_owned(),
        message,
        help: HELP.to_owned(),
    }])
}

fn number(count: usize) -> String {
    match count {
        0 => "nobody".to_owned(),
        1 => "only one".to_owned(),
        more => format!("only {more}"),
    }
}

// These run on your own machine with `cargo test`; no WebAssembly is involved.
#[cfg(test)]
mod tests;
