//! Other commands meet a promotion, or each other: both never win where that would be a lie.

use std::process::Command;

use super::{Arena, Gate, Told, Waiting, rounds, snapshot, start};
use crate::support::{Run, Site, Started};

/// How two processes that met came out, counted.
#[derive(Default)]
struct Ends(std::collections::BTreeMap<(Option<i32>, Option<i32>), usize>);

impl Ends {
    fn add(&mut self, one: &Run, other: &Run) {
        *self.0.entry((one.exit, other.exit)).or_default() += 1;
    }
}

/// Starts a rival while a promotion waits for its password; by turns the one and the other has
/// more time.
fn meet(arena: &Arena, round: usize, rival: &mut Command, waiting: Waiting) -> (Started, Started) {
    if round.is_multiple_of(4) {
        return (start(rival), waiting.go());
    }
    let promotion = waiting.go();
    for _ in 1..round % 4 {
        let _a_while = arena.system();
    }
    (start(rival), promotion)
}

fn ticket_timeout(arena: &Arena) -> u64 {
    let status = arena.0.run(&["status", "--format", "json"]).exits(0).json();
    status["state"]["info"]["ticket-timeout"]
        .as_u64()
        .expect("a number")
}

/// What resume and abort say where there is nothing left for them.
const NOTHING: &str = "no promotion is unfinished; nothing was changed";

