//! Which rules were asked about an act, and what each said, as the database keeps it.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::composition::{Enforcement, Suppression};
use super::{PluginPin, Rules};
use crate::identity::Digest;

/// How much of a digest people are shown.
const SHORT: usize = 12;

/// What a plugin said of an act.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Word {
    /// It approved.
    Approve,
    /// It denied.
    Deny,
    /// It had nothing to say.
    Abstain,
    /// It gave no answer that means anything.
    Broken,
}

impl fmt::Display for Word {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Approve => "approve",
            Self::Deny => "deny",
            Self::Abstain => "abstain",
            Self::Broken => "broken",
        })
    }
}

/// A plugin and what it said.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct AskedPlugin {
    /// The plugin.
    #[serde(flatten)]
    pub plugin: PluginPin,
    /// Its word; nothing of one that decides no promotions, or is off.
    pub word: Option<Word>,
}

impl AskedPlugin {
    /// It for people, who need the digest to tell it from another and no more.
    pub fn brief(&self) -> String {
        let PluginPin {
            name,
            version,
            component,
            enforcement,
            ..
        } = &self.plugin;
        let component = component.to_string();
        let short = &component[..SHORT];
        format!("{name} {version} ({short}, {enforcement}): {}", self.said())
    }

    /// Its word, or why it has none.
    pub fn said(&self) -> String {
        match (self.word, self.plugin.enforcement) {
            (Some(word), _) => word.to_string(),
            (None, Enforcement::Off) => "not asked".to_owned(),
            (None, _) => "decides no promotions".to_owned(),
        }
    }
}

impl fmt::Display for AskedPlugin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (plugin, said) = (&self.plugin, self.said());
        let (name, version, component) = (&plugin.name, &plugin.version, plugin.component);
        write!(
            f,
            "{name} {version} ({component}, {}): {said}",
            plugin.enforcement
        )
    }
}

/// An act that went by other rules than those that govern, because its operator insisted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Overruling {
    /// Why, in the operator's words.
    pub reason: String,
    /// The rules that governed.
    pub governing: Digest,
}

/// Which rules were asked about an act, and what each said.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Asked {
    /// SHA-256 of the rules that were asked; nothing where there were none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rules: Option<Digest>,
    /// The plugins, in configured order.
    #[serde(default)]
    pub plugins: Vec<AskedPlugin>,
    /// Which findings were to be passed over.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub suppressions: Vec<Suppression>,
    /// What was overruled; nothing where these are the rules that govern, or none do.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub overruled: Option<Overruling>,
}

impl Asked {
    /// Whether any rule said a word.
    pub fn is_answered(&self) -> bool {
        self.plugins.iter().any(|plugin| plugin.word.is_some())
    }

    /// Whether a rule that counts spoke, and not for it: one that broke said nothing.
    pub fn is_objected(&self) -> bool {
        let objects = |asked: &AskedPlugin| {
            asked.plugin.enforcement == Enforcement::Deny
                && matches!(asked.word, Some(Word::Deny | Word::Abstain))
        };
        self.plugins.iter().any(objects)
    }

    /// Whether any rule was there to be asked.
    fn is_unruled(&self) -> bool {
        let off = |plugin: &AskedPlugin| plugin.plugin.enforcement == Enforcement::Off;
        self.plugins.iter().all(off)
    }

    /// It in lines.
    pub fn lines(&self) -> Vec<String> {
        self.told(ToString::to_string)
    }

    /// It in lines for people.
    pub fn brief(&self) -> Vec<String> {
        self.told(AskedPlugin::brief)
    }

    fn told(&self, plugin: impl Fn(&AskedPlugin) -> String) -> Vec<String> {
        let mut lines = Vec::new();
        if self.is_unruled() {
            lines.push("no rule was asked".to_owned());
        } else if let Some(rules) = self.rules {
            lines.push(format!("rules {rules}"));
        }
        lines.extend(self.plugins.iter().map(plugin));
        let suppressed = |by: &Suppression| format!("{} suppressed until {}", by.code, by.until);
        lines.extend(self.suppressions.iter().map(suppressed));
        if let Some(Overruling { reason, governing }) = &self.overruled {
            lines.push(format!("overruled: rules {governing}; reason: {reason}"));
        }
        lines
    }
}

impl fmt::Display for Asked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.lines().join("; "))
    }
}

/// By whose leave an act is done: the rules where it is done, and what they said.
#[derive(Debug, Clone, Default)]
pub struct Leave {
    /// The rules that are configured where the act is done.
    pub rules: Rules,
    /// What they said.
    pub asked: Asked,
    /// Who else approved.
    pub approvers: Vec<String>,
    /// Why the act is to be done although other rules govern.
    pub overrules: Option<String>,
}

impl Leave {
    /// The leave of rules that were not asked for a verdict.
    pub fn of(rules: Rules, overrules: Option<String>) -> Self {
        Self {
            rules,
            overrules,
            ..Self::default()
        }
    }
}
