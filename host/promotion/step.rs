//! The four steps: what each does, why it may be repeated, and what undoes it.
//!
//! | step | apply | undo |
//! | --- | --- | --- |
//! | update-database | writes the new global info and term with its journal entry, in one transaction | writes the old ones back, restarts the service if it was restarted, forgets what was staged; a revision is never given twice |
//! | restart-service | restarts and waits until ready; restarting again is harmless | nothing: the service reads its role when it starts, so it is restarted once the database is as before |
//! | restore-secret | renames the staged vault into place and keeps the old one aside | renames them back |
//! | verify | reads everything back | nothing was written |

use crate::journal::{Event, State};
use crate::plan::{Plan, Step};
use crate::service::Restarted;

use super::{Error, Site};

/// Applies one step and records that it succeeded.
pub(super) fn apply(site: &mut Site<'_>, plan: &Plan, step: Step) -> Result<State, Error> {
    let detail = match step {
        Step::UpdateDatabase => {
            let detail = format!(
                "master secret server: {} → {}",
                plan.incumbent, plan.candidate
            );
            let entry = site.entry(step, Event::Succeeded, Some(detail));
            let state = site.database.apply_update(plan, &entry)?;
            (site.progress)(step, Event::Succeeded, entry.detail.as_deref());
            return Ok(state);
        }
        Step::RestartService => {
            let restarted = site.service.restart()?;
            site.service.wait_ready()?;
            match restarted {
                Restarted::Done => site.service.describe(),
                Restarted::LeftToOperator => "left to the operator".to_owned(),
            }
        }
        Step::RestoreSecret => {
            site.vault.activate(plan.system, plan.id, plan.next_term)?;
            format!("master secret active on {}", site.server)
        }
        Step::Verify => verify(site, plan)?,
    };
    site.record(plan.id, step, Event::Succeeded, Some(detail))
}

/// Undoes one step, whether it was applied, in part or not at all, and records it. What could not
/// be done and changes nothing that lasts is a note.
pub(super) fn undo(
    site: &mut Site<'_>,
    plan: &Plan,
    step: Step,
    notes: &mut Vec<String>,
) -> Result<State, Error> {
    let mut detail = None;
    match step {
        Step::UpdateDatabase => {
            let actor = site.actor();
            site.database.undo_update(plan, &actor)?;
            // Before the last entry, so that no crash leaves it undone.
            if site.has_started(plan.id, Step::RestartService)? {
                notes.extend(restart_after_undo(site));
            }
            if let Err(cause) = site.vault.discard(plan.system, plan.id) {
                notes.push(format!(
                    "the vault keeps what was staged, sealed, until the next promotion ({})",
                    super::error::chain(&cause)
                ));
            }
            detail = Some(format!("master secret server: {} again", plan.incumbent));
        }
        Step::RestoreSecret => {
            site.vault
                .deactivate(plan.system, plan.id, plan.next_term)?;
        }
        Step::RestartService | Step::Verify => {}
    }
    site.record(plan.id, step, Event::Undone, detail)
}

/// Restarts the service after the way back, so that it reads that it is not the master. Whether
/// that works or not, the system is as before: a failure is a note, not another failure.
fn restart_after_undo(site: &Site<'_>) -> Option<String> {
    let restarted = site.service.restart().and_then(|restarted| {
        site.service.wait_ready()?;
        Ok(restarted)
    });
    match restarted {
        Ok(Restarted::Done) => None,
        Ok(Restarted::LeftToOperator) => Some(format!(
            "if you restarted the SSO service on {}, restart it again",
            site.server
        )),
        Err(cause) => Some(format!(
            "the SSO service on {} does not run ({}): mend and restart it",
            site.server,
            super::error::chain(&cause)
        )),
    }
}

/// Reads everything back: what the database says, what the vault holds, and that the two fit.
fn verify(site: &Site<'_>, plan: &Plan) -> Result<String, Error> {
    let state = site.database.state()?;
    let differs = |what: &'static str| Err(Error::NotAsPlanned { what });
    if state.info != plan.after {
        return differs("the global info");
    }
    if state.term != plan.next_term {
        return differs("the term");
    }
    let held = site.vault.read()?.ok_or(Error::VaultEmpty)?;
    if held.system != state.id || held.term != state.term || !held.server.is(&plan.candidate) {
        return differs("the vault's system, server or term");
    }
    let secret = held.generations.current.fingerprint();
    if state.secrets.current != Some(secret) {
        return differs("the vault's master secret");
    }
    let proof = site
        .database
        .proof(secret)?
        .ok_or(Error::NotAsPlanned { what: "the proof" })?;
    if !held.generations.current.opens(state.id, &proof) {
        return differs("what the master secret opens");
    }
    Ok(format!(
        "master secret {secret} opens this database in term {}",
        state.term
    ))
}
