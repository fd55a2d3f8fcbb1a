//! What is refused, with nothing changed.

use regent::database::{CredentialDatabase, Error};
use regent::global_info::{Element, GlobalInfo};
use regent::identity::{Fingerprint, Revision, SystemId, Term};
use regent::journal::{Event, State};
use regent::plan::{Leave, Step};
use regent::system::Seen;

use crate::database::world::*;

pub(crate) fn a_stale_writer_changes_nothing(fresh: Fresh<'_>) -> Result<(), Error> {
    let mut database = ready(fresh)?;
    let old = database.state()?.seen();
    database.set_enabled(old, true, &anna(5))?;
    let before = database.dump()?;
    let stale = |refused: Result<(), Error>| {
        let (seen, present) = (Revision(1), Revision(2));
        matches!(
            refused,
            Err(Error::StaleRevision { seen: s, present: p }) if (s, p) == (seen, present)
        )
    };
    let mut wanted = database.state()?.info;
    assert!(stale(
        database
            .update(old, &wanted, &Leave::default(), &anna(6))
            .map(drop)
    ));
    wanted.ticket_timeout = 5;
    assert!(stale(
        database
            .update(old, &wanted, &Leave::default(), &anna(6))
            .map(drop)
    ));
    assert!(stale(database.set_enabled(old, true, &anna(6)).map(drop)));
    assert!(stale(database.set_enabled(old, false, &anna(6)).map(drop)));
    assert_eq!(database.dump()?, before);
    // What writes no global info need not have seen its last change.
    database.note(old.term, "secret-backup", "", &anna(6))?;
    database.add_server(old.term, &server("SSO04"), &[], &anna(6))?;
    database.remove_server(old.term, &server("SSO04"), &anna(6))?;
    Ok(())
}

pub(crate) fn a_lost_term_is_told_first(fresh: Fresh<'_>) -> Result<(), Error> {
    let mut database = ready(fresh)?;
    let old = database.state()?.seen();
    let mut wanted = database.state()?.info;
    wanted.secret_server = server("SSO02");
    database.update(old, &wanted, &Leave::default(), &anna(5))?;
    let before = database.dump()?;
    let stale = |refused: Result<(), Error>| {
        matches!(
            refused,
            Err(Error::StaleTerm { believed, present, master })
                if (believed, present) == (Term(1), Term(2)) && master == server("SSO02")
        )
    };
    // Whether or not the revision is right.
    for revision in [old.revision, Revision(2), Revision(u64::MAX)] {
        let seen = Seen { revision, ..old };
        assert!(stale(
            database
                .update(seen, &wanted, &Leave::default(), &anna(6))
                .map(drop)
        ));
        assert!(stale(database.set_enabled(seen, true, &anna(6)).map(drop)));
    }
    assert_eq!(database.dump()?, before);
    Ok(())
}

pub(crate) fn numbers_out_of_range_are_refused(fresh: Fresh<'_>) -> Result<(), Error> {
    let mut database = fresh();
    let before = database.state()?;
    let wanted = |change: fn(&mut GlobalInfo)| {
        let mut info = before.info.clone();
        change(&mut info);
        info
    };
    for (info, expected) in [
        (wanted(|i| i.ticket_timeout = 0), Element::TicketTimeout),
        (
            wanted(|i| i.ticket_timeout = 525_601),
            Element::TicketTimeout,
        ),
        (
            wanted(|i| i.cred_cache_timeout = 0),
            Element::CredCacheTimeout,
        ),
        (
            wanted(|i| i.audit_deleted_apps = u32::MAX),
            Element::AuditDeletedApps,
        ),
    ] {
        let refused = database.update(before.seen(), &info, &Leave::default(), &anna(1));
        assert!(matches!(refused, Err(Error::OutOfRange { element, .. }) if element == expected));
    }
    for info in [
        wanted(|i| i.ticket_timeout = 525_600),
        wanted(|i| i.audit_deleted_apps = 0),
    ] {
        let seen = database.state()?.seen();
        database.update(seen, &info, &Leave::default(), &anna(1))?;
        assert_eq!(database.state()?.info, info);
    }
    Ok(())
}

