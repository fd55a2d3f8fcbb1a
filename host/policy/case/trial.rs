//! The host's own case: promotions that could be, put to plugins on a quiet day, so that a setting
//! that only the plugin knows to be wrong is not found out in an emergency.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use super::promotion::Promotion;
use super::{UPDATE, checked};
use crate::global_info::ServerName;
use crate::policy::component::Fitted;
use crate::policy::description::Description;
use crate::policy::told::Told;
use crate::policy::{Broken, Error, Inspection, Limits, Loaded, Plugin, Policy, Refusal, convert};
use crate::source::SourceFile;
use crate::update::write::update_file;

/// A promotion with everything that can be told of one.
const PLANNED: &str = r#"
kind = "planned"
reason = "a trial of the plugins' settings"
change = "CHG0000000"
operator = "root"
person = "operator"
known-by = "SUDO_UID"
[author]
operator = "author"
[backup]
proven = true
created = {before}
[[approval]]
approver = "approver"
at = {before}
[[server]]
name = "SSO01"
last-seen = {now}
[[server]]
name = "SSO02"
last-seen = {now}
"#;

/// A promotion with as little as there may be.
const EMERGENCY: &str = r#"
kind = "emergency"
reason = "a trial of the plugins' settings"
operator = "root"
person = "unknown"
"#;

impl Policy {
    /// Asks every plugin that is asked at all, once, with its settings and under its limits, about
    /// promotions that the host makes up. Any decision will do; a plugin that breaks is refused, and
    /// every such plugin is told.
    pub fn try_out(&self, now: Timestamp) -> Result<(), Error> {
        let refused = |(plugin, loaded): (&Plugin, &Loaded)| {
            let fitted = plugin.fitted.as_ref()?;
            let tried = try_out(
                fitted,
                &loaded.description,
                plugin.limits,
                &plugin.settings,
                now,
            );
            tried.err().map(|cause| loaded.unusable(cause))
        };
        Error::all(self.asked().filter_map(refused).collect())
    }
}

impl Inspection {
    /// The same for a component that need not be configured, with settings that fit it.
    pub fn try_out(&self, settings: &Value, limits: Limits, now: Timestamp) -> Result<(), Refusal> {
        let settings = Told::new(&self.description, settings);
        let Some(fitted) = &self.fitted else {
            let cause = Broken::Host("its code was not loaded".to_owned());
            let asked = "anything";
            return Err(Refusal::Tried { asked, cause });
        };
        try_out(fitted, &self.description, limits, &settings, now)
    }
}

fn try_out(
    fitted: &Fitted,
    description: &Description,
    limits: Limits,
    settings: &Told,
    now: Timestamp,
) -> Result<(), Refusal> {
    let zones = settings.zones(now);
    let broke = |asked| move |cause| Refusal::Tried { asked, cause };
    for (asked, told) in [
        ("a planned promotion", PLANNED),
        ("an emergency promotion", EMERGENCY),
    ] {
        let (file, promotion) = case(told, now);
        let update = checked(&file, Some(&promotion.state));
        let told = convert::update_file(&file, &update);
        let told = Arc::new((told, convert::system(Some(&promotion.state))));
        if let Some(answer) = fitted.validate(limits, &told, settings.text()) {
            let said = answer.said;
            let name = &description.name;
            said.and_then(|said| convert::findings(said, name, description, file.text()))
                .map_err(broke("an update file"))?;
        }
        let (plan, facts) = promotion.told().expect("it promotes a listed server");
        let filled = settings.filled(&zones, facts.people.as_ref());
        let told = Arc::new(convert::promotion(plan, facts));
        if let Some(answer) = fitted.decide(limits, &told, &filled) {
            let said = answer.said;
            said.and_then(|said| convert::decision(said, description))
                .map_err(broke(asked))?;
        }
    }
    Ok(())
}

/// A promotion as it could be at that moment, and its update file, which has every element.
fn case(told: &str, now: Timestamp) -> (SourceFile, Promotion) {
    let second = |at: Timestamp| {
        Timestamp::from_second(at.as_second())
            .unwrap_or(at)
            .to_string()
    };
    let before = now
        .saturating_sub(SignedDuration::from_hours(1))
        .unwrap_or(now);
    let told = format!("now = {{now}}\n{told}")
        .replace("{now}", &second(now))
        .replace("{before}", &second(before));
    let source =
        |name: &str, text: &str| SourceFile::decode(name, text.as_bytes()).expect("it is a text");
    let told = source("promotion.toml", &told);
    let promotion = |file| Promotion::read(&told, file).expect("it is a case");
    let mut info = promotion(None).state.info;
    info.secret_server = ServerName::parse("SSO02").expect("it is a name");
    let file = source(UPDATE, &update_file(&info));
    let promotion = promotion(Some(&file));
    (file, promotion)
}
