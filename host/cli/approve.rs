//! `regent approve`: a second pair of eyes signs a plan.

use std::path::PathBuf;

use clap::Args;

use crate::exit::Status;
use crate::plan::{Approval, PlanFile};
use crate::report::approve::ApproveReport;
use crate::report::typed;
use crate::secret::KeyFile;
use crate::secret::signing::APPROVAL;
use crate::source;

use super::failure::Misuse;
use super::{Context, Failure, planned};

/// Show a plan file and who has approved it, or approve it with your key
///
/// With --key, the plan's digest and the time are signed with an OpenSSH Ed25519 key, and the
/// signature is put into the plan file. The public half of the key must stand in regent.toml
/// ([[approver]] with name and key), where the organisation's rules find whose it is. The
/// signature also verifies with `ssh-keygen -Y verify -n regent-approval`.
///
/// Nobody approves what is their own: an approval by who made the plan or by who runs it does not
/// count.
#[derive(Debug, Args)]
pub struct Arguments {
    /// Plan file that `regent plan --out` wrote
    #[arg(value_name = "PLAN-FILE")]
    file: PathBuf,
    /// Private key to approve with
    #[arg(long, value_name = "KEY")]
    key: Option<PathBuf>,
    /// Do not ask for confirmation
    #[arg(long, short, requires = "key")]
    yes: bool,
}

pub(super) fn run(arguments: &Arguments, context: &Context) -> Result<Status, Failure> {
    let mut file = planned::read(&arguments.file)?;
    let Some(path) = &arguments.key else {
        context.say(&report(arguments, &file, None, context)?)?;
        return Ok(Status::Done);
    };
    let key = KeyFile::read(path)?;
    let approvers = &context.settings()?.approvers;
    let public = key.public();
    let Some(approver) = approvers.iter().find(|approver| approver.key.is(&public)) else {
        return Err(Failure::Usage {
            code: Misuse::NotAnApprover,
            message: format!("{} is the key of no approver", path.display()),
            help: format!(
                "add to regent.toml, with your account's name:\n[[approver]]\nname = \"NAME\"\nkey = \"{public}\""
            ),
        });
    };
    let before = report(arguments, &file, None, context)?;
    if context.is_human() {
        let mut page = context.err_page();
        before.plan(&mut page);
        context.ui.err(&page.finish());
    }
    let question = format!("Approve this plan as {}?", approver.name);
    if !context.confirm(arguments.yes, &question)? {
        context.ui.err("nothing was signed\n");
        return Ok(Status::Done);
    }
    let key = context.unlock(key, path)?;
    let at = context.ambience.clock.now();
    let statement = Approval::statement(file.plan.digest(), at);
    let signature = key.sign(APPROVAL, statement.as_bytes())?;
    // Whoever approves again means the newer one.
    file.approvals
        .retain(|approval| !approver.is_called(&approval.approver));
    file.approvals.push(Approval {
        approver: approver.name.clone(),
        at,
        signature,
    });
    source::replace(&arguments.file, file.text().as_bytes()).map_err(|cause| Failure::File {
        act: "write",
        path: arguments.file.clone(),
        cause,
    })?;
    context.say(&report(arguments, &file, Some(&approver.name), context)?)?;
    Ok(Status::Done)
}

fn report(
    arguments: &Arguments,
    file: &PlanFile,
    added: Option<&str>,
    context: &Context,
) -> Result<ApproveReport, Failure> {
    let name = arguments.file.display().to_string();
    let command = if added.is_some() {
        format!("regent promote --plan {}", typed::path(&arguments.file))
    } else {
        format!("regent approve {} --key KEY", typed::path(&arguments.file))
    };
    Ok(ApproveReport {
        digest: file.plan.digest(),
        plan: file.plan.clone(),
        approvals: planned::approvals(
            file,
            &context.settings()?.approvers,
            context.involved(&file.plan, false),
        ),
        added: added.map(str::to_owned),
        file: name,
        command,
    })
}
