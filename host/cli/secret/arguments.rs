//! What is typed behind `regent secret`.

use std::path::PathBuf;

use clap::Args;

use crate::secret::Unopened;

use crate::cli::backup::PasswordArguments;
use crate::cli::governed::OverruleArguments;
use crate::cli::hindsight::RestoredArguments;

/// A backup that is written.
#[derive(Debug, Args)]
pub struct WriteArguments {
    /// Backup file, which must not exist
    #[arg(value_name = "BACKUP")]
    pub file: PathBuf,
    /// Where its password comes from.
    #[command(flatten)]
    pub password: PasswordArguments,
    /// Take a password that begins or ends with a blank or holds a control character
    #[arg(long)]
    pub password_as_is: bool,
    /// Password reminder; anyone who can read the backup can read it
    #[arg(long, value_name = "TEXT")]
    pub reminder: Option<String>,
    /// Whether the database is a restored copy.
    #[command(flatten)]
    pub copy: RestoredArguments,
}

/// A master secret that is generated.
#[derive(Debug, Args)]
pub struct GenerateArguments {
    /// Its first backup.
    #[command(flatten)]
    pub write: WriteArguments,
    /// What the vault gives way to.
    #[command(flatten)]
    pub replace: ReplaceArguments,
    /// Which rules it goes by.
    #[command(flatten)]
    pub overrule: OverruleArguments,
    /// Replace the present master secret (not part of this version)
    #[arg(long, hide = true)]
    pub rotate: bool,
}

/// A master secret that is restored.
#[derive(Debug, Args)]
pub struct RestoreArguments {
    /// The backup it is restored from.
    #[command(flatten)]
    pub read: ReadArguments,
    /// What the vault gives way to.
    #[command(flatten)]
    pub replace: ReplaceArguments,
    /// Which rules it goes by.
    #[command(flatten)]
    pub overrule: OverruleArguments,
    /// Whether the database is a restored copy.
    #[command(flatten)]
    pub copy: RestoredArguments,
}

/// Whether a vault that does not open may be replaced.
#[derive(Debug, Clone, Copy, Default, Args)]
pub struct ReplaceArguments {
    /// Replace a vault that cannot be opened, and keep it aside
    #[arg(long)]
    pub replace_vault: bool,
}

impl ReplaceArguments {
    /// The same in the vault's words.
    pub fn unopened(self) -> Unopened {
        if self.replace_vault {
            Unopened::KeepAside
        } else {
            Unopened::Refuse
        }
    }
}

/// A backup that is opened.
#[derive(Debug, Args)]
pub struct ReadArguments {
    /// Backup file
    #[arg(value_name = "BACKUP")]
    pub file: PathBuf,
    /// Where its password comes from.
    #[command(flatten)]
    pub password: PasswordArguments,
}
