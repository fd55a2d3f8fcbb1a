//! `regent policy publish`: other rules are made to govern, or written to a plan file to be approved.

use std::path::{Path, PathBuf};

use clap::Args;

use crate::cli::backup::PasswordArguments;
use crate::cli::failure::Clash;
use crate::cli::{Context, Failure, init, planned, prepare};
use crate::database::{CredentialDatabase, Governing, Publication};
use crate::exit::Status;
use crate::identity::PromotionId;
use crate::plan::{Intent, Kind, Leave, Plan, PlanFile, Rules, RulesChange, in_a_line};
use crate::policy::{Facts, Purpose};
use crate::report::policy::PublishReport;
use crate::report::promotion::VerdictReport;
use crate::secret::Backup;
use crate::settings;
use crate::system::{Operator, SystemState};

use super::former;

/// Rules that are to govern.
#[derive(Debug, Args)]
pub struct Arguments {
    /// Why, for the audit and the rules; a plan says it already
    #[arg(long, value_name = "TEXT", value_parser = prepare::words, required_unless_present = "plan", conflicts_with = "plan")]
    reason: Option<String>,
    /// Change reference, for the audit and the rules
    #[arg(long, value_name = "REF", value_parser = prepare::words, conflicts_with = "plan")]
    change: Option<String>,
    /// Write the publication to this file, which must not exist, and change nothing
    #[arg(long, short, value_name = "PLAN-FILE", conflicts_with_all = ["plan", "overrule", "dry_run"])]
    out: Option<PathBuf>,
    /// Publication to carry out, as it was approved
    #[arg(long, value_name = "PLAN-FILE")]
    plan: Option<PathBuf>,
    /// Backup of the master secret, where the rules that govern want one
    #[arg(long, value_name = "BACKUP")]
    restore_file: Option<PathBuf>,
    #[command(flatten)]
    password: PasswordArguments,
    /// Component of a rule that governs, where it lies elsewhere now; may be given several times
    #[arg(long, value_name = "FILE")]
    component: Vec<PathBuf>,
    /// Publish although the rules that govern deny it or are out of reach; REASON is audited
    #[arg(long, value_name = "REASON", value_parser = prepare::words)]
    overrule: Option<String>,
    /// Make every check, and change nothing
    #[arg(long)]
    dry_run: bool,
    /// Do not ask for confirmation
    #[arg(long, short)]
    yes: bool,
}

/// A publication that was made before, and the file it came from.
#[derive(Clone, Copy)]
struct Planned<'a> {
    path: &'a Path,
    file: &'a PlanFile,
    change: &'a RulesChange,
}

impl<'a> Planned<'a> {
    fn author(self) -> &'a Operator {
        &self.file.plan.intent.operator
    }
}

pub(in crate::cli) fn run(arguments: &Arguments, context: &mut Context) -> Result<Status, Failure> {
    let file = arguments.plan.as_deref().map(planned::read).transpose()?;
    let planned = match arguments.plan.as_deref().zip(file.as_ref()) {
        Some((path, file)) => {
            context.typed.name("PLAN-FILE", path);
            let change = planned::publishes(path, file)?;
            Some(Planned { path, file, change })
        }
        None => None,
    };
    if let Some(path) = &arguments.out {
        let database = context.records()?;
        return propose(path, arguments, &*database, context);
    }
    let mut database = context.database()?;
    context.needs_settings()?;
    let _lock = database.lock(&context.actor()?)?;
    let governing = database.governing()?;
    let (mut report, prepared) =
        prepare(arguments, planned, governing.as_ref(), &*database, context)?;
    let ends = report.denied || arguments.dry_run;
    let Some((plan, leave)) = prepared.filter(|_| !ends) else {
        context.say(&report)?;
        return Ok(ended(&report));
    };
    if context.is_human() && !arguments.yes {
        let mut page = context.err_page();
        report.proposal(&mut page);
        context.ui.err(&page.finish());
    }
    if !context.confirm(arguments.yes, "Let these rules govern the system?")? {
        context.ui.err("nothing was changed\n");
        return Ok(Status::Done);
    }
    let publication = Publication {
        seen: governing.as_ref().map(|by| by.digest),
        leave,
        reason: plan.intent.reason.clone().unwrap_or_default(),
        change: plan.intent.change.clone(),
        planned: planned.map(|_| (plan.digest(), plan.intent.operator.clone())),
    };
    let now = database.publish(plan.term, &publication, &context.actor()?)?;
    report.published = Some(now.version);
    context.say(&report)?;
    Ok(Status::Done)
}

