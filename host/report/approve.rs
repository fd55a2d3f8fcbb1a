//! What `regent approve` has to say: the plan, and who has approved it.

use jiff::Timestamp;
use jiff::civil::Date;
use schemars::JsonSchema;
use serde::Serialize;

use crate::identity::Digest;
use crate::plan::Plan;
use crate::secret::approval::Judged;

use super::Report;
use super::human::Page;
use super::promotion::plan_body;

/// One approval of a plan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct ApprovalReport {
    /// The approver's name.
    pub approver: String,
    /// When.
    #[schemars(with = "String")]
    pub at: Timestamp,
    /// Whether it was signed with the approver's key, for this plan.
    pub counts: bool,
    /// Why it does not count.
    pub refused: Option<String>,
}

impl From<Judged> for ApprovalReport {
    fn from(judged: Judged) -> Self {
        Self {
            approver: judged.approver,
            at: judged.at,
            counts: judged.refused.is_none(),
            refused: judged.refused.map(|refused| refused.to_string()),
        }
    }
}

impl ApprovalReport {
    /// Says it in a line.
    pub(super) fn human(&self, page: &mut Page) {
        let Self { approver, at, .. } = self;
        match &self.refused {
            None => page.ok(&format!("approved by {approver} ({at})")),
            Some(why) => page.warn(&format!("the approval of {approver} does not count: {why}")),
        }
    }
}

/// What is to be signed, written to a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct StatementReport {
    /// The file.
    pub file: String,
    /// What signs it.
    pub sign: String,
}

/// A plan file and its approvals.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct ApproveReport {
    /// The plan file.
    pub file: String,
    /// What approvers sign.
    pub digest: Digest,
    /// The plan.
    pub plan: Plan,
    /// Every approval in the file.
    pub approvals: Vec<ApprovalReport>,
    /// Whose approval was added now.
    pub added: Option<String>,
    /// Whose approvals were taken over from other copies of the plan.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub joined: Vec<String>,
    /// The approvals of other copies that were not taken over.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub left: Vec<ApprovalReport>,
    /// What is to be signed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub statement: Option<StatementReport>,
    /// What may be typed now: to run the plan after an approval, to take in a signature, else to
    /// approve it.
    pub command: String,
    /// The day on which it is read.
    #[serde(skip)]
    pub today: Date,
}

impl ApproveReport {
    /// The plan as an approver must have seen it before signing.
    pub fn plan(&self, page: &mut Page) {
        plan_body(&self.plan, self.today, page);
        page.field("digest", self.digest);
    }
}

impl Report for ApproveReport {
    const NAME: &'static str = "approve";

    fn human(&self, page: &mut Page) {
        let changed = self.added.is_some() || !self.joined.is_empty();
        if !changed {
            self.plan(page);
        }
        page.heading("Approvals");
        if self.approvals.is_empty() {
            page.line("nobody has approved this plan");
        }
        for approval in &self.approvals {
            approval.human(page);
        }
        for approval in &self.left {
            approval.human(page);
        }
        if let Some(statement) = &self.statement {
            page.gap();
            page.ok(&format!("wrote what is to be signed to {}", statement.file));
            page.hint("to sign it, with whatever keeps the key, and to take the signature in:");
            page.command(&statement.sign);
        } else if changed {
            page.hint("to run it:");
        } else {
            page.hint("to approve it:");
        }
        page.command(&self.command);
    }
}
