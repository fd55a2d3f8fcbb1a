//! By which rules a system is governed, and whether an act goes by them. Pure.
//!
//! **Invariant:** an act under other rules than those that govern is refused, or overrules them by
//! name; nothing in between.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Error;
use crate::global_info::ServerName;
use crate::identity::{Digest, PromotionId};
use crate::plan::{Asked, Leave, Rules};
use crate::system::Operator;

/// The rules that govern a system.
#[derive(Debug, Clone, PartialEq)]
pub struct Governing {
    /// Counts the publications, from 1.
    pub version: u64,
    /// The rules.
    pub rules: Rules,
    /// SHA-256 of their canonical text.
    pub digest: Digest,
    /// Since when.
    pub at: Timestamp,
    /// Who made them govern.
    pub operator: Operator,
    /// Where.
    pub server: String,
    /// Why; nothing where the first act under rules did.
    pub reason: Option<String>,
    /// The change reference.
    pub change: Option<String>,
    /// The last act that overruled them; nothing once an act has gone by them.
    pub overruled: Option<Overruled>,
}

/// An act that overruled the rules that govern.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Overruled {
    /// What was done, as the audit names it.
    pub act: String,
    /// When.
    #[schemars(with = "String")]
    pub at: Timestamp,
    /// Who did it.
    #[serde(flatten)]
    pub operator: Operator,
    /// Where.
    pub server: String,
    /// Why.
    pub reason: String,
    /// The rules that it went by.
    pub rules: Digest,
}

/// Which rules were asked about a promotion or a move of the master, and what each said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Judgement {
    /// The promotion; nothing for a move by name alone.
    pub promotion: Option<PromotionId>,
    /// The master until then.
    pub incumbent: ServerName,
    /// The master to be.
    pub candidate: ServerName,
    /// When.
    pub at: Timestamp,
    /// Who.
    pub operator: Operator,
    /// Where.
    pub server: String,
    /// What was asked and said.
    pub asked: Asked,
}

/// Other rules that are to govern.
#[derive(Debug, Clone)]
pub struct Publication {
    /// The rules that governed when they were asked; nothing where none did.
    pub seen: Option<Digest>,
    /// The rules, and what the governing ones said of the publication.
    pub leave: Leave,
    /// Why.
    pub reason: String,
    /// The change reference.
    pub change: Option<String>,
    /// The digest of the plan that others could approve, and who made it; nothing where it comes from
    /// no file.
    pub planned: Option<(Digest, Operator)>,
}

/// How an act stands to the rules that govern.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// None govern, and none are here.
    Unruled,
    /// None govern, and those that are here will.
    First,
    /// It goes by those that govern.
    Theirs,
    /// It goes by others, by name.
    Overruling,
}

/// How an act by this leave stands to the rules that govern; other ones are refused.
pub fn standing(leave: &Leave, governing: Option<&Governing>) -> Result<Standing, Error> {
    let Some(governing) = governing else {
        return Ok(if leave.rules.ask() {
            Standing::First
        } else {
            Standing::Unruled
        });
    };
    let here = leave.rules.digest();
    if here == governing.digest {
        return Ok(Standing::Theirs);
    }
    if leave.overrules.is_some() {
        return Ok(Standing::Overruling);
    }
    let asked = governing.rules.asked();
    Err(Error::OtherRules {
        here,
        governing: governing.digest,
        asked: asked.map(|plugin| plugin.name.clone()).collect(),
        unruled: !leave.rules.ask(),
        differences: governing.rules.differences(&leave.rules),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::{Enforcement, GoverningPlugin};

    fn rules(enforcement: Enforcement) -> Rules {
        Rules {
            plugins: vec![GoverningPlugin {
                name: "p".to_owned(),
                component: Digest::of(b"p"),
                enforcement,
                settings: serde_json::json!({}),
                limits: serde_json::json!({}),
                locked: None,
            }],
            ..Rules::default()
        }
    }

    fn governing(rules: Rules) -> Governing {
        Governing {
            version: 1,
            digest: rules.digest(),
            rules,
            at: Timestamp::UNIX_EPOCH,
            operator: "anna".into(),
            server: "SSO01".to_owned(),
            reason: None,
            change: None,
            overruled: None,
        }
    }

    #[test]
    fn other_rules_and_none_are_refused_until_they_are_overruled_by_name() {
        let governed = governing(rules(Enforcement::Deny));
        let theirs = Leave::of(rules(Enforcement::Deny), None);
        assert_eq!(
            standing(&theirs, Some(&governed)).unwrap(),
            Standing::Theirs
        );
        for (other, unruled_here) in [
            (Rules::default(), true),
            (rules(Enforcement::Off), true),
            (rules(Enforcement::Warn), false),
        ] {
            let refused = standing(&Leave::of(other.clone(), None), Some(&governed));
            assert!(
                matches!(refused, Err(Error::OtherRules { unruled, .. }) if unruled == unruled_here)
            );
            let by_name = Leave::of(other, Some("a reason".to_owned()));
            assert_eq!(
                standing(&by_name, Some(&governed)).unwrap(),
                Standing::Overruling
            );
        }
    }

    #[test]
    fn the_first_rules_that_ask_will_govern() {
        let first = standing(&Leave::of(rules(Enforcement::Warn), None), None);
        assert_eq!(first.unwrap(), Standing::First);
        let off = standing(&Leave::of(rules(Enforcement::Off), None), None);
        assert_eq!(off.unwrap(), Standing::Unruled);
    }
}
