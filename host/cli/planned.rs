//! A plan that was written to a file: read, held against the system as it is, its approvals verified.

use std::path::{Path, PathBuf};

use crate::database::{self, CredentialDatabase};
use crate::journal::State;
use crate::plan::{Approval, Plan, PlanFile, Unusable};
use crate::policy::Approved;
use crate::report::approve::ApprovalReport;
use crate::secret::Signer;
use crate::secret::signing::APPROVAL;
use crate::source::{self, SourceFile};
use crate::system::SystemState;

use super::Failure;

/// Reads a plan file.
pub fn read(path: &Path) -> Result<PlanFile, Failure> {
    let file = match SourceFile::read(path) {
        Ok(file) => PlanFile::parse(file.text()),
        Err(source::Error::Empty { .. }) => Err(Unusable::Empty),
        Err(error) => return Err(error.into()),
    };
    file.map_err(|cause| Failure::PlanFile {
        path: path.to_owned(),
        cause,
    })
}

/// The files a plan was made from, where the command line names no others.
pub fn files(plan: &Plan) -> (PathBuf, Option<PathBuf>) {
    let backup = plan.backup.as_ref().map(|backup| backup.path.clone());
    (PathBuf::from(&plan.update.name), backup)
}

/// Whether the plan was run, and what it made holds still.
pub fn made(
    plan: &Plan,
    state: &SystemState,
    database: &dyn CredentialDatabase,
) -> Result<bool, Failure> {
    let begun = database.promotion(plan.id)?;
    let promoted = begun.is_some_and(|begun| begun.state == State::Promoted);
    Ok(promoted && state.term == plan.next_term && state.master().is(&plan.candidate))
}

/// Refuses a plan that was begun before, or that the system is no longer as it was made from.
pub fn fits(
    plan: &Plan,
    state: &SystemState,
    database: &dyn CredentialDatabase,
) -> Result<(), Failure> {
    if let Some(begun) = database.promotion(plan.id)? {
        let (id, state) = (plan.id, begun.state);
        return Err(database::Error::PlanUsed { id, state }.into());
    }
    unchanged(plan, &plan.rebased(state))
}

/// Refuses a plan that would be another if it were made now.
pub fn unchanged(plan: &Plan, now: &Plan) -> Result<(), Failure> {
    let changed = plan.differences(now);
    if changed.is_empty() {
        Ok(())
    } else {
        Err(database::Error::StalePlan { changed }.into())
    }
}

/// Every approval of a plan file, and whether it counts.
pub fn approvals(file: &PlanFile, approvers: &[Signer]) -> Vec<ApprovalReport> {
    let digest = file.plan.digest();
    let mut reports: Vec<ApprovalReport> = Vec::new();
    for approval in &file.approvals {
        let Approval { approver, at, .. } = approval;
        let known = approvers.iter().find(|known| known.is_called(approver));
        let refused = match known {
            None => Some("no [[approver]] of that name is in regent.toml".to_owned()),
            Some(known) => {
                let statement = Approval::statement(digest, *at);
                let verified =
                    known
                        .key
                        .verify(APPROVAL, statement.as_bytes(), &approval.signature);
                verified.err().map(|refused| refused.to_string())
            }
        };
        // The settings' spelling is the one that rules compare.
        let approver = known.map_or(approver, |known| &known.name).clone();
        let twice = refused.is_none()
            && reports
                .iter()
                .any(|report| report.counts && report.approver == approver);
        let refused = if twice {
            Some("this approver has approved already".to_owned())
        } else {
            refused
        };
        reports.push(ApprovalReport {
            approver,
            at: *at,
            counts: refused.is_none(),
            refused,
        });
    }
    reports
}

/// The approvals that count, as promoters are told of them.
pub fn approved(reports: &[ApprovalReport]) -> Vec<Approved> {
    let counting = reports.iter().filter(|report| report.counts);
    let approved = counting.map(|report| Approved {
        approver: report.approver.clone(),
        at: report.at,
    });
    approved.collect()
}
