//! The vault: where one server keeps the master secret; `FORMAT.md`, section "Vault".
//!
//! A promotion stages the secret here before its journal begins, activates it by renaming, and
//! keeps what was there before aside until the promotion is past its point of no return.
//! **Invariant:** each act may be repeated after a crash at any instruction.

use std::path::{Path, PathBuf};

use crate::entropy::Entropy;
use crate::fault;
use crate::global_info::ServerName;
use crate::identity::{Fingerprint, PromotionId, SystemId, Term};

use super::armor::{self, Armored, Problem};
use super::crypto::NONCE_LEN;
use super::{Error, Generations, MachineKey, file};

/// The format this program writes, and the newest it reads.
pub const VERSION: u32 = 1;

/// The largest vault file, in bytes; the longest possible one has under 2 KiB.
const MAX_BYTES: u64 = 8 * 1024;

/// The fields, in order.
const FIELDS: [&str; 6] = ["system", "server", "term", "current", "previous", "nonce"];

/// What a server holds: the secret, and since which term it is the master.
///
/// ```compile_fail
/// fn show<T: std::fmt::Debug>() {}
/// show::<regent::secret::Held>();
/// ```
pub struct Held {
    /// The system.
    pub system: SystemId,
    /// The server.
    pub server: ServerName,
    /// The term in which it became the master.
    pub term: Term,
    /// The secrets.
    pub generations: Generations,
}

/// What a vault holds, without the secrets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VaultFacts {
    /// The system.
    pub system: SystemId,
    /// The server.
    pub server: ServerName,
    /// The term in which it became the master.
    pub term: Term,
    /// The master secret.
    pub current: Fingerprint,
    /// The generation before.
    pub previous: Option<Fingerprint>,
}

/// One server's vault.
#[derive(Debug)]
pub struct Vault {
    folder: PathBuf,
    key: MachineKey,
}

impl Vault {
    /// The vault in a folder of its own.
    pub fn new(folder: PathBuf, key: MachineKey) -> Self {
        Self { folder, key }
    }

    fn current(&self) -> PathBuf {
        self.folder.join("current.vault")
    }

    fn previous(&self) -> PathBuf {
        self.folder.join("previous.vault")
    }

    fn staged(&self, id: PromotionId) -> PathBuf {
        self.folder.join(format!("staged-{id}.vault"))
    }

    fn before(&self, id: PromotionId) -> PathBuf {
        self.folder.join(format!("before-{id}.vault"))
    }

    /// Opens what the vault holds; nothing where it is empty.
    pub fn read(&self) -> Result<Option<Held>, Error> {
        self.open(&self.current())
    }

    /// What the vault holds, without the secrets.
    pub fn facts(&self) -> Result<Option<VaultFacts>, Error> {
        Ok(self.read()?.map(|held| {
            let (current, previous) = held.generations.fingerprints();
            VaultFacts {
                system: held.system,
                server: held.server,
                term: held.term,
                current,
                previous,
            }
        }))
    }

    /// Stores a secret; the one before is kept as `previous.vault`.
    pub fn store(&self, held: Held, entropy: &mut Entropy) -> Result<(), Error> {
        let prepared = self.seal(held, &self.current(), entropy)?;
        if self.current().exists() {
            // A copy, not a rename: at every moment there is a current vault.
            let bytes = file::read(&self.current(), MAX_BYTES)?;
            file::put(file::prepare(&self.previous(), &bytes)?, &self.previous())?;
        }
        fault::point("vault/store/before-rename")?;
        file::put(prepared, &self.current())?;
        Ok(fault::point("vault/store/after-rename")?)
    }

    /// Seals a secret beside the current one, for a promotion to activate.
    pub fn stage(&self, id: PromotionId, held: Held, entropy: &mut Entropy) -> Result<(), Error> {
        let prepared = self.seal(held, &self.staged(id), entropy)?;
        fault::point("vault/stage/before-rename")?;
        file::put(prepared, &self.staged(id))?;
        Ok(fault::point("vault/stage/after-rename")?)
    }

    /// Whether a promotion's secret is staged, or was activated already.
    pub fn can_activate(&self, id: PromotionId, term: Term) -> Result<bool, Error> {
        Ok(self.staged(id).exists() || self.is_active(term)?)
    }

    /// Only the promotion that was given this term can have stored it.
    fn is_active(&self, term: Term) -> Result<bool, Error> {
        Ok(self.facts()?.is_some_and(|facts| facts.term == term))
    }