#[test]
fn an_update_after_the_plan_was_made_makes_it_stale() {
    let arena = Arena::new();
    arena.0.write(
        "more.xml",
        "<sso><globalInfo><ticketTimeout>5</ticketTimeout></globalInfo></sso>",
    );
    let waiting = arena.waiting_promotion("SSO02").arrived();
    let _updated = start(&mut arena.on("SSO01", &["update", "more.xml", "--yes"]))
        .ended()
        .exits(0);
    let stale = waiting.go().ended().exits(7);
    insta::assert_snapshot!(stale.err, @r"
    error: the plan is out of date: revision: 1 → 2; ticketTimeout: 2 → 5
     help: nothing was changed; make a new plan with `regent --server SSO02 plan SSO02.xml`
    ");
    assert_eq!(ticket_timeout(&arena), 5);
    arena.holds(0);
}

#[test]
fn while_one_promotes_whatever_writes_is_refused() {
    let arena = Arena::new();
    arena.0.write(
        "more.xml",
        "<sso><globalInfo><ticketTimeout>5</ticketTimeout></globalInfo></sso>",
    );
    let gate = Gate::of(&arena.0);
    let promotion = start(&mut arena.promotion("SSO02"));
    assert_eq!(gate.entered(), "SSO02");
    let before = arena.0.dump();
    let with = ["--password-file", "password"];
    let mut said = String::new();
    for words in [
        &["update", "SSO03.xml", "--yes"][..],
        &["enable"],
        &["server", "remove", "SSO02"],
        &["server", "remove", "SSO03"],
        &["secret", "generate", "x.bak", with[0], with[1]],
        &["secret", "backup", "x.bak", with[0], with[1]],
        &["secret", "restore", "secret.bak", with[0], with[1]],
        &["resume"],
        &["abort", "--yes"],
    ] {
        let run = start(&mut arena.on("SSO02", words)).ended().exits(7);
        said.push_str(&format!("{}\n{}", words.join(" "), run.err));
    }
    assert_eq!(arena.0.dump(), before);
    assert!(!arena.0.path("x.bak").exists());
    let said = said.replace(&format!("process {}", promotion.id()), "process PID");
    snapshot("while-one-promotes", &said);
    gate.let_go();
    let _promoted = promotion.ended().exits(0);
    arena.holds(1);
}

#[test]
fn of_an_update_and_a_promotion_only_one_is_done() {
    let arena = Arena::new();
    let (mut promoted, mut ends, mut told) = (0, Ends::default(), Told::default());
    for round in 0..rounds(16) {
        let master = arena.system().master;
        let candidate = arena.candidates().remove(round % 8);
        let timeout = 10 + round as u64;
        arena.0.write(
            "more.xml",
            &format!(
                "<sso><globalInfo><ticketTimeout>{timeout}</ticketTimeout></globalInfo></sso>"
            ),
        );
        let before = ticket_timeout(&arena);
        let waiting = arena.waiting_promotion(&candidate).arrived();
        let mut update = arena.on(&master, &["update", "more.xml", "--yes"]);
        let (update, promotion) = meet(&arena, round, &mut update, waiting);
        let (update, promotion) = (update.ended(), promotion.ended());
        ends.add(&update, &promotion);
        match (update.exit, promotion.exit) {
            (Some(0), Some(7)) => {
                told.refused(&promotion);
                assert_eq!(ticket_timeout(&arena), timeout);
                assert_eq!(arena.system().master, master);
            }
            // After the promotion the old master may move the name at most.
            (Some(1 | 7), Some(0)) => {
                if update.exit == Some(7) {
                    told.refused(&update);
                } else {
                    assert!(update.out.contains("update/off-mss-extra-elements"));
                }
                assert_eq!(ticket_timeout(&arena), before);
                assert_eq!(arena.system().master, candidate);
                promoted += 1;
            }
            _ => panic!("{}\n{}", update.transcript(), promotion.transcript()),
        }
        arena.holds(promoted);
    }
    println!(
        "update against promotion: {} rounds, exits {:?}; told: {:?}",
        rounds(16),
        ends.0,
        told.0
    );
}

#[test]
fn a_candidate_is_removed_or_promoted() {
    let arena = Arena::new();
    let (mut promoted, mut ends, mut told) = (0, Ends::default(), Told::default());
    for round in 0..rounds(16) {
        let master = arena.system().master;
        let candidate = arena.candidates().remove(round % 8);
        let waiting = arena.waiting_promotion(&candidate).arrived();
        let mut remove = arena.on(&master, &["server", "remove", &candidate]);
        let (remove, promotion) = meet(&arena, round, &mut remove, waiting);
        let (remove, promotion) = (remove.ended(), promotion.ended());
        ends.add(&remove, &promotion);
        match (remove.exit, promotion.exit) {
            (Some(0), Some(7)) => {
                told.refused(&promotion);
                assert_eq!(arena.system().master, master);
                let _back = arena.0.run(&["server", "add", &candidate]).exits(0);
            }
            (Some(7), Some(0)) => {
                told.refused(&remove);
                assert_eq!(arena.system().master, candidate);
                promoted += 1;
            }
            _ => panic!("{}\n{}", remove.transcript(), promotion.transcript()),
        }
        arena.holds(promoted);
    }
    println!(
        "removal against promotion: {} rounds, exits {:?}; told: {:?}",
        rounds(16),
        ends.0,
        told.0
    );
}

#[test]
fn a_backup_beside_a_promotion_is_whole_or_not_there() {
    let arena = Arena::new();
    let (mut promoted, mut ends, mut told) = (0, Ends::default(), Told::default());
    for round in 0..rounds(16) {
        let master = arena.system().master;
        let candidate = arena.candidates().remove(round % 8);
        let file = format!("round-{round}.bak");
        let words = ["secret", "backup", &file, "--password-file", "password"];
        let mut backup = arena.on(&master, &words);
        let waiting = arena.waiting_promotion(&candidate).arrived();
        let (backup, promotion) = meet(&arena, round, &mut backup, waiting);
        let (backup, promotion) = (backup.ended(), promotion.ended());
        ends.add(&backup, &promotion);
        assert!(
            backup.exit == Some(0) || promotion.exit == Some(0),
            "{}\n{}",
            backup.transcript(),
            promotion.transcript()
        );
        if backup.exit == Some(0) {
            let verify = ["secret", "verify", &file, "--password-file", "password"];
            let _whole = arena.0.run(&verify).exits(0);
        } else {
            told.refused(&backup);
            assert!(!arena.0.path(&file).exists(), "{}", backup.transcript());
        }
        if promotion.exit == Some(0) {
            promoted += 1;
        } else {
            told.refused(&promotion);
        }
        arena.holds(promoted);
    }
    println!(
        "backup against promotion: {} rounds, exits {:?}; told: {:?}",
        rounds(16),
        ends.0,
        told.0
    );
}

#[test]
fn of_many_who_generate_one_makes_the_secret() {
    let mut told = Told::default();
    for many in 2..=8 {
        let site = Site::without_secret();
        let started: Vec<_> = (0..many)
            .map(|number| {
                let file = format!("{number}.bak");
                let words = ["--server", "SSO01", "secret", "generate", &file];
                let words = [&words[..], &["--password-file", "password"]].concat();
                let mut command = site.command(&words);
                command.env("REGENT_TEST_OPERATOR", "CONTOSO\\for-sso01");
                start(&mut command)
            })
            .collect();
        let mut made = Vec::new();
        for (number, started) in started.into_iter().enumerate() {
            let run = started.ended();
            let file = format!("{number}.bak");
            if run.exit == Some(0) {
                made.push(file);
            } else {
                told.refused(&run);
                assert!(!site.path(&file).exists(), "{}", run.transcript());
            }
        }
        assert_eq!(made.len(), 1, "{made:?}");
        let verify = ["secret", "verify", &made[0], "--password-file", "password"];
        let _fits = site.run(&verify).exits(0);
        let status = site.run(&["--server", "SSO01", "status"]).exits(0).out;
        assert!(status.contains("nothing is to be done"), "{status}");
    }
    println!(
        "generation against generation: 7 rounds of 2 to 8; told: {:?}",
        told.0
    );
}

#[test]
fn of_resume_and_abort_one_decides() {
    let (mut ends, mut told) = (Ends::default(), Told::default());
    let points = [
        "database/begin/after",
        "journal/update-database/succeeded/after",
        "journal/restore-secret/started/after",
        "journal/verify/started/after",
    ];
    for round in 0..rounds(8) {
        let arena = Arena::new();
        let point = points[round % points.len()];
        let mut promotion = arena.promotion("SSO02");
        promotion.env("REGENT_TEST_FAULT", format!("{point}=kill"));
        assert_eq!(start(&mut promotion).ended().exit, None, "{point}");
        let mut resume = arena.on("SSO02", &["resume"]);
        let mut abort = arena.on("SSO02", &["abort", "--yes"]);
        let (resume, abort) = if round % 2 == 0 {
            let resume = start(&mut resume);
            (resume, start(&mut abort))
        } else {
            let abort = start(&mut abort);
            (start(&mut resume), abort)
        };
        let (resume, abort) = (resume.ended(), abort.ended());
        ends.add(&resume, &abort);
        let promoted = match (resume.exit, abort.exit) {
            (Some(0), Some(7)) => {
                told.refused(&abort);
                1
            }
            (Some(7), Some(4)) => {
                told.refused(&resume);
                0
            }
            // Whoever comes when it is decided finds nothing to do.
            (Some(0), Some(0)) if abort.out.contains(NOTHING) => 1,
            (Some(0), Some(4)) if resume.out.contains(NOTHING) => 0,
            _ => panic!("{}\n{}", resume.transcript(), abort.transcript()),
        };
        arena.holds(promoted);
        let master = if promoted == 1 { "SSO02" } else { "SSO01" };
        assert_eq!(arena.system().master, master);
    }
    println!(
        "resume against abort: {} rounds, exits {:?}; told: {:?}",
        rounds(8),
        ends.0,
        told.0
    );
}
