//! From each promoter's decision to the verdict. Pure.
//!
//! - A promoter with `enforcement = "deny"` has a vote; one with `"warn"` is on trial and has none:
//!   neither its denial nor its approval counts, and the verdict warns of what it would have stopped.
//!   One with `"off"` is not asked.
//! - The promoters of a group have one vote together: it approves if as many of them approve as the
//!   group requires, and denies otherwise. It never abstains.
//! - Any vote that denies, denies; so does a vote that broke.
//! - Where there are votes and none approves, the verdict denies: silence is not consent.
//! - Where nobody has a vote, the verdict approves and says that nobody was asked.
//!
//! **Invariant:** a veto cannot be taken back: no decision that is added, wherever, approves what
//! another has vetoed, and no decision on trial changes an outcome. Only an approval with a vote
//! approves what silence denied. What a group's promoters say weighs in that group and nowhere else,
//! and one that broke never counts as an approval.

use std::fmt;

use serde::Serialize;

use super::error::Broken;
use super::group::{GroupVote, Quorum};
use super::store::LogLine;
use crate::plan::Enforcement;

/// One promoter's word.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case", tag = "word", content = "why")]
pub enum Decision {
    /// It approves.
    Approve,
    /// It denies, and says why.
    Deny(Vec<Reason>),
    /// It has nothing to say about this promotion.
    Abstain,
    /// It gave no answer that means anything.
    Broken(Broken),
}

/// Why a promoter denies.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Reason {
    /// The plugin's rule.
    pub rule: String,
    /// What is wrong, in a line.
    pub message: String,
    /// What to do about it.
    pub help: Option<String>,
}

/// One promoter, what it said and what that is worth.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct PluginDecision {
    /// Its configured name.
    pub plugin: String,
    /// Whether it has a vote.
    pub enforcement: Enforcement,
    /// Its word.
    pub decision: Decision,
    /// What it logged.
    pub log: Vec<LogLine>,
}

impl PluginDecision {
    /// Whether it speaks against the promotion.
    pub fn denies(&self) -> bool {
        matches!(self.decision, Decision::Deny(_) | Decision::Broken(_))
    }

    /// Whether its word counts.
    pub fn votes(&self) -> bool {
        self.enforcement == Enforcement::Deny
    }
}

/// What all decisions together mean.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// The promotion may run.
    Approved(Consent),
    /// The promotion may not run.
    Denied(Denial),
}

/// On what ground the promotion may run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Consent {
    /// A promoter approved and none denied.
    Given,
    /// No promoter has a vote.
    NobodyAsked,
}

/// On what ground the promotion may not run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Denial {
    /// A promoter denied, or broke; or a group was not approved by as many as it requires.
    Veto,
    /// Every promoter abstained.
    Silence,
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Approved(Consent::Given) => "approved",
            Self::Approved(Consent::NobodyAsked) => "approved: no promoter has a vote",
            Self::Denied(Denial::Veto) => "denied",
            Self::Denied(Denial::Silence) => {
                "denied: every promoter abstained, and silence is not consent"
            }
        })
    }
}

/// What the host makes of all decisions.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Verdict {
    outcome: Outcome,
    decisions: Vec<PluginDecision>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    groups: Vec<GroupVote>,
}

impl Verdict {
    /// Folds decisions; their order and that of the groups do not matter.
    pub fn fold(decisions: Vec<PluginDecision>, groups: &[Quorum]) -> Self {
        let count = |quorum| GroupVote::count(quorum, &decisions);
        let counted: Vec<GroupVote> = groups.iter().map(count).collect();
        let alone = |said: &&PluginDecision| !groups.iter().any(|group| group.has(&said.plugin));
        let votes = || decisions.iter().filter(|said| said.votes()).filter(alone);
        let vetoed =
            votes().any(PluginDecision::denies) || !counted.iter().all(GroupVote::approves);
        let approves = |vote: &PluginDecision| vote.decision == Decision::Approve;
        let outcome = if vetoed {
            Outcome::Denied(Denial::Veto)
        } else if votes().any(approves) || !counted.is_empty() {
            Outcome::Approved(Consent::Given)
        } else if votes().next().is_some() {
            Outcome::Denied(Denial::Silence)
        } else {
            Outcome::Approved(Consent::NobodyAsked)
        };
        Self {
            outcome,
            decisions,
            groups: counted,
        }
    }

