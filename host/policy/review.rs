//! The only way from a plan to a plan that may be run.
//!
//! **Invariant:** an [`ApprovedPlan`] exists only for a plan whose verdict approved it. Its fields
//! are private to this file, and [`Review::approve`] is the only thing that makes one.

use super::verdict::Verdict;
use crate::plan::Plan;

/// A plan and what the promoters made of it.
#[derive(Debug)]
#[must_use = "a plan that was only reviewed is not approved"]
pub struct Review {
    plan: Plan,
    verdict: Verdict,
    approvers: Vec<String>,
}

impl Review {
    pub(super) fn new(plan: Plan, verdict: Verdict, approvers: Vec<String>) -> Self {
        Self {
            plan,
            verdict,
            approvers,
        }
    }

    /// The plan, with the plugins that reviewed it.
    pub fn plan(&self) -> &Plan {
        &self.plan
    }

    /// What the promoters made of it.
    pub fn verdict(&self) -> &Verdict {
        &self.verdict
    }

    /// Lets the plan run, if the verdict does.
    pub fn approve(self) -> Result<ApprovedPlan, Denied> {
        if self.verdict.is_approved() {
            Ok(ApprovedPlan {
                plan: self.plan,
                verdict: self.verdict,
                approvers: self.approvers,
            })
        } else {
            Err(Denied {
                verdict: self.verdict,
            })
        }
    }
}

/// A plan that may be run.
#[derive(Debug)]
pub struct ApprovedPlan {
    plan: Plan,
    verdict: Verdict,
    approvers: Vec<String>,
}

impl ApprovedPlan {
    /// The plan.
    pub fn plan(&self) -> &Plan {
        &self.plan
    }

    /// What approved it.
    pub fn verdict(&self) -> &Verdict {
        &self.verdict
    }

    /// The people whose approvals the promoters were told of.
    pub fn approvers(&self) -> &[String] {
        &self.approvers
    }
}

/// The promoters denied the plan.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the promotion is {}", verdict.outcome())]
pub struct Denied {
    /// Why.
    pub verdict: Verdict,
}

impl Denied {
    /// What to do about it.
    pub fn help(&self) -> String {
        let help = self.verdict.help();
        help.unwrap_or("mend what the plugins object to").to_owned()
    }
}
