//! The vault: where one server keeps the master secret; `FORMAT.md`, section "Vault".
//!
//! A promotion stages the secret here before its journal begins, activates it by renaming, and
//! keeps what was there before aside until the promotion is past its point of no return.
//! **Invariant:** each act may be repeated after a crash at any instruction.

use std::path::{Path, PathBuf};

use crate::entropy::Entropy;
use crate::global_info::ServerName;
use crate::identity::{Fingerprint, PromotionId, SystemId, Term};
use crate::system::SystemState;

use super::armor::{self, Armored, Problem};
use super::crypto::{Key, NONCE_LEN};
use super::{Error, Generations, MachineKey, file};

mod label;

pub use label::{Label, Labels};

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

impl VaultFacts {
    /// Whether the server was the master in a term that another one has ended.
    pub fn believes_in_an_earlier_term(&self, state: &SystemState) -> bool {
        self.system == state.id && self.term < state.term
    }

    /// Whether it is what the master's vault must be: of this system, its secret and the present term.
    pub fn is_as_needed(&self, state: &SystemState) -> bool {
        self.system == state.id
            && self.term == state.term
            && state.secrets.current == Some(self.current)
    }
}

/// What a promotion keeps in a vault besides the current secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Aside {
    /// The secret that is to become the current one.
    Staged,
    /// The secret that was current before.
    Before,
}

/// A file that a promotion keeps in a vault.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pending {
    /// Where it lies.
    pub path: PathBuf,
    /// The promotion.
    pub id: PromotionId,
    /// What it is.
    pub aside: Aside,
}

/// What lies in a vault's folder.
#[derive(Debug, Default)]
pub struct Contents {
    /// What promotions keep there.
    pub pending: Vec<Pending>,
    /// What commands that were killed have left.
    pub temporary: Vec<PathBuf>,
    /// Folder, files and machine key that others than the owner may use, each an [`Error::TooOpen`].
    pub exposed: Vec<Error>,
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
        Ok(self.read()?.as_ref().map(Held::facts))
    }

    /// Stores a secret; what was current before, whether it opens or not, is `previous.vault`.
    #[expect(
        clippy::needless_pass_by_value,
        reason = "what was sealed is wiped, not kept"
    )]
    pub fn store(&self, held: Held, entropy: &mut Entropy) -> Result<(), Error> {
        file::make_private_folder(&self.folder)?;
        let _alone = file::write_alone(&self.folder)?;
        let prepared = self.seal(&held, &self.current(), entropy)?;
        // A copy, not a rename: at every moment there is a current vault.
        if let Some(bytes) = bytes(&self.current())? {
            file::put(file::prepare(&self.previous(), &bytes)?, &self.previous())?;
        }
        file::put(prepared, &self.current())
    }

    /// Seals a secret beside the current one, for a promotion to activate.
    #[expect(
        clippy::needless_pass_by_value,
        reason = "what was sealed is wiped, not kept"
    )]
    pub fn stage(&self, id: PromotionId, held: Held, entropy: &mut Entropy) -> Result<(), Error> {
        file::make_private_folder(&self.folder)?;
        let _alone = file::write_alone(&self.folder)?;
        // Asked before the journal begins, for activating and settling rename these.
        file::refuse_unfit(&self.current())?;
        file::refuse_unfit(&self.previous())?;
        let prepared = self.seal(&held, &self.staged(id), entropy)?;
        file::put(prepared, &self.staged(id))
    }

    /// Whether a promotion's secret is staged and opens, or was activated already.
    pub fn can_activate(&self, id: PromotionId, term: Term) -> Result<bool, Error> {
        match self.open(&self.staged(id))? {
            Some(held) => Ok(held.term == term),
            None => self.is_active(term),
        }
    }

    /// Only the promotion that was given this term can have stored it.
    fn is_active(&self, term: Term) -> Result<bool, Error> {
        Ok(self.facts()?.is_some_and(|facts| facts.term == term))
    }

    /// Makes the staged secret the current one and keeps what was there before aside: an empty
    /// file where there was nothing.
    pub fn activate(&self, id: PromotionId, term: Term) -> Result<(), Error> {
        let _alone = self.alone()?;
        if !self.staged(id).exists() {
            return if self.is_active(term)? {
                Ok(())
            } else {
                Err(Error::NotStaged { id })
            };
        }
        // What lies aside already is what was there before; nothing may take its place.
        let before = self.before(id);
        if !before.exists() {
            if self.current().exists() {
                file::rename(&self.current(), &before)?;
            } else {
                file::put(file::prepare(&before, b"")?, &before)?;
            }
        }
        file::rename(&self.staged(id), &self.current())
    }

    /// Undoes [`Vault::activate`]: what was there before is there again. Where nothing lies aside,
    /// nothing was activated, or it is undone or settled already.
    pub fn deactivate(&self, id: PromotionId, term: Term) -> Result<(), Error> {
        let _alone = self.alone()?;
        let before = self.before(id);
        match length(&before)? {
            None => Ok(()),
            Some(0) => {
                // What somebody else has put there meanwhile is not the promotion's to remove.
                if self.was_activated(term)? {
                    file::remove(&self.current())?;
                }
                file::remove(&before)
            }
            Some(_) => file::rename(&before, &self.current()),
        }
    }

    /// As [`Vault::is_active`], where what does not open is no reason to be stuck.
    fn was_activated(&self, term: Term) -> Result<bool, Error> {
        match self.is_active(term) {
            Err(Error::VaultDoesNotOpen { .. }) => Ok(false),
            answer => answer,
        }
    }

    /// Ends a promotion that is past its point of no return: what was kept aside is `previous.vault`.
    pub fn settle(&self, id: PromotionId) -> Result<(), Error> {
        let _alone = self.alone()?;
        let before = self.before(id);
        match length(&before)? {
            None => {}
            Some(0) => file::remove(&before)?,
            Some(_) => file::rename(&before, &self.previous())?,
        }
        file::remove(&self.staged(id))
    }

    /// Forgets what was staged.
    pub fn discard(&self, id: PromotionId) -> Result<(), Error> {
        let _alone = self.alone()?;
        file::remove(&self.staged(id))
    }

    /// Keeps other writers out; there are none where there is no folder.
    fn alone(&self) -> Result<Option<std::fs::File>, Error> {
        let there = self.folder.exists();
        there.then(|| file::write_alone(&self.folder)).transpose()
    }

    /// The promotions that have left something staged or kept aside.
    pub fn pending(&self) -> Result<Vec<PromotionId>, Error> {
        let pending = self.contents()?.pending;
        let mut ids: Vec<PromotionId> = pending.into_iter().map(|pending| pending.id).collect();
        ids.sort_unstable();
        ids.dedup();
        Ok(ids)
    }

    /// What lies in its folder; nothing where there is none.
    pub fn contents(&self) -> Result<Contents, Error> {
        let unreadable = |cause| Error::Unreadable {
            path: self.folder.clone(),
            cause,
        };
        let entries = match std::fs::read_dir(&self.folder) {
            Ok(entries) => entries,
            Err(cause) if cause.kind() == std::io::ErrorKind::NotFound => {
                return Ok(Contents::default());
            }
            Err(cause) => return Err(unreadable(cause)),
        };
        let mut paths = Vec::new();
        for entry in entries {
            paths.push(entry.map_err(unreadable)?.path());
        }
        paths.sort_unstable();
        let mut contents = Contents::default();
        let guarded = [self.folder.clone(), self.key.path(&self.folder)];
        let beside = paths.iter().filter(|path| **path != guarded[1]);
        contents.exposed = guarded
            .iter()
            .chain(beside)
            .filter_map(|path| file::exposed(path))
            .collect();
        for path in paths {
            let Some(name) = path.file_name().map(std::ffi::OsStr::to_string_lossy) else {
                continue;
            };
            if file::is_temporary(&name) {
                contents.temporary.push(path);
                continue;
            }
            let kept = [("staged-", Aside::Staged), ("before-", Aside::Before)];
            let kept = kept.into_iter().find_map(|(prefix, aside)| {
                let id = name.strip_prefix(prefix)?.strip_suffix(".vault")?;
                Some((id.parse().ok()?, aside))
            });
            if let Some((id, aside)) = kept {
                contents.pending.push(Pending { path, id, aside });
            }
        }
        Ok(contents)
    }

    fn seal(
        &self,
        held: &Held,
        path: &Path,
        entropy: &mut Entropy,
    ) -> Result<tempfile::NamedTempFile, Error> {
        let key = self.key.read_or_make(&self.folder, entropy)?;
        let nonce: [u8; NONCE_LEN] = entropy.draw()?;
        let fields = held.fields(&nonce);
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
        file::refuse_open_folder(&self.folder)?;
        let Some(bytes) = bytes(path)? else {
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
        let key = self.key.read(&self.folder)?;
        Held::unseal(&armored, &key).map(Some).ok_or_else(refused)
    }
}

