//! `regent secret`: generate, back up, restore, inspect and verify the master secret.

use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};

use crate::database::{self, CredentialDatabase};
use crate::exit::Status;
use crate::identity::Term;
use crate::report::secret::SecretReport;
use crate::secret::{Backup, BackupFacts, Generations, Held, MasterSecret, Reminder, kept_aside};
use crate::system::{SystemState, offer};

use super::backup;
use super::failure::Clash;
use super::governed;
use super::hindsight::said;
use super::prepare;
use super::{Context, Failure};

mod arguments;
mod copy;

pub use arguments::{
    GenerateArguments, ReadArguments, ReplaceArguments, RestoreArguments, WriteArguments,
};
use copy::CopyArguments;

/// What to do with the master secret.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Generate the master secret and write its first backup, in one act
    Generate(GenerateArguments),
    /// Write a backup of the master secret
    Backup(WriteArguments),
    /// Restore the master secret on the master secret server
    Restore(RestoreArguments),
    /// Show what a backup says of itself, without its password
    Inspect(InspectArguments),
    /// Open a backup and compare it with this database, changing nothing
    Verify(VerifyArguments),
}

/// A backup that is opened and compared.
#[derive(Debug, Args)]
pub struct VerifyArguments {
    #[command(flatten)]
    read: ReadArguments,
    #[command(flatten)]
    copy: CopyArguments,
}

/// A backup that is looked at.
#[derive(Debug, Args)]
pub struct InspectArguments {
    /// Backup file
    #[arg(value_name = "BACKUP")]
    file: PathBuf,
    #[command(flatten)]
    copy: CopyArguments,
}

pub(super) fn run(command: &Command, context: &mut Context) -> Result<Status, Failure> {
    match command {
        Command::Restore(RestoreArguments { read, .. })
        | Command::Verify(VerifyArguments { read, .. }) => {
            let password = read.password.password_file.as_deref();
            context.typed.backup(&read.file, password);
        }
        Command::Inspect(arguments) => context.typed.backup(&arguments.file, None),
        Command::Generate(_) | Command::Backup(_) => {}
    }
    match command {
        Command::Generate(arguments) => generate(arguments, context),
        Command::Backup(arguments) => back_up(arguments, context),
        Command::Restore(arguments) => restore(arguments, context),
        Command::Inspect(arguments) => inspect(arguments, context),
        Command::Verify(arguments) => verify(arguments, context),
    }
}

/// Everything about the master secret happens on the master secret server only (event 10766).
fn on_master(state: &SystemState, context: &Context) -> Result<(), Failure> {
    let server = context.server()?;
    if server.is(state.master()) {
        return Ok(());
    }
    context.refuse_replaced(state)?;
    Err(Failure::Conflict {
        code: Clash::NotTheMaster,
        message: format!(
            "{server} is not the master secret server; {} is",
            state.master()
        ),
        help: if server.may_be(state.master()) {
            offer(state.master())
        } else {
            format!(
                "run this on {}, or promote {server} with `regent promote UPDATE-FILE --restore-file BACKUP`",
                state.master()
            )
        },
    })
}

fn none_unfinished(database: &dyn CredentialDatabase) -> Result<(), Failure> {
    match database.unfinished()? {
        Some(promotion) => Err(prepare::unfinished_promotion(&promotion)),
        None => Ok(()),
    }
}

fn generate(
    GenerateArguments {
        write: arguments,
        replace,
        overrule,
        rotate,
    }: &GenerateArguments,
    context: &mut Context,
) -> Result<Status, Failure> {
    let mut database = context.database()?;
    context.needs_settings()?;
    let _lock = database.lock(&context.actor()?)?;
    let copy = arguments.copy.leave(&*database, context)?;
    let state = database.state()?;
    on_master(&state, context)?;
    none_unfinished(&*database)?;
    if let Some(secret) = state.secrets.current {
        let help = if *rotate {
            "replacing a master secret means encrypting every credential again, which this version \
             of regent does not do yet; keep the present one and its backups"
        } else {
            "to bring it back on a new machine, restore it from a backup; replacing it (--rotate) \
             is not part of this version"
        };
        return Err(Failure::Conflict {
            code: Clash::SecretExists,
            message: format!("this system has a master secret already ({secret})"),
            help: help.to_owned(),
        });
    }
    let leave = context.leave_to(overrule, &*database)?;
    backup::refuse_existing(&arguments.file)?;
    // Before a backup is written of a secret that then has no place.
    context.vault()?.admits(state.id, replace.unopened())?;
    let (password, reminder) = sealing(arguments, context)?;
    governed::stand_alone(
        &mut *database,
        state.term,
        "secret-generate",
        &leave,
        context,
    )?;
    let current = MasterSecret::generate(&mut context.ambience.entropy)?;
    let proof = current.prove(state.id, &mut context.ambience.entropy)?;
    let fingerprint = current.fingerprint();
    let generations = Generations {
        current,
        previous: None,
    };
    context.take_for_restored(copy.as_ref(), &mut *database, &state)?;
    // The backup first, the database last: a crash in between leaves a system without a secret,
    // under which nothing is encrypted, never one whose secret has no backup.
    let written = write(
        &arguments.file,
        &generations,
        &password,
        reminder,
        &state,
        context,
    )?;
    let server = context.server()?;
    let held = Held {
        system: state.id,
        server,
        term: state.term,
        generations,
    };
    let aside = context
        .vault()?
        .store(held, replace.unopened(), &mut context.ambience.entropy)?;
    let installed = database.install_secret(state.term, fingerprint, &proof, &context.actor()?);
    installed.map_err(Failure::unrecorded(
        format!(
            "{} was written, but the master secret in it did not become this system's",
            arguments.file.display()
        ),
        format!(
            "where `regent status` shows no master secret, remove {} and run the command again",
            arguments.file.display()
        ),
    ))?;
    tell_kept(&mut *database, state.term, &aside, context)?;
    context.remember(&*database)?;
    context.say(&SecretReport {
        act: "generated",
        changed: true,
        summary: format!("generated master secret {fingerprint} and wrote its backup"),
        backup: backup::report(&written, &arguments.file),
        notes: said(copy.as_ref(), with_kept(&aside, vec![keep_safe()])),
    })?;
    Ok(Status::Done)
}

