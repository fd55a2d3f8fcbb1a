//! What the organisation's rules say of a promotion, one plugin after the other.

use schemars::JsonSchema;
use serde::Serialize;

use crate::plan::Enforcement;
use crate::policy::{Decision, PluginDecision, Reason};
use crate::report::human::Page;

/// One plugin's word, as reported.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct DecisionReport {
    /// The plugin's configured name.
    pub plugin: String,
    /// What its denial does.
    pub enforcement: Enforcement,
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
        let weight = if self.objects() && self.enforcement == Enforcement::Warn {
            ", which is only a warning (`enforcement = \"warn\"`)"
        } else {
            ""
        };
        format!("{} {said}{weight}", self.plugin)
    }

    /// Says it to a person.
    pub fn human(&self, page: &mut Page) {
        let text = self.said();
        match (self.objects(), self.enforcement) {
            (true, Enforcement::Deny) => page.fail(&text),
            (true, Enforcement::Warn) => page.warn(&text),
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
    /// What plugins on trial say against the promotion, a line each.
    pub fn warnings(&self) -> Vec<String> {
        let on_trial = |said: &&DecisionReport| said.enforcement == Enforcement::Warn;
        let objecting = self.decisions.iter().filter(|said| said.objects());
        let lines = objecting.filter(on_trial).flat_map(|said| {
            let line = |reason: &ReasonReport| {
                format!(
                    "{} would deny this if its enforcement were not \"warn\": {}",
                    said.plugin, reason.message
                )
            };
            said.reasons.iter().map(line)
        });
        lines.collect()
    }

    pub(super) fn human(&self, page: &mut Page) {
        page.heading("Organisation rules");
        for decision in &self.decisions {
            decision.human(page);
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
