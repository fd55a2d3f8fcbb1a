//! Groups and suppressions as `regent.toml` has them: what no policy could be made of is refused.

use std::path::Path;

use jiff::civil::Date;
use serde::{Deserialize, Deserializer};
use toml::value::Datetime;

use super::{Error, Settings};
use crate::finding::Severity;
use crate::plan::{Enforcement, Group, Require, Suppression};
use crate::policy::{BROKEN_RULE, PluginName};
use crate::update::codes::Rule;

/// Why something cannot be used, and what to do about it.
#[derive(Debug)]
pub(super) struct Problem {
    /// Its name.
    pub(super) name: String,
    /// What is wrong.
    pub(super) what: String,
    /// What to do.
    pub(super) help: String,
}

impl Problem {
    /// It as an error of the settings file.
    pub(super) fn of(self, kind: &'static str, path: &Path) -> Error {
        Error::Composition {
            path: path.to_owned(),
            kind,
            name: self.name,
            what: self.what,
            help: self.help,
        }
    }
}

/// `[[suppress]]`, whose last day is a date of TOML's.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Told {
    code: String,
    reason: String,
    until: Day,
}

#[derive(Deserialize)]
#[serde(try_from = "toml::Value")]
struct Day(Date);

impl TryFrom<toml::Value> for Day {
    type Error = String;

    fn try_from(told: toml::Value) -> Result<Self, String> {
        let day = match &told {
            toml::Value::Datetime(Datetime {
                date: Some(date),
                time: None,
                offset: None,
            }) => date.to_string().parse().ok(),
            _ => None,
        };
        day.map(Self)
            .ok_or_else(|| format!("{told} is no day: write it as in `until = 2026-12-31`"))
    }
}

/// Reads every `[[suppress]]`.
pub(super) fn suppressions<'de, D: Deserializer<'de>>(
    from: D,
) -> Result<Vec<Suppression>, D::Error> {
    let told = Vec::<Told>::deserialize(from)?.into_iter();
    let read = told.map(|told| Suppression {
        code: told.code,
        reason: told.reason,
        until: told.until.0,
    });
    Ok(read.collect())
}

impl Settings {
    /// The first group that could not be asked, or could never approve.
    pub(super) fn impossible_group(&self) -> Option<Problem> {
        self.groups.iter().enumerate().find_map(|(index, group)| {
            let earlier = &self.groups[..index];
            let wrong = self.wrong_with(group, earlier)?;
            let (name, (what, help)) = (group.name.clone(), wrong);
            Some(Problem { name, what, help })
        })
    }

    /// What is wrong with a group, and what to do about it.
    fn wrong_with(&self, group: &Group, earlier: &[Group]) -> Option<(String, String)> {
        if let Err(error) = PluginName::parse(&group.name) {
            return Some((error.to_string(), "give it another `name`".to_owned()));
        }
        if earlier.iter().any(|other| other.name == group.name) {
            let help = "give one of them another `name`".to_owned();
            return Some(("there are two of that name".to_owned(), help));
        }
        if group.plugins.is_empty() {
            let help = "list in `plugins` the names of [[plugin]], or remove the group".to_owned();
            return Some(("it has no plugins".to_owned(), help));
        }
        for (index, name) in group.plugins.iter().enumerate() {
            if !self
                .plugins
                .iter()
                .any(|plugin| plugin.name.as_str() == name)
            {
                let what = format!("no [[plugin]] is called “{name}”");
                return Some((what, self.plugin_names()));
            }
            let one_vote = || "a plugin has one vote: name it in one group, and once".to_owned();
            if group.plugins[..index].contains(name) {
                return Some((format!("it names {name} twice"), one_vote()));
            }
            if let Some(other) = earlier.iter().find(|other| other.plugins.contains(name)) {
                let what = format!("{name} is in the group {} already", other.name);
                return Some((what, one_vote()));
            }
        }
        self.without_quorum(group)
    }

