//! What is done to a vault. Each act says for which system, and first compares.

use std::path::{Path, PathBuf};

use crate::entropy::Entropy;
use crate::identity::{PromotionId, SystemId, Term};

use super::super::{Error, file};
use super::guard::copy_aside;
use super::{Held, Unopened, Vault, bytes, sealed};

impl Vault {
    /// Stores a secret; what was current before is `previous.vault`. Returns what did not open and
    /// was kept aside.
    #[expect(
        clippy::needless_pass_by_value,
        reason = "what was sealed is wiped, not kept"
    )]
    pub fn store(
        &self,
        held: Held,
        unopened: Unopened,
        entropy: &mut Entropy,
    ) -> Result<Vec<PathBuf>, Error> {
        let _alone = self.admitted(held.system, unopened)?;
        let current = self.current();
        let opens = match self.open(&current) {
            Ok(held) => held.map(|_| true),
            Err(_) => Some(false),
        };
        let prepared = self.seal(&held, &current, entropy)?;
        let mut aside = Vec::new();
        // A copy, not a rename: at every moment there is a current vault.
        if opens == Some(false) {
            aside.push(copy_aside(&current)?);
        } else if let Some(bytes) = bytes(&current)? {
            aside.extend(self.make_room(&self.previous())?);
            file::put(file::prepare(&self.previous(), &bytes)?, &self.previous())?;
        }
        file::put(prepared, &current)?;
        Ok(aside)
    }

    /// Seals a secret beside the current one, for a promotion to activate.
    #[expect(
        clippy::needless_pass_by_value,
        reason = "what was sealed is wiped, not kept"
    )]
    pub fn stage(
        &self,
        id: PromotionId,
        held: Held,
        unopened: Unopened,
        entropy: &mut Entropy,
    ) -> Result<(), Error> {
        let _alone = self.admitted(held.system, unopened)?;
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
    pub fn activate(&self, system: SystemId, id: PromotionId, term: Term) -> Result<(), Error> {
        let _alone = self.alone_for(system)?;
        if !self.staged(id).exists() {
            return if self.is_active(term)? {
                Ok(())
            } else {
                Err(Error::NotStaged { id })
            };
        }
        // What lies aside already is what was there before; nothing may take its place.
        let (current, before) = (self.current(), self.before(id));
        if before.exists() {
            self.make_room(&current)?;
        } else if current.exists() {
            file::rename(&current, &before)?;
        } else {
            file::put(file::prepare(&before, b"")?, &before)?;
        }
        file::rename(&self.staged(id), &current)
    }

    /// Undoes [`Vault::activate`]: what was there before is there again. Where nothing lies aside,
    /// nothing was activated, or it is undone or settled already.
    pub fn deactivate(&self, system: SystemId, id: PromotionId, term: Term) -> Result<(), Error> {
        let _alone = self.alone_for(system)?;
        let (current, before) = (self.current(), self.before(id));
        match length(&before)? {
            None => Ok(()),
            Some(0) => {
                // What somebody else has put there meanwhile is not the promotion's to remove.
                if self.was_activated(term)? {
                    file::remove(&current)?;
                }
                file::remove(&before)
            }
            // What somebody else has restored meanwhile stays, and what was before it is kept.
            Some(_) if length(&current)?.is_some() && self.is_another(term) => {
                self.make_room(&self.previous())?;
                file::rename(&before, &self.previous())
            }
            Some(_) => {
                self.make_room(&current)?;
                file::rename(&before, &current)
            }
        }
    }

    /// Whether the vault opens and holds what no promotion of that term has put there.
    fn is_another(&self, term: Term) -> bool {
        self.is_active(term).is_ok_and(|active| !active)
    }

    /// As [`Vault::is_active`], where what does not open is no reason to be stuck.
    fn was_activated(&self, term: Term) -> Result<bool, Error> {
        match self.is_active(term) {
            Err(error) if error.leaves_unopened() => Ok(false),
            answer => answer,
        }
    }

    /// Ends a promotion that is past its point of no return: what was kept aside is
    /// `previous.vault`. Returns what did not open and stays aside.
    pub fn settle(&self, system: SystemId, id: PromotionId) -> Result<Vec<PathBuf>, Error> {
        let _alone = self.alone_for(system)?;
        let before = self.before(id);
        let mut aside = Vec::new();
        match length(&before)? {
            None => {}
            Some(0) => file::remove(&before)?,
            Some(_) => {
                aside.extend(self.make_room(&before)?);
                if aside.is_empty() {
                    aside.extend(self.make_room(&self.previous())?);
                    file::rename(&before, &self.previous())?;
                }
            }
        }
        aside.extend(self.clear(&self.staged(id))?);
        Ok(aside)
    }

    /// Forgets what was staged.
    pub fn discard(&self, system: SystemId, id: PromotionId) -> Result<(), Error> {
        let _alone = self.alone_for(system)?;
        self.clear(&self.staged(id)).map(drop)
    }

    /// Makes the folder and keeps other writers out; asked before anything is made, and once more
    /// when nobody else can write.
    fn admitted(&self, system: SystemId, unopened: Unopened) -> Result<std::fs::File, Error> {
        self.admits(system, unopened)?;
        file::make_private_folder(&self.folder)?;
        let alone = file::write_alone(&self.folder)?;
        self.admits(system, unopened)?;
        Ok(alone)
    }

    /// Keeps other writers out; there are none where there is no folder.
    fn alone_for(&self, system: SystemId) -> Result<Option<std::fs::File>, Error> {
        self.refuse_others(system)?;
        let there = self.folder.exists();
        let alone = there.then(|| file::write_alone(&self.folder)).transpose()?;
        self.refuse_others(system)?;
        Ok(alone)
    }

    fn seal(
        &self,
        held: &Held,
        path: &Path,
        entropy: &mut Entropy,
    ) -> Result<tempfile::NamedTempFile, Error> {
        let seal = self.key.read_or_make(&self.folder, entropy)?;
        let text = sealed::seal(held, &seal, self.computer.as_ref(), entropy)?;
        file::prepare(path, text.as_bytes())
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
