//! Several writers at once: exactly one wins, and the others are told why.

use std::sync::Barrier;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use regent::database::{CredentialDatabase, Error, open};
use regent::identity::Revision;
use regent::plan::Leave;

use crate::database::world::*;

/// How many writers race.
const WRITERS: u8 = 4;

/// Runs `write` on a connection of its own in every writer, all let go at once.
fn race<T: Send>(
    url: &str,
    write: impl Fn(&mut dyn CredentialDatabase, u8) -> Result<T, Error> + Sync,
) -> Result<Vec<Result<T, Error>>, Error> {
    let start = Barrier::new(usize::from(WRITERS));
    let writer = |number| {
        let database = open(url);
        start.wait();
        write(&mut *database?, number)
    };
    thread::scope(|scope| {
        let writers: Vec<_> = (0..WRITERS)
            .map(|number| scope.spawn(move || writer(number)))
            .collect();
        let outcomes = writers.into_iter().map(thread::ScopedJoinHandle::join);
        Ok(outcomes
            .map(|outcome| outcome.expect("no writer panics"))
            .collect())
    })
}

pub(crate) fn of_racing_updates_one_wins(fresh: Fresh<'_>) -> Result<(), Error> {
    let database = fresh();
    let before = database.state()?;
    let outcomes = race(database.url(), |database, number| {
        let mut wanted = before.info.clone();
        wanted.ticket_timeout = 10 + u32::from(number);
        database.update(before.seen(), &wanted, &Leave::default(), &anna(1))?;
        Ok(wanted)
    })?;
    let (won, lost): (Vec<_>, Vec<_>) = outcomes.into_iter().partition(Result::is_ok);
    assert_eq!(won.len(), 1, "{lost:?}");
    for lost in lost {
        assert!(
            matches!(
                lost,
                Err(Error::StaleRevision {
                    seen: Revision(1),
                    present: Revision(2)
                })
            ),
            "{lost:?}"
        );
    }
    for won in won {
        assert_eq!(database.state()?.info, won?);
    }
    assert_eq!(database.audit()?.verify(), Ok(()));
    Ok(())
}

pub(crate) fn of_racing_plans_one_begins(fresh: Fresh<'_>) -> Result<(), Error> {
    let database = ready(fresh)?;
    let outcomes = race(database.url(), |database, number| {
        let plan = plan(database, "SSO02", number)?;
        database.begin(&plan, &Leave::default(), &anna(11))?;
        Ok(plan.id)
    })?;
    let (won, lost): (Vec<_>, Vec<_>) = outcomes.into_iter().partition(Result::is_ok);
    let begun = database.unfinished()?.map(|promotion| promotion.plan.id);
    let won: Result<Vec<_>, _> = won.into_iter().collect();
    assert_eq!(won?, begun.into_iter().collect::<Vec<_>>());
    for lost in lost {
        assert!(
            matches!(lost, Err(Error::PromotionUnfinished { id, .. }) if Some(id) == begun),
            "{lost:?}"
        );
    }
    assert_eq!(database.promotions()?.len(), 1);
    Ok(())
}

pub(crate) fn a_plan_begun_twice_at_once_begins_once(fresh: Fresh<'_>) -> Result<(), Error> {
    let database = ready(fresh)?;
    let plan = plan(&*database, "SSO02", 1)?;
    let outcomes = race(database.url(), |database, _| {
        database.begin(&plan, &Leave::default(), &anna(11))
    })?;
    let (won, lost): (Vec<_>, Vec<_>) = outcomes.into_iter().partition(Result::is_ok);
    assert_eq!(won.len(), 1, "{lost:?}");
    for lost in lost {
        assert!(
            matches!(lost, Err(Error::PlanUsed { id, .. }) if id == plan.id),
            "{lost:?}"
        );
    }
    assert_eq!(actions(&*database)?[4..], ["promote-begin"]);
    Ok(())
}

pub(crate) fn a_reader_never_sees_half_an_update(fresh: Fresh<'_>) -> Result<(), Error> {
    let mut database = ready(fresh)?;
    let url = database.url().to_owned();
    let over = AtomicBool::new(false);
    thread::scope(|scope| {
        let reader = scope.spawn(|| {
            let database = open(&url)?;
            let mut reads = 0;
            while !over.load(Ordering::Relaxed) || reads == 0 {
                let state = database.state()?;
                // The master changes with every term, and the time-out with it.
                let even = state.term.0 % 2 == 0;
                assert_eq!(
                    state.master().as_str(),
                    if even { "SSO02" } else { "SSO01" }
                );
                assert_eq!(state.info.ticket_timeout == 2, state.term.0 == 1);
                assert_eq!(state.term, state.highest_term);
                let updates = database.audit()?.rows.len();
                assert!(u64::try_from(updates).is_ok_and(|rows| rows >= 3 + state.revision.0));
                reads += 1;
            }
            Ok::<_, Error>(())
        });
        let written = (0..30).try_for_each(|round| {
            let state = database.state()?;
            let mut wanted = state.info.clone();
            wanted.secret_server = server(["SSO02", "SSO01"][round % 2]);
            wanted.ticket_timeout = 3;
            database
                .update(state.seen(), &wanted, &Leave::default(), &anna(1))
                .map(drop)
        });
        over.store(true, Ordering::Relaxed);
        reader.join().expect("what was read was whole")?;
        written
    })
}
