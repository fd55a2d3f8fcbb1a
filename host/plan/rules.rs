//! The rules by which a system is governed: everything of the settings that decides, as one
//! canonical text.
//!
//! **Invariant:** the same rules give the same text whatever the order, the paths and the server
//! that they are configured in; what is not in the text decides nothing.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::composition::{Enforcement, Group, Suppression};
use super::difference::{self, Difference};
use crate::identity::Digest;

/// Everything of the settings that decides.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Rules {
    /// The plugins, by name.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub plugins: Vec<GoverningPlugin>,
    /// Which of them have one vote together, by name.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub groups: Vec<Group>,
    /// Which findings are passed over, by code.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub suppressions: Vec<Suppression>,
    /// Who may approve plans, by name.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub approvers: Vec<KeyHolder>,
    /// Who must have signed the plugins; nothing where nobody need have.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trust: Option<TrustedKeys>,
}

/// One plugin that governs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct GoverningPlugin {
    /// Its configured name.
    pub name: String,
    /// SHA-256 of its component.
    pub component: Digest,
    /// What its denial does.
    pub enforcement: Enforcement,
    /// What it is told.
    pub settings: Value,
    /// Its limits that are not the ordinary ones.
    pub limits: Value,
    /// What the lock pins it as; nothing where no lock does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub locked: Option<Locked>,
}

/// What a lock says of a plugin besides its component.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Locked {
    /// The version of the contract that it was built for.
    pub contract: String,
    /// Whose signatures counted.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub signers: Vec<KeyHolder>,
}

/// A person and the public key that stands for them.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct KeyHolder {
    /// The name.
    pub name: String,
    /// The key, as OpenSSH writes it.
    pub key: String,
    /// More accounts that are theirs.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub accounts: Vec<String>,
}

/// Who must have signed the plugins.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct TrustedKeys {
    /// How many of the keys.
    pub signatures: usize,
    /// The keys, by name.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub keys: Vec<KeyHolder>,
    /// The plugins that need no signature, by name.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unsigned: Vec<String>,
}

/// What a plan does that publishes rules.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct RulesChange {
    /// The version of those that govern; 0 where none do.
    pub version: u64,
    /// Those that govern, who say whose approval of the change counts.
    pub before: Rules,
    /// Those that are to govern.
    pub after: Rules,
}

impl RulesChange {
    /// What changes.
    pub fn differences(&self) -> Vec<Difference> {
        self.before.differences(&self.after)
    }
}

impl Rules {
    /// The same rules in their canonical order, which decides nothing.
    #[must_use]
    pub fn sorted(mut self) -> Self {
        self.plugins.sort_by(|one, other| one.name.cmp(&other.name));
        for locked in self.plugins.iter_mut().filter_map(|p| p.locked.as_mut()) {
            locked.signers.sort();
        }
        self.groups.sort_by(|one, other| one.name.cmp(&other.name));
        for group in &mut self.groups {
            group.plugins.sort();
        }
        let by_code = |one: &Suppression, other: &Suppression| one.code.cmp(&other.code);
        self.suppressions.sort_by(by_code);
        for approver in &mut self.approvers {
            approver.accounts.sort();
        }
        self.approvers.sort();
        if let Some(trust) = &mut self.trust {
            trust.keys.sort();
            trust.unsigned.sort();
        }
        self
    }

    /// Whether any plugin is asked at all.
    pub fn ask(&self) -> bool {
        self.asked().next().is_some()
    }

    /// The plugins that are asked.
    pub fn asked(&self) -> impl Iterator<Item = &GoverningPlugin> {
        let asked = |plugin: &&GoverningPlugin| plugin.enforcement != Enforcement::Off;
        self.plugins.iter().filter(asked)
    }

    /// The canonical text, a line for each thing that can differ.
    pub fn text(&self) -> String {
        serde_json::to_string_pretty(self).expect("rules are plain data with string keys")
    }

    /// Reads a canonical text.
    pub fn parse(text: &str) -> Result<Self, serde_json::Error> {
        serde_json::from_str(text)
    }

    /// SHA-256 of the canonical text.
    pub fn digest(&self) -> Digest {
        Digest::of(self.text().as_bytes())
    }

    /// What changes from these rules to the others.
    pub fn differences(&self, other: &Self) -> Vec<Difference> {
        difference::between(self, other)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn plugin(name: &str, enforcement: Enforcement, settings: Value) -> GoverningPlugin {
        GoverningPlugin {
            name: name.to_owned(),
            component: Digest::of(name.as_bytes()),
            enforcement,
            settings,
            limits: json!({}),
            locked: None,
        }
    }

    fn rules(plugins: Vec<GoverningPlugin>) -> Rules {
        let rules = Rules {
            plugins,
            ..Rules::default()
        };
        rules.sorted()
    }

    #[test]
    fn the_order_in_which_rules_are_configured_changes_no_digest() {
        let one = || plugin("one", Enforcement::Deny, json!({"a": 1, "b": 2}));
        let two = || plugin("two", Enforcement::Warn, json!({}));
        let (rules, turned) = (rules(vec![one(), two()]), rules(vec![two(), one()]));
        assert_eq!(rules.digest(), turned.digest());
        assert_eq!(Rules::parse(&rules.text()).unwrap(), rules);
        assert!(rules.differences(&turned).is_empty());
    }

    #[test]
    fn what_changes_is_told_a_line_each() {
        let before = rules(vec![plugin("w", Enforcement::Deny, json!({"hours": 24}))]);
        let after = rules(vec![plugin("w", Enforcement::Off, json!({"hours": 48}))]);
        let expected = [
            "plugins.w.enforcement: deny → off",
            "plugins.w.settings.hours: 24 → 48",
        ];
        let told = |before: &Rules, after: &Rules| -> Vec<String> {
            let differences = before.differences(after);
            differences.iter().map(ToString::to_string).collect()
        };
        assert_eq!(told(&before, &after), expected);
        let gone = told(&before, &Rules::default());
        assert_eq!(gone.len(), 1, "{gone:?}");
        assert!(gone[0].starts_with("plugins.w: component "), "{gone:?}");
        assert!(gone[0].ends_with(" → none"), "{gone:?}");
        let new = Rules::default().differences(&before);
        assert_eq!(new[0].brief(), "plugins.w");
        assert_eq!(
            new[0].parts()[1..],
            ["enforcement: deny", "settings.hours: 24"].map(str::to_owned)
        );
    }

    #[test]
    fn rules_that_are_all_off_ask_nobody() {
        assert!(!Rules::default().ask());
        assert!(!rules(vec![plugin("w", Enforcement::Off, json!({}))]).ask());
        assert!(rules(vec![plugin("w", Enforcement::Warn, json!({}))]).ask());
    }
}
