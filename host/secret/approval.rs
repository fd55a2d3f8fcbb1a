//! Who may approve plans, and whose approval of a plan counts.
//!
//! **Invariant:** nobody approves what is their own: an approval by the operator or by the plan's
//! author counts for nothing, whichever of their names it goes by.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::signing::{APPROVAL, NotSigned, Signer, VerifyingKey};
use crate::exit::coded;
use crate::identity::Digest;
use crate::plan::{Approval, PlanFile};
use crate::system::{Accounts, Operator};

/// Somebody who may approve plans.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Approver {
    /// The operating system's account, or another name.
    pub name: String,
    /// The public half of the key that they sign with.
    pub key: VerifyingKey,
    /// More accounts that are theirs.
    #[serde(default)]
    pub accounts: Vec<String>,
}

/// Whose plan it is.
#[derive(Debug, Clone, Copy)]
pub struct Involved<'a> {
    /// Who made it.
    pub author: &'a Operator,
    /// Who runs it; nothing while nobody does.
    pub operator: Option<&'a Operator>,
    /// Which names are of one account.
    pub accounts: &'a Accounts,
}

/// Why an approval does not count.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotCounted {
    /// By somebody who may not approve.
    #[error("the rules know no [[approver]] of that name")]
    Unlisted,
    /// Not signed as it should be.
    #[error(transparent)]
    Signature(#[from] NotSigned),
    /// By who runs the plan.
    #[error("{0} runs this plan, and nobody approves what is their own")]
    Operator(Operator),
    /// By who made the plan.
    #[error("{0} made this plan, and nobody approves what is their own")]
    Author(Operator),
    /// Once more.
    #[error("this approver has approved already")]
    Twice,
}

/// An approval, and what it is worth.
#[derive(Debug, Clone)]
pub struct Judged {
    /// The approver's name, as the settings spell it where they know it.
    pub approver: String,
    /// When.
    pub at: Timestamp,
    /// Why it does not count; nothing where it does.
    pub refused: Option<NotCounted>,
}

/// Why what somebody signed is no approval of a plan.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotApproved {
    /// Not what [`Approval::statement`] writes.
    #[error("it is not a statement that `regent approve PLAN-FILE --statement STATEMENT` wrote")]
    NoStatement,
    /// Of another plan.
    #[error("it approves another plan, whose digest is {0}")]
    OtherPlan(Digest),
}

coded! { NotApproved {
    NoStatement "not-a-statement" Environment "what was signed is no approval that regent wrote down";
    OtherPlan "approves-another-plan" Environment "what was signed approves another plan";
} }

impl Approver {
    /// Whether this is their name; accounts are matched without case.
    pub fn is_called(&self, name: &str) -> bool {
        self.name.to_lowercase() == name.to_lowercase()
    }

    /// The first of these that cannot be told from another, and why.
    pub fn indistinct(approvers: &[Self]) -> Option<(&str, &'static str)> {
        let signers = approvers.iter().map(|approver| Signer {
            name: approver.name.clone(),
            key: approver.key.clone(),
        });
        let signers: Vec<_> = signers.collect();
        if let Some((signer, what)) = Signer::indistinct(&signers) {
            let found = approvers.iter().find(|known| known.name == signer.name);
            return found.map(|approver| (approver.name.as_str(), what));
        }
        let shared = |index: usize, approver: &Self| {
            let mut others = approvers.iter().enumerate();
            others.any(|(other, by)| {
                other != index && approver.accounts.iter().any(|account| by.goes_by(account))
            })
        };
        let mut each = approvers.iter().enumerate();
        let (_, approver) = each.find(|(index, approver)| shared(*index, approver))?;
        Some((&approver.name, "an account of it is another's too"))
    }

    fn names(&self) -> impl Iterator<Item = &str> {
        let accounts = self.accounts.iter().map(String::as_str);
        std::iter::once(self.name.as_str()).chain(accounts)
    }

    fn goes_by(&self, account: &str) -> bool {
        self.names()
            .any(|name| name.to_lowercase() == account.to_lowercase())
    }

