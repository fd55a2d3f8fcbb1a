//! A plugin's settings as they go over to it, with what its schema asks the host to fill in: what a
//! pure function cannot know, and the contract has no field for.

use std::sync::Arc;

use jiff::Timestamp;
use serde::Serialize;
use serde_json::{Map, Value};

use super::description::Description;
use super::people::People;
use super::zones::Zones;
use crate::identity::Digest;

/// The keyword of a settings schema with which a plugin asks something of the host.
pub(super) const KEYWORD: &str = "x-regent";

/// What it says of a setting that names a zone.
pub(super) const ZONE: &str = "time-zone";

/// What it says of the member that the host fills in with how clocks run.
pub(super) const PERIODS: &str = "time-zone-periods";

/// What it says of the member that the host fills in with who acts.
pub(super) const PEOPLE: &str = "people";

/// A plugin's settings as they go over to it.
#[derive(Debug, Clone)]
pub(super) struct Told {
    text: Arc<str>,
    /// The member that is filled in with how clocks run, where its schema has one.
    periods: Option<String>,
    /// The member that is filled in with who acts, where its schema has one.
    people: Option<String>,
}

impl Told {
    /// Settings that fit the plugin, or were told before.
    pub(super) fn new(description: &Description, settings: &Value) -> Self {
        let members = description.settings_schema.get("properties");
        let members = members.and_then(Value::as_object);
        let asked = |word: &str| {
            let mut members = members.into_iter().flatten();
            let member = members.find(|(_, schema)| schema.get(KEYWORD) == Some(&word.into()));
            member.map(|(name, _)| name.clone())
        };
        Self {
            text: settings.to_string().into(),
            periods: asked(PERIODS),
            people: asked(PEOPLE),
        }
    }

    /// The settings alone.
    pub(super) fn text(&self) -> &Arc<str> {
        &self.text
    }

    /// SHA-256 of the settings alone: what is filled in is no setting, but told like the time.
    pub(super) fn digest(&self) -> Digest {
        Digest::of(self.text.as_bytes())
    }

    /// How the clocks of every zone that the settings name run around a moment, where the plugin
    /// wants to know.
    pub(super) fn zones(&self, now: Timestamp) -> Zones {
        match self.periods {
            Some(_) => Zones::around(texts(&self.value()), now),
            None => Zones::default(),
        }
    }

    /// Whether the plugin wants to know who acts.
    pub(super) fn wants_people(&self) -> bool {
        self.people.is_some()
    }

    /// The settings with what the plugin wants to know of that: of how clocks run, what it names.
    pub(super) fn filled(&self, zones: &Zones, people: Option<&People>) -> Arc<str> {
        if self.periods.is_none() && self.people.is_none() {
            return Arc::clone(&self.text);
        }
        let mut settings = self.value();
        let zones = zones.among(texts(&settings));
        if let Value::Object(settings) = &mut settings {
            fill(settings, self.periods.as_ref(), Some(&zones));
            fill(settings, self.people.as_ref(), people);
        }
        settings.to_string().into()
    }

    fn value(&self) -> Value {
        serde_json::from_str(&self.text).expect("it was JSON before")
    }
}

fn fill(settings: &mut Map<String, Value>, member: Option<&String>, with: Option<&impl Serialize>) {
    if let (Some(member), Some(with)) = (member, with) {
        let with = serde_json::to_value(with).expect("it is plain data with string keys");
        settings.insert(member.clone(), with);
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
    use crate::system::{Accounts, KnownBy, Operator, Person};

    fn told(settings: &Value) -> Told {
        let schema = json!({ "properties": {
            "clocks": { "x-regent": "time-zone-periods" },
            "who": { "x-regent": "people" },
        } });
        let description = Description {
            name: "change-window".to_owned(),
            version: "1.0.0".to_owned(),
            summary: "Promotes in the window".to_owned(),
            rules: Vec::new(),
            settings_schema: schema,
        };
        Told::new(&description, settings)
    }

    /// The seam of a replay: what is filled in is what is given, whatever is known of the zone now.
    #[test]
    fn what_is_filled_in_is_what_was_kept() {
        let told = told(&json!({ "zone": "Europe/Berlin", "other": ["Nowhere/Atall", "SSO01"] }));
        let kept = r#"{"Europe/Berlin":[{"from":1,"until":2,"utc-offset-seconds":42}],
            "Nowhere/Atall":[{"from":1,"until":2,"utc-offset-seconds":43}],"Asia/Tokyo":[]}"#;
        let kept: Zones = serde_json::from_str(kept).expect("zones");
        let filled: Value = serde_json::from_str(&told.filled(&kept, None)).expect("JSON");
        let of = |seconds| json!([{ "from": 1, "until": 2, "utc-offset-seconds": seconds }]);
        let expected = json!({ "Europe/Berlin": of(42), "Nowhere/Atall": of(43) });
        assert_eq!(filled["clocks"], expected);
        // What is not kept is not looked up.
        let filled = told.filled(&Zones::default(), None);
        assert_eq!(
            serde_json::from_str::<Value>(&filled).expect("JSON"),
            json!({ "zone": "Europe/Berlin", "other": ["Nowhere/Atall", "SSO01"], "clocks": {} })
        );
    }

    #[test]
    fn what_is_filled_in_is_no_setting() {
        let told = told(&json!({ "zone": "Europe/Berlin" }));
        assert_eq!(&**told.text(), r#"{"zone":"Europe/Berlin"}"#);
        assert_eq!(told.digest(), Digest::of(told.text().as_bytes()));
        let zones = told.zones(Timestamp::UNIX_EPOCH);
        assert!(!zones.among(["Europe/Berlin"]).is_empty());
        assert!(zones.among(["UTC"]).is_empty());
    }

    fn people(operator: &Operator, author: Option<&Operator>) -> Value {
        let accounts = Accounts::parse("root:x:0:0\nAnna:x:1000:1000\nanna-adm:x:1000:1000\n");
        let people = People::new(operator, author, &accounts);
        let told = told(&json!({}));
        assert!(told.wants_people());
        let filled = told.filled(&Zones::default(), Some(&people));
        let filled: Value = serde_json::from_str(&filled).expect("JSON");
        filled["who"].clone()
    }

    #[test]
    fn person_account_and_author_stand_in_fields_of_their_own() {
        let anna = Operator::new("root".to_owned(), "anna".to_owned().into());
        let anna = anna.known(KnownBy::SudoUid);
        let ben = Operator::from("CONTOSO\\ben").known(KnownBy::LoginUid);
        let expected = json!({
            "operator": {
                "person": "anna",
                "account": "root",
                "known-by": "SUDO_UID",
                "names": ["anna", "anna-adm", "root"],
            },
            "author": {
                "person": "CONTOSO\\ben",
                "account": "CONTOSO\\ben",
                "known-by": "login-uid",
                "names": ["ben"],
            },
        });
        assert_eq!(people(&anna, Some(&ben)), expected);
    }

    #[test]
    fn where_nobody_can_be_named_the_person_is_null_and_so_is_the_author_without_a_plan_file() {
        let somebody = Operator::new("root".to_owned(), Person::Unknown);
        let operator =
            json!({ "person": null, "account": "root", "known-by": null, "names": ["root"] });
        let expected = json!({ "operator": operator, "author": null });
        assert_eq!(people(&somebody, None), expected);
    }
}