pub(crate) fn an_unlisted_master_is_refused(fresh: Fresh<'_>) -> Result<(), Error> {
    let mut database = fresh();
    let before = database.state()?;
    let mut wanted = before.info.clone();
    wanted.secret_server = server("SSO09");
    let refused = database.update(before.seen(), &wanted, &Leave::default(), &anna(1));
    let error = refused.expect_err("SSO09 is not listed");
    assert_eq!(
        error.to_string(),
        "SSO09 is not an SSO server of this system"
    );
    assert_eq!(
        error.help().as_deref(),
        Some("known servers: SSO01; if the name is right, add it with `regent server add NAME`")
    );
    assert_eq!(database.state()?, before);
    Ok(())
}

pub(crate) fn only_finishing_is_possible_while_a_promotion_is_unfinished(
    fresh: Fresh<'_>,
) -> Result<(), Error> {
    for events in [&WHOLE[..0], &WHOLE[..1], &WHOLE[..5], &BACK[..6]] {
        let mut database = ready(fresh)?;
        let plan = plan(&*database, "SSO02", 1)?;
        run(&mut *database, &plan, events)?;
        let state = database.state()?;
        let other = self::plan(&*database, "SSO03", 2)?;
        let seen = state.seen();
        let mut wanted = state.info.clone();
        wanted.ticket_timeout = 5;
        let secret = Fingerprint::from_bytes([1; 16]);
        for refused in [
            database
                .update(seen, &wanted, &Leave::default(), &anna(30))
                .map(drop),
            database.set_enabled(seen, true, &anna(30)).map(drop),
            database.install_secret(state.term, secret, &proof(), &anna(30)),
            database.remove_server(state.term, &server("SSO03"), &anna(30)),
            database.begin(&other, &Leave::default(), &anna(30)),
        ] {
            assert!(matches!(
                refused,
                Err(Error::PromotionUnfinished { id, ref candidate, since, ref operator, .. })
                    if id == plan.id && *candidate == plan.candidate
                        && since == at(11) && operator == "CONTOSO\\anna"
            ));
        }
        // What touches neither the global info nor the promotion goes on.
        database.add_server(state.term, &server("SSO04"), &[], &anna(31))?;
        database.note(state.term, "secret-backup", "", &anna(32))?;
        assert_eq!(database.state()?.info, state.info);
    }
    Ok(())
}

pub(crate) fn a_plan_is_used_once(fresh: Fresh<'_>) -> Result<(), Error> {
    for (events, expected) in [
        (&WHOLE[..0], State::Planned),
        (&WHOLE[..2], State::Applied(Step::UpdateDatabase)),
        (&WHOLE[..], State::Promoted),
        (&BACK[..], State::Undone),
    ] {
        let mut database = ready(fresh)?;
        let plan = plan(&*database, "SSO02", 1)?;
        run(&mut *database, &plan, events)?;
        let before = database.dump()?;
        let refused = database.begin(&plan, &Leave::default(), &anna(30));
        assert!(matches!(
            refused,
            Err(Error::PlanUsed { id, state }) if (id, state) == (plan.id, expected)
        ));
        assert_eq!(database.dump()?, before);
    }
    Ok(())
}

pub(crate) fn a_stale_plan_is_refused_with_what_changed(fresh: Fresh<'_>) -> Result<(), Error> {
    type Meanwhile = fn(&mut dyn CredentialDatabase) -> Result<(), Error>;
    let cases: [(Meanwhile, &[&str]); 4] = [
        (
            |database| {
                let state = database.state()?;
                let mut info = state.info.clone();
                info.ticket_timeout = 9;
                database
                    .update(state.seen(), &info, &Leave::default(), &anna(12))
                    .map(drop)
            },
            &["revision: 1 → 2", "ticketTimeout: 2 → 9"],
        ),
        (
            |database| {
                let state = database.state()?;
                let mut info = state.info.clone();
                info.secret_server = server("SSO03");
                database
                    .update(state.seen(), &info, &Leave::default(), &anna(12))
                    .map(drop)
            },
            &[
                "revision: 1 → 2",
                "term: 1 → 2",
                "next term: 2 → 3",
                "secretServer: SSO01 → SSO03",
            ],
        ),
        (
            |database| database.remove_server(Term(1), &server("SSO02"), &anna(12)),
            &["SSO02 is no longer an SSO server of this system"],
        ),
        (
            |database| {
                let plan = plan(database, "SSO03", 7)?;
                run(database, &plan, &BACK).map(drop)
            },
            &["revision: 1 → 3", "next term: 2 → 3"],
        ),
    ];
    for (meanwhile, expected) in cases {
        let mut database = ready(fresh)?;
        let plan = plan(&*database, "SSO02", 1)?;
        meanwhile(&mut *database)?;
        let before = database.dump()?;
        match database.begin(&plan, &Leave::default(), &anna(13)) {
            Err(Error::StalePlan { changed }) => assert_eq!(changed, expected),
            other => panic!("{expected:?}: {other:?}"),
        }
        assert_eq!(database.dump()?, before);
    }
    Ok(())
}