    /// Makes the staged secret the current one and keeps the one before aside.
    pub fn activate(&self, id: PromotionId, term: Term) -> Result<(), Error> {
        if !self.staged(id).exists() {
            return if self.is_active(term)? {
                Ok(())
            } else {
                Err(Error::NotStaged { id })
            };
        }
        fault::point("vault/activate/before-aside")?;
        if self.current().exists() {
            file::rename(&self.current(), &self.before(id))?;
        }
        fault::point("vault/activate/between")?;
        file::rename(&self.staged(id), &self.current())?;
        Ok(fault::point("vault/activate/after-rename")?)
    }

    /// Undoes [`Vault::activate`]: what was there before is there again.
    pub fn deactivate(&self, id: PromotionId, term: Term) -> Result<(), Error> {
        fault::point("vault/deactivate/before")?;
        if self.before(id).exists() {
            file::rename(&self.before(id), &self.current())?;
        } else if self.is_active(term)? {
            file::remove(&self.current())?;
        }
        Ok(fault::point("vault/deactivate/after")?)
    }

    /// Ends a promotion that is past its point of no return: what was kept aside is `previous.vault`.
    pub fn settle(&self, id: PromotionId) -> Result<(), Error> {
        fault::point("vault/settle/before")?;
        if self.before(id).exists() {
            file::rename(&self.before(id), &self.previous())?;
        }
        self.discard(id)?;
        Ok(fault::point("vault/settle/after")?)
    }

    /// Forgets what was staged.
    pub fn discard(&self, id: PromotionId) -> Result<(), Error> {
        file::remove(&self.staged(id))
    }

    /// The promotions that have left something staged or kept aside.
    pub fn pending(&self) -> Result<Vec<PromotionId>, Error> {
        let unreadable = |cause| Error::Unreadable {
            path: self.folder.clone(),
            cause,
        };
        let entries = match std::fs::read_dir(&self.folder) {
            Ok(entries) => entries,
            Err(cause) if cause.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(cause) => return Err(unreadable(cause)),
        };
        let mut ids = Vec::new();
        for entry in entries {
            let name = entry.map_err(unreadable)?.file_name();
            let name = name.to_string_lossy();
            let id: Option<PromotionId> = name
                .strip_suffix(".vault")
                .and_then(|name| {
                    name.strip_prefix("staged-")
                        .or(name.strip_prefix("before-"))
                })
                .and_then(|id| id.parse().ok());
            ids.extend(id);
        }
        ids.sort_unstable();
        ids.dedup();
        Ok(ids)
    }

    fn seal(
        &self,
        held: Held,
        path: &Path,
        entropy: &mut Entropy,
    ) -> Result<tempfile::NamedTempFile, Error> {
        file::make_private_folder(&self.folder)?;
        let key = self.key.read_or_make(&self.folder, entropy)?;
        let nonce: [u8; NONCE_LEN] = entropy.draw()?;
        let (current, previous) = held.generations.fingerprints();
        let mut fields = vec![
            ("system", held.system.to_string()),
            ("server", held.server.to_string()),
            ("term", held.term.to_string()),
            ("current", current.to_string()),
        ];
        fields.extend(previous.map(|previous| ("previous", previous.to_string())));
        fields.push(("nonce", armor::hex(&nonce)));
        let mut armored = Armored {
            kind: "vault",
            version: VERSION,
            fields,
            body: Vec::new(),
        };
        armored.body = key.seal(
            &nonce,
            armored.header().as_bytes(),
            &held.generations.plaintext(),
        );
        file::prepare(path, armored.text().as_bytes())
    }

    fn open(&self, path: &Path) -> Result<Option<Held>, Error> {
        if self.folder.exists() {
            file::refuse_open_mode(&self.folder)?;
        }
        let Some(bytes) = file::read_private(path, MAX_BYTES)? else {
            return Ok(None);
        };
        let refused = || Error::VaultDoesNotOpen {
            path: path.to_owned(),
        };
        let armored = match Armored::parse(&bytes, "vault", VERSION, &FIELDS) {
            Ok(armored) => armored,
            Err(Problem::Newer(version)) => {
                return Err(Error::NewerFormat {
                    path: path.to_owned(),
                    version,
                });
            }
            Err(_) => return Err(refused()),
        };
        let key = self.key.read(&self.folder)?.ok_or_else(refused)?;
        let nonce = armored
            .field("nonce")
            .and_then(armor::unhex)
            .and_then(|nonce| nonce.try_into().ok())
            .ok_or_else(refused)?;
        let plaintext = key
            .open(&nonce, armored.header().as_bytes(), &armored.body)
            .map_err(|_| refused())?;
        let held = || {
            Some(Held {
                system: armored.field("system")?.parse().ok()?,
                server: armored.field("server")?.parse().ok()?,
                term: Term(armored.field("term")?.parse().ok()?),
                generations: Generations::from_plaintext(&plaintext)?,
            })
        };
        held().map(Some).ok_or_else(refused)
    }
}
