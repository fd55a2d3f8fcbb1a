//! `regent update`: applies an update file that promotes nobody.

use std::path::PathBuf;

use clap::Args;

use crate::database::CredentialDatabase;
use crate::exit::Status;
use crate::global_info::GlobalInfo;
use crate::plan::Leave;
use crate::policy::Purpose;
use crate::report::system::UpdateReport;
use crate::system::{RestoredCopy, Seen, SystemState};
use crate::update::UpdateFile;

use super::evidence::EvidenceArguments;
use super::governed::{self, OverruleArguments};
use super::hindsight::RestoredArguments;
use super::prepare::{self, Prepared};
use super::{Context, Failure};

/// Apply an update file that promotes nobody
///
/// A file that names another master secret server only moves the name, as the vendor's
/// `ssomanage -updatedb` does: the organisation's promoters are asked, and restarting the service
/// and restoring the secret are left to you. `regent promote` does all of it as one safe act.
#[derive(Debug, Args)]
pub struct Arguments {
    /// Update file
    #[arg(value_name = "UPDATE-FILE")]
    file: PathBuf,
    #[command(flatten)]
    copy: RestoredArguments,
    #[command(flatten)]
    overrule: OverruleArguments,
    /// Make every check, and change nothing
    #[arg(long)]
    dry_run: bool,
    /// Do not ask for confirmation
    #[arg(long, short)]
    yes: bool,
}

pub(super) fn run(arguments: &Arguments, context: &mut Context) -> Result<Status, Failure> {
    let Arguments {
        file: path,
        copy,
        overrule,
        dry_run,
        yes,
    } = arguments;
    let mut database = context.database()?;
    let state = database.state()?;
    if let Some(unfinished) = database.unfinished()? {
        return Err(prepare::unfinished_promotion(&unfinished));
    }
    let policy = context.policy(Purpose::Decide)?;
    let mut leave = Leave::of(context.rules(&policy)?, overrule.overrule.clone());
    governed::stand(&leave, &*database)?;
    let wanted = EvidenceArguments::default();
    let checked = match prepare::update_file(path, &wanted, &state, &policy, context)? {
        Prepared::Ready((checked, _nothing_wanted)) => checked,
        Prepared::Ended(status) => return Ok(status),
        Prepared::Forbidden(status, by) => {
            return forbidden(status, &by, *dry_run, &mut *database, context);
        }
    };
    let after = wanted_of(&checked.update, &state);
    let moves = !after.secret_server.is(state.master());
    let mut notes: Vec<String> = overrule.line().into_iter().collect();
    let mut verdict = None;
    let mut restored = None;
    if moves {
        restored = copy.leave(&*database, context)?;
        notes.extend(restored.as_ref().map(RestoredCopy::line));
        match prepare::ask_promoters_of_a_move(&checked, &state, &policy, context)? {
            Prepared::Ready(Some((said, asked))) => (verdict, leave.asked) = (Some(said), asked),
            Prepared::Ready(None) => {}
            Prepared::Ended(status) => return Ok(status),
            Prepared::Forbidden(status, by) => {
                return forbidden(status, &by, *dry_run, &mut *database, context);
            }
        }
        notes.push(format!(
            "{master} is named master secret server, and that is all: restart its SSO service, then \
             run `regent --on {master} secret restore BACKUP` on {master}",
            master = after.secret_server
        ));
    }
    // The promoters were asked where the master moves, and only there.
    let relaxations = if moves {
        prepare::relaxations(&policy, &checked.suppressed, context)
    } else {
        super::check::relaxations(&policy, &checked.suppressed, context.today())
    };
    let seen = match restored {
        // What the vault believes is of the state that is given up.
        Some(_) => state.seen(),
        None => believed(&state, context)?,
    };
    let report = UpdateReport {
        applied: false,
        changed: false,
        changes: state.info.differences(&after),
        revision: state.revision,
        term: state.term,
        notes: restored.iter().map(RestoredCopy::line).collect(),
        verdict,
        relaxations,
    };
    if *dry_run || report.changes.is_empty() {
        context.say(&report)?;
        return Ok(Status::Done);
    }
    if context.is_human() && !yes {
        let mut page = context.err_page();
        report.proposal(&mut page);
        context.ui.err(&page.finish());
    }
    if !context.confirm(*yes, "Apply this update to the credential database?")? {
        context.ui.err("nothing was changed\n");
        return Ok(Status::Done);
    }
    // A backup or a restore under way must not find another master when it has written its file.
    let _lock = if moves {
        Some(database.lock(&context.actor()?)?)
    } else {
        None
    };
    if let Some(copy) = &restored {
        database.restored_copy(state.term, copy, &context.actor()?)?;
    }
    let seen = database.update(seen, &after, &leave, &context.actor()?)?;
    context.remember(&*database)?;
    context.say(&UpdateReport {
        applied: true,
        changed: true,
        revision: seen.revision,
        term: seen.term,
        notes,
        ..report
    })?;
    Ok(Status::Done)
}

/// The global info that an update file asks for.
fn wanted_of(update: &UpdateFile, state: &SystemState) -> GlobalInfo {
    let wanted = update.apply_to(&state.info);
    match state.server(&wanted.secret_server) {
        // The listed spelling wins, so that case never makes two names of one server.
        Some(listed) => GlobalInfo {
            secret_server: listed.name.clone(),
            ..wanted
        },
        None => wanted,
    }
}

fn forbidden(
    status: Status,
    leave: &Leave,
    dry_run: bool,
    database: &mut dyn CredentialDatabase,
    context: &Context,
) -> Result<Status, Failure> {
    if !dry_run {
        governed::forbidden(database, "update", leave, context)?;
    }
    Ok(status)
}

/// What this server believes: the master trusts its vault's term, so that a master that was
/// replaced while it was away is told so; everybody else what the database says.
fn believed(state: &SystemState, context: &Context) -> Result<Seen, Failure> {
    let is_master = context.server()?.is(state.master());
    let facts = if is_master {
        context.vault()?.facts_for(state.id)?
    } else {
        None
    };
    let term = facts.map_or(state.term, |facts| facts.term);
    Ok(Seen {
        revision: state.revision,
        term,
    })
}
