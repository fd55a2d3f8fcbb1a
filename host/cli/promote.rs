//! `regent promote`: the main job.

use std::path::{Path, PathBuf};

use clap::Args;

use crate::database::CredentialDatabase;
use crate::exit::Status;
use crate::journal::Event;
use crate::plan::{Plan, PlanFile, Step};
use crate::promotion::{self, Outcome, Site};
use crate::report::human::escape;
use crate::report::promotion::{PlanReport, PromotionReport, VerdictReport};
use crate::report::relaxations::Relaxations;
use crate::report::replay::EvidenceReport;
use crate::system::RestoredCopy;

use super::backup::PasswordArguments;
use super::evidence::EvidenceArguments;
use super::failure::Misuse;
use super::hindsight::RestoredArguments;
use super::next::{self, PlanToRun, RunArguments};
use super::prepare::{
    self, IntentArguments, Occasion, Prepared, PreparedPromotion, PromotionArguments,
};
use super::{Context, Failure, governed, planned};

/// Promote an SSO server to master secret server
///
/// Run it on the server to be promoted. It checks the update file, opens the backup and proves
/// that its master secret opens this very database, asks the organisation's rules, and only then
/// runs four journaled steps. A step that fails is undone with all before it; after a crash,
/// `regent resume` finishes and `regent abort` goes back.
///
/// With --plan it runs the very plan that `regent plan --out PLAN-FILE` wrote: once, and only if
/// nothing it depends on has changed. Update file and backup are then taken from where they were,
/// unless they are named here.
///
/// With --evidence it keeps the rules, what they were asked and what they said, for `regent
/// replay`: once they have spoken, whatever they said, and before anything begins.
#[derive(Debug, Args)]
pub struct Arguments {
    /// Update file that names the SSO server to promote
    #[arg(value_name = "UPDATE-FILE")]
    file: Option<PathBuf>,
    /// Plan file to run
    #[arg(long, value_name = "PLAN-FILE")]
    plan: Option<PathBuf>,
    /// Backup of the master secret
    #[arg(long, value_name = "BACKUP")]
    restore_file: Option<PathBuf>,
    #[command(flatten)]
    password: PasswordArguments,
    #[command(flatten)]
    intent: IntentArguments,
    #[command(flatten)]
    evidence: EvidenceArguments,
    #[command(flatten)]
    copy: RestoredArguments,
    #[command(flatten)]
    run: RunArguments,
    /// Make every check of the real run, and change nothing
    #[arg(long)]
    dry_run: bool,
    /// Do not ask for confirmation
    #[arg(long, short)]
    yes: bool,
}

impl Arguments {
    /// What is promoted from what, the plan file filling in what is not named.
    fn promotion(&self, planned: Option<&PlanFile>) -> PromotionArguments {
        let planned = planned.map(|planned| PromotionArguments::planned(&planned.plan));
        let planned = planned.unwrap_or_default();
        PromotionArguments {
            file: self.file.clone().unwrap_or(planned.file),
            restore_file: self.restore_file.clone().or(planned.restore_file),
            password: self.password.clone(),
            intent: self.intent.clone(),
            evidence: self.evidence.clone(),
            copy: self.copy,
        }
    }

    /// What runs it, with the files named as they are here.
    fn command(&self, promotion: &PromotionArguments) -> String {
        let Some(file) = &self.plan else {
            return next::promote(promotion, &self.run);
        };
        let plan = PlanToRun {
            update: self.file.as_deref(),
            backup: self.restore_file.as_deref(),
            ..PlanToRun::new(file)
        };
        next::promote_plan(plan, promotion, &self.run)
    }

    /// The failure to find a planned file that is not named here, as one to name it.
    fn naming_again(&self, failure: Failure, promotion: &PromotionArguments) -> Failure {
        let Some(plan) = self.plan.as_ref().filter(|_| failure.is_of_missing_file()) else {
            return failure;
        };
        let is_gone = |file: &Path| file.symlink_metadata().is_err();
        let update = self.file.is_none() && is_gone(&promotion.file);
        let backup = promotion.restore_file.as_deref();
        let backup = backup.filter(|file| self.restore_file.is_none() && is_gone(file));
        let gone = [
            update.then(|| format!("the update file {}", promotion.file.display())),
            backup.map(|backup| format!("the backup {}", backup.display())),
        ];
        let gone: Vec<String> = gone.into_iter().flatten().collect();
        if gone.is_empty() {
            return failure;
        }
        let here = PlanToRun {
            file: plan,
            update: self
                .file
                .as_deref()
                .or(update.then_some(Path::new("UPDATE-FILE"))),
            backup: self
                .restore_file
                .as_deref()
                .or(backup.map(|_| Path::new("BACKUP"))),
        };
        let mut command = next::promote_plan(here, promotion, &self.run);
        if self.dry_run {
            command.push_str(" --dry-run");
        }
        Failure::Moved {
            plan: plan.clone(),
            files: gone.join(" and "),
            command,
        }
    }
}

