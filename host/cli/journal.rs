//! `regent journal`: every step of past promotions.

use clap::Args;

use crate::exit::Status;
use crate::report::promotion::JournalReport;

use super::{Context, Failure};

/// Show every step of past promotions
#[derive(Debug, Args)]
pub struct Arguments {}

pub(super) fn run(_: &Arguments, context: &mut Context) -> Result<Status, Failure> {
    let database = context.records()?;
    let report = JournalReport::new(database.promotions()?, database.judgements()?);
    context.say(&report)?;
    Ok(Status::Done)
}