    /// What all decisions together mean.
    pub fn outcome(&self) -> Outcome {
        self.outcome
    }

    /// Whether the promotion may run.
    pub fn is_approved(&self) -> bool {
        matches!(self.outcome, Outcome::Approved(_))
    }

    /// The verdict in a sentence, with the names of those who denied.
    pub fn summary(&self) -> String {
        let outcome = match self.outcome {
            Outcome::Approved(Consent::Given) => "approved",
            Outcome::Approved(Consent::NobodyAsked) if self.decisions.is_empty() => {
                "approved: no plugin decides promotions here"
            }
            Outcome::Approved(Consent::NobodyAsked) => {
                "approved: every plugin that decides promotions is on trial (`enforcement = \"warn\"`)"
            }
            Outcome::Denied(Denial::Veto) => {
                let plugins = self.vetoes().map(|veto| veto.plugin.clone());
                let groups = self.groups.iter().filter(|group| !group.approves());
                let groups = groups.map(|vote| format!("group {}", vote.group.name));
                let names: Vec<String> = plugins.chain(groups).collect();
                return format!("denied by {}", names.join(", "));
            }
            Outcome::Denied(Denial::Silence) => {
                "denied: every plugin abstained, and silence is not consent"
            }
        };
        outcome.to_owned()
    }

