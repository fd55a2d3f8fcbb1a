//! The promotion: run, resume, abort.
//!
//! In come an approved plan and a proven master secret, out comes an [`Outcome`]. Everything that
//! can say no has said so before; from here on every act stands in the journal first.
//!
//! **Invariant:** after `run`, `resume` or `abort` – or after a crash in one of them and a later
//! `resume` or `abort` – the system is *promoted* or *as before*, unless the outcome is stuck.

use crate::database::Promotion;
use crate::identity::{Fingerprint, PromotionId, Term};
use crate::journal::{Event, State};
use crate::plan::{Plan, Step};
use crate::policy::ApprovedPlan;
use crate::secret::{self, Generations, Held, Proven};

pub mod error;
pub mod site;
pub mod step;

pub use error::Error;
pub use site::Site;

/// How a promotion ended, or where it waits.
#[derive(Debug)]
pub enum Outcome {
    /// The candidate is the master secret server.
    Promoted {
        /// Which promotion.
        id: PromotionId,
        /// The term it holds.
        term: Term,
        /// The master secret it holds.
        secret: Option<Fingerprint>,
        /// Whether restarting the service was left to the operator.
        restart_left: bool,
        /// What could not be put away afterwards.
        notes: Vec<String>,
    },
    /// Everything is as before.
    Undone {
        /// Which promotion.
        id: PromotionId,
        /// The step that failed and why; nothing where the operator aborted.
        failed: Option<(Step, String)>,
        /// What the operator should know of the way back.
        notes: Vec<String>,
    },
    /// A step could not be undone: a human is needed.
    Stuck {
        /// Which promotion.
        id: PromotionId,
        /// The step that could not be undone.
        step: Step,
        /// Why.
        cause: String,
    },
    /// The operator interrupted it between two steps.
    Interrupted {
        /// Which promotion.
        id: PromotionId,
        /// Where it waits.
        state: State,
    },
}

/// Runs an approved plan with the master secret that was proven to open this database.
pub fn run(
    site: &mut Site<'_>,
    approved: &ApprovedPlan,
    proven: &Proven,
    generations: Generations,
) -> Result<Outcome, Error> {
    let plan = approved.plan();
    site.stand_on(&plan.candidate)?;
    let _lock = site.database.lock(&site.actor())?;
    if plan.backup.as_ref().map(|backup| backup.current) != Some(proven.fingerprint()) {
        return Err(Error::NotAsPlanned { what: "the backup" });
    }
    // What was begun before keeps what it staged; the database says in its own words why not.
    let begun = |promotion: &Promotion| promotion.plan.id == plan.id || !promotion.state.is_final();
    let fresh = !site.database.promotions()?.iter().any(begun);
    if fresh {
        site.sweep()?;
        let held = Held {
            system: plan.system,
            server: plan.candidate.clone(),
            term: plan.next_term,
            generations,
        };
        // Staged before the journal begins: whatever keeps the secret from being stored says no here.
        site.vault.stage(plan.id, held, site.entropy)?;
    }
    if let Err(refused) = site
        .database
        .begin(plan, approved.approvers(), &site.actor())
    {
        if fresh {
            // What stays is swept away by the next promotion; why this one is refused matters more.
            let _left = site.vault.discard(plan.id);
        }
        return Err(refused.into());
    }
    forward(site, plan, State::Planned).map_err(unfinished(plan))
}

/// Names the promotion that waits, whatever it was that stopped it.
fn unfinished(plan: &Plan) -> impl FnOnce(Error) -> Error {
    let id = plan.id;
    move |cause| Error::Unfinished {
        id,
        cause: Box::new(cause),
    }
}

/// Takes up the unfinished promotion where the journal says it stands.
pub fn resume(site: &mut Site<'_>) -> Result<Outcome, Error> {
    let _lock = site.database.lock(&site.actor())?;
    let promotion = site.unfinished()?;
    site.stand_on(&promotion.plan.candidate)?;
    match promotion.state {
        State::Undoing(_) | State::Stuck(_) => {
            let failed = failure(&promotion);
            back(site, &promotion.plan, promotion.state, failed)
                .map_err(unfinished(&promotion.plan))
        }
        state => {
            if !site
                .vault
                .can_activate(promotion.plan.id, promotion.plan.next_term)?
            {
                return Err(Error::SecretNotStaged {
                    id: promotion.plan.id,
                });
            }
            forward(site, &promotion.plan, state).map_err(unfinished(&promotion.plan))
        }
    }
}

