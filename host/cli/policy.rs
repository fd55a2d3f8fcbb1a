//! `regent policy`: the rules that govern the system, and how they are changed.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use crate::exit::Status;
use crate::report::policy::PolicyDiffReport;

use super::{Context, Failure, planned};

mod former;
mod publish;

/// What to do with the rules.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Show the rules that govern the system, and how those here differ
    Show,
    /// Compare the rules that govern with those here, or with those of a plan file
    ///
    /// Tells every plugin, setting, limit, group, suppression, approver and trusted key that differs,
    /// by its path, as it is under the rules that govern and as it would be. Exit status 0: nothing
    /// differs; 1: something does. Where none govern yet, everything is new.
    Diff(DiffArguments),
    /// Make the rules here govern, by leave of those that do
    ///
    /// The database remembers by which rules its system is governed: plugins, their settings,
    /// enforcement and limits, groups, suppressions, approvers and trust. The first act under rules
    /// makes them govern; from then on every act goes by these very rules, and only this command
    /// changes them. The rules that govern are asked first, as about a planned promotion of the master
    /// secret server onto itself: those that want a proven backup take --restore-file.
    ///
    /// Those that want others' approval take a plan: with --out the publication is written to a file,
    /// which others can approve (`regent approve`) and which --plan carries out, if neither the rules
    /// that govern nor those here nor the system have changed. Approvers are those of the rules that
    /// govern; new rules cannot bring their own.
    Publish(Box<publish::Arguments>),
}

/// What is compared with the rules that govern.
#[derive(Debug, Args)]
pub struct DiffArguments {
    /// Plan file that `regent policy publish --out PLAN-FILE` wrote; without it, the rules here
    #[arg(value_name = "PLAN-FILE")]
    file: Option<PathBuf>,
}

pub(super) fn run(command: &Command, context: &mut Context) -> Result<Status, Failure> {
    match command {
        Command::Show => {
            context.say(&context.policy_report(&*context.records()?)?)?;
            Ok(Status::Done)
        }
        Command::Diff(arguments) => diff(arguments, context),
        Command::Publish(arguments) => publish::run(arguments, context),
    }
}

fn diff(arguments: &DiffArguments, context: &Context) -> Result<Status, Failure> {
    let file = arguments.file.as_deref();
    let planned = file.map(planned::read).transpose()?;
    let governing = context.records()?.governing()?;
    let report = if let Some((path, planned)) = file.zip(planned.as_ref()) {
        PolicyDiffReport::new(
            governing.as_ref(),
            &planned::publishes(path, planned)?.after,
            Some(path.display().to_string()),
            None,
        )
    } else {
        let settings = context.settings()?;
        let here = settings.rules_at_rest()?;
        PolicyDiffReport::new(governing.as_ref(), &here, None, settings.unruled())
    };
    context.say(&report)?;
    Ok(if report.changed {
        Status::Findings
    } else {
        Status::Done
    })
}