/// How long what lies aside is; nothing where there is none.
fn length(path: &Path) -> Result<Option<u64>, Error> {
    match path.symlink_metadata() {
        Ok(found) => Ok(Some(found.len())),
        Err(cause) if cause.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(cause) => Err(Error::Unreadable {
            path: path.to_owned(),
            cause,
        }),
    }
}

/// A file of the vault; nothing where there is none.
fn bytes(path: &Path) -> Result<Option<zeroize::Zeroizing<Vec<u8>>>, Error> {
    match file::read_private(path, MAX_BYTES) {
        Err(Error::TooLarge { path, .. }) => Err(Error::VaultDoesNotOpen { path }),
        read => read,
    }
}

impl Held {
    /// What it is, without the secrets.
    pub fn facts(&self) -> VaultFacts {
        let (current, previous) = self.generations.fingerprints();
        VaultFacts {
            system: self.system,
            server: self.server.clone(),
            term: self.term,
            current,
            previous,
        }
    }

    fn fields(&self, nonce: &[u8; NONCE_LEN]) -> Vec<(&'static str, String)> {
        let (current, previous) = self.generations.fingerprints();
        let mut fields = vec![
            ("system", self.system.to_string()),
            ("server", self.server.to_string()),
            ("term", self.term.to_string()),
            ("current", current.to_string()),
        ];
        fields.extend(previous.map(|previous| ("previous", previous.to_string())));
        fields.push(("nonce", armor::hex(nonce)));
        fields
    }

    fn unseal(armored: &Armored, key: &Key) -> Option<Self> {
        let nonce = armor::unhex(armored.field("nonce")?)?.try_into().ok()?;
        let plaintext = key
            .open(&nonce, armored.header().as_bytes(), &armored.body)
            .ok()?;
        let held = Self {
            system: armored.field("system")?.parse().ok()?,
            server: armored.field("server")?.parse().ok()?,
            term: Term(armored.field("term")?.parse().ok()?),
            generations: Generations::from_plaintext(&plaintext)?,
        };
        // The fields have one spelling, and the secrets the names they came under.
        (held.fields(&nonce) == armored.fields).then_some(held)
    }
}
