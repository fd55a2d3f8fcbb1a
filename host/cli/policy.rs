//! `regent policy`: the rules that govern the system, and how they are changed.

use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};

use crate::database::{CredentialDatabase, Governing, Publication};
use crate::exit::Status;
use crate::identity::{Digest, PromotionId};
use crate::plan::{Asked, GoverningPlugin, Group, Intent, Kind, Leave, Plan, Rules};
use crate::policy::{self, Facts, PluginName, PluginSettings, Policy, Purpose};
use crate::report::policy::PublishReport;
use crate::report::promotion::VerdictReport;
use crate::system::SystemState;

use super::backup::PasswordArguments;
use super::{Context, Failure, prepare};

/// What to do with the rules.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Show the rules that govern the system, and how those here differ
    Show,
    /// Make the rules here govern, by leave of those that do
    ///
    /// The database remembers by which rules its system is governed: plugins, their settings,
    /// enforcement and limits, groups, suppressions, approvers and trust. The first act under rules
    /// makes them govern; from then on every act goes by these very rules, and only this command
    /// changes them. The rules that govern are asked first, as about a planned promotion of the master
    /// secret server onto itself: those that want a proven backup take --restore-file.
    Publish(Box<PublishArguments>),
}

/// Rules that are to govern.
#[derive(Debug, Args)]
pub struct PublishArguments {
    /// Why, for the audit and the rules
    #[arg(long, value_name = "TEXT", value_parser = prepare::words)]
    reason: String,
    /// Change reference, for the audit and the rules
    #[arg(long, value_name = "REF", value_parser = prepare::words)]
    change: Option<String>,
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

pub(super) fn run(command: &Command, context: &mut Context) -> Result<Status, Failure> {
    match command {
        Command::Show => show(context),
        Command::Publish(arguments) => publish(arguments, context),
    }
}

fn show(context: &Context) -> Result<Status, Failure> {
    context.say(&context.policy_report(&*context.database()?)?)?;
    Ok(Status::Done)
}

fn publish(arguments: &PublishArguments, context: &mut Context) -> Result<Status, Failure> {
    let mut database = context.database()?;
    context.needs_settings()?;
    let _lock = database.lock(&context.actor()?)?;
    let state = database.state()?;
    if let Some(unfinished) = database.unfinished()? {
        return Err(prepare::unfinished_promotion(&unfinished));
    }
    let here = context.policy(Purpose::Decide)?;
    let rules = context.rules(&here)?;
    let governing = database.governing()?;
    let nothing = Rules::default();
    let before = governing.as_ref().map_or(&nothing, |by| &by.rules);
    let mut report = PublishReport::new(governing.as_ref(), &rules);
    if governing
        .as_ref()
        .is_some_and(|by| by.digest == rules.digest())
    {
        context.say(&report)?;
        return Ok(Status::Done);
    }
    let mut asked = Asked::default();
    if let Some(governing) = &governing {
        let (former, missing) = former(governing, arguments, context)?;
        report.missing = missing;
        let (plan, facts) = onto_itself(arguments, &rules, (&state, &*database), &former, context)?;
        let review = former.review(plan, &facts);
        report.verdict = Some(VerdictReport::from(review.verdict()));
        asked = review.leave().asked.clone();
        asked.rules = Some(before.digest());
    }
    let refused =
        !report.missing.is_empty() || report.verdict.as_ref().is_some_and(|v| !v.approved);
    let overrules = arguments.overrule.clone().filter(|_| refused);
    report.overruled.clone_from(&overrules);
    report.denied = refused && overrules.is_none();
    report.dry_run = arguments.dry_run;
    if report.denied || arguments.dry_run {
        context.say(&report)?;
        return Ok(if report.denied {
            Status::Denied
        } else {
            Status::Done
        });
    }
    if context.is_human() && !arguments.yes {
        let mut page = crate::report::human::Page::new(context.ui.err_style());
        report.proposal(&mut page);
        context.ui.err(&page.finish());
    }
    if !context.confirm(arguments.yes, "Let these rules govern the system?")? {
        context.ui.err("nothing was changed\n");
        return Ok(Status::Done);
    }
    let publication = Publication {
        seen: governing.as_ref().map(|by| by.digest),
        leave: Leave {
            rules,
            asked,
            overrules,
            ..Leave::default()
        },
        reason: arguments.reason.clone(),
        change: arguments.change.clone(),
    };
    let actor = context.actor()?;
    let now = database.publish(state.term, &publication, &actor)?;
    report.published = Some(now.version);
    context.say(&report)?;
    Ok(Status::Done)
}

/// The rules that govern, loaded by the digests of their components, and those that cannot be.
fn former(
    governing: &Governing,
    arguments: &PublishArguments,
    context: &mut Context,
) -> Result<(Policy, Vec<String>), Failure> {
    let found = components(&arguments.component, context)?;
    let (mut plugins, mut missing) = (Vec::new(), Vec::new());
    for plugin in &governing.rules.plugins {
        let path = found
            .iter()
            .find(|(digest, _)| *digest == plugin.component)
            .and_then(|(_, path)| as_settings(plugin, path));
        match path {
            Some(settings) => plugins.push(settings),
            None => missing.push(format!("{} ({})", plugin.name, plugin.component)),
        }
    }
    let is_there = |name: &String| plugins.iter().any(|plugin| plugin.name.as_str() == name);
    let whole = |group: &&Group| group.plugins.iter().all(is_there);
    let groups: Vec<Group> = governing
        .rules
        .groups
        .iter()
        .filter(whole)
        .cloned()
        .collect();
    let cache = context.compile_cache()?;
    let progress = context.ui.progress();
    let load = || {
        let base = Path::new("");
        let policy = Policy::load(&plugins, base, cache.as_ref(), Purpose::Decide, &progress)?;
        policy.compose(&groups, &governing.rules.suppressions)
    };
    match load() {
        Ok(policy) => Ok((policy, missing)),
        Err(error) if arguments.overrule.is_some() => {
            missing.extend(error.each().iter().map(ToString::to_string));
            Ok((Policy::default(), missing))
        }
        Err(error) => Err(error.into()),
    }
}

/// Every component within reach, by its digest: those that are named, those that are configured,
/// and what lies beside them.
fn components(named: &[PathBuf], context: &Context) -> Result<Vec<(Digest, PathBuf)>, Failure> {
    let settings = context.settings()?;
    let configured = settings.plugins.iter();
    let configured = configured.map(|plugin| settings.resolve(&plugin.component));
    let mut paths: Vec<PathBuf> = named.iter().cloned().chain(configured).collect();
    let mut folders: Vec<PathBuf> = paths
        .iter()
        .filter_map(|path| Some(path.parent()?.to_owned()))
        .chain([settings.folder.join("plugins")])
        .collect();
    folders.sort();
    folders.dedup();
    for folder in folders {
        let folder = if folder.as_os_str().is_empty() {
            PathBuf::from(".")
        } else {
            folder
        };
        let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
        let beside = entries.map(|entry| entry.path());
        paths.extend(beside.filter(|path| path.extension().is_some_and(|is| is == "wasm")));
    }
    let read = |path: PathBuf| Some((Digest::of(&policy::read(&path).ok()?), path));
    Ok(paths.into_iter().filter_map(read).collect())
}

/// A rule that governs as the settings would have it; nothing where no regent of today could.
fn as_settings(plugin: &GoverningPlugin, component: &Path) -> Option<PluginSettings> {
    Some(PluginSettings {
        name: PluginName::parse(&plugin.name).ok()?,
        component: component.to_owned(),
        enforcement: plugin.enforcement,
        settings: plugin.settings.clone(),
        limits: serde_json::from_value(plugin.limits.clone()).ok()?,
        admitted: Some(plugin.component),
        kept: false,
    })
}

/// The change of the rules as they can judge it: a planned promotion of the master onto itself.
fn onto_itself(
    arguments: &PublishArguments,
    rules: &Rules,
    (state, database): (&SystemState, &dyn CredentialDatabase),
    former: &Policy,
    context: &mut Context,
) -> Result<(Plan, Facts), Failure> {
    let intent = Intent {
        kind: Kind::Planned,
        reason: Some(arguments.reason.clone()),
        change: arguments.change.clone(),
        operator: context.ambience.operator.clone(),
        at: context.ambience.clock.now(),
    };
    let id = PromotionId::from_bytes(context.ambience.entropy.draw()?);
    let mut plan = Plan::onto_itself(state, rules, id, intent);
    plan.service = context.service()?.describe();
    let mut proven = false;
    if let Some(path) = &arguments.restore_file {
        let (backup, pin) = prepare::backup(path, state, context)?;
        plan.backup = Some(pin);
        let password = arguments.password.existing(&backup, context)?;
        prepare::open_and_prove(&backup, &password, state, database, context)?;
        proven = true;
    }
    let facts = Facts {
        proven,
        ..prepare::facts(&plan, state, former, context)
    };
    Ok((plan, facts))
}
