//! Promotions from their plan to their end.

use regent::database::Error;
use regent::identity::{Revision, Term};
use regent::journal::{Event, State};
use regent::plan::{Leave, Step};
use regent::system::SystemState;

use crate::database::world::*;

/// A state without what an undone promotion leaves: counters and traces.
fn lasting(mut state: SystemState) -> SystemState {
    state.revision = Revision(0);
    state.highest_term = Term(0);
    for server in &mut state.servers {
        server.last_seen = None;
    }
    state
}

pub(crate) fn a_promotion_runs_to_its_end(fresh: Fresh<'_>) -> Result<(), Error> {
    let mut database = ready(fresh)?;
    let before = database.state()?;
    let plan = plan(&*database, "sso02", 1)?;
    assert_eq!(run(&mut *database, &plan, &WHOLE)?, State::Promoted);

    let after = database.state()?;
    assert_eq!(after.info, plan.after);
    assert_eq!(after.master().as_str(), "SSO02");
    assert_eq!((after.term, after.highest_term), (Term(2), Term(2)));
    assert_eq!(after.revision, Revision(2));
    assert_eq!(after.secrets, before.secrets);
    // Entries name no server: the one the promotion was begun on was alive.
    let seen = after.server(&server("SSO01")).and_then(|s| s.last_seen);
    assert_eq!(seen, Some(at(20)));

    assert_eq!(database.unfinished()?, None);
    let promotions = database.promotions()?;
    let [promotion] = &promotions[..] else {
        panic!("{promotions:?}");
    };
    assert_eq!((&promotion.plan, promotion.state), (&plan, State::Promoted));
    let events: Vec<_> = promotion
        .entries
        .iter()
        .map(|e| (e.step, e.event))
        .collect();
    assert_eq!(events, WHOLE);
    assert_eq!(
        actions(&*database)?[4..],
        ["promote-begin", "promote-update", "promoted"]
    );
    Ok(())
}

pub(crate) fn a_promotion_is_undone_to_what_was_before(fresh: Fresh<'_>) -> Result<(), Error> {
    let mut database = ready(fresh)?;
    let before = database.state()?;
    let plan = plan(&*database, "SSO02", 1)?;
    assert_eq!(run(&mut *database, &plan, &BACK)?, State::Undone);

    let after = database.state()?;
    assert_eq!(after.term, before.term);
    assert_eq!(after.highest_term, Term(2));
    assert_eq!(after.revision, Revision(3));
    assert_eq!(lasting(after), lasting(before));
    assert_eq!(database.unfinished()?, None);
    assert_eq!(
        actions(&*database)?[4..],
        ["promote-begin", "promote-update", "promote-undo", "undone"]
    );
    let entries = &database.promotions()?[0].entries;
    assert_eq!(
        entries[3].detail.as_deref(),
        Some("the service did not answer")
    );
    assert_eq!(entries[0].detail, None);
    Ok(())
}

pub(crate) fn an_update_never_written_is_undone_without_a_trace(
    fresh: Fresh<'_>,
) -> Result<(), Error> {
    use Event::{Failed, Started, UndoStarted, Undone};
    for events in [
        &[Started, Failed, Undone][..],
        &[Started, UndoStarted, Undone][..],
    ] {
        let mut database = ready(fresh)?;
        let before = database.state()?;
        let plan = plan(&*database, "SSO02", 1)?;
        let events: Vec<_> = events.iter().map(|e| (Step::UpdateDatabase, *e)).collect();
        assert_eq!(run(&mut *database, &plan, &events)?, State::Undone);
        let after = database.state()?;
        assert_eq!(after.seen(), before.seen());
        // A term is given when its promotion begins.
        assert_eq!(after.highest_term, plan.next_term);
        assert_eq!(lasting(after), lasting(before));
        assert_eq!(actions(&*database)?[4..], ["promote-begin", "undone"]);
    }
    Ok(())
}