    /// Whether too few plugins of a group have a vote.
    fn without_quorum(&self, group: &Group) -> Option<(String, String)> {
        let (all, asked) = (group.plugins.len(), &group.require);
        match *asked {
            Require::AtLeast(0) => {
                let help = format!("write how many of its plugins must approve, from 1 to {all}");
                return Some((
                    "`at-least` is 0, so that nobody need approve".to_owned(),
                    help,
                ));
            }
            Require::AtLeast(count) if count > all => {
                let what = format!("it takes {count} approvals, and it has {}", plugins(all));
                let help = format!("write how many of its plugins must approve, from 1 to {all}");
                return Some((what, help));
            }
            _ => {}
        }
        let relaxed = self.plugins.iter().filter(|plugin| {
            let (name, enforcement) = (plugin.name.as_str(), plugin.enforcement);
            enforcement != Enforcement::Deny && group.plugins.iter().any(|member| member == name)
        });
        let relaxed: Vec<String> = relaxed
            .map(|plugin| {
                format!(
                    "{} (`enforcement = \"{}\"`)",
                    plugin.name, plugin.enforcement
                )
            })
            .collect();
        let votes = all - relaxed.len();
        let needed = group.needed(votes).max(1);
        if needed <= votes {
            return None;
        }
        let verb = if relaxed.len() == 1 { "has" } else { "have" };
        let what = format!(
            "it takes {} of {}, and {} {verb} no vote",
            if needed == 1 {
                "an approval".to_owned()
            } else {
                format!("{needed} approvals")
            },
            plugins(all),
            relaxed.join(" and "),
        );
        let help =
            "give them `enforcement = \"deny\"`, ask for fewer approvals, or remove the group";
        Some((what, help.to_owned()))
    }

    fn plugin_names(&self) -> String {
        let names: Vec<&str> = self
            .plugins
            .iter()
            .map(|plugin| plugin.name.as_str())
            .collect();
        match names.as_slice() {
            [] => "no plugin is configured; add its [[plugin]]".to_owned(),
            names => format!("the plugins are {}", names.join(", ")),
        }
    }

    /// The first suppression that could never suppress anything, or must not.
    pub(super) fn impossible_suppression(&self) -> Option<Problem> {
        self.suppressions
            .iter()
            .enumerate()
            .find_map(|(index, suppression)| {
                let earlier = &self.suppressions[..index];
                let (what, help) = self.wrong_with_suppression(suppression, earlier)?;
                let name = suppression.code.clone();
                Some(Problem { name, what, help })
            })
    }

    fn wrong_with_suppression(
        &self,
        Suppression { code, reason, .. }: &Suppression,
        earlier: &[Suppression],
    ) -> Option<(String, String)> {
        if reason.trim().is_empty() {
            let help = "say in `reason` why, and who has decided it".to_owned();
            return Some(("its reason is empty".to_owned(), help));
        }
        if earlier.iter().any(|other| other.code == *code) {
            let help = "keep the one that holds".to_owned();
            return Some(("there are two of that code".to_owned(), help));
        }
        match code.split('/').collect::<Vec<_>>().as_slice() {
            ["policy", _, BROKEN_RULE] => Some((
                "a plugin that broke has checked nothing".to_owned(),
                "mend the plugin; until then `enforcement = \"warn\"` lets files pass unchecked by it"
                    .to_owned(),
            )),
            ["policy", plugin, _] => {
                let known = self.plugins.iter().any(|known| known.name.as_str() == *plugin);
                let unknown = || (format!("no [[plugin]] is called “{plugin}”"), self.plugin_names());
                (!known).then(unknown)
            }
            ["update", rule] => match rule.parse::<Rule>() {
                Ok(rule) if rule.severity() == Severity::Error => Some((
                    "it is an error that makes an update file unusable".to_owned(),
                    format!("mend the file; `regent explain {rule}` says how"),
                )),
                Ok(_) => None,
                Err(error) => Some((
                    error.to_string(),
                    error.help().unwrap_or_else(|| "`regent explain` lists them all".to_owned()),
                )),
            },
            [plugin, rule] if self.plugins.iter().any(|known| known.name.as_str() == *plugin) => Some((
                "it is not written as reports print it".to_owned(),
                format!("write `code = \"policy/{plugin}/{rule}\"`"),
            )),
            _ => Some((
                "no finding has such a code".to_owned(),
                "write it as reports print it: `policy/PLUGIN/RULE`, or `update/RULE` for one of regent's own"
                    .to_owned(),
            )),
        }
    }
}

fn plugins(count: usize) -> String {
    format!("{count} plugin{}", if count == 1 { "" } else { "s" })
}