/// Has the audit tell of a vault that did not open and was replaced.
fn tell_kept(
    database: &mut dyn CredentialDatabase,
    term: Term,
    aside: &[PathBuf],
    context: &Context,
) -> Result<(), Failure> {
    let told = database::note_kept(database, term, aside, &context.actor()?);
    told.map_err(Failure::unrecorded(
        "the master secret is in its vault, but the audit could not be told of the vault that is kept aside"
            .to_owned(),
        "nothing else is to be done; `regent doctor` names the vault that is kept".to_owned(),
    ))
}

/// What became of the vault, and what else there is to know.
fn with_kept(aside: &[PathBuf], notes: Vec<String>) -> Vec<String> {
    let kept = aside.iter().map(|path| kept_aside(path));
    kept.chain(notes).collect()
}

fn keep_safe() -> String {
    "keep the backup and its password apart from each other and away from this server; without \
     them the loss of this server is the loss of every credential"
        .to_owned()
}

fn sealing(
    arguments: &WriteArguments,
    context: &Context,
) -> Result<(crate::secret::Password, Option<Reminder>), Failure> {
    let password = arguments
        .password
        .new_password(arguments.password_as_is, context)?;
    let reminder = match &arguments.reminder {
        Some(text) => Some(Reminder::new(text, &password)?),
        None => None,
    };
    Ok((password, reminder))
}

fn write(
    path: &Path,
    generations: &Generations,
    password: &crate::secret::Password,
    reminder: Option<Reminder>,
    state: &SystemState,
    context: &mut Context,
) -> Result<Backup, Failure> {
    let facts = BackupFacts {
        system: state.id,
        server: context.server()?,
        created: context.ambience.clock.now(),
        reminder,
    };
    let _spinner = context.ui.spinner("deriving the backup's key");
    let cost = backup::derivation_cost();
    let sealed = Backup::seal(
        generations,
        facts,
        password,
        cost,
        &mut context.ambience.entropy,
    )?;
    sealed.write(path, password)?;
    Ok(sealed)
}

fn back_up(arguments: &WriteArguments, context: &mut Context) -> Result<Status, Failure> {
    let mut database = context.database()?;
    let _lock = database.lock(&context.actor()?)?;
    let copy = arguments.copy.leave(&*database, context)?;
    let state = database.state()?;
    on_master(&state, context)?;
    none_unfinished(&*database)?;
    let vault = context.vault()?;
    let held = vault.read_for(state.id)?.ok_or_else(|| Failure::Conflict {
        code: Clash::VaultWithoutSecret,
        message: "the vault of this server holds no master secret".to_owned(),
        help: "generate one (`regent secret generate NEW-BACKUP`), or restore it: `regent secret restore \
               BACKUP`"
            .to_owned(),
    })?;
    backup::refuse_existing(&arguments.file)?;
    // A vault of another term or secret must not go on making backups that look current.
    if held.term != state.term {
        let (believed, present, master) = (held.term, state.term, state.master().clone());
        return Err(database::Error::StaleTerm {
            believed,
            present,
            master,
        }
        .into());
    }
    let proof = database.proof(held.generations.current.fingerprint())?;
    crate::secret::compare(&held.generations, &state, proof.as_ref())?;
    let (password, reminder) = sealing(arguments, context)?;
    context.take_for_restored(copy.as_ref(), &mut *database, &state)?;
    let written = write(
        &arguments.file,
        &held.generations,
        &password,
        reminder,
        &state,
        context,
    )?;
    let detail = format!(
        "{} to {}",
        written.header().current,
        file_name(&arguments.file)
    );
    let noted = database.note(state.term, "secret-backup", &detail, &context.actor()?);
    noted.map_err(Failure::unrecorded(
        format!(
            "{} was written, but the audit could not be told",
            arguments.file.display()
        ),
        "the backup is whole; keep it, or remove it and run the command again".to_owned(),
    ))?;
    context.remember(&*database)?;
    context.say(&SecretReport {
        act: "backed-up",
        changed: true,
        summary: "wrote a backup of the master secret and read it back".to_owned(),
        backup: backup::report(&written, &arguments.file),
        notes: said(copy.as_ref(), vec![keep_safe()]),
    })?;
    Ok(Status::Done)
}

