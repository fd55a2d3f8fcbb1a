//! `regent abort`: undoes a promotion that was interrupted.

use clap::Args;

use crate::exit::Status;
use crate::promotion;

use super::hindsight::RestoredArguments;
use super::{Context, Failure, promote};

/// Undo a promotion that was interrupted
///
/// Run it on the server that was being promoted. Afterwards everything is as before the promotion
/// began. A promotion that was verified is done and is not undone. Where that server is lost for
/// good, `regent --server NAME abort` on another computer gives the former master its place back,
/// and restarts that computer's SSO service if the lost one's was restarted.
#[derive(Debug, Args)]
pub struct Arguments {
    #[command(flatten)]
    copy: RestoredArguments,
    /// Do not ask for confirmation
    #[arg(long, short)]
    yes: bool,
}

pub(super) fn run(arguments: &Arguments, context: &mut Context) -> Result<Status, Failure> {
    let mut database = context.database()?;
    let copy = arguments.copy.leave(&*database, context)?;
    let Some(unfinished) = database.unfinished()? else {
        return promote::nothing(context, &*database);
    };
    context.stand_on(&unfinished.plan.candidate, true)?;
    let question = format!("Undo the promotion of {}?", unfinished.plan.candidate);
    if !context.confirm(arguments.yes, &question)? {
        context.ui.err("nothing was changed\n");
        return Ok(Status::Done);
    }
    promote::go_on(
        context,
        &mut *database,
        &unfinished.plan,
        copy.as_ref(),
        |site| promotion::abort(site, copy.as_ref()),
    )
}
