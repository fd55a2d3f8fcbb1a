//! Random walks: whatever is tried in whatever order, the invariants hold.

use proptest::prelude::*;
use proptest::test_runner::{Config, TestCaseError, TestRunner};
use regent::database::{CredentialDatabase, Error};
use regent::identity::Term;
use regent::journal::Event;
use regent::plan::{Leave, Plan, Step};
use regent::system::SystemState;

use crate::database::world::*;

const SERVERS: [&str; 4] = ["SSO01", "SSO02", "SSO03", "SSO04"];

const EVENTS: [Event; 6] = [
    Event::Started,
    Event::Succeeded,
    Event::Failed,
    Event::UndoStarted,
    Event::Undone,
    Event::UndoFailed,
];

#[derive(Debug, Clone, PartialEq)]
enum Act {
    Add(usize),
    Remove(usize),
    Update {
        master: usize,
        timeout: u32,
        behind: u64,
    },
    Enable(bool),
    Begin {
        candidate: usize,
        behind: bool,
    },
    Advance(usize, usize),
    /// The next event of a run that succeeds: random events alone rarely come to an end.
    Forward,
    /// The next event of a run that goes back.
    Backward,
}

/// Walks of two tempers: most of the promotions of the one succeed, of the other are undone.
fn acts() -> impl Strategy<Value = Vec<Act>> {
    prop_oneof![walk(40, 1), walk(15, 15)]
}

fn walk(forward: u32, backward: u32) -> impl Strategy<Value = Vec<Act>> {
    let server = 0..SERVERS.len();
    let act = prop_oneof![
        1 => server.clone().prop_map(Act::Add),
        1 => server.clone().prop_map(Act::Remove),
        2 => (server.clone(), 1u32..4, 0u64..2)
            .prop_map(|(master, timeout, behind)| Act::Update { master, timeout, behind }),
        1 => any::<bool>().prop_map(Act::Enable),
        6 => (server, any::<bool>())
            .prop_map(|(candidate, behind)| Act::Begin { candidate, behind }),
        1 => (0..Step::ALL.len(), 0..EVENTS.len()).prop_map(|(s, e)| Act::Advance(s, e)),
        forward => Just(Act::Forward),
        backward => Just(Act::Backward),
    ];
    proptest::collection::vec(act, 20..60)
}

struct Walk {
    database: Box<dyn CredentialDatabase>,
    last_plan: Option<Plan>,
    plans: u8,
}

impl Walk {
    fn take(&mut self, act: &Act) -> Result<(), Error> {
        let database = &mut *self.database;
        let state = database.state()?;
        match *act {
            Act::Add(name) => {
                database.add_server(state.term, &server(SERVERS[name]), &[], &anna(30))
            }
            Act::Remove(name) => {
                database.remove_server(state.term, &server(SERVERS[name]), &anna(30))
            }
            Act::Update {
                master,
                timeout,
                behind,
            } => {
                let mut wanted = state.info.clone();
                wanted.secret_server = server(SERVERS[master]);
                wanted.ticket_timeout = timeout;
                let mut seen = state.seen();
                seen.revision.0 -= behind;
                database
                    .update(seen, &wanted, &Leave::default(), &anna(30))
                    .map(drop)
            }
            Act::Enable(enabled) => database
                .set_enabled(state.seen(), enabled, &anna(30))
                .map(drop),
            Act::Begin { candidate, behind } => {
                let candidate = server(SERVERS[candidate]);
                let possible = state.server(&candidate).is_some() && !state.master().is(&candidate);
                if possible && !(behind && self.last_plan.is_some()) {
                    self.plans += 1;
                    self.last_plan = Some(plan(database, candidate.as_str(), self.plans)?);
                }
                let plan = self.last_plan.as_ref();
                plan.map_or(Ok(()), |plan| {
                    database.begin(plan, &Leave::default(), &anna(31))
                })
            }
            Act::Advance(step, event) => self.advance((Step::ALL[step], EVENTS[event])),
            Act::Forward => self.first_legal(&WHOLE),
            Act::Backward => {
                let undo = [Event::Undone, Event::UndoStarted];
                let events = undo.map(|event| Step::ALL.map(|step| (step, event)));
                self.first_legal(events.as_flattened())
            }
        }
    }