fn file_name(path: &Path) -> String {
    path.file_name()
        .unwrap_or(path.as_os_str())
        .to_string_lossy()
        .into_owned()
}

fn restore(
    RestoreArguments {
        read: arguments,
        replace,
        overrule,
        copy,
    }: &RestoreArguments,
    context: &mut Context,
) -> Result<Status, Failure> {
    let mut database = context.database()?;
    context.needs_settings()?;
    let _lock = database.lock(&context.actor()?)?;
    let copy = copy.leave(&*database, context)?;
    let state = database.state()?;
    on_master(&state, context)?;
    none_unfinished(&*database)?;
    let leave = context.leave_to(overrule, &*database)?;
    context.vault()?.admits(state.id, replace.unopened())?;
    let read = Backup::read(&arguments.file)?;
    crate::secret::compare_header(read.header(), &state)?;
    let password = arguments.password.existing(&read, context)?;
    let (proven, generations) =
        prepare::open_and_prove(&read, &password, &state, &*database, context)?;
    governed::stand_alone(
        &mut *database,
        state.term,
        "secret-restore",
        &leave,
        context,
    )?;
    context.take_for_restored(copy.as_ref(), &mut *database, &state)?;
    let server = context.server()?;
    let held = Held {
        system: state.id,
        server: server.clone(),
        term: state.term,
        generations,
    };
    let vault = context.vault()?;
    // What cannot be read is not what is wanted.
    let changed = !vault.facts().is_ok_and(|facts| facts == Some(held.facts()));
    let aside = if changed {
        vault.store(held, replace.unopened(), &mut context.ambience.entropy)?
    } else {
        Vec::new()
    };
    // The audit tells that a backup was opened, be it for nothing.
    let detail = format!("{} on {server}", proven.fingerprint());
    let noted = database.note(state.term, "secret-restore", &detail, &context.actor()?);
    noted.map_err(Failure::unrecorded(
        format!("the master secret was restored on {server}, but the audit could not be told"),
        "run the command again: restoring twice does no harm".to_owned(),
    ))?;
    tell_kept(&mut *database, state.term, &aside, context)?;
    context.remember(&*database)?;
    context.say(&SecretReport {
        act: "restored",
        changed,
        summary: if changed {
            format!("restored the master secret on {server}; it opens this database")
        } else {
            format!("the vault of {server} holds this master secret already; nothing was changed")
        },
        backup: backup::report(&read, &arguments.file),
        notes: said(
            copy.as_ref(),
            with_kept(&aside, backup::notes(&read, &arguments.file)),
        ),
    })?;
    Ok(Status::Done)
}

fn inspect(arguments: &InspectArguments, context: &Context) -> Result<Status, Failure> {
    let path = &arguments.file;
    arguments.copy.refuse_existing()?;
    let read = Backup::read(path)?;
    let written = arguments.copy.write(&read)?;
    context.say(&SecretReport {
        act: "inspected",
        changed: false,
        summary: format!(
            "this is what the backup says of itself; `regent secret verify BACKUP` proves it{written}"
        ),
        backup: backup::report(&read, path),
        notes: backup::notes(&read, path),
    })?;
    Ok(Status::Done)
}

fn verify(arguments: &VerifyArguments, context: &Context) -> Result<Status, Failure> {
    let VerifyArguments {
        read: arguments,
        copy,
    } = arguments;
    copy.refuse_existing()?;
    let database = context.records()?;
    let state = database.state()?;
    let read = Backup::read(&arguments.file)?;
    crate::secret::compare_header(read.header(), &state)?;
    let password = arguments.password.existing(&read, context)?;
    let (_proven, _generations) =
        prepare::open_and_prove(&read, &password, &state, &*database, context)?;
    let written = copy.write(&read)?;
    context.say(&SecretReport {
        act: "verified",
        changed: false,
        summary: format!(
            "the password opens the backup, and its master secret opens this database{written}"
        ),
        backup: backup::report(&read, &arguments.file),
        notes: backup::notes(&read, &arguments.file),
    })?;
    Ok(Status::Done)
}
