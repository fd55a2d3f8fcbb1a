//! Groups of promoters: several plugins with one vote.

use serde::Serialize;

use super::Loaded;
use super::verdict::{Decision, PluginDecision};
use crate::plan::{Enforcement, Group};

/// A group, and what it takes for it to approve.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Quorum {
    /// The group.
    pub group: Group,
    /// How many approvals it takes.
    pub needed: usize,
}

impl Quorum {
    /// Counts those of a group's plugins that have a vote.
    pub(super) fn of(group: &Group, plugins: &[Loaded]) -> Self {
        let votes = plugins.iter().filter(|plugin| {
            plugin.enforcement == Enforcement::Deny && is_in(group, plugin.name.as_str())
        });
        Self {
            group: group.clone(),
            needed: group.needed(votes.count()),
        }
    }

    /// Whether a plugin votes through this group.
    pub(super) fn has(&self, plugin: &str) -> bool {
        is_in(&self.group, plugin)
    }
}

fn is_in(group: &Group, plugin: &str) -> bool {
    group.plugins.iter().any(|name| name == plugin)
}

/// A group's vote: it approves, or it denies.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct GroupVote {
    /// The group.
    pub group: Group,
    /// How many approvals it takes.
    pub needed: usize,
    /// The plugins that approve and have a vote.
    pub approving: Vec<String>,
}

impl GroupVote {
    /// Counts the approvals of a group. Whatever else a plugin says, or if it breaks, is none.
    pub(super) fn count(quorum: &Quorum, decisions: &[PluginDecision]) -> Self {
        let approving = decisions.iter().filter(|said| {
            quorum.has(&said.plugin) && said.votes() && said.decision == Decision::Approve
        });
        Self {
            group: quorum.group.clone(),
            needed: quorum.needed,
            approving: approving.map(|said| said.plugin.clone()).collect(),
        }
    }

    /// Whether it approves. A group that nobody need approve for approves nothing.
    pub fn approves(&self) -> bool {
        self.needed > 0 && self.approving.len() >= self.needed
    }