fn ended(report: &PublishReport) -> Status {
    if report.denied {
        Status::Denied
    } else {
        Status::Done
    }
}

/// Writes the publication down for others to approve.
fn propose(
    path: &Path,
    arguments: &Arguments,
    database: &dyn CredentialDatabase,
    context: &mut Context,
) -> Result<Status, Failure> {
    context.needs_settings()?;
    let Some(governing) = database.governing()? else {
        return Err(Failure::Conflict {
            code: Clash::NoneGovern,
            message: "no rules govern this system yet, and so there is nobody to approve others"
                .to_owned(),
            help: "nothing was written; let those here govern with `regent policy publish --reason TEXT`"
                .to_owned(),
        });
    };
    let (mut report, prepared) = prepare(arguments, None, Some(&governing), database, context)?;
    if let Some((plan, _leave)) = prepared {
        let approvals = Vec::new();
        let file = PlanFile { plan, approvals };
        init::write_new(path, file.text().as_bytes())?;
        report.file = Some(path.display().to_string());
    }
    context.say(&report)?;
    Ok(ended(&report))
}

/// Everything that can say no to a publication; and the publication, with what those that govern said
/// of it, where there is anything to be changed.
fn prepare(
    arguments: &Arguments,
    planned: Option<Planned<'_>>,
    governing: Option<&Governing>,
    database: &dyn CredentialDatabase,
    context: &mut Context,
) -> Result<(PublishReport, Option<(Plan, Leave)>), Failure> {
    let state = database.state()?;
    if let Some(unfinished) = database.unfinished()? {
        return Err(prepare::unfinished_promotion(&unfinished));
    }
    let here = context.policy(Purpose::Decide)?;
    let here = context.rules(&here)?;
    let change = RulesChange {
        version: governing.map_or(0, |by| by.version),
        before: governing.map_or_else(Rules::default, |by| by.rules.clone()),
        after: planned
            .map_or(&here, |planned| &planned.change.after)
            .clone(),
    };
    let mut report = PublishReport::new(governing, &change);
    if !report.changed {
        return Ok((report, None));
    }
    let (plan, backup) = plan(arguments, planned, change, &state, context)?;
    if let Some(planned) = planned {
        still(planned, &plan, &here)?;
    }
    let mut leave = Leave::default();
    if let Some(governing) = governing {
        let overruled = arguments.overrule.is_some();
        let (former, missing) = former::load(governing, &arguments.component, overruled, context)?;
        report.missing = missing;
        if let Some(planned) = planned {
            let approvers = settings::approvers(&governing.rules);
            let involved = context.involved(&plan, true);
            report.approvals = planned::approvals(planned.file, &approvers, involved);
        }
        let mut proven = false;
        if let Some(backup) = backup
            && (arguments.out.is_none() || arguments.password.is_given())
        {
            let password = arguments.password.existing(&backup, context)?;
            prepare::open_and_prove(&backup, &password, &state, database, context)?;
            proven = true;
        }
        let facts = Facts {
            proven,
            approvals: planned::approved(&report.approvals),
            ..prepare::facts(
                &plan,
                planned.map(Planned::author),
                &state,
                &former,
                context,
            )
        };
        let review = former.review(plan.clone(), &facts);
        report.verdict = Some(VerdictReport::from(review.verdict()));
        leave = review.leave().clone();
        leave.asked.rules = report.before;
    }
    let denied = report.verdict.as_ref().is_some_and(|said| !said.approved);
    let refused = denied || !report.missing.is_empty();
    let overrules = arguments.overrule.clone().filter(|_| refused);
    report.overruled.clone_from(&overrules);
    report.denied = refused && overrules.is_none();
    report.dry_run = arguments.dry_run;
    let leave = Leave {
        rules: here,
        overrules,
        ..leave
    };
    Ok((report, Some((plan, leave))))
}

