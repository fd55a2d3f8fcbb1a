//! The key of this machine, under which its vault is sealed.

use std::path::{Path, PathBuf};

use secrecy::{ExposeSecret as _, SecretBox};

use crate::entropy::Entropy;

use super::crypto::{KEY_LEN, Key};
use super::{Error, file};

const VAULT_LABEL: &str = "regent vault 1";

/// Where the machine key lies.
#[derive(Debug, Clone)]
pub enum MachineKey {
    /// In the vault's own folder, made when it is first needed.
    OwnFile,
    /// In a file that somebody else provides, such as a systemd credential.
    File(PathBuf),
}

impl MachineKey {
    fn path(&self, vault: &Path) -> PathBuf {
        match self {
            Self::OwnFile => vault.join("machine.key"),
            Self::File(path) => path.clone(),
        }
    }

    /// Reads the key; nothing where there is none yet.
    pub(super) fn read(&self, vault: &Path) -> Result<Option<Key>, Error> {
        let path = self.path(vault);
        let Some(bytes) = file::read_private(&path, KEY_LEN as u64)? else {
            return match self {
                Self::OwnFile => Ok(None),
                Self::File(_) => Err(Error::BadMachineKey { path }),
            };
        };
        if bytes.len() != KEY_LEN {
            return Err(Error::BadMachineKey { path });
        }
        let key = SecretBox::init_with_mut(|key: &mut [u8; KEY_LEN]| key.copy_from_slice(&bytes));
        Ok(Some(Key::derived(&key, VAULT_LABEL, b"")))
    }

    /// Reads the key, or makes it where it is the vault's own.
    pub(super) fn read_or_make(&self, vault: &Path, entropy: &mut Entropy) -> Result<Key, Error> {
        if let Some(key) = self.read(vault)? {
            return Ok(key);
        }
        let path = self.path(vault);
        let mut drawn = Ok(());
        let key = SecretBox::init_with_mut(|key: &mut [u8; KEY_LEN]| drawn = entropy.fill(key));
        drawn?;
        file::put_new(file::prepare(&path, key.expose_secret())?, &path)?;
        Ok(Key::derived(&key, VAULT_LABEL, b""))
    }
}