pub(super) fn run(arguments: &Arguments, context: &mut Context) -> Result<Status, Failure> {
    if arguments.file.is_none() && arguments.plan.is_none() {
        return Err(Failure::Usage {
            code: Misuse::NothingNamed,
            message: "neither an update file nor a plan is named".to_owned(),
            help: "`regent promote UPDATE-FILE --restore-file BACKUP`, or `regent promote --plan PLAN-FILE`"
                .to_owned(),
        });
    }
    let planned = arguments.plan.as_deref().map(planned::read).transpose()?;
    if let Some((path, file)) = arguments.plan.as_deref().zip(planned.as_ref()) {
        planned::promotes(path, file)?;
    }
    if planned.is_some() && arguments.intent.is_given() {
        return Err(Failure::Usage {
            code: Misuse::IntentTwice,
            message: "the plan file says already why and how".to_owned(),
            help: "leave out --emergency, --reason and --change, or make a new plan with them"
                .to_owned(),
        });
    }
    let promotion = arguments.promotion(planned.as_ref());
    if promotion.restore_file.is_none() {
        return Err(Failure::Usage {
            code: Misuse::NoBackupNamed,
            message: "no backup of the master secret is named".to_owned(),
            help: "add --restore-file BACKUP; without it the new master could decrypt nothing"
                .to_owned(),
        });
    }
    promotion.named_in(&mut context.typed);
    let mut database = context.database()?;
    context.needs_settings()?;
    let occasion = Occasion {
        prove: Some(arguments.run.replace.unopened()),
        planned: arguments.plan.as_deref().zip(planned.as_ref()),
        overrule: &arguments.run.overrule,
    };
    let prepared = prepare::promotion(&promotion, occasion, &*database, context);
    let prepared = match prepared.map_err(|why| arguments.naming_again(why, &promotion))? {
        Prepared::Ready(prepared) => prepared,
        Prepared::Ended(status) => return Ok(status),
        Prepared::Forbidden(status, leave) => {
            if !arguments.dry_run {
                governed::forbidden(&mut *database, "promote", &leave, context)?;
            }
            return Ok(status);
        }
    };
    let mut report = plan_report(&prepared);
    report.dry_run = arguments.dry_run;
    report.command = arguments.dry_run.then(|| arguments.command(&promotion));
    let denied = !report.verdict.approved;
    if denied || arguments.dry_run || context.is_human() {
        context.say(&report)?;
    }
    let leave = prepared.review.leave().clone();
    let approved = match prepared.review.approve() {
        Ok(approved) => approved,
        Err(_denied) => {
            if !arguments.dry_run && leave.asked.is_objected() {
                governed::forbidden(&mut *database, "promote", &leave, context)?;
            }
            return Ok(Status::Denied);
        }
    };
    let plan = approved.plan().clone();
    if arguments.dry_run {
        return Ok(Status::Done);
    }
    let question = format!(
        "Promote {} to master secret server, in place of {}?",
        plan.candidate, plan.incumbent
    );
    if !context.confirm(arguments.yes, &question)? {
        context.ui.err("nothing was changed\n");
        return Ok(Status::Done);
    }
    let Some((proven, generations)) = prepared.secret else {
        return Err(promotion::Error::VaultEmpty.into());
    };
    let said = Said {
        verdict: Some(approved.verdict().into()),
        relaxations: prepared.relaxations,
        evidence: prepared.evidence,
        copy: plan.restored_copy.clone(),
        // Its report has told of them.
        suppressions: Vec::new(),
    };
    let unopened = arguments.run.replace.unopened();
    on_site(context, &mut *database, &plan, said, |site| {
        promotion::run(site, &approved, &proven, generations, unopened)
    })
}

/// Says that there is no promotion to go on with.
pub(super) fn nothing(
    context: &Context,
    database: &dyn CredentialDatabase,
) -> Result<Status, Failure> {
    let promotions = database.promotions()?;
    let state = database.state()?;
    context.say(&PromotionReport::nothing(&state, promotions.last()))?;
    Ok(Status::Done)
}

