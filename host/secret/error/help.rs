//! What to do about what stops backup and vault.

use crate::visible::quote;

use super::Error;

/// The ways on for computers that share a folder of vaults.
const ONE_KEY_OR_TWO_FOLDERS: &str = "where several computers share the folder, give each a folder \
    of vaults of its own (`vault` in regent.toml), or all of them one machine key (`machine-key`)";

/// How a key signs that regent cannot read.
const SIGN_THERE: &str = "sign with `ssh-keygen -Y sign`: for a plan what `regent approve PLAN-FILE \
    --statement FILE` writes, with `-n regent-approval`; a plugin's component with `-n \
    regent-plugin`";

impl Error {
    /// What to do about it.
    pub fn help(&self) -> Option<String> {
        Some(match self {
            Self::Unreadable { cause, .. } if cause.kind() == std::io::ErrorKind::NotFound => {
                "check the path; it is taken from the folder you are in".to_owned()
            }
            Self::Unwritable { .. } => {
                "check that the folder exists, may be written to, and has room".to_owned()
            }
            Self::NotAFile { .. } => {
                "name the file itself; to read a password from a pipe, use --password-fd".to_owned()
            }
            Self::NotTheVaults { .. } => {
                "move it away and put back what was there; if that is lost, the master secret can be \
                 restored: `regent secret restore BACKUP`"
                    .to_owned()
            }
            Self::NoSighting { path } => format!(
                "it is there so that an older copy of the database is recognised: make sure that the \
                 database is the newest there is, then `rm {}`; the next command that changes \
                 something writes it anew",
                quote(&path.display().to_string())
            ),
            Self::TooLarge { .. } => "check that this is the file you mean".to_owned(),
            Self::Exists { .. } => "name a new file: a backup is never overwritten".to_owned(),
            Self::TooOpen { path, .. } => {
                let wanted = if path.is_dir() { "700" } else { "600" };
                format!("run `chmod {wanted} {}`", quote(&path.display().to_string()))
            }
            Self::PasswordNotText => {
                "a password file holds the password alone; one line end does not count".to_owned()
            }
            Self::PasswordNotUnicode => {
                "save the password's file as UTF-8; if it is windows-1252 now, `iconv -f \
                 windows-1252 -t UTF-8 FILE > NEW-FILE` does that"
                    .to_owned()
            }
            Self::NotABackup { .. } => {
                "name a file that `regent secret backup NEW-BACKUP` or `regent secret generate NEW-BACKUP` wrote; the \
                 vendor's own .bak files have another, unpublished format"
                    .to_owned()
            }
            Self::NewerFormat { .. } => "upgrade regent".to_owned(),
            Self::Binary { .. } => {
                "if SSO itself wrote it (`ssoconfig -backupSecret`), keep it: only SSO's own tools \
                 restore it, for its format is not published; regent needs a backup that `regent \
                 secret backup NEW-BACKUP` wrote"
                    .to_owned()
            }
            Self::SeveralBackups { .. } => {
                "save the one you mean alone, from its line “regent backup” to its line “end”"
                    .to_owned()
            }
            Self::Truncated { remains, .. } | Self::Damaged { remains, .. } => {
                let help = "copy it again from where it is kept, or take another backup";
                if remains.is_empty() {
                    help.to_owned()
                } else {
                    format!("{help}; of itself this one says: {remains}")
                }
            }
            Self::CostRefused { .. } => {
                "regent never writes such a backup; take one whose origin you know".to_owned()
            }
            Self::WrongPasswordOrAltered { .. } => {
                "`regent secret inspect BACKUP` shows the password reminder; if the password is \
                 right, take another copy of the backup"
                    .to_owned()
            }
            Self::ReadBack { .. } => "the disk may be failing: write to another one".to_owned(),
            Self::ReminderTellsPassword => {
                "choose a reminder that tells nobody else: anyone who can read the backup can read it"
                    .to_owned()
            }
            Self::OtherSystem { .. } => "take a backup of this system".to_owned(),
            Self::OlderGeneration { .. } | Self::OtherSecret { .. } => {
                "take the newest backup of this system; `regent secret inspect ANOTHER-BACKUP` shows what \
                 each one holds"
                    .to_owned()
            }
            Self::NoSecret => "run `regent secret generate NEW-BACKUP` on the master".to_owned(),
            Self::ProofDoesNotOpen { .. } => {
                "database and backup do not belong together: was the database restored from an \
                 older copy?"
                    .to_owned()
            }
            Self::NoMemory { .. } => "free some memory, or open the backup elsewhere".to_owned(),
            Self::NotStaged { .. } => "run `regent abort`, then promote again".to_owned(),
            _ => return self.help_with_vault(),
        })
    }

