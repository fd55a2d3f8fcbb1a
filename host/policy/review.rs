//! The only way from a plan to a plan that may be run.
//!
//! **Invariant:** an [`ApprovedPlan`] exists only for a plan whose verdict approved it. Its fields
//! are private to this file, and [`Review::approve`] is the only thing that makes one.

use super::verdict::Verdict;
use crate::plan::{Leave, Plan, Rules};

/// A plan and what the promoters made of it.
#[derive(Debug)]
#[must_use = "a plan that was only reviewed is not approved"]
pub struct Review {
    plan: Plan,
    verdict: Verdict,
    leave: Leave,
}

impl Review {
    pub(super) fn new(plan: Plan, verdict: Verdict, leave: Leave) -> Self {
        Self {
            plan,
            verdict,
            leave,
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

    /// What the promoters said, as the database keeps it.
    pub fn leave(&self) -> &Leave {
        &self.leave
    }

    /// Says of which rules the promoters are, and why others are overruled, where that is insisted on.
    pub fn under(self, rules: Rules, overrules: Option<String>) -> Self {
        let leave = Leave {
            rules,
            overrules,
            ..self.leave
        };
        Self { leave, ..self }
    }

    /// Lets the plan run, if the verdict does.
    pub fn approve(self) -> Result<ApprovedPlan, Denied> {
        if self.verdict.is_approved() {
            Ok(ApprovedPlan {
                plan: self.plan,
                verdict: self.verdict,
                leave: self.leave,
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
    leave: Leave,
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

    /// By whose leave it may run.
    pub fn leave(&self) -> &Leave {
        &self.leave
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