pub(crate) fn applying_and_undoing_twice_is_harmless(fresh: Fresh<'_>) -> Result<(), Error> {
    let mut database = ready(fresh)?;
    let plan = plan(&*database, "SSO02", 1)?;
    run(&mut *database, &plan, &WHOLE[..1])?;
    let succeeded = entry(Step::UpdateDatabase, Event::Succeeded, 21);
    let first = database.apply_update(&plan, &succeeded)?;
    let once = database.dump()?;
    let later = entry(Step::UpdateDatabase, Event::Succeeded, 25);
    assert_eq!(database.apply_update(&plan, &later)?, first);
    assert_eq!(database.dump()?, once);

    advance(
        &mut *database,
        &plan,
        (Step::UpdateDatabase, Event::UndoStarted),
    )?;
    // Not undone before it is.
    let undone = entry(Step::UpdateDatabase, Event::Undone, 26);
    let early = database.record(plan.id, &undone);
    assert!(matches!(early, Err(Error::Misplaced { .. })));
    database.undo_update(&plan, &anna(26))?;
    let once = database.dump()?;
    database.undo_update(&plan, &anna(27))?;
    assert_eq!(database.dump()?, once);
    let unfinished = database.unfinished()?.map(|promotion| promotion.state);
    assert_eq!(unfinished, Some(State::Undoing(Step::UpdateDatabase)));
    assert_eq!(database.record(plan.id, &undone)?, State::Undone);
    let found = database.promotion(plan.id)?;
    assert_eq!(found.map(|promotion| promotion.state), Some(State::Undone));
    assert_eq!(database.promotion(id(9))?, None);
    let once = database.dump()?;

    // What is over stays over.
    let late = database.apply_update(&plan, &succeeded);
    assert!(matches!(late, Err(Error::IllegalEvent(_))));
    let late = database.undo_update(&plan, &anna(28));
    assert!(matches!(late, Err(Error::IllegalEvent(_))));
    assert_eq!(database.dump()?, once);
    Ok(())
}

pub(crate) fn a_stuck_promotion_can_be_undone_again(fresh: Fresh<'_>) -> Result<(), Error> {
    let mut database = ready(fresh)?;
    let before = database.state()?;
    let plan = plan(&*database, "SSO02", 1)?;
    let mut events = BACK[..5].to_vec();
    events.push((Step::RestartService, Event::UndoFailed));
    let stuck = run(&mut *database, &plan, &events)?;
    assert_eq!(stuck, State::Stuck(Step::RestartService));
    let unfinished = database.unfinished()?.map(|p| (p.plan.id, p.state));
    assert_eq!(unfinished, Some((plan.id, stuck)));
    for event in &BACK[4..] {
        advance(&mut *database, &plan, *event)?;
    }
    assert_eq!(lasting(database.state()?), lasting(before));
    Ok(())
}

pub(crate) fn a_term_is_never_given_twice(fresh: Fresh<'_>) -> Result<(), Error> {
    let mut database = ready(fresh)?;
    let undone = plan(&*database, "SSO02", 1)?;
    run(&mut *database, &undone, &BACK)?;
    let promoted = plan(&*database, "SSO03", 2)?;
    assert_eq!((undone.next_term, promoted.next_term), (Term(2), Term(3)));
    run(&mut *database, &promoted, &WHOLE)?;
    assert_eq!(database.state()?.term, Term(3));

    // Nor by an update that changes the master.
    let state = database.state()?;
    let seen = database.update(state.seen(), &undone.before, &Leave::default(), &anna(40))?;
    assert_eq!(seen.term, Term(4));
    let ids: Vec<_> = database.promotions()?.iter().map(|p| p.plan.id).collect();
    assert_eq!(ids, [undone.id, promoted.id]);
    Ok(())
}

pub(crate) fn the_old_master_is_fenced(fresh: Fresh<'_>) -> Result<(), Error> {
    let mut database = ready(fresh)?;
    let old = database.state()?.seen();
    let plan = plan(&*database, "SSO02", 1)?;
    // From the moment the update is written, not only when the promotion is over.
    run(&mut *database, &plan, &WHOLE[..2])?;
    let fenced = |database: &mut dyn regent::database::CredentialDatabase| {
        let mut info = plan.before.clone();
        info.ticket_timeout = 7;
        let refused = database.update(old, &info, &Leave::default(), &anna(30));
        matches!(refused, Err(Error::StaleTerm { master, .. }) if master == plan.candidate)
    };
    assert!(fenced(&mut *database));
    for event in &WHOLE[2..] {
        advance(&mut *database, &plan, *event)?;
    }
    assert!(fenced(&mut *database));
    Ok(())
}

pub(crate) fn a_dump_is_canonical_and_holds_no_secret(fresh: Fresh<'_>) -> Result<(), Error> {
    let history = || {
        let mut database = ready(fresh)?;
        database.note(Term(1), "secret-backup", "two\nlines", &anna(5))?;
        let undone = plan(&*database, "SSO03", 1)?;
        run(&mut *database, &undone, &BACK)?;
        let promoted = plan(&*database, "SSO02", 2)?;
        run(&mut *database, &promoted, &WHOLE)?;
        database.dump()
    };
    let dump = history()?;
    assert_eq!(dump, history()?);
    assert!(dump.ends_with('\n'));
    for secret in ["twelve bytes", "ciphertext", "7477656c7665"] {
        assert!(!dump.contains(secret), "{secret}");
    }
    insta::with_settings!({
        snapshot_path => "../../../snapshots/database",
        prepend_module_to_snapshot => false,
        omit_expression => true,
    }, {
        insta::assert_snapshot!("undone-then-promoted", dump);
    });
    Ok(())
}
