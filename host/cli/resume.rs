//! `regent resume`: takes up a promotion that was interrupted.

use clap::Args;

use crate::exit::Status;
use crate::promotion;

use super::hindsight::RestoredArguments;
use super::{Context, Failure, promote};

/// Take up a promotion that was interrupted
///
/// Run it on the server that was being promoted. It goes on where the journal ends: forward, or
/// back where the promotion was being undone. No password is needed: the master secret waits,
/// sealed, in the vault.
#[derive(Debug, Args)]
pub struct Arguments {
    #[command(flatten)]
    copy: RestoredArguments,
}

pub(super) fn run(arguments: &Arguments, context: &mut Context) -> Result<Status, Failure> {
    let mut database = context.database()?;
    let copy = arguments.copy.leave(&*database, context)?;
    let Some(unfinished) = database.unfinished()? else {
        return promote::nothing(context, &*database);
    };
    context.needs_settings()?;
    promote::go_on(
        context,
        &mut *database,
        &unfinished.plan,
        copy.as_ref(),
        |site| promotion::resume(site, copy.as_ref()),
    )
}