    /// The vote in a clause: "1 approves, and it takes all of change-window, four-eyes".
    pub fn count_in_words(&self) -> String {
        let count = self.approving.len();
        let verb = if count == 1 { "approves" } else { "approve" };
        let count = match count {
            0 => "none".to_owned(),
            some => some.to_string(),
        };
        format!("{count} {verb}, and it takes {}", self.group.terms())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::plan::Require;
    use crate::policy::error::Broken;
    use crate::policy::verdict::{Consent, Denial, Outcome, Verdict};

    const PLUGINS: usize = 6;

    fn words() -> [Decision; 4] {
        [
            Decision::Approve,
            Decision::Abstain,
            Decision::Deny(Vec::new()),
            Decision::Broken(Broken::Recursion),
        ]
    }

    fn word() -> impl Strategy<Value = Decision> {
        proptest::sample::select(words().to_vec())
    }

    fn said(plugin: &str, enforcement: Enforcement, decision: Decision) -> PluginDecision {
        PluginDecision {
            plugin: plugin.to_owned(),
            enforcement,
            decision,
            log: Vec::new(),
        }
    }

    fn outcome(decisions: &[PluginDecision], groups: &[Quorum]) -> Outcome {
        Verdict::fold(decisions.to_vec(), groups).outcome()
    }

    /// A group of plugins, each with a vote.
    fn group(require: Require, plugins: &[&str]) -> Quorum {
        let plugins: Vec<String> = plugins.iter().map(|&name| name.to_owned()).collect();
        let name = plugins.join("+");
        let group = Group {
            name,
            plugins,
            require,
        };
        let needed = group.needed(group.plugins.len());
        Quorum { group, needed }
    }

    /// Plugins with a word each, some of them on trial, in up to two groups that can be satisfied;
    /// the others are alone.
    fn some_policy() -> impl Strategy<Value = (Vec<PluginDecision>, Vec<Quorum>)> {
        let plugin = (word(), proptest::bool::weighted(0.8), 0..3_usize);
        let plugins = proptest::collection::vec(plugin, 0..=PLUGINS);
        (plugins, proptest::array::uniform2(0..9_usize)).prop_map(|(plugins, requires)| {
            let name = |index: usize| format!("p{index}");
            let decisions = plugins.iter().enumerate();
            let decisions = decisions.map(|(index, (word, votes, _))| {
                let enforcement = if *votes {
                    Enforcement::Deny
                } else {
                    Enforcement::Warn
                };
                said(&name(index), enforcement, word.clone())
            });
            let groups = requires.iter().enumerate().filter_map(|(number, require)| {
                let members = plugins.iter().enumerate();
                let members: Vec<_> = members.filter(|(_, member)| member.2 == number).collect();
                let votes = members.iter().filter(|(_, member)| member.1).count();
                let require = match require {
                    0..3 => Require::All,
                    3..6 => Require::Any,
                    more => Require::AtLeast(more - 5),
                };
                let plugins = members.iter().map(|(index, _)| name(*index)).collect();
                let name = format!("g{number}");
                let group = Group {
                    name,
                    plugins,
                    require,
                };
                let needed = group.needed(votes);
                (votes > 0 && needed <= votes).then_some(Quorum { group, needed })
            });
            (decisions.collect(), groups.collect())
        })
    }

    /// What both words of a group come to: the table it is to be read from.
    #[test]
    fn two_votes_of_a_group_give_this_outcome() {
        let rows = |require| {
            words().map(|first| {
                words().map(|second| {
                    let votes = [first.clone(), second]
                        .into_iter()
                        .zip(["a", "b"])
                        .map(|(word, name)| said(name, Enforcement::Deny, word));
                    let votes: Vec<_> = votes.collect();
                    u8::from(Verdict::fold(votes, &[group(require, &["a", "b"])]).is_approved())
                })
            })
        };
        let any = [
            // approve, abstain, deny, broken
            [1, 1, 1, 1],
            [1, 0, 0, 0],
            [1, 0, 0, 0],
            [1, 0, 0, 0],
        ];
        let all = [[1, 0, 0, 0], [0; 4], [0; 4], [0; 4]];
        assert_eq!(rows(Require::Any), any);
        assert_eq!(rows(Require::AtLeast(1)), any);
        assert_eq!(rows(Require::All), all);
        assert_eq!(rows(Require::AtLeast(2)), all);
    }

    #[test]
    fn the_verdict_names_who_denied() {
        let votes = || {
            vec![
                said("a", Enforcement::Deny, Decision::Deny(Vec::new())),
                said("b", Enforcement::Deny, Decision::Approve),
                said("c", Enforcement::Deny, Decision::Deny(Vec::new())),
            ]
        };
        let verdict = Verdict::fold(votes(), &[group(Require::All, &["a", "b"])]);
        assert_eq!(verdict.summary(), "denied by c, group a+b");
        let said = "1 approves, and it takes all of a, b";
        assert_eq!(verdict.groups()[0].count_in_words(), said);
        let verdict = Verdict::fold(votes(), &[group(Require::Any, &["a", "b"])]);
        assert_eq!(verdict.summary(), "denied by c");
    }

    #[test]
    fn a_group_without_votes_approves_nothing() {
        let trial = [said("a", Enforcement::Warn, Decision::Approve)];
        let mut quorum = group(Require::All, &["a"]);
        quorum.needed = 0;
        let denied = Outcome::Denied(Denial::Veto);
        assert_eq!(outcome(&trial, &[quorum]), denied);
        assert_eq!(outcome(&[], &[group(Require::Any, &["a"])]), denied);
    }

    proptest! {
        /// A group is one vote: a plugin alone that approves where it approves, and denies where it
        /// denies, comes to the same.
        #[test]
        fn a_group_is_one_vote((decisions, groups) in some_policy()) {
            let mut alone: Vec<PluginDecision> = decisions
                .iter()
                .filter(|said| !groups.iter().any(|group| group.has(&said.plugin)))
                .cloned()
                .collect();
            for group in &groups {
                let vote = if GroupVote::count(group, &decisions).approves() {
                    Decision::Approve
                } else {
                    Decision::Deny(Vec::new())
                };
                alone.push(said(&group.group.name, Enforcement::Deny, vote));
            }
            prop_assert_eq!(outcome(&decisions, &groups), outcome(&alone, &[]));
        }

        /// No group makes a denial outside it disappear.
        #[test]
        fn a_denial_outside_a_group_stands(
            (mut decisions, groups) in some_policy(),
            denial in proptest::sample::select(words()[2..].to_vec()),
        ) {
            decisions.push(said("outside", Enforcement::Deny, denial));
            prop_assert_eq!(outcome(&decisions, &groups), Outcome::Denied(Denial::Veto));
        }

        /// In a group, whatever is no approval weighs the same, and none can become one by breaking.
        #[test]
        fn only_approvals_count_in_a_group(
            (decisions, groups) in some_policy(),
            word in proptest::sample::select(words()[1..].to_vec()),
        ) {
            let mut other = decisions.clone();
            let silent = other.iter_mut().filter(|said| {
                said.decision != Decision::Approve
                    && groups.iter().any(|group| group.has(&said.plugin))
            });
            silent.for_each(|said| said.decision = word.clone());
            prop_assert_eq!(outcome(&decisions, &groups), outcome(&other, &groups));
        }

        /// A plugin that breaks instead of answering never turns a denial into an approval.
        #[test]
        fn breaking_approves_nothing(
            (decisions, groups) in some_policy(),
            at in any::<proptest::sample::Index>(),
        ) {
            prop_assume!(!decisions.is_empty());
            let mut broken = decisions.clone();
            let at = at.index(broken.len());
            broken[at].decision = Decision::Broken(Broken::Recursion);
            if matches!(outcome(&decisions, &groups), Outcome::Denied(_)) {
                prop_assert!(matches!(outcome(&broken, &groups), Outcome::Denied(_)));
            }
        }

        /// A plugin on trial has no vote, in a group or alone.
        #[test]
        fn who_is_on_trial_has_no_vote((decisions, groups) in some_policy(), word in word()) {
            let mut other = decisions.clone();
            let trials = other.iter_mut().filter(|said| !said.votes());
            trials.for_each(|said| said.decision = word.clone());
            prop_assert_eq!(outcome(&decisions, &groups), outcome(&other, &groups));
        }

        /// Where every group approves, it is as if its plugins had not been there, but that the
        /// silence is broken.
        #[test]
        fn outside_groups_the_fold_is_as_ever((decisions, groups) in some_policy()) {
            let alone: Vec<PluginDecision> = decisions
                .iter()
                .filter(|said| !groups.iter().any(|group| group.has(&said.plugin)))
                .cloned()
                .collect();
            let counted = groups.iter().map(|group| GroupVote::count(group, &decisions));
            let expected = match (counted.map(|vote| vote.approves()).min(), outcome(&alone, &[])) {
                (None, alone) => alone,
                (Some(false), _) | (Some(true), Outcome::Denied(Denial::Veto)) => {
                    Outcome::Denied(Denial::Veto)
                }
                (Some(true), _) => Outcome::Approved(Consent::Given),
            };
            prop_assert_eq!(outcome(&decisions, &groups), expected);
        }

        /// The order in which plugins, groups and a group's plugins are configured decides nothing.
        #[test]
        fn order_does_not_matter((decisions, groups) in some_policy(), by in 0..PLUGINS) {
            let mut turned = decisions.clone();
            let mut groups_turned = groups.clone();
            if !turned.is_empty() {
                turned.rotate_left(by % decisions.len());
            }
            groups_turned.reverse();
            for group in &mut groups_turned {
                let count = group.group.plugins.len();
                group.group.plugins.rotate_left(by % count);
            }
            prop_assert_eq!(outcome(&turned, &groups_turned), outcome(&decisions, &groups));
        }
    }
}
