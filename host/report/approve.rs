//! What `regent approve` has to say: the plan, and who has approved it.

use jiff::Timestamp;
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
    /// What may be typed now: to run the plan after an approval, else to approve it.
    pub command: String,
}

impl ApproveReport {
    /// The plan as an approver must have seen it before signing.
    pub fn plan(&self, page: &mut Page) {
        plan_body(&self.plan, page);
        page.field("digest", self.digest);
    }
}

impl Report for ApproveReport {
    const NAME: &'static str = "approve";

    fn human(&self, page: &mut Page) {
        if self.added.is_none() {
            self.plan(page);
        }
        page.heading("Approvals");
        if self.approvals.is_empty() {
            page.line("nobody has approved this plan");
        }
        for approval in &self.approvals {
            approval.human(page);
        }
        page.hint(match self.added {
            Some(_) => "to run it:",
            None => "to approve it:",
        });
        page.command(&self.command);
    }
}