/// The change of the rules as those that govern can judge it: a planned promotion of the master onto
/// itself. What a plan file says of it is taken from there.
fn plan(
    arguments: &Arguments,
    planned: Option<Planned<'_>>,
    change: RulesChange,
    state: &SystemState,
    context: &mut Context,
) -> Result<(Plan, Option<Backup>), Failure> {
    let made = planned.map(|planned| &planned.file.plan);
    let (id, intent, service) = if let Some(made) = made {
        (made.id, made.intent.clone(), made.service.clone())
    } else {
        let intent = Intent {
            kind: Kind::Planned,
            reason: arguments.reason.clone(),
            change: arguments.change.clone(),
            operator: context.ambience.operator.clone(),
            at: context.ambience.clock.now(),
        };
        let id = PromotionId::from_bytes(context.ambience.entropy.draw()?);
        (id, intent, context.service()?.describe())
    };
    let mut plan = Plan::onto_itself(state, change, id, intent);
    plan.service = service;
    let named = made.and_then(|made| Some(&made.backup.as_ref()?.path));
    let Some(path) = arguments.restore_file.as_ref().or(named) else {
        return Ok((plan, None));
    };
    let (backup, pin) = prepare::backup(path, state, context)?;
    plan.backup = Some(pin);
    Ok((plan, Some(backup)))
}

/// Refuses a publication that would be another if it were written now.
fn still(planned: Planned<'_>, now: &Plan, here: &Rules) -> Result<(), Failure> {
    let path = planned.path.display();
    let changed = planned.file.plan.differences(now);
    if *here != planned.change.after {
        let differences = planned.change.after.differences(here);
        return Err(Failure::Conflict {
            code: Clash::RulesElsewhere,
            message: format!(
                "the rules here are not those that {path} publishes; from those to these: {}",
                in_a_line(&differences)
            ),
            help: "nothing was changed; bring regent.toml, regent.lock and plugins to what was \
                   approved, or have others approve these: `regent policy publish --reason TEXT --out \
                   FILE`"
                .to_owned(),
        });
    }
    if changed.is_empty() {
        return Ok(());
    }
    let governing = now.rules.as_ref().filter(|now| {
        let then = planned.change;
        (then.version, &then.before) != (now.version, &now.before)
    });
    if let Some(governing) = governing {
        let (then, now) = (planned.change, governing);
        let differences = then.before.differences(&now.before);
        let differences = if differences.is_empty() {
            String::new()
        } else {
            format!(": {}", in_a_line(&differences))
        };
        return Err(Failure::Conflict {
            code: Clash::RulesChanged,
            message: format!(
                "the rules that govern are no longer those that {path} was made against (version {}, \
                 now {}){}",
                then.version, now.version, differences
            ),
            help:
                "nothing was changed; see what the plan would change now with `regent policy diff \
                   PLAN-FILE`, and write it anew: `regent policy publish --reason TEXT --out FILE`"
                    .to_owned(),
        });
    }
    Err(Failure::Conflict {
        code: Clash::StalePlan,
        message: format!(
            "things have changed since {path} was written: {}",
            changed.join("; ")
        ),
        help:
            "nothing was changed; write the plan anew: `regent policy publish --reason TEXT --out \
               FILE`"
                .to_owned(),
    })
}
