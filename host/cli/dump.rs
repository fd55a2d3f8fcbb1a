//! `regent dump`: every table as canonical text.

use clap::Args;

use crate::exit::Status;
use crate::report::system::DumpReport;

use super::{Context, Failure};

/// Print every table as canonical text, without secrets
///
/// The same content gives the same text: compare dumps to see what a command changed.
#[derive(Debug, Args)]
pub struct Arguments {}

pub(super) fn run(_: &Arguments, context: &mut Context) -> Result<Status, Failure> {
    let text = context.records()?.dump()?;
    context.say(&DumpReport { text })?;
    Ok(Status::Done)
}
