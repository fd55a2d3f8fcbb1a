//! What keeps one vault from being taken for another: whose it is, and whether it opens.

use std::path::{Path, PathBuf};

use crate::identity::{Digest, SystemId};

use super::super::{Error, MachineKey, file};
use super::contents::{self, UNOPENED};
use super::{Claim, Vault};

/// The largest file that is kept aside, in bytes; whatever it is, it is no vault then.
const MAX_KEPT: u64 = 1024 * 1024;

/// What becomes of a vault that does not open where another is to take its place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unopened {
    /// Nothing: whoever would replace it is refused.
    Refuse,
    /// It is kept aside under a name of its own, as somebody has said.
    KeepAside,
}

impl Vault {
    /// Whether a secret of `system` may be put here, asked before anything is changed.
    pub fn admits(&self, system: SystemId, unopened: Unopened) -> Result<(), Error> {
        file::refuse_open_folder(&self.folder)?;
        self.refuse_others(system)?;
        self.refuse_neighbours(system)?;
        match self.key.read(&self.folder) {
            // The vault's own is made when a secret is first sealed under it.
            Err(Error::NoMachineKey { .. }) if matches!(self.key, MachineKey::OwnFile) => {}
            read => drop(read?),
        }
        // Where the current one opens it becomes the previous one, which is replaced then.
        for path in [self.current(), self.previous()] {
            match self.open(&path) {
                Ok(None) => return Ok(()),
                Ok(Some(_)) => {}
                Err(error) if !error.leaves_unopened() => return Err(error),
                Err(_) if unopened == Unopened::KeepAside => return Ok(()),
                Err(cause) => {
                    let cause = Box::new(cause);
                    return Err(Error::WouldReplaceUnopened { path, cause });
                }
            }
        }
        Ok(())
    }

    /// Refuses where anything that is in use here says that it is of another system than `system`,
    /// whether it opens or not.
    pub fn refuse_others(&self, system: SystemId) -> Result<(), Error> {
        self.others(system)?.into_iter().next().map_or(Ok(()), Err)
    }

    /// What is in use here and says that it is of another system, each an
    /// [`Error::AnotherSystemsVault`].
    pub fn others(&self, system: SystemId) -> Result<Vec<Error>, Error> {
        let contents = contents::named(&self.folder)?;
        let refused = |path| refuse_another(path, system).err();
        Ok(contents.in_use().filter_map(refused).collect())
    }

    /// The folder that the vaults of a computer's servers lie in is one system's.
    fn refuse_neighbours(&self, system: SystemId) -> Result<(), Error> {
        let Some(around) = self.folder.parent() else {
            return Ok(());
        };
        // What cannot be looked into is another account's, and none of what is written here.
        for name in file::folders(around).unwrap_or_default() {
            let contents = contents::named(&around.join(name)).unwrap_or_default();
            for path in contents.in_use() {
                refuse_another(path, system)?;
            }
        }
        Ok(())
    }

    /// Makes room where another file is to come: what does not open is kept aside.
    pub(super) fn make_room(&self, path: &Path) -> Result<Option<PathBuf>, Error> {
        match self.open(path) {
            Ok(_) => Ok(None),
            Err(error) if error.leaves_unopened() => keep_aside(path).map(Some),
            Err(error) => Err(error),
        }
    }

    /// Removes a file that opens, and keeps one aside that does not.
    pub(super) fn clear(&self, path: &Path) -> Result<Option<PathBuf>, Error> {
        match self.make_room(path)? {
            None => file::remove(path).map(|()| None),
            aside => Ok(aside),
        }
    }
}

/// Refuses a file that says that it is of another system.
pub(super) fn refuse_another(path: &Path, system: SystemId) -> Result<(), Error> {
    match Claim::of_file(path) {
        Some(claim) if claim.system != system => Err(Error::AnotherSystemsVault {
            path: path.to_owned(),
            vault: claim.system,
            database: system,
        }),
        _ => Ok(()),
    }
}

/// Renames what does not open to a name after its bytes, which nothing reads or replaces.
fn keep_aside(path: &Path) -> Result<PathBuf, Error> {
    let (aside, _) = unopened(path)?;
    file::rename(path, &aside)?;
    Ok(aside)
}

/// As [`keep_aside`], and leaves the file where it is until another takes its place.
pub(super) fn copy_aside(path: &Path) -> Result<PathBuf, Error> {
    let (aside, bytes) = unopened(path)?;
    file::put(file::prepare(&aside, &bytes)?, &aside)?;
    Ok(aside)
}

/// The same bytes get the same name, so that it may be done again after a crash.
fn unopened(path: &Path) -> Result<(PathBuf, zeroize::Zeroizing<Vec<u8>>), Error> {
    let bytes = file::read_private(path, MAX_KEPT)?.unwrap_or_default();
    let digest = Digest::of(&bytes).to_string();
    let name = format!("{UNOPENED}{}.vault", &digest[..16]);
    Ok((file::folder(path).join(name), bytes))
}