/// Undoes the unfinished promotion.
pub fn abort(site: &mut Site<'_>) -> Result<Outcome, Error> {
    let _lock = site.database.lock(&site.actor())?;
    let promotion = site.unfinished()?;
    site.stand_on(&promotion.plan.candidate)?;
    let failed = failure(&promotion);
    back(site, &promotion.plan, promotion.state, failed).map_err(unfinished(&promotion.plan))
}

/// The step that sent a promotion back, from its journal.
fn failure(promotion: &Promotion) -> Option<(Step, String)> {
    promotion
        .entries
        .iter()
        .find(|entry| entry.event == Event::Failed)
        .map(|entry| (entry.step, entry.detail.clone().unwrap_or_default()))
}

/// Applies the steps from `state` on; the first that fails sends everything back.
fn forward(site: &mut Site<'_>, plan: &Plan, mut state: State) -> Result<Outcome, Error> {
    loop {
        let step = match state {
            State::Planned => Step::UpdateDatabase,
            State::Applying(step) => step,
            State::Applied(done) => match done.next() {
                Some(step) => step,
                None => return Err(Error::JournalEnds),
            },
            State::Promoted => return Ok(promoted(site, plan)),
            State::Undoing(_) | State::Undone | State::Stuck(_) => {
                return back(site, plan, state, None);
            }
        };
        if site.interrupted() {
            return Ok(Outcome::Interrupted { id: plan.id, state });
        }
        site.record(plan.id, step, Event::Started, None)?;
        state = match step::apply(site, plan, step) {
            Ok(state) => state,
            Err(failed) => {
                let cause = error::chain(&failed);
                // What commits together with its entry may be committed in spite of the error.
                let state = match site.state_of(plan.id)? {
                    State::Promoted => return Ok(promoted(site, plan)),
                    State::Applying(_) => {
                        site.record(plan.id, step, Event::Failed, Some(cause.clone()))?
                    }
                    committed => committed,
                };
                return back(site, plan, state, Some((step, cause)));
            }
        };
    }
}

/// The promotion is recorded as done: nothing that fails from here on makes it less so.
fn promoted(site: &mut Site<'_>, plan: &Plan) -> Outcome {
    Outcome::Promoted {
        id: plan.id,
        term: plan.next_term,
        secret: plan.backup.as_ref().map(|backup| backup.current),
        restart_left: site.service.leaves_restart_to_operator(),
        notes: left_over(site.vault.settle(plan.id)),
    }
}

/// What stays in the vault after a promotion is swept away by the next one: a note, not a failure.
fn left_over(cleaned: Result<(), secret::Error>) -> Vec<String> {
    let cause = cleaned.err();
    let told = cause.map(|cause| {
        format!(
            "the vault keeps files of this promotion until the next one ({})",
            error::chain(&cause)
        )
    });
    told.into_iter().collect()
}

/// Undoes the steps from `state` back, the last first.
fn back(
    site: &mut Site<'_>,
    plan: &Plan,
    mut state: State,
    failed: Option<(Step, String)>,
) -> Result<Outcome, Error> {
    let restarted = site.has_started(plan.id, Step::RestartService)?;
    loop {
        let step = match state {
            State::Planned => Step::UpdateDatabase,
            State::Applying(step)
            | State::Applied(step)
            | State::Undoing(step)
            | State::Stuck(step) => step,
            State::Promoted => return Err(Error::PastReturn { id: plan.id }),
            State::Undone => break,
        };
        site.record(plan.id, step, Event::UndoStarted, None)?;
        state = match step::undo(site, plan, step) {
            Ok(state) => state,
            Err(failed) => {
                let committed = site.state_of(plan.id)?;
                if committed == State::Undoing(step) {
                    let cause = error::chain(&failed);
                    site.record(plan.id, step, Event::UndoFailed, Some(cause.clone()))?;
                    return Ok(Outcome::Stuck {
                        id: plan.id,
                        step,
                        cause,
                    });
                }
                committed
            }
        };
    }
    let mut notes = left_over(site.vault.discard(plan.id));
    if restarted {
        notes.extend(step::restart_after_undo(site));
    }
    Ok(Outcome::Undone {
        id: plan.id,
        failed,
        notes,
    })
}
