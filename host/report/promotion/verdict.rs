//! What the organisation's rules say of a promotion, one plugin after the other.

use schemars::JsonSchema;
use serde::Serialize;

use crate::plan::{Enforcement, Group};
use crate::policy::{Decision, GroupVote, PluginDecision, Reason, Verdict};
use crate::report::human::Page;

/// One plugin's word, as reported.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct DecisionReport {
    /// The plugin's configured name.
    pub plugin: String,
    /// What its denial does.
    pub enforcement: Enforcement,
    /// The group through which it votes; nothing where it votes alone, or not at all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub group: Option<String>,
    /// `approve`, `deny`, `abstain` or `broken`.
    pub decision: String,
    /// Why not.
    pub reasons: Vec<ReasonReport>,
    /// What it logged.
    pub log: Vec<String>,
}

/// Why a plugin denies.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct ReasonReport {
    /// The plugin's rule.
    pub rule: Option<String>,
    /// What is wrong.
    pub message: String,
    /// What to do about it.
    pub help: Option<String>,
}

/// The vote of several plugins together.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct GroupReport {
    /// The group.
    #[serde(flatten)]
    pub group: Group,
    /// How many approvals it takes.
    pub needed: usize,
    /// The plugins that approve and have a vote.
    pub approving: Vec<String>,
    /// Whether that is enough.
    pub approves: bool,
    /// The count in a clause.
    pub count: String,
}

impl From<&GroupVote> for GroupReport {
    fn from(vote: &GroupVote) -> Self {
        Self {
            group: vote.group.clone(),
            needed: vote.needed,
            approving: vote.approving.clone(),
            approves: vote.approves(),
            count: vote.count_in_words(),
        }
    }
}

impl GroupReport {
    /// What it says, in a clause.
    pub fn said(&self) -> String {
        let verb = if self.approves { "approves" } else { "denies" };
        format!("group {} {verb}: {}", self.group.name, self.count)
    }
}

/// The fold of all decisions, as reported.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct VerdictReport {
    /// Whether the promotion may run.
    pub approved: bool,
    /// The verdict in a sentence.
    pub summary: String,
    /// What to do about it, beyond what each reason says.
    pub help: Option<String>,
    /// Every plugin's word.
    pub decisions: Vec<DecisionReport>,
    /// Every group's vote.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub groups: Vec<GroupReport>,
}

impl From<&Verdict> for VerdictReport {
    fn from(verdict: &Verdict) -> Self {
        let decision = |said: &PluginDecision| DecisionReport {
            group: verdict.group_of(said).map(|vote| vote.group.name.clone()),
            ..said.into()
        };
        Self {
            approved: verdict.is_approved(),
            summary: verdict.summary(),
            help: verdict.help().map(str::to_owned),
            decisions: verdict.decisions().iter().map(decision).collect(),
            groups: verdict.groups().iter().map(GroupReport::from).collect(),
        }
    }
}

/// How many log lines of a plugin people are shown; JSON has all of them.
const LOG_LINES: usize = 5;

impl From<&PluginDecision> for DecisionReport {
    fn from(said: &PluginDecision) -> Self {
        let (decision, reasons) = match &said.decision {
            Decision::Approve => ("approve", Vec::new()),
            Decision::Abstain => ("abstain", Vec::new()),
            Decision::Deny(reasons) => {
                let report = |reason: &Reason| ReasonReport {
                    rule: Some(reason.rule.clone()),
                    message: reason.message.clone(),
                    help: reason.help.clone(),
                };
                ("deny", reasons.iter().map(report).collect())
            }
            Decision::Broken(broken) => {
                let reason = ReasonReport {
                    rule: None,
                    message: broken.to_string(),
                    help: broken.help_under(said.enforcement),
                };
                ("broken", vec![reason])
            }
        };
        Self {
            plugin: said.plugin.clone(),
            enforcement: said.enforcement,
            group: None,
            decision: decision.to_owned(),
            reasons,
            log: said.log.iter().map(|line| line.message.clone()).collect(),
        }
    }
}

impl DecisionReport {
    /// Whether it speaks against the promotion.
    fn objects(&self) -> bool {
        matches!(self.decision.as_str(), "deny" | "broken")
    }

    /// What it said, in a clause.
    pub fn said(&self) -> String {
        let said = match self.decision.as_str() {
            "approve" => "approves",
            "deny" => "denies",
            "abstain" => "abstains",
            _ => "broke",
        };
        let weight = match &self.group {
            _ if self.enforcement != Enforcement::Deny && self.objects() => {
                ", which is only a warning (`enforcement = \"warn\"`)".to_owned()
            }
            Some(group) => format!(" in group {group}"),
            None => String::new(),
        };
        format!("{} {said}{weight}", self.plugin)
    }

    /// Says it to a person.
    pub fn human(&self, page: &mut Page) {
        let text = self.said();
        match (self.objects(), self.enforcement) {
            // What it comes to, its group's line says.
            (true, Enforcement::Deny) if self.group.is_some() => page.warn(&text),
            (true, Enforcement::Deny) => page.fail(&text),
            (true, _) => page.warn(&text),
            _ if self.decision == "approve" => page.ok(&text),
            _ => page.line(&format!("- {text}")),
        }
        for reason in &self.reasons {
            let rule = reason.rule.as_ref().map(|rule| format!("[{rule}] "));
            let rule = rule.unwrap_or_default();
            page.item(" ", &format!("{rule}{}", reason.message));
            if let Some(help) = &reason.help {
                page.item(" ", &format!("→ {help}"));
            }
        }
        for line in self.log.iter().take(LOG_LINES) {
            page.item(" ", &format!("log: {line}"));
        }
        if let Some(more @ 1..) = self.log.len().checked_sub(LOG_LINES) {
            let more = format!("log: … and {more} more lines, which `--format json` shows");
            page.item(" ", &more);
        }
    }
}

impl VerdictReport {
    /// Whether a plugin speaks against the promotion, be it on trial or outvoted in its group.
    pub fn is_contested(&self) -> bool {
        self.decisions.iter().any(DecisionReport::objects)
    }

    pub(in crate::report) fn human(&self, page: &mut Page) {
        page.heading("Organisation rules");
        for decision in &self.decisions {
            decision.human(page);
        }
        for group in &self.groups {
            if group.approves {
                page.ok(&group.said());
            } else {
                page.fail(&group.said());
            }
        }
        if self.approved {
            page.ok(&self.summary);
        } else {
            page.fail(&format!("{}; nothing was changed", self.summary));
            if let Some(help) = &self.help {
                page.hint(help);
            }
        }
    }
}