/// Goes on with an interrupted promotion, in a database that is a restored copy or not.
pub(super) fn go_on(
    context: &mut Context,
    database: &mut dyn CredentialDatabase,
    plan: &Plan,
    copy: Option<&RestoredCopy>,
    act: impl FnOnce(&mut Site<'_>) -> Result<Outcome, promotion::Error>,
) -> Result<Status, Failure> {
    // What was passed over when it began is in its plan as what could be.
    let suppressions = plan.suppressions.iter().map(|by| {
        let (code, until, reason) = (&by.code, by.until, &by.reason);
        format!("its plan lets {code} be passed over until {until} – {reason}")
    });
    let suppressions = suppressions.collect();
    let relaxations = Relaxations::of_plugins(&plan.plugins);
    let said = Said {
        verdict: None,
        relaxations,
        evidence: None,
        copy: copy.cloned(),
        suppressions,
    };
    on_site(context, database, plan, said, act)
}

/// What was said of a promotion before it ran.
struct Said {
    /// What the organisation's rules said, where they were asked just before.
    verdict: Option<VerdictReport>,
    /// What the settings took from the rules.
    relaxations: Relaxations,
    /// The evidence that was written.
    evidence: Option<EvidenceReport>,
    /// The operator's word that the database is a restored copy.
    copy: Option<RestoredCopy>,
    /// What its plan lets be passed over, where that was told before.
    suppressions: Vec<String>,
}

/// Runs an act of the promotion on this server's vault and service, and reports how it ended.
fn on_site(
    context: &mut Context,
    database: &mut dyn CredentialDatabase,
    plan: &Plan,
    said: Said,
    act: impl FnOnce(&mut Site<'_>) -> Result<Outcome, promotion::Error>,
) -> Result<Status, Failure> {
    let (vault, service, server) = (context.vault()?, context.service()?, context.server()?);
    let vaults = context.vaults()?;
    let human = context.is_human();
    let interrupt = context.interrupt();
    let outcome = {
        let Context { ui, ambience, .. } = context;
        let mut progress = |step: Step, event: Event, detail: Option<&str>| {
            if human && event != Event::Started {
                let detail = detail
                    .map(|detail| format!("  {}", escape(detail)))
                    .unwrap_or_default();
                // The journal keeps what a closed stream does not show.
                let _shown = ui.out(&format!("  {step:<15}  {event}{detail}\n"));
            }
        };
        act(&mut Site {
            database,
            vault: &vault,
            vaults: &vaults,
            service: &service,
            server: &server,
            operator: &ambience.operator,
            clock: ambience.clock,
            entropy: &mut ambience.entropy,
            interrupt: &interrupt,
            progress: &mut progress,
        })
    };
    let outcome = outcome?;
    let mut report = PromotionReport::new(&outcome, plan);
    report
        .notes
        .extend(said.copy.as_ref().map(RestoredCopy::line));
    report.notes.extend(said.suppressions);
    context.say(&PromotionReport {
        verdict: said.verdict,
        relaxations: said.relaxations,
        evidence: said.evidence,
        ..report
    })?;
    Ok(match outcome {
        Outcome::Promoted { .. } => Status::Done,
        Outcome::Undone { .. } => Status::Undone,
        Outcome::Stuck { .. } => Status::Stuck,
        Outcome::Unfinished { .. } => Status::Conflict,
    })
}

/// The plan and its verdict as reported, without what to type next.
pub(super) fn plan_report(prepared: &PreparedPromotion) -> PlanReport {
    let plan = prepared.review.plan();
    let mut unchecked = Vec::new();
    match &plan.backup {
        None => unchecked.push("no backup is named (--restore-file BACKUP)".to_owned()),
        Some(_) if prepared.secret.is_none() => unchecked.push(
            "whether the backup opens this database (--password-file FILE, or promote --dry-run)"
                .to_owned(),
        ),
        Some(_) => {}
    }
    PlanReport {
        plan: plan.clone(),
        changes: plan.changes(),
        operator: prepared.operator.clone(),
        proven: prepared.secret.is_some(),
        approvals: prepared.approvals.clone(),
        verdict: prepared.review.verdict().into(),
        relaxations: prepared.relaxations.clone(),
        unchecked,
        warnings: prepared.warnings.clone(),
        dry_run: false,
        name_only: false,
        file: None,
        evidence: prepared.evidence.clone(),
        command: None,
    }
}
