//! A plan that was written to a file: read, held against the system as it is, its approvals verified.

use std::path::{Path, PathBuf};

use crate::database::{self, CredentialDatabase};
use crate::journal::State;
use crate::plan::{Plan, PlanFile, RulesChange, Unusable};
use crate::policy::Approved;
use crate::report::approve::ApprovalReport;
use crate::report::typed;
use crate::secret::approval::{self, Approver, Involved};
use crate::source::SourceFile;
use crate::system::SystemState;

use super::Failure;
use super::failure::Misuse;

/// Reads a plan file.
pub fn read(path: &Path) -> Result<PlanFile, Failure> {
    let file = SourceFile::read_text(path)?;
    let plan = if file.text().trim().is_empty() {
        Err(Unusable::Empty)
    } else {
        PlanFile::parse(file.text())
    };
    plan.map_err(|cause| Failure::PlanFile {
        path: path.to_owned(),
        cause,
    })
}

/// The rules that a plan file publishes; refused where it promotes.
pub fn publishes<'a>(path: &Path, file: &'a PlanFile) -> Result<&'a RulesChange, Failure> {
    file.plan.rules.as_ref().ok_or_else(|| Failure::Usage {
        code: Misuse::OtherAct,
        message: format!(
            "{} promotes a server, and publishes no rules",
            path.display()
        ),
        help: format!("run it with `regent promote --plan {}`", typed::path(path)),
    })
}

/// Refuses a plan file that publishes rules.
pub fn promotes(path: &Path, file: &PlanFile) -> Result<(), Failure> {
    if file.plan.rules.is_none() {
        return Ok(());
    }
    Err(Failure::Usage {
        code: Misuse::OtherAct,
        message: format!("{} publishes rules, and promotes nobody", path.display()),
        help: format!(
            "carry it out with `regent policy publish --plan {}`",
            typed::path(path)
        ),
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
pub fn approvals(
    file: &PlanFile,
    approvers: &[Approver],
    involved: Involved<'_>,
) -> Vec<ApprovalReport> {
    let judged = approval::judge(file, approvers, involved);
    judged.into_iter().map(ApprovalReport::from).collect()
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
