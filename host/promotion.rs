//! The promotion: run, resume, abort.
//!
//! In come an approved plan and a proven master secret, out comes an [`Outcome`]. Everything that
//! can say no has said so before; from here on every act stands in the journal first.
//!
//! **Invariant:** after `run`, `resume` or `abort` – or after a crash in one of them and a later
//! `resume` or `abort` – the system is *promoted* or *as before*, unless the outcome says that it is
//! stuck or unfinished.

use crate::database::Promotion;
use crate::identity::{Fingerprint, PromotionId, Term};
use crate::journal::{Event, State};
use crate::plan::{Plan, Step};
use crate::policy::ApprovedPlan;
use crate::secret::{self, Generations, Held, Proven, Unopened};
use crate::system::RestoredCopy;

pub mod error;
pub mod site;
pub mod step;

pub use error::{Error, stand_on};
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
        /// What the operator should know of the vault.
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
        /// What mends it, where that is known.
        help: Option<String>,
    },
    /// It waits to be resumed or aborted: the operator interrupted it between two steps, or neither
    /// going on nor going back could be recorded.
    Unfinished {
        /// Which promotion.
        id: PromotionId,
        /// Where it waits; nothing where the database does not say.
        state: Option<State>,
        /// Why.
        cause: String,
        /// What mends the cause.
        help: Option<String>,
    },
}

impl Outcome {
    /// The same with one thing more to know.
    fn noting(mut self, note: Option<String>) -> Self {
        if let Self::Promoted { notes, .. } | Self::Undone { notes, .. } = &mut self {
            notes.extend(note);
        }
        self
    }

    /// Where it was undone, what mends the failure is the first thing to know.
    fn advised(mut self, help: Option<String>) -> Self {
        if let Self::Undone { notes, .. } = &mut self {
            notes.splice(0..0, help);
        }
        self
    }
}

/// Runs an approved plan with the master secret that was proven to open this database; `unopened`
/// says what becomes of a vault that does not open.
pub fn run(
    site: &mut Site<'_>,
    approved: &ApprovedPlan,
    proven: &Proven,
    generations: Generations,
    unopened: Unopened,
) -> Result<Outcome, Error> {
    let plan = approved.plan();
    site.stand_on(&plan.candidate, false)?;
    let _lock = site.database.lock(&site.actor())?;
    if plan.backup.as_ref().map(|backup| backup.current) != Some(proven.fingerprint()) {
        return Err(Error::NotAsPlanned { what: "the backup" });
    }
    // What was begun before keeps what it staged; the database says in its own words why not.
    let fresh =
        site.database.promotion(plan.id)?.is_none() && site.database.unfinished()?.is_none();
    if fresh {
        site.vault.admits(plan.system, unopened)?;
        site.sweep(plan.system)?;
        let held = Held {
            system: plan.system,
            server: plan.candidate.clone(),
            term: plan.next_term,
            generations,
        };
        // Staged before the journal begins: whatever keeps the secret from being stored says no here.
        site.vault.stage(plan.id, held, unopened, site.entropy)?;
    }
    let outcome = match site.database.begin(plan, approved.leave(), &site.actor()) {
        Ok(()) => forward(site, plan, State::Planned),
        Err(refused) if !fresh => return Err(refused.into()),
        // It may be committed in spite of the error.
        Err(refused) => match site.database.promotion(plan.id) {
            Ok(Some(begun)) => {
                let failed = (Step::UpdateDatabase, error::chain(&refused));
                back(site, plan, begun.state, Some(failed))
            }
            Ok(None) => {
                // Why it did not begin is the better answer; the next promotion sweeps.
                let _left = site.vault.discard(plan.system, plan.id);
                return Err(refused.into());
            }
            Err(_unknown) => Err(refused.into()),
        },
    };
    Ok(ended(site, plan, outcome))
}

/// Takes up the unfinished promotion where the journal says it stands, in a database that is a
/// restored copy or not.
pub fn resume(site: &mut Site<'_>, copy: Option<&RestoredCopy>) -> Result<Outcome, Error> {
    let _lock = site.database.lock(&site.actor())?;
    let promotion = site.unfinished()?;
    let plan = &promotion.plan;
    site.vault.refuse_others(plan.system)?;
    let outcome = match promotion.state {
        State::Undoing(_) | State::Stuck(_) => site
            .restored(copy)
            .and_then(|()| back(site, plan, promotion.state, failure(&promotion))),
        state => match site.vault.can_activate(plan.id, plan.next_term) {
            Ok(true) => site
                .restored(copy)
                .and_then(|()| forward(site, plan, state)),
            Ok(false) => return Err(Error::SecretNotStaged { id: plan.id }),
            Err(unreadable) => Err(unreadable.into()),
        },
    };
    Ok(ended(site, plan, outcome))
}

