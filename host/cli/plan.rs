//! `regent plan`: what a promotion would do, and whether it may.

use clap::Args;

use crate::exit::Status;

use super::prepare::{self, Prepared, PromotionArguments};
use super::{Context, Failure, promote};

/// Show what a promotion would do, and whether it may
///
/// Checks the update file, the backup's header and the organisation's rules, and changes nothing.
/// With the backup's password (--password-file) the backup is also opened and proven against the
/// database, as `regent promote --dry-run` always does.
#[derive(Debug, Args)]
pub struct Arguments {
    #[command(flatten)]
    promotion: PromotionArguments,
}

pub(super) fn run(arguments: &Arguments, context: &mut Context) -> Result<Status, Failure> {
    let database = context.database()?;
    let prepared = match prepare::promotion(&arguments.promotion, false, &*database, context)? {
        Prepared::Ready(prepared) => prepared,
        Prepared::Ended(status) => return Ok(status),
    };
    let report = promote::plan_report(&prepared, &arguments.promotion, false);
    let approved = report.verdict.approved;
    context.say(&report)?;
    Ok(if approved {
        Status::Done
    } else {
        Status::Denied
    })
}
