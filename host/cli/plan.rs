//! `regent plan`: what a promotion would do, and whether it may.

use std::path::PathBuf;

use clap::Args;

use crate::exit::Status;
use crate::plan::PlanFile;

use super::governed::OverruleArguments;
use super::next::{self, PlanToRun, RunArguments};
use super::prepare::{self, Occasion, Prepared, PromotionArguments};
use super::{Context, Failure, promote};

/// Show what a promotion would do, and whether it may
///
/// Checks the update file, the backup's header and the organisation's rules, and changes nothing.
/// With the backup's password (--password-file) the backup is also opened and proven against the
/// database, as `regent promote --dry-run` always does.
///
/// With --out the plan is written to a file, which others can approve (`regent approve`) and which
/// `regent promote --plan PLAN-FILE` applies once, if nothing it depends on has changed. It is
/// written even where a rule denies it now: the rules are asked again when it is applied.
#[derive(Debug, Args)]
pub struct Arguments {
    #[command(flatten)]
    promotion: PromotionArguments,
    /// Write the plan to this file, which must not exist
    #[arg(long, short, value_name = "PLAN-FILE")]
    out: Option<PathBuf>,
}

pub(super) fn run(arguments: &Arguments, context: &mut Context) -> Result<Status, Failure> {
    arguments.promotion.named_in(&mut context.typed);
    let database = context.records()?;
    let occasion = Occasion {
        prove: None,
        planned: None,
        overrule: &OverruleArguments::default(),
    };
    let prepared = match prepare::promotion(&arguments.promotion, occasion, &*database, context)? {
        Prepared::Ready(prepared) => prepared,
        Prepared::Ended(status) | Prepared::Forbidden(status, _) => return Ok(status),
    };
    let mut report = promote::plan_report(&prepared);
    let (promotion, run) = (&arguments.promotion, RunArguments::default());
    let command = match &arguments.out {
        Some(file) => next::promote_plan(PlanToRun::new(file), promotion, &run),
        None => next::promote(promotion, &run),
    };
    report.command = Some(command);
    if let Some(path) = &arguments.out {
        let file = PlanFile {
            plan: report.plan.clone(),
            approvals: Vec::new(),
        };
        super::init::write_new(path, file.text().as_bytes())?;
        report.file = Some(path.display().to_string());
    }
    let approved = report.verdict.approved;
    context.say(&report)?;
    Ok(if approved {
        Status::Done
    } else {
        Status::Denied
    })
}
