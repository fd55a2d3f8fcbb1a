//! The journal of a promotion: the only state machine, for a live run and for a resumed one.

use std::fmt;

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::exit::coded;
use crate::plan::Step;
use crate::system::Operator;

/// What happened to a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Event {
    /// It is about to be applied.
    Started,
    /// It was applied.
    Succeeded,
    /// It could not be applied.
    Failed,
    /// It is about to be undone.
    UndoStarted,
    /// It is undone.
    Undone,
    /// It could not be undone: a human is needed.
    UndoFailed,
}

impl Event {
    /// Its name in journal and reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::Started => "started",
            Self::Succeeded => "succeeded",
            Self::Failed => "failed",
            Self::UndoStarted => "undo-started",
            Self::Undone => "undone",
            Self::UndoFailed => "undo-failed",
        }
    }
}

impl fmt::Display for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// One line of the journal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Entry {
    /// Which step.
    pub step: Step,
    /// What happened to it.
    pub event: Event,
    /// When.
    #[schemars(with = "String")]
    pub at: Timestamp,
    /// By whom.
    #[serde(flatten)]
    pub operator: Operator,
    /// What went wrong, or what was done; never a secret.
    pub detail: Option<String>,
}

/// Where a promotion stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum State {
    /// Nothing has been done yet.
    Planned,
    /// Going forward: this step has started and may or may not have been applied.
    Applying(Step),
    /// Going forward: everything up to and including this step is applied.
    Applied(Step),
    /// Going back: this step is the next to be undone.
    Undoing(Step),
    /// Done: the candidate is the master secret server.
    Promoted,
    /// Done: everything is as before.
    Undone,
    /// Going back failed at this step: a human is needed.
    Stuck(Step),
}

/// The journal holds an event that cannot follow what stands before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the journal has “{step} {event}” where the promotion is {state}")]
pub struct IllegalEvent {
    /// Where the promotion stood.
    pub state: State,
    /// The step.
    pub step: Step,
    /// The event.
    pub event: Event,
}

coded!(IllegalEvent "journal-event-illegal" Conflict "an event cannot follow what stands in the journal");

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Planned => f.write_str("planned"),
            Self::Applying(step) => write!(f, "running ({step} under way)"),
            Self::Applied(step) => write!(f, "running ({step} done)"),
            Self::Undoing(step) => write!(f, "undoing ({step} next)"),
            Self::Promoted => f.write_str("promoted"),
            Self::Undone => f.write_str("undone"),
            Self::Stuck(step) => write!(f, "stuck ({step} could not be undone)"),
        }
    }
}

impl State {
    /// The state after one more event.
    pub fn next(self, step: Step, event: Event) -> Result<Self, IllegalEvent> {
        let illegal = IllegalEvent {
            state: self,
            step,
            event,
        };
        let first = Step::UpdateDatabase;
        let back_from = |step: Step| {
            let before = Step::ALL.into_iter().rev().find(|earlier| *earlier < step);
            before.map_or(Self::Undone, Self::Undoing)
        };
        match (self, event) {
            (Self::Planned, Event::Started) if step == first => Ok(Self::Applying(step)),
            (Self::Applied(done), Event::Started) if done.next() == Some(step) => {
                Ok(Self::Applying(step))
            }
            // A resumed run starts the step under way once more: every step may be repeated.
            (Self::Applying(under_way), Event::Started) if under_way == step => Ok(self),
            (Self::Applying(under_way), Event::Succeeded) if under_way == step => {
                Ok(if step.next().is_none() {
                    Self::Promoted
                } else {
                    Self::Applied(step)
                })
            }
            // A failed step may have been applied in part, so it is the first to be undone.
            (Self::Applying(under_way), Event::Failed) if under_way == step => {
                Ok(Self::Undoing(step))
            }
            (Self::Applying(last) | Self::Applied(last), Event::UndoStarted) if last == step => {
                Ok(Self::Undoing(step))
            }
            // Begun, but no step recorded: undoing the first one ends it as before.
            (Self::Planned, Event::UndoStarted) if step == first => Ok(Self::Undoing(step)),
            (Self::Undoing(under_way) | Self::Stuck(under_way), Event::UndoStarted)
                if under_way == step =>
            {
                Ok(Self::Undoing(step))
            }
            (Self::Undoing(under_way), Event::Undone) if under_way == step => Ok(back_from(step)),
            (Self::Undoing(under_way), Event::UndoFailed) if under_way == step => {
                Ok(Self::Stuck(step))
            }
            _ => Err(illegal),
        }
    }

    /// The state after a whole journal.
    pub fn replay(entries: &[Entry]) -> Result<Self, IllegalEvent> {
        entries.iter().try_fold(Self::Planned, |state, entry| {
            state.next(entry.step, entry.event)
        })
    }

    /// Whether nothing is left to do.
    pub fn is_final(self) -> bool {
        matches!(self, Self::Promoted | Self::Undone)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn walk(events: &[(Step, Event)]) -> Result<State, IllegalEvent> {
        events
            .iter()
            .try_fold(State::Planned, |state, (step, event)| {
                state.next(*step, *event)
            })
    }

    #[test]
    fn a_whole_run_is_promoted() {
        let events: Vec<_> = Step::ALL
            .into_iter()
            .flat_map(|step| [(step, Event::Started), (step, Event::Succeeded)])
            .collect();
        assert_eq!(walk(&events), Ok(State::Promoted));
    }

    #[test]
    fn a_failed_step_is_undone_with_all_before_it() {
        use Event::{Failed, Started, Succeeded, UndoStarted, Undone};
        use Step::{RestartService, UpdateDatabase};
        let events = [
            (UpdateDatabase, Started),
            (UpdateDatabase, Succeeded),
            (RestartService, Started),
            (RestartService, Failed),
            (RestartService, UndoStarted),
            (RestartService, Undone),
            (UpdateDatabase, UndoStarted),
            (UpdateDatabase, Undone),
        ];
        assert_eq!(walk(&events), Ok(State::Undone));
    }

    #[test]
    fn nothing_follows_the_point_of_no_return() {
        for step in Step::ALL {
            for event in [
                Event::Started,
                Event::Failed,
                Event::UndoStarted,
                Event::Undone,
            ] {
                assert!(State::Promoted.next(step, event).is_err());
                assert!(State::Undone.next(step, event).is_err());
            }
        }
    }

    proptest! {
        /// Whatever legal events come, the steps applied are always a prefix of the plan.
        #[test]
        fn illegal_events_change_nothing(choices in proptest::collection::vec((0usize..4, 0usize..6), 0..40)) {
            const EVENTS: [Event; 6] = [
                Event::Started, Event::Succeeded, Event::Failed,
                Event::UndoStarted, Event::Undone, Event::UndoFailed,
            ];
            let mut state = State::Planned;
            let mut undoing = false;
            for (step, event) in choices {
                let (step, event) = (Step::ALL[step], EVENTS[event]);
                if let Ok(next) = state.next(step, event) {
                    // Once a promotion goes back it never goes forward again.
                    prop_assert!(!undoing || !matches!(next, State::Applying(_) | State::Applied(_) | State::Promoted));
                    undoing |= matches!(next, State::Undoing(_));
                    state = next;
                }
            }
        }
    }
}
