//! `regent enable` and `regent disable`: SSO as a whole.

use clap::Args;

use crate::exit::Status;
use crate::report::system::EnableReport;

use super::{Context, Failure};

/// Enable or disable SSO for the whole system
///
/// SSO must be disabled while the SSO Administrators or SSO Affiliate Administrators accounts are
/// changed (events 10570 and 10572).
#[derive(Debug, Args)]
pub struct Arguments {}

pub(super) fn run(_: &Arguments, enabled: bool, context: &mut Context) -> Result<Status, Failure> {
    let mut database = context.database()?;
    let state = database.state()?;
    let changed = state.enabled != enabled;
    if changed {
        database.set_enabled(state.seen(), enabled, &context.actor()?)?;
        context.remember(&*database)?;
    }
    context.say(&EnableReport { enabled, changed })?;
    Ok(Status::Done)
}
