//! Arguments that name a backup's password, and how it is asked for.

use std::path::PathBuf;

use clap::Args;

use crate::report::human::quote;
use crate::report::secret::BackupReport;
use crate::secret::{Backup, KdfCost, Password};

use super::failure::Misuse;
use super::{Context, Failure};

/// Where the backup's password comes from; never an argument, which other users could read.
#[derive(Debug, Clone, Default, Args)]
pub struct PasswordArguments {
    /// Read the backup's password from this file
    #[arg(long, value_name = "FILE", conflicts_with = "password_fd")]
    pub password_file: Option<PathBuf>,
    /// Read the backup's password from this open file descriptor
    #[arg(long, value_name = "N")]
    pub password_fd: Option<u32>,
}

impl PasswordArguments {
    /// The password, where it can be had without asking.
    pub fn given(&self) -> Result<Option<Password>, Failure> {
        Ok(match (&self.password_file, self.password_fd) {
            (Some(path), _) => Some(Password::read_file(path)?),
            (None, Some(descriptor)) => Some(Password::read_fd(descriptor)?),
            (None, None) => None,
        })
    }

    /// Whether a password can be had without asking.
    pub fn is_given(&self) -> bool {
        self.password_file.is_some() || self.password_fd.is_some()
    }

    /// The password of an existing backup; the reminder is shown before it is asked for.
    pub fn existing(&self, backup: &Backup, context: &Context) -> Result<Password, Failure> {
        if let Some(password) = self.given()? {
            return Ok(password);
        }
        if let Some(reminder) = &backup.header().reminder {
            let reminder = crate::report::human::escape(reminder.as_str());
            context.ui.err(&format!("Password reminder : {reminder}\n"));
        }
        Ok(Password::existing(context.ui.password("Password")?))
    }

    /// The password of a new backup, asked for twice. One that is seldom meant is taken where that
    /// is said: by `as_is`, or on the terminal.
    pub fn new_password(&self, as_is: bool, context: &Context) -> Result<Password, Failure> {
        let password = match self.given()? {
            Some(password) => password.for_sealing()?,
            None => Password::new(context.ui.new_password("Password")?)?,
        };
        let Some(oddity) = password.oddity().filter(|_| !as_is) else {
            return Ok(password);
        };
        let question = format!(
            "The password {oddity}, which is easily lost when it is typed again. Is that meant?"
        );
        if context.ui.asks() && context.ui.confirm(&question)? {
            return Ok(password);
        }
        Err(Failure::Usage {
            code: Misuse::PasswordUnusual,
            message: format!("the password {oddity}, which is easily lost when it is typed again"),
            help: "nothing was written; give another password, or say that it is meant with \
                   `--password-as-is`"
                .to_owned(),
        })
    }
}

/// The cost of deriving a new backup's key.
pub fn derivation_cost() -> KdfCost {
    if crate::settings::environment::cheap_key_derivation() {
        KdfCost::MINIMUM
    } else {
        KdfCost::DEFAULT
    }
}

/// A backup's header as reported.
pub fn report(backup: &Backup, path: &std::path::Path) -> BackupReport {
    let header = backup.header();
    BackupReport {
        path: path.display().to_string(),
        system: header.system,
        server: header.server.to_string(),
        created: header.created,
        current: header.current,
        previous: header.previous,
        reminder: header
            .reminder
            .as_ref()
            .map(|reminder| reminder.as_str().to_owned()),
        derivation: header.kdf.to_string(),
    }
}

/// What is good to know of a backup that was read, a line each.
pub fn notes(backup: &Backup, path: &std::path::Path) -> Vec<String> {
    let name = quote(&path.display().to_string());
    let mut notes = Vec::new();
    if backup.mode_too_open() {
        notes.push(format!(
            "other users may read {name}: run `chmod 600 {name}`"
        ));
    }
    let changes: Vec<String> = backup.changes().iter().map(ToString::to_string).collect();
    if !changes.is_empty() {
        notes.push(format!(
            "{name} is not as it was written ({}), which was undone to read it; `regent secret \
             inspect {name} --clean-copy NEW-BACKUP` writes it as it was",
            changes.join(", ")
        ));
    }
    notes
}

/// Refuses a backup file that exists before anybody is asked for a password.
pub fn refuse_existing(path: &std::path::Path) -> Result<(), Failure> {
    if path.symlink_metadata().is_ok() {
        return Err(crate::secret::Error::Exists {
            path: path.to_owned(),
        }
        .into());
    }
    Ok(())
}