pub(crate) fn a_plan_of_another_system_is_refused(fresh: Fresh<'_>) -> Result<(), Error> {
    let mut database = ready(fresh)?;
    let plan = plan(&*database, "SSO02", 1)?;

    let mut foreign = plan.clone();
    foreign.system = SystemId::from_bytes([0; 16]);
    let refused = database.begin(&foreign, &Leave::default(), &anna(12));
    assert_eq!(
        refused.expect_err("another system").to_string(),
        "the plan is out of date: system: 00000000-0000-0000-0000-000000000000 → \
         30313233-3435-3637-3839-616263646566"
    );

    let mut other_secret = plan.clone();
    let backup = other_secret.backup.as_mut().expect("the plan has a backup");
    backup.current = Fingerprint::from_bytes([1; 16]);
    let refused = database.begin(&other_secret, &Leave::default(), &anna(12));
    assert_eq!(
        refused.expect_err("another secret").to_string(),
        "the plan is out of date: master secret: 01010101-0101-0101-0101-010101010101 → \
         abababab-abab-abab-abab-abababababab"
    );
    assert_eq!(database.unfinished()?, None);
    database.begin(&plan, &Leave::default(), &anna(13))
}

pub(crate) fn only_legal_entries_are_recorded(fresh: Fresh<'_>) -> Result<(), Error> {
    let mut database = ready(fresh)?;
    let plan = plan(&*database, "SSO02", 1)?;
    let started = entry(Step::UpdateDatabase, Event::Started, 20);
    let unknown = database.record(plan.id, &started);
    assert!(matches!(unknown, Err(Error::UnknownPromotion { id }) if id == plan.id));

    database.begin(&plan, &Leave::default(), &anna(11))?;
    let before = database.dump()?;
    // Too early: nothing has started.
    let early = entry(Step::RestartService, Event::Started, 20);
    let illegal = database.record(plan.id, &early);
    assert!(matches!(illegal, Err(Error::IllegalEvent(_))));
    let early = entry(Step::UpdateDatabase, Event::Succeeded, 20);
    let illegal = database.apply_update(&plan, &early);
    assert!(matches!(illegal, Err(Error::IllegalEvent(_))));
    let early = entry(Step::UpdateDatabase, Event::Undone, 20);
    let illegal = database.record(plan.id, &early);
    assert!(matches!(illegal, Err(Error::IllegalEvent(_))));
    let illegal = database.undo_update(&plan, &anna(20)).err();
    assert!(matches!(illegal, Some(Error::IllegalEvent(_))));

    // The update is told of only by whoever writes it.
    let succeeded = entry(Step::UpdateDatabase, Event::Succeeded, 20);
    for misplaced in [
        database.record(plan.id, &succeeded),
        database.apply_update(&plan, &started),
    ] {
        assert!(matches!(misplaced, Err(Error::Misplaced { .. })));
    }
    assert_eq!(database.dump()?, before);
    Ok(())
}

pub(crate) fn a_plan_must_be_the_one_begun(fresh: Fresh<'_>) -> Result<(), Error> {
    let mut database = ready(fresh)?;
    let plan = plan(&*database, "SSO02", 1)?;
    run(&mut *database, &plan, &WHOLE[..1])?;
    let before = database.dump()?;
    let mut altered = plan.clone();
    altered.after.ticket_timeout = 99;
    let succeeded = entry(Step::UpdateDatabase, Event::Succeeded, 20);
    let differs = database.apply_update(&altered, &succeeded);
    assert!(matches!(differs, Err(Error::PlanDiffers { id }) if id == plan.id));
    altered = plan.clone();
    altered.id = id(9);
    let unknown = database.apply_update(&altered, &succeeded);
    assert!(matches!(unknown, Err(Error::UnknownPromotion { .. })));
    assert_eq!(database.dump()?, before);
    Ok(())
}