    fn first_legal(&mut self, events: &[(Step, Event)]) -> Result<(), Error> {
        let Some(promotion) = self.database.unfinished()? else {
            return Ok(());
        };
        // A step that is under way is not started once more.
        let legal = |(step, event): &(Step, Event)| {
            let next = promotion.state.next(*step, *event);
            next.is_ok_and(|next| next != promotion.state)
        };
        let next = events.iter().find(|event| legal(event)).copied();
        next.map_or(Ok(()), |next| self.advance(next))
    }

    fn advance(&mut self, event: (Step, Event)) -> Result<(), Error> {
        match self.database.unfinished()? {
            Some(promotion) => advance(&mut *self.database, &promotion.plan, event).map(drop),
            None => Ok(()),
        }
    }
}

/// What holds between any state and the one after one more act.
fn check(before: &SystemState, after: &SystemState, refused: bool) -> Result<(), TestCaseError> {
    prop_assert!(after.term <= after.highest_term);
    prop_assert!(after.highest_term >= before.highest_term);
    prop_assert!(after.revision >= before.revision);
    prop_assert!(after.server(after.master()).is_some());
    prop_assert_eq!(after.id, before.id);
    if refused {
        prop_assert_eq!(after, before);
    }
    if after.revision == before.revision {
        prop_assert_eq!(&after.info, &before.info);
        prop_assert_eq!(after.term, before.term);
    }
    if !after.master().is(before.master()) {
        prop_assert!(after.term != before.term);
    }
    Ok(())
}

#[expect(
    clippy::unnecessary_wraps,
    reason = "every function of the suite has this shape"
)]
pub(crate) fn any_walk_keeps_the_invariants(fresh: Fresh<'_>) -> Result<(), Error> {
    let config = Config {
        cases: 32,
        failure_persistence: None,
        ..Config::default()
    };
    let ends = std::cell::Cell::new([0; 2]);
    let outcome = TestRunner::new(config).run(&acts(), |acts| {
        let fail = |error: Error| TestCaseError::fail(format!("{error:?}"));
        let mut walk = Walk {
            database: ready(fresh).map_err(fail)?,
            last_plan: None,
            plans: 0,
        };
        let mut before = walk.database.state().map_err(fail)?;
        // Which server was given which term: none is ever another's.
        let mut given = vec![(Term(1), before.master().clone())];
        for act in &acts {
            let outcome = walk.take(act);
            if let Err(error) = &outcome {
                let broken = matches!(
                    error,
                    Error::Corrupt { .. } | Error::Engine { .. } | Error::Busy { .. }
                );
                prop_assert!(!broken, "{act:?}: {error:?}");
            }
            let after = walk.database.state().map_err(fail)?;
            check(&before, &after, outcome.is_err())?;
            match given.iter().find(|(term, _)| *term == after.term) {
                Some((_, holder)) => prop_assert_eq!(holder, after.master()),
                None => given.push((after.term, after.master().clone())),
            }
            before = after;
        }
        let promotions = walk.database.promotions().map_err(fail)?;
        let open = promotions.iter().filter(|p| !p.state.is_final()).count();
        prop_assert!(open <= 1);
        let audit = walk.database.audit().map_err(fail)?;
        prop_assert_eq!(audit.verify(), Ok(()));
        let count = |action: &str| audit.rows.iter().filter(|row| row.action == action).count();
        let [promoted, undone] = ends.get();
        ends.set([promoted + count("promoted"), undone + count("undone")]);
        Ok(())
    });
    assert_eq!(outcome, Ok(()));
    // The walks are worth something only where some come to each end.
    let [promoted, undone] = ends.get();
    assert!(
        promoted > 0 && undone > 0,
        "{promoted} promoted, {undone} undone"
    );
    Ok(())
}