/// Undoes the unfinished promotion, in a database that is a restored copy or not.
pub fn abort(site: &mut Site<'_>, copy: Option<&RestoredCopy>) -> Result<Outcome, Error> {
    let _lock = site.database.lock(&site.actor())?;
    let promotion = site.unfinished()?;
    let plan = &promotion.plan;
    site.vault.refuse_others(plan.system)?;
    let outcome = site
        .restored(copy)
        .and_then(|()| back(site, plan, promotion.state, failure(&promotion)));
    Ok(ended(site, plan, outcome))
}

/// How an act on a promotion that has begun ends, taken down as what was seen of the system.
fn ended(site: &mut Site<'_>, plan: &Plan, outcome: Result<Outcome, Error>) -> Outcome {
    let outcome = outcome.unwrap_or_else(|stopped| stands(site, plan, &stopped));
    outcome.noting(site.remember())
}

/// How it ends where an error stops it: as the journal says.
fn stands(site: &mut Site<'_>, plan: &Plan, stopped: &Error) -> Outcome {
    let cause = error::chain(stopped);
    match site.state_of(plan.id) {
        Ok(State::Promoted) => promoted(site, plan),
        Ok(State::Undone) => Outcome::Undone {
            id: plan.id,
            failed: None,
            notes: vec![cause],
        },
        state => Outcome::Unfinished {
            id: plan.id,
            state: state.ok(),
            cause,
            help: stopped.mend(),
        },
    }
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
    if matches!(
        state,
        State::Planned | State::Applying(Step::UpdateDatabase)
    ) {
        // Before anything is written in the term that was given. What fails here is told at the end.
        let _told_at_the_end = site.remember();
    }
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
            return Ok(Outcome::Unfinished {
                id: plan.id,
                state: Some(state),
                cause: "interrupted".to_owned(),
                help: None,
            });
        }
        let started = site.record(plan.id, step, Event::Started, None);
        state = match started.and_then(|_| step::apply(site, plan, step)) {
            Ok(state) => state,
            Err(failed) => {
                let cause = error::chain(&failed);
                // What an error was reported of may be committed all the same.
                let state = match site.state_of(plan.id)? {
                    State::Promoted => return Ok(promoted(site, plan)),
                    State::Applying(_) => {
                        let told = site.record(plan.id, step, Event::Failed, Some(cause.clone()));
                        // What cannot be told can be undone.
                        told.or_else(|_| site.state_of(plan.id))?
                    }
                    before => before,
                };
                let outcome = back(site, plan, state, Some((step, cause)))?;
                return Ok(outcome.advised(failed.help()));
            }
        };
    }
}

/// Nothing that fails past the point of no return makes a promotion less done.
fn promoted(site: &mut Site<'_>, plan: &Plan) -> Outcome {
    let notes = match site.vault.settle(plan.system, plan.id) {
        Ok(aside) => {
            let actor = site.actor();
            let told = crate::database::note_kept(site.database, plan.next_term, &aside, &actor);
            let untold = told.err().map(|cause| {
                let cause = error::chain(&cause);
                format!("the audit could not be told of what is kept ({cause})")
            });
            let kept = aside.iter().map(|path| secret::kept_aside(path));
            kept.chain(untold).collect()
        }
        Err(cause) => vec![format!(
            "the vault keeps what it held before aside until the next promotion here ({})",
            error::chain(&cause)
        )],
    };
    Outcome::Promoted {
        id: plan.id,
        term: plan.next_term,
        secret: plan.backup.as_ref().map(|backup| backup.current),
        restart_left: site.service.leaves_restart_to_operator(),
        notes,
    }
}

/// Undoes the steps from `state` back, the last first.
fn back(
    site: &mut Site<'_>,
    plan: &Plan,
    mut state: State,
    failed: Option<(Step, String)>,
) -> Result<Outcome, Error> {
    let mut notes = Vec::new();
    loop {
        let step = match state {
            State::Planned => Step::UpdateDatabase,
            State::Applying(step)
            | State::Applied(step)
            | State::Undoing(step)
            | State::Stuck(step) => step,
            State::Promoted => return Err(Error::PastReturn { id: plan.id }),
            State::Undone => {
                return Ok(Outcome::Undone {
                    id: plan.id,
                    failed,
                    notes,
                });
            }
        };
        site.record(plan.id, step, Event::UndoStarted, None)?;
        state = match step::undo(site, plan, step, &mut notes) {
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
                        help: failed.help(),
                    });
                }
                committed
            }
        };
    }
}
