//! What stops backup and vault.

use std::collections::TryReserveError;
use std::path::PathBuf;

use jiff::Timestamp;

use super::NotAKey;
use crate::entropy;
use crate::identity::{Fingerprint, PromotionId, SystemId};

use super::damage::Remains;
use super::vault::Computer;

mod codes;
mod help;

/// Why a secret was not written, read or accepted.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The operating system refused to read.
    #[error("cannot read {}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        cause: std::io::Error,
    },
    /// The operating system refused to write.
    #[error("cannot write {}", path.display())]
    Unwritable {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        cause: std::io::Error,
    },
    /// A folder, pipe or link where a file must be.
    #[error("{} is {what}, not a file", path.display())]
    NotAFile {
        /// The path.
        path: PathBuf,
        /// What it is instead.
        what: &'static str,
    },
    /// Something else stands where the vault keeps a file or a folder of its own.
    #[error("{} is {what}, not what the vault keeps there", path.display())]
    NotTheVaults {
        /// The path.
        path: PathBuf,
        /// What it is instead.
        what: &'static str,
    },
    /// What is kept of how far a system was seen is not what was written.
    #[error("{} is not what regent writes down of a system that it has seen", path.display())]
    NoSighting {
        /// The file.
        path: PathBuf,
    },
    /// Backups are never overwritten.
    #[error("{} exists already", path.display())]
    Exists {
        /// The file.
        path: PathBuf,
    },
    /// Larger than anything that can be in it.
    #[error("{} is larger than {limit} bytes", path.display())]
    TooLarge {
        /// The file.
        path: PathBuf,
        /// The most that is read, in bytes.
        limit: u64,
    },
    /// Others than the owner may read or write it.
    #[error("{} may be used by others than its owner (mode {mode:03o})", path.display())]
    TooOpen {
        /// The file or folder.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
    /// Something else altogether.
    #[error("{} is not a backup of a master secret", path.display())]
    NotABackup {
        /// The file.
        path: PathBuf,
    },
    /// Written by a newer regent.
    #[error("{} has format version {version}, which this regent does not know", path.display())]
    NewerFormat {
        /// The file.
        path: PathBuf,
        /// Its version.
        version: u32,
    },
    /// No text at all, as the vendor's own backups are none.
    #[error("{} is a binary file, not a backup that regent wrote", path.display())]
    Binary {
        /// The file.
        path: PathBuf,
    },
    /// Two backups in one file, as of a mail that quotes another.
    #[error("{} holds more than one backup: one begins in line {first}, one in line {second}", path.display())]
    SeveralBackups {
        /// The file.
        path: PathBuf,
        /// Where the first begins.
        first: usize,
        /// Where the second begins.
        second: usize,
    },
    /// Cut off.
    #[error("{} is cut off: nothing follows line {line}, and its end is missing", path.display())]
    Truncated {
        /// The file.
        path: PathBuf,
        /// The last line that is there.
        line: usize,
        /// What can still be said of it.
        remains: Box<Remains>,
    },
    /// Not as regent writes it.
    #[error("{} is damaged in line {line}: {what}", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// The first line that is.
        line: usize,
        /// What is wrong with it.
        what: String,
        /// What can still be said of it.
        remains: Box<Remains>,
    },
    /// The header asks for more work than any backup needs, or for next to none.
    #[error("{} asks for a key derivation outside what is accepted ({asked})", path.display())]
    CostRefused {
        /// The file.
        path: PathBuf,
        /// What it asks for.
        asked: String,
    },
    /// One error on purpose: to tell them apart would help whoever altered the file.
    #[error("the password is wrong, or {} was altered", path.display())]
    WrongPasswordOrAltered {
        /// The file.
        path: PathBuf,
    },
    /// What was written did not read back.
    #[error("{} did not read back as it was written", path.display())]
    ReadBack {
        /// The file.
        path: PathBuf,
    },
    /// Too short (event 10836).
    #[error(
        "the password has {found} characters; it needs at least {}",
        super::password::MIN_PASSWORD
    )]
    PasswordTooShort {
        /// How many it has.
        found: usize,
    },
    /// Too long (event 10839).
    #[error(
        "the password has {found} characters; it may have at most {}",
        super::password::MAX_PASSWORD
    )]
    PasswordTooLong {
        /// How many it has.
        found: usize,
    },
    /// Nothing there.
    #[error("the password is empty")]
    PasswordEmpty,
    /// More than a line.
    #[error("the password is not one line of text")]
    PasswordNotText,
    /// Neither UTF-8 nor UTF-16.
    #[error("the password is not text in UTF-8 or UTF-16")]
    PasswordNotUnicode,
    /// Too long (event 10840).
    #[error(
        "the reminder has {found} characters; it may have at most {}",
        super::password::MAX_REMINDER
    )]
    ReminderTooLong {
        /// How many it has.
        found: usize,
    },
    /// Everybody who can read the backup can read its reminder.
    #[error("the reminder contains the password")]
    ReminderTellsPassword,
    /// Empty, with spaces around it, or with a control character in it.
    #[error("the reminder is not one line of text without spaces around it")]
    ReminderNotText,
    /// Made for another system.
    #[error("the backup is of system {backup}, this database of system {database}")]
    OtherSystem {
        /// The backup's.
        backup: SystemId,
        /// The database's.
        database: SystemId,
    },
    /// Made before the last rotation.
    #[error("the backup{} holds master secret {backup}, the one before the present {database}", written(*created))]
    OlderGeneration {
        /// The backup's.
        backup: Fingerprint,
        /// The database's.
        database: Fingerprint,
        /// When the backup was written.
        created: Option<Timestamp>,
    },
    /// Neither the present secret nor the one before.
    #[error("the backup holds master secret {backup}, this database needs {database}")]
    OtherSecret {
        /// The backup's.
        backup: Fingerprint,
        /// The database's.
        database: Fingerprint,
    },
    /// The database has no secret at all.
    #[error("no master secret has been generated for this database")]
    NoSecret,
    /// The name fits, the secret does not.
    #[error("master secret {secret} does not open this database's proof")]
    ProofDoesNotOpen {
        /// The secret.
        secret: Fingerprint,
    },
    /// Another key than the one here sealed the vault, and the vault does not say so; or it was altered.
    #[error("the vault {} cannot be opened: another machine key sealed it, or it was altered", path.display())]
    VaultDoesNotOpen {
        /// The vault.
        path: PathBuf,
    },
    /// The vault says that another key than the one here sealed it.
    #[error(
        "the vault {} was sealed under machine key {sealed}{}, and the machine key here is {here}",
        path.display(), on(computer.as_ref())
    )]
    SealedByAnotherKey {
        /// The vault.
        path: PathBuf,
        /// The key that sealed it.
        sealed: Fingerprint,
        /// The key that is here.
        here: Fingerprint,
        /// The computer that wrote it.
        computer: Option<Computer>,
    },
    /// The vault says that it is of another system, whether it opens or not.
    #[error("the vault {} is of system {vault}, this database of system {database}", path.display())]
    AnotherSystemsVault {
        /// The vault.
        path: PathBuf,
        /// The vault's system.
        vault: SystemId,
        /// The database's.
        database: SystemId,
    },
    /// Another vault would take the place of one that does not open.
    #[error("the vault {} cannot be opened, and would be replaced", path.display())]
    WouldReplaceUnopened {
        /// The vault.
        path: PathBuf,
        /// Why it does not open.
        #[source]
        cause: Box<Self>,
    },
    /// The machine key is gone.
    #[error("the machine key {} is missing", path.display())]
    NoMachineKey {
        /// The key.
        path: PathBuf,
    },
    /// The machine key is not 32 bytes.
    #[error("the machine key {} is not {} bytes", path.display(), super::crypto::KEY_LEN)]
    BadMachineKey {
        /// The key.
        path: PathBuf,
    },
    /// Nothing staged and nothing activated.
    #[error("no master secret is staged for promotion {id}")]
    NotStaged {
        /// The promotion.
        id: PromotionId,
    },
    /// No memory for the key derivation.
    #[error("there are no {kib} KiB of memory to derive the backup's key in")]
    NoMemory {
        /// How much it takes.
        kib: u32,
        /// Why.
        #[source]
        cause: TryReserveError,
    },
    /// Not a private key that can sign.
    #[error("{} does not read as a private key that ssh-keygen wrote", path.display())]
    NotAKey {
        /// The file.
        path: PathBuf,
    },
    /// The public half of a key.
    #[error("{} is the public half of a key, which cannot sign", path.display())]
    PublicHalf {
        /// The file.
        path: PathBuf,
    },
    /// A private key in a form that came before OpenSSH's own.
    #[error("{} is a private key in an older form", path.display())]
    OldPrivateKey {
        /// The file.
        path: PathBuf,
    },
    /// The private half is on a token.
    #[error("{} stands for a key on a token, which signs by itself", path.display())]
    KeyOnToken {
        /// The file.
        path: PathBuf,
    },
    /// A private key that is not taken.
    #[error("{} cannot sign", path.display())]
    UnfitKey {
        /// The file.
        path: PathBuf,
        /// What it is.
        #[source]
        cause: NotAKey,
    },
    /// The passphrase does not open the key.
    #[error("the passphrase does not open {}", path.display())]
    WrongPassphrase {
        /// The file.
        path: PathBuf,
    },
    /// The key could not sign.
    #[error("the key could not sign")]
    NotSigned,
    /// No random bytes.
    #[error(transparent)]
    Entropy(#[from] entropy::Error),
}

fn written(created: Option<Timestamp>) -> String {
    created.map_or_else(String::new, |created| format!(" of {created}"))
}

fn on(computer: Option<&Computer>) -> String {
    computer.map_or_else(String::new, |computer| format!(" on {computer}"))
}