    /// What to do about it, beyond what each reason says.
    pub fn help(&self) -> Option<&'static str> {
        (self.outcome == Outcome::Denied(Denial::Silence)).then_some(
            "one plugin has to approve: ask whoever owns the rules in regent.toml which one speaks \
             for promotions such as this",
        )
    }

    /// Every promoter's decision, in configured order.
    pub fn decisions(&self) -> &[PluginDecision] {
        &self.decisions
    }

    /// Every group's vote, in configured order.
    pub fn groups(&self) -> &[GroupVote] {
        &self.groups
    }

    /// The group through which a plugin votes; nothing where it votes alone, or not at all.
    pub fn group_of(&self, said: &PluginDecision) -> Option<&GroupVote> {
        let has = |vote: &&GroupVote| vote.group.plugins.contains(&said.plugin);
        self.groups.iter().find(has).filter(|_| said.votes())
    }

    /// What denied by itself.
    pub fn vetoes(&self) -> impl Iterator<Item = &PluginDecision> {
        self.decisions.iter().filter(|decision| {
            decision.votes() && decision.denies() && self.group_of(decision).is_none()
        })
    }

    /// What would have denied if it had a vote.
    pub fn warnings(&self) -> impl Iterator<Item = &PluginDecision> {
        self.decisions
            .iter()
            .filter(|decision| !decision.votes() && decision.denies())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const WORDS: usize = 4;

    fn decision(enforcement: Enforcement, word: usize) -> PluginDecision {
        PluginDecision {
            plugin: "p".to_owned(),
            enforcement,
            decision: match word {
                0 => Decision::Approve,
                1 => Decision::Abstain,
                2 => Decision::Deny(Vec::new()),
                _ => Decision::Broken(Broken::Recursion),
            },
            log: Vec::new(),
        }
    }

    fn vote(word: usize) -> PluginDecision {
        decision(Enforcement::Deny, word)
    }

    fn trial(word: usize) -> PluginDecision {
        decision(Enforcement::Warn, word)
    }

    fn outcome(decisions: &[PluginDecision]) -> Outcome {
        Verdict::fold(decisions.to_vec(), &[]).outcome()
    }

    /// All pairs of votes: the table the fold is to be read from.
    #[test]
    fn two_votes_give_this_outcome() {
        let given = Outcome::Approved(Consent::Given);
        let veto = Outcome::Denied(Denial::Veto);
        let silence = Outcome::Denied(Denial::Silence);
        let table = [
            // approve, abstain, deny, broken
            [given, given, veto, veto],
            [given, silence, veto, veto],
            [veto, veto, veto, veto],
            [veto, veto, veto, veto],
        ];
        for (first, row) in table.into_iter().enumerate() {
            for (second, expected) in row.into_iter().enumerate() {
                assert_eq!(
                    outcome(&[vote(first), vote(second)]),
                    expected,
                    "{first} {second}"
                );
            }
        }
    }

    #[test]
    fn one_vote_gives_this_outcome() {
        assert_eq!(outcome(&[vote(0)]), Outcome::Approved(Consent::Given));
        assert_eq!(outcome(&[vote(1)]), Outcome::Denied(Denial::Silence));
        assert_eq!(outcome(&[vote(2)]), Outcome::Denied(Denial::Veto));
        assert_eq!(outcome(&[vote(3)]), Outcome::Denied(Denial::Veto));
    }

    #[test]
    fn where_nobody_has_a_vote_nobody_was_asked() {
        assert_eq!(outcome(&[]), Outcome::Approved(Consent::NobodyAsked));
        for word in 0..WORDS {
            assert_eq!(
                outcome(&[trial(word)]),
                Outcome::Approved(Consent::NobodyAsked)
            );
        }
    }

    #[test]
    fn an_approval_on_trial_breaks_no_silence() {
        assert_eq!(
            outcome(&[vote(1), trial(0)]),
            Outcome::Denied(Denial::Silence)
        );
    }

    #[test]
    fn denials_on_trial_are_warnings() {
        let verdict = Verdict::fold(vec![vote(0), trial(2), trial(3), trial(1)], &[]);
        assert!(verdict.is_approved());
        assert_eq!(
            (verdict.warnings().count(), verdict.vetoes().count()),
            (2, 0)
        );
    }

    fn some_decision() -> impl Strategy<Value = PluginDecision> {
        (any::<bool>(), 0..WORDS)
            .prop_map(|(votes, word)| if votes { vote(word) } else { trial(word) })
    }

    proptest! {
        /// No added decision approves what was vetoed, wherever it is added.
        #[test]
        fn a_veto_cannot_be_taken_back(
            mut decisions in proptest::collection::vec(some_decision(), 0..6),
            added in some_decision(),
            at in any::<proptest::sample::Index>(),
        ) {
            let before = outcome(&decisions);
            decisions.insert(at.index(decisions.len() + 1), added.clone());
            let after = outcome(&decisions);
            if before == Outcome::Denied(Denial::Veto) {
                prop_assert_eq!(after, before);
            }
            if !added.votes() {
                prop_assert_eq!(after, before);
            }
            if added.votes() && added.denies() {
                prop_assert_eq!(after, Outcome::Denied(Denial::Veto));
            }
            // The one way from denied to approved: a vote that approves breaks the silence.
            if matches!(before, Outcome::Denied(_)) && matches!(after, Outcome::Approved(_)) {
                prop_assert_eq!(before, Outcome::Denied(Denial::Silence));
                prop_assert!(added.votes() && added.decision == Decision::Approve);
            }
        }

        /// The order in which plugins are configured decides nothing.
        #[test]
        fn order_does_not_matter(
            decisions in proptest::collection::vec(some_decision(), 0..6),
            turn in any::<proptest::sample::Index>(),
        ) {
            let mut turned = decisions.clone();
            if !turned.is_empty() {
                let by = turn.index(turned.len());
                turned.rotate_left(by);
            }
            prop_assert_eq!(outcome(&turned), outcome(&decisions));
        }
    }
}
