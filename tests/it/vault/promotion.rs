//! Staging, activating and their way back, from every state that a crash can leave.
//!
//! A state is named by its files: `staged` and `before` of one promotion, `current`, `previous`.
//! Term 1 is what the server held before, term 0 what it held before that, term 7 the promotion's.

use regent::entropy::Entropy;
use regent::identity::{PromotionId, Term};
use regent::secret::{Error, Held, Unopened};

use super::{Place, held, refused, write};
use crate::secret::SYSTEM;

const ID: PromotionId = PromotionId::from_bytes([7; 8]);
const OTHER: PromotionId = PromotionId::from_bytes([8; 8]);
const TERM: Term = Term(7);

const STAGED: &str = "staged-0707070707070707.vault";
const BEFORE: &str = "before-0707070707070707.vault";

/// Files of the vault and the term in each.
type State<'a> = &'a [(&'a str, u64)];

/// In the place of a term: an empty file, which says that there was nothing before.
const NOTHING: u64 = u64::MAX;

const NEVER_MASTER: State = &[];
const WAS_MASTER: State = &[("current", 1), ("previous", 0)];

fn file(name: &str) -> String {
    match name {
        "staged" => STAGED.to_owned(),
        "before" => BEFORE.to_owned(),
        _ => format!("{name}.vault"),
    }
}

/// A vault with these files, each sealed under its machine key.
fn vault(state: State) -> Place {
    let place = Place::new();
    let mut entropy = Entropy::operating_system();
    // Makes folder and key, and leaves nothing else behind.
    place
        .vault
        .stage(OTHER, held("key", 9), Unopened::Refuse, &mut entropy)
        .expect("staged");
    place.vault.discard(SYSTEM, OTHER).expect("discarded");
    for (name, term) in state {
        if *term == NOTHING {
            write(&place.path(&file(name)), b"");
            continue;
        }
        place
            .vault
            .stage(OTHER, held("state", *term), Unopened::Refuse, &mut entropy)
            .expect("staged");
        std::fs::rename(
            place.path("staged-0808080808080808.vault"),
            place.path(&file(name)),
        )
        .expect("renamed");
    }
    place
}

/// The files of a vault and the term in each, as [`vault`] takes them.
fn state(place: &Place) -> Vec<(String, u64)> {
    place
        .names()
        .into_iter()
        .filter(|name| name != "machine.key")
        .map(|name| {
            let file = std::fs::metadata(place.path(&name)).expect("a file");
            let term = if file.len() == 0 {
                NOTHING
            } else {
                place.term_in(&name).expect("a vault").0
            };
            let name = name.strip_suffix(".vault").expect("a vault");
            (name.trim_end_matches("-0707070707070707").to_owned(), term)
        })
        .collect()
}

fn is(place: &Place, expected: State, what: &str) {
    let mut expected: Vec<_> = expected
        .iter()
        .map(|(name, term)| ((*name).to_owned(), *term))
        .collect();
    expected.sort();
    assert_eq!(state(place), expected, "{what}");
}

fn stage(place: &Place) {
    place
        .vault
        .stage(
            ID,
            held("state", 7),
            Unopened::Refuse,
            &mut Entropy::operating_system(),
        )
        .expect("staged");
}

/// Acts twice; the second time changes nothing.
fn twice(place: &Place, act: impl Fn() -> Result<(), Error>, expected: State, what: &str) {
    for time in ["once", "twice"] {
        act().unwrap_or_else(|error| panic!("{what}, {time}: {error}"));
        is(place, expected, &format!("{what}, {time}"));
    }
}

#[test]
fn a_promotion_leaves_its_secret_and_keeps_the_one_before() {
    for (before, staged, active, settled) in [
        (
            NEVER_MASTER,
            &[("staged", 7)][..],
            &[("current", 7), ("before", NOTHING)][..],
            &[("current", 7)][..],
        ),
        (
            WAS_MASTER,
            &[("staged", 7), ("current", 1), ("previous", 0)],
            &[("current", 7), ("before", 1), ("previous", 0)],
            &[("current", 7), ("previous", 1)],
        ),
    ] {
        let place = vault(before);
        twice(
            &place,
            || {
                stage(&place);
                Ok(())
            },
            staged,
            "staged",
        );
        assert!(place.vault.can_activate(ID, TERM).expect("an answer"));
        twice(
            &place,
            || place.vault.activate(SYSTEM, ID, TERM),
            active,
            "activated",
        );
        assert!(place.vault.can_activate(ID, TERM).expect("an answer"));
        twice(
            &place,
            || place.vault.settle(SYSTEM, ID).map(drop),
            settled,
            "settled",
        );
        assert_eq!(place.vault.pending().expect("a list"), []);
        // Past the point of no return there is no way back.
        let late = || place.vault.deactivate(SYSTEM, ID, TERM);
        twice(&place, late, settled, "deactivated too late");
    }
}

#[test]
fn a_promotion_that_is_undone_leaves_what_was_before() {
    for before in [NEVER_MASTER, WAS_MASTER] {
        let place = vault(before);
        stage(&place);
        place.vault.activate(SYSTEM, ID, TERM).expect("activated");
        twice(
            &place,
            || place.vault.deactivate(SYSTEM, ID, TERM),
            before,
            "deactivated",
        );
        twice(
            &place,
            || place.vault.discard(SYSTEM, ID),
            before,
            "discarded",
        );
    }
}

#[test]
fn a_promotion_that_never_activated_leaves_what_was_before() {
    for before in [NEVER_MASTER, WAS_MASTER] {
        let place = vault(before);
        stage(&place);
        let staged = [before, &[("staged", 7)]].concat();
        twice(
            &place,
            || place.vault.deactivate(SYSTEM, ID, TERM),
            &staged,
            "deactivated",
        );
        twice(
            &place,
            || place.vault.discard(SYSTEM, ID),
            before,
            "discarded",
        );
    }
}

/// Every state in which a crash can leave the vault, and where each way from there ends.
#[test]
fn from_every_crash_there_is_a_way_on_and_a_way_back() {
    let active_alone: State = &[("current", 7), ("before", NOTHING)];
    let active: State = &[("current", 7), ("before", 1), ("previous", 0)];
    for (what, crashed, on, back) in [
        (
            "staged, never a master",
            &[("staged", 7)][..],
            active_alone,
            NEVER_MASTER,
        ),
        (
            "staged",
            &[("staged", 7), ("current", 1), ("previous", 0)],
            active,
            WAS_MASTER,
        ),
        (
            "set aside, not yet activated",
            &[("staged", 7), ("before", 1), ("previous", 0)],
            active,
            WAS_MASTER,
        ),
        (
            "about to be activated, never a master",
            &[("staged", 7), ("before", NOTHING)],
            active_alone,
            NEVER_MASTER,
        ),
        (
            "activated, never a master",
            active_alone,
            active_alone,
            NEVER_MASTER,
        ),
        ("activated", active, active, WAS_MASTER),
    ] {
        let place = vault(crashed);
        assert_eq!(place.vault.pending().expect("a list"), [ID], "{what}");
        assert!(
            place.vault.can_activate(ID, TERM).expect("an answer"),
            "{what}"
        );
        twice(&place, || place.vault.activate(SYSTEM, ID, TERM), on, what);

        let place = vault(crashed);
        let undo = || {
            place
                .vault
                .deactivate(SYSTEM, ID, TERM)
                .and_then(|()| place.vault.discard(SYSTEM, ID))
        };
        twice(&place, undo, back, what);
    }
}

/// A crash between the database's last entry and the vault's last rename.
#[test]
fn from_every_crash_a_promotion_settles() {
    for (crashed, settled) in [
        (&[("current", 7)][..], &[("current", 7)][..]),
        (&[("current", 7), ("before", NOTHING)], &[("current", 7)]),
        (
            &[("current", 7), ("before", 1), ("previous", 0)],
            &[("current", 7), ("previous", 1)],
        ),
        (
            &[("current", 7), ("previous", 1)],
            &[("current", 7), ("previous", 1)],
        ),
    ] {
        let place = vault(crashed);
        twice(
            &place,
            || place.vault.settle(SYSTEM, ID).map(drop),
            settled,
            "settled",
        );
    }
}

#[test]
fn what_was_set_aside_is_never_replaced() {
    // Somebody restored a secret while a promotion lay between its two renames.
    let place = vault(&[("staged", 7), ("before", 1), ("current", 2)]);
    twice(
        &place,
        || place.vault.activate(SYSTEM, ID, TERM),
        &[("before", 1), ("current", 7)],
        "activated",
    );
    place
        .vault
        .deactivate(SYSTEM, ID, TERM)
        .expect("deactivated");
    is(&place, &[("current", 1)], "deactivated");
}

/// What was never activated is not taken away, whatever its term; nor what somebody has stored
/// where the promotion found nothing.
#[test]
fn an_undone_promotion_takes_away_what_it_brought_only() {
    for (there, left) in [
        (
            &[("staged", 7), ("current", 7)][..],
            &[("staged", 7), ("current", 7)][..],
        ),
        (
            &[("staged", 7), ("before", NOTHING), ("current", 2)],
            &[("staged", 7), ("current", 2)],
        ),
    ] {
        let place = vault(there);
        let undo = || place.vault.deactivate(SYSTEM, ID, TERM);
        twice(&place, undo, left, "deactivated");
    }
}

#[test]
fn what_is_not_staged_is_not_activated() {
    for before in [NEVER_MASTER, WAS_MASTER] {
        let place = vault(before);
        assert!(!place.vault.can_activate(ID, TERM).expect("an answer"));
        let error = refused(place.vault.activate(SYSTEM, ID, TERM));
        assert!(
            matches!(error, Error::NotStaged { id } if id == ID),
            "{error}"
        );
        is(&place, before, "refused");
    }
    // Staged in another term: of a plan that is not this one.
    let place = vault(&[("staged", 6)]);
    assert!(!place.vault.can_activate(ID, TERM).expect("an answer"));
}

#[test]
fn what_is_staged_but_does_not_open_says_so_before_it_is_activated() {
    let place = vault(&[("staged", 7), ("current", 1)]);
    write(&place.path("machine.key"), &[1; 32]);
    let error = refused(place.vault.can_activate(ID, TERM));
    assert!(matches!(error, Error::SealedByAnotherKey { .. }), "{error}");
}

/// Past the point of no return what never opened is kept, and rotates nothing out.
#[test]
fn what_never_opened_is_kept_aside_when_a_promotion_settles() {
    let place = vault(WAS_MASTER);
    std::fs::remove_file(place.path("machine.key")).expect("removed");
    let bytes = |name: &str| std::fs::read(place.path(name)).expect("a file");
    let (current, previous) = (bytes("current.vault"), bytes("previous.vault"));
    let entropy = &mut Entropy::operating_system();
    place
        .vault
        .stage(ID, held("state", 7), Unopened::KeepAside, entropy)
        .expect("staged");
    place.vault.activate(SYSTEM, ID, TERM).expect("activated");
    let aside = place.vault.settle(SYSTEM, ID).expect("settled");
    assert_eq!(std::fs::read(&aside[0]).expect("a file"), current);
    assert_eq!(bytes("previous.vault"), previous);
    assert_eq!(place.facts().term, TERM);
    assert!(place.vault.settle(SYSTEM, ID).expect("settled").is_empty());
}

/// What does not open is nobody's to remove or replace, in the midst of a promotion either.
#[test]
fn what_does_not_open_is_kept_aside_on_every_way() {
    for (what, act) in [
        ("discard", "staged"),
        ("deactivate", "current"),
        ("activate", "current"),
        ("settle", "previous"),
    ] {
        let place = vault(&[
            ("staged", 7),
            ("before", 1),
            ("current", 2),
            ("previous", 0),
        ]);
        let damaged = place.path(&file(act));
        write(&damaged, b"regent vault 2\nsystem: nobody knows\n");
        let bytes = std::fs::read(&damaged).expect("a file");
        match what {
            "discard" => place.vault.discard(SYSTEM, ID),
            "deactivate" => place.vault.deactivate(SYSTEM, ID, TERM),
            "activate" => place.vault.activate(SYSTEM, ID, TERM),
            _ => place.vault.settle(SYSTEM, ID).map(drop),
        }
        .expect(what);
        let kept = place.vault.contents().expect("a list").unopened;
        assert_eq!(kept.len(), 1, "{what}");
        assert_eq!(std::fs::read(&kept[0]).expect("a file"), bytes, "{what}");
    }
}

/// A server whose machine key was lost before the promotion still comes back as it was.
#[test]
fn what_never_opened_comes_back_too() {
    let place = vault(WAS_MASTER);
    std::fs::remove_file(place.path("machine.key")).expect("removed");
    let unopenable = std::fs::read(place.path("current.vault")).expect("a file");
    let stage = |unopened| {
        let entropy = &mut Entropy::operating_system();
        place.vault.stage(ID, held("state", 7), unopened, entropy)
    };
    let error = refused(stage(Unopened::Refuse));
    assert!(
        matches!(error, Error::WouldReplaceUnopened { .. }),
        "{error}"
    );
    assert_eq!(place.names(), ["current.vault", "previous.vault"]);
    stage(Unopened::KeepAside).expect("staged");
    place.vault.activate(SYSTEM, ID, TERM).expect("activated");
    assert_eq!(place.facts().term, TERM);
    for _ in 0..2 {
        place
            .vault
            .deactivate(SYSTEM, ID, TERM)
            .expect("deactivated");
        assert_eq!(
            std::fs::read(place.path("current.vault")).expect("a file"),
            unopenable
        );
    }
}

#[test]
fn pending_names_what_is_left_and_nothing_else() {
    let place = vault(&[("staged", 7), ("before", 1), ("current", 1)]);
    place
        .vault
        .stage(
            OTHER,
            held("other", 8),
            Unopened::Refuse,
            &mut Entropy::operating_system(),
        )
        .expect("staged");
    for name in [
        "staged-xyz.vault",
        "staged-0909090909090909",
        "before-.vault",
        "0909090909090909.vault",
        "notes",
    ] {
        write(&place.path(name), b"an administrator's own");
    }
    for _ in 0..2 {
        assert_eq!(place.vault.pending().expect("a list"), [ID, OTHER]);
    }
}

#[test]
fn a_secret_may_be_staged_beside_another_promotion_s() {
    let place = vault(&[("current", 1)]);
    stage(&place);
    let other = Held {
        term: Term(8),
        ..held("other", 8)
    };
    place
        .vault
        .stage(
            OTHER,
            other,
            Unopened::Refuse,
            &mut Entropy::operating_system(),
        )
        .expect("staged");
    place.vault.discard(SYSTEM, OTHER).expect("discarded");
    is(
        &place,
        &[("staged", 7), ("current", 1)],
        "the other was discarded",
    );
}

#[test]
fn what_was_restored_meanwhile_stays_where_a_promotion_is_undone() {
    let place = vault(&[("before", 1), ("current", 2), ("previous", 0)]);
    twice(
        &place,
        || place.vault.deactivate(SYSTEM, ID, TERM),
        &[("current", 2), ("previous", 1)],
        "deactivated",
    );
}