    /// What to do about a vault that is another system's or does not open.
    fn help_with_vault(&self) -> Option<String> {
        Some(match self {
            Self::VaultDoesNotOpen { .. } => format!(
                "put the machine key back that sealed it; {ONE_KEY_OR_TWO_FOLDERS}; if it is lost, \
                 restore the master secret and keep this vault aside: `regent secret restore BACKUP \
                 --replace-vault`"
            ),
            Self::SealedByAnotherKey { .. } => format!(
                "{ONE_KEY_OR_TWO_FOLDERS}; if the other key is lost, restore the master secret and \
                 keep this vault aside: `regent secret restore BACKUP --replace-vault`"
            ),
            Self::AnotherSystemsVault { vault, .. } => format!(
                "act from the folder of this database's own settings, or name them with --config; \
                 two systems on one computer need a folder of vaults each (`vault` in regent.toml); \
                 if system {vault} is gone for good, move its vault away"
            ),
            Self::WouldReplaceUnopened { cause, .. } => format!(
                "nothing was changed; {}; to put another in its place and keep this one aside, add \
                 --replace-vault",
                match &**cause {
                    Self::NewerFormat { .. } => "upgrade regent",
                    Self::NoMachineKey { .. } => "put the machine key back",
                    _ => ONE_KEY_OR_TWO_FOLDERS,
                }
            ),
            Self::NoMachineKey { .. } => {
                "put the right key back; if it is lost, a vault makes another one unless \
                 `machine-key` in regent.toml names a file: restore the master secret and keep this \
                 vault aside: `regent secret restore BACKUP --replace-vault`"
                    .to_owned()
            }
            Self::BadMachineKey { .. } => {
                "put the right key back; if it is lost, move this file away, restore the master \
                 secret and keep the vault aside: `regent secret restore BACKUP --replace-vault`"
                    .to_owned()
            }
            _ => return self.help_with_key(),
        })
    }

    /// What to do about a key that does not sign.
    fn help_with_key(&self) -> Option<String> {
        Some(match self {
            Self::WrongPassphrase { .. } => {
                "nothing was signed; run the command again and type the key's passphrase".to_owned()
            }
            Self::NotAKey { .. } | Self::UnfitKey { .. } => {
                "name a private key that is taken; `ssh-keygen -t ed25519` makes one".to_owned()
            }
            Self::PublicHalf { .. } => {
                format!(
                    "name the private key itself; where an agent or a token keeps it, {SIGN_THERE}"
                )
            }
            Self::OldPrivateKey { path } => format!(
                "`ssh-keygen -p -f {}` writes it anew in OpenSSH's form",
                quote(&path.display().to_string())
            ),
            Self::KeyOnToken { .. } => SIGN_THERE.to_owned(),
            _ => return None,
        })
    }

    /// Whether a vault is there and does not open, so that nobody here knows what is in it.
    pub fn leaves_unopened(&self) -> bool {
        matches!(
            self,
            Self::VaultDoesNotOpen { .. }
                | Self::SealedByAnotherKey { .. }
                | Self::NoMachineKey { .. }
                | Self::BadMachineKey { .. }
                | Self::NewerFormat { .. }
        )
    }
}
