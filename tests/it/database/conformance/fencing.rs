//! Every method that writes is called by a process that has slept since an earlier term.

use regent::database::{CredentialDatabase, Error, Publication};
use regent::identity::{Fingerprint, Term};
use regent::journal::{Event, State};
use regent::plan::{Leave, Plan, Step};
use regent::system::{RestoredCopy, Seen};

use crate::database::world::*;

/// What the process read before it slept.
struct Memory {
    /// The state, in term 1.
    seen: Seen,
    /// A plan it made and did not begin.
    made: Plan,
    /// A plan it began; meanwhile it was undone.
    begun: Plan,
}

/// What the process is told.
#[derive(Debug, PartialEq, Eq)]
enum Told {
    /// `StaleTerm`, with its own term, the present one and the present master.
    Replaced,
    /// `StalePlan`, with everything that has changed, the term among it.
    PlanStale,
    /// The journal cannot go on: the promotion is over.
    Over,
}

type Write = fn(&mut dyn CredentialDatabase, &Memory) -> Result<(), Error>;

/// Every method that writes.
const WRITERS: [(&str, Write, Told); 14] = [
    (
        "add_server",
        |database, memory| database.add_server(memory.seen.term, &server("SSO09"), &[], &anna(50)),
        Told::Replaced,
    ),
    (
        "remove_server",
        |database, memory| database.remove_server(memory.seen.term, &server("SSO03"), &anna(50)),
        Told::Replaced,
    ),
    (
        "update",
        |database, memory| {
            let mut wanted = memory.made.before.clone();
            wanted.ticket_timeout = 7;
            database
                .update(memory.seen, &wanted, &Leave::default(), &anna(50))
                .map(drop)
        },
        Told::Replaced,
    ),
    (
        "set_enabled",
        |database, memory| database.set_enabled(memory.seen, true, &anna(50)).map(drop),
        Told::Replaced,
    ),
    (
        "install_secret",
        |database, memory| {
            let secret = Fingerprint::from_bytes([1; 16]);
            database.install_secret(memory.seen.term, secret, &proof(), &anna(50))
        },
        Told::Replaced,
    ),
    (
        "note",
        |database, memory| database.note(memory.seen.term, "secret-backup", "", &anna(50)),
        Told::Replaced,
    ),
    (
        "restored_copy",
        |database, memory| {
            let copy = RestoredCopy::beyond(memory.seen.term, Vec::new());
            database.restored_copy(memory.seen.term, &copy, &anna(50))
        },
        Told::Replaced,
    ),
    (
        "begin",
        |database, memory| database.begin(&memory.made, &Leave::default(), &anna(50)),
        Told::PlanStale,
    ),
    (
        "record",
        |database, memory| {
            let entry = entry(Step::RestartService, Event::Started, 50);
            database.record(memory.begun.id, &entry).map(drop)
        },
        Told::Over,
    ),
    (
        "apply_update",
        |database, memory| {
            let entry = entry(Step::UpdateDatabase, Event::Succeeded, 50);
            database.apply_update(&memory.begun, &entry).map(drop)
        },
        Told::Over,
    ),
    (
        "undo_update",
        |database, memory| database.undo_update(&memory.begun, &anna(50)),
        Told::Over,
    ),
    (
        "stand",
        |database, memory| {
            let leave = Leave::default();
            database.stand(memory.seen.term, "secret-restore", &leave, &anna(50))
        },
        Told::Replaced,
    ),
    (
        "forbidden",
        |database, memory| {
            let leave = Leave::default();
            let forbidden = database.forbidden(memory.seen.term, "promote", &leave, &anna(50));
            forbidden.map(drop)
        },
        Told::Replaced,
    ),
    (
        "publish",
        |database, memory| {
            let publication = Publication {
                seen: None,
                leave: Leave::default(),
                reason: "a reason".to_owned(),
                change: None,
                planned: None,
            };
            let published = database.publish(memory.seen.term, &publication, &anna(50));
            published.map(drop)
        },
        Told::Replaced,
    ),
];

/// What reads, and what only the operating system sees.
const OTHERS: [&str; 14] = [
    "url",
    "state",
    "proof",
    "lock",
    "unfinished",
    "promotion",
    "promotions",
    "governing",
    "judgements",
    "audit",
    "journals",
    "engine",
    "integrity",
    "dump",
];

/// Nobody adds a method without deciding who may call it.
#[test]
fn every_method_of_the_trait_stands_in_one_of_the_lists() {
    let source = include_str!("../../../../host/database.rs");
    let (_, methods) = source
        .split_once("pub trait CredentialDatabase")
        .expect("the trait");
    let (methods, _) = methods.split_once("\n}\n").expect("its end");
    let (mut writers, mut others) = (Vec::new(), Vec::new());
    for method in methods.split("    fn ").skip(1) {
        let (name, rest) = method.split_once('(').expect("its arguments");
        let of = if rest.trim_start().starts_with("&mut self") {
            &mut writers
        } else {
            &mut others
        };
        of.push(name);
    }
    assert_eq!(writers, WRITERS.map(|(name, ..)| name));
    assert_eq!(others, OTHERS);
}

/// A system in term 1 and what a process remembers of it.
fn remembered(fresh: Fresh<'_>) -> Result<(Box<dyn CredentialDatabase>, Memory), Error> {
    let mut database = ready(fresh)?;
    let begun = plan(&*database, "SSO02", 1)?;
    run(&mut *database, &begun, &BACK)?;
    let memory = Memory {
        seen: database.state()?.seen(),
        made: plan(&*database, "SSO03", 2)?,
        begun,
    };
    assert_eq!(memory.seen.term, Term(1));
    Ok((database, memory))
}

fn told(outcome: Result<(), Error>) -> Told {
    match outcome {
        Ok(()) => panic!("it was written"),
        Err(Error::StaleTerm {
            believed: Term(1),
            present: Term(3),
            master,
        }) if master == server("SSO02") => Told::Replaced,
        Err(Error::StalePlan { changed }) if changed.contains(&"term: 1 → 3".to_owned()) => {
            Told::PlanStale
        }
        Err(Error::IllegalEvent(illegal)) if illegal.state == State::Undone => Told::Over,
        Err(other) => panic!("{other:?}"),
    }
}

pub(crate) fn what_slept_through_a_promotion_changes_nothing(
    fresh: Fresh<'_>,
) -> Result<(), Error> {
    let (mut database, memory) = remembered(fresh)?;
    let promoted = plan(&*database, "SSO02", 3)?;
    run(&mut *database, &promoted, &WHOLE)?;
    let before = database.dump()?;
    for (name, write, expected) in &WRITERS {
        assert_eq!(told(write(&mut *database, &memory)), *expected, "{name}");
        assert_eq!(database.dump()?, before, "{name}");
    }
    Ok(())
}

pub(crate) fn from_the_moment_the_update_is_written_the_old_term_is_over(
    fresh: Fresh<'_>,
) -> Result<(), Error> {
    let (mut database, memory) = remembered(fresh)?;
    let promoted = plan(&*database, "SSO02", 3)?;
    run(&mut *database, &promoted, &WHOLE[..2])?;
    let before = database.dump()?;
    for (name, write, expected) in &WRITERS {
        let outcome = write(&mut *database, &memory);
        if *expected == Told::PlanStale {
            let waits = matches!(&outcome, Err(Error::PromotionUnfinished { .. }));
            assert!(waits, "{name}: {outcome:?}");
        } else {
            assert_eq!(told(outcome), *expected, "{name}");
        }
        assert_eq!(database.dump()?, before, "{name}");
    }
    Ok(())
}
