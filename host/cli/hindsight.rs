//! What acts ask before they begin, and what they take down when they are done.

use std::path::{Path, PathBuf};

use clap::Args;

use crate::database::CredentialDatabase;
use crate::hindsight;
use crate::plan::PlanFile;
use crate::system::{RestoredCopy, SystemState};

use super::{Context, Failure};

/// The operator's word.
#[derive(Debug, Clone, Copy, Default, Args)]
pub struct RestoredArguments {
    /// Say that the database was brought back from a copy and no newer one is left: terms go on
    /// above every one that was seen, whoever holds it
    #[arg(long)]
    pub restored_copy: bool,
}

impl RestoredArguments {
    /// Leave to act on this database, with what is to be passed over where it is a restored copy.
    pub(super) fn leave(
        self,
        database: &dyn CredentialDatabase,
        context: &Context,
    ) -> Result<Option<RestoredCopy>, Failure> {
        self.leave_to_promote(None, false, database, context)
    }

    /// The same for a promotion, which may be of a plan that was made before, in the file named, and
    /// which may be no more than looked at.
    pub(super) fn leave_to_promote(
        self,
        planned: Option<(&Path, &PlanFile)>,
        looks: bool,
        database: &dyn CredentialDatabase,
        context: &Context,
    ) -> Result<Option<RestoredCopy>, Failure> {
        let said = planned.is_some_and(|(_, file)| file.plan.restored_copy.is_some());
        let asked = hindsight::Asked {
            restored_copy: self.restored_copy || said,
            looks,
            plan: planned.map(|(path, file)| (path, &file.plan)),
        };
        Ok(hindsight::leave(&context.vaults()?, database, asked)?)
    }
}

/// Notes, with the operator's word before them.
pub(super) fn said(copy: Option<&RestoredCopy>, notes: Vec<String>) -> Vec<String> {
    copy.map(RestoredCopy::line)
        .into_iter()
        .chain(notes)
        .collect()
}

impl Context {
    /// Takes the operator's word that the database is a restored copy, once nothing else is in the way.
    pub(super) fn take_for_restored(
        &self,
        copy: Option<&RestoredCopy>,
        database: &mut dyn CredentialDatabase,
        state: &SystemState,
    ) -> Result<(), Failure> {
        if let Some(copy) = copy {
            database.restored_copy(state.term, copy, &self.actor()?)?;
        }
        Ok(())
    }

    /// The folder of this computer's vaults.
    pub(super) fn vaults(&self) -> Result<PathBuf, Failure> {
        let settings = self.settings()?;
        Ok(settings.resolve(&settings.vault))
    }

    /// Takes down how far the system has come. What was done is done, so a failure is told and no more.
    pub(super) fn remember(&self, database: &dyn CredentialDatabase) -> Result<(), Failure> {
        if let Err(error) = hindsight::remember(&self.vaults()?, database) {
            let line = hindsight::forgotten(&error);
            self.ui
                .note(&format!("{}\n", crate::report::human::escape(&line)));
        }
        Ok(())
    }
}
