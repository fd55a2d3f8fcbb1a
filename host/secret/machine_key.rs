//! The key of this machine, under which its vault is sealed.

use std::path::{Path, PathBuf};

use secrecy::{ExposeSecret as _, SecretBox};

use crate::entropy::Entropy;
use crate::identity::Fingerprint;

use super::crypto::{KEY_LEN, Key};
use super::{Error, file};

const VAULT_LABEL: &str = "regent vault 1";
const NAME_LABEL: &str = "regent machine 1";

/// Where the machine key lies.
#[derive(Debug, Clone)]
pub enum MachineKey {
    /// In the vault's own folder, made when it is first needed.
    OwnFile,
    /// In a file that somebody else provides, such as a systemd credential.
    File(PathBuf),
}

/// What a machine key seals vaults with.
pub(super) struct Seal {
    /// The key of vaults.
    pub(super) key: Key,
    /// The machine key's name, which says nothing of it.
    pub(super) name: Fingerprint,
}

impl Seal {
    fn of(key: &SecretBox<[u8; KEY_LEN]>) -> Self {
        Self {
            key: Key::derived(key, VAULT_LABEL, b""),
            name: Fingerprint::from_bytes(Key::derived(key, NAME_LABEL, b"").name()),
        }
    }
}

impl MachineKey {
    pub(super) fn path(&self, vault: &Path) -> PathBuf {
        match self {
            Self::OwnFile => vault.join("machine.key"),
            Self::File(path) => path.clone(),
        }
    }

    /// Reads the key.
    pub(super) fn read(&self, vault: &Path) -> Result<Seal, Error> {
        let path = self.path(vault);
        let bytes = match file::read_private(&path, KEY_LEN as u64) {
            Ok(Some(bytes)) if bytes.len() == KEY_LEN => bytes,
            Ok(None) => return Err(Error::NoMachineKey { path }),
            Ok(Some(_)) | Err(Error::TooLarge { .. }) => return Err(Error::BadMachineKey { path }),
            Err(refused) => return Err(refused),
        };
        let key = SecretBox::init_with_mut(|key: &mut [u8; KEY_LEN]| key.copy_from_slice(&bytes));
        Ok(Seal::of(&key))
    }

    /// Reads the key, or makes it where it is the vault's own.
    pub(super) fn read_or_make(&self, vault: &Path, entropy: &mut Entropy) -> Result<Seal, Error> {
        match (self.read(vault), self) {
            (Err(Error::NoMachineKey { path }), Self::OwnFile) => make(&path, entropy),
            (read, _) => read,
        }
    }
}

fn make(path: &Path, entropy: &mut Entropy) -> Result<Seal, Error> {
    let mut drawn = Ok(());
    let key = SecretBox::init_with_mut(|key: &mut [u8; KEY_LEN]| drawn = entropy.fill(key));
    drawn?;
    file::put_new(file::prepare(path, key.expose_secret())?, path)?;
    Ok(Seal::of(&key))
}
