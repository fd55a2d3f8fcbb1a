//! `regent audit`: who did what, and whether the record is what was written.

use clap::{Args, Subcommand};

use crate::doctor::records;
use crate::exit::Status;
use crate::report::audit::{AuditReport, AuditVerifyReport, JournalReport};

use super::{Context, Failure};

/// Show who did what, and verify that nobody altered the record
#[derive(Debug, Args)]
pub struct Arguments {
    #[command(subcommand)]
    command: Option<Command>,
}

/// What to do with the audit.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Show who did what, oldest first (the same as `regent audit`)
    List(ListArguments),
    /// Verify the audit and every journal, and name the first bad row
    Verify,
}

/// Which rows to show.
#[derive(Debug, Default, Args)]
pub struct ListArguments {
    /// Show the last N rows only
    #[arg(long, value_name = "N")]
    last: Option<usize>,
}

pub(super) fn run(arguments: &Arguments, context: &mut Context) -> Result<Status, Failure> {
    match &arguments.command {
        None => list(&ListArguments::default(), context),
        Some(Command::List(arguments)) => list(arguments, context),
        Some(Command::Verify) => verify(context),
    }
}

fn list(arguments: &ListArguments, context: &Context) -> Result<Status, Failure> {
    let mut rows = context.records()?.audit()?.rows;
    let total = rows.len();
    if let Some(last) = arguments.last {
        rows.drain(..total.saturating_sub(last));
    }
    context.say(&AuditReport { total, rows })?;
    Ok(Status::Done)
}

fn verify(context: &Context) -> Result<Status, Failure> {
    let database = context.records()?;
    let (audit, mut findings) = records::audit(&*database);
    let intact = findings.is_empty();
    let (journals, broken) = records::journals(&*database);
    findings.extend(broken);
    let status = if findings.is_empty() {
        Status::Done
    } else {
        Status::Findings
    };
    context.say(&AuditVerifyReport {
        rows: audit.map(|audit| audit.rows.len()),
        intact,
        journals: journals
            .into_iter()
            .map(|journal| JournalReport {
                intact: journal.broken.is_none(),
                promotion: journal.promotion,
                entries: journal.entries,
            })
            .collect(),
        findings,
    })?;
    Ok(status)
}
