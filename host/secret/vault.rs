//! The vault: where one server keeps the master secret; `FORMAT.md`, section "Vault".
//!
//! A promotion stages the secret here before its journal begins, activates it by renaming, and
//! keeps what was there before aside until the promotion is past its point of no return.
//! **Invariant:** each act may be repeated after a crash at any instruction; none touches what says
//! that it is of another system than the one acted for; and what does not open is neither replaced
//! nor removed, but renamed aside.

use std::path::{Path, PathBuf};

use crate::global_info::ServerName;
use crate::identity::{Fingerprint, PromotionId, SystemId, Term};
use crate::system::SystemState;

use super::{Error, Generations, MachineKey, file};

pub mod acts;
pub mod claim;
pub mod contents;
pub mod guard;
pub mod label;
pub mod sealed;

pub use claim::{Claim, Computer};
pub use contents::{Aside, Contents, Pending};
pub use guard::Unopened;
pub use label::{Label, Labels};
pub use sealed::VERSION;

/// The largest vault file, in bytes; the longest possible one has under 2 KiB.
const MAX_BYTES: u64 = 8 * 1024;

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

/// One server's vault.
#[derive(Debug)]
pub struct Vault {
    folder: PathBuf,
    key: MachineKey,
    computer: Option<Computer>,
}

impl Vault {
    /// The vault in a folder of its own; what is written there names no computer.
    pub fn new(folder: PathBuf, key: MachineKey) -> Self {
        Self {
            folder,
            key,
            computer: None,
        }
    }

    /// The same, written to from a computer of that name.
    #[must_use]
    pub fn written_on(self, computer: Option<&str>) -> Self {
        Self {
            computer: computer.and_then(Computer::new),
            ..self
        }
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

    /// Opens what the vault holds, whatever system it is of; nothing where it is empty.
    pub fn read(&self) -> Result<Option<Held>, Error> {
        self.open(&self.current())
    }

    /// Opens what the vault holds for `system`, and refuses another system's.
    pub fn read_for(&self, system: SystemId) -> Result<Option<Held>, Error> {
        guard::refuse_another(&self.current(), system)?;
        self.read()
    }

    /// What the vault holds, without the secrets, whatever system it is of.
    pub fn facts(&self) -> Result<Option<VaultFacts>, Error> {
        Ok(self.read()?.as_ref().map(Held::facts))
    }

    /// What the vault holds for `system`, without the secrets; another system's is refused.
    pub fn facts_for(&self, system: SystemId) -> Result<Option<VaultFacts>, Error> {
        Ok(self.read_for(system)?.as_ref().map(Held::facts))
    }

    fn open(&self, path: &Path) -> Result<Option<Held>, Error> {
        file::refuse_open_folder(&self.folder)?;
        let Some(bytes) = bytes(path)? else {
            return Ok(None);
        };
        let armored = sealed::parse(path, &bytes)?;
        let key = self.key.read(&self.folder)?;
        sealed::unseal(path, &armored, &key).map(Some)
    }
}

/// What the operator is to know of a vault that did not open and was replaced.
pub fn kept_aside(path: &Path) -> String {
    format!(
        "what could not be opened is kept as {}: keep it until you know that nobody needs it",
        path.display()
    )
}

/// A file of the vault; nothing where there is none.
fn bytes(path: &Path) -> Result<Option<zeroize::Zeroizing<Vec<u8>>>, Error> {
    match file::read_private(path, MAX_BYTES) {
        Err(Error::TooLarge { path, .. }) => Err(Error::VaultDoesNotOpen { path }),
        read => read,
    }
}
