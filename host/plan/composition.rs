//! How an organisation composes its rules: what each plugin's word is worth, groups that have one
//! vote together, findings that are passed over for a time.

use std::fmt;

use jiff::civil::Date;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What a plugin's denial does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Enforcement {
    /// A denial stops.
    #[default]
    Deny,
    /// A denial is reported, and that is all.
    Warn,
    /// It is loaded, and not asked.
    Off,
}

impl fmt::Display for Enforcement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Deny => "deny",
            Self::Warn => "warn",
            Self::Off => "off",
        })
    }
}

/// How many plugins of a group must approve.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Require {
    /// Everyone that has a vote.
    All,
    /// One.
    Any,
    /// So many.
    AtLeast(usize),
}

/// Plugins that have one vote together.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Group {
    /// What the organisation calls it.
    pub name: String,
    /// The plugins' configured names.
    pub plugins: Vec<String>,
    /// How many of them must approve.
    pub require: Require,
}

impl Group {
    /// How many approvals it takes where so many of its plugins have a vote.
    pub fn needed(&self, votes: usize) -> usize {
        match self.require {
            Require::All => votes,
            Require::Any => 1,
            Require::AtLeast(count) => count,
        }
    }

    /// What it takes: "any of change-window, four-eyes".
    pub fn terms(&self) -> String {
        let of = self.plugins.join(", ");
        match self.require {
            Require::All => format!("all of {of}"),
            Require::Any => format!("any of {of}"),
            Require::AtLeast(count) => format!("at least {count} of {of}"),
        }
    }
}

/// A finding that is passed over for a time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Suppression {
    /// The finding's code, as reports print it.
    pub code: String,
    /// Why.
    pub reason: String,
    /// The last day, in the host's local time.
    #[schemars(with = "String")]
    pub until: Date,
}
