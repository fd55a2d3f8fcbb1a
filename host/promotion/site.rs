//! The place a promotion works on: this server's vault and service, and the system's database.

use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::clock::Clock;
use crate::database::{CredentialDatabase, Promotion};
use crate::entropy::Entropy;
use crate::global_info::ServerName;
use crate::hindsight;
use crate::identity::{PromotionId, SystemId};
use crate::journal::{Entry, Event, State};
use crate::plan::Step;
use crate::secret::Vault;
use crate::service::Service;
use crate::system::{Actor, Operator, RestoredCopy};

use super::Error;
use super::error::stand_on;

/// Told of every journal entry as it is made, so that an operator sees the steps go by.
pub type Progress<'a> = &'a mut dyn FnMut(Step, Event, Option<&str>);

/// Everything a promotion touches.
pub struct Site<'a> {
    /// The credential database.
    pub database: &'a mut dyn CredentialDatabase,
    /// This server's vault.
    pub vault: &'a Vault,
    /// The folder of this computer's vaults.
    pub vaults: &'a Path,
    /// This server's SSO service.
    pub service: &'a Service,
    /// This server.
    pub server: &'a ServerName,
    /// Who acts.
    pub operator: &'a Operator,
    /// What time it is.
    pub clock: Clock,
    /// Random bytes, for what is sealed.
    pub entropy: &'a mut Entropy,
    /// Set by Ctrl-C.
    pub interrupt: &'a AtomicBool,
    /// Told of every journal entry.
    pub progress: Progress<'a>,
}

impl Site<'_> {
    /// Who does what is being done, and when.
    pub fn actor(&self) -> Actor {
        Actor {
            operator: self.operator.clone(),
            server: self.server.clone(),
            at: self.clock.now(),
        }
    }

    pub(super) fn interrupted(&self) -> bool {
        self.interrupt.load(Ordering::Relaxed)
    }

    /// Vault and service are the candidate's own, so a promotion runs on the candidate only.
    pub(super) fn stand_on(&self, candidate: &ServerName, begun: bool) -> Result<(), Error> {
        stand_on(candidate, self.server, begun)
    }

    /// The promotion to be taken up here.
    pub(super) fn unfinished(&self) -> Result<Promotion, Error> {
        let promotion = self.database.unfinished()?;
        let promotion = promotion.ok_or(Error::NothingUnfinished)?;
        self.stand_on(&promotion.plan.candidate, true)?;
        Ok(promotion)
    }

    /// Takes the operator's word that the database is a restored copy.
    pub(super) fn restored(&mut self, copy: Option<&RestoredCopy>) -> Result<(), Error> {
        let Some(copy) = copy else { return Ok(()) };
        let (term, actor) = (self.database.state()?.term, self.actor());
        Ok(self.database.restored_copy(term, copy, &actor)?)
    }

    /// Takes down how far the system has come. Where that fails, what was done is done: it is a note.
    pub(super) fn remember(&self) -> Option<String> {
        let error = hindsight::remember(self.vaults, self.database).err()?;
        Some(hindsight::forgotten(&error))
    }

    /// Finishes in the vault what ended in the journal: a crash came between, or the promotion was
    /// undone from another computer.
    pub(super) fn sweep(&mut self, system: SystemId) -> Result<(), Error> {
        for id in self.vault.pending()? {
            let found = self.database.promotion(id)?;
            match found.map(|found| (found.state, found.plan.next_term)) {
                Some((State::Promoted, _)) => drop(self.vault.settle(system, id)?),
                Some((State::Undone, term)) => {
                    self.vault.deactivate(system, id, term)?;
                    self.vault.discard(system, id)?;
                }
                Some(_) => {}
                None => self.vault.discard(system, id)?,
            }
        }
        Ok(())
    }

    /// An entry of now.
    pub(super) fn entry(&self, step: Step, event: Event, detail: Option<String>) -> Entry {
        Entry {
            step,
            event,
            at: self.clock.now(),
            operator: self.operator.clone(),
            detail,
        }
    }

    /// Records an entry that no other table changes with.
    pub(super) fn record(
        &mut self,
        promotion: PromotionId,
        step: Step,
        event: Event,
        detail: Option<String>,
    ) -> Result<State, Error> {
        let entry = self.entry(step, event, detail);
        let state = self.database.record(promotion, &entry)?;
        (self.progress)(step, event, entry.detail.as_deref());
        Ok(state)
    }

    /// Where a promotion stands, as the database has it.
    pub(super) fn state_of(&self, id: PromotionId) -> Result<State, Error> {
        let promotion = self.database.promotion(id)?;
        let promotion = promotion.ok_or(Error::NothingUnfinished)?;
        Ok(promotion.state)
    }

    /// Whether a step was ever begun.
    pub(super) fn has_started(&self, id: PromotionId, step: Step) -> Result<bool, Error> {
        let promotion = self.database.promotion(id)?;
        let entries = promotion.map(|promotion| promotion.entries);
        Ok(entries
            .into_iter()
            .flatten()
            .any(|entry| (entry.step, entry.event) == (step, Event::Started)))
    }
}