    /// Why they cannot approve, whatever they signed.
    fn involved(&self, involved: Involved<'_>) -> Option<NotCounted> {
        let is = |who: &&Operator| who.is_called(self.names(), involved.accounts);
        if let Some(operator) = involved.operator.filter(is) {
            return Some(NotCounted::Operator(operator.clone()));
        }
        let author = Some(involved.author).filter(is)?;
        Some(NotCounted::Author(author.clone()))
    }
}

/// Every approval of a plan file, and whether it counts.
pub fn judge(file: &PlanFile, approvers: &[Approver], involved: Involved<'_>) -> Vec<Judged> {
    let digest = file.plan.digest();
    let mut judged: Vec<Judged> = Vec::new();
    for approval in &file.approvals {
        let known = approvers
            .iter()
            .find(|known| known.is_called(&approval.approver));
        // The settings' spelling is the one that rules compare.
        let approver = known.map_or(&approval.approver, |known| &known.name);
        let twice = || {
            let mut earlier = judged.iter();
            let again = |by: &Judged| by.refused.is_none() && by.approver == *approver;
            earlier.any(again).then_some(NotCounted::Twice)
        };
        let refused = match known {
            None => Some(NotCounted::Unlisted),
            Some(known) => signed(approval, digest, &known.key)
                .err()
                .map(NotCounted::Signature)
                .or_else(|| known.involved(involved))
                .or_else(twice),
        };
        judged.push(Judged {
            approver: approver.clone(),
            at: approval.at,
            refused,
        });
    }
    judged
}

/// Whether an approval was signed with this key, for this plan.
fn signed(approval: &Approval, digest: Digest, key: &VerifyingKey) -> Result<(), NotSigned> {
    let statement = Approval::statement(digest, approval.at);
    key.verify(APPROVAL, statement.as_bytes(), &approval.signature)
}

/// When a statement says that this plan is approved.
pub fn stated(statement: &str, plan: Digest) -> Result<Timestamp, NotApproved> {
    let words = statement
        .strip_suffix('\n')
        .and_then(|line| line.split_once(' '));
    let (digest, at) = words.ok_or(NotApproved::NoStatement)?;
    let digest: Digest = digest.parse().map_err(|_| NotApproved::NoStatement)?;
    let at = at.parse().map_err(|_| NotApproved::NoStatement)?;
    if Approval::statement(digest, at) != statement {
        return Err(NotApproved::NoStatement);
    }
    if digest == plan {
        Ok(at)
    } else {
        Err(NotApproved::OtherPlan(digest))
    }
}

/// Takes in an approval. Whoever approves again means the newer one.
pub fn add(file: &mut PlanFile, approver: &Approver, approval: Approval) {
    file.approvals
        .retain(|earlier| !approver.is_called(&earlier.approver));
    file.approvals.push(approval);
}

/// Takes over the approvals of another copy of the same plan, each that is signed as it should be;
/// of two by one approver the newer. Says whose were taken, and what was left and why.
pub fn join(
    file: &mut PlanFile,
    other: &PlanFile,
    approvers: &[Approver],
) -> (Vec<String>, Vec<Judged>) {
    let digest = file.plan.digest();
    let (mut taken, mut left) = (Vec::new(), Vec::new());
    for approval in &other.approvals {
        let known = approvers
            .iter()
            .find(|known| known.is_called(&approval.approver));
        let counted = known.ok_or(NotCounted::Unlisted).and_then(|known| {
            signed(approval, digest, &known.key)?;
            Ok(known)
        });
        let approver = match counted {
            Ok(approver) => approver,
            Err(refused) => {
                left.push(Judged {
                    approver: approval.approver.clone(),
                    at: approval.at,
                    refused: Some(refused),
                });
                continue;
            }
        };
        let as_new = |own: &Approval| {
            approver.is_called(&own.approver)
                && own.at >= approval.at
                && signed(own, digest, &approver.key).is_ok()
        };
        if !file.approvals.iter().any(as_new) {
            add(file, approver, approval.clone());
            taken.push(approver.name.clone());
        }
    }
    (taken, left)
}
