//! By which rules an act goes: those of the settings, held against those that govern.

use clap::Args;

use crate::database::{CredentialDatabase, standing};
use crate::identity::Term;
use crate::plan::{Leave, Rules};
use crate::policy::Policy;
use crate::report::policy::PolicyReport;
use crate::settings::{self, Unread};
use crate::system::SystemState;

use super::failure::{Clash, Misuse};
use super::{Context, Failure, prepare};

/// Why an act is to go by other rules than those that govern.
#[derive(Debug, Clone, Default, Args)]
pub struct OverruleArguments {
    /// Go by the rules here although others govern this system; REASON is audited
    #[arg(long, value_name = "REASON", value_parser = prepare::words)]
    pub overrule: Option<String>,
}

impl OverruleArguments {
    /// That the rules that govern are overruled, in a line.
    pub fn line(&self) -> Option<String> {
        let reason = self.overrule.as_ref()?;
        Some(format!("the rules that govern are overruled: {reason}"))
    }
}

impl From<Unread> for Failure {
    fn from(unread: Unread) -> Self {
        match unread {
            Unread::Settings(error) => error.into(),
            Unread::Policy(error) => error.into(),
        }
    }
}

/// Refuses an act by other rules than those that govern, unless it overrules them.
pub fn stand(leave: &Leave, database: &dyn CredentialDatabase) -> Result<(), Failure> {
    let governing = database.governing()?;
    standing(leave, governing.as_ref())?;
    if leave.overrules.is_some() && governing.is_none_or(|by| by.digest == leave.rules.digest()) {
        return Err(Failure::Usage {
            code: Misuse::NothingToOverrule,
            message:
                "there is nothing to overrule: no other rules than those here govern this system"
                    .to_owned(),
            help: "leave out --overrule".to_owned(),
        });
    }
    Ok(())
}

/// Tells the database by which rules an act goes that asks none for a verdict.
pub fn stand_alone(
    database: &mut dyn CredentialDatabase,
    term: Term,
    act: &str,
    leave: &Leave,
    context: &Context,
) -> Result<(), Failure> {
    if database.governing()?.is_some() {
        database.stand(term, act, leave, &context.actor()?)?;
    }
    Ok(())
}

/// Makes the rules govern that forbade an act, where none do yet. That it was forbidden stands, whether
/// or not this can be written down.
pub fn forbidden(
    database: &mut dyn CredentialDatabase,
    act: &str,
    leave: &Leave,
    context: &Context,
) -> Result<(), Failure> {
    let actor = context.actor()?;
    let state = database.state();
    let line = match state.and_then(|state| database.forbidden(state.term, act, leave, &actor)) {
        Ok(false) => return Ok(()),
        Ok(true) => "these rules govern the system from now on: what they forbade is not to be done \
                     without them. `regent policy publish --reason TEXT` changes them by their leave"
            .to_owned(),
        Err(error) => format!("that these rules forbade it could not be written down: {error}"),
    };
    context.warn(&[line]);
    Ok(())
}

impl Context {
    /// The rules that are configured here, with the components that were loaded.
    pub fn rules(&self, policy: &Policy) -> Result<Rules, Failure> {
        let settings = self.settings()?;
        let lock = settings.lock()?;
        Ok(settings.rules(policy, lock.as_ref()))
    }

    /// The leave for an act that asks no rule for a verdict and goes by them all the same, refused
    /// where others govern. Where nothing governs, the rules are not looked at.
    pub fn leave_to(
        &self,
        overrule: &OverruleArguments,
        database: &dyn CredentialDatabase,
    ) -> Result<Leave, Failure> {
        let overrules = overrule.overrule.clone();
        if database.governing()?.is_none() {
            let leave = Leave::of(Rules::default(), overrules);
            stand(&leave, database)?;
            return Ok(leave);
        }
        let rules = match self.settings()?.rules_at_rest() {
            Ok(rules) => rules,
            // Who overrules them may do without.
            Err(_unread) if overrules.is_some() => Rules::default(),
            Err(unread) => return Err(unread.into()),
        };
        let leave = Leave::of(rules, overrules);
        stand(&leave, database)?;
        Ok(leave)
    }

    /// The rules that govern, held against those here; where none govern, those here are not read.
    pub fn policy_report(
        &self,
        database: &dyn CredentialDatabase,
    ) -> Result<PolicyReport, Failure> {
        let settings = self.settings()?;
        let governing = database.governing()?;
        let here = governing.is_some().then(|| settings.rules_at_rest());
        let here = here.map(|here| here.map_err(|unread| unread.to_string()));
        Ok(PolicyReport::new(
            governing.as_ref(),
            here,
            settings.unruled(),
        ))
    }

    /// Refuses to write a vault where no settings say where it is: it would be a stray one in
    /// whatever folder somebody stands.
    pub fn needs_settings(&self) -> Result<(), Failure> {
        if self.settings()?.file.is_some() {
            return Ok(());
        }
        let file = settings::FILE;
        Err(Failure::Conflict {
            code: Clash::NoSettings,
            message: format!(
                "there is no {file} here, and so nothing says where this server's vault is, nor \
                 which rules are asked"
            ),
            help: format!(
                "nothing was changed; go to the folder that holds {file}, or name the file with \
                 `--config FILE`"
            ),
        })
    }

    /// Refuses the database of another system than that of the settings or the lock.
    pub fn same_system(&self, state: &SystemState, url: &str) -> Result<(), Failure> {
        let Some((file, named)) = self.settings()?.foreign(state.id) else {
            return Ok(());
        };
        let (file, id) = (file.display(), state.id);
        Err(Failure::Conflict {
            code: Clash::AnotherSystem,
            message: format!(
                "{file} is of system {named}, and {url} holds system {id}: vault, rules and \
                 approvers here are not those of that database"
            ),
            help: format!(
                "nothing was changed; name the settings of system {id} with `--config FILE`, or leave \
                 out --database. If {file} really belongs to {url}, write `system = \"{id}\"` in it"
            ),
        })
    }
}
