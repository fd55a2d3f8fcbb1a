//! Two to eight processes promote different candidates at once.

use super::{Arena, Gate, MOST, Started, Told, Waiting, operator, rounds, start};

#[test]
fn of_all_who_have_read_the_same_state_exactly_one_wins() {
    let arena = Arena::new();
    let (mut promoted, mut processes, mut told) = (0, 0, Told::default());
    for round in 0..rounds(4) {
        for many in 2..=MOST {
            let before = arena.system();
            let mut candidates = arena.candidates();
            let first = round % candidates.len();
            candidates.rotate_left(first);
            candidates.truncate(many);
            let waiting: Vec<_> = candidates
                .iter()
                .map(|server| arena.waiting_promotion(server))
                .collect();
            let waiting: Vec<_> = waiting.into_iter().map(Waiting::arrived).collect();
            // Nothing is between them and the lock now but the password's end.
            let started: Vec<_> = waiting.into_iter().map(Waiting::go).collect();
            let winners = winners(&candidates, started, &mut told);
            assert_eq!(winners.len(), 1, "of {many}: {winners:?}");
            promoted += 1;
            processes += many;
            let after = arena.system();
            assert_eq!([&after.master], [&winners[0]]);
            assert_eq!(after.term, before.term + 1);
        }
        arena.holds(promoted);
    }
    println!(
        "password barrier: {promoted} rounds of 2 to {MOST} processes, {processes} in all, \
         {promoted} winners; the others were told: {:?}",
        told.0
    );
}

#[test]
fn while_one_promotes_all_others_are_told_who() {
    let arena = Arena::new();
    let gate = Gate::of(&arena.0);
    let (mut promoted, mut processes, mut told) = (0, 0, Told::default());
    for _ in 0..rounds(3) {
        for many in 2..=MOST {
            let mut candidates = arena.candidates();
            candidates.truncate(many);
            let mut started: Vec<_> = candidates
                .iter()
                .map(|server| (server, start(&mut arena.promotion(server))))
                .collect();
            let winner = gate.entered();
            let (ours, others): (Vec<_>, Vec<_>) = started
                .drain(..)
                .partition(|(server, _)| **server == winner);
            for (_, other) in others {
                let run = other.ended();
                told.refused(&run);
                let names = run.err.contains(&operator(&winner)) || run.err.contains(&winner);
                assert!(names, "{winner}\n{}", run.transcript());
            }
            // Only now can the winner end: whoever came while it ran has been refused.
            gate.let_go();
            for (_, ours) in ours {
                let _won = ours.ended().exits(0);
            }
            promoted += 1;
            processes += many;
            assert_eq!(arena.system().master, winner);
        }
        arena.holds(promoted);
    }
    println!(
        "winner held: {promoted} rounds of 2 to {MOST} processes, {processes} in all, \
         {promoted} winners; the others were told: {:?}",
        told.0
    );
}

#[test]
fn started_together_each_wins_or_is_refused() {
    let arena = Arena::new();
    let (mut promoted, mut processes, mut raced, mut told) = (0, 0, 0, Told::default());
    for _ in 0..rounds(3) {
        for many in 2..=MOST {
            let before = arena.system();
            let mut candidates = arena.candidates();
            candidates.truncate(many);
            let started = candidates
                .iter()
                .map(|server| start(&mut arena.promotion(server)))
                .collect();
            let winners = winners(&candidates, started, &mut told);
            // More than one only where the one had ended before the other looked: each has a term.
            assert!(!winners.is_empty());
            promoted += winners.len() as u64;
            processes += many;
            raced += 1;
            let after = arena.system();
            assert_eq!(after.term, before.term + winners.len() as u64);
            assert!(winners.contains(&after.master), "{winners:?}");
        }
        arena.holds(promoted);
    }
    println!(
        "started together: {raced} rounds of 2 to {MOST} processes, {processes} in all, \
         {promoted} winners, one after the other where more than one a round; the others were \
         told: {:?}",
        told.0
    );
}

/// Waits for all and holds every loser to what it must be told.
fn winners(candidates: &[String], started: Vec<Started>, told: &mut Told) -> Vec<String> {
    let mut winners = Vec::new();
    for (server, started) in candidates.iter().zip(started) {
        let run = started.ended();
        if run.exit == Some(0) {
            winners.push(server.clone());
        } else {
            told.refused(&run);
        }
    }
    winners
}
